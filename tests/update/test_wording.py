"""Our words stay, theirs do not come in, and what the API is arrives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.openapi import walk, walk_schemas
from pipeline.update.wording import keep_wording
from pipeline.values import Location
from tests.update.documents import OURS, Json, copied, reworded, upside_down

DESCRIBED = [at for at, node in walk(OURS.value) if isinstance(node.get("description"), str)]
SCHEMAS = [at for at, node in walk_schemas(OURS.value) if "$ref" not in node]


def find(value: Json, location: Location) -> Json:
    """Return what stands at a place."""
    for step in location:
        value = value[step]
    return value


def in_order(value: Json) -> Json:
    """Return a value so that equality also compares the order of members."""
    if isinstance(value, dict):
        return [(key, in_order(member)) for key, member in value.items()]
    return [in_order(item) for item in value] if isinstance(value, list) else value


def document(schemas: Json) -> Json:
    """Return a document with these schemas."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ours", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }


def keep(ours: Json, theirs: Json) -> Json:
    """Return a schema of theirs in the words of ours."""
    merged = keep_wording(document({"It": ours}), document({"It": theirs}))
    return merged["components"]["schemas"]["It"]


def test_the_same() -> None:
    """A document that is kept over itself is the same, in the same order."""
    assert in_order(keep_wording(OURS.value, copied())) == in_order(OURS.value)


def test_other_words_and_order() -> None:
    """A document in other words, with members in another order, gives ours back."""
    theirs = upside_down(reworded(copied()))
    assert in_order(keep_wording(OURS.value, theirs)) == in_order(OURS.value)


@given(st.lists(st.tuples(st.sampled_from(DESCRIBED), st.text(), st.booleans())))
@settings(max_examples=25, deadline=None)
def test_any_words(edits: list[tuple[Location, str, bool]]) -> None:
    """Whatever is said in words at any place, or not said, ours stays."""
    theirs = copied()
    for location, words, stays in edits:
        node = find(theirs, location)
        if stays:
            node["description"] = words
        else:
            node.pop("description", None)
        node["externalDocs"] = {"url": words}
        node["x-theirs"] = words
    assert keep_wording(OURS.value, theirs) == OURS.value


@given(st.sampled_from(SCHEMAS), st.integers(10_000))
@settings(max_examples=25, deadline=None)
def test_any_limit(location: Location, limit: int) -> None:
    """A limit arrives at any schema, behind what it stands behind, and nothing else changes."""
    theirs = copied()
    find(theirs, location)["maxLength"] = limit
    expected = copied()
    find(expected, location)["maxLength"] = limit
    assert keep_wording(OURS.value, theirs) == expected


def test_property_named_as_words() -> None:
    """A property that is named like words is a property."""
    names = ("description", "summary", "title", "example", "examples", "externalDocs", "x-a")
    theirs = {"properties": {name: {"type": "string", "title": "Theirs"} for name in names}}
    assert keep({}, theirs) == {"properties": {name: {"type": "string"} for name in names}}


def test_header_named_as_extension() -> None:
    """A header whose name begins as an extension does is a header."""
    theirs = copied()
    headers = theirs["paths"]["/iacm/api/modules"]["get"]["responses"]["200"]["headers"]
    headers["x-new"] = {"description": "Theirs", "schema": {"type": "string"}}
    merged = keep_wording(OURS.value, theirs)
    kept = merged["paths"]["/iacm/api/modules"]["get"]["responses"]["200"]["headers"]
    assert kept["x-new"] == {"schema": {"type": "string"}}


def test_order_of_members() -> None:
    """Members of both stand in our order, and each new one behind its neighbour of theirs."""
    ours = {"properties": {name: {} for name in "abc"}}
    theirs = {"properties": {name: {} for name in "xcybaz"}}
    assert "".join(keep(ours, theirs)["properties"]) == "azbxcy"


def test_sets() -> None:
    """What is required and what a value can be are theirs, in our order."""
    ours = {"required": ["a", "b", "c"], "enum": ["x", "y"], "type": ["string", "null"]}
    theirs = {"required": ["c", "n", "a"], "enum": ["y", "x"], "type": ["null", "string"]}
    assert keep(ours, theirs) == {**ours, "required": ["a", "c", "n"]}


def test_sequences() -> None:
    """Where the order of schemas says something, it is theirs; elsewhere it is ours."""
    first, second = {"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}
    ours = {"prefixItems": [first, second], "allOf": [first, second]}
    theirs = {"prefixItems": [second, first], "allOf": [second, first]}
    assert keep(ours, theirs) == {"prefixItems": [second, first], "allOf": [first, second]}


def test_servers() -> None:
    """Of the servers, which come first is theirs, and what is said of each is ours."""
    theirs = copied()
    theirs["servers"].reverse()
    assert keep_wording(OURS.value, reworded(theirs))["servers"] == OURS.value["servers"][::-1]


def test_order_of_data() -> None:
    """Data that is the same is written as ours writes it."""
    ours = {"default": {"a": 1, "b": [{"c": 1, "d": 2}]}}
    assert in_order(keep(ours, upside_down(ours))) == in_order(ours)


def test_kinds_of_numbers() -> None:
    """A value that only Python takes for the same arrives."""
    assert keep({"default": 1}, {"default": True}) == {"default": True}
    assert keep({"enum": [1]}, {"enum": [True]}) == {"enum": [True]}


def test_our_words_over_a_reference() -> None:
    """Words of a component of ours come along when theirs writes it out, and only then."""
    schemas = {"A": {"type": "object", "description": "Ours"}}
    inner = {"$ref": "#/components/schemas/A"}
    ours = document({**schemas, "It": {"items": inner}})
    out = document({**schemas, "It": {"items": {"type": "object", "description": "Theirs"}}})
    assert keep_wording(ours, out)["components"]["schemas"]["It"] == {"items": schemas["A"]}
    again = keep_wording(out, ours)
    assert again["components"]["schemas"]["It"] == {"items": inner}


def test_unworded() -> None:
    """Told are new nodes of which theirs says something, and no old ones."""
    theirs = copied()
    operation = theirs["paths"]["/v1/orgs"]["get"]
    operation["parameters"].insert(0, {"name": "a", "in": "query", "description": "Theirs"})
    operation["parameters"].insert(0, {"name": "b", "in": "query"})
    operation["externalDocs"] = {"url": "https://example.com"}
    theirs["components"]["schemas"]["Project"]["title"] = "Theirs"
    told: list[Location] = []
    keep_wording(OURS.value, theirs, told.append)
    assert told == [("paths", "/v1/orgs", "get", "parameters", 1)]
