"""Keep our words where an upstream document says the same, or something new, in Harness's.

Summaries, descriptions, titles, examples, links to documentation and extensions are wording: they
say something to people or to some tool. All else is what the API is, and arrives as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pipeline.overlay.merge import same
from pipeline.update.components import merge_order, same_set
from pipeline.update.shape import (
    LISTS,
    MAPS,
    SETS,
    How,
    find_part,
    follower,
    identify,
    is_reference,
    is_wording,
)
from pipeline.values import Json, Location, is_array, is_object

OnUnworded: TypeAlias = Callable[[Location], None]
"""Called with the place in the result of a new node of which theirs says something in words."""

_ASKS_FOR_WORDS = ("description", "summary")


def keep_wording(ours: Json, theirs: Json, on_unworded: OnUnworded = lambda location: None) -> Json:
    """Return ``theirs`` in our words and our order.

    Both are whole documents, and their nodes are matched by what they stand for: operations by
    path and method, parameters by place and name, schemas and properties by name, answers by
    status. Theirs' words are left out everywhere; of a node that is new, which then has none,
    ``on_unworded`` is told. A new answer gets the empty description that OpenAPI demands. Members
    that both have stand in our order, and new ones behind what they stand behind in theirs.
    """
    return _Wording(ours, theirs, on_unworded).merge("document", ours, theirs, ())


class _Wording:
    def __init__(self, ours: Json, theirs: Json, on_unworded: OnUnworded) -> None:
        self._follow_ours = follower(ours)
        self._follow_theirs = follower(theirs)
        self._on_unworded = on_unworded

    def merge(self, kind: str, ours: Json, theirs: Json, location: Location) -> Json:
        if not is_object(theirs):
            return theirs
        if is_reference(ours) and not is_reference(theirs):
            ours = self._follow_ours(ours)
        if not is_object(ours):
            if any(key in theirs and is_wording(kind, key) for key in _ASKS_FOR_WORDS):
                self._on_unworded(location)
            ours = None
        mine: dict[str, Json] = ours or {}
        words = {key for key in mine if is_wording(kind, key)}
        if is_reference(theirs) and not is_reference(ours):
            words = set[str]()  # they would stand beside a reference, which has its own
        structure = [key for key in theirs if not is_wording(kind, key)]
        kept = [key for key in mine if key in words or (key in theirs and key in structure)]
        merged: dict[str, Json] = {}
        for key in merge_order(kept, structure):
            if key in words:
                merged[key] = mine[key]
            elif part := find_part(kind, key):
                at = (*location, key)
                merged[key] = self._merge_part(part, mine.get(key), theirs[key], at)
            else:
                is_set = kind == "schema" and key in SETS
                merged[key] = _merge_data(mine.get(key), theirs[key], is_set)
        if kind == "response" and "$ref" not in merged and "description" not in merged:
            merged = {"description": "", **merged}
        return merged

    def _merge_part(
        self, part: tuple[How, str], ours: Json, theirs: Json, location: Location
    ) -> Json:
        how, kind = part
        if how == "one":
            return self.merge(kind, ours, theirs, location)
        if how in LISTS and is_array(theirs):
            mine: list[Json] = ours if is_array(ours) else []
            names = identify(part, mine, theirs, self._follow_ours, self._follow_theirs)
            known = dict(zip(names[0], mine, strict=True))
            items = dict(zip(names[1], theirs, strict=True))
            order = names[1]
            if how == "list":
                order = merge_order([name for name in names[0] if name in items], order)
            return [
                self.merge(kind, known.get(name), items[name], (*location, at))
                for at, name in enumerate(order)
            ]
        if how in MAPS and is_object(theirs):
            by_name: dict[str, Json] = ours if is_object(ours) else {}
            keeps = {name for name in by_name if how == "open map" and name.startswith("x-")}
            there = [name for name in theirs if not (how == "open map" and name.startswith("x-"))]
            kept = [name for name in by_name if name in keeps or name in there]
            return {
                name: by_name[name]
                if name in keeps
                else self.merge(kind, by_name.get(name), theirs[name], (*location, name))
                for name in merge_order(kept, there)
            }
        return theirs


def _merge_data(ours: Json, theirs: Json, is_set: bool) -> Json:
    """Return what theirs says, as ours writes it where it does."""
    if same(ours, theirs):
        return ours
    if is_set and is_array(ours) and is_array(theirs):
        if same_set(ours, theirs):
            return ours
        if all(isinstance(one, str) for one in [*ours, *theirs]):
            return merge_order([one for one in ours if one in theirs], theirs)
    return theirs
