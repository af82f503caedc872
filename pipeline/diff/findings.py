"""Collect edits while two documents are walked: each once, with all directions that hold it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.diff.change import Direction, Severity
from pipeline.diff.rules import RULES
from pipeline.values import Location


@dataclass(slots=True)
class Finding:
    """An edit: its rule, the places on both sides, and what was done to what."""

    rule: str
    old: Location | None
    new: Location | None
    did: str
    """What was done, to be read after the subject: ``the type changed from string to integer``."""
    name: str = ""
    directions: set[Direction] = field(default_factory=set[Direction])
    holders: set[Location] = field(default_factory=set[Location])
    """The operations that an edit of the whole API reaches; of another, its place tells them."""

    @property
    def severity(self) -> Severity:
        """The worst of all directions that hold the edit."""
        return max(RULES[self.rule].judge(direction) for direction in self.directions)


class Findings:
    """The edits found so far."""

    def __init__(self) -> None:
        self._by_edit: dict[tuple[str, Location | None, Location | None, str], Finding] = {}

    def tell(
        self,
        rule: str,
        old: Location | None,
        new: Location | None,
        did: str,
        *directions: Direction,
        name: str = "",
        holder: Location | None = None,
    ) -> None:
        """Note an edit; one that was noted before only gains directions and holders."""
        finding = self._by_edit.setdefault(
            (rule, old, new, name), Finding(rule, old, new, did, name)
        )
        finding.directions.update(directions)
        if holder is not None:
            finding.holders.add(holder)

    def list_all(self) -> list[Finding]:
        """List the edits in the order in which they were found."""
        return list(self._by_edit.values())
