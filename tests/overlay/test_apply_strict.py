"""What strict mode refuses and lets pass."""

from __future__ import annotations

import pytest

from pipeline.document import parse_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import overlay_of
from tests.overlay.applying import SPEC, document_of, overlay_with, refused

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
