"""Which tier of its lifecycle a version is in, by the ModuleLifecycleRule of its module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness_nextgen_sandbox.versions import is_prerelease, sort_versions, strip_v

SUPPORTED, WARNING, DEPRECATED = "supported", "warning", "deprecated"


@dataclass(frozen=True, slots=True)
class Status:
    """Tier of a version, what happens for it, and the lowest version that is supported."""

    tier: str
    action: str
    minimum: str | None


def judge(rule: dict[str, Any] | None, versions: list[str]) -> dict[str, Status]:
    """Return the status of each version; without a rule all of them are supported.

    The newest releases are supported, so many as the rule says, then come those with a warning.
    A pre-release counts for nothing and is in the tier that a release in its place would have.
    """
    ordered = sort_versions(versions)[::-1]
    if rule is None:
        return {version: Status(SUPPORTED, "no_action", None) for version in ordered}
    overrides = {strip_v(one["version"]): one["tier"] for one in rule.get("overrides", [])}
    tiers: dict[str, str] = {}
    newer = 0
    for version in ordered:
        tiers[version] = overrides.get(strip_v(version)) or _count_tier(rule, newer)
        newer += not is_prerelease(version)
    supported = [version for version in ordered if tiers[version] == SUPPORTED]
    lowest = supported[-1] if supported else None
    return {
        version: Status(tier, rule[f"{tier}_action"], lowest) for version, tier in tiers.items()
    }


def _count_tier(rule: dict[str, Any], newer: int) -> str:
    if newer < rule["supported_count"]:
        return SUPPORTED
    return WARNING if newer < rule["supported_count"] + rule["warning_count"] else DEPRECATED
