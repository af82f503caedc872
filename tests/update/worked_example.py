"""Run the worked example of docs/update.md; ``python -m tests.update.worked_example`` writes it.

The commands run one after another in a copy of this checkout, a repository of its own. Checking is
the same run, which compares instead: tests/update/test_worked_example.py.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/update.md"

_START = "<!-- worked example -->\n"
_BLOCK = re.compile(r"```console\n((?:\$ .*\n(?:(?!```|\$ ).*\n)*)+)```\n")
_SECONDS = re.compile(r"\d+\.\d+ s\b")


def lay_out_project(folder: Path) -> None:
    """Copy what git knows of this checkout, and make a repository of it with one commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "All"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def list_commands(page: str) -> Iterator[tuple[str, str]]:
    """Yield each command of the example, and what the page says that it prints."""
    example = page[page.index(_START) :]
    example = example[: example.index("\n## ")]
    for block in _BLOCK.finditer(example):
        for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


def run(command: str, folder: Path, tools: Path) -> str:
    """Run a command as a reader would, and return what it prints; its exit code, too, if not 0."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(str(folder / part) for part in (".", "src", "generated")),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    code = f"[exit code {done.returncode}]\n" if done.returncode else ""
    return strip_seconds(done.stdout) + code


def strip_seconds(text: str) -> str:
    """Leave out how long a run took."""
    return _SECONDS.sub("… s", text)


def make_tools(folder: Path) -> Path:
    """Make a folder with ``python`` in it: the one that runs this."""
    folder.mkdir()
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    script.chmod(0o755)
    return folder


def main() -> None:
    """Run the example and write what its commands print into the page."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        lay_out_project(folder)
        tools = make_tools(Path(name) / "tools")
        for command, printed in list(list_commands(page)):
            output = run(command, folder, tools)
            page = page.replace(f"$ {command}\n{printed}", f"$ {command}\n{output}", 1)
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
