"""Tell what each overlay action is still worth over a new document from upstream.

The actions run in step over the old and the new document. Before each, what it matches and writes
in the new one is compared with the same nodes in the old one, as the actions before it left them.

A third run keeps apart what upstream did and what an action before did not do: it starts from the
old document as well, and leaves out all that did not take place over the new one. A node that
differs from that run was edited by upstream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from pipeline.diff.change import LedgerEntry
from pipeline.document import Document
from pipeline.overlay.apply import Run, actions_of, require_object
from pipeline.overlay.likeness import ABSENT, alike, content_likeness, difference
from pipeline.overlay.merge import copied
from pipeline.overlay.pair import Pairs, follow, is_gone, locate, pair, value_at
from pipeline.overlay.query import Match, nearest, normalized, select
from pipeline.overlay.read import Action, Overlay
from pipeline.overlay.trace import Origins
from pipeline.overlay.weigh import Weight, edited, weigh_removal, weigh_update
from pipeline.values import Json, Location, is_object, kind

State = Literal["needed", "redundant", "unmatched", "conflict"]

_STATES: tuple[State, ...] = ("needed", "redundant", "unmatched", "conflict")

MOVED = 0.5
"""So much of what a copy took must be at its target, for upstream to have moved it there."""


class Verdict(NamedTuple):
    """What an action is worth, and a sentence about it."""

    state: State
    note: str = ""


def judge_actions(old: Document, new: Document, overlays: Sequence[Overlay]) -> list[LedgerEntry]:
    """Judge every action of ``overlays``, in order, over ``new`` where it was made for ``old``.

    An action that cannot be done is a conflict and is left out, and the judging goes on. Raises
    BadInput unless both documents are objects.
    """
    require_object(old)
    require_object(new)
    actions = actions_of(overlays)
    judging = _Judging(old, new, actions)
    entries: list[LedgerEntry] = []
    for number, action in enumerate(actions):
        verdict = judging.judge(number, action)
        entries.append(
            LedgerEntry(
                place=action.place(),
                target=_one_line(action.document.value["actions"][action.index]["target"]),
                state=verdict.state,
                note=verdict.note,
                reason=_one_line(action.description or ""),
            )
        )
    return entries


def count_states(entries: Sequence[LedgerEntry]) -> dict[State, int]:
    """Return how many actions are in each state, zeros too."""
    return {state: sum(entry.state == state for entry in entries) for state in _STATES}


class _Met(NamedTuple):
    """What an action meets in the new document."""

    old: list[Match]
    """The nodes that it matches in the old document."""
    known: list[Match]
    """The same, less what did not take place over the new one."""
    matches: list[Match]
    pairs: Pairs
    done: list[Match]
    """Nodes of the old document that it matches no more, since upstream has done its work there."""
    missing: list[Match]
    """Nodes of the old document that it matches no more, for another reason."""


class _Judging:
    def __init__(self, old: Document, new: Document, actions: Sequence[Action]) -> None:
        self._actions = actions
        self._origins = Origins(old, actions)
        # The old document after all actions so far; the same without those that did not take
        # place over the new one, from the first such action on; and the new one.
        self._old = Run(self._origins.root, strict=False)
        self._like = self._old
        self._new = Run(copied(new.value), strict=False)
        # The old document after all actions: what is in it is no new name that upstream gave.
        finished = Run(copied(old.value), strict=False)
        self._moved: set[Location] = set()
        self._matched: list[tuple[Location, ...]] = []
        for action in actions:
            if action.source:
                self._moved |= {one.location for one in select(action.source, finished.root)}
            self._matched.append(finished.perform(action).locations)
        self._made = finished.root
        self._undone: dict[int, str] = {}
        # What was copied, by its place: to take it out there afterwards loses nothing.
        self._copied: dict[Location, Json] = {}

    def judge(self, number: int, action: Action) -> Verdict:
        """Judge the next action and do it on all sides."""
        old = _matches_at(self._old.root, self._matched[number])
        met = self._meet(action, old)
        faults = len(self._new.faults)
        if not met.matches:
            verdict = self._judge_unmatched(action, met)
        elif action.verb == "nothing":
            verdict = Verdict("redundant", "does nothing: add update, copy or remove: true")
        elif action.source and not select(action.source, self._new.root):
            verdict = self._judge_sourceless(action, met)
        else:
            verdict = self._judge_matched(action, met)
        if verdict.state == "unmatched":
            self._undone[number] = "matches nothing"
        elif len(self._new.faults) > faults:
            self._undone[number] = "cannot be done"
        self._keep_step(number, action, met)
        return verdict

    def _meet(self, action: Action, old: list[Match]) -> _Met:
        known = old if self._like is self._old else select(action.target, self._like.root)
        matches = select(action.target, self._new.root)
        pairs = pair(self._like.root, known, self._new.root, matches)
        done = self._find_done(action, pairs.lost)
        missing = [match for match in pairs.lost if match not in done]
        return _Met(old, known, matches, pairs, done, missing)

    def _find_done(self, action: Action, lost: list[Match]) -> list[Match]:
        """Return the nodes that an action misses because upstream has done what it does there."""
        old, new = self._like.root, self._new.root
        if not lost:
            return []
        after = Run(copied(old), strict=False)
        after.perform(action)

        def has_update(match: Match) -> bool:
            at = locate(match.location, after.root, new)
            if action.verb != "update" or at is None:
                return False
            there = Match(at, value_at(new, at), None)
            weight = weigh_update(there, action.update, match, minor=action.minor)
            return weight.redundant and weight.news > 0

        return [
            match
            for match in lost
            if (action.verb == "remove" and is_gone(match.location, old, new, self._made))
            or has_update(match)
            or self._is_out(match.location)
        ]

    def _is_out(self, location: Location) -> bool:
        """Tell whether upstream has no such node, and the actions take it out in the end too.

        What is copied first is not out: it lives on under another name.
        """
        old, new = self._like.root, self._new.root
        for length in range(1, len(location) + 1):
            part = location[:length]
            if part in self._moved:
                return False
            if locate(part, old, new) is None:
                gone = is_gone(part, old, new, self._made)
                return gone and locate(part, old, self._made) is None
        return False

    def _keep_step(self, number: int, action: Action, met: _Met) -> None:
        """Do the action on the old document, and as it was done on the new one on the third."""
        undone = number in self._undone
        if undone or met.missing or met.pairs.fresh:
            if self._like is self._old:
                self._like = Run(copied(self._old.root), strict=False)
            if not undone:
                self._like.perform(action, self._places_like(action, met))
                if met.missing:
                    self._undone[number] = "matches less"
        elif self._like is not self._old:
            self._like.perform(action, met.known)
        self._origins.now = number
        self._old.perform(action, met.old)

    def _places_like(self, action: Action, met: _Met) -> list[Match]:
        """Return the nodes of the third run to write to: those of the new document."""
        root = self._like.root
        missing = {match.location for match in met.missing}
        places = [match.location for match in met.known if match.location not in missing]
        for match in met.pairs.fresh:
            value = value_at(root, match.location)
            if value is not ABSENT and kind(value) == kind(match.value):
                places.append(match.location)
        return _matches_at(root, places)

    def _judge_matched(self, action: Action, met: _Met) -> Verdict:
        given = action.update
        notes: list[str] = []
        if action.source:
            source = select(action.source, self._new.root)[0]
            given = copied(source.value)
            notes += self._source_notes(action, source)
            self._copied[source.location] = given
        weights = self._weigh(action, given, met)
        open_matches = [match for match in met.matches if not weights[match.location].redundant]
        if not open_matches:
            return _redundant(action, met, list(weights.values()))
        faults = len(self._new.faults)
        self._new.perform(action, open_matches)
        conflicts = [what for weight in weights.values() for what in weight.conflicts]
        conflicts = conflicts or [fault.message for fault in self._new.faults[faults:][:1]]
        if conflicts:
            more = f"; and so at {_count(len(conflicts) - 1, 'more place')}"
            return Verdict("conflict", conflicts[0] + (more if len(conflicts) > 1 else ""))
        if unexpected := self._check_count(action, met):
            return unexpected
        notes += _partial_notes(action, met, list(weights.values()))
        notes += self._lost_and_found(action, met)
        return Verdict("needed", "; ".join(notes))

    def _weigh(self, action: Action, given: Json, met: _Met) -> dict[Location, Weight]:
        before = {new.location: old for old, new in met.pairs.both}
        seen = [old.value for old, _ in met.pairs.both] + [old.value for old in met.pairs.lost]
        weights: dict[Location, Weight] = {}
        for match in met.matches:
            old = before.get(match.location)
            place = locate(match.location, self._new.root, self._made)
            made = ABSENT if place is None else value_at(self._made, place)
            if action.verb == "remove":
                weight = weigh_removal(match, old, made)
                if (place := match.location) in self._copied and alike(
                    self._copied[place], match.value
                ):
                    weight.conflicts.clear()
            else:
                weight = weigh_update(match, given, old, made, seen=seen, minor=action.minor)
            weights[match.location] = weight
        return weights

    def _source_notes(self, action: Action, source: Match) -> list[str]:
        assert action.source is not None
        known = select(action.source, self._like.root)
        if len(known) != 1 or not (found := difference(known[0].value, source.value)):
            return []
        path = _path((*source.location, *found.steps))
        return [f"{edited(path, found.old, found.new)}, which goes with the copy"]

    def _check_count(self, action: Action, met: _Met) -> Verdict | None:
        """Say what is wrong if the target matches another number of nodes than it states."""
        expected, count = action.expects, len(met.matches)
        if type(expected) is not int or expected == count:
            return None
        says = f"x-expect-matches says {expected}, and the target matches {_count(count, 'node')}"
        known = len(met.pairs.both) + len(met.pairs.lost)
        if known == count and len(met.old) == expected:
            lost = pair(self._old.root, met.old, self._new.root, met.matches).lost
            return Verdict("needed", says + self._cause(lost))
        details = "; ".join(self._lost_and_found(action, met))
        return Verdict("conflict", f"{says}: {details}" if details else says)

    def _lost_and_found(self, action: Action, met: _Met) -> list[str]:
        """Name the first node that is matched no more, and the first that is matched now."""
        notes: list[str] = []
        if met.done:
            notes.append(self._done_note(action, met.done))
        if met.missing:
            notes.append(self._nearest_note(met.missing, self._like.root))
        if fresh := met.pairs.fresh:
            others = f" and {_count(len(fresh) - 1, 'other node')}" if len(fresh) > 1 else ""
            notes.append(f"matches {_path(fresh[0].location)}{others} now")
        return notes

    def _judge_unmatched(self, action: Action, met: _Met) -> Verdict:
        if met.done and not met.missing:
            return Verdict("redundant", self._done_note(action, met.done))
        if met.pairs.lost:
            return Verdict("unmatched", self._nearest_note(met.missing, self._like.root))
        if met.old:
            note = self._nearest_note(met.old, self._old.root, explain=False)
            return Verdict("unmatched", note + self._cause(met.old))
        if action.expects == 0 and type(action.expects) is int:
            return Verdict("needed")
        beyond = _path(nearest(action.target, self._new.root))
        return Verdict("unmatched", f"matches nothing beyond {beyond}, in the old document either")

    def _judge_sourceless(self, action: Action, met: _Met) -> Verdict:
        assert action.source is not None
        root = self._like.root
        sources = select(action.source, root)
        follows = not sources
        if follows:
            root = self._old.root
            sources = select(action.source, root)
        if not sources:
            beyond = _path(nearest(action.source, self._new.root))
            note = f"copies nothing beyond {beyond}, in the old document either"
            return Verdict("unmatched", note)
        source = sources[0]
        before = {new.location: old.value for old, new in met.pairs.both}
        if all(
            self._is_moved(source, match)
            and not alike(before.get(match.location, ABSENT), match.value)
            for match in met.matches
        ):
            moved = f"{_path(source.location)} to {_path(met.matches[0].location)}"
            return Verdict("redundant", f"upstream moved {moved} too")
        note = f"has nothing to copy: {self._nearest_note([source], root, explain=False)}"
        cause = self._cause([source]) if follows else ""
        return Verdict("unmatched", note + cause)

    def _is_moved(self, source: Match, target: Match) -> bool:
        """Tell whether a node holds what a copy took, as it was taken or as it became later."""
        made = value_at(self._made, target.location)
        return any(
            content_likeness(target.value, value) >= MOVED
            for value in (source.value, made)
            if value is not ABSENT
        )

    def _done_note(self, action: Action, done: list[Match]) -> str:
        others = f" and {_count(len(done) - 1, 'other node')}" if len(done) > 1 else ""
        where = f"{_path(done[0].location)}{others}"
        if action.verb == "remove":
            return f"upstream removed {where} too"
        if self._is_out(done[0].location):
            return f"upstream removed {where}, as a later action does"
        return f"upstream has at {where} what the action writes"

    def _nearest_note(self, lost: list[Match], root: Json, *, explain: bool = True) -> str:
        """Say which node of the new document is meant by what was matched in an old one."""
        location = lost[0].location
        others = f" and {_count(len(lost) - 1, 'other node')}" if len(lost) > 1 else ""
        was = f"it matched {_path(location)}{others}"
        at = follow(location, root, self._new.root, self._made)
        if at is None:
            return f"{was}, and nothing is like it now"
        because = self._why_not(location, root, at) if explain else ""
        if at == location:
            return f"{was}, which is there but not selected{because}"
        return f"{was}, and the nearest node is {_path(at)}{because}"

    def _why_not(self, location: Location, root: Json, at: Location) -> str:
        """Name an edit of the node, or of a primitive beside the way to it, if there is one."""
        old, new = value_at(root, location), value_at(self._new.root, at)
        if found := difference(old, new):
            return f": {edited(_path((*at, *found.steps)), found.old, found.new)}"
        for length in range(len(location) - 1, 0, -1):
            old = _primitives(value_at(root, location[:length]))
            new = _primitives(value_at(self._new.root, at[:length]))
            if found := difference(old, new):
                return f": {edited(_path((*at[:length], *found.steps)), found.old, found.new)}"
        return ""

    def _cause(self, lost: list[Match]) -> str:
        """Name the first action before that wrote these nodes, and did not do so in the new one."""
        numbers = {
            number
            for match in lost
            for number in self._origins.writers(match.location)
            if number in self._undone
        }
        if not numbers:
            return ", since an action before it did not take place"
        first = min(numbers)
        return f", since the action at {self._actions[first].place()} {self._undone[first]}"


def _redundant(action: Action, met: _Met, weights: list[Weight]) -> Verdict:
    first = _path(met.matches[0].location)
    others = f" and {_count(len(weights) - 1, 'other node')}" if len(weights) > 1 else ""
    if not any(weight.news for weight in weights):
        return Verdict("redundant", f"changes nothing at {first}{others}, as in the old document")
    writer = "later actions write" if action.verb == "remove" else "the action writes"
    return Verdict("redundant", f"upstream has at {first}{others} what {writer}")


def _partial_notes(action: Action, met: _Met, weights: list[Weight]) -> list[str]:
    """Say what upstream has done of the action's work."""
    done = len(met.done) + sum(weight.redundant and weight.news > 0 for weight in weights)
    notes: list[str] = []
    if done:
        notes.append(f"redundant at {done} of {len(weights) + len(met.done)} nodes")
    for match, weight in zip(met.matches, weights, strict=True):
        if weight.news and not weight.redundant:
            part = f"{weight.there} of {weight.writes} members"
            notes.append(f"upstream has {part} now at {_path(match.location)}")
            break
    return notes


def _matches_at(root: Json, locations: Iterable[Location]) -> list[Match]:
    return [Match(at, value_at(root, at), value_at(root, at[:-1])) for at in locations]


def _primitives(node: Json) -> Json:
    if not is_object(node):
        return {}
    return {name: member for name, member in node.items() if kind(member) == "primitive"}


def _path(location: Location) -> str:
    return f"`{normalized(location)}`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _one_line(text: str) -> str:
    return " ".join(text.split())
