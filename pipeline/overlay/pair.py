"""Find the nodes of one document again in another one, which upstream has edited."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from pipeline.overlay.likeness import ABSENT, CLOSE, identities, likeness
from pipeline.overlay.query import Match
from pipeline.values import Json, Location, is_array, is_object, kind

MAX_PAIRS = 2_500
"""With more pairs of nodes than this, none is taken for another one that was renamed."""


class Pairs(NamedTuple):
    """What a query selects in two documents: node by node, and what is in one of them alone."""

    both: list[tuple[Match, Match]]
    lost: list[Match]
    fresh: list[Match]


def pair(old_root: Json, old: list[Match], new_root: Json, new: list[Match]) -> Pairs:
    """Pair the nodes that a query selects in an old and in a new document.

    Entries of arrays are paired by what they are, wherever they stand; what is left, by location,
    and then by likeness.
    """
    both: list[tuple[Match, Match]] = []
    old_keys = _keys(old_root, old)
    left = dict(zip(old_keys, old, strict=True))
    unpaired: list[Match] = []
    for key, match in zip(_keys(new_root, new), new, strict=True):
        if key in left:
            both.append((left.pop(key), match))
        else:
            unpaired.append(match)
    lost = list(left.values())
    for likely in (_same_place, _most_alike):
        found = list(likely(lost, unpaired))
        both += found
        lost = _without(lost, [before for before, _ in found])
        unpaired = _without(unpaired, [after for _, after in found])
    order = {match.location: index for index, match in enumerate(new)}
    both.sort(key=lambda two: order[two[1].location])
    return Pairs(both, lost, unpaired)


def value_at(root: Json, location: Location) -> Json:
    """Return the value at a location, ABSENT if there is none."""
    for step in location:
        root = _below(root, step)
    return root


def locate(location: Location, old_root: Json, new_root: Json) -> Location | None:
    """Return where the very node at ``location`` of the old document is in the new one."""
    found: Location = ()
    old, new = old_root, new_root
    for step in location:
        at: str | int | None = step
        if is_array(old) and is_array(new) and isinstance(step, int):
            at = _steps(new).get(identities(old)[step])
        if at is None or _below(new, at) is ABSENT:
            return None
        found = (*found, at)
        old, new = _below(old, step), _below(new, at)
    return found


def follow(location: Location, old_root: Json, new_root: Json, made_root: Json) -> Location | None:
    """Return where the node at ``location`` of the old document probably is in the new one.

    A name that is gone may be another one now: a new one that is close, in name and content, and
    that ``made_root``, the old document after all overlays, has not. None if nothing is close.
    """
    found: Location = ()
    old, new, made = old_root, new_root, made_root
    for step in location:
        at = find_step(step, old, new, made)
        if at is None:
            cousin = _find_cousin(location[: len(found) + 1], found, old_root, new_root, made_root)
            if cousin is None:
                return None
            found = cousin
        else:
            found = (*found, at)
        old, new, made = _below(old, step), value_at(new_root, found), value_at(made_root, found)
    return found


def find_step(step: str | int, old: Json, new: Json, made: Json) -> str | int | None:
    """Return the step to that node of ``new`` that ``step`` leads to in ``old``; None if none."""
    steps = _steps(new)
    if is_object(old):
        own: Hashable = step
        known = set[Hashable](old)
    elif is_array(old) and isinstance(step, int):
        keys = identities(old)
        own = keys[step]
        known = set(keys)
    else:
        return None
    if own in steps:
        return steps[own]
    value = _below(old, step)
    known.update(_steps(made))
    return _closest(
        _label(step, value),
        value,
        {at: _label(at, _below(new, at)) for key, at in steps.items() if key not in known},
        new,
    )


def is_gone(location: Location, old_root: Json, new_root: Json, made_root: Json) -> bool:
    """Tell whether upstream has taken out a node, and not renamed it or all that holds it."""
    holder = follow(location[:-1], old_root, new_root, made_root)
    old = value_at(old_root, location[:-1])
    if holder is None:
        # An array whose last entry goes is often left out altogether.
        return is_array(old) and is_gone(location[:-1], old_root, new_root, made_root)
    new, made = value_at(new_root, holder), value_at(made_root, holder)
    return kind(new) == kind(old) and find_step(location[-1], old, new, made) is None


def _without(matches: list[Match], taken: list[Match]) -> list[Match]:
    locations = {match.location for match in taken}
    return [match for match in matches if match.location not in locations]


def _keys(root: Json, matches: list[Match]) -> list[Hashable]:
    """Return for each node its location with entries of arrays named by what they are."""
    cache: dict[int, list[Hashable]] = {}
    return [_key(root, match.location, cache) for match in matches]


def _key(root: Json, location: Location, cache: dict[int, list[Hashable]]) -> Hashable:
    steps: list[Hashable] = []
    node = root
    for step in location:
        if is_array(node) and isinstance(step, int):
            if id(node) not in cache:
                cache[id(node)] = identities(node)
            steps.append(cache[id(node)][step])
        else:
            steps.append(step)
        node = _below(node, step)
    return tuple(steps)


def _same_place(lost: list[Match], fresh: list[Match]) -> Iterator[tuple[Match, Match]]:
    places = {match.location: match for match in fresh}
    for match in lost:
        if match.location in places:
            yield match, places[match.location]


def _most_alike(lost: list[Match], fresh: list[Match]) -> Iterator[tuple[Match, Match]]:
    if len(lost) * len(fresh) > MAX_PAIRS:
        return
    scored = [
        (likeness(_path(before), before.value, _path(after), after.value), i, j)
        for i, before in enumerate(lost)
        for j, after in enumerate(fresh)
    ]
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for score, i, j in sorted(scored, key=lambda one: -one[0]):
        if score >= CLOSE and i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            yield lost[i], fresh[j]


def _path(match: Match) -> str:
    return "/".join(map(str, match.location))


def _find_cousin(
    location: Location, holder: Location, old_root: Json, new_root: Json, made_root: Json
) -> Location | None:
    """Look for a member of the same name beside ``holder``: an operation under another path."""
    step = location[-1]
    if not holder or not isinstance(step, str):
        return None
    value = value_at(old_root, location)
    around = value_at(new_root, holder[:-1])
    labels: dict[str | int, str] = {}
    inner: dict[str | int, Json] = {}
    for aunt in _steps(around).values():
        place = (*holder[:-1], aunt, step)
        child = value_at(new_root, place)
        known = value_at(old_root, place) is not ABSENT or value_at(made_root, place) is not ABSENT
        if child is not ABSENT and not known:
            labels[aunt] = _label(aunt, None)
            inner[aunt] = child
    best = _closest(_label(holder[-1], None), value, labels, inner)
    return None if best is None else (*holder[:-1], best, step)


def _closest(
    name: str, value: Json, labels: dict[str | int, str], values: Json
) -> str | int | None:
    best: str | int | None = None
    highest = CLOSE
    for step, label in labels.items():
        score = likeness(name, value, label, _below(values, step))
        if score >= highest and (score > highest or best is None):
            best, highest = step, score
    return best


def _steps(node: Json) -> dict[Hashable, str | int]:
    """Return the steps to what is in a node, by names, and by what entries of an array are."""
    if is_object(node):
        return {name: name for name in node}
    if is_array(node):
        return {own: index for index, own in enumerate(identities(node))}
    return {}


def _below(node: Json, step: str | int) -> Json:
    if is_object(node) and isinstance(step, str):
        return node.get(step, ABSENT)
    if is_array(node) and isinstance(step, int) and step < len(node):
        return node[step]
    return ABSENT


def _label(step: str | int, value: Json) -> str:
    """Return the name of a member, or what an entry of an array is called."""
    if isinstance(step, str):
        return step
    if is_object(value):
        return str(value.get("name", value.get("$ref", "")))
    return "" if is_array(value) else str(value)
