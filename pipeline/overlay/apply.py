"""Apply overlays to a document, to the letter of Overlay 1.0 and 1.1 (section 4.4.3).

Actions run strictly one after another, each on what the last one left. The spec and the overlays
stay as they were read. An action that cannot be done is reported and left out, so that one run
reports all that is wrong; nothing is returned then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.document import MAX_DEPTH, Document, Json, Location
from pipeline.faults import BadInput, Fault
from pipeline.overlay.kinds import is_array, is_object, kind
from pipeline.overlay.merge import (
    Effect,
    append_items,
    copied,
    merge_object,
    replace_primitive,
)
from pipeline.overlay.query import Match, nearest, normalized, select
from pipeline.overlay.read import Action, Overlay

MAX_WRITTEN_VALUES = 5_000_000
"""How many values all actions of a run may write: a copy into itself doubles a document."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one action did: the nodes that it matched, and the effect of writing there."""

    action: Action
    locations: tuple[Location, ...]
    effect: Effect

    @property
    def matched(self) -> int:
        """How many nodes the target selected."""
        return len(self.locations)

    @property
    def changed(self) -> bool:
        """Whether the document differs from what it was before the action."""
        return self.effect is not Effect.NOTHING


@dataclass(frozen=True, slots=True)
class Applied:
    """The document that the overlays make, and what each of their actions did."""

    value: Json = field(repr=False)
    outcomes: tuple[Outcome, ...]


def apply_overlays(
    document: Document, overlays: Sequence[Overlay], *, strict: bool = False
) -> Applied:
    """Apply ``overlays`` in order to ``document`` and return the result, which shares nothing.

    With ``strict``, an action must also match something, change something, and match as many
    nodes as its ``x-expect-matches`` says; entries that an array has already count as no change.

    Raises BadInput with every fault found, each with its place in the overlay and in the document
    or, where an earlier action wrote the node, the place of that action.
    """
    require_object(document)
    actions = actions_of(overlays)
    root = copied(document.value)
    run = Run(root, strict=strict)
    outcomes = tuple(run.perform(action) for action in actions)
    if run.faults:
        raise BadInput(*_placed_faults(document, actions, strict))
    return Applied(root, outcomes)


def actions_of(overlays: Iterable[Overlay]) -> list[Action]:
    """Return the actions of several overlays, in the order in which they apply."""
    return [action for overlay in overlays for action in overlay.actions]


def require_object(document: Document) -> None:
    """Raise BadInput unless the document is an object, as every API description is."""
    if not is_object(document.value):
        message = f"is no API description: its root is {_an(document.value)}, not an object"
        raise BadInput(document.fault((), message))


def _placed_faults(document: Document, actions: list[Action], strict: bool) -> list[Fault]:
    """Run once more, now knowing where every node comes from: only failures pay for that."""
    from pipeline.overlay.trace import trace_run

    return trace_run(document, actions, strict=strict)[1]


