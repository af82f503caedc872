"""The overlay commands: exit codes, what they print and where, and what they write."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import main

ROOT = Path(__file__).parents[2]

SPEC = "openapi: 3.0.3\ninfo:\n  title: Ünïcode\n"
OVERLAY = """\
overlay: 1.1.0
info: {title: T, version: '1'}
actions:
- target: $.info
  description: A version is required.
  update: {version: '1'}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and an overlay, where the commands run."""
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "s.json").write_text('{"info": {"title": "T"}}')
    (tmp_path / "o.yaml").write_text(OVERLAY)
    (tmp_path / "bad.yaml").write_text(OVERLAY.replace("target", "goal"))
    (tmp_path / "useless.yaml").write_text(OVERLAY.replace("$.info", "$.none"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["overlay", *arguments])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def process(
    *arguments: str, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "overlay", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), **environment},
    )


def test_apply_prints_yaml_for_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    """A YAML document comes out as YAML, on standard output."""
    assert run("apply", "s.yaml", "o.yaml") == 0
    assert capsys.readouterr() == (SPEC + "  version: '1'\n", "")


def test_apply_prints_json_for_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A JSON document comes out as JSON."""
    assert run("apply", "s.json", "o.yaml") == 0
    assert json.loads(capsys.readouterr().out) == {"info": {"title": "T", "version": "1"}}


@pytest.mark.parametrize("spec", ["s.yaml", "s.json"])
def test_the_name_of_the_output_chooses_its_form(folder: Path, spec: str) -> None:
    """An output named .json is JSON, any other is YAML, whatever the document was."""
    assert run("apply", spec, "o.yaml", "-o", "out.json") == 0
    assert run("apply", spec, "o.yaml", "-o", "out.yaml") == 0
    assert (folder / "out.json").read_text(encoding="utf-8").startswith("{\n")
    assert "  version: '1'\n" in (folder / "out.yaml").read_text(encoding="utf-8")


def test_apply_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash is standard input, here with JSON in it."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b' {"info": {}}')))
    assert run("apply", "-", "o.yaml") == 0
    assert json.loads(capsys.readouterr().out) == {"info": {"version": "1"}}


def test_an_output_is_replaced_and_leaves_nothing_beside_it(folder: Path) -> None:
    """The output takes the place of the file that was there; no part of it stays around."""
    (folder / "out.yaml").write_text("old")
    before = names(folder)
    assert run("apply", "s.yaml", "o.yaml", "-o", "out.yaml") == 0
    assert (folder / "out.yaml").read_text(encoding="utf-8") == SPEC + "  version: '1'\n"
    assert names(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("s.yaml", "bad.yaml"),
        ("s.yaml", "none.yaml"),
        ("none.yaml", "o.yaml"),
        ("s.yaml", "o.yaml", "o.yaml", "--strict"),
    ],
)
def test_a_failure_leaves_the_output_as_it_was(folder: Path, arguments: tuple[str, ...]) -> None:
    """When anything is wrong the output keeps its old text."""
    (folder / "out.yaml").write_text("old")
    before = names(folder)
    assert run("apply", *arguments, "-o", "out.yaml") == 2
    assert (folder / "out.yaml").read_text() == "old"
    assert names(folder) == before


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("none/out.yaml", "cannot be written: No such file or directory"),
        (".", "cannot be written: Is a directory"),
    ],
)
def test_an_output_that_cannot_be_written(
    folder: Path, capsys: pytest.CaptureFixture[str], output: str, reason: str
) -> None:
    """An output that cannot be written is one line and exit code 2, and no part stays behind."""
    before = names(folder)
    assert run("apply", "s.yaml", "o.yaml", "-o", output) == 2
    assert capsys.readouterr() == ("", f"{output}: {reason}\n")
    assert names(folder) == before


