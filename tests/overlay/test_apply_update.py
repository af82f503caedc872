"""What an update does to objects, arrays and primitives."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.overlay.merge import same
from tests.overlay.applying import applied

MERGES = {
    "new names are added": ({"a": 1}, "$", {"b": 2}, {"a": 1, "b": 2}),
    "same names merge": ({"a": {"b": 1}}, "$", {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
    "a primitive replaces a primitive": ({"a": 1}, "$", {"a": "x"}, {"a": "x"}),
    "null replaces": ({"a": 1}, "$", {"a": None}, {"a": None}),
    "null is replaced": ({"a": None}, "$", {"a": 1}, {"a": 1}),
    "null does not delete": ({"a": 1, "b": 2}, "$", {"a": None}, {"a": None, "b": 2}),
    "zero replaces": ({"a": 1}, "$", {"a": 0}, {"a": 0}),
    "false replaces": ({"a": 1}, "$", {"a": False}, {"a": False}),
    "an empty text replaces": ({"a": "x"}, "$", {"a": ""}, {"a": ""}),
    "true replaces one": ({"a": 1}, "$", {"a": True}, {"a": True}),
    "a new name may hold null": ({}, "$", {"a": None}, {"a": None}),
    "a new name may hold an empty object": ({}, "$", {"a": {}}, {"a": {}}),
    "an array inside is concatenated": ({"a": [1]}, "$", {"a": [1, 2]}, {"a": [1, 1, 2]}),
    "an empty update changes nothing": ({"a": 1}, "$", {}, {"a": 1}),
    "a reference is data": (
        {"a": {"$ref": "#/b"}, "b": {"c": 1}}, "$.a", {"c": 2},
        {"a": {"$ref": "#/b", "c": 2}, "b": {"c": 1}},
    ),
    "a reference is not followed by a target": (
        {"a": {"$ref": "#/b"}, "b": {"c": 1}}, "$.a.c", 2, {"a": {"$ref": "#/b"}, "b": {"c": 1}},
    ),
    "an overlay's word on is text": ({"on": 1}, "$", {"on": 2}, {"on": 2}),
    "zero matches succeed": ({"a": 1}, "$.b", {"c": 1}, {"a": 1}),
    "a missing target is not made": ({"a": {}}, "$.a.b", {"c": 1}, {"a": {}}),
    "several objects": (
        {"a": {"x": {}, "y": {}}}, "$.a.*", {"z": 1}, {"a": {"x": {"z": 1}, "y": {"z": 1}}},
    ),
    "several arrays": ({"a": [[1], [2]]}, "$.a.*", [3], {"a": [[1, 3], [2, 3]]}),
    "an inner match is merged into as well": (
        {"a": {"a": {}}}, "$..a", {"x": 1}, {"a": {"a": {"x": 1}, "x": 1}},
    ),
    "nodes that the update adds are no matches": (
        {"a": {}}, "$..a", {"a": {"b": 1}}, {"a": {"a": {"b": 1}}},
    ),
    "a node selected twice is merged into once": ({"a": [[1]]}, "$.a[0, 0]", [2], {"a": [[1, 2]]}),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "target", "update", "expected"), MERGES.values(), ids=MERGES)
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_update_merges(spec: Any, target: str, update: Any, expected: Any, version: str) -> None:
    """An update merges as the standard says, in 1.0 as in 1.1."""
    if version == "1.0.0" and isinstance(update, list):
        update = update[0]  # in 1.0 an array target takes one entry
    result = applied(spec, {"target": target, "update": update}, version=version)
    assert same(result, expected)


ONLY_1_1 = {
    "an array is concatenated": ({"a": [1]}, "$.a", [2, 3], {"a": [1, 2, 3]}),
    "an object is appended": ({"a": [1]}, "$.a", {"b": 2}, {"a": [1, {"b": 2}]}),
    "a primitive is appended": ({"a": [1]}, "$.a", 2, {"a": [1, 2]}),
    "null is appended": ({"a": [1]}, "$.a", None, {"a": [1, None]}),
    "an array in an array is one entry": ({"a": [1]}, "$.a", [[2]], {"a": [1, [2]]}),
    "a primitive replaces a primitive": ({"a": 1}, "$.a", "x", {"a": "x"}),
    "a primitive replaces null": ({"a": None}, "$.a", 0, {"a": 0}),
    "null replaces a primitive": ({"a": 1}, "$.a", None, {"a": None}),
    "a primitive in an array": ({"a": [1, 2]}, "$.a[1]", 3, {"a": [1, 3]}),
    "several primitives": ({"a": [1, "x", None]}, "$.a[*]", 0, {"a": [0, 0, 0]}),
}


@pytest.mark.parametrize(("spec", "target", "update", "expected"), ONLY_1_1.values(), ids=ONLY_1_1)
def test_update_of_arrays_and_primitives(
    spec: Any, target: str, update: Any, expected: Any
) -> None:
    """Overlay 1.1 concatenates arrays, appends what is none, and replaces primitives."""
    assert same(applied(spec, {"target": target, "update": update}), expected)


@pytest.mark.parametrize("entry", [{"b": 1}, [2, 3], 4, None])
def test_overlay_1_0_appends_one_entry(entry: Any) -> None:
    """In Overlay 1.0 the update of an array is one entry, even when it is an array."""
    result = applied({"a": [1]}, {"target": "$.a", "update": entry}, version="1.0.0")
    assert same(result, {"a": [1, entry]})


def test_overlay_1_0_updates_objects_and_arrays_together() -> None:
    """Overlay 1.0 does not ask that all matches be of one kind."""
    action = {"target": "$.*", "update": {"x": 1}}
    assert applied({"a": {}, "b": []}, action, version="1.0.0") == {"a": {"x": 1}, "b": [{"x": 1}]}


def test_targets_do_not_share_the_update() -> None:
    """Changing what an update put in one place leaves its other places alone."""
    result = applied(
        {"a": {}, "b": {}},
        {"target": "$.*", "update": {"deep": {"list": [{}]}}},
        {"target": "$.a.deep.list[0]", "update": {"only": "a"}},
        {"target": "$.a.deep.list", "update": [2]},
    )
    assert result == {"a": {"deep": {"list": [{"only": "a"}, 2]}}, "b": {"deep": {"list": [{}]}}}
