"""Lay out generated code: the pinned ruff, the header, and the same file modes everywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place
from pipeline.header import HEADER

# Named, so that a new default of ruff never changes the output: sorted imports, no unused ones.
_FIXES = "I,F401"
_SETTINGS = (
    "--isolated", "--no-cache", "--quiet",
    "--config", "line-length=100", "--config", "target-version='py311'",
    "--config", "lint.isort.known-first-party=['harness_nextgen_runtime']",
    "--config", "lint.isort.split-on-trailing-comma=false",
)  # fmt: skip


def lay_out(folder: Path) -> None:
    """Format every Python file below ``folder`` and put the header on it."""
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8").lstrip("\n")
        path.write_text(f"{HEADER}\n{text}", encoding="utf-8", newline="\n")
    _run_ruff("check", "--fix-only", "--select", _FIXES, "--unsafe-fixes", folder=folder)
    _run_ruff("format", folder=folder)


def set_modes(folder: Path) -> None:
    """Give files and folders the modes that git would, whatever the umask."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def find_ruff() -> str:
    """Return the path of the ruff that is installed beside this Python."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it ships no types

    return str(find_ruff_bin())


def _run_ruff(*arguments: str, folder: Path) -> None:
    command, *options = arguments
    done = subprocess.run(
        [find_ruff(), command, *options, *_SETTINGS, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        message = f"the generated code cannot be laid out, ruff says: {said}"
        raise BadInput(Fault(Place(str(folder)), message))