def test_an_output_is_whole_or_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the last step fails, the old file is whole and no part of the new one stays."""
    (folder / "out.yaml").write_text("old")
    before = names(folder)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    assert run("apply", "s.yaml", "o.yaml", "-o", "out.yaml") == 2
    assert capsys.readouterr().err == "out.yaml: cannot be written: No space left on device\n"
    assert (folder / "out.yaml").read_text() == "old"
    assert names(folder) == before


def test_an_output_that_is_a_link_stays_one(folder: Path) -> None:
    """What a link points to is written, and the link stays."""
    (folder / "link.yaml").symlink_to("out.yaml")
    assert run("apply", "s.yaml", "o.yaml", "-o", "link.yaml") == 0
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "out.yaml").read_text(encoding="utf-8").startswith("openapi")


def test_an_output_that_is_no_file_is_written_to(folder: Path) -> None:
    """A device or pipe is written to and not replaced by a file."""
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("apply", "s.yaml", "o.yaml", "-o", "pipe") == 0
        assert os.read(reader, 1000).decode() == SPEC + "  version: '1'\n"
    finally:
        os.close(reader)
    assert (folder / "pipe").is_fifo()


def test_the_faults_of_all_files_come_together(capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with the spec and with each overlay is said in one run."""
    assert run("apply", "none.yaml", "bad.yaml", "gone.yaml") == 2
    assert capsys.readouterr().err.splitlines() == [
        "none.yaml: no such file: check the path",
        "bad.yaml:4:3: action 1 lacks 'target': add it",
        (
            "bad.yaml:4:3: 'goal' is unknown to Overlay 1.1: use target, description, update, "
            "remove, copy, or a name that starts with x-"
        ),
        "gone.yaml: no such file: check the path",
    ]


def test_strict_is_off_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """By the standard zero matches succeed; --strict refuses them."""
    assert run("apply", "s.yaml", "useless.yaml") == 0
    assert capsys.readouterr().out == SPEC
    assert run("apply", "s.yaml", "useless.yaml", "--strict") == 2
    assert capsys.readouterr() == (
        "",
        (
            "useless.yaml:4:3: matches nothing beyond $ (s.yaml:1:1): "
            "correct the target, or delete the action\n"
        ),
    )


def test_validate_says_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """Valid overlays are named, and the exit code is 0."""
    assert run("validate", "o.yaml", "useless.yaml") == 0
    assert capsys.readouterr() == ("o.yaml: valid\nuseless.yaml: valid\n", "")


def test_validate_exits_1_for_an_invalid_overlay(capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid overlay is exit code 1 and a line for each fault."""
    assert run("validate", "o.yaml", "bad.yaml") == 1
    out, err = capsys.readouterr()
    assert out == "o.yaml: valid\n"
    assert [line.split(" ")[0] for line in err.splitlines()] == ["bad.yaml:4:3:"] * 2


def test_validate_exits_2_for_an_unreadable_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that cannot be read is exit code 2, and the other files are still checked."""
    assert run("validate", "none.yaml", "bad.yaml") == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_validate_notes_a_dashed_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the schema accepts and RFC 9535 does not is noted, and is no failure."""
    (folder / "o.yaml").write_text(OVERLAY.replace("$.info", "$.x-a"))
    assert run("validate", "o.yaml") == 0
    assert capsys.readouterr() == (
        "o.yaml: valid\n",
        (
            "o.yaml:4:14: '$.x-a' is not JSONPath: expected '.', '..' or a bracketed selection, "
            "found '-': write $['x-a']\n"
        ),
    )


def test_compare_prints_an_overlay_that_apply_takes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What compare writes turns the first document into the second."""
    (folder / "new.yaml").write_text("openapi: 3.0.3\ninfo: {}\npaths: {}\n")
    assert run("compare", "s.yaml", "new.yaml") == 0
    printed = capsys.readouterr().out
    assert run("compare", "s.yaml", "new.yaml", "-o", "diff.json") == 0
    assert json.loads((folder / "diff.json").read_text())["overlay"] == "1.1.0"
    (folder / "diff.yaml").write_text(printed)
    assert run("apply", "s.yaml", "diff.yaml", "-o", "out.yaml", "--strict") == 0
    assert run("compare", "new.yaml", "out.yaml") == 0
    assert capsys.readouterr().out == "new.yaml and out.yaml are equal\n"


def test_compare_of_equal_documents_writes_nothing(folder: Path) -> None:
    """Equal documents are exit code 0 and no file."""
    before = names(folder)
    assert run("compare", "s.yaml", "s.yaml", "-o", "out.yaml") == 0
    assert names(folder) == before


def test_compare_names_both_unreadable_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Both documents are reported when neither can be read."""
    assert run("compare", "x.yaml", "y.yaml") == 2
    assert capsys.readouterr().err == (
        "x.yaml: no such file: check the path\ny.yaml: no such file: check the path\n"
    )


def test_blame_prints_a_line_for_each_node(capsys: pytest.CaptureFixture[str]) -> None:
    """Each selected node has its place, its path and the reason."""
    assert run("blame", "s.yaml", "o.yaml", "--at", "$.info.*") == 0
    assert capsys.readouterr().out == (
        "s.yaml:3:3: $['info']['title']: as the spec has it\n"
        "o.yaml:4:3: $['info']['version']: A version is required.\n"
    )


def test_blame_of_nothing_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """A path that selects nothing is exit code 1."""
    assert run("blame", "s.yaml", "o.yaml", "--at", "$.none") == 1
    assert capsys.readouterr() == ("", "--at: $.none selects nothing: correct it\n")


def test_blame_of_a_bad_path_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is no JSONPath is exit code 2, with the character that shows it."""
    assert run("blame", "s.yaml", "o.yaml", "--at", "$.a[") == 2
    assert capsys.readouterr().err == (
        "--at: '$.a[' is not JSONPath at its character 5: unbalanced brackets\n"
    )


def test_new_writes_a_skeleton_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new overlay goes to overlays/ and its path is printed; a second time is refused."""
    (folder / "overlays").mkdir()
    assert run("new", "paging") == 0
    assert capsys.readouterr().out == "overlays/paging.overlay.yaml\n"
    assert run("validate", "overlays/paging.overlay.yaml") == 0
    assert run("new", "paging") == 2
    assert "exists: choose another name" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["apply", "validate", "compare", "blame", "new"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help is printed and is no failure."""
    with pytest.raises(SystemExit) as exit_:
        run(command, "--help")
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m pipeline overlay {command}")


@pytest.mark.parametrize("arguments", [(), ("apply",), ("apply", "s.yaml"), ("none",), ("blame",)])
def test_bad_usage_exits_2(arguments: tuple[str, ...]) -> None:
    """A command line that is not complete is exit code 2."""
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)
    assert exit_.value.code == 2


