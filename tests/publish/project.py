"""This project, committed in a repository of its own, and what is built from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from pipeline.publish.distributions import Distributions, build_distributions

ROOT = Path(__file__).parents[2]
VERSION = "1.2.3"
TIME = "2026-02-03T04:05:06+00:00"
SECRET = "a-key-that-nobody-may-see"

# What the distributions are made from; the rest of the repository is not to be in them.
_PARTS = (
    "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "docs/package.md", "generated",
    "noxfile.py", "overlays", "pipeline", "pyproject.toml", "spec", "src",
)  # fmt: skip
# What a person's settings would add to a test: signatures, hooks, another name of the branch.
_GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": TIME,
    "GIT_COMMITTER_DATE": TIME,
}


def write_project(folder: Path) -> Path:
    """Commit this checkout as it is in a new repository, with what must not get out of it."""
    names = _list_files()
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in (".env", ".pypirc", "tests/test_it.py", "docs/key.md", ".github/key.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {SECRET}\n", encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


def copy_project(project: Path, folder: Path) -> Path:
    """Copy a project with its repository."""
    shutil.copytree(project, folder)
    return folder


def commit(folder: Path, *tags: str) -> None:
    """Commit all that is in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A change")
    for tag in tags:
        git(folder, "tag", "--annotate", tag, "--message", tag)


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it prints."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, env=_GIT, capture_output=True, text=True, check=True)
    return done.stdout


def build(project: Path, folder: Path, version: str = VERSION) -> Distributions:
    """Build a project into ``dist`` below a folder."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    return build_distributions(project, version, folder / "dist", scratch)


def run_build(
    project: Path, *arguments: str, umask: int = 0o022, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a project."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "build", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": "generated:src", **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )


def read_files(*files: Path) -> dict[str, bytes]:
    """Read files by their names."""
    return {path.name: path.read_bytes() for path in files}


def read_wheel(wheel: Path) -> dict[str, bytes]:
    """Read what a wheel holds."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpack_sdist(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist; returns the folder that is in it."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [unpacked] = folder.iterdir()
    return unpacked


def _list_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]
