"""The command ``update`` in a project of its own: what it writes, refuses and leaves whole."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.document import read_document
from pipeline.output import digest_tree
from pipeline.yaml_writer import render_yaml
from tests.update.worked_example import lay_out_project

pytestmark = pytest.mark.once

Run = Callable[..., "subprocess.CompletedProcess[str]"]
EXAMPLE = "docs/examples/update/next.overlay.yaml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, and ``new.yaml`` in it: what Harness might publish next."""
    folder = tmp_path_factory.mktemp("project")
    lay_out_project(folder)
    shutil.rmtree(folder / "tests/fixtures")  # the worked example is held to them, once
    made = run_pipeline(folder, "overlay", "apply", "spec/openapi.yaml", EXAMPLE, "-o", "new.yaml")
    assert made.returncode == 0, made.stderr
    return folder


def run_pipeline(
    folder: Path, *arguments: str, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of the project's own pipeline."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=folder,
        env=make_environment(folder),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def make_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which the project's own code is imported."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(folder / "src")))}


def digest_project(folder: Path) -> dict[str, str]:
    """Digest what an update may write."""
    return {
        f"{part}/{name}": digest
        for part in ("spec", "overlays", "generated", "docs")
        for name, digest in digest_tree(folder / part).items()
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "new.yaml: is empty: it must hold a JSON or YAML document"),
        ("a: [", "new.yaml:2:1: is not YAML"),
        ("swagger: '2.0'", "is Swagger 2.0: convert it to OpenAPI 3 first"),
        ("openapi: 4.0.0", "new.yaml:1:1: is OpenAPI '4.0.0': 3.0 and 3.1 can be read"),
        (
            "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n",
            "has none of the selected operations: is it the document of Harness's API?",
        ),
    ],
)
def test_bad_document_is_one_line_and_changes_nothing(
    project: Path, tmp_path: Path, text: str, said: str
) -> None:
    """What is no document of this API is refused by its place, with what to do."""
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    before = digest_project(project)
    done = run_pipeline(project, "update", str(tmp_path / "new.yaml"))
    lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    assert (done.returncode, len(lines)) == (2, 1), done.stderr
    assert said in lines[0]
    assert digest_project(project) == before


def test_missing_document_is_told(project: Path) -> None:
    """A file that is not there is bad input."""
    done = run_pipeline(project, "update", "nowhere.yaml")
    assert done.returncode == 2
    assert "nowhere.yaml: no such file: check the path" in done.stderr


def test_update_is_dry_then_killed_then_done_then_over(project: Path) -> None:
    """A dry run writes nothing, a killed one leaves whole files, the next ends it, then none."""
    before = digest_project(project)
    text = (project / "new.yaml").read_text(encoding="utf-8")
    dry = run_pipeline(project, "update", "-", "--dry-run", given=text)
    assert dry.returncode == 1, dry.stderr
    assert "written: nothing, as asked" in dry.stdout
    assert digest_project(project) == before

    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", "update", "new.yaml"],
        cwd=project,
        env=make_environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("write what is new"):
                process.send_signal(signal.SIGKILL)
    killed = digest_project(project)

    done = run_pipeline(project, "update", "new.yaml", "--report", "report.md")
    assert done.returncode == 1, done.stderr
    after = digest_project(project)
    # Whatever the killed run came to, each of its files is the old or the new one.
    assert all(digest in (before.get(name), after.get(name)) for name, digest in killed.items())
    assert (project / "report.md").read_text(encoding="utf-8").startswith("#")

    again = run_pipeline(project, "update", "new.yaml")
    assert "written: nothing, since nothing changed for us" in again.stdout
    assert digest_project(project) == after


def test_client_that_cannot_be_made_is_told_with_the_overlays(project: Path) -> None:
    """What stops the run is named by the project's files, with the overlays that may be why."""
    before = digest_project(project)
    done = run_pipeline(project, "update", "generated/harness_nextgen/openapi.yaml")
    lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    assert done.returncode == 2, done.stdout
    assert re.match(r"overlays/46-open-enums\.overlay\.yaml:\d+:\d+: names 4 values", lines[0])
    assert all(re.match(r"overlays/\S+:\d+:\d+: \S", line) for line in lines)
    assert sum(": redundant: " in line for line in lines) > 50
    assert digest_project(project) == before


