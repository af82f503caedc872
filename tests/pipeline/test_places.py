"""Where the values of a document stand: the same whether places are read along or afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.document import parse_document
from pipeline.values import Json, Location, is_array, is_object

ROOT = Path(__file__).parents[2]
FORMS = """\
openapi: 3.1.0
"quoted": {flow: [1, [two, {three: 3}]], empty: {}}
list:
- plain
- - nested
  -
- key: &anchor {inner: text}
again: *anchor
text: |
  two
  lines
? long
: value
"""


def list_locations(value: Json, location: Location = ()) -> Iterator[Location]:
    """List the places of all values in a document."""
    yield location
    if is_object(value):
        for key, member in value.items():
            yield from list_locations(member, (*location, key))
    elif is_array(value):
        for position, item in enumerate(value):
            yield from list_locations(item, (*location, position))


@pytest.mark.parametrize("text", [FORMS, (ROOT / "spec/openapi.yaml").read_text("utf-8")])
def test_places_are_the_same(text: str) -> None:
    """A value stands where it does, however its place was read."""
    at_once, later = parse_document(text, "it", placed=True), parse_document(text, "it")
    assert at_once.value == later.value
    places = [at_once.place(one) for one in list_locations(at_once.value)]
    assert places == [later.place(one) for one in list_locations(later.value)]


def test_forms_are_placed() -> None:
    """A member stands at its key, an item at itself, and what an alias repeats at the alias."""
    document = parse_document(FORMS, "it", placed=True)
    places = {
        ("quoted", "flow", 1, 1, "three"): "it:2:29",
        ("list", 1, 1): "it:6:4",
        ("list", 2, "key", "inner"): "it:7:17",
        ("again", "inner"): "it:8:1",
        ("long",): "it:12:3",
    }
    assert {location: str(document.place(location)) for location in places} == places
