"""Write and check are twins: what one makes the other accepts, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.faults import BadInput, DoesNotHold
from tests.pipeline.small import PACKAGE, digest, document, run, run_check, write_project


def test_fresh_output_holds(tmp_path: Path) -> None:
    """What regenerate wrote passes the check, which writes nothing."""
    job = write_project(tmp_path)
    run(job)
    before = digest(tmp_path), (job.output / PACKAGE).stat().st_mtime_ns
    assert run_check(job) == job.output / PACKAGE
    assert (digest(tmp_path), (job.output / PACKAGE).stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "name", ["client.py", "models/item.py", "openapi.yaml", "generation.lock", "py.typed"]
)
def test_changed_file_is_found_and_mended(tmp_path: Path, name: str) -> None:
    """An edit of any file is named with its line, and regenerate takes it back."""
    job = write_project(tmp_path)
    run(job)
    path = job.output / PACKAGE / name
    before = path.read_bytes()
    path.write_bytes(before + b"# an edit\n")
    line = before.count(b"\n") + 1
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    wanted = f"{path}:{line}: is not what the spec and the overlays make: run `nox -s regenerate`"
    assert str(caught.value) == wanted
    run(job)
    assert path.read_bytes() == before
    run_check(job)


@pytest.mark.parametrize("name", ["client.py", "generation.lock", "models/__init__.py"])
def test_removed_file_is_found_and_mended(tmp_path: Path, name: str) -> None:
    """A file that is gone is named, and regenerate brings it back."""
    job = write_project(tmp_path)
    run(job)
    path = job.output / PACKAGE / name
    before = path.read_bytes()
    path.unlink()
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    assert str(caught.value) == f"{path}: is missing: run `nox -s regenerate`"
    run(job)
    assert path.read_bytes() == before


def test_added_file_is_found_and_kept_aside(tmp_path: Path) -> None:
    """A file of somebody else's is named; regenerate takes it out and keeps its content."""
    job = write_project(tmp_path)
    run(job)
    stray = job.output / PACKAGE / "mine.py"
    stray.write_text("precious = True\n", encoding="utf-8")
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    message = "is not made by the spec and overlays: run `nox -s regenerate`"
    assert str(caught.value) == f"{stray}: {message}"
    report = run(job)
    assert not stray.exists()
    assert report.strays == (f"{PACKAGE}/mine.py",)
    assert report.aside is not None
    assert (report.aside / PACKAGE / "mine.py").read_text(encoding="utf-8") == "precious = True\n"


def test_ignored_files_are_not_judged(tmp_path: Path) -> None:
    """Python's caches and what git ignores are nobody's fault."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    job = write_project(tmp_path)
    run(job)
    (job.output / "__pycache__").mkdir()
    (job.output / "__pycache__/x.pyc").write_bytes(b"")
    (job.output / "notes.log").write_text("mine\n", encoding="utf-8")
    run_check(job)
    assert run(job).made is None


def test_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder that this tool did not write is refused and stays as it was."""
    job = write_project(tmp_path)
    job.output.mkdir()
    (job.output / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(BadInput, match="was not written by this tool"):
        run(job)
    assert digest(job.output).keys() == {"thesis.txt"}


def test_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A file where the folder should be is refused and stays as it was."""
    job = write_project(tmp_path)
    job.output.write_text("a file", encoding="utf-8")
    with pytest.raises(BadInput, match="is a file: name a folder with --output"):
        run(job)
    assert job.output.read_text(encoding="utf-8") == "a file"


def test_what_left_the_spec_leaves_the_tree(tmp_path: Path) -> None:
    """An operation that is no longer described has no file any more."""
    value = document()
    job = write_project(tmp_path, value)
    run(job)
    assert (job.output / PACKAGE / "api/items/create_item.py").is_file()
    del value["paths"]["/items"]
    report = run(write_project(tmp_path, value))
    assert report.difference.removed == (f"{PACKAGE}/api/items/create_item.py",)
    assert not (job.output / PACKAGE / "api/items/create_item.py").exists()
