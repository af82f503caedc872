"""Build the wheel and the sdist: the same commit gives the same bytes, wherever and whenever."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place
from pipeline.git import lay_out, run_git


@dataclass(frozen=True, slots=True)
class Distributions:
    """What a build makes: the files that are published."""

    version: str
    wheel: Path
    sdist: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Both files, the wheel first."""
        return self.wheel, self.sdist


def build_distributions(root: Path, version: str, folder: Path, scratch: Path) -> Distributions:
    """Build what the last commit of a repository holds, and nothing else, into ``folder``.

    ``version`` becomes that of the distributions; ``scratch`` is an empty folder for what is in
    between. Raises BadInput where there is no commit or the build fails.
    """
    lay_out(root, "HEAD", ["."], scratch)
    declare_version(scratch / "pyproject.toml", version)
    epoch = run_git(root, "log", "-1", "--format=%ct").decode().strip()
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder.resolve())],
        cwd=scratch,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BadInput(Fault(Place("pyproject.toml"), f"cannot be built: {done.stderr[-400:]}"))
    [wheel] = folder.glob(f"*-{version}-*.whl")
    [sdist] = folder.glob(f"*-{version}.tar.gz")
    return Distributions(version, wheel, sdist)


def declare_version(pyproject: Path, version: str) -> None:
    """Write another version into a pyproject.toml."""
    text = pyproject.read_text(encoding="utf-8")
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("version = "))
    lines[at] = f'version = "{version}"'
    pyproject.write_text("\n".join(lines), encoding="utf-8", newline="\n")
