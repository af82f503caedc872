"""Weigh what an action writes at one node against what upstream has done to that node.

Only what the action touches counts: an edit by upstream beside it is no business of the action.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.overlay.likeness import ABSENT, alike, difference, essence, identities, identity
from pipeline.overlay.merge import same
from pipeline.overlay.query import Match, normalized
from pipeline.values import Json, Location, is_array, is_object, kind

_BRIEF = 40


@dataclass(slots=True)
class Weight:
    """What writing to one node is worth, counted in the primitives and entries that are written."""

    writes: int = 0
    there: int = 0
    """Of these, the node has so many already, and"""
    news: int = 0
    """so many it had not in the old document."""
    conflicts: list[str] = field(default_factory=list[str])

    @property
    def redundant(self) -> bool:
        """Whether the node has all of it."""
        return self.there == self.writes and not self.conflicts

    def count(self, writes: int, there: int, news: int) -> None:
        """Add to the figures."""
        self.writes += writes
        self.there += there
        self.news += news


def weigh_update(
    match: Match,
    given: Json,
    old: Match | None,
    made: Json = ABSENT,
    *,
    seen: Sequence[Json] = (),
    minor: int,
) -> Weight:
    """Weigh the merging of ``given`` into a node, where ``old`` stood in the old document.

    ``made`` is what the actions after this one make of it there in the end; where upstream has
    that, the action is needed no more. Where the action matched no node before, it may replace what
    it replaced at another one: the nodes in ``seen``. Other values are new to whoever wrote it.
    """
    if is_array(match.value) and not (minor and is_array(given)):
        given = [given]
    weighing = _Weighing(match.location, fresh=old is None)
    weighing.merge(given, match.value, seen if old is None else [old.value], made, ())
    return weighing.weight


def weigh_removal(match: Match, old: Match | None, made: Json = ABSENT) -> Weight:
    """Weigh taking out a node: upstream must not have edited what would be lost."""
    weight = Weight(writes=1)
    found = difference(old.value, match.value) if old else None
    if made is not ABSENT and (found or not old) and alike(match.value, made):
        weight.count(0, 1, 1)
    elif old and found:
        what = edited(_path((*match.location, *found.steps)), found.old, found.new)
        lost = _path(match.location) if found.steps else "it"
        weight.conflicts.append(f"{what}, and the action removes {lost}")
    return weight


@dataclass(frozen=True, slots=True)
class _Weighing:
    location: Location
    fresh: bool
    weight: Weight = field(default_factory=Weight)

    def merge(
        self, given: Json, now: Json, known: Sequence[Json], made: Json, steps: Location
    ) -> None:
        """Weigh ``given`` against ``now``; ``known`` stood there, in one old node or in several."""
        weight = self.weight
        if now is ABSENT:
            weight.count(len(list(_parts(given))), 0, 0)
            if known and not self.fresh:
                self._conflict(steps, known[0], now, given)
        elif kind(given) != kind(now):
            weight.count(1, 0, 0)
            what = f"merges {_an(given)} into it"
            changed = f"{self._path(steps)} is {_an(now)}"
            if known and kind(known[0]) != kind(now):
                changed = f"upstream made {self._path(steps)} {_an(now)}, where {_an(known[0])} was"
            weight.conflicts.append(f"{changed}, and the action {what}")
        elif is_object(given):
            if not given:
                weight.count(1, 1, not known)
            ends = made if is_object(made) else {}
            for name, member in given.items():
                below = [one[name] for one in known if is_object(one) and name in one]
                self.merge(
                    member, now.get(name, ABSENT), below, ends.get(name, ABSENT), (*steps, name)
                )
        elif made is not ABSENT and alike(now, made) and not any(alike(now, k) for k in known):
            weight.count(1, 1, 1)
        elif is_array(given):
            self._append(given, now, known, steps)
        elif same(given, now):
            weight.count(1, 1, not any(same(given, one) for one in known))
        else:
            weight.count(1, 0, 0)
            if not any(same(now, one) for one in known):
                self._conflict(steps, known[0] if known else ABSENT, now, given)

    def _append(
        self,
        entries: list[Json],
        now: list[Json],
        known: Sequence[Json],
        steps: Location,
    ) -> None:
        weight = self.weight
        before = known[0] if known and is_array(known[0]) else []
        had, has = set(map(essence, before)), set(map(essence, now))
        own = list(map(essence, entries))
        there = sum(entry in has for entry in own)
        weight.count(
            max(len(entries), 1),
            there if entries else 1,
            sum(entry in has and entry not in had for entry in own) if entries else not known,
        )
        if there == len(entries) or self.fresh:
            return
        if set(map(identity, before)) != set(map(identity, now)):
            adds = f"and the action adds {', '.join(map(_name, entries))}"
            what = edited(self._path(steps), known[0] if known else ABSENT, now)
            weight.conflicts.append(f"{what}, {adds}")

    def _conflict(self, steps: Location, old: Json, now: Json, given: Json) -> None:
        what = edited(self._path(steps), old, now)
        self.weight.conflicts.append(f"{what}, and the action writes {brief(given)}")

    def _path(self, steps: Location) -> str:
        return _path((*self.location, *steps))


def edited(path: str, old: Json, new: Json) -> str:
    """Say what upstream did to the node at ``path``."""
    if new is ABSENT:
        return f"upstream removed {path}, which was {brief(old)}"
    if old is ABSENT:
        return f"upstream added {path} as {brief(new)}"
    if is_array(old) and is_array(new):
        return f"upstream changed {path} ({_edited_entries(old, new)})"
    return f"upstream changed {path} from {brief(old)} to {brief(new)}"


def brief(value: Json) -> str:
    """Write a value as JSON, or say of what size it is where that is long."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _BRIEF:
        return text
    if is_object(value):
        return f"an object of {len(value)} members" if len(value) > 1 else "an object of 1 member"
    if is_array(value):
        return f"an array of {len(value)} entries" if len(value) > 1 else "an array of 1 entry"
    return f'{text[: _BRIEF - 2]}…"'


def _edited_entries(old: list[Json], new: list[Json]) -> str:
    before, after = identities(old), identities(new)
    gained = [_name(entry) for own, entry in zip(after, new, strict=True) if own not in before]
    lost = [_name(entry) for own, entry in zip(before, old, strict=True) if own not in after]
    parts = [
        f"{verb} {', '.join(names)}"
        for verb, names in (("added", gained), ("removed", lost))
        if names
    ]
    return " and ".join(parts) or "edited an entry"


def _name(entry: Json) -> str:
    """Name an entry of an array by what makes it the same one, or else by what it holds."""
    own = identity(entry)
    if is_object(entry) and isinstance(own, tuple) and own[0] in ("$ref", "name", "url"):
        return brief(entry[str(own[0])])
    return brief(entry)


def _path(location: Location) -> str:
    return f"`{normalized(location)}`"


def _parts(value: Json) -> Iterator[Json]:
    """Yield the primitives, entries and empty containers that merging a value writes."""
    if is_object(value) and value:
        for member in value.values():
            yield from _parts(member)
    elif is_array(value) and value:
        yield from value
    else:
        yield value


def _an(value: Json) -> str:
    return {"object": "an object", "array": "an array"}.get(kind(value), brief(value))
