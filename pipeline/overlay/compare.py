"""Write the overlay that turns one document into another, equal up to key order.

The standard can replace no array and delete by no null, so there are three means: take a node
out, merge members into an object, add entries to the end of an array. What cannot be edited with
those is taken out and put back new. All removals come first, deepest first, at the places of the
old document; all updates follow, at the places of the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.document import Document
from pipeline.overlay.apply import require_object
from pipeline.overlay.merge import same
from pipeline.overlay.query import normalized, selector
from pipeline.values import Json, Location, is_array, is_object, kind

MAX_PAIRS = 2_500
"""Arrays with more pairs of entries than this are matched by equal entries alone."""


def compare(old: Document, new: Document) -> Json:
    """Return an Overlay 1.1.0 that turns ``old`` into ``new``, or None when they are equal.

    Raises BadInput unless both roots are objects.
    """
    require_object(old)
    require_object(new)
    actions = list(find_actions(old.value, new.value))
    if not actions:
        return None
    title = f"What turns {old.path} into {new.path}"
    return {
        "overlay": "1.1.0",
        "info": {"title": title, "version": "1.0.0"},
        "actions": actions,
    }


def find_actions(old: dict[str, Json], new: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the actions that turn the object ``old`` into ``new``; none when they are equal."""
    plan = _plan_object(old, new)
    yield from _removals(plan, ())
    yield from _updates(plan, ())


@dataclass(slots=True)
class _Plan:
    """How to edit one node in place; ``cost`` is about the number of lines it takes to say so."""

    cost: int = 0
    removed: list[str | int] = field(default_factory=list[str | int])
    update: list[Json] = field(default_factory=list[Json])
    """Nothing, or the one value to merge into the node."""
    inside: list[tuple[str | int, str | int, _Plan]] = field(
        default_factory=list[tuple[str | int, str | int, "_Plan"]]
    )
    """What to edit below: the step there before any edit, the step after all removals, the plan."""

    def merge(self, value: Json) -> None:
        self.update = [value]
        self.cost += 1 + _size(value)

    def remove(self, step: str | int) -> None:
        self.removed.append(step)
        self.cost += 1

    def edit(self, before: str | int, after: str | int, plan: _Plan) -> None:
        if plan.cost:
            self.inside.append((before, after, plan))
            self.cost += plan.cost


def _plan(old: Json, new: Json) -> _Plan | None:
    """Return how to edit ``old`` into ``new``, or None when their kinds differ."""
    if kind(old) != kind(new):
        return None
    if is_object(old):
        return _plan_object(old, new)
    if is_array(old):
        return _plan_array(old, new)
    plan = _Plan()
    if not same(old, new):
        plan.merge(new)
    return plan


def _plan_object(old: dict[str, Json], new: dict[str, Json]) -> _Plan:
    plan = _Plan()
    members: dict[str, Json] = {}
    for name, value in old.items():
        if name not in new:
            plan.remove(name)
            continue
        edit = _plan(value, new[name])
        if edit and not edit.cost:
            continue
        if edit and kind(value) == "primitive":
            members[name] = new[name]
        elif edit and edit.cost <= _size(new[name]) + 2:
            plan.edit(name, name, edit)
        else:
            plan.remove(name)
            members[name] = new[name]
    members.update((name, value) for name, value in new.items() if name not in old)
    if members:
        plan.merge(members)
    return plan


def _plan_array(old: list[Json], new: list[Json]) -> _Plan:
    """Keep some entries in order, edited where needed; take out the others; add what is left."""
    plan = _Plan()
    kept = _cheapest_pairs(old, new)
    staying = {before for before, _, _ in kept}
    for before, after, edit in kept:
        plan.edit(before, after, edit)
    for index in range(len(old)):
        if index not in staying:
            plan.remove(index)
    if len(new) > len(kept):
        plan.merge(new[len(kept) :])
    return plan


def _cheapest_pairs(old: list[Json], new: list[Json]) -> list[tuple[int, int, _Plan]]:
    """Match entries of ``old``, in order, with the first entries of ``new``, at the least cost."""
    start = 0
    while start < min(len(old), len(new)) and same(old[start], new[start]):
        start += 1
    pairs = [(index, index, _Plan()) for index in range(start)]
    rows, columns = len(old) - start, len(new) - start
    if rows * columns > MAX_PAIRS:
        return pairs + _equal_pairs(old, new, start)

    plans: dict[tuple[int, int], _Plan] = {}
    # costs[i][j]: of the first i open entries of old, j became the first j open entries of new.
    costs = [[float("inf")] * (columns + 1) for _ in range(rows + 1)]
    costs[0][0] = 0
    for i in range(rows):
        for j in range(min(i, columns) + 1):
            costs[i + 1][j] = min(costs[i + 1][j], costs[i][j] + 1)
            if j < columns and (edit := _plan(old[start + i], new[start + j])):
                plans[i, j] = edit
                costs[i + 1][j + 1] = costs[i][j] + edit.cost

    added = [0] * (columns + 1)
    for j in reversed(range(columns)):
        added[j] = added[j + 1] + _size(new[start + j])
    j = min(range(columns + 1), key=lambda count: costs[rows][count] + added[count])
    chosen: list[tuple[int, int, _Plan]] = []
    for i in reversed(range(rows)):
        edit = plans.get((i, j - 1))
        if edit and costs[i + 1][j] == costs[i][j - 1] + edit.cost:
            j -= 1
            chosen.append((start + i, start + j, edit))
    return pairs + chosen[::-1]


def _equal_pairs(old: list[Json], new: list[Json], start: int) -> list[tuple[int, int, _Plan]]:
    pairs: list[tuple[int, int, _Plan]] = []
    after = start
    for before in range(start, len(old)):
        if after < len(new) and same(old[before], new[after]):
            pairs.append((before, after, _Plan()))
            after += 1
    return pairs


def _removals(plan: _Plan, location: Location) -> Iterator[dict[str, Json]]:
    # What lies below goes first: taking out entries of an array moves those behind them.
    for before, _, edit in plan.inside:
        yield from _removals(edit, (*location, before))
    if plan.removed:
        steps = ", ".join(map(selector, plan.removed))
        yield {"target": f"{normalized(location)}[{steps}]", "remove": True}


def _updates(plan: _Plan, location: Location) -> Iterator[dict[str, Json]]:
    if plan.update:
        yield {"target": normalized(location), "update": plan.update[0]}
    for _, after, edit in plan.inside:
        yield from _updates(edit, (*location, after))


def _size(value: Json) -> int:
    if is_object(value):
        return 1 + sum(map(_size, value.values()))
    if is_array(value):
        return 1 + sum(map(_size, value))
    return 1