class Run:
    """One application of actions, in order, to ``root``, which they change in place.

    ``where`` names the place in a file that a node of the document comes from.
    """

    def __init__(
        self, root: Json, *, strict: bool, where: Callable[[Location], str] | None = None
    ) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._strict = strict
        self._where = where
        self._failed = False
        self._written = 0

    def perform(self, action: Action) -> Outcome:
        """Do one action and say what it did; what keeps it from being done joins the faults."""
        matches = select(action.target, self.root)
        if self._strict:
            self._check_count(action, matches)
        effect = Effect.NOTHING
        if matches:
            effect = self._write(action, matches)
            if self._strict and effect is not Effect.NEW and not self._failed:
                self._report_redundant(action, matches, effect)
        return Outcome(action, tuple(match.location for match in matches), effect)

    def _write(self, action: Action, matches: list[Match]) -> Effect:
        if action.verb == "remove":
            return self._remove(action, matches)
        if action.verb == "update":
            return self._merge(action, matches, action.update)
        if action.verb == "copy" and action.source:
            sources = select(action.source, self.root)
            if len(sources) != 1:
                count = _nodes(len(sources))
                near = nearest(action.source, self.root) if not sources else sources[0].location
                self._fail(action, ("copy",), f"copies {count}, and copy takes exactly one", near)
                return Effect.NOTHING
            # A snapshot: the target may lie in what is copied, or the other way round.
            return self._merge(action, matches, copied(sources[0].value))
        return Effect.NOTHING

    def _merge(self, action: Action, matches: list[Match], value: Json) -> Effect:
        if not self._may_merge(action, matches, value):
            return Effect.NOTHING
        return max(self._merge_into(action, match, value) for match in matches)

    def _may_merge(self, action: Action, matches: list[Match], value: Json) -> bool:
        first = matches[0]
        for match in matches:
            if action.minor == 0 and kind(match.value) == "primitive":
                message = (
                    f"updates {_an(match.value)}, and targets of Overlay 1.0 are objects and "
                    "arrays: target what holds it, or declare overlay: 1.1.0"
                )
                self._fail(action, ("target",), message, match.location)
                return False
            if action.minor > 0 and kind(match.value) != kind(first.value):
                message = (
                    f"selects {_an(match.value)} and also {_an(first.value)} "
                    f"at {self._spot(first.location)}: make one action for each kind"
                )
                self._fail(action, ("target",), message, match.location)
                return False
        size, depth = _extent(value)
        for match in matches:
            levels = len(match.location) + depth + _is_one_entry(action, match.value, value)
            if levels > MAX_DEPTH:
                message = f"would nest the document more than {MAX_DEPTH} levels deep"
                self._fail(action, (action.verb,), message, match.location)
                return False
        self._written += size * len(matches)
        if self._written > MAX_WRITTEN_VALUES:
            message = f"brings the values written to more than {MAX_WRITTEN_VALUES:,}"
            self._fail(action, (action.verb,), message, first.location)
            return False
        return True

    def _merge_into(self, action: Action, match: Match, value: Json) -> Effect:
        def on_clash(steps: Location, present: Json, given: Json) -> None:
            message = (
                f"merges {_an(given)} into {_an(present)}: remove that first, in an action before"
            )
            self._fail(action, (action.verb, *steps), message, (*match.location, *steps))

        target = match.value
        if is_array(target):
            return append_items(target, [value] if _is_one_entry(action, target, value) else value)
        if kind(target) != kind(value):
            on_clash((), target, value)
            return Effect.NOTHING
        if is_object(target):
            return merge_object(target, value, on_clash)
        return replace_primitive(match.holder, match.location[-1], value)

    def _remove(self, action: Action, matches: list[Match]) -> Effect:
        if any(not match.location for match in matches):
            message = "removes the whole document: target what is in it"
            self._fail(action, ("target",), message, ())
            return Effect.NOTHING
        # Backwards through each array, so that no index shifts before its turn. A match inside
        # another one goes too, from a node that is in the document no longer.
        for match in sorted(matches, key=_index_in_array, reverse=True):
            del match.holder[match.location[-1]]
        return Effect.NEW

    def _check_count(self, action: Action, matches: list[Match]) -> None:
        expects = action.expects
        if expects is not None and (type(expects) is not int or expects < 0):
            self.faults.append(
                Fault(
                    action.place("x-expect-matches"),
                    "x-expect-matches is no number of nodes: write 0 or more",
                )
            )
        elif self._failed:
            # What failed before may be why this finds less.
            return
        elif expects is not None and expects != len(matches):
            message = f"matches {_nodes(len(matches))} where {expects} are expected"
            near = matches[0].location if matches else nearest(action.target, self.root)
            self._report(action, ("x-expect-matches",), message, near)
        elif not matches and expects is None:
            message = "matches nothing: correct the target, or delete the action"
            self._report(action, ("target",), message, nearest(action.target, self.root))

    def _report_redundant(self, action: Action, matches: list[Match], effect: Effect) -> None:
        if action.verb == "nothing":
            message = "does nothing: give it update, copy or remove: true"
        elif effect is Effect.REPEATED:
            message = (
                "adds only entries that are there already: upstream has this now: delete the action"
            )
        else:
            message = "changes nothing: upstream has this now: delete the action"
        self._report(action, (), message, matches[0].location)

    def _fail(self, action: Action, below: Location, message: str, location: Location) -> None:
        self._failed = True
        self._report(action, below, message, location)

    def _report(self, action: Action, below: Location, message: str, location: Location) -> None:
        what, *advice = message.split(": ", 1)
        said = ": ".join([f"{what}, at {self._spot(location)}", *advice])
        self.faults.append(Fault(action.place(*below), said))

    def _spot(self, location: Location) -> str:
        path = normalized(location)
        return f"{path} ({self._where(location)})" if self._where else path


def _is_one_entry(action: Action, target: Json, value: Json) -> bool:
    """Tell whether an array takes ``value`` whole: in 1.0 always, in 1.1 unless it is an array."""
    return is_array(target) and not (action.minor > 0 and is_array(value))


def _index_in_array(match: Match) -> int:
    step = match.location[-1]
    return step if isinstance(step, int) else -1


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count or 'no'} nodes"


def _extent(value: Json) -> tuple[int, int]:
    """Return how many values there are in ``value``, itself included, and its depth."""
    if is_object(value):
        members = list(value.values())
    elif is_array(value):
        members = value
    else:
        return 1, 0
    size, depth = 1, 0
    for member in members:
        inner_size, inner_depth = _extent(member)
        size += inner_size
        depth = max(depth, inner_depth)
    return size, depth + 1


def _an(value: Json) -> str:
    return {"object": "an object", "array": "an array"}.get(kind(value), "a primitive")
