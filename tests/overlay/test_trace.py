"""Who wrote a node of the effective document: an action, or the spec."""

from __future__ import annotations

import pytest

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.blame import blame
from pipeline.overlay.merge import same
from pipeline.overlay.query import compile_query
from pipeline.overlay.read import Overlay, overlay_of
from pipeline.overlay.trace import trace_origins

SPEC = """\
info:
  title: T
  contact:
    name: N
tags:
- a
- b
- c
old:
  kept: {x: 1}
"""

FIRST = """\
overlay: 1.1.0
info: {title: First, version: '1'}
actions:
- target: $.info
  description: The title is longer.
  update: {title: Longer, license: {name: L}}
- target: $.tags[0, 1]
  description: >
    These tags
    are gone.
  remove: true
- target: $.tags
  description: One more tag.
  update: [d]
"""

SECOND = """\
overlay: 1.1.0
info: {title: Second, version: '1'}
actions:
- target: $.info.license
  update: {url: U}
- target: $.info.contact
  description: A copy.
  copy: $.old
- target: $.old.kept.x
  description: Not used.
  remove: true
- target: $.info.title
  description: The same title again.
  update: Longer
"""


def inputs() -> tuple[Document, list[Overlay]]:
    overlays = [
        overlay_of(parse_document(FIRST, "1.yaml")),
        overlay_of(parse_document(SECOND, "2.yaml")),
    ]
    return parse_document(SPEC, "s.yaml"), overlays


BLAMES = {
    "$.info.title": ["1.yaml:4:3: $['info']['title']: The title is longer."],
    "$.info.license.name": ["1.yaml:4:3: $['info']['license']['name']: The title is longer."],
    "$.info.license.url": ["2.yaml:4:3: $['info']['license']['url']: action 1, no reason given"],
    "$.info.license": ["2.yaml:4:3: $['info']['license']: action 1, no reason given"],
    "$.info.contact.name": ["s.yaml:4:5: $['info']['contact']['name']: as the spec has it"],
    "$.info.contact.kept.x": ["2.yaml:6:3: $['info']['contact']['kept']['x']: A copy."],
    "$.info": ["2.yaml:6:3: $['info']: A copy."],
    "$.old.kept": ["2.yaml:9:3: $['old']['kept']: Not used."],
    "$.tags[*]": [
        "s.yaml:8:3: $['tags'][0]: as the spec has it",
        "1.yaml:12:3: $['tags'][1]: One more tag.",
    ],
    "$.tags": ["1.yaml:12:3: $['tags']: One more tag."],
    "$": ["2.yaml:9:3: $: Not used."],
    "$.none": [],
}


@pytest.mark.parametrize(("at", "lines"), BLAMES.items())
def test_blame_names_the_last_writer(at: str, lines: list[str]) -> None:
    """Each selected node has the place and reason of the last action in it, or its line."""
    document, overlays = inputs()
    assert [str(each) for each in blame(document, overlays, compile_query(at))] == lines


def test_a_removal_changes_what_held_the_node() -> None:
    """The last writer of an array from which only something was taken is the removal."""
    document = parse_document("a: [1, 2]\n", "s.yaml")
    overlay = overlay_of(
        parse_document(
            "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n"
            "- {target: '$.a[0]', remove: true, description: Not one.}\n",
            "o.yaml",
        )
    )
    lines = [str(each) for each in blame(document, [overlay], compile_query("$..*"))]
    assert lines == [
        "o.yaml:4:3: $['a']: Not one.",
        "s.yaml:1:8: $['a'][0]: as the spec has it",
    ]


def test_origin_is_where_the_node_itself_was_written() -> None:
    """The origin of an object is its own, whatever was later written in it."""
    origins = trace_origins(*inputs())
    assert str(origins.origin(("info",)).place) == "s.yaml:1:1"
    assert str(origins.origin(("info", "license")).place) == "1.yaml:6:27"
    assert origins.origin(("info", "license")).reason == "The title is longer."
    assert str(origins.origin(("tags", 0)).place) == "s.yaml:8:3"


def test_the_origin_of_what_is_not_there_is_that_of_its_nearest_ancestor() -> None:
    """A location that does not exist falls back to what would hold it."""
    origins = trace_origins(*inputs())
    assert str(origins.origin(("info", "license", "x", 1)).place) == "1.yaml:6:27"
    assert str(origins.origin(("tags", 7)).place) == "s.yaml:5:1"
    assert str(origins.origin(("tags", -1)).place) == "s.yaml:5:1"
    assert str(origins.origin(("info", "title", "x")).place) == "1.yaml:6:12"
    assert str(origins.origin(("nowhere",)).place) == "s.yaml:1:1"


def test_tracing_makes_the_same_document() -> None:
    """The traced document equals the one that the overlays make."""
    document, overlays = inputs()
    assert same(trace_origins(document, overlays).root, apply_overlays(document, overlays).value)


