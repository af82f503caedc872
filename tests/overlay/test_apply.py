"""What holds for overlays as a whole: their order, their inputs and their outcomes."""

from __future__ import annotations

import copy

import pytest

from pipeline.document import parse_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.merge import Effect
from pipeline.overlay.read import overlay_of
from tests.overlay.applying import applied, document_of, overlay_with


def test_an_action_may_do_nothing() -> None:
    """An action with a target alone is valid and changes nothing."""
    assert applied({"a": 1}, {"target": "$.a"}) == {"a": 1}


def test_actions_see_what_earlier_ones_did() -> None:
    """Actions, and overlays, run strictly in order, each on the result of the last."""
    first = overlay_with(
        {"target": "$", "update": {"a": {}}}, {"target": "$.a", "update": {"b": 1}}
    )
    second = overlay_with({"target": "$.a.b", "update": 2})
    assert apply_overlays(document_of({}), [first, second]).value == {"a": {"b": 2}}


def test_inputs_stay_as_they_were() -> None:
    """Neither the document nor the overlay changes, and the result shares nothing with them."""
    document = document_of({"a": {"b": []}, "c": [1]})
    overlay = overlay_with(
        {"target": "$.a", "update": {"b": [{"x": []}], "d": {"e": {}}}},
        {"target": "$.c[0]", "remove": True},
    )
    before = copy.deepcopy((document.value, overlay.document.value))
    result = apply_overlays(document, [overlay]).value
    result["a"]["b"][0]["x"].append(1)
    result["a"]["d"]["e"]["f"] = 1
    assert (document.value, overlay.document.value) == before


@pytest.mark.parametrize("spec_name", ["spec.json", "spec.yaml"])
@pytest.mark.parametrize("overlay_name", ["o.json", "o.yaml"])
def test_json_and_yaml_on_either_side(spec_name: str, overlay_name: str) -> None:
    """The form of the two files makes no difference."""
    spec = {"s.json": '{"a": {"b": 1}}', "s.yaml": "a:\n  b: 1\n"}["s." + spec_name[5:]]
    overlay = {
        "o.json": '{"overlay": "1.1.0", "info": {"title": "T", "version": "1"}, '
        '"actions": [{"target": "$.a", "update": {"on": "2020-01-01"}}]}',
        "o.yaml": "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n"
        "- target: $.a\n  update: {on: 2020-01-01}\n",
    }[overlay_name]
    result = apply_overlays(
        parse_document(spec, spec_name), [overlay_of(parse_document(overlay, overlay_name))]
    )
    assert result.value == {"a": {"b": 1, "on": "2020-01-01"}}


def test_outcomes_tell_what_each_action_did() -> None:
    """The result comes with the matches of every action and whether it changed anything."""
    overlay = overlay_with(
        {"target": "$.*", "update": {"x": 1}},
        {"target": "$.a", "update": {"x": 1}},
        {"target": "$.none", "remove": True},
    )
    outcomes = apply_overlays(document_of({"a": {}, "b": {}}), [overlay]).outcomes
    assert [(each.matched, each.changed, each.locations) for each in outcomes] == [
        (2, True, (("a",), ("b",))),
        (1, False, (("a",),)),
        (0, False, ()),
    ]
    assert [each.action.index for each in outcomes] == [0, 1, 2]


def test_a_repeated_entry_is_an_effect_of_its_own() -> None:
    """Adding an entry that an array has already changes the array and says nothing new."""
    overlay = overlay_with({"target": "$.a", "update": [1]}, {"target": "$.a", "update": [1, 2]})
    outcomes = apply_overlays(document_of({"a": [1]}), [overlay]).outcomes
    assert [(each.effect, each.changed) for each in outcomes] == [
        (Effect.REPEATED, True),
        (Effect.NEW, True),
    ]
