"""What each row and each trap of the standard comes down to when overlays are applied."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.merge import Effect, same
from pipeline.overlay.read import Overlay, overlay_of


def document_of(value: Any, path: str = "spec.json") -> Document:
    return parse_document(json.dumps(value), path)


def overlay_with(*actions: dict[str, Any], version: str = "1.1.0") -> Overlay:
    info = {"title": "Test", "version": "1"}
    text = json.dumps({"overlay": version, "info": info, "actions": actions})
    return overlay_of(parse_document(text, "overlay.json"))


def applied(value: Any, *actions: dict[str, Any], version: str = "1.1.0") -> Any:
    return apply_overlays(document_of(value), [overlay_with(*actions, version=version)]).value


def refused(spec: str, actions: str, *, version: str = "1.1.0", strict: bool = False) -> list[str]:
    """Apply actions given as YAML, the first on line 5, and return the faults."""
    head = f"overlay: {version}\ninfo: {{title: Test, version: '1'}}\n\nactions:\n"
    overlay = overlay_of(parse_document(head + actions, "o.yaml"))
    with pytest.raises(BadInput) as caught:
        apply_overlays(parse_document(spec, "spec.yaml"), [overlay], strict=strict)
    return str(caught.value).splitlines()


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


def test_an_action_may_do_nothing() -> None:
    """An action with a target alone is valid and changes nothing."""
    assert applied({"a": 1}, {"target": "$.a"}) == {"a": 1}


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


def test_actions_see_what_earlier_ones_did() -> None:
    """Actions, and overlays, run strictly in order, each on the result of the last."""
    first = overlay_with(
        {"target": "$", "update": {"a": {}}}, {"target": "$.a", "update": {"b": 1}}
    )
    second = overlay_with({"target": "$.a.b", "update": 2})
    assert apply_overlays(document_of({}), [first, second]).value == {"a": {"b": 2}}


def test_targets_do_not_share_the_update() -> None:
    """Changing what an update put in one place leaves its other places alone."""
    result = applied(
        {"a": {}, "b": {}},
        {"target": "$.*", "update": {"deep": {"list": [{}]}}},
        {"target": "$.a.deep.list[0]", "update": {"only": "a"}},
        {"target": "$.a.deep.list", "update": [2]},
    )
    assert result == {"a": {"deep": {"list": [{"only": "a"}, 2]}}, "b": {"deep": {"list": [{}]}}}


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


SPEC = """\
info:
  title: T
  contact: {name: N}
tags: [a, b]
paths:
  /x:
    get: {}
"""

FAULTS = {
    "object into primitive": (
        "- target: $\n  update:\n    info:\n      title:\n        short: T\n",
        (
            "o.yaml:8:7: merges an object into a primitive at $['info']['title'] (spec.yaml:2:3): "
            "remove that first, in an action before"
        ),
    ),
    "primitive into object": (
        "- target: $.info\n  update:\n    contact: N\n",
        (
            "o.yaml:7:5: merges a primitive into an object at $['info']['contact'] "
            "(spec.yaml:3:3): "
            "remove that first, in an action before"
        ),
    ),
    "null into array": (
        "- target: $\n  update:\n    tags:\n",
        (
            "o.yaml:7:5: merges a primitive into an array at $['tags'] (spec.yaml:4:1): "
            "remove that first, in an action before"
        ),
    ),
    "array into object": (
        "- target: $\n  update: {info: []}\n",
        (
            "o.yaml:6:12: merges an array into an object at $['info'] (spec.yaml:1:1): "
            "remove that first, in an action before"
        ),
    ),
    "array onto object": (
        "- target: $.info\n  update: [1]\n",
        (
            "o.yaml:6:3: merges an array into an object at $['info'] (spec.yaml:1:1): "
            "remove that first, in an action before"
        ),
    ),
    "object onto primitive": (
        "- target: $.info.title\n  update: {}\n",
        (
            "o.yaml:6:3: merges an object into a primitive at $['info']['title'] (spec.yaml:2:3): "
            "remove that first, in an action before"
        ),
    ),
    "update of mixed kinds": (
        "- target: $.*\n  update: {}\n",
        (
            "o.yaml:5:3: selects an object at $['info'] (spec.yaml:1:1) "
            "and an array at $['tags'] (spec.yaml:4:1): make one action for each kind"
        ),
    ),
    "copy to mixed kinds": (
        "- target: $.info.*\n  copy: $.paths\n",
        (
            "o.yaml:5:3: selects a primitive at $['info']['title'] (spec.yaml:2:3) and an object "
            "at $['info']['contact'] (spec.yaml:3:3): make one action for each kind"
        ),
    ),
    "copy of nothing": (
        "- target: $.info\n  copy: $.paths['/y'].get\n",
        (
            "o.yaml:6:3: copies no nodes beyond $['paths'] (spec.yaml:5:1) where exactly one is "
            "expected: correct the path"
        ),
    ),
    "copy of several": (
        "- target: $.info\n  copy: $.*\n",
        (
            "o.yaml:6:3: copies 3 nodes, the first at $['info'] (spec.yaml:1:1), where exactly one "
            "is expected: correct the path"
        ),
    ),
    "copy of another kind": (
        "- target: $.info\n  copy: $.tags\n",
        (
            "o.yaml:6:3: merges an array into an object at $['info'] (spec.yaml:1:1): "
            "remove that first, in an action before"
        ),
    ),
    "removal of the root": (
        "- target: $\n  remove: true\n",
        "o.yaml:5:3: removes the whole document at $ (spec.yaml:1:1): target what is in it",
    ),
}


@pytest.mark.parametrize(("actions", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_done_names_both_places(actions: str, fault: str) -> None:
    """An action that cannot be done is refused with its own place and that of the node."""
    assert refused(SPEC, actions) == [fault]


FAULTS_1_0 = {
    "primitive target": (
        "- target: $.info.title\n  update: x\n",
        (
            "o.yaml:5:3: updates a primitive at $['info']['title'] (spec.yaml:2:3), which 1.0 "
            "cannot: target the object that holds it, or declare overlay: 1.1.0"
        ),
    ),
    "primitive onto object": (
        "- target: $.info\n  update: x\n",
        (
            "o.yaml:6:3: merges a primitive into an object at $['info'] (spec.yaml:1:1): "
            "remove that first, in an action before"
        ),
    ),
}


@pytest.mark.parametrize(("actions", "fault"), FAULTS_1_0.values(), ids=FAULTS_1_0)
def test_what_overlay_1_0_cannot_do(actions: str, fault: str) -> None:
    """Overlay 1.0 updates objects and arrays only."""
    assert refused(SPEC, actions, version="1.0.0") == [fault]


def test_a_node_that_an_action_wrote_is_placed_there() -> None:
    """The place of a node that an earlier action wrote is that action's."""
    actions = "- target: $\n  update: {new: {deep: {}}}\n- target: $.new.deep\n  update: [1]\n"
    assert refused(SPEC, actions) == [
        (
            "o.yaml:8:3: merges an array into an object at $['new']['deep'] (o.yaml:6:18): "
            "remove that first, in an action before"
        )
    ]


