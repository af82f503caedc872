"""Read a repository's revisions, by the git that is there; nothing here writes to it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place


def run_git(root: Path, *arguments: str) -> bytes:
    """Return what git prints; nothing where it fails, is missing or this is no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""


def find_commit(root: Path, revision: str) -> str | None:
    """Return the hash of the commit that a revision names; None where there is none."""
    if revision.startswith("-"):
        return None
    found = run_git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return found.decode().strip() or None


def lay_out(root: Path, revision: str, names: Sequence[str], folder: Path) -> None:
    """Write the named files and folders of a revision, as far as it has them, into ``folder``.

    Raises BadInput when the revision cannot be read.
    """
    there = [name for name in names if run_git(root, "ls-tree", revision, name)]
    archive = run_git(root, "archive", "--format=tar", revision, *there) if there else b""
    if not archive:
        message = f"has none of {', '.join(names)}: name one that has"
        if not find_commit(root, revision):
            message = "cannot be read from this repository: fetch it with its tags"
        elif there:
            message = "its files cannot be read from this repository: fetch it whole"
        raise BadInput(Fault(Place(revision), message))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
