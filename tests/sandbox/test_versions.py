"""The order of versions, the tags that they come from, and the tiers that they are in."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from harness_nextgen_sandbox.tiers import Status, judge
from harness_nextgen_sandbox.versions import is_version, read_tag, sort_versions, strip_v

ORDERED = [
    "main", "release", "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "v1.2", "1.2.1",
    "1.9.0", "1.10.0", "2", "2.0.1",
]  # fmt: skip
"""By https://semver.org, 11, whose example is in the middle; what is no version comes first."""
RULE = {
    "supported_count": 2,
    "warning_count": 1,
    "supported_action": "no_action",
    "warning_action": "warn",
    "deprecated_action": "fail",
}


def test_versions_are_ordered() -> None:
    """Numbers count as numbers, and what comes before a release is before it."""
    mixed = Random(1).sample(ORDERED, len(ORDERED))
    assert sort_versions(mixed) == ORDERED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", True), ("v1.2", True), ("1.2.3-rc.1+build.5", True), ("1.2.3+x", True), ("", False),
        ("v", False), ("1.2.3.4", False), ("1.2.3-", False), ("main", False), ("1.2\n", False),
        ("9" * 18, True), ("9" * 19, False), ("v1-é", False), ("1.٣", False),
    ],
)  # fmt: skip
def test_what_is_a_version(text: str, expected: bool) -> None:
    """A version has up to three numbers, with a v before them or without."""
    assert is_version(text) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v1.0.0", "1.0.0"), ("1.0.0", "1.0.0"), ("vip", "vip"), ("vv1", "vv1")],
)
def test_v_before_a_version_goes(version: str, expected: str) -> None:
    """Only the v of a version is cut off, not that of a name."""
    assert strip_v(version) == expected


@pytest.mark.parametrize(
    ("tag", "style", "expected"),
    [
        ("v1.0.0", "", "1.0.0"), ("1.0.0", "", "1.0.0"), ("main", "", None),
        ("vpc-1.0.0", "vpc-*", "1.0.0"), ("vpc-v1.0.0", "vpc-*", "1.0.0"), ("1.0.0", "vpc-*", None),
        ("1.0.0-vpc", "*-vpc", "1.0.0"), ("1.0.0", "*-vpc", None), ("v1.0.0", "v*", "1.0.0"),
        ("vpc-", "vpc-*", None), ("1", "1*1", None), ("1.0", "1.0", None), ("a1.0b", "a*b", "1.0"),
    ],
)  # fmt: skip
def test_tags(tag: str, style: str, expected: str | None) -> None:
    """The star of a style stands for the version; a style without one has no versions."""
    assert read_tag(tag, style) == expected


def tiers(versions: list[str], **changes: Any) -> dict[str, str]:
    """Judge versions by the rule with changes, and return their tiers."""
    return {version: one.tier for version, one in judge({**RULE, **changes}, versions).items()}


def test_without_a_rule_all_is_supported() -> None:
    """Nothing happens for any version, and none is the lowest."""
    assert judge(None, ["1", "2"]) == dict.fromkeys("21", Status("supported", "no_action", None))


def test_counts() -> None:
    """So many of the newest are supported, then so many are warned of."""
    found = judge(RULE, ["1.0.0", "4.0.0", "2.0.0", "3.0.0"])
    assert found == {
        "4.0.0": Status("supported", "no_action", "3.0.0"),
        "3.0.0": Status("supported", "no_action", "3.0.0"),
        "2.0.0": Status("warning", "warn", "3.0.0"),
        "1.0.0": Status("deprecated", "fail", "3.0.0"),
    }
    assert tiers(["1", "2", "3"], warning_count=0)["1"] == "deprecated"


def test_prereleases_count_for_nothing() -> None:
    """One before a release is in the tier that a release in its place would have."""
    versions = ["1.0.0", "2.0.0-rc.1", "2.0.0", "3.0.0-rc.1", "3.0.0", "4.0.0-rc.1"]
    assert tiers(versions, supported_count=1) == {
        "4.0.0-rc.1": "supported", "3.0.0": "supported", "3.0.0-rc.1": "warning",
        "2.0.0": "warning", "2.0.0-rc.1": "deprecated", "1.0.0": "deprecated",
    }  # fmt: skip


def test_overrides() -> None:
    """An override moves its version alone, named with a v or without."""
    overrides = [{"version": "v2", "tier": "deprecated"}, {"version": "1", "tier": "supported"}]
    found = judge({**RULE, "overrides": overrides}, ["1", "2", "3", "4"])
    assert {version: one.tier for version, one in found.items()} == {
        "4": "supported", "3": "supported", "2": "deprecated", "1": "supported",
    }  # fmt: skip
    assert found["4"].minimum == "1"
    none = [{"version": "1", "tier": "warning"}]
    assert judge({**RULE, "overrides": none}, ["1"]) == {"1": Status("warning", "warn", None)}
