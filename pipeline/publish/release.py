"""Release a version: commit it, tag it, build it, publish it, use it as somebody else would.

Each step that is done already is passed over, so that a release that stopped can be started again.
Nothing is pushed: that is for a person to do, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from pipeline.diff.change import Version
from pipeline.diff.review import judge_against_release
from pipeline.diff.states import BASELINE, open_project, open_release
from pipeline.diff.version import parse_version
from pipeline.faults import DoesNotHold, Fault, Place
from pipeline.publish.repository import (
    CHANGELOG,
    FRAGMENTS,
    check_tag,
    commit_release,
    find_tagged,
    has_entry,
    is_prepared,
    list_fragments,
    tag_release,
)
from pipeline.publish.version import choose_version

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A version to release, and which steps in the repository are done already."""

    version: str
    is_committed: bool
    """The last commit declares it, keeps its baseline, and has its part of the changelog."""
    is_tagged: bool


def plan_release(root: Path, asked: str | None) -> Plan:
    """Choose the version that is released next, and see how far its release has come.

    It is the one that is asked for; else the declared one while it is not released yet; else the
    lowest that the changes since the last release allow. Raises DoesNotHold when the asked one is
    lower than that, when nothing is new, and when the version is tagged at another commit.
    """
    project = open_project(root, ".")
    if project.version is None:
        raise DoesNotHold(Fault(Place("pyproject.toml"), "declares no version"))
    declared = project.version
    judged = None
    if (root / BASELINE).is_dir():
        judged = judge_against_release(root, project, [], open_release(root))
    if asked:
        version = str(parse_version(asked))
        _check_height(version, judged)
    else:
        coming = parse_version(parse_version(choose_version(root)).base_version)
        version = str(max(coming, parse_version(judged.demanded)) if judged else coming)
    check_tag(root, version)
    is_committed = is_prepared(root, version, declared)
    fragments = list_fragments(root)
    if fragments and has_entry(root, version):
        newer = f"{FRAGMENTS}/{fragments[0]}"
        message = f"has {version} already, and {newer} is newer: declare a later version"
        raise DoesNotHold(Fault(Place(CHANGELOG), message))
    if not is_committed and not fragments:
        message = f"has no entry: say what is new in {version}, as {FRAGMENTS}/README.md shows"
        raise DoesNotHold(Fault(Place(FRAGMENTS), message))
    return Plan(version, is_committed, find_tagged(root, version) is not None)


def prepare_release(root: Path, plan: Plan, tell: Tell) -> Generator[str]:
    """Commit and tag a release as far as that is not done; yield what was done."""
    if not plan.is_committed:
        tell("commit the release")
        commit = commit_release(root, plan.version)
        yield f"committed {commit[:9]}: pyproject.toml, {CHANGELOG}, {BASELINE}"
    if not plan.is_tagged:
        tag_release(root, plan.version)
        yield f"tagged v{plan.version}"


def _check_height(version: str, judged: Version | None) -> None:
    if judged is None or judged.released is None:
        return
    if parse_version(version) < parse_version(judged.demanded):
        message = (
            f"{version} is too low: what changed since {judged.released} takes "
            f"{judged.demanded} or later"
        )
        raise DoesNotHold(Fault(Place("version"), message))
