"""What theirs writes out or names otherwise is said with our components, where it fits."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.faults import BadInput
from pipeline.update.components import Comparing, merge_order, share_components

Json = Any
TEXT = {"type": "string"}


def refer(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def document(bodies: list[Json], **schemas: Json) -> Json:
    """Return a document with an operation for each body, and these schemas."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            f"/{at}": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    "responses": {"204": {"description": ""}},
                }
            }
            for at, body in enumerate(bodies)
        },
        "components": {"schemas": schemas},
    }


def share(ours: Json, theirs: Json) -> tuple[list[Json], Json]:
    """Return the bodies and the schemas of what theirs says with our components."""
    shared = share_components(ours, theirs)
    bodies = [
        item["post"]["requestBody"]["content"]["application/json"]["schema"]
        for item in shared["paths"].values()
    ]
    return bodies, shared.get("components", {}).get("schemas", {})


def test_most_places_win() -> None:
    """A component gets what most of its places have; the others keep what they have."""
    ours = document([refer("A")] * 3, A=TEXT)
    theirs = document([{"type": "integer"}, {"type": "number"}, {"type": "integer"}])
    assert share(ours, theirs) == (
        [refer("A"), {"type": "number"}, refer("A")],
        {"A": {"type": "integer"}},
    )


@pytest.mark.parametrize("is_first", [True, False])
def test_ours_breaks_a_tie(is_first: bool) -> None:
    """Of contents that are equally frequent, the one that is ours stays."""
    order = 1 if is_first else -1
    ours = document([refer("A")] * 2, A=TEXT)
    theirs = document([TEXT, {"type": "number"}][::order])
    assert share(ours, theirs) == ([refer("A"), {"type": "number"}][::order], {"A": TEXT})


@pytest.mark.parametrize("is_first", [True, False])
def test_name_breaks_a_tie(is_first: bool) -> None:
    """Of contents that are equally frequent and both new, the one that has our name gets it."""
    order = 1 if is_first else -1
    ours = document([refer("A")] * 2, A=TEXT)
    theirs = document([refer("A"), {"type": "number"}][::order], A={"type": "integer"})
    assert share(ours, theirs) == (
        [refer("A"), {"type": "number"}][::order],
        {"A": {"type": "integer"}},
    )


def test_order_of_servers() -> None:
    """Servers in another order are not the same, and parameters in another order are."""
    compare = Comparing({}, {})
    servers = [{"url": "https://a"}, {"url": "https://b"}]
    parameters = [{"name": "a", "in": "query"}, {"name": "b", "in": "query"}]
    assert compare.agree("path item", {"parameters": parameters}, {"parameters": parameters[::-1]})
    assert not compare.agree("path item", {"servers": servers}, {"servers": servers[::-1]})


def test_name_stays_ours() -> None:
    """A component that has another name there keeps ours, wherever it is used."""
    ours = document([refer("A")], A={"properties": {"a": TEXT}})
    theirs = document(
        [refer("Z")],
        Z={"properties": {"a": TEXT, "z": refer("Z"), "other": refer("Other")}},
        Other={"items": refer("Z")},
    )
    assert share(ours, theirs) == (
        [refer("A")],
        {
            "A": {"properties": {"a": TEXT, "z": refer("A"), "other": refer("Other")}},
            "Other": {"items": refer("A")},
        },
    )


def test_written_out_here_named_there() -> None:
    """What ours writes out stays written out, also when a property is added to it."""
    ours = document([{"type": "object", "properties": {"a": TEXT}}])
    changed = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
    assert share(ours, document([refer("Z")], Z=changed)) == ([changed], {})


def test_something_else_named_there() -> None:
    """What is something else than ours writes out is referred to by its name."""
    ours = document([{"type": "object", "properties": {"a": TEXT}}])
    other = {"type": "object", "properties": {"b": TEXT}}
    assert share(ours, document([refer("Z")], Z=other)) == ([refer("Z")], {"Z": other})


def test_recursion_written_out() -> None:
    """A schema that holds itself is written out no further than ours does."""
    ours = document([{"type": "object", "properties": {"a": TEXT}}])
    tree = {"type": "object", "properties": {"a": TEXT, "next": refer("Z")}}
    assert share(ours, document([refer("Z")], Z=tree)) == ([tree], {"Z": tree})


