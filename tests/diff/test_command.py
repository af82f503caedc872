"""The command ``diff`` as a person or a pipeline calls it."""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.diff import cli
from pipeline.diff.release import write_release
from pipeline.diff.states import open_project
from tests.diff.project import commit, overlay, shop, write_document, write_project

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the shop, one that has a breaking change, and one that has none."""
    monkeypatch.chdir(tmp_path)
    write_document(tmp_path / "shop.json", shop())
    broken, grown = shop(), shop()
    del broken["paths"]["/orders/{order_id}"]
    grown["components"]["schemas"]["Item"]["properties"]["größe"] = {"type": "string"}
    write_document(tmp_path / "broken.json", broken)
    write_document(tmp_path / "grown.json", grown)
    return tmp_path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is the command's own, in a repository, with a change that is not committed."""
    root = write_project(tmp_path / "project", version="1.0.0", with_client=True)
    commit(root)
    write_project(
        root,
        overlays=(overlay({"target": "$.paths['/items'].post", "update": {"deprecated": True}}),),
        version="1.0.0",
    )
    monkeypatch.setattr(cli, "_ROOT", root)
    monkeypatch.chdir(root)
    return root


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "diff", *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})},
        **options,
    )


# Exit codes


@pytest.mark.parametrize(
    ("old", "new", "code", "verdict"),
    [
        ("shop.json", "shop.json", 0, "Nothing changed"),
        ("shop.json", "grown.json", 0, "1 compatible change"),
        ("shop.json", "broken.json", 1, "breaking"),
        ("broken.json", "shop.json", 0, "compatible"),
    ],
)
def test_exit_code_is_the_verdict(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    code: int,
    verdict: str,
) -> None:
    """What breaks callers is 1, all else is 0; the last line says it, too."""
    assert main(["diff", old, new]) == code
    said = capsys.readouterr()
    assert verdict in said.out.splitlines()[-1]
    assert said.err == ""
    assert folder.is_dir()


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_exit_code_is_the_same_in_each_form(folder: Path, form: str) -> None:
    """The form of a report changes nothing of its verdict."""
    assert main(["diff", "shop.json", "broken.json", "--format", form, "-o", "out"]) == 1
    assert main(["diff", "shop.json", "grown.json", "--format", form, "-o", "out"]) == 0
    assert (folder / "out").is_file()


