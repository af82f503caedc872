"""The commands: what they print, their exit codes, and what they write."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import harness_nextgen
import pytest

from pipeline.cli import main
from pipeline.contract.cli import list_faults
from pipeline.contract.contract import Report, check_contract
from pipeline.contract.coverage import Coverage
from pipeline.values import Json
from pipeline.yaml_writer import render_yaml
from tests.client.described import list_operations
from tests.contract.exchanges import DESCRIPTION, FIXTURES
from tests.contract.scenarios import read_all

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of our fixtures."""
    return Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A copy of those of one operation, so that much of the spec is untouched."""
    few = tmp_path / "few"
    shutil.copytree(FIXTURES / "modules/get_module", few / "modules/get_module")
    for name in ("index.yaml", "uncovered.yaml"):
        shutil.copy(FIXTURES / name, few / name)
    return few


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must have it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_contract_holds_and_is_accepted(folder: Path, capsys: Captured) -> None:
    """The table has a success of every operation, nothing is missing, and the index is renewed."""
    index = folder / "index.yaml"
    good = index.read_bytes()
    head, _, digest = good.decode().rpartition("sha256:")
    index.write_text(f"{head}sha256:{digest.strip()[::-1]}\n")
    assert main(["contract", "--fixtures", str(folder), "--accept"]) == 0
    said = capsys.readouterr()
    rows = {line.split()[0]: line for line in said.out.splitlines()}
    statuses = rows["operation"].split()[1:]
    for one in list_operations():
        cells = rows[one.id][len(rows["operation"]) - 4 * len(statuses) :]
        counts = [cells[at * 4 : at * 4 + 4].strip() for at in range(len(statuses))]
        pairs = zip(statuses, counts, strict=True)
        assert any(count for status, count in pairs if status < "300"), one.id
    assert ", 0 missing" in said.out
    assert "there is no release yet" in said.out or "the client of v" in said.out
    assert index.read_bytes() == good


def test_another_spec_must_be_accepted(tmp_path: Path) -> None:
    """Where all holds for a spec that the index does not name, the remedy is told."""
    coverage = Coverage(1, 0, (), (), "")
    report = Report(1, 1, 1, (), coverage, "sha256:1", is_accepted=False)
    [fault] = list_faults(report, tmp_path, accept=False)
    said = "was written for another spec: run `nox -s contract -- --accept`"
    assert str(fault) == f"{tmp_path}/index.yaml: {said}"
    assert list_faults(report, tmp_path, accept=True) == []
    assert list_faults(replace(report, is_accepted=True), tmp_path, accept=False) == []


def test_what_does_not_hold_is_told(few: Path, capsys: Captured) -> None:
    """One line for each finding, with the fixture's line; exit code 1; nothing is written."""
    edit(few / "modules/get_module/full.yaml", "    system: aws", "    system: 7")
    before = read_all(few)
    assert main(["contract", "--fixtures", str(few), "--accept"]) == 1
    lines = capsys.readouterr().err.splitlines()
    found = [line for line in lines if line.startswith(f"{few}/modules/get_module/full.yaml:")]
    checks = {line.split(": ", 1)[1][:3] for line in found}
    assert {"(b)", "(c)", "(e)"} <= checks
    assert all(line.split(":")[1].isdecimal() for line in found)
    assert read_all(few) == before


def test_what_nothing_touches_is_told(few: Path, capsys: Captured) -> None:
    """Without its fixtures, an operation and all its parts are missing; idle reasons are told."""
    edit(few / "uncovered.yaml", "Module.onboarding_pipeline_wh:", "Module.name:")
    assert main(["contract", "--fixtures", str(few)]) == 1
    said = capsys.readouterr().err
    assert f"{few}: no fixture touches operation list_module_executions: record one" in said
    assert "no fixture touches parameter list_module_executions query start_time" in said
    assert "no fixture touches response property Module.onboarding_pipeline_wh" in said
    assert f"{few}/uncovered.yaml:3:3: response property Module.name: is touched" in said


def test_operation_that_is_gone_is_told_of_its_fixtures(tmp_path: Path) -> None:
    """A spec without an operation is checked to the end, and each of its fixtures told once."""
    few, found = check_another_spec(
        tmp_path,
        "sync_module",
        lambda spec: spec["paths"].pop("/iacm/api/modules/{module_id}/sync"),
    )
    assert found == {
        f"{one.relative_to(few)}": {"(a) request/path: is the path of no operation"}
        for one in (few / "modules/sync_module").iterdir()
    }


