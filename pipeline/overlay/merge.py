"""Merge one value into another as an overlay's update does (section 4.4.3).

Primitive replaces primitive, object merges into object, array is added to the end of array; any
other pair is a clash, which is reported and left alone. Values are copied on the way in, so that
no two nodes of a document are ever the same object.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

from pipeline.values import Json, Location, is_array, is_object, kind

OnClash: TypeAlias = Callable[[Location, Json, Json], None]
"""Called with the steps below the target, the value that stands there, and the one to merge."""


class Effect(IntEnum):
    """What writing did; of several effects the largest counts."""

    NOTHING = 0
    REPEATED = 1
    """Only array entries were added that their arrays had already."""
    NEW = 2


def same(one: Json, other: Json) -> bool:
    """Tell whether two values are equal up to key order, where true is not 1 and 1 is not 1.0."""
    if is_object(one):
        return (
            is_object(other)
            and one.keys() == other.keys()
            and all(same(value, other[key]) for key, value in one.items())
        )
    if is_array(one):
        return is_array(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def copied(value: Json) -> Json:
    """Return a copy of plain data that shares no object or array with it."""
    if is_object(value):
        return {key: copied(member) for key, member in value.items()}
    if is_array(value):
        return [copied(item) for item in value]
    return value


def merge_object(
    target: dict[str, Json], update: dict[str, Json], on_clash: OnClash, steps: Location = ()
) -> Effect:
    """Merge the members of ``update`` into ``target``: same names merge, new names are added."""
    effect = Effect.NOTHING
    for name, value in update.items():
        if name not in target:
            target[name] = copied(value)
            effect = Effect.NEW
            continue
        present = target[name]
        if kind(present) != kind(value):
            on_clash((*steps, name), present, value)
        elif is_object(value):
            effect = max(effect, merge_object(present, value, on_clash, (*steps, name)))
        elif is_array(value):
            effect = max(effect, append_items(present, value))
        else:
            effect = max(effect, replace_primitive(target, name, value))
    return effect


def append_items(target: list[Json], items: list[Json]) -> Effect:
    """Add copies of ``items`` to the end of ``target``."""
    effect = Effect.NOTHING
    known = {_fingerprint(item) for item in target}
    for item in items:
        effect = max(effect, Effect.REPEATED if _fingerprint(item) in known else Effect.NEW)
        target.append(copied(item))
    return effect


def replace_primitive(holder: Json, step: str | int, value: Json) -> Effect:
    """Put a primitive in the place of another one."""
    if same(holder[step], value):
        return Effect.NOTHING
    holder[step] = value
    return Effect.NEW


def _fingerprint(value: Json) -> str:
    return json.dumps(value, sort_keys=True)