def test_a_node_that_moved_up_is_placed_where_it_stands_in_the_file() -> None:
    """After a removal in its array, an item keeps its place in the file."""
    actions = "- target: $.tags[0]\n  remove: true\n- target: $.tags[0]\n  update: {}\n"
    assert refused(SPEC, actions) == [
        (
            "o.yaml:8:3: merges an object into a primitive at $['tags'][0] (spec.yaml:4:11): "
            "remove that first, in an action before"
        )
    ]


def test_one_run_reports_every_fault() -> None:
    """All actions that cannot be done are reported together, in order."""
    actions = "- target: $.info\n  update: {title: {}, contact: 1}\n- target: $.tags\n  copy: $.*\n"
    assert [line.split(": ")[0] for line in refused(SPEC, actions)] == [
        "o.yaml:6:12", "o.yaml:6:23", "o.yaml:8:3",
    ]  # fmt: skip


def test_a_root_that_is_no_object_is_refused() -> None:
    """An API description is an object."""
    with pytest.raises(BadInput) as caught:
        apply_overlays(parse_document("- 1\n", "s.yaml"), [overlay_with({"target": "$"})])
    assert (
        str(caught.value)
        == "s.yaml:1:1: is no API description: its root is an array, not an object"
    )


def test_copies_into_copies_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that doubles with every action is refused before it fills the memory."""
    monkeypatch.setattr("pipeline.overlay.apply.MAX_WRITTEN_VALUES", 1_000)
    doubling = [{"target": "$.a", "copy": "$.a", "x-n": n} for n in range(40)]
    with pytest.raises(BadInput) as caught:
        applied({"a": [1, 2, 3, 4]}, *doubling)
    assert str(caught.value).splitlines()[0] == (
        "overlay.json:1:403: writes more than 1,000 values, at $['a'] (spec.json:1:2): "
        "target less, or split the run"
    )


def test_as_many_values_as_may_be_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound itself is allowed; it counts every value at every target."""
    update = {"target": "$.*", "update": {"x": [1, 2]}}
    monkeypatch.setattr("pipeline.overlay.apply.MAX_WRITTEN_VALUES", 8)
    assert applied({"a": {}, "b": {}}, update) == {"a": {"x": [1, 2]}, "b": {"x": [1, 2]}}
    with pytest.raises(BadInput, match="writes more than 8 values"):
        applied({"a": {}, "b": {}}, update, {"target": "$.a", "update": {}})


def nested(levels: int, innermost: Any) -> Any:
    for _ in range(levels):
        innermost = {"a": innermost}
    return innermost


DEPTHS = {
    "an object merged": ({}, 100, nested(100, 1), True),
    "an object merged, too deep": ({}, 100, nested(101, 1), False),
    "an array added to the end": ([], 199, [1], True),
    "an array added to the end, too deep": ([], 199, [[1]], False),
    "an object appended": ([], 198, {"x": 1}, True),
    "an object appended, too deep": ([], 199, {}, False),
    "a primitive replaced": (1, 200, 2, True),
}