def test_the_process_pipes_bytes_whatever_the_locale() -> None:
    """As a process, input and output are UTF-8 in any locale, and the exit code is 0."""
    done = process("apply", "-", "o.yaml", stdin=SPEC.encode(), LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == (SPEC + "  version: '1'\n").encode()


def test_the_process_fails_with_a_line_and_no_traceback() -> None:
    """As a process, a fault is one line on standard error, even in a locale without its letters."""
    done = process("apply", "-", "o.yaml", stdin="ü: [".encode(), LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"<stdin>:2:1: is not YAML:")
    assert done.stderr.count(b"\n") == 1


def test_ledger_prints_a_line_for_each_action(capsys: pytest.CaptureFixture[str]) -> None:
    """All actions needed is success: a line each, and a line that sums up."""
    assert run("ledger", "s.yaml", "s.yaml", "o.yaml") == 0
    lines = "o.yaml:4: needed: $.info\n1 action: 1 needed, 0 redundant, 0 unmatched, 0 conflict\n"
    assert capsys.readouterr() == (lines, "")


def test_ledger_fails_on_what_is_needed_no_more(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An action that upstream made redundant fails, and its note says so."""
    (folder / "new.yaml").write_text(SPEC + "  version: '1'\n", encoding="utf-8")
    assert run("ledger", "s.yaml", "new.yaml", "o.yaml", "useless.yaml") == 1
    assert capsys.readouterr().out.splitlines() == [
        "o.yaml:4: redundant: $.info: upstream has at `$['info']` what the action writes",
        (
            "useless.yaml:4: unmatched: $.none: matches nothing beyond `$`, "
            "in the old document either"
        ),
        "2 actions: 0 needed, 1 redundant, 1 unmatched, 0 conflict",
    ]


def test_ledger_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs, the same is one JSON object."""
    assert run("ledger", "s.yaml", "s.yaml", "o.yaml", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "actions": [
            {
                "file": "o.yaml",
                "line": 4,
                "column": 3,
                "target": "$.info",
                "state": "needed",
                "note": "",
                "reason": "A version is required.",
            }
        ],
        "summary": {"needed": 1, "redundant": 0, "unmatched": 0, "conflict": 0},
    }


def test_ledger_reports_the_faults_of_all_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Documents and overlays that cannot be read are reported together, as bad input."""
    assert run("ledger", "none.yaml", "s.yaml", "bad.yaml") == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "none.yaml: no such file: check the path"
    assert lines[1].startswith("bad.yaml:4:3: ")
