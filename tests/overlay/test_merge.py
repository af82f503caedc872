"""When two values are the same, and that copies share nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.overlay.merge import Effect, append_items, copied, same
from pipeline.values import kind

PAIRS = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ([1, 2], [2, 1], False),
    ([1], [1, 1], False),
    ({"a": 1}, {"a": 1, "b": 1}, False),
    ({"a": {"b": [1]}}, {"a": {"b": [1]}}, True),
    ({"a": {"b": [1]}}, {"a": {"b": [True]}}, False),
    ({"a": 1}, {"a": True}, False),
    (0, False, False),
    (1, 1.0, False),
    ("1", 1, False),
    (None, None, True),
    (None, False, False),
    ({}, [], False),
    ([], {}, False),
    ({}, None, False),
    ("", None, False),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_same_is_equal_up_to_key_order(one: Any, other: Any, expected: bool) -> None:
    """Values are the same when kind, type and content are, whichever way round they are asked."""
    assert same(one, other) is expected
    assert same(other, one) is expected


def test_a_copy_shares_nothing() -> None:
    """Changing a copy at any depth leaves the original alone."""
    value: Any = {"a": [{"b": [1]}]}
    duplicate = copied(value)
    duplicate["a"][0]["b"].append(2)
    duplicate["a"].append(3)
    assert value == {"a": [{"b": [1]}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [({}, "object"), ([], "array"), (None, "primitive"), ("a", "primitive"), (0, "primitive")],
)
def test_null_is_a_primitive(value: Any, expected: str) -> None:
    """The standard tells objects, arrays and primitives apart, and counts null among the last."""
    assert kind(value) == expected


def test_an_entry_is_known_in_any_key_order() -> None:
    """An entry that an array has with its keys in another order is a repetition."""
    target: Any = [{"a": 1, "b": [True]}]
    assert append_items(target, [{"b": [True], "a": 1}]) is Effect.REPEATED
    assert append_items(target, [{"b": [1], "a": 1}]) is Effect.NEW
    assert append_items(target, []) is Effect.NOTHING
    assert len(target) == 3
