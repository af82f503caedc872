"""Compare what objects and arrays hold: properties, further members, items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.diff.change import Direction
from pipeline.diff.constraints import show
from pipeline.diff.pair import Pair, is_open, pick_alike, read_shape
from pipeline.diff.tree import Opened, Roots
from pipeline.values import Location, is_object


def compare_properties(pair: Pair) -> None:
    """Compare the properties of two objects by name, and what is required of them."""
    olds, news = pair.before.list_properties(), pair.after.list_properties()
    must, now = pair.before.list_required(), pair.after.list_required()
    removed = [name for name in olds if name not in news]
    added = [name for name in news if name not in olds]
    for name, other in _pair_renamed(pair, removed, added, must, now):
        did = f"was renamed to `{other}`"
        pair.tell("property-renamed", olds[name][0], news[other][0], did, name)
        removed.remove(name)
        added.remove(other)
        must.pop(name, None)
        now.pop(other, None)
        pair.add(olds[name], news[other])
    for name in removed:
        must.pop(name, None)
        now.pop(name, None)
        if not _is_hidden(pair.old_tree.open(olds[name]), pair.direction):
            pair.tell("property-removed", olds[name][0], None, "was removed", name)
    for name in added:
        was, is_now = must.pop(name, None), now.pop(name, None)
        if _is_hidden(pair.new_tree.open(news[name]), pair.direction):
            continue
        needed = is_now is not None and was is None
        rule = "required-property-added" if needed else "property-added"
        did = "was added, and is required" if needed else "was added"
        pair.tell(rule, None, news[name][0], did, name)
    for name in [name for name in olds if name in news]:
        _compare_property(
            pair, name, olds[name], news[name], must.pop(name, None), now.pop(name, None)
        )
    for name in dict.fromkeys([*must, *now]) if pair.old and pair.new else ():
        at_old, at_new = (*pair.old[0], "required"), (*pair.new[0], "required")
        _tell_required(pair, name, must.get(name), now.get(name), at_old, at_new)


def compare_members(pair: Pair) -> None:
    """Compare what objects may hold beside their properties."""
    was, is_now = _read_members(pair.before), _read_members(pair.after)
    if was.state == "typed" and is_now.state == "typed":
        pair.add(was.roots, is_now.roots)
    elif was.state != is_now.state:
        rule, did = _MEMBERS[was.state, is_now.state]
        pair.tell(rule, *pair.place("additionalProperties", was.place, is_now.place), did)
    olds, news = _list_patterns(pair.before), _list_patterns(pair.after)
    for pattern in dict.fromkeys([*olds, *news]):
        if pattern in olds and pattern in news:
            pair.add(olds[pattern], news[pattern])
        elif pattern in olds:
            did = f"members named like {show(pattern)} have no schema any more"
            pair.tell("members-untyped", olds[pattern][0], None, did)
        else:
            did = f"members named like {show(pattern)} have a schema now"
            pair.tell("members-typed", None, news[pattern][0], did)


def compare_items(pair: Pair) -> None:
    """Compare the items of arrays: all of them, and the first ones that have their own schema."""
    said = pair.before.find_all("items"), pair.after.find_all("items")
    olds, news = (tuple(location for location, _ in one) for one in said)
    was_closed, is_closed = (any(value is False for _, value in one) for one in said)
    first, second = pair.place("items", olds[0] if olds else None, news[0] if news else None)
    if was_closed != is_closed:
        rule = "items-opened" if was_closed else "items-closed"
        did = "takes further items now" if was_closed else "takes no further items any more"
        pair.tell(rule, first, second, did)
    elif olds and news:
        pair.add(olds, news)
    elif olds and not is_open(pair.old_tree, olds):
        pair.tell("items-untyped", first, second, "says no more what its items are")
    elif news and not is_open(pair.new_tree, news):
        pair.tell("items-typed", first, second, "says now what its items are")
    _compare_first_items(pair, olds, news)


def _compare_first_items(pair: Pair, olds: Roots, news: Roots) -> None:
    """Compare ``prefixItems``; an item without a schema of its own has that of all items."""
    firsts, seconds = _list_prefix(pair.before), _list_prefix(pair.after)
    for one, other in zip(firsts, seconds, strict=False):
        pair.add((one,), (other,))
    for place in firsts[len(seconds) :]:
        if news:
            pair.add((place,), news)
        else:
            did = f"item {place[-1]} has no schema of its own any more"
            pair.tell("items-untyped", place, None, did)
    for place in seconds[len(firsts) :]:
        if olds:
            pair.add(olds, (place,))
        else:
            pair.tell("items-typed", None, place, f"item {place[-1]} has a schema of its own now")


def _compare_property(
    pair: Pair, name: str, old: Roots, new: Roots, must: Location | None, now: Location | None
) -> None:
    direction = pair.direction
    was_hidden = _is_hidden(pair.old_tree.open(old), direction)
    is_hidden = _is_hidden(pair.new_tree.open(new), direction)
    if was_hidden != is_hidden:
        kind, keyword = "read-only", "readOnly"
        if direction == "response":
            kind, keyword = "write-only", "writeOnly"
        rule = f"now-{kind}" if is_hidden else f"no-longer-{kind}"
        did = f"is {kind} now" if is_hidden else f"is no longer {kind}"
        if not is_hidden and now and direction == "request":
            rule, did = f"required-{rule}", f"{did}, and is required"
        pair.tell(rule, (*old[0], keyword), (*new[0], keyword), did, name)
    if was_hidden or is_hidden:
        return
    _tell_required(pair, name, must, now, old[0], new[0])
    pair.add(old, new)


def _tell_required(
    pair: Pair,
    name: str,
    must: Location | None,
    now: Location | None,
    at_old: Location,
    at_new: Location,
) -> None:
    if (must is None) == (now is None):
        return
    rule = "property-now-required" if now else "property-now-optional"
    did = "is required now" if now else "is optional now"
    pair.tell(rule, must or at_old, now or at_new, did, name)


def _pair_renamed(
    pair: Pair,
    removed: list[str],
    added: list[str],
    must: dict[str, Location],
    now: dict[str, Location],
) -> Iterator[tuple[str, str]]:
    """Pair what went with what came where all but the name is the same."""
    olds, news = pair.before.list_properties(), pair.after.list_properties()
    free = list(added)
    for name in list(removed):
        shape = (read_shape(pair.old_tree, olds[name]), name in must)
        alike = [
            other
            for other in free
            if shape == (read_shape(pair.new_tree, news[other]), other in now)
        ]
        if other := pick_alike(name, alike, alone=len(removed) == len(added) == 1):
            free.remove(other)
            yield name, other


_State = Literal["open", "closed", "typed"]


@dataclass(frozen=True, slots=True)
class _Members:
    """What an object may hold beside its properties: anything, nothing, or what has a schema."""

    state: _State
    place: Location | None = None
    roots: Roots = ()


_MEMBERS: dict[tuple[_State, _State], tuple[str, str]] = {
    ("open", "closed"): ("members-closed", "takes no further members any more"),
    ("typed", "closed"): ("members-closed", "takes no further members any more"),
    ("closed", "open"): ("members-opened", "takes further members now"),
    ("closed", "typed"): ("members-opened", "takes further members now"),
    ("open", "typed"): ("members-typed", "says now what its further members are"),
    ("typed", "open"): ("members-untyped", "says no more what its further members are"),
}


def _read_members(opened: Opened) -> _Members:
    said = opened.find_all("additionalProperties")
    for location, value in said:
        if value is False:
            return _Members("closed", location)
    typed = tuple(location for location, value in said if is_object(value) and value)
    if typed:
        return _Members("typed", typed[0], typed)
    return _Members("open", said[0][0] if said else None)


def _list_patterns(opened: Opened) -> dict[str, Roots]:
    found: dict[str, Roots] = {}
    for location, patterns in opened.find_all("patternProperties"):
        for pattern in patterns:
            found[pattern] = (*found.get(pattern, ()), (*location, pattern))
    return found


def _list_prefix(opened: Opened) -> list[Location]:
    said = opened.find("prefixItems")
    return [(*said[0], position) for position in range(len(said[1]))] if said else []


def _is_hidden(opened: Opened, direction: Direction) -> bool:
    return opened.is_set("readOnly" if direction == "request" else "writeOnly")