def test_tracing_refuses_what_cannot_be_applied() -> None:
    """Overlays that cannot be applied have no origins to tell."""
    overlay = overlay_of(
        parse_document(
            "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n"
            "- {target: $.info, update: [1]}\n",
            "o.yaml",
        )
    )
    with pytest.raises(BadInput) as caught:
        trace_origins(parse_document(SPEC, "s.yaml"), [overlay])
    assert str(caught.value) == (
        "o.yaml:4:20: merges an array into an object at $['info'] (s.yaml:1:1): "
        "remove that first, in an action before"
    )


def test_tracing_refuses_a_root_that_is_no_object() -> None:
    """As for applying, the root of a document is an object."""
    with pytest.raises(BadInput, match=r"s\.yaml:1:1: is no API description"):
        trace_origins(parse_document("- 1\n", "s.yaml"), [])


def test_a_primitive_replaced_in_an_array_is_the_actions() -> None:
    """An item that an action replaced was written by that action."""
    overlay = overlay_of(
        parse_document(
            "overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n"
            "- {target: '$.tags[1]', update: z}\n",
            "o.yaml",
        )
    )
    origins = trace_origins(parse_document(SPEC, "s.yaml"), [overlay])
    places = [str(origins.origin(("tags", index)).place) for index in range(3)]
    assert places == ["s.yaml:6:3", "o.yaml:4:3", "s.yaml:8:3"]


UPDATES = """\
overlay: 1.1.0
info: {title: T, version: '1'}
actions:
- target: $
  update:
    new:
      deep:
      - {x: 1}
      - {x: 2}
    tags:
    - x: 3
      new: 4
- target: $.new.deep
  update:
  - x: 5
- target: $.copied
  copy: $.new
- target: $.new.deep[0]
  update:
    x: 6
"""

PLACES = {
    ("new",): "6:5",
    ("new", "deep"): "7:7",
    ("new", "deep", 0): "8:9",
    ("new", "deep", 0, "x"): "20:5",
    ("new", "deep", 1, "x"): "9:10",
    ("new", "deep", 2, "x"): "13:3",
    ("tags", 3): "4:3",
    ("tags", 3, "new"): "4:3",
    ("copied", "deep", 0, "x"): "16:3",
}


@pytest.mark.parametrize(("location", "place"), PLACES.items())
def test_what_an_update_wrote_is_placed_in_the_update(
    location: tuple[str | int, ...], place: str
) -> None:
    """A node is placed at its line of the update; array entries and copies at their action."""
    overlay = overlay_of(parse_document(UPDATES, "o.yaml"))
    origins = trace_origins(parse_document(SPEC + "copied: {}\n", "s.yaml"), [overlay])
    assert str(origins.origin(location).place) == f"o.yaml:{place}"


COPIED = """\
overlay: 1.1.0
info: {title: Copies, version: '1'}
actions:
- target: $
  update: {new: {kept: {z: 9}, own: 1}}
- target: $.new
  copy: $.old
- target: $.new.kept
  update: {y: 2}
- target: $.old
  remove: true
- target: $
  update: {last: {}}
- target: $.last
  copy: $.new
"""


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (("new", "kept", "x"), "spec.yaml:10:10"),
        (("new", "kept", "y"), "copies.yaml:9:12"),
        (("new", "kept", "z"), "copies.yaml:5:25"),
        (("new", "own"), "copies.yaml:5:32"),
        (("last", "kept", "x"), "spec.yaml:10:10"),
        (("last", "kept", "y"), "copies.yaml:9:12"),
        (("last", "own"), "copies.yaml:5:32"),
        (("last", "none"), "copies.yaml:13:12"),
    ],
)
def test_copied_node_is_placed_where_it_is_written_down(
    location: tuple[str, ...], place: str
) -> None:
    """What an action copies, also twice, is at the line that a person edits to change it."""
    origins = trace_origins(
        parse_document(SPEC, "spec.yaml"), [overlay_of(parse_document(COPIED, "copies.yaml"))]
    )
    assert str(origins.place(location)) == place


def test_copies_of_each_other_end() -> None:
    """Two nodes that are copied into each other are placed at one of the actions."""
    overlay = """\
overlay: 1.1.0
info: {title: Copies, version: '1'}
actions:
- target: $
  update: {one: {a: {x: 1}}, two: {b: {y: 2}}}
- target: $.one
  copy: $.two
- target: $.two
  copy: $.one
- target: $.one
  description: Once more.
  copy: $.two
"""
    origins = trace_origins(
        parse_document(SPEC, "spec.yaml"), [overlay_of(parse_document(overlay, "copies.yaml"))]
    )
    for node in ("one", "two"):
        for location in ((node, "a", "x"), (node, "b", "y")):
            assert origins.place(location).line in range(5, 12)


def test_removals_know_who_took_a_member_out() -> None:
    """What is not there was taken out by an action: the one of its name, or any of its array's."""
    document, overlays = inputs()
    origins = trace_origins(document, overlays)
    assert [one.reason for one in origins.removals(("old", "kept", "x"))] == ["Not used."]
    assert [one.reason for one in origins.removals(("tags", 0))] == ["These tags are gone.\n"] * 2
    assert origins.removals(("old", "kept", "y")) == []
    assert origins.removals(("info", "title")) == []
