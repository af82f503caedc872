"""Choose the version of a build: the declared one at its tag, else a development version.

A development version sorts after the last release and before the next, and the later of two
commits has the higher one.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version as Number

from pipeline.faults import BadInput, Fault, Place
from pipeline.git import find_commit, lay_out, run_git

_PARTS = ("pyproject.toml", "spec", "overlays", "generated", "src")
_RELEASED = "spec/released"


def choose_version(root: Path) -> str:
    """Return the version that a build of the last commit gets.

    At the tag ``v…`` of the version that it declares, that is it. Elsewhere it is the version that
    comes next, with ``.dev`` and the commit's time in UTC: what is declared where that is not
    released yet, else what the changes since the release demand, at least the next patch. Raises
    BadInput where there is no commit or it declares no version.
    """
    from pipeline.diff.version import parse_version

    if find_commit(root, "HEAD") is None:
        message = "is no git repository with a commit, and a version is that of a commit"
        raise BadInput(Fault(Place(str(root)), message))
    with tempfile.TemporaryDirectory(prefix="version-") as name:
        folder = Path(name)
        lay_out(root, "HEAD", _PARTS, folder)
        declared = parse_version(_read_declared(folder))
        if f"v{declared}" in _list_tags(root, "--points-at", "HEAD"):
            return str(declared)
        released = _read_released(folder)
        base = declared
        if released and not _is_ahead(root, declared, released):
            base = _raise(max(declared, released), folder)
    stamp = _read_time(root).strftime("%Y%m%d%H%M%S")
    chosen = f"{_without_dev(base)}.dev{stamp}"
    if released and released != declared and Number(chosen) < released:
        # 1.0.0 follows 1.0.0rc1, and a development version of it does not.
        chosen = f"{_next(released)}.dev{stamp}"
    return chosen


def _read_declared(folder: Path) -> str:
    from pipeline.diff.states import read_version

    version = read_version(folder)
    if version is None:
        message = "declares no version: give one under [project]"
        raise BadInput(Fault(Place("pyproject.toml"), message))
    return version


def _read_released(folder: Path) -> Number | None:
    """Read which version was released last; None before the first."""
    from pipeline.diff.release import read_release
    from pipeline.diff.version import parse_version

    release = read_release(folder / _RELEASED)
    return parse_version(release.version) if release else None


def _is_ahead(root: Path, declared: Number, released: Number) -> bool:
    """Tell whether the declared version is still to come.

    What is kept of a release is written before its tag is: until then it is no release. A shallow
    clone brings no tags, so there what is kept has to do.
    """
    tags = _list_tags(root)
    if declared == released and not tags and _is_shallow(root):
        return False
    return declared >= released and f"v{declared}" not in tags


def _raise(released: Number, folder: Path) -> Number:
    """Return the version that the changes since the last release demand, at least the next."""
    from pipeline.diff.review import judge_against_release
    from pipeline.diff.states import open_project, open_release
    from pipeline.diff.version import parse_version

    if released.is_prerelease:
        return _next(released)  # which promises nothing that a change could break
    state = open_project(folder, ".", strict=False)
    judged = judge_against_release(folder, state, [], open_release(folder))
    demanded = parse_version(judged.demanded) if judged else released
    return max(demanded, _next(released))


def _next(released: Number) -> Number:
    """Return the lowest version that comes after a release."""
    epoch = f"{released.epoch}!" if released.epoch else ""
    if released.is_devrelease:
        return Number(_without_dev(released))
    if released.pre:
        kind, number = released.pre
        return Number(f"{released.base_version}{kind}{number + 1}")
    major, minor, patch = (*released.release, 0, 0)[:3]
    return Number(f"{epoch}{major}.{minor}.{patch + 1}")


def _without_dev(version: Number) -> str:
    return version.public.partition(".dev")[0]


def _list_tags(root: Path, *options: str) -> frozenset[str]:
    return frozenset(run_git(root, "tag", "--list", *options).decode().split())


def _is_shallow(root: Path) -> bool:
    return run_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _read_time(root: Path) -> datetime:
    seconds = int(run_git(root, "log", "-1", "--format=%ct", "HEAD"))
    return datetime.fromtimestamp(seconds, UTC)
