"""Two schemas that are compared, in one direction that holds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pipeline.diff.change import Direction
from pipeline.diff.findings import Findings
from pipeline.diff.tree import Opened, Roots, Tree, strip_wording
from pipeline.values import Json, Location, is_object

Found: TypeAlias = tuple[Location, Json] | None
"""A keyword's place and value, if a schema has it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: the places on both sides, opened, and where to tell of edits.

    ``add`` has two more schemas compared in the same direction.
    """

    old_tree: Tree
    new_tree: Tree
    old: Roots
    new: Roots
    direction: Direction
    findings: Findings
    add_schemas: Callable[[Roots, Roots, Direction], None]

    @property
    def before(self) -> Opened:
        """All that holds on the old side."""
        return self.old_tree.open(self.old)

    @property
    def after(self) -> Opened:
        """All that holds on the new side."""
        return self.new_tree.open(self.new)

    def add(self, old: Roots, new: Roots) -> None:
        """Have two schemas inside this pair compared."""
        self.add_schemas(old, new, self.direction)

    def tell(
        self, rule: str, old: Location | None, new: Location | None, did: str, name: str = ""
    ) -> None:
        """Note an edit."""
        self.findings.tell(rule, old, new, did, self.direction, name=name)

    def tell_of(self, keyword: str, rule: str, was: Found, is_now: Found, did: str) -> None:
        """Note an edit of a keyword, which may stand on one side alone."""
        first, second = self.place(keyword, was and was[0], is_now and is_now[0])
        self.tell(rule, first, second, did)

    def place(
        self, keyword: str | int, was: Location | None, is_now: Location | None
    ) -> tuple[Location | None, Location | None]:
        """Return the places of a keyword; where a side has it not, where it would stand."""
        return (
            was or _place_within(self.before, self.old, keyword),
            is_now or _place_within(self.after, self.new, keyword),
        )


def _place_within(opened: Opened, roots: Roots, keyword: str | int) -> Location | None:
    if opened.parts:
        return (*opened.parts[0].location, keyword)
    return (*roots[0], keyword) if roots else None


def is_component(location: Location) -> bool:
    """Tell whether a place is that of a named schema."""
    return len(location) == 3 and location[:2] == ("components", "schemas")


def is_open(tree: Tree, roots: Roots) -> bool:
    """Tell whether schemas take every value."""
    opened = tree.open(roots)
    return not opened.alternatives and all(not strip_wording(part.value) for part in opened.parts)


def read_shape(tree: Tree, roots: Roots) -> Json:
    """Return what a schema says, references left as they are, but for its wording and null."""
    return [_drop_null(strip_wording(tree.at(location))) for location in roots]


def pick_alike(name: str, others: list[str], *, alone: bool) -> str | None:
    """Pick the name that another was renamed to: the only one, or the one that is like it."""
    if alone and len(others) == 1:
        return others[0]
    if not others:
        return None
    import difflib

    found = difflib.get_close_matches(name, others, n=1)
    return found[0] if found else None


def _drop_null(schema: Json) -> Json:
    if not is_object(schema):
        return schema
    return {key: member for key, member in schema.items() if key != "nullable"}