@pytest.mark.parametrize(("innermost", "levels", "update", "fits"), DEPTHS.values(), ids=DEPTHS)
def test_nesting_stays_within_bounds(innermost: Any, levels: int, update: Any, fits: bool) -> None:
    """Actions make a document as deep as may be read, and no deeper."""
    document = Document("spec.json", nested(levels, innermost), "")
    overlay = overlay_with({"target": "$" + ".a" * levels, "update": update})
    if fits:
        assert apply_overlays(document, [overlay]).outcomes[0].changed
    else:
        with pytest.raises(BadInput, match=r"nests .* more than 200 levels deep"):
            apply_overlays(document, [overlay])


def test_a_descendant_target_reaches_the_depth_that_documents_may_have() -> None:
    """A descendant search goes as deep as a document may be nested."""
    spec: dict[str, Any] = {"leaf": {}}
    for _ in range(197):
        spec = {"a": spec}
    result = applied(spec, {"target": "$..leaf", "update": {"x": 1}})
    for _ in range(197):
        result = result["a"]
    assert result == {"leaf": {"x": 1}}


STRICT = {
    "nothing matches": (
        "- target: $.paths['/y'].get\n  remove: true\n",
        (
            "o.yaml:5:3: matches nothing beyond $['paths'] (spec.yaml:5:1): "
            "correct the target, or delete the action"
        ),
    ),
    "nothing changes": (
        "- target: $.info\n  update: {title: T}\n",
        (
            "o.yaml:5:3: changes nothing, at $['info'] (spec.yaml:1:1): "
            "upstream has this now: delete the action"
        ),
    ),
    "an entry is there already": (
        "- target: $.tags\n  update: [b, a]\n",
        (
            "o.yaml:5:3: adds only what is there already, at $['tags'] (spec.yaml:4:1): "
            "upstream has this now: delete the action"
        ),
    ),
    "no verb": (
        "- target: $.info\n",
        ("o.yaml:5:3: does nothing to $['info'] (spec.yaml:1:1): add update, copy or remove: true"),
    ),
    "another number of matches": (
        "- target: $.tags[*]\n  x-expect-matches: 3\n  remove: true\n",
        (
            "o.yaml:6:3: matches 2 nodes, the first at $['tags'][0] (spec.yaml:4:8), where "
            "3 are expected: "
            "correct the target, or the number if upstream changed"
        ),
    ),
    "none where some are expected": (
        "- target: $.info.none\n  x-expect-matches: 2\n  update: {x: 1}\n",
        (
            "o.yaml:6:3: matches no nodes beyond $['info'] (spec.yaml:1:1) where 2 are expected: "
            "correct the target, or the number if upstream changed"
        ),
    ),
    "matches where none are expected": (
        "- target: $.info\n  x-expect-matches: 0\n  update: {x: 1}\n",
        (
            "o.yaml:6:3: matches 1 node at $['info'] (spec.yaml:1:1) where 0 are expected: "
            "correct the target, or the number if upstream changed"
        ),
    ),
    "no number of matches": (
        "- target: $.info\n  x-expect-matches: some\n  update: {x: 1}\n",
        "o.yaml:6:3: x-expect-matches is no number of nodes: write 0 or more",
    ),
    "true is no number": (
        "- target: $.info\n  x-expect-matches: true\n  update: {x: 1}\n",
        "o.yaml:6:3: x-expect-matches is no number of nodes: write 0 or more",
    ),
}


@pytest.mark.parametrize(("actions", "fault"), STRICT.values(), ids=STRICT)
def test_strict_refuses_what_the_standard_lets_pass(actions: str, fault: str) -> None:
    """Strict mode refuses what is useless, and names both places; without it all succeeds."""
    assert refused(SPEC, actions, strict=True) == [fault]
    head = "overlay: 1.1.0\ninfo: {title: Test, version: '1'}\nactions:\n"
    overlay = overlay_of(parse_document(head + actions, "o.yaml"))
    assert apply_overlays(parse_document(SPEC, "spec.yaml"), [overlay]).outcomes


def test_strict_accepts_actions_that_do_something() -> None:
    """Strict mode lets pass what matches, as often as expected, and changes something."""
    overlay = overlay_with(
        {"target": "$.a[*]", "x-expect-matches": 2, "update": {"x": 1}},
        {"target": "$.a", "update": [{"x": 1}, {"x": 2}]},
        {"target": "$.none", "x-expect-matches": 0, "remove": True},
        {"target": "$.a[0]", "remove": True},
    )
    document = document_of({"a": [{}, {}]})
    result = apply_overlays(document, [overlay], strict=True)
    assert result.value == {"a": [{"x": 1}, {"x": 1}, {"x": 2}]}


def test_what_may_follow_from_a_failure_is_not_reported() -> None:
    """After an action that could not be done, one that finds nothing is not reported."""
    actions = "- target: $.info\n  copy: $.*\n- target: $.later\n  update: {}\n"
    assert len(refused(SPEC, actions, strict=True)) == 1
