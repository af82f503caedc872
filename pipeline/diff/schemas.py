"""Compare schemas, by what they let a value be (JSON Schema, OpenAPI 3.0 and 3.1)."""

from __future__ import annotations

from collections import deque

from pipeline.diff.alternatives import (
    compare_alternatives,
    compare_choice_with_one,
    compare_discriminators,
)
from pipeline.diff.change import Direction, Severity
from pipeline.diff.constraints import compare_constraints
from pipeline.diff.findings import Findings
from pipeline.diff.members import compare_items, compare_members, compare_properties
from pipeline.diff.pair import Pair, is_component
from pipeline.diff.tree import Opened, Roots, Tree
from pipeline.values import Location


class SchemaComparison:
    """The comparison of all schemas of two documents; each pair is compared once a direction."""

    def __init__(self, old: Tree, new: Tree, findings: Findings) -> None:
        self._old = old
        self._new = new
        self._findings = findings
        self._waiting: deque[tuple[Roots, Roots, Direction]] = deque()
        self._seen: set[tuple[Roots, Roots, Direction]] = set()
        self._probed: set[tuple[Roots, Roots, Direction]] = set()

    def add(self, old: Roots, new: Roots, *directions: Direction) -> None:
        """Have two schemas compared in the directions that hold them."""
        for direction in directions:
            ends = (self._old.list_ends(old), self._new.list_ends(new), direction)
            if ends in self._seen:
                continue
            self._seen.add(ends)
            self._compare_names(old, new, direction)
            self._waiting.append(ends)

    def run(self) -> None:
        """Compare what was added, and all that lies below it."""
        while self._waiting:
            old, new, direction = self._waiting.popleft()
            self._compare(Pair(self._old, self._new, old, new, direction, self._findings, self.add))

    def _compare_names(self, old: Roots, new: Roots, direction: Direction) -> None:
        """Note a component that has another name now; a name that both sides have is no rename."""
        if len(old) != 1 or len(new) != 1:
            return
        before, after = self._old.follow(old[0]), self._new.follow(new[0])
        if not (is_component(before) and is_component(after)) or before == after:
            return
        if self._new.at(before) is None and self._old.at(after) is None:
            did = f"is `{after[-1]}` now"
            self._findings.tell("schema-renamed", before, after, did, direction)

    def _compare(self, pair: Pair) -> None:
        before, after = pair.before, pair.after
        if compare_choice_with_one(pair):
            return
        if not _is_equal(before, after):
            is_other = False
            for rule, first, second, did in compare_constraints(before, after):
                keyword = (first or second or ("type",))[-1]
                pair.tell(rule, *pair.place(keyword, first, second), did)
                is_other = is_other or rule == "type-changed"
            kinds = before.list_types(), after.list_types()
            if is_other or (None in kinds and kinds[0] != kinds[1]):
                return  # what lies below is no edit of what lay there
        compare_properties(pair)
        compare_members(pair)
        compare_items(pair)
        compare_alternatives(pair)
        self._compare_exclusions(pair)
        compare_discriminators(pair)

    def _compare_exclusions(self, pair: Pair) -> None:
        """Compare ``not``: what rules out less lets a value be more."""
        was, is_now = pair.before.find("not"), pair.after.find("not")
        if was is None and is_now is None:
            return
        if was is None or is_now is None:
            rule = "exclusion-added" if is_now else "exclusion-dropped"
            did = "rules some values out by `not`" if is_now else "rules no value out by `not`"
            pair.tell_of("not", rule, was, is_now, f"{did} now")
            return
        narrows = self._probe(was[0], is_now[0], "response")
        widens = self._probe(was[0], is_now[0], "request")
        if narrows and widens:
            return
        sides = (pair.old_tree, was[0]), (pair.new_tree, is_now[0])
        kinds = [tree.open((place,)).list_types() for tree, place in sides]
        rule, which = "exclusion-changed" if kinds[0] == kinds[1] else "type-changed", "other"
        if narrows:
            rule, which = "exclusion-dropped", "fewer"
        elif widens:
            rule, which = "exclusion-added", "more"
        pair.tell(rule, was[0], is_now[0], f"rules {which} values out by `not` now")

    def _probe(self, old: Location, new: Location, direction: Direction) -> bool:
        """Tell whether an edit of a schema would be compatible in a direction.

        A schema that is excluded within itself is as compatible as all else of it.
        """
        ends = (self._old.list_ends((old,)), self._new.list_ends((new,)), direction)
        if ends in self._probed:
            return True
        findings = Findings()
        inner = SchemaComparison(self._old, self._new, findings)
        inner._probed = self._probed | {ends}
        inner.add((old,), (new,), direction)
        inner.run()
        return all(one.severity is Severity.COMPATIBLE for one in findings.list_all())


def _is_equal(before: Opened, after: Opened) -> bool:
    """Tell whether two schemas are written alike, whatever they refer to: most are."""
    said = [repr([part.value for part in one.parts]) for one in (before, after)]
    return said[0] == said[1] and (before.null is None) == (after.null is None)
