"""Find out who made a change: Harness in its document, or we in an overlay.

A change is an overlay's when it comes about without anything new from upstream: when the new
overlays, over the old upstream document, make it already. Every other change is upstream's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from pipeline.diff.change import Cause, Change
from pipeline.diff.compare import find_changes
from pipeline.diff.states import State
from pipeline.diff.tree import Tree
from pipeline.document import Document
from pipeline.effective import CorrectedDocument, correct_as_far_as_possible
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi
from pipeline.overlay.merge import same
from pipeline.overlay.trace import Origin
from pipeline.values import Json, Location

_Key: TypeAlias = tuple[str, str, str | None]


def name_causes(changes: Sequence[Change], old: State, new: State) -> list[Change]:
    """Return the changes with their causes; of bare documents they stay unknown."""
    if old.source is None or new.source is None or new.corrections is None:
        return list(changes)
    ours = _find_ours(changes, old, new)
    return [replace(one, cause=_name_cause(one, old, new, ours)) for one in changes]


def _find_ours(changes: Sequence[Change], old: State, new: State) -> set[_Key]:
    """Return the changes that the new overlays make of the old upstream document."""
    if old.source is None or new.source is None or not changes:
        return set()
    if same(old.source.value, new.source.value):
        return {_key(one) for one in changes}
    if old.corrections is not None and _write_alike(old, new):
        return set()
    between = _Placed(correct_as_far_as_possible(old.source, new.corrections or ()))
    try:
        check_openapi(between.value, between.place)
    except BadInput:
        return set()  # overlays that need what upstream has now make nothing whole without it
    return {_key(one) for one in find_changes(_Placed(old.document), between)}


def _name_cause(change: Change, old: State, new: State, ours: set[_Key]) -> Cause:
    if _key(change) not in ours:
        return Cause("upstream")
    origin = _find_action(change, old, new)
    if origin is None or origin.action is None:
        return Cause("overlay")
    return Cause("overlay", origin.place, origin.reason)


def _find_action(change: Change, old: State, new: State) -> Origin | None:
    """Find the action that wrote what is new, or else the one that is gone with what was old."""
    for spot, state in ((change.new, new), (change.old, old)):
        if spot is None or not isinstance(state.document, CorrectedDocument):
            continue
        location = Tree(state.document).locate(spot.pointer)
        origin = state.document.origin(location)
        if origin.action is not None:
            return origin
    if change.new is None and change.old is not None:
        return _find_removal(Tree(old.document).locate(change.old.pointer), new)
    return None


def _find_removal(location: Location, new: State) -> Origin | None:
    """Find the action that took something out, by the last change of what held it."""
    if not isinstance(new.document, CorrectedDocument):
        return None
    origin = new.document.last_change(location[:-1])
    return origin if origin.action is not None and origin.action.verb == "remove" else None


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