def test_answer_of_another_media_type_is_told(tmp_path: Path) -> None:
    """What is not described as it was recorded is told, and not changed for more of the same."""

    def rename(spec: Json) -> None:
        operation = spec["paths"]["/iacm/api/modules/{module_id}"]["get"]
        content = operation["responses"]["200"]["content"]
        content["application/vnd.harness+json"] = content.pop("application/json")

    _, found = check_another_spec(tmp_path, "get_module", rename)
    said = found["modules/get_module/full.yaml"]
    assert "(b) response/headers/Content-Type: application/json is not described for 200" in said
    assert not any(one.startswith("(g)") for one in said)


def test_operation_without_a_tag_is_checked(tmp_path: Path) -> None:
    """What the client has where another one puts it is told; the check comes to its end."""

    def untag(spec: Json) -> None:
        del spec["paths"]["/iacm/api/modules/{module_id}"]["get"]["tags"]

    _, found = check_another_spec(tmp_path, "get_module", untag)
    [said] = found["modules/get_module/full.yaml"]
    assert "No module named 'harness_nextgen.api.default'" in said


def test_operation_without_a_name_of_ours_is_checked(tmp_path: Path) -> None:
    """A new operation is checked before an overlay says what the client calls it."""

    def rename(spec: Json) -> None:
        operation = spec["paths"]["/iacm/api/modules/{module_id}/sync"]["post"]
        del operation["x-resource"], operation["x-method"]

    assert check_another_spec(tmp_path, "get_module", rename)[1] == {}


def check_another_spec(
    folder: Path, operation: str, change: Callable[[Json], object]
) -> tuple[Path, dict[str, set[str]]]:
    """Check the fixtures of an operation against a changed spec; what is said, by file."""
    few = folder / "few"
    shutil.copytree(FIXTURES / f"modules/{operation}", few / f"modules/{operation}")
    value = copy.deepcopy(DESCRIPTION.value)
    change(value)
    spec = folder / "openapi.yaml"
    spec.write_text(render_yaml(value), encoding="utf-8")
    report = check_contract(spec, few, harness_nextgen, lambda _: None)
    found: dict[str, set[str]] = {}
    for fault in report.faults:
        file = Path(fault.place.file).relative_to(few).as_posix()
        found.setdefault(file, set()).add(fault.message)
    return few, found


BAD = [
    ("modules/get_module/full.yaml", "source: sandbox", "source: hearsay", ":1:1: "),
    ("modules/get_module/full.yaml", "date: '", "date: '9", ":2:1: "),
    ("modules/get_module/full.yaml", "call:", "calls:", ":1:1: "),
    ("modules/get_module/full.yaml", "source:", "newer: [response/body/x]\nsource:", ":1:9: "),
    ("modules/get_module/full.yaml", "source:", "follows: modules/a/b\nsource:", ":1:1: "),
    ("modules/get_module/full.yaml", "source: ", "source: [", ""),
    ("index.yaml", "spec: sha256:", "spec: md5:", ":3:1: "),
    ("uncovered.yaml", "response property:", "response property: none\nx:", ""),
]


@pytest.mark.parametrize(("name", "old", "new", "place"), BAD)
def test_bad_files_are_told(
    few: Path, capsys: Captured, name: str, old: str, new: str, place: str
) -> None:
    """A file that is no fixture, or says what is not so, is one line and exit code 2."""
    edit(few / name, old, new)
    assert main(["contract", "--fixtures", str(few)]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.endswith("…")]
    assert any(line.startswith(f"{few / name}{place}") for line in lines), lines


def test_files_that_do_not_belong_are_told(few: Path, capsys: Captured) -> None:
    """A fixture in a wrong place would be passed over."""
    (few / "loose.yaml").write_text("a: 1\n")
    assert main(["contract", "--fixtures", str(few)]) == 2
    assert "name it RESOURCE/OPERATION/CASE.yaml" in capsys.readouterr().err
    assert main(["contract", "--fixtures", str(few / "nothing")]) == 2
    assert "is no folder of fixtures" in capsys.readouterr().err


def test_mutants_are_counted(capsys: Captured) -> None:
    """A sample is judged, and the table shows what noticed it."""
    assert main(["contract", "--mutate", "--sample", "6"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("6 mutants in ")
    assert "rename property" in out


def test_recording_says_what_it_did(tmp_path: Path, folder: Path, capsys: Captured) -> None:
    """How many were written and how many not; nothing with --check."""
    edit(folder / "modules/get_module/full.yaml", "source:", "note: Old.\nsource:")
    before = read_all(folder)
    assert main(["record", "--check", "--fixtures", str(folder)]) == 0
    assert "fixtures compared, 0 that no step makes here" in capsys.readouterr().out
    assert read_all(folder) == before
    assert main(["record", "--fixtures", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("1 fixtures written, ")
    index = {name for name in before if before[name] != read_all(folder)[name]}
    assert index == {"modules/get_module/full.yaml"}
    assert main(["record", "--scenarios", str(tmp_path), "--fixtures", str(folder)]) == 2
    assert "holds no scenarios" in capsys.readouterr().err
