"""Each pair of ``pairs/`` is judged as its label says, in both directions."""

from __future__ import annotations

import pytest

from pipeline.diff.change import Change
from pipeline.diff.compare import find_changes
from tests.diff.reading import Step, list_steps, read_pairs

STEPS = list_steps(read_pairs())


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_pair_is_judged_as_labelled(step: Step) -> None:
    """The verdict, the number of changes, the names, the directions and operations are those."""
    changes = find_changes(step.old, step.new)
    pair = step.pair
    assert find_verdict(changes) == step.verdict, _tell(changes)
    assert pair.least <= len(changes) <= pair.most, _tell(changes)
    text = "\n".join(_describe(change) for change in changes)
    assert [name for name in pair.names if changes and name not in text] == [], text
    if changes and pair.sides is not None:
        assert {side for change in changes for side in change.directions} == set(pair.sides)
    if changes and pair.operations is not None:
        reached = {operation for change in changes for operation in change.operations}
        assert reached == set(pair.operations)


def test_nothing_breaking_is_called_compatible() -> None:
    """Over all pairs and both directions, what breaks callers is never compatible, nor missed."""
    breaking = [step for step in STEPS if step.verdict == "breaking"]
    missed = [
        f"{step.name}: {verdict}"
        for step in breaking
        if (verdict := find_verdict(find_changes(step.old, step.new))) in ("compatible", "none")
    ]
    assert len(breaking) >= 150
    assert missed == []


def find_verdict(changes: list[Change]) -> str:
    """Name the worst of the changes, or that there is none."""
    return str(max(change.severity for change in changes)) if changes else "none"


def _tell(changes: list[Change]) -> str:
    return "\n".join(f"{change.severity} {change.rule}: {_describe(change)}" for change in changes)


def _describe(change: Change) -> str:
    pointers = [spot.pointer for spot in (change.old, change.new) if spot]
    return " ".join([change.what, *pointers]).replace("~1", "/")
