"""Getting started goes as the page says: the sandbox of its command, its programs, their output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.site.pages import Page, read_page
from tests.site.commands import split

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples/first"


def test_page_goes_as_written(tmp_path: Path) -> None:
    """A reader who copies everything sees what the page shows; pip alone is left out."""
    page = read_page(ROOT, ROOT / "docs/getting-started.md")
    for file in EXAMPLES.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    shown: dict[str, str] = {}
    for command, printed in list_commands(page):
        shown.setdefault(command, printed)  # the second time, the reader's own account answers
    [start] = [command for command in shown if "harness_nextgen_sandbox" in command]
    with start_sandbox(start, tmp_path) as (said, environment):
        assert said == shown[start]
        for command in ("python list_modules.py", "python change_modules.py"):
            assert run(command, tmp_path, environment).stdout == shown[command]
        tested = next(command for command in shown if "pytest -q" in command)
        assert run(f"{tested} -p no:cacheprovider", tmp_path, environment).returncode == 0


def test_programs_are_whole() -> None:
    """The page shows each program of its folder whole, as a reader saves it."""
    page = read_page(ROOT, ROOT / "docs/getting-started.md")
    labels = {block.label: block.code for block in page.blocks if block.label}
    assert set(labels) == {f"first/{file.name}" for file in EXAMPLES.glob("*.py")}
    for label, code in labels.items():
        assert (EXAMPLES.parent / label).read_text(encoding="utf-8") == code


def list_commands(page: Page) -> Iterator[tuple[str, str]]:
    """Yield each command of the page and what it prints."""
    for block in page.blocks:
        if block.language == "console":
            for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                yield command, printed


@contextmanager
def start_sandbox(command: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Run the page's command on a free port; give what it says, with the port of the page."""
    [words] = split(command)
    arguments = [sys.executable, *words[1:], "--port", "0"]
    with subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4)]
            exported = dict(shlex.split(line)[1].split("=", 1) for line in lines[1:])
            port = exported["HARNESS_BASE_URL"].rsplit(":", 1)[1]
            yield "".join(lines).replace(f":{port}", ":8808"), exported
        finally:
            process.terminate()


def run(
    command: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command of the page with the Python of this test."""
    [words] = split(command)
    return subprocess.run(
        [sys.executable, *words[1:]],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
