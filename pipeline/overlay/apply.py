"""Apply overlays to a document, to the letter of Overlay 1.0 and 1.1 (section 4.4.3).

Actions run strictly one after another, each on what the last one left. The spec and the overlays
stay as they were read. An action that cannot be done is reported and left out, so that one run
reports all that is wrong; nothing is returned then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from jsonpath_rfc9535 import JSONPathQuery

from pipeline.document import Document
from pipeline.faults import BadInput, Fault
from pipeline.overlay.merge import (
    Effect,
    append_items,
    copied,
    merge_object,
    replace_primitive,
)
from pipeline.overlay.query import Match, nearest, normalized, select
from pipeline.overlay.read import Action, Overlay
from pipeline.values import MAX_DEPTH, Json, Location, is_array, is_object, kind

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

    def perform(self, action: Action, matches: list[Match] | None = None) -> Outcome:
        """Do one action and say what it did; what keeps it from being done joins the faults.

        It is done at ``matches`` alone, where a caller has selected them and left some out.
        """
        if matches is None:
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
                spot = self._first_spot(action.source, sources)
                what = f"copies {_nodes(len(sources))}{spot} where exactly one is expected"
                self._fail(action, ("copy",), what, "correct the path")
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
                what = f"updates {self._named(match.location, match.value)}, which 1.0 cannot"
                advice = "target the object that holds it, or declare overlay: 1.1.0"
                self._fail(action, ("target",), what, advice)
                return False
            if action.minor > 0 and kind(match.value) != kind(first.value):
                what = (
                    f"selects {self._named(first.location, first.value)} "
                    f"and {self._named(match.location, match.value)}"
                )
                self._fail(action, ("target",), what, "make one action for each kind")
                return False
        size, depth = _extent(value)
        for match in matches:
            levels = len(match.location) + depth + _is_one_entry(action, match.value, value)
            if levels > MAX_DEPTH:
                what = f"nests {self._spot(match.location)} more than {MAX_DEPTH} levels deep"
                self._fail(action, (action.verb,), what, "put less there")
                return False
        self._written += size * len(matches)
        if self._written > MAX_WRITTEN_VALUES:
            what = (
                f"writes more than {MAX_WRITTEN_VALUES:,} values, at {self._spot(first.location)}"
            )
            self._fail(action, (action.verb,), what, "target less, or split the run")
            return False
        return True

    def _merge_into(self, action: Action, match: Match, value: Json) -> Effect:
        def on_clash(steps: Location, present: Json, given: Json) -> None:
            what = f"merges {_an(given)} into {self._named((*match.location, *steps), present)}"
            advice = "remove that first, in an action before"
            self._fail(action, (action.verb, *steps), what, advice)

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
            what = f"removes the whole document at {self._spot(())}"
            self._fail(action, ("target",), what, "target what is in it")
            return Effect.NOTHING
        # Backwards through each array, so that no index shifts before its turn. A match inside
        # another one goes too, from a node that is in the document no longer.
        for match in sorted(matches, key=_index_in_array, reverse=True):
            del match.holder[match.location[-1]]
        return Effect.NEW

    def _check_count(self, action: Action, matches: list[Match]) -> None:
        expects = action.expects
        if expects is not None and (type(expects) is not int or expects < 0):
            what = "x-expect-matches is no number of nodes"
            self._report(action, ("x-expect-matches",), what, "write 0 or more")
        elif self._failed:
            # What failed before may be why this finds less.
            return
        elif expects is not None and expects != len(matches):
            spot = self._first_spot(action.target, matches)
            what = f"matches {_nodes(len(matches))}{spot} where {expects} are expected"
            advice = "correct the target, or the number if upstream changed"
            self._report(action, ("x-expect-matches",), what, advice)
        elif not matches and expects is None:
            what = f"matches nothing{self._first_spot(action.target, matches)}"
            self._report(action, ("target",), what, "correct the target, or delete the action")

    def _report_redundant(self, action: Action, matches: list[Match], effect: Effect) -> None:
        spot = self._spot(matches[0].location)
        if action.verb == "nothing":
            self._report(action, (), f"does nothing to {spot}", "add update, copy or remove: true")
        else:
            added = effect is Effect.REPEATED
            what = "adds only what is there already" if added else "changes nothing"
            advice = "upstream has this now: delete the action"
            self._report(action, (), f"{what}, at {spot}", advice)

    def _fail(self, action: Action, below: Location, what: str, advice: str) -> None:
        self._failed = True
        self._report(action, below, what, advice)

    def _report(self, action: Action, below: Location, what: str, advice: str) -> None:
        self.faults.append(Fault(action.place(*below), f"{what}: {advice}"))

    def _named(self, location: Location, value: Json) -> str:
        return f"{_an(value)} at {self._spot(location)}"

    def _first_spot(self, query: JSONPathQuery, matches: list[Match]) -> str:
        if not matches:
            return f" beyond {self._spot(nearest(query, self.root))}"
        spot = self._spot(matches[0].location)
        return f" at {spot}" if len(matches) == 1 else f", the first at {spot},"

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
