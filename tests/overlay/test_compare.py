"""The overlay that turns one document into another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document import Document, parse_document, render_json
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.compare import compare, find_actions
from pipeline.overlay.merge import same
from pipeline.overlay.read import overlay_of
from pipeline.yaml_writer import render_yaml


def document_of(value: Any, path: str = "old.json") -> Document:
    return parse_document(json.dumps(value), path)


def arrives(old: Any, new: Any) -> bool:
    """Tell whether the overlay between two documents, written and read again, does its work."""
    overlay = compare(document_of(old), document_of(new, "new.json"))
    if overlay is None:
        return same(old, new)
    for text, path in ((render_yaml(overlay), "o.yaml"), (render_json(overlay), "o.json")):
        read = overlay_of(parse_document(text, path))
        if not same(apply_overlays(document_of(old), [read]).value, new):
            return False
    return not same(old, new)


KEYS = st.one_of(
    st.sampled_from(["", "a", "b", "c", "$ref", "x-a", "'", '"', "\\", "a.b", "on", "1", "~"]),
    st.text(max_size=4),
)
PRIMITIVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, 1.0, 0.5, 1e300, 2**70]),
    st.sampled_from(
        ["", "a", "1", "true", "null", "on", "012", "2020-01-01", " ", "a\nb", "\u2028"]
    ),
    st.text(max_size=4),
)
VALUES = st.recursive(
    PRIMITIVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)
CLOSE_KEYS = st.sampled_from("ab")
CLOSE_VALUES = st.recursive(
    st.sampled_from([0, 1, True, None, "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CLOSE_KEYS, inner, max_size=2),
    max_leaves=12,
)
CLOSE_OBJECTS = st.dictionaries(CLOSE_KEYS, CLOSE_VALUES, max_size=2)


@given(OBJECTS, OBJECTS)
def test_any_object_can_be_turned_into_any_other(old: Any, new: Any) -> None:
    """The overlay between two random documents turns one into the other."""
    assert arrives(old, new)


@given(CLOSE_OBJECTS, CLOSE_OBJECTS)
def test_any_object_can_be_turned_into_one_that_is_close(old: Any, new: Any) -> None:
    """So it does between documents that have much in common, down to single items."""
    assert arrives(old, new)


@given(OBJECTS)
def test_a_document_equals_itself_in_any_order(value: Any) -> None:
    """Between a document and itself, keys in reverse, there is nothing to do."""

    def reversed_keys(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: reversed_keys(value[key]) for key in reversed(value)}
        return [reversed_keys(item) for item in value] if isinstance(value, list) else value

    assert compare(document_of(value), document_of(reversed_keys(value))) is None


UPDATE, REMOVE = "update", "remove"

CASES = {
    "members are changed and added in one action": (
        {"info": {"title": "T", "x": 1}},
        {"info": {"title": "U", "x": 1, "y": None}},
        [{"target": "$['info']", "update": {"title": "U", "y": None}}],
    ),
    "members are removed in one action": (
        {"a": 1, "b": 2, "c": 3},
        {"b": 2},
        [{"target": "$['a', 'c']", "remove": True}],
    ),
    "items are added at the end": (
        {"tags": ["a"]},
        {"tags": ["a", "b", ["c"]]},
        [{"target": "$['tags']", "update": ["b", ["c"]]}],
    ),
    "items are removed": (
        {"tags": ["a", "b", "c", "d"]},
        {"tags": ["b", "d"]},
        [{"target": "$['tags'][0, 2]", "remove": True}],
    ),
    "an item is edited in its place": (
        {"p": [{"name": "a", "in": "query", "x": 1}, {"name": "b", "in": "query", "x": 1}]},
        {"p": [{"name": "a", "in": "query", "x": 1}, {"name": "b", "in": "query", "x": 2}]},
        [{"target": "$['p'][1]", "update": {"x": 2}}],
    ),
    "small items are edited too": (
        {"p": [{"n": 1, "x": 1}, {"n": 2, "x": 1}]},
        {"p": [{"n": 1, "x": 2}, {"n": 2, "x": 2}]},
        [
            {"target": "$['p'][0]", "update": {"x": 2}},
            {"target": "$['p'][1]", "update": {"x": 2}},
        ],
    ),
    "an item is edited where it comes to stand": (
        {"p": [{"name": "a", "in": "q"}, {"name": "b", "in": "q", "x": {"y": 1, "z": 2}}]},
        {"p": [{"name": "b", "in": "q", "x": {"y": 3}}]},
        [
            {"target": "$['p'][1]['x']['z']", "remove": True},
            {"target": "$['p'][0]", "remove": True},
            {"target": "$['p'][0]['x']", "update": {"y": 3}},
        ],
    ),
    "a primitive item is replaced": (
        {"a": [1, 2, 3]},
        {"a": [1, 4, 3]},
        [{"target": "$['a'][1]", "update": 4}],
    ),
    "an array that shares nothing is put back new": (
        {"a": {"e": ["p", "q", "r", "s"], "k": 1}},
        {"a": {"e": [], "k": 1}},
        [
            {"target": "$['a']['e']", "remove": True},
            {"target": "$['a']", "update": {"e": []}},
        ],
    ),
    "another kind is removed and added": (
        {"a": {"b": 1}},
        {"a": [1]},
        [{"target": "$['a']", "remove": True}, {"target": "$", "update": {"a": [1]}}],
    ),
    "everything goes": ({"a": 1}, {}, [{"target": "$['a']", "remove": True}]),
    "true is not one": ({"a": 1}, {"a": True}, [{"target": "$", "update": {"a": True}}]),
    "one is not 1.0": ({"a": 1}, {"a": 1.0}, [{"target": "$", "update": {"a": 1.0}}]),
    "an empty object is not an empty array": (
        {"a": {}},
        {"a": []},
        [{"target": "$['a']", "remove": True}, {"target": "$", "update": {"a": []}}],
    ),
    "names are quoted": (
        {"it's": {"\n": {"\\": {"é\"": {"": 1}}}}},
        {"it's": {"\n": {"\\": {"é\"": {"": 2}}}}},
        [{"target": "$['it\\'s']['\\n']['\\\\']['é\"']", "update": {"": 2}}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "actions"), CASES.values(), ids=CASES)
def test_actions_are_few_and_plain(old: Any, new: Any, actions: list[Any]) -> None:
    """The overlay says what changed with few actions at normalized paths."""
    written = json.loads(json.dumps(list(find_actions(old, new))))
    assert same(written, actions)
    assert arrives(old, new)


def test_long_arrays_are_matched_by_equal_items() -> None:
    """In arrays too long to try every pair, items that are equal still stay."""
    old = {"a": list(range(100))}
    new = {"a": [*range(0, 100, 2), "end"]}
    odd = ", ".join(str(index) for index in range(1, 100, 2))
    assert list(find_actions(old, new)) == [
        {"target": f"$['a'][{odd}]", "remove": True},
        {"target": "$['a']", "update": ["end"]},
    ]
    assert arrives(old, new)


@given(st.lists(st.integers(), unique=True, min_size=6, max_size=12), st.integers(0, 2**12))
def test_items_that_can_stay_do(items: list[int], chosen: int) -> None:
    """Where a new array keeps old items in order and adds others, only the difference is said."""
    old, added = items[:-2], items[-2:]
    kept = [item for index, item in enumerate(old) if chosen >> index & 1]
    actions = list(find_actions({"a": old, "b": 0}, {"a": kept + added, "b": 0}))
    if len(kept) >= len(old) / 2:
        assert actions[-1] == {"target": "$['a']", "update": added}
        assert len(actions) == (1 if kept == old else 2)
    assert arrives({"a": old}, {"a": kept + added})


def test_documents_as_deep_as_may_be_are_compared() -> None:
    """The deepest document that can be read can be compared, and its overlay applied."""
    old: Any = 1
    new: Any = 2
    for level in range(190):
        old, new = ([old], [new]) if level % 2 else ({"a": old}, {"a": new})
    assert arrives({"a": old}, {"a": new})


def test_the_overlay_is_named_for_its_documents() -> None:
    """The overlay is 1.1.0 and its title names both files."""
    assert compare(document_of({}, "a.json"), document_of({"x": 1}, "b.json")) == {
        "overlay": "1.1.0",
        "info": {"title": "What turns a.json into b.json", "version": "1.0.0"},
        "actions": [{"target": "$", "update": {"x": 1}}],
    }


@pytest.mark.parametrize(("old", "new", "path"), [([], {}, "old"), ({}, 1, "new")])
def test_roots_are_objects(old: Any, new: Any, path: str) -> None:
    """A document whose root is no object is refused, by its name."""
    with pytest.raises(BadInput) as caught:
        compare(document_of(old, "old.json"), document_of(new, "new.json"))
    assert str(caught.value).startswith(f"{path}.json:1:1: is no API description: its root is a")
