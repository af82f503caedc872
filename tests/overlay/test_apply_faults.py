"""Actions that cannot be done, and the places that are named."""

from __future__ import annotations

import pytest

from pipeline.document import parse_document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from tests.overlay.applying import SPEC, overlay_with, refused

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
