"""What holds for any actions on any document."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import parse_document
from pipeline.faults import BadInput, Fault
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.merge import same
from pipeline.overlay.query import compile_query, select
from pipeline.overlay.read import Overlay, overlay_of
from pipeline.overlay.trace import trace_origins

NAMES = st.sampled_from("ab")
VALUES = st.recursive(
    st.sampled_from([None, 0, 1, True, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=2)
PATHS = st.sampled_from(
    [
        "$",
        "$.a",
        "$.b",
        "$.*",
        "$.a.*",
        "$..a",
        "$..b",
        "$..*",
        "$..[0]",
        "$..[0,-1]",
        "$..[::2]",
        "$[?@.a]",
        "$..[?@==1]",
        "$.a[1:]",
        "$['a','b']",
        "$.a['a','a']",
        "$..[?@[0]]",
    ]
)
ACTIONS = st.one_of(
    st.fixed_dictionaries({"target": PATHS, "update": VALUES}),
    st.fixed_dictionaries({"target": PATHS, "copy": PATHS}),
    st.fixed_dictionaries({"target": PATHS, "remove": st.booleans()}),
)


def overlay_with(actions: list[dict[str, Any]], minor: int = 1) -> Overlay:
    numbered = [{**action, "x-number": number} for number, action in enumerate(actions)]
    info = {"title": "Test", "version": "1"}
    text = json.dumps({"overlay": f"1.{minor}.0", "info": info, "actions": numbered})
    return overlay_of(parse_document(text, "o.json"))


def containers(value: Any) -> list[int]:
    """Return the identity of every object and array in a value."""
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [id(value), *(each for member in inner for each in containers(member))]


@given(OBJECTS, st.lists(ACTIONS, min_size=1, max_size=5), st.booleans())
def test_any_actions_succeed_whole_or_are_refused(
    spec: Any, actions: list[dict[str, Any]], strict: bool
) -> None:
    """Inputs stay, nothing is shared, tracing agrees, and each refusal names both places."""
    document = parse_document(json.dumps(spec), "s.json")
    overlay = overlay_with(actions)
    before = copy.deepcopy((document.value, overlay.document.value))
    faults: Sequence[Fault] = ()
    result: Any = None
    try:
        result = apply_overlays(document, [overlay], strict=strict).value
    except BadInput as refusal:
        faults = refusal.faults
    for fault in faults:
        assert str(fault).startswith("o.json:1:")
        assert "json:1:" in fault.message
    if not faults:
        assert same(trace_origins(document, [overlay]).root, result)
        identities = containers(result)
        assert len(identities) == len(set(identities))
        assert not set(identities) & set(containers([document.value, overlay.document.value]))
    assert same([document.value, overlay.document.value], list(before))


@given(OBJECTS, PATHS.filter(lambda path: path != "$"), st.sampled_from([0, 1]))
def test_a_removal_leaves_all_that_was_not_selected(spec: Any, path: str, minor: int) -> None:
    """What is left are the nodes that were neither selected nor in one that was."""
    selected = {match.location for match in select(compile_query(path), spec)}

    def left(value: Any, location: tuple[Any, ...]) -> Any:
        if isinstance(value, dict):
            return {
                name: left(member, (*location, name))
                for name, member in value.items()
                if (*location, name) not in selected
            }
        if isinstance(value, list):
            return [
                left(item, (*location, index))
                for index, item in enumerate(value)
                if (*location, index) not in selected
            ]
        return value

    document = parse_document(json.dumps(spec), "s.json")
    overlay = overlay_with([{"target": path, "remove": True}], minor)
    assert same(apply_overlays(document, [overlay]).value, left(spec, ()))
