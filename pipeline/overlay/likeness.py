"""How alike two values are: equal but for the order of entries, or close enough to be renamed.

JSON Schema and OpenAPI use arrays as sets (``required``, ``enum``, ``parameters``, ``tags``), so
the order of entries, and an entry that stands twice, count for nothing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from pipeline.overlay.merge import same
from pipeline.values import Json, Location, is_array, is_object

CLOSE = 0.6
"""A score of ``likeness`` from which one node may be another one under a new name."""

_HALF_TRUSTED = 4
"""With so many primitives in it, a value says as much about its node as the name does."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Stands for a value where there is none; null is a value."""


class Difference(NamedTuple):
    """The first spot below a node where two values differ; either side may be ABSENT."""

    steps: Location
    old: Json
    new: Json


def essence(value: Json) -> Hashable:
    """Return what is left of a value without the order and the repetition of its parts."""
    if is_object(value):
        return ("object", frozenset((name, essence(member)) for name, member in value.items()))
    if is_array(value):
        return ("array", frozenset(map(essence, value)))
    return (type(value).__name__, value)


def alike(one: Json, other: Json) -> bool:
    """Tell whether two values are equal up to key order, and order and repetition of entries."""
    return same(one, other) or essence(one) == essence(other)


def identity(entry: Json) -> Hashable:
    """Return what makes an entry of an array the same one in another document.

    A reference is what it points to, a parameter its name and place, a tag its name, a server its
    address; anything else is what it holds.
    """
    if is_object(entry):
        for keys in (("$ref",), ("name", "in"), ("url",)):
            if isinstance(entry.get(keys[0]), str):
                return (*keys, *(str(entry.get(key, "")) for key in keys))
    return essence(entry)


def identities(array: list[Json]) -> list[Hashable]:
    """Return the identity of every entry; those that stand again are counted apart."""
    seen: Counter[Hashable] = Counter()
    result: list[Hashable] = []
    for entry in array:
        own = identity(entry)
        result.append((own, seen[own]))
        seen[own] += 1
    return result


def difference(old: Json, new: Json, steps: Location = ()) -> Difference | None:
    """Return the first difference of two values by the steps of ``new``, or None if alike."""
    if is_object(old) and is_object(new):
        for name in [*old, *(name for name in new if name not in old)]:
            before, after = old.get(name, ABSENT), new.get(name, ABSENT)
            if before is ABSENT or after is ABSENT:
                return Difference((*steps, name), before, after)
            if found := difference(before, after, (*steps, name)):
                return found
        return None
    if alike(old, new):
        return None
    if is_array(old) and is_array(new):
        known = dict(zip(identities(old), old, strict=True))
        present = identities(new)
        if known.keys() == set(present):
            for index, own in enumerate(present):
                if found := difference(known[own], new[index], (*steps, index)):
                    return found
    return Difference(steps, old, new)


def likeness(name: str, value: Json, other_name: str, other: Json) -> float:
    """Score from 0 to 1 how likely a node is another one, renamed, edited or both.

    The larger the values, the more their content counts, and the less the names do: two properties
    that are strings have nothing in common yet.
    """
    leaves, other_leaves = Counter(_leaves(value)), Counter(_leaves(other))
    total = leaves.total() + other_leaves.total()
    content = 2 * (leaves & other_leaves).total() / total if total else 1.0
    weight = total / (total + 2 * _HALF_TRUSTED)
    return weight * content + (1 - weight) * _ratio(_plain(name), _plain(other_name))


def content_likeness(value: Json, other: Json) -> float:
    """Score from 0 to 1 how much of two values is common to both; 0 if there is nothing in them."""
    leaves, other_leaves = Counter(_leaves(value)), Counter(_leaves(other))
    total = leaves.total() + other_leaves.total()
    return 2 * (leaves & other_leaves).total() / total if total else 0.0


def _leaves(value: Json, steps: tuple[str, ...] = ()) -> Iterator[Hashable]:
    if is_object(value):
        for name, member in value.items():
            yield from _leaves(member, (*steps, name))
    elif is_array(value):
        for item in value:
            yield from _leaves(item, (*steps, "[]"))
    else:
        yield (steps, type(value).__name__, value)


def _plain(name: str) -> str:
    """Drop what only tells spellings apart: ``module_id`` and ``moduleId`` are one name."""
    return name.replace("_", "").replace("-", "").lower()


def _ratio(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()
