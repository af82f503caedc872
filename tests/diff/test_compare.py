"""Where an edit stands, whom it reaches, and what is taken for the same thing on both sides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.diff.change import Change
from pipeline.diff.compare import find_changes, write_pointer
from pipeline.diff.pair import pick_alike
from pipeline.diff.reach import Reach
from pipeline.diff.tree import Tree
from pipeline.diff.untouched import Untouched
from pipeline.document import Document
from pipeline.values import Json, Location
from tests.diff.shop import SHOP, TEXT, made, ref
from tests.diff.test_python_changes import (
    CREATE,
    GET,
    LIST,
    SCHEMAS,
    both,
    drop,
    put,
    rename,
    respell,
)

WHOLE = {"type": "integer"}
BOUND = {"minimum": 1}


def compare(old: Json, new: Json) -> list[Change]:
    """Return the changes between two documents."""
    return find_changes(Document("old", old, ""), Document("new", new, ""))


def list_pointers(change: Change) -> tuple[str | None, str | None]:
    """Return where a change stands on both sides."""
    return change.old and change.old.pointer, change.new and change.new.pointer


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        ((), "#"),
        (("paths", "/a~b%/{id}", "parameters", 0), "#/paths/~1a~0b%25~1{id}/parameters/0"),
    ],
)  # fmt: skip
def test_pointers(location: Location, pointer: str) -> None:
    """A place is written as a fragment that leads there."""
    assert write_pointer(location) == pointer


PARTS = put(*SCHEMAS, "Whole", value={"allOf": [made(a=WHOLE), {"properties": {"a": BOUND}}]})
WHOLE_A = "#/components/schemas/Whole/allOf"


def test_keyword_stands_where_it_is_written() -> None:
    """Of schemas that hold together, the one that has the keyword is the place."""
    base = PARTS(SHOP)
    place = (*SCHEMAS, "Whole", "allOf", 1, "properties", "a")
    (change,) = compare(base, put(*place, "minimum", value=2)(base))
    at = f"{WHOLE_A}/1/properties/a/minimum"
    assert list_pointers(change) == (at, at)
    # Where a side has it not, it would stand in the first of them.
    dropped = drop(*place, "minimum")(base)
    pointers = (at, f"{WHOLE_A}/0/properties/a/minimum")
    assert [list_pointers(one) for one in compare(base, dropped)] == [pointers]
    assert [list_pointers(one) for one in compare(dropped, base)] == [pointers[::-1]]


def test_what_no_operation_leads_to_is_in_no_direction() -> None:
    """A class for it is there all the same, and is told after what calls hold."""
    base = put(*SCHEMAS, "Alone", value=made(a=TEXT, b=TEXT))(SHOP)
    new = both(
        put(*SCHEMAS, "Alone", "properties", "a", value=WHOLE),
        put(*SCHEMAS, "Kind", "enum", value=["book"]),
    )(base)
    told = {one.what.partition(":")[0]: (one.directions, one.operations != ()) for one in
            compare(base, new)}  # fmt: skip
    assert told == {"`Alone.a`": ((), False), "`Kind`": (("request", "response"), True)}
    (change,) = compare(base, put(*SCHEMAS, "Alone", "properties", "a", value=WHOLE)(base))
    assert (change.directions, change.operations) == ((), ())


def test_renamed_schema_that_no_operation_leads_to_is_told_once() -> None:
    """What refers to it says that it is the same; it neither came nor went."""
    base = both(
        put(*SCHEMAS, "Inner", value=made(a=TEXT)),
        put(*SCHEMAS, "Outer", value=made(inner=ref("Inner"))),
    )(SHOP)
    new = both(rename(*SCHEMAS, "Inner", name="Core"), respell("Inner", "Core"))(base)
    assert [(one.rule, one.what) for one in compare(base, new)] == [
        ("schema-renamed", "`Inner` is `Core` now")
    ]


def test_mapping_of_a_discriminator_leads_to_schemas() -> None:
    """What only a mapping names is reached by the operations of the discriminator."""
    base = both(
        put(*SCHEMAS, "Toy", value=made(a=TEXT)),
        put(*SCHEMAS, "Item", "discriminator", value={
            "propertyName": "name", "mapping": {"toy": "#/components/schemas/Toy"}}),
    )(SHOP)  # fmt: skip
    (change,) = compare(base, put(*SCHEMAS, "Toy", "properties", "a", value=WHOLE)(base))
    assert change.what == "`Toy.a`: the type changed from string to integer"
    assert change.operations == ("GET /items", "POST /items", "GET /items/{item_id}")


def test_reference_among_the_security_schemes_is_none() -> None:
    """It is valid by the schema of OpenAPI, and means nothing."""
    value = {"$ref": "#/components/schemas/Item"}
    new = put("components", "securitySchemes", value=value)(SHOP)
    assert compare(SHOP, new) == []
    assert compare(new, SHOP) == []


@pytest.mark.parametrize(
    ("change", "operation", "untouched"),
    [
        (put(*GET, "summary", value="Gets."), LIST, True),
        (put(*GET, "summary", value="Gets."), GET, False),
        (put(*CREATE, "summary", value="Makes."), LIST, True),
        (put(*GET[:2], "summary", value="Items."), GET, False),
        (put(*SCHEMAS, "Item", "title", value="Item"), GET, False),
        (put(*SCHEMAS, "NewItem", "title", value="Item"), GET, True),
        (put("openapi", value="3.1.0"), GET, False),
    ],
)
def test_what_no_edit_reaches_is_known(
    change: Callable[[Json], Json], operation: Location, untouched: bool
) -> None:
    """An operation that is the same with all that it leads to needs no comparison."""
    sides = (Reach(Tree(Document(name, value, ""))) for name, value in
             (("old", SHOP), ("new", change(SHOP))))  # fmt: skip
    known = Untouched(*sides)
    assert known.has_operation(operation, operation) is untouched
    assert not known.has_operation(operation, ("paths", "/elsewhere", "get"))


@pytest.mark.parametrize(
    ("name", "others", "alone", "picked"),
    [
        ("org", ["project"], True, "project"),
        ("org", ["project"], False, None),
        ("orgId", ["project", "orgID"], False, "orgID"),
        ("orgId", ["project", "orgID"], True, "orgID"),
        ("org", ["project", "sort"], True, None),
        ("org", [], True, None),
    ],
)
def test_what_has_another_name(
    name: str, others: list[str], alone: bool, picked: str | None
) -> None:
    """It is the only one, or the one that is like it."""
    assert pick_alike(name, others, alone=alone) == picked
