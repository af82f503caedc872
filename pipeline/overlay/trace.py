"""Know where every node of an effective document comes from.

The engine writes through three operations: set or delete a member, delete or append an item. Here
it runs on objects and arrays that remember, for each of those, the action that did it. Applying
overlays without asking for origins costs nothing more than it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex, TypeAlias

from pipeline.document import Document
from pipeline.faults import BadInput, Fault, Place
from pipeline.overlay.apply import Run, actions_of, require_object
from pipeline.overlay.query import select
from pipeline.overlay.read import Action, Overlay
from pipeline.values import Json, Location, is_array, is_object

_Mark: TypeAlias = Location | int
"""Where a node comes from: a location in the spec, or the number of an action."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node was written: in the spec, or by an action, whose description is the reason."""

    place: Place
    reason: str | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class _Copy:
    """What an action copied: the mark, the node and its place at that time; and where to."""

    mark: _Mark
    node: Json
    location: Location
    targets: list[Location]


class Origins:
    """A document of which every node knows its origin; ``root`` is that document.

    ``now`` is the number of the action that is being applied.
    """

    def __init__(self, document: Document, actions: Sequence[Action]) -> None:
        self.now = -1
        self._document = document
        self._actions = actions
        self._copies: dict[int, _Copy] = {}
        self.root: Json = self.adopt(document.value, ())

    def adopt(self, value: Json, mark: _Mark) -> Json:
        """Copy plain data into objects and arrays that remember who writes to them."""
        if is_object(value):
            return _Object(self, mark, value)
        if is_array(value):
            return _Array(self, mark, value)
        return value

    def origin(self, location: Location) -> Origin:
        """Return where the node at ``location``, or its nearest ancestor, was written.

        What an update wrote is placed at the line of the update, where that can be told.
        """
        mark, _, path, start = self._find(location)
        if isinstance(mark, int):
            action = self._actions[mark]
            return Origin(_place_in(action, path, start), action.description, action)
        return Origin(self._document.place(mark))

    def place(self, location: Location) -> Place:
        """Return the line that says what stands at a location: what was copied is said elsewhere.

        For all else that is the place of its origin.
        """
        mark, _, path, start = self._find(location)
        while isinstance(mark, int) and mark in self._copies:
            copy = self._copies[mark]
            target = next((one for one in copy.targets if path[: len(one)] == one), None)
            if target is None:
                break
            rest = path[len(target) :]
            found, _, path, start = self._walk(copy.mark, copy.node, rest, copy.location)
            if len(path) < len(copy.location) + len(rest):
                break  # it was there already, and the copy was merged into it
            if isinstance(found, int) and found > mark:
                break  # what was copied was written anew since
            mark = found
        if isinstance(mark, int):
            return _place_in(self._actions[mark], path, start)
        return self._document.place(mark)

    def note_copy(self, action: Action) -> None:
        """Remember what the action that comes now copies, and where to."""
        if action.verb != "copy" or action.source is None:
            return
        sources = select(action.source, self.root)
        if len(sources) == 1:
            mark, node, location, _ = self._find(sources[0].location)
            targets = [match.location for match in select(action.target, self.root)]
            self._copies[self.now] = _Copy(mark, node, location, targets)

    def last_change(self, location: Location) -> Origin:
        """Return the last action that wrote the node or anything in it, or where the spec has it.

        Taking something out of an object or array is a change of that object or array.
        """
        mark, node, _, _ = self._find(location)
        latest = max(_numbers(mark, node))
        if latest >= 0:
            action = self._actions[latest]
            return Origin(action.place(), action.description, action)
        return self.origin(location)

    def removals(self, location: Location) -> list[Origin]:
        """Return the actions that may have taken out what is not at ``location``.

        For a member of an object that is one; an entry of an array is any that was taken out of it.
        """
        numbers: list[int] = []
        node = self.root
        for index, step in enumerate(location):
            if isinstance(node, _Array):
                is_last = index == len(location) - 1
                if is_last or not (isinstance(step, int) and 0 <= step < len(node)):
                    numbers = node.removals
                    break
                node = node[step]
            elif isinstance(node, _Object) and isinstance(step, str):
                if step not in node:
                    numbers = [node.removals[step]] if step in node.removals else []
                    break
                node = node[step]
            else:
                break
        actions = [self._actions[number] for number in numbers]
        return [Origin(action.place(), action.description, action) for action in actions]

    def writers(self, location: Location) -> set[int]:
        """Return the numbers of the actions but for which a target might miss this node.

        They wrote the node, what holds it, or the primitives there, which a filter may ask for.
        """
        numbers: set[int] = set()
        for length in range(len(location) + 1):
            mark, node, _, _ = self._find(location[:length])
            numbers.update(_numbers(mark, None))
            if isinstance(node, _Object):
                numbers.add(node.removed)
                for name, member in node.items():
                    if not isinstance(member, (_Object, _Array)):
                        numbers.update(_numbers(node.mark(name), None))
        return numbers - {-1}

    def _find(self, location: Location) -> tuple[_Mark, Json, Location, int]:
        """Return the mark of the node at a location, or of its nearest ancestor, and that node.

        Then come its own location, and the step of that at which the writer's work begins.
        """
        return self._walk((), self.root, location)

    def _walk(
        self, mark: _Mark, node: Json, location: Location, before: Location = ()
    ) -> tuple[_Mark, Json, Location, int]:
        """Go down from a node, which stands at ``before``, and return as ``_find`` does."""
        start = len(before)
        for index, step in enumerate(location, start=len(before)):
            if isinstance(node, _Object) and isinstance(step, str) and step in node:
                found, node = node.mark(step), node[step]
            elif isinstance(node, _Array) and isinstance(step, int) and 0 <= step < len(node):
                found, node = node.marks[step], node[step]
            else:
                return mark, node, (*before, *location)[:index], start
            if found != mark:
                mark, start = found, index
        return mark, node, (*before, *location), start


