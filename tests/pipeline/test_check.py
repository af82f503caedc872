"""Write and check are twins: what one makes the other accepts, and nothing else."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.faults import BadInput, DoesNotHold
from pipeline.lock import LOCK_NAME
from tests.pipeline.small import PACKAGE, digest, document, run, run_check, write_project


def list_times(folder: Path) -> dict[Path, int]:
    """Return when each file and folder below a folder was last written."""
    return {path: path.lstat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def test_fresh_output_holds(tmp_path: Path) -> None:
    """What regenerate wrote passes the check, which writes nothing."""
    job = write_project(tmp_path)
    run(job)
    before = digest(tmp_path), list_times(tmp_path)
    assert run_check(job) == job.output / PACKAGE
    assert (digest(tmp_path), list_times(tmp_path)) == before


def test_failed_check_writes_nothing(tmp_path: Path) -> None:
    """The command exits 1, names the edited file on one line, and touches no file."""
    job = write_project(tmp_path)
    run(job)
    edited = job.output / PACKAGE / "client.py"
    lines = edited.read_text(encoding="utf-8").splitlines(keepends=True)
    edited.write_text("".join([*lines[:2], "# an edit\n", *lines[2:]]), encoding="utf-8")
    before = digest(tmp_path), list_times(tmp_path)
    done = subprocess.run(
        [
            sys.executable, "-m", "pipeline", "check", "--spec", str(job.spec),
            "--overlays", str(job.overlays), "--output", str(job.output), "--package", PACKAGE,
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    faults = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    command = (
        f"python -m pipeline regenerate --spec {job.spec} --overlays {job.overlays} "
        f"--output {job.output} --package {PACKAGE}"
    )
    message = f"is not what the spec and the overlays make: run `{command}`"
    assert faults == [f"{edited}:3: {message}"]
    assert (digest(tmp_path), list_times(tmp_path)) == before


@pytest.mark.parametrize(
    "name",
    ["client.py", "models/item.py", "openapi.yaml", "generation.lock", "py.typed", "__init__.py"],
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
    run_check(job)


def test_edited_digest_in_the_lock_is_found_and_mended(tmp_path: Path) -> None:
    """A lock that was edited to cover up an edited file covers up nothing."""
    job = write_project(tmp_path)
    run(job)
    lock, client = job.output / PACKAGE / LOCK_NAME, job.output / PACKAGE / "client.py"
    before = digest(job.output)
    client.write_bytes(client.read_bytes() + b"# an edit\n")
    content = json.loads(lock.read_bytes())
    content["outputs"]["client.py"] = digest(job.output)[f"{PACKAGE}/client.py"]
    lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    assert [Path(fault.place.file) for fault in caught.value.faults] == [client, lock]
    assert run(job).made is not None
    assert digest(job.output) == before
    run_check(job)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        (f"{PACKAGE}/client.py", "file"),
        (f"{PACKAGE}/client.py", "folder"),
        (f"{PACKAGE}/other.py", "nothing"),
        ("other", "folder"),
    ],
)
def test_link_is_found_and_taken_out(tmp_path: Path, name: str, end: str) -> None:
    """A link is no file of ours wherever it leads; what it leads to stays as it is."""
    job = write_project(tmp_path)
    run(job)
    before = digest(job.output)
    mine = tmp_path / "mine"
    if end == "folder":
        mine.mkdir()
        (mine / "precious.txt").write_text("precious", encoding="utf-8")
    elif end == "file":
        mine.write_bytes((job.output / PACKAGE / "client.py").read_bytes())
    kept = digest(tmp_path / "mine") if end == "folder" else end == "file" and mine.read_bytes()
    link = job.output / name
    link.unlink(missing_ok=True)
    link.symlink_to(mine)
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    assert [fault.place.file for fault in caught.value.faults] == [str(link)]
    report = run(job)
    assert report.strays == (() if name.endswith("client.py") else (name,))
    assert not link.is_symlink()
    assert digest(job.output) == before
    assert kept == (digest(mine) if end == "folder" else end == "file" and mine.read_bytes())
    run_check(job)


def test_absent_client_is_told_once(tmp_path: Path) -> None:
    """Where there is no client at all, one line says so."""
    job = write_project(tmp_path)
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    assert str(caught.value) == f"{job.output}: holds no client: run `nox -s regenerate`"
    assert not job.output.exists()


def test_command_that_is_named_mends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that a failed check names has every option that was given, and mends."""
    value = document()
    value["paths"]["/items"]["post"]["responses"]["400"] = {
        "description": "Refused.",
        "content": {"application/problem": {"schema": {"type": "object"}}},
    }
    job = write_project(tmp_path, value)
    monkeypatch.chdir(tmp_path)
    options = [
        "--spec", job.spec.name, "--output", "my client", "--package", PACKAGE,
        "--allow-loss", "POST /items", "--max-bytes", "9999",
    ]  # fmt: skip
    assert main(["check", *options]) == 1
    command = capsys.readouterr().err.splitlines()[-1].split("`")[1]
    assert command == (
        "python -m pipeline regenerate --spec openapi.json --output 'my client' "
        f"--package {PACKAGE} --allow-loss 'POST /items' --max-bytes 9999"
    )
    assert main(shlex.split(command)[3:]) == 0
    assert main(["check", *options]) == 0


