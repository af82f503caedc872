"""What a copy takes, and where it puts it."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.overlay.merge import same
from tests.overlay.applying import applied

COPIES = {
    "an object merges": ("$.a", "$.b", {"a": {"x": 1, "y": 2}, "b": {"y": 2}}),
    "into several": ("$['a', 'b']", "$.c", {"a": {"x": 1, "z": 3}, "b": {"y": 2, "z": 3}}),
    "into a missing target makes nothing": ("$.none", "$.b", {}),
    "an array is concatenated": ("$.l", "$.m", {"l": [1, 2, 3]}),
    "a primitive replaces": ("$.p", "$.q", {"p": "q"}),
    "null replaces": ("$.p", "$.n", {"p": None}),
    "an object is appended": ("$.l", "$.b", {"l": [1, {"y": 2}]}),
    "an array onto itself doubles it": ("$.m", "$.m", {"m": [2, 3, 2, 3]}),
    "a source found twice is one node": ("$.p", "$['q', 'q']", {"p": "q"}),
}


@pytest.mark.parametrize(("target", "source", "changed"), COPIES.values(), ids=COPIES)
def test_copy(target: str, source: str, changed: dict[str, Any]) -> None:
    """A copy takes exactly one node of the document and merges it as an update would be."""
    spec = {"a": {"x": 1}, "b": {"y": 2}, "c": {"z": 3}, "l": [1], "m": [2, 3], "p": 1, "q": "q"}
    spec["n"] = None  # type: ignore[assignment]
    assert same(applied(spec, {"target": target, "copy": source}), {**spec, **changed})


def test_copy_of_the_whole_into_a_part() -> None:
    """The document copied into one of its members is the document as it was."""
    spec = {"a": {}, "b": 1}
    assert applied(spec, {"target": "$.a", "copy": "$"}) == {"a": {"a": {}, "b": 1}, "b": 1}


def test_copy_of_a_part_into_what_holds_it() -> None:
    """A member may be merged into the object that holds it."""
    spec = {"a": {"b": 1, "a": {"c": 2}}}
    assert applied(spec, {"target": "$", "copy": "$.a"}) == {
        "a": {"b": 1, "a": {"c": 2}, "c": 2},
        "b": 1,
    }


def test_a_copy_is_by_value() -> None:
    """What is done to the source after a copy does not reach the copy."""
    result = applied(
        {"a": {}, "b": {"c": {}}},
        {"target": "$.a", "copy": "$.b"},
        {"target": "$.b.c", "update": {"late": True}},
    )
    assert result == {"a": {"c": {}}, "b": {"c": {"late": True}}}


def test_move_is_update_copy_remove() -> None:
    """A node moves by making its place, copying it there and removing the old one."""
    result = applied(
        {"paths": {"/old": {"get": {"x": 1}}}},
        {"target": "$.paths", "update": {"/new": {}}},
        {"target": "$.paths['/new']", "copy": "$.paths['/old']"},
        {"target": "$.paths['/old']", "remove": True},
    )
    assert result == {"paths": {"/new": {"get": {"x": 1}}}}
