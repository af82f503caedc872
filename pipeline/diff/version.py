"""Say which version a change demands: semantic versioning, where 0.x counts a place lower.

From 1.0 on, what breaks takes a major version, what a caller may notice or use a minor one, the
rest a patch (https://semver.org/, 7 and 8). Before, anything may change (4 there); this project
promises more: what breaks takes a minor version, the rest a patch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from packaging.version import InvalidVersion
from packaging.version import Version as Number

from pipeline.diff.change import Change, Severity, Version
from pipeline.faults import BadInput, DoesNotHold, Fault, Place

Bump = Literal["none", "patch", "minor", "major"]

_QUIET = frozenset({"wording", "version-changed", "tags-changed", "link-changed"})
"""Rules of edits that no program can notice."""


def judge_version(changes: Iterable[Change], released: str | None, declared: str) -> Version:
    """Compute the lowest version that the changes since the last release allow.

    A development version of what is demanded will do. Raises BadInput for what is no version.
    """
    number = parse_version(declared)
    if released is None:
        return Version(None, declared, declared, "none")
    last = parse_version(released)
    bump = _choose_bump(list(changes), last)
    demanded = _raise(last, bump)
    base = Number(number.base_version)
    return Version(released, declared, str(demanded), bump, base >= demanded)


def check_version_declared(version: Version, place: Place) -> None:
    """Raise DoesNotHold when the declared version is lower than the changes demand."""
    if version.holds:
        return
    why = (
        f"the baseline is {version.released}"
        if version.bump == "none"
        else f"what changed since {version.released} takes a {version.bump} version"
    )
    message = f"the version {version.declared} is too low: {why}: declare {version.demanded}"
    raise DoesNotHold(Fault(place, message))


def parse_version(text: str) -> Number:
    """Read a version as Python packages have it (PEP 440). Raises BadInput."""
    try:
        return Number(text)
    except InvalidVersion:
        message = f"{text!r} is no version: write it as 1.2.3 or 1.2.3.dev0"
        raise BadInput(Fault(Place("version"), message)) from None


def _choose_bump(changes: list[Change], last: Number) -> Bump:
    if not changes:
        return "none"
    worst = max(one.severity for one in changes)
    is_noticed = any(one.rule not in _QUIET or one.python for one in changes)
    if last.major == 0:
        return "minor" if worst is Severity.BREAKING else "patch"
    if worst is Severity.BREAKING:
        return "major"
    return "minor" if worst is Severity.DANGEROUS or is_noticed else "patch"


def _raise(last: Number, bump: Bump) -> Number:
    major, minor, patch = (*last.release, 0, 0)[:3]
    if last.is_prerelease or bump == "none":
        return Number(last.base_version)
    match bump:
        case "major":
            numbers = f"{major + 1}.0.0"
        case "minor":
            numbers = f"{major}.{minor + 1}.0"
        case _:
            numbers = f"{major}.{minor}.{patch + 1}"
    return Number(f"{last.epoch}!{numbers}")
