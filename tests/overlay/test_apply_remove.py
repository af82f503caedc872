"""What a removal takes out."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.overlay.merge import same
from tests.overlay.applying import applied

REMOVALS = {
    "a member": ({"a": 1, "b": 2}, "$.a", {"b": 2}),
    "an object in an array": ({"a": [{"n": 1}, {"n": 2}]}, "$.a[?@.n == 1]", {"a": [{"n": 2}]}),
    "a primitive in an array": ({"a": [1, 2, 3]}, "$.a[1]", {"a": [1, 3]}),
    "several items of one array": ({"a": [0, 1, 2, 3, 4]}, "$.a[0, 1, 3]", {"a": [2, 4]}),
    "items listed backwards": ({"a": [0, 1, 2, 3]}, "$.a[3, 0]", {"a": [1, 2]}),
    "a slice": ({"a": [0, 1, 2, 3, 4]}, "$.a[1:4]", {"a": [0, 4]}),
    "a slice with steps": ({"a": [0, 1, 2, 3, 4]}, "$.a[::2]", {"a": [1, 3]}),
    "a slice backwards": ({"a": [0, 1, 2, 3, 4]}, "$.a[::-2]", {"a": [1, 3]}),
    "the last item": ({"a": [0, 1, 2]}, "$.a[-1]", {"a": [0, 1]}),
    "all items": ({"a": [0, 1, 2]}, "$.a[*]", {"a": []}),
    "all members": ({"a": {"b": 1, "c": 2}}, "$.a.*", {"a": {}}),
    "equal items by their place": ({"a": [1, 1, 1, 2]}, "$.a[1]", {"a": [1, 1, 2]}),
    "an item selected twice, once": ({"a": [0, 1, 2]}, "$.a[0, 0]", {"a": [1, 2]}),
    "a match in a match": ({"a": {"a": {"b": 1}}, "c": 1}, "$..a", {"c": 1}),
    "matches in matches of one array": (
        {"a": [{"x": 1}, [{"x": 2}, {"x": 3}], {"y": 4}]}, "$.a..[?@.x || @[0]]", {"a": [{"y": 4}]},
    ),
    "null": ({"a": None, "b": 1}, "$.a", {"b": 1}),
    "nothing": ({"a": 1}, "$.b", {"a": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "target", "expected"), REMOVALS.values(), ids=REMOVALS)
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_remove_takes_out(spec: Any, target: str, expected: Any, version: str) -> None:
    """A removal takes out exactly the nodes that were selected before it began."""
    result = applied(spec, {"target": target, "remove": True}, version=version)
    assert same(result, expected)


def test_remove_false_removes_nothing() -> None:
    """``remove: false`` is the default, with and without an update."""
    plain = {"target": "$.a", "remove": False}
    update = {"target": "$.a", "remove": False, "update": {"b": 1}}
    assert applied({"a": {}}, plain) == {"a": {}}
    assert applied({"a": {}}, update) == {"a": {"b": 1}}


@pytest.mark.parametrize("other", [{"update": {"b": 1}}, {"copy": "$.c"}, {"update": [1]}])
def test_remove_beats_update_and_copy(other: dict[str, Any]) -> None:
    """With ``remove: true`` the node goes, whatever else the action says."""
    assert applied({"a": {}, "c": {}}, {"target": "$.a", "remove": True, **other}) == {"c": {}}