def test_command_of_this_project_is_the_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check without options is mended by the session of nox that takes none."""
    monkeypatch.setattr("pipeline.regenerate_cli._ROOT", tmp_path)
    job = write_project(tmp_path)
    (tmp_path / "spec").mkdir()
    job.spec.rename(tmp_path / "spec/openapi.yaml")
    assert main(["check"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"{tmp_path / 'generated'}: holds no client: run `nox -s regenerate`"
    )


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


def test_copy_of_our_file_is_kept_aside(tmp_path: Path) -> None:
    """A copy that somebody made of a generated file is theirs, though it bears our header."""
    job = write_project(tmp_path)
    run(job)
    copy = job.output / PACKAGE / "my_client.py"
    content = (job.output / PACKAGE / "client.py").read_bytes() + b"precious = True\n"
    copy.write_bytes(content)
    report = run(job)
    assert report.strays == (f"{PACKAGE}/my_client.py",)
    assert report.aside is not None
    assert (report.aside / PACKAGE / "my_client.py").read_bytes() == content
    run_check(job)


def test_second_stray_leaves_the_first(tmp_path: Path) -> None:
    """What was kept aside once is not written over by what is kept aside later."""
    job = write_project(tmp_path)
    run(job)
    asides: list[Path] = []
    for text in ("one", "two"):
        (job.output / "notes.txt").write_text(text, encoding="utf-8")
        aside = run(job).aside
        assert aside is not None
        asides.append(aside)
    assert [(aside / "notes.txt").read_text(encoding="utf-8") for aside in asides] == ["one", "two"]


def test_stray_is_told_from_ours_without_a_lock(tmp_path: Path) -> None:
    """With the lock deleted, only the file without our header is kept aside."""
    job = write_project(tmp_path)
    run(job)
    before = digest(job.output)
    (job.output / PACKAGE / LOCK_NAME).unlink()
    (job.output / PACKAGE / "mine.py").write_text("precious = True\n", encoding="utf-8")
    assert run(job).strays == (f"{PACKAGE}/mine.py",)
    assert digest(job.output) == before


def test_output_that_git_ignores_is_judged(tmp_path: Path) -> None:
    """A client in a folder that git ignores is made, found current and checked like any other."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("out/\n", encoding="utf-8")
    job = write_project(tmp_path)
    run(job)
    run_check(job)
    assert run(job).made is None
    edited = job.output / PACKAGE / "client.py"
    edited.write_bytes(edited.read_bytes() + b"# an edit\n")
    with pytest.raises(DoesNotHold) as caught:
        run_check(job)
    assert [fault.place.file for fault in caught.value.faults] == [str(edited)]
    assert run(job).difference.changed == (f"{PACKAGE}/client.py",)


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
    job.spec.write_text(job.spec.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    report = run(job)
    assert report.aside is not None
    assert (report.aside / "notes.log").read_text(encoding="utf-8") == "mine\n"


def test_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder that this tool did not write is refused and stays as it was."""
    job = write_project(tmp_path)
    job.output.mkdir()
    (job.output / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(BadInput, match="was not written by this tool"):
        run(job)
    with pytest.raises(BadInput, match="was not written by this tool"):
        run_check(job)
    assert (job.output / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    assert digest(job.output).keys() == {"thesis.txt"}
    assert list(tmp_path.glob(".out*")) == []


def test_root_of_a_project_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A project's root as --output, its client below it, is refused with nothing changed."""
    root = tmp_path / "project"
    job = replace(write_project(root), output=root / "generated")
    run(job)
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / "README.md").write_text("years of work", encoding="utf-8")
    (root / "spec").mkdir()
    (root / "spec/openapi.json").write_bytes(job.spec.read_bytes())
    before = digest(tmp_path), list_times(tmp_path)
    for command in ("regenerate", "check"):
        options = ["--spec", str(root / "spec/openapi.json"), "--output", str(root)]
        assert main([command, *options]) == 2
        message = "was not written by this tool: name an empty or a new folder with --output"
        assert capsys.readouterr().err == f"{root}: {message}\n"
        assert (digest(tmp_path), list_times(tmp_path)) == before


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
