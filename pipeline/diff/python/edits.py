"""What one edit of a Python declaration is, before edits that tell the same are folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.diff.change import Severity
from pipeline.diff.python.annotations import Relation, names_in, relate

Parents: TypeAlias = Mapping[str, tuple[str, ...]]
"""The bases of each class of the package, by name."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that became of one declaration."""

    key: tuple[str, ...]
    """The same for edits that tell the same of other symbols."""
    severity: Severity
    what: str
    before: str | None = None
    after: str | None = None
    touched: frozenset[str] = field(default=frozenset())
    """The names of types that came or went."""


def judge_taken(old: str, new: str, parents: Parents) -> Severity | None:
    """Judge a type of which callers give a value; None where nothing changed."""
    return _TAKEN[relate(old, new, parents)]


def judge_given(old: str, new: str, parents: Parents) -> Severity | None:
    """Judge a type of which callers get a value; None where nothing changed."""
    if old == "None" != new:
        return Severity.COMPATIBLE  # there was nothing to read
    if old != "None" == new:
        return Severity.BREAKING  # all that was read is gone
    return _GIVEN[relate(old, new, parents)]


def touched_names(old: str, new: str) -> frozenset[str]:
    """Return the names that one of two annotations has and the other has not."""
    return names_in(old) ^ names_in(new)


_TAKEN = {
    Relation.SAME: None,
    Relation.WIDER: Severity.COMPATIBLE,
    Relation.NARROWER: Severity.BREAKING,
    Relation.OTHER: Severity.BREAKING,
}
_GIVEN = {
    Relation.SAME: None,
    Relation.WIDER: Severity.BREAKING,
    Relation.NARROWER: Severity.COMPATIBLE,
    Relation.OTHER: Severity.BREAKING,
}