def test_cycles_that_differ() -> None:
    """Cycles of another length that say the same are the same."""
    ours = document([refer("A")], A={"properties": {"next": refer("A")}})
    theirs = document(
        [refer("X")],
        X={"properties": {"next": refer("Y")}},
        Y={"properties": {"next": refer("X")}},
    )
    assert share(ours, theirs) == ([refer("A")], {"A": {"properties": {"next": refer("A")}}})


def test_name_that_is_taken() -> None:
    """A component of theirs gets another name when ours means something else by it."""
    ours = document([refer("A")], A=TEXT)
    theirs = document([TEXT, refer("A")], A={"type": "integer"})
    assert share(ours, theirs) == (
        [refer("A"), refer("A2")],
        {"A": TEXT, "A2": {"type": "integer"}},
    )


def test_discriminator() -> None:
    """Values that a discriminator takes from names are written down when a name changes."""
    cat = {"type": "object", "properties": {"kind": TEXT, "lives": {"type": "integer"}}}
    dog = {"type": "object", "properties": {"kind": TEXT}}
    pet = {"oneOf": [refer("Cat"), refer("Dog")], "discriminator": {"propertyName": "kind"}}
    ours = document([refer("OurCat")], OurCat=cat)
    theirs = document([refer("Cat"), pet], Cat=cat, Dog=dog)
    bodies, schemas = share(ours, theirs)
    assert schemas == {"OurCat": cat, "Dog": dog}
    assert bodies[1] == {
        "oneOf": [refer("OurCat"), refer("Dog")],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"Cat": "#/components/schemas/OurCat"},
        },
    }


def test_names_of_the_mapping() -> None:
    """A mapping of a discriminator leads to the names that the schemas have got."""
    cat = {"type": "object", "properties": {"kind": TEXT}}
    mapping = {"c": "#/components/schemas/Cat", "k": "Cat"}
    pet = {"oneOf": [refer("Cat")], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    bodies, _ = share(
        document([refer("OurCat")], OurCat=cat), document([refer("Cat"), pet], Cat=cat)
    )
    found = bodies[1]["discriminator"]["mapping"]
    assert found == dict.fromkeys("ck", "#/components/schemas/OurCat")


def test_reference_into_a_component() -> None:
    """A reference that leads to a part of something is written out."""
    inner = {"$ref": "#/components/schemas/Z/properties/a"}
    theirs = document([refer("Z"), inner], Z={"properties": {"a": TEXT}})
    bodies, _ = share(document([TEXT, TEXT]), theirs)
    assert bodies[1] == TEXT


def test_reference_to_a_part_around_it() -> None:
    """A part that refers to itself cannot be written out, and is refused."""
    inner = {"$ref": "#/components/schemas/Z/properties/a"}
    theirs = document([refer("Z")], Z={"properties": {"a": {"items": inner}}})
    with pytest.raises(BadInput, match=r"new\.json: .* leads back to itself: make it a component"):
        share_components(document([refer("Z")], Z={"properties": {"a": TEXT}}), theirs, "new.json")


def test_long_chain() -> None:
    """Schemas that lead to each other a thousand times are no deeper than others."""
    chain = {f"S{at}": {"properties": {"next": refer(f"S{at + 1}")}} for at in range(1000)}
    chain["S1000"] = TEXT
    whole = document([refer("S0")], **chain)
    renamed = document(
        [refer("T0")],
        **{
            name.replace("S", "T"): {"properties": {"next": refer(f"T{at + 1}")}}
            for at, name in enumerate(list(chain)[:-1])
        },
        T1000=TEXT,
    )
    assert share_components(whole, renamed) == whole


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("abc", "abc", "abc"),
        ("abc", "cba", "abc"),
        ("abc", "axbc", "axbc"),
        ("abc", "xabc", "xabc"),
        ("abc", "abcxy", "abcxy"),
        ("abc", "cxa", "abcx"),
        ("", "xy", "xy"),
        ("ab", "xy", "abxy"),
        ("ab", "", "ab"),
    ],
)
def test_merge_order(ours: str, theirs: str, merged: str) -> None:
    """What is new stands behind what it stands behind in theirs, and the rest as in ours."""
    assert "".join(merge_order(ours, theirs)) == merged