def _place_in(action: Action, path: Location, start: int) -> Place:
    """Return the line of an update that wrote the node at ``path``, or else that of the action.

    The update holds the path from its target on. The target is at the step ``start`` or before;
    an entry added to an array has another index here than there.
    """
    if action.verb == "update" and isinstance(path[start], str):
        for length in range(start + 1):
            if _holds(action.update, path[length:]):
                return action.place("update", *path[length:])
    return action.place()


def _holds(value: Json, path: Location) -> bool:
    for step in path:
        if is_object(value) and step in value:
            value = value[str(step)]
        elif is_array(value) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return False
    return True


def trace_origins(document: Document, overlays: Sequence[Overlay]) -> Origins:
    """Apply ``overlays`` to ``document`` and return where every node of the result comes from.

    Raises BadInput with every action that cannot be done.
    """
    require_object(document)
    origins, faults = trace_run(document, actions_of(overlays), strict=False)
    if faults:
        raise BadInput(*faults)
    return origins


def trace_run(
    document: Document, actions: Sequence[Action], *, strict: bool
) -> tuple[Origins, list[Fault]]:
    """Apply actions on a traced copy; return it with the faults, placed in both files."""
    origins = Origins(document, actions)
    run = Run(origins.root, strict=strict, where=lambda at: str(origins.origin(at).place))
    for number, action in enumerate(actions):
        origins.now = number
        origins.note_copy(action)
        run.perform(action)
    return origins, run.faults


class _Object(dict[str, Any]):
    """An object of a traced document."""

    __slots__ = ("_mark", "_trace", "removals", "written")

    def __init__(self, trace: Origins, mark: _Mark, members: dict[str, Json]) -> None:
        self._trace = trace
        self._mark = mark
        self.written: dict[str, int] = {}
        self.removals: dict[str, int] = {}
        below = mark
        for name, value in members.items():
            if isinstance(mark, tuple):
                below = (*mark, name)
            super().__setitem__(name, trace.adopt(value, below))

    @property
    def removed(self) -> int:
        return max(self.removals.values(), default=-1)

    def mark(self, name: str) -> _Mark:
        if name in self.written:
            return self.written[name]
        return (*self._mark, name) if isinstance(self._mark, tuple) else self._mark

    def __setitem__(self, name: str, value: Json) -> None:
        now = self._trace.now
        self.written[name] = now
        super().__setitem__(name, self._trace.adopt(value, now))

    def __delitem__(self, name: str) -> None:
        self.removals[name] = self._trace.now
        super().__delitem__(name)


class _Array(list[Any]):
    """An array of a traced document."""

    __slots__ = ("_trace", "marks", "removals")

    def __init__(self, trace: Origins, mark: _Mark, items: list[Json]) -> None:
        self._trace = trace
        self.removals: list[int] = []
        self.marks: list[_Mark] = [
            (*mark, index) if isinstance(mark, tuple) else mark for index in range(len(items))
        ]
        super().__init__(map(trace.adopt, items, self.marks))

    @property
    def removed(self) -> int:
        return max(self.removals, default=-1)

    def append(self, value: Json) -> None:
        now = self._trace.now
        self.marks.append(now)
        super().append(self._trace.adopt(value, now))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.marks[index] = self._trace.now
        super().__setitem__(index, value)

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        self.removals.append(self._trace.now)
        del self.marks[index]
        super().__delitem__(index)


def _numbers(mark: _Mark, node: Json) -> Iterator[int]:
    """Yield the number of every action that wrote a node or something in it; -1 for the spec."""
    yield mark if isinstance(mark, int) else -1
    if isinstance(node, _Object):
        yield node.removed
        for name, member in node.items():
            yield from _numbers(node.mark(name), member)
    elif isinstance(node, _Array):
        yield node.removed
        for item_mark, item in zip(node.marks, node, strict=True):
            yield from _numbers(item_mark, item)