def test_what_cannot_be_written_leaves_nothing(project: Path, tmp_path: Path) -> None:
    """A folder that is not ours, or a report that has no place, is told, and nothing is kept."""
    own = tmp_path / "own"
    shutil.copytree(project, own)
    shutil.rmtree(own / "generated/harness_nextgen")
    (own / "generated/diary.txt").write_text("mine\n")
    value = read_document(own / "spec/openapi.yaml").value
    value["components"]["schemas"]["Organization"]["properties"]["name"]["maxLength"] = 64
    (own / "new.yaml").write_text(render_yaml(value), encoding="utf-8")
    before = digest_project(own)
    for arguments, said in (
        (["--report", "nowhere/report.md"], "nowhere/report.md: cannot be written: No such file"),
        (["--report", "docs"], "docs: cannot be written: "),
        ([], "generated: was not written by this tool"),
        (["--max-bytes", "9"], "new.yaml: is larger than 9 bytes: raise the limit with --max-byt"),
    ):
        done = run_pipeline(own, "update", "new.yaml", *arguments)
        lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
        assert (done.returncode, len(lines), done.stdout) == (2, 1, ""), done.stderr
        assert said in lines[0]
        assert digest_project(own) == before


def test_what_has_moved_or_is_gone_is_told(project: Path, tmp_path: Path) -> None:
    """An operation that is not where it was is told in words, here and in the report."""
    own = tmp_path / "own"
    shutil.copytree(project, own)
    (own / "generated/mine.txt").write_text("mine\n")
    value = read_document(project / "spec/openapi.yaml").value
    paths = value["paths"]
    del paths["/iacm/api/modules/{id}/sync"]
    paths["/iacm/api/v2/modules/connectors"] = paths.pop("/iacm/api/modules/connectors")
    (own / "new.yaml").write_text(render_yaml(value), encoding="utf-8")
    done = run_pipeline(own, "update", "new.yaml", "--report", "report.md")
    assert done.returncode == 1, done.stderr
    for line in (
        "gone upstream: POST /iacm/api/modules/{id}/sync is gone, and nothing there is like it",
        "gone upstream: GET /iacm/api/modules/connectors is GET /iacm/api/v2/modules/conn",
        "  take back what was written: the old spec has our words for what has moved",
        "  name what has moved in spec/selection.yaml, as it is now, and update again",
        "  take what is gone out of spec/selection.yaml",
    ):
        assert f"\n{line}" in done.stdout
        assert f"\n{line}" in (own / "report.md").read_text(encoding="utf-8")
    assert re.search(r"\n1 file not written by this tool, kept in \S+: mine.txt\n", done.stdout)


def test_overlays_are_mended_before_the_document_is_taken_in(project: Path, tmp_path: Path) -> None:
    """A moved operation comes with the overlays that fit it there; the last commit was before."""
    own = tmp_path / "own"
    shutil.copytree(project, own)
    old, new = "/iacm/api/modules/lifecycle/batch-check", "/iacm/api/v2/modules/lifecycle/batch"
    value = read_document(own / "spec/openapi.yaml").value
    value["paths"][new] = value["paths"].pop(old)
    (own / "new.yaml").write_text(render_yaml(value), encoding="utf-8")
    respell(own / "spec/selection.yaml", old, new)
    before = digest_project(own)
    refused = run_pipeline(own, "update", "new.yaml")
    assert refused.returncode == 2, refused.stdout
    assert "unmatched: " in refused.stderr
    assert digest_project(own) == before

    for name in ("12-operation-ids", "13-resources"):
        respell(own / f"overlays/{name}.overlay.yaml", old, new)
    done = run_pipeline(own, "update", "new.yaml")
    assert done.returncode == 1, done.stderr
    assert f"`modules.lifecycle.check` (POST {old}) moved to POST {new}" in done.stdout
    assert "\nHEAD -> new.yaml: breaking: " in done.stdout
    spec = read_document(own / "spec/openapi.yaml").value
    assert spec["paths"][new]["post"]["summary"] == "Check the lifecycle of many modules"
    shutil.rmtree(own / ".git")
    respell(own / "spec/selection.yaml", "DELETE /v1/orgs/{org}\n", "DELETE /v1/orgs/{org}/x\n")
    respell(own / "overlays/12-operation-ids.overlay.yaml", new, old)
    refused = run_pipeline(own, "update", "new.yaml")
    assert refused.returncode == 2, refused.stdout
    assert "points to nothing" in refused.stderr


def respell(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must have it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="its shell closes no stream")
def test_closed_streams_are_no_fault_of_the_program(project: Path) -> None:
    """Standard input that is closed is bad input, and what nobody reads is not written."""
    for command, code, said in (
        ("update - <&-", 2, "<stdin>: is closed: give the document there, or a file"),
        ("diff spec/openapi.yaml spec/openapi.yaml >&-", 0, ""),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$0" -m pipeline {command}', sys.executable],
            cwd=project,
            env=make_environment(project),
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
        assert (done.returncode, "\n".join(lines)) == (code, said)
