"""Say in words what all forms of a report say: counts, version, cause, and a name for a change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.diff.change import (
    By,
    Cause,
    Change,
    Coverage,
    LedgerEntry,
    Severity,
    Version,
)
from pipeline.faults import Place, inert_line

WORST_FIRST = tuple(sorted(Severity, reverse=True))
LEDGER_STATES = ("conflict", "unmatched", "redundant", "needed")
"""From what needs a person first to what needs none."""
AUTHORS: dict[By, str] = {
    "upstream": "upstream",
    "overlay": "overlay",
    "generator": "generator",
    "unknown": "cause unknown",
}
VERDICTS = {
    Severity.COMPATIBLE: "Programs that worked before go on as they did.",
    Severity.DANGEROUS: "Programs that worked before go on, and may meet what they do not expect.",
    Severity.BREAKING: "Some programs that worked before must be edited.",
}
_CODE = re.compile("`([^`]+)`")
UNCHANGED = "Nothing changed: the API and its Python client are the same in both states."


def count_severities(changes: Sequence[Change]) -> dict[Severity, int]:
    """Count the changes of each severity, the worst first; 0 where there is none."""
    counts = Counter(one.severity for one in changes)
    return {severity: counts[severity] for severity in WORST_FIRST}


def count_states(ledger: Sequence[LedgerEntry]) -> dict[str, int]:
    """Count the actions in each state of the ledger; 0 where there is none."""
    counts: Counter[str] = Counter(one.state for one in ledger)
    return {state: counts[state] for state in LEDGER_STATES}


def describe_counts(changes: Sequence[Change]) -> str:
    """Return ``2 breaking and 1 compatible change``, or ``no changes``."""
    parts = [f"{count} {one}" for one, count in count_severities(changes).items() if count]
    if not parts:
        return "no changes"
    # The noun goes with the last number.
    last = next(count for count in reversed(count_severities(changes).values()) if count)
    return f"{join_words(parts)} {'change' if last == 1 else 'changes'}"


def describe_states(ledger: Sequence[LedgerEntry]) -> str:
    """Return ``1 conflict and 40 needed of 41 actions``."""
    parts = [f"{count} {state}" for state, count in count_states(ledger).items() if count]
    return f"{join_words(parts)} of {count_of(len(ledger), 'overlay action')}"


def describe_version(version: Version) -> str:
    """Say which version the changes demand and whether the declared one is enough."""
    if version.released is None:
        return f"nothing is released yet; {version.declared} is declared"
    if version.bump == "none":
        demand = f"no new version is needed after {version.released}"
    else:
        demand = f"{version.demanded} or later, a {version.bump} bump from {version.released}"
    enough = "" if version.holds else ", which is too low"
    return f"{demand}; {version.declared} is declared{enough}"


def describe_coverage(coverage: Coverage) -> str:
    """Say how much of the effective spec the recorded exchanges show."""
    recorded = count_of(coverage.fixtures, "recorded exchange")
    return (
        f"{coverage.covered:,} of {coverage.parts:,} parts of the effective spec "
        f"({find_percentage(coverage)}) are shown by {recorded}"
    )


def find_percentage(coverage: Coverage) -> str:
    """Return the share of parts that are covered; 100 % only when all are."""
    if coverage.covered >= coverage.parts:
        return "100 %"
    return f"{coverage.covered * 1000 // coverage.parts / 10:.1f} %"


def describe_cause(cause: Cause) -> str:
    """Say who made a change: ``upstream``, ``overlay FILE:LINE:COLUMN``."""
    return f"{AUTHORS[cause.by]} {cause.place}" if cause.place else AUTHORS[cause.by]


def find_place(change: Change) -> Place | None:
    """Return the place where a change is now, or else where it was."""
    spot = change.new or change.old
    return spot.place if spot else None


def identify_changes(changes: Sequence[Change]) -> list[str]:
    """Name each change, such as ``parameter-added-3f9a1c02``.

    A name stays the same as long as kind and pointers of the change do, so links to it last.
    """
    import hashlib

    names: list[str] = []
    seen: Counter[str] = Counter()
    for change in changes:
        pointers = (spot.pointer if spot else "" for spot in (change.old, change.new))
        key = "\n".join((change.rule, *pointers))
        digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()
        kind = "-".join(re.findall("[a-z0-9]+", change.rule.lower()))
        name = "-".join(filter(None, (kind, digest[:8])))
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


def split_code(text: str) -> list[tuple[str, bool]]:
    """Split a sentence into its parts; True for what stands between backticks."""
    pieces = enumerate(_CODE.split(text))
    return [(piece, index % 2 == 1) for index, piece in pieces if piece]


def inert_lines(text: str) -> str:
    """Return ``text`` with its lines, and everything else escaped that a reader would obey."""
    return "\n".join(map(inert_line, text.replace("\r\n", "\n").split("\n")))


def count_of(count: int, noun: str) -> str:
    """Return ``1 change``, ``2 changes``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def join_words(words: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
