"""This project in a repository of its own, which a test may change, and what it takes to run it."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

from pipeline.publish.environment import Environment
from tests.diff.project import commit

ROOT = Path(__file__).parents[2]


def copy_project(folder: Path) -> Path:
    """Copy what is in this checkout, committed or not, and commit it there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    commit(folder)
    return folder


def shorten_project(root: Path) -> None:
    """Take out of a project what takes long: its check fails, and so does its contract."""
    (root / "pipeline/__main__.py").write_text(
        "import sys\n"
        "print('a stage …', file=sys.stderr)\n"
        "sys.exit('generated/harness_nextgen: is not what this makes')\n"
    )
    shutil.rmtree(root / "spec/released")
    keep_fixtures(root)
    commit(root)


def keep_fixtures(root: Path, name: str = "organizations") -> None:
    """Take all recorded exchanges out of a project but those of one folder."""
    for path in (root / "tests/fixtures").iterdir():
        if path.is_dir() and path.name != name:
            shutil.rmtree(path)


def borrow(environment: Environment, checkout: Path, wheel: Path) -> None:
    """Lend an environment what the tests have installed, all but this project.

    An editable installation is known by a file that only counts where Python looks by itself.
    """
    [site] = environment.folder.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
