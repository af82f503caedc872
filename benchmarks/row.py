"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``limit`` is the largest ``value`` that is wanted."""

    what: str
    ours: str
    theirs: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the limit is met."""
        return self.value <= self.limit


def compare(what: str, mine: float, peer: float, limit: float) -> Row:
    """Make a row of two times in seconds; its value is their ratio."""
    return Row(what, show_seconds(mine), show_seconds(peer), mine / peer, limit)


def show_seconds(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    if seconds >= 0.1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 0.005 else f"{seconds * 1e6:.0f} µs"
