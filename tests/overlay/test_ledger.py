"""What each action of an overlay is worth over a new document from upstream."""

from __future__ import annotations

import pytest

from pipeline.faults import BadInput
from pipeline.overlay.apply import Run
from pipeline.overlay.ledger import judge_actions
from tests.overlay.applying import document_of, overlay_with
from tests.overlay.ledger_cases import CASES, Case, remove, update


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_action_is_judged(case: Case) -> None:
    """Every action has the state and the note that its nodes in both documents call for."""
    overlay = overlay_with(*case.actions, version=case.version)
    entries = judge_actions(document_of(case.old), document_of(case.new), [overlay])
    assert [(entry.state, entry.note) for entry in entries] == case.expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nothing_happens_to_what_upstream_left_alone(case: Case) -> None:
    """Over the old document itself, an action that does something is needed, without a word."""
    overlay = overlay_with(*case.actions, version=case.version)
    old = document_of(case.old)
    for outcome, entry in zip(outcomes(case), judge_actions(old, old, [overlay]), strict=True):
        if outcome:
            assert (entry.state, entry.note) == ("needed", "")
        else:
            assert entry.state != "needed"


def outcomes(case: Case) -> list[bool]:
    """Return of each action whether strict application to the old document is pleased with it."""
    pleased: list[bool] = []
    run = Run(document_of(case.old).value, strict=True)
    for action in overlay_with(*case.actions, version=case.version).actions:
        before = len(run.faults)
        run.perform(action)
        pleased.append(len(run.faults) == before)
    return pleased


def test_an_entry_names_the_action() -> None:
    """An entry has the place of the action, its target on one line, and its reason."""
    action = update("$.p\n.a", 1) | {"description": "Since\nit is so."}
    (entry,) = judge_actions(document_of({"p": {}}), document_of({"p": {}}), [overlay_with(action)])
    assert (entry.place.file, entry.place.line) == ("overlay.json", 1)
    assert (entry.target, entry.reason) == ("$.p .a", "Since it is so.")


def test_overlays_are_judged_in_order() -> None:
    """An overlay is judged on what the overlays before it left, of whatever version."""
    first = overlay_with(update("$", {"a": {}}), version="1.0.0")
    second = overlay_with(update("$.a", {"b": 1}))
    old, new = document_of({"x": 1}), document_of({"x": 2})
    assert [entry.state for entry in judge_actions(old, new, [first, second])] == ["needed"] * 2
    alone = judge_actions(old, new, [second])
    assert [entry.state for entry in alone] == ["unmatched"]


def test_documents_stay_as_they_were() -> None:
    """Judging changes neither document."""
    old, new = document_of({"a": {"b": [1]}}), document_of({"a": {"b": [2]}})
    judge_actions(old, new, [overlay_with(update("$.a.b", [3]), remove("$.a"))])
    assert (old.value, new.value) == ({"a": {"b": [1]}}, {"a": {"b": [2]}})


@pytest.mark.parametrize("side", [0, 1])
def test_a_document_that_is_no_object_is_refused(side: int) -> None:
    """Both documents must be API descriptions."""
    documents = [document_of({}, "good.json"), document_of({}, "good.json")]
    documents[side] = document_of([], "bad.json")
    with pytest.raises(BadInput, match=r"bad\.json:1:1: is no API description"):
        judge_actions(*documents, [])
