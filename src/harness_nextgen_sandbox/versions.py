"""Versions and the Git tags that they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

_STEPS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_SEMVER = re.compile(
    r"v?([0-9]{1,18})(?:\.([0-9]{1,18}))?(?:\.([0-9]{1,18}))?"
    rf"(?:-({_STEPS}))?(\+{_STEPS})?"
)


def is_version(text: str) -> bool:
    """Whether a text is a version, such as ``1.2.0``, ``v2`` or ``1.0.0-rc.1``."""
    return _SEMVER.fullmatch(text) is not None


def is_prerelease(version: str) -> bool:
    """Whether a version is one before a release, such as ``1.0.0-rc.1``."""
    found = _SEMVER.fullmatch(version)
    return bool(found and found[4])


@lru_cache(10_000)  # lists of modules sort the same versions again and again
def version_key(version: str) -> tuple[Any, ...]:
    """Return what versions are ordered by (https://semver.org, 11); other texts come first."""
    found = _SEMVER.fullmatch(version)
    if not found:
        return 0, version
    numbers = tuple(int(found[group] or 0) for group in (1, 2, 3))
    steps = (found[4] or "").split(".")
    before = tuple(
        (0, int(step), "") if step.isdecimal() and len(step) < 19 else (1, 0, step)
        for step in steps
    )
    return 1, numbers, not found[4], before, version


def sort_versions(versions: Iterable[str]) -> list[str]:
    """Return versions from the oldest to the newest."""
    return sorted(versions, key=version_key)


def strip_v(version: str) -> str:
    """Return a version without the ``v`` that Git tags begin with: Terraform takes none."""
    return version[1:] if version.startswith("v") and is_version(version) else version


def write_plain(version: str) -> str:
    """Return a version as Terraform writes it, in three plain numbers: ``1.2`` is ``1.2.0``."""
    found = _SEMVER.fullmatch(version)
    if not found:
        return version
    numbers = ".".join(str(int(found[group] or 0)) for group in (1, 2, 3))
    return numbers + (f"-{found[4]}" if found[4] else "") + (found[5] or "")


def read_tag(tag: str, style: str) -> str | None:
    """Return the version in a Git tag, or None where the tag is not in the module's style.

    The style is a glob such as ``module-name-*``: its ``*`` stands for the version.
    """
    before, star, after = style.partition("*")
    if style and not star:
        return None
    if len(tag) < len(before) + len(after):
        return None
    if not (tag.startswith(before) and tag.endswith(after)):
        return None
    version = tag[len(before) : len(tag) - len(after)]
    return strip_v(version) if is_version(version) else None
