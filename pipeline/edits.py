"""Edit plain data without touching it: what lies on the path is copied, and the rest is shared.

That makes an edit cheap, and forbids to change its result in place.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.values import Json, Location, is_array, is_object


def put(value: Json, location: Location, new: Json) -> Json:
    """Return ``value`` with ``new`` at ``location``, the last step of which may be a new member."""
    if not location:
        return new
    return _edit(value, location, lambda holder, step: _set(holder, step, new))


def drop(value: Json, location: Location) -> Json:
    """Return ``value`` without the member or entry at ``location``."""
    return _edit(value, location, _delete)


def rename(value: Json, location: Location, name: str) -> Json:
    """Return ``value`` with the member at ``location`` under another name, in the same order."""
    return _edit(value, location, lambda holder, step: _rename(holder, step, name))


def get(value: Json, location: Location) -> Json:
    """Return what stands at ``location``; KeyError or IndexError when nothing does."""
    for step in location:
        value = value[step]
    return value


def _edit(value: Json, location: Location, change: Callable[[Json, str | int], Json]) -> Json:
    first, *others = location
    if not others:
        return change(value, first)
    return _set(value, first, _edit(value[first], tuple(others), change))


def _set(holder: Json, step: str | int, new: Json) -> Json:
    if is_array(holder):
        return [new if at == step else item for at, item in enumerate(holder)]
    return {**holder, step: new}


def _delete(holder: Json, step: str | int) -> Json:
    if is_array(holder):
        return [item for at, item in enumerate(holder) if at != step]
    if step not in holder:
        raise KeyError(step)
    return {key: member for key, member in holder.items() if key != step}


def _rename(holder: Json, step: str | int, name: str) -> Json:
    if not is_object(holder) or step not in holder or name in holder:
        raise KeyError(name)
    return {name if key == step else key: member for key, member in holder.items()}
