"""What JSONPath selects, by RFC 9535, and how locations are written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.overlay.query import QueryError, compile_query, nearest, normalized, select

SELECTIONS = {
    "$": ({"a": 1}, ["$"]),
    "$.*": ({"a": 1, "b": [2]}, ["$['a']", "$['b']"]),
    "$..a": ({"a": {"b": [{"a": 1}]}}, ["$['a']", "$['a']['b'][0]['a']"]),
    "$[0, 0, -1]": ([1], ["$[0]"]),
    "$[3:0:-2]": ([0, 1, 2, 3], ["$[3]", "$[1]"]),
    "$[::0]": ([0, 1], []),
    "$[?@]": ([0, False, "", None, [], {}], ["$[0]", "$[1]", "$[2]", "$[3]", "$[4]", "$[5]"]),
    "$[?!@.a]": ([{"a": False}, {}], ["$[1]"]),
    "$[?@.a == null]": ([{"a": None}, {}], ["$[0]"]),
    "$[?@ == true]": ([1, True], ["$[1]"]),
    "$[?@ == 1]": ([1, True, 1.0, "1"], ["$[0]", "$[2]"]),
    "$[?@ > 1 && @ < 3]": ([1, 2, 3], ["$[1]"]),
    "$[?count(@) == 1]": ([0, [1, 2]], ["$[0]", "$[1]"]),
    "$[?length(@) == 2]": (["ab", [1, 2], {"a": 1}, 2], ["$[0]", "$[1]"]),
    "$[?match(@, 'a.')]": (["ab", "abc"], ["$[0]"]),
    "$[?search(@, 'b')]": (["ab", "c", 1], ["$[0]"]),
    "$.a[?@.b == $.k]": ({"k": 1, "a": [{"b": 1}, {"b": 2}]}, ["$['a'][0]"]),
    "$[?@.$ref]": ({}, None),
    "$[?@['$ref']]": ([{"$ref": "#/a"}], ["$[0]"]),
}


@pytest.mark.parametrize(("expression", "case"), SELECTIONS.items())
def test_a_query_selects_by_the_standard(expression: str, case: tuple[Any, Any]) -> None:
    """Each query selects what RFC 9535 says, each node once, or is refused."""
    value, paths = case
    if paths is None:
        with pytest.raises(QueryError):
            compile_query(expression)
    else:
        matches = select(compile_query(expression), value)
        assert [normalized(match.location) for match in matches] == paths


def test_a_match_knows_its_value_and_what_holds_it() -> None:
    """The holder is the very object in the document; the root has none."""
    document: Any = {"a": [1, 2]}
    (match,) = select(compile_query("$.a[1]"), document)
    assert (match.value, match.location) == (2, ("a", 1))
    assert match.holder is document["a"]
    (root,) = select(compile_query("$"), document)
    assert (root.holder, root.location) == (None, ())


@given(st.lists(st.text(max_size=5) | st.integers(0, 3), max_size=4))
def test_a_normalized_path_selects_its_location(steps: list[str | int]) -> None:
    """Whatever names are made of, the written path selects exactly that node."""
    document: Any = None
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [document] * (step + 1)
    (match,) = select(compile_query(normalized(tuple(steps))), document)
    assert match.location == tuple(steps)


NEAREST = {
    "$.a.b.c": ("a", "b"),
    "$.a.x.c": ("a",),
    "$.x.y": (),
    "$.a[?@.none].c": ("a",),
    "$..none": (),
    "$.a.l[5]": ("a", "l"),
}


@pytest.mark.parametrize(("expression", "location"), NEAREST.items())
def test_the_nearest_node_is_the_end_of_what_is_known(
    expression: str, location: tuple[str | int, ...]
) -> None:
    """For a query that selects nothing, the nearest node is where its longest part ends."""
    assert nearest(compile_query(expression), {"a": {"b": {}, "l": [1]}}) == location
