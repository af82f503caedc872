"""Write a release into the repository: one commit and one tag, each whole or not at all."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pipeline.diff.release import read_release, write_release
from pipeline.diff.states import BASELINE, open_project
from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.git import find_commit
from pipeline.publish import gates
from pipeline.publish.distributions import declare_version

CHANGELOG = gates.CHANGELOG
FRAGMENTS = "docs/changes"


def list_fragments(root: Path) -> list[str]:
    """List the entries that wait for the next release's part of the changelog."""
    names = (path.name for path in (root / FRAGMENTS).glob("*"))
    return sorted(name for name in names if name != "README.md" and not name.startswith("."))


def has_entry(root: Path, version: str) -> bool:
    """Tell whether the changelog has a part on a version."""
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    return re.search(rf"^## {re.escape(version)} \(", text, re.MULTILINE) is not None


def is_prepared(root: Path, version: str, declared: str) -> bool:
    """Tell whether a project says everywhere that it is this version, and nothing is newer."""
    release = read_release(root / BASELINE)
    kept = release is not None and release.version == version
    return declared == version and kept and has_entry(root, version) and not list_fragments(root)


def commit_release(root: Path, version: str) -> str:
    """Commit version, changelog and baseline of a release; return the hash of the commit.

    It is made beside the checkout, which moves to it when it is complete. Raises DoesNotHold where
    the client is not what its spec and overlays make, and BadInput where git or towncrier refuses.
    """
    with _lay_out_worktree(root) as folder:
        declare_version(folder / "pyproject.toml", version)
        gates.require_generated(folder)
        _run(
            [sys.executable, "-m", "towncrier", "build", "--yes", "--version", version],
            folder, "towncrier",
        )  # fmt: skip
        write_release(folder / BASELINE, version, open_project(folder, version))
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", "--message", f"Release {version}")
        commit = find_commit(folder, "HEAD")
    if commit is None:
        raise BadInput(Fault(Place("git"), "the commit of the release cannot be read"))
    _git(root, "merge", "--ff-only", "--quiet", commit)
    return commit


def tag_release(root: Path, version: str) -> None:
    """Tag the last commit as a release. Raises BadInput where git refuses."""
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"Release {version}")


def find_tagged(root: Path, version: str) -> str | None:
    """Return the commit that is tagged as a version; None where none is."""
    return find_commit(root, f"refs/tags/v{version}")


def check_tag(root: Path, version: str) -> None:
    """Raise DoesNotHold when a version is tagged at another commit than the last one."""
    tagged, head = find_tagged(root, version), find_commit(root, "HEAD")
    if tagged is not None and tagged != head:
        message = (
            f"is at {tagged[:9]}, and the last commit is {(head or '')[:9]}: check out v{version} "
            "to go on with it, name a later version, or, while nothing of it is published, take "
            f"the tag away: git tag -d v{version}"
        )
        raise DoesNotHold(Fault(Place(f"v{version}"), message))


@contextmanager
def _lay_out_worktree(root: Path) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="harness-nextgen-release-") as scratch:
        folder = Path(scratch) / "tree"
        _git(root, "worktree", "prune")  # of a run that was killed
        _git(root, "worktree", "add", "--quiet", "--detach", str(folder), "HEAD")
        try:
            yield folder
        finally:
            _git(root, "worktree", "remove", "--force", str(folder))


def _git(root: Path, *arguments: str) -> None:
    _run(["git", "-C", str(root), *arguments], root, f"git {arguments[0]}")


def _run(command: list[str], folder: Path, name: str) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-3:])
        raise BadInput(Fault(Place(name), f"refuses: {said}"))
