"""What is known of redocly's verdicts belongs to the table, and nothing else passes."""

from __future__ import annotations

from tests.diff.reading import list_steps, read_pairs
from tests.peers.redocly import find_faults, read_differences

STEPS = list_steps(read_pairs())
KNOWN = read_differences()
ANSWER = {"breaking": "breaking", "dangerous": "breaking", "compatible": "compatible"}
AGREEING = {step.name: ANSWER.get(step.verdict, "compatible") for step in STEPS}


def test_known_differences_are_all_that_pass() -> None:
    """Where redocly answers as the differences say, and elsewhere as we do, there is no fault."""
    assert find_faults(STEPS, {**AGREEING, **KNOWN}, KNOWN) == []


def test_unexplained_difference_is_a_fault() -> None:
    """A verdict that differs without a reason is named, with both verdicts."""
    step = next(step for step in STEPS if step.verdict == "breaking" and step.name not in KNOWN)
    said = {**AGREEING, **KNOWN, step.name: "compatible"}
    message = "redocly says compatible, we breaking: correct the label or say why"
    assert find_faults(STEPS, said, KNOWN) == [f"{step.name}: {message}"]


def test_reason_without_a_difference_is_a_fault() -> None:
    """Where redocly came to agree, and where the table lost a step, the reason has to go."""
    name = next(iter(KNOWN))
    said = {**AGREEING, **KNOWN, name: AGREEING[name]}
    assert find_faults(STEPS, said, {**KNOWN, "gone": "breaking"}) == [
        f"{name}: redocly agrees now: remove the difference",
        "gone: there is no such step: remove the difference",
    ]


def test_missing_verdict_is_a_fault() -> None:
    """A pair on which redocly fails does not count as one on which it agrees."""
    said = {**AGREEING, **KNOWN}
    name = STEPS[0].name
    del said[name]
    assert find_faults(STEPS, said, KNOWN) == [f"{name}: redocly ended without a verdict"]