def test_dangerous_change_is_no_failure(folder: Path) -> None:
    """What callers may notice and go on with does not fail a pipeline."""
    value = shop()
    value["paths"]["/items"]["get"]["parameters"][2]["schema"]["default"] = 9
    write_document(folder / "other.json", value)
    assert main(["diff", "shop.json", "other.json"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.json", "shop.json"], "none.json: is no file, no folder and no revision"),
        (["shop.json", "none.json"], "none.json: is no file, no folder and no revision"),
        (["shop.json", "text.json"], "text.json:1:2: "),
        (["shop.json", "grown.json", "-o", "none/out"], "none/out: cannot be written: "),
        (["shop.json", "grown.json", "-o", "."], ".: cannot be written: "),
    ],
)
def test_bad_input_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """What cannot be compared or written is 2, with one line, and no report."""
    (folder / "text.json").write_text("{")
    before = sorted(path.name for path in folder.iterdir())
    assert main(["diff", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(message)
    assert said.err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("arguments", [["--format", "pdf"], ["a", "b", "c"], ["--none"]])
def test_bad_usage_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """What the command does not take is 2, with its usage."""
    with pytest.raises(SystemExit) as caught:
        main(["diff", *arguments])
    assert caught.value.code == 2
    assert "usage: python -m pipeline" in capsys.readouterr().err


def test_help_says_how_to_name_states(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names each kind of state, each option, and when the command fails."""
    with pytest.raises(SystemExit) as caught:
        main(["diff", "--help"])
    assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for part in (
        "a folder of this project", "a revision of its repository", "`released`",
        "an OpenAPI document", "Exits 1 when a change breaks callers", "OLD", "NEW", "--format",
        "-o FILE", "review.html",
    ):  # fmt: skip
        assert part in said


# Output


def test_report_goes_where_it_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is written whole and named; standard output has the report alone."""
    assert main(["diff", "shop.json", "grown.json"]) == 0
    report = capsys.readouterr().out
    (folder / "out.txt").write_text("what was there before, and is longer than the report" * 99)
    assert main(["diff", "shop.json", "grown.json", "--output", "out.txt"]) == 0
    assert capsys.readouterr().out == "out.txt\n"
    assert (folder / "out.txt").read_text(encoding="utf-8") == report
    assert "größe" in report


def test_page_has_a_name_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page is for a browser: it goes into review.html where nothing else is said."""
    assert main(["diff", "shop.json", "grown.json", "--format", "html"]) == 0
    assert capsys.readouterr().out == "review.html\n"
    assert (folder / "review.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["diff", "shop.json", "grown.json", "--format", "html", "-o", "my.html"]) == 0
    assert (folder / "my.html").read_bytes() == (folder / "review.html").read_bytes()


def test_programs_read_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is one JSON value, in UTF-8."""
    assert main(["diff", "shop.json", "grown.json", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["old"], report["new"]) == ("shop.json", "grown.json")
    assert [one["rule"] for one in report["changes"]] == ["property-added"]
    assert folder.is_dir()


def test_same_inputs_give_the_same_bytes(project: Path) -> None:
    """Each form is the same in each run: of revisions, with causes, Python names and a version."""
    root = project.parent / "copy"
    for name in ("pipeline", "src"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(project, root, dirs_exist_ok=True)
    shutil.rmtree(root / "generated")
    value = shop()
    value["components"]["schemas"]["Sort"]["enum"] = ["age", "size", "price"]
    del value["components"]["schemas"]["Item"]["properties"]["tags"]
    write_project(
        root,
        value,
        [
            overlay({"target": "$.paths['/items'].get", "update": {"x-method": "list"}}),
            overlay({"target": "$.paths['/items'].post.requestBody.required", "remove": True}),
        ],
        version="1.0.0",
        with_client=True,
    )
    commit(root)
    script = (
        "from pipeline.cli import main\n"
        "for form in ('text', 'json', 'markdown', 'html'):\n"
        "    assert main(['diff', 'HEAD~1', 'HEAD', '--format', form, '-o', form]) == 1\n"
    )
    written: list[dict[str, bytes]] = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, check=True)
        forms = ("text", "json", "markdown", "html")
        written.append({form: (root / form).read_bytes() for form in forms})
    assert written[0] == written[1]
    assert b"revision-" not in b"".join(written[0].values())
    changes = json.loads(written[0]["json"])["changes"]
    assert {one["cause"]["by"] for one in changes} >= {"upstream", "overlay"}


def test_report_in_any_encoding(folder: Path) -> None:
    """A report is UTF-8, whatever the standard output of this machine is."""
    for encoding in ("ascii", "latin-1", "utf-8"):
        done = run("shop.json", "grown.json", cwd=folder, env={"PYTHONIOENCODING": encoding})
        assert (done.returncode, done.stderr) == (0, b"")
        assert "größe" in done.stdout.decode()


def test_reader_that_leaves(folder: Path) -> None:
    """When nobody reads, the command ends without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "diff", "shop.json", "grown.json"],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, b"")


# Which states


def test_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One side may come from a pipe."""
    text = (folder / "broken.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["diff", "shop.json", "-", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["new"] == "<stdin>"


def test_states_before_the_first_release(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is said, the checkout is compared with its last commit."""
    assert main(["diff", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["old"], report["new"]) == ("HEAD", ".")
    assert [one["rule"] for one in report["changes"]] == ["deprecated"]
    assert report["changes"][0]["cause"]["by"] == "overlay"
    assert project.is_dir()


def test_states_after_a_release(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is a release, the checkout is compared with it."""
    write_release(project / "spec/released", "0.9.0", open_project(project, "."))
    assert main(["diff", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["old"], report["new"]) == ("released 0.9.0", ".")
    assert report["changes"] == []
    assert report["version"]["released"] == "0.9.0"
    assert main(["diff", "HEAD", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["old"], report["new"]) == ("HEAD", ".")
    assert len(report["changes"]) == 1


def test_release_is_compared_with_a_release(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The release can be the newer side, too, with its Python surface."""
    write_release(project / "spec/released", "0.9.0", open_project(project, "."))
    path = next((project / "generated").rglob("new_item.py"))
    path.write_text(path.read_text().replace("name: str", "name: int", 1))
    assert main(["diff", ".", "released", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["old"], report["new"]) == (".", "released 0.9.0")
    assert [one["rule"] for one in report["changes"]] == ["python-changed"]


def test_checkout_from_another_folder(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From elsewhere the checkout is called by its whole path, and so are its files."""
    monkeypatch.chdir(project.parent)
    assert main(["diff", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["new"] == str(project)
    places = [report["changes"][0]["new"]["place"]]
    assert json.dumps(places).count(str(project)) == 1


def test_document_without_operations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document that offers nothing is compared like any other."""
    empty = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}
    write_document(folder / "empty.json", empty)
    assert main(["diff", "empty.json", "empty.json"]) == 0
    assert main(["diff", "empty.json", "shop.json"]) == 1  # its server is another one
    assert main(["diff", "shop.json", "empty.json"]) == 1
    assert capsys.readouterr().err == ""


HOSTILE: dict[str, tuple[str, Any]] = {
    "a parameter without a name": (
        "is not valid OpenAPI 3.0: ",
        lambda value: value["paths"]["/items"]["get"]["parameters"][0].pop("name"),
    ),
    "a reference to itself": (
        "leads back to itself",
        lambda value: value["components"]["schemas"].update(
            Loop={"$ref": "#/components/schemas/Loop"}
        ),
    ),
    "a reference to nothing": (
        "points to nothing",
        lambda value: value["components"]["schemas"].update(
            Loop={"$ref": "#/components/schemas/None"}
        ),
    ),
    "paths that are a list": (
        "is not valid OpenAPI 3.0: ",
        lambda value: value.update(paths=[]),
    ),
    "a schema that is a number": (
        "is not valid OpenAPI 3.0: ",
        lambda value: value["components"]["schemas"].update(Other=1),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What is no valid document is told in a line, on either side."""
    message, edit = HOSTILE[name]
    value = copy.deepcopy(shop())
    edit(value)
    write_document(folder / "hostile.json", value)
    for arguments in (["shop.json", "hostile.json"], ["hostile.json", "shop.json"]):
        assert main(["diff", *arguments]) == 2
        said = capsys.readouterr().err
        assert all(line.startswith("hostile.json:") for line in said.splitlines())
        assert message in said


def test_deep_documents_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is deeper than any description is told, and ends no interpreter."""
    (folder / "deep.json").write_text('{"openapi": ' + "[" * 100_000)
    (folder / "deeper.json").write_text('{"a": ' * 1000 + "1" + "}" * 1000)
    for name in ("deep.json", "deeper.json"):
        assert main(["diff", "shop.json", name]) == 2
        assert capsys.readouterr().err.startswith(f"{name}:")
