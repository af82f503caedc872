"""Find out who made a change: Harness in its document, or we in an overlay.

A change is an overlay's when it comes about without anything new from upstream: when the new
overlays, over the old upstream document, make it already. Every other change is upstream's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from pipeline.diff.change import Cause, Change, Spot
from pipeline.diff.compare import find_changes
from pipeline.diff.states import State
from pipeline.document import Document
from pipeline.effective import CorrectedDocument, correct_as_far_as_possible
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi, split_pointer
from pipeline.overlay.merge import same
from pipeline.overlay.read import Action
from pipeline.overlay.trace import Origin
from pipeline.values import Json, Location, is_array, is_object

_Key: TypeAlias = tuple[str, str, str | None]


def name_causes(changes: Sequence[Change], old: State, new: State) -> list[Change]:
    """Return the changes with their causes; of bare documents they stay unknown."""
    if old.source is None or new.source is None or new.corrections is None:
        return list(changes)
    ours = _find_ours(changes, old, new)
    actions = _list_differing(old.document, new.document) if ours else []
    return [
        replace(one, cause=_name_action(one, old, new, actions))
        if _key(one) in ours
        else replace(one, cause=Cause("upstream"))
        for one in changes
    ]


def _find_ours(changes: Sequence[Change], old: State, new: State) -> set[_Key]:
    """Return the changes that the new overlays make of the old upstream document."""
    if old.source is None or new.source is None or new.corrections is None or not changes:
        return set()
    if same(old.source.value, new.source.value):
        return {_key(one) for one in changes}
    if old.corrections is not None and _write_alike(old, new):
        return set()
    between = correct_as_far_as_possible(old.source, new.corrections)
    if _is_valid(between):
        return {_key(one) for one in find_changes(_Placed(old.document), _Placed(between))}
    # The new overlays need what upstream has now. What the old ones make of that is upstream's.
    if old.corrections is None:
        return set()
    theirs = correct_as_far_as_possible(new.source, old.corrections)
    if not _is_valid(theirs):
        return set()
    upstream = {_key(one) for one in find_changes(_Placed(old.document), _Placed(theirs))}
    return {_key(one) for one in changes} - upstream


def _is_valid(document: Document) -> bool:
    try:
        check_openapi(document.value, Document(document.path, None, "").place)
    except BadInput:
        return False
    return True


def _name_action(change: Change, old: State, new: State, actions: Sequence[Action]) -> Cause:
    """Name the action that made a change, one of those that only one side has.

    It wrote or took out what is at the place of the change; or it is gone, with what it did there.
    """
    found = [
        *_list_writers(change.new, change.old, new.document),
        *_list_writers(change.old, change.new, old.document),
    ]
    for origin in found:
        if any(origin.action is one for one in actions):
            return Cause("overlay", origin.place, origin.reason)
    if len(actions) == 1:  # which changed what leads to the place
        return Cause("overlay", actions[0].place(), actions[0].description)
    return Cause("overlay", found[0].place, found[0].reason) if found else Cause("overlay")


def _list_writers(spot: Spot | None, other: Spot | None, document: Document) -> list[Origin]:
    """List the actions of one side that wrote a place, then those that wrote in it or took it out.

    ``other`` is the place on the other side: it tells of what is not on this one.
    """
    if not isinstance(document, CorrectedDocument):
        return []
    found: list[Origin] = []
    for one in (spot, other):
        if one is None:
            continue
        location, is_there = _read_pointer(one.pointer, document.value)
        if spot is None or not is_there:
            found += document.removals(location)
        else:
            found += (document.origin(location), document.last_change(location))
    return [one for one in found if one.action]


def _read_pointer(pointer: str, value: Json) -> tuple[Location, bool]:
    """Read a place that a document may have in part, and whether it has all of it."""
    location: list[str | int] = []
    is_there = True
    for name in split_pointer(pointer):
        step = int(name) if is_array(value) and name.isdecimal() else name
        location.append(step)
        if is_object(value) and step in value:
            value = value[str(step)]
        elif is_array(value) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            value, is_there = None, False
    return tuple(location), is_there


def _list_differing(old: Document, new: Document) -> list[Action]:
    """List the actions of each side that the other has not."""
    theirs, ours = (one.actions if isinstance(one, CorrectedDocument) else [] for one in (old, new))
    return [
        *(one for one in ours if not _is_among(one, theirs)),
        *(one for one in theirs if not _is_among(one, ours)),
    ]


def _is_among(action: Action, others: Sequence[Action]) -> bool:
    return any(same(_read_action(action), _read_action(one)) for one in others)


def _read_action(action: Action) -> Json:
    return action.document.value["actions"][action.index]


def _write_alike(old: State, new: State) -> bool:
    """Tell whether both sides have the same overlays."""

    def texts(state: State) -> list[Json]:
        return [overlay.document.value for overlay in state.corrections or ()]

    return len(texts(old)) == len(texts(new)) and all(map(same, texts(old), texts(new)))


def _key(change: Change) -> _Key:
    return change.rule, change.what, change.old.pointer if change.old else None


class _Placed(Document):
    """A document whose places nobody asks for."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.path, document.value, "")
