"""Build the wheel, and install it or a peer alone, to measure what a user would have."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command, run
from benchmarks.row import ROOT


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that holds one distribution and what it needs, and nothing else."""

    folder: Path

    def command(self, code: str) -> Command:
        """Return the command that runs code here, whatever PYTHONPATH says."""
        return Command((str(self.folder / "bin" / "python"), "-I", "-c", code), self.folder)

    @property
    def size(self) -> int:
        """The bytes of all installed files."""
        (packages,) = self.folder.glob("lib/python*/site-packages")
        return sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    hatchling = (sys.executable, "-m", "hatchling")
    run(Command((*hatchling, "build", "--target", "wheel", "--directory", str(folder)), ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(folder: Path, requirement: str) -> Environment:
    """Install something into an environment of its own; raises SystemExit when that fails."""
    run(Command((sys.executable, "-m", "venv", "--without-pip", str(folder)), ROOT))
    pip = (sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"))
    run(Command((*pip, "install", "--quiet", requirement), ROOT))
    return Environment(folder)
