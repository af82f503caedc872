"""What changed in Python is told with the edit that it comes from, and once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.diff.change import Cause, Change, PythonChange, Severity
from pipeline.diff.compare import find_changes
from pipeline.diff.join import join_python
from pipeline.diff.python.changes import compare_python
from pipeline.diff.python.surface import name_methods, read_python_surface
from pipeline.diff.review import list_changes
from pipeline.document import Document
from pipeline.values import Json
from tests.diff.project import open_pair, overlay, shop
from tests.diff.shop import SHOP, TEXT, in_path, made, make, query, ref
from tests.diff.test_python_changes import (
    ANSWER,
    BREAKS,
    CASES,
    CREATE,
    DANGER,
    GET,
    LIST,
    NUMBER,
    OK,
    SCHEMAS,
    Case,
    both,
    change_lines,
    drop,
    make_new,
    make_old,
    put,
    rename,
    respell,
)

pytestmark = pytest.mark.once

LABELS = ("paths", "/items/{item_id}/labels", "get")
WHOLE = {"type": "integer"}
MODES = {"type": "string", "enum": ["a", "b"]}
BODY = ("requestBody", "content", "application/json", "schema")


def extend(*location: str, value: Sequence[Json]) -> Callable[[Json], Json]:
    """Add parameters to an operation."""

    def change(document: Json) -> Json:
        here = document
        for step in location:
            here = here[step]
        return put(*location, "parameters", value=[*here.get("parameters", []), *value])(document)

    return change


# Where schemas are written down in place, and where names clash or are none in Python.
WRITTEN = both(
    extend(*GET, value=[query("mode", MODES), query("item_id", TEXT), query("Class", TEXT),
                        query("itemKind", TEXT)]),
    put(*GET, *ANSWER, value=made(total=WHOLE, parts=made(x=TEXT))),
    put(*LABELS, *ANSWER, value=made(total=WHOLE)),
    put(*CREATE, *BODY, value=made("a", a=TEXT)),
    put(*SCHEMAS, "Item", "properties", "state", value={**TEXT, "enum": ["new", "old"]}),
    put(*SCHEMAS, "Item", "properties", "rows",
        value={"type": "array", "items": made(height=NUMBER)}),
    put(*SCHEMAS, "Item", "properties", "class", value=TEXT),
    put(*SCHEMAS, "Labels", "additionalProperties", value=made(text=TEXT)),
)(SHOP)  # fmt: skip


class Edits(NamedTuple):
    """Edits of a document, and which of their sentences each Python change is told with."""

    name: str
    base: Json
    change: Callable[[Json], Json]
    owners: dict[str, str]
    """The sentence of an edit for what is told of Python: its symbol, and the words of it."""


EDITS = [
    Edits("parameters of one method", SHOP, both(
            put(*LIST, "parameters", 1, "schema", value=TEXT),
            drop(*LIST, "parameters", 2, "required"),
            put(*LIST, "parameters", 3, "schema", value=NUMBER),
            drop(*LIST, "parameters", 0)), {
        "Shop.items.list: the argument `search` is gone":
            "the query parameter `search` of `items.list` was removed",
        "Shop.items.list: the argument `kinds` takes `str | Unset`, was `list[Kind] | Unset`":
            "the query parameter `kinds` of `items.list`: the type changed from array to string",
        "Shop.items.list: the argument `owner` may be left out":
            "the query parameter `owner` of `items.list` is optional now",
        "Shop.items.list: the argument `page` takes `float | Unset`, was `int | Unset`":
            "the query parameter `page` of `items.list`: the type changed from integer to number",
    }),
    Edits("list that is not walked, beside a parameter and the items", SHOP, both(
            drop(*LIST, "x-pagination"), drop(*LIST, "parameters", 0),
            put(*SCHEMAS, "Item", "properties", "price", value=TEXT)), {
        "Shop.items.list: the argument `search` is gone":
            "the query parameter `search` of `items.list` was removed",
        "Shop.items.list: it returns `list[Item]`, was `Pages[Item]`":
            "`items.list`: `x-pagination` changed",
        "models.Item.price: `price` is `str | None | Unset`, was `float | None | Unset`":
            "`Item.price`: the type changed from number to string",
    }),
    Edits("answer of another type, beside a parameter", SHOP, both(
            put(*GET, *ANSWER, value={"oneOf": [ref("Item"), ref("Maker")]}),
            drop(*GET, "parameters", 1)), {
        "Shop.items.get: it returns `Item | Maker`, was `Item`":
            "the answer 200 of `items.get`: the alternative `Maker` was added",
        "Shop.items.get: the argument `full` is gone":
            "the query parameter `full` of `items.get` was removed",
    }),
    Edits("body of another type, which may be left out", SHOP, both(
            drop(*CREATE, "requestBody", "required"),
            put(*CREATE, *BODY, value=ref("Labels"))), {
        "Shop.items.create: the argument `body` may be left out":
            "the request body of `items.create` is optional now",
        "Shop.items.create: the argument `body` takes `Labels`, was `NewItem`":
            "`Labels` says now what its further members are",
        "models.NewItem: it is gone": "`NewItem.kind` was removed",
    }),
    Edits("fields of one name", SHOP, both(
            put(*SCHEMAS, "Item", "properties", "name", value=NUMBER),
            put(*SCHEMAS, "NewItem", "properties", "name", value=WHOLE),
            drop(*SCHEMAS, "Maker", "required")), {
        "models.Item.name: `name` is `float`, was `str`":
            "`Item.name`: the type changed from string to number",
        "models.NewItem.name: `name` is `int`, was `str`":
            "`NewItem.name`: the type changed from string to integer",
        "models.Maker.name: `name` may be left out, and is UNSET then; `name` is `str | None`, "
        "was `str`": "`Maker.name` is optional now",
    }),
    Edits("fields that must be given", SHOP, put(*SCHEMAS, "Item", "required",
                                                 value=["id", "name", "price", "labels"]), {
        "models.Item.labels: `labels` must be given; `labels` is `Labels`, was `Labels | None`":
            "`Item.labels` is required now",
        "models.Item.price: `price` must be given; `price` is `float`, was `float | None`":
            "`Item.price` is required now",
    }),
    Edits("parameters of names that are none in Python, or that two have", WRITTEN, both(*(
            put(*GET, "parameters", at, "schema", value=NUMBER) for at in (3, 4, 5))), {
        "Shop.items.get: the argument `class_` takes `float | Unset`, was `str | Unset`":
            "the query parameter `Class` of `items.get`: the type changed from string to number",
        "Shop.items.get: the argument `item_id_query` takes `float | Unset`, was `str | Unset`":
            "the query parameter `item_id` of `items.get`: the type changed from string to number",
        "Shop.items.get: the argument `item_kind` takes `float | Unset`, was `str | Unset`":
            "the query parameter `itemKind` of `items.get`: the type changed from string to number",
    }),
    Edits("both parameters of one name", WRITTEN, both(
            put(*GET, "parameters", 0, "schema", value=WHOLE),
            put(*GET, "parameters", 3, "schema", value=NUMBER)), {
        "Shop.items.get: the argument `item_id_path` takes `int`, was `str`":
            "the path parameter `item_id` of `items.get`: the type changed from string to integer",
        "Shop.items.get: the argument `item_id_query` takes `float | Unset`, was `str | Unset`":
            "the query parameter `item_id` of `items.get`: the type changed from string to number",
    }),
    Edits("field named like a keyword", WRITTEN, both(
            put(*SCHEMAS, "Item", "properties", "class", value=NUMBER),
            put(*SCHEMAS, "Item", "properties", "made", value=TEXT)), {
        "models.Item.class_: `class_` is `float | None | Unset`, was `str | None | Unset`":
            "`Item.class`: the type changed from string to number",
        "models.Item.made: `made` is `str | None | Unset`, was `datetime.datetime | None | Unset`":
            '`Item.made`: format "date-time" was removed',
    }),
    Edits("method and function have other names, and an argument is gone", SHOP, both(
            put(*GET, "operationId", value="fetch_item"), put(*GET, "x-method", value="fetch"),
            drop(*GET, "parameters", 1)), {
        "Shop.items.get: `Shop.items.get` is called `Shop.items.fetch`; `api.items.get_items` is "
        "called `api.items.fetch_item`": "`items.get` is `items.fetch` now",
        "Shop.items.fetch: the argument `full` is gone":
            "the query parameter `full` of `items.get` was removed",
    }),
    Edits("function has another name, and so has an argument", SHOP, both(
            put(*GET, "operationId", value="fetch_item"),
            put(*GET, "parameters", 1, value=query("all", {"type": "boolean"}))), {
        "api.items.get_items: `api.items.get_items` is called `api.items.fetch_item`":
            '`items.get`: the operationId changed from "get_items" to "fetch_item"',
        "Shop.items.get: the argument `full` is called `all_`":
            "the query parameter `full` of `items.get` was renamed to `all`",
    }),
    Edits("operation is in another resource, and has another tag", SHOP, both(
            put(*GET, "x-resource", value="goods"), put(*GET, "tags", value=["goods"])), {
        "Shop.items.get: `Shop.items.get` is called `Shop.goods.get`; `api.items.get_items` is "
        "called `api.goods.get_items`": "`items.get` is `goods.get` now",
    }),
    Edits("path has a parameter more", SHOP, both(
            rename("paths", "/makers/{maker_id}", name="/makers/{maker_id}/{site}"),
            extend("paths", "/makers/{maker_id}/{site}", "put", value=[in_path("site")])), {
        "Shop.makers.update: the argument `site` was added and must be given; it sends PUT "
        "/makers/{maker_id}/{site}, was PUT /makers/{maker_id}":
            "the path parameter `site` of `makers.update` was added, and is required",
    }),
    Edits("HTTP method is another, and an argument is gone", both(
            extend("paths", "/makers/{maker_id}", "put", value=[query("a", TEXT)]))(SHOP), both(
            rename("paths", "/makers/{maker_id}", "put", name="patch"),
            drop("paths", "/makers/{maker_id}", "patch", "parameters", 1)), {
        "Shop.makers.update: it sends PATCH /makers/{maker_id}, was PUT /makers/{maker_id}":
            "`makers.update` (PUT /makers/{maker_id}) moved to PATCH /makers/{maker_id}",
        "Shop.makers.update: the argument `a` is gone":
            "the query parameter `a` of `makers.update` was removed",
    }),
    Edits("operations whose names begin alike are gone", SHOP, both(
            drop("paths", "/items/{item_id}", "get"), drop("paths", "/items/{item_id}/labels")), {
        "Shop.items.get: it is gone": "`items.get` (GET /items/{item_id}) was removed",
        "Shop.items.labels.get: it is gone":
            "`items.labels.get` (GET /items/{item_id}/labels) was removed",
    }),
    Edits("one of them is gone, and the other has a parameter more", SHOP, both(
            drop("paths", "/items/{item_id}", "get"), extend(*LABELS, value=[query("a", TEXT)])), {
        "Shop.items.get: it is gone": "`items.get` (GET /items/{item_id}) was removed",
        "Shop.items.labels.get: the argument `a` was added":
            "the query parameter `a` of `items.labels.get` was added",
    }),
    Edits("parameter with a class of its own", WRITTEN, both(
            put(*GET, "parameters", 2, "schema", "enum", value=["a", "b", "c"]),
            drop(*GET, "parameters", 1)), {
        "models.GetItemsMode.C: it was added":
            'the query parameter `mode` of `items.get` can be "c" now',
        "Shop.items.get: the argument `full` is gone":
            "the query parameter `full` of `items.get` was removed",
    }),
    Edits("answers with classes of their own", WRITTEN, both(
            put(*GET, *ANSWER, "properties", "total", value=TEXT),
            put(*GET, *ANSWER, "properties", "parts", "properties", "x", value=NUMBER),
            put(*LABELS, *ANSWER, "properties", "total", value=NUMBER)), {
        "models.GetItemsResponse200.total: `total` is `str | None | Unset`, was "
        "`int | None | Unset`":
            "`total` in the answer 200 of `items.get`: the type changed from integer to string",
        "models.GetItemsResponse200Parts.x: `x` is `float | None | Unset`, was "
        "`str | None | Unset`":
            "`parts.x` in the answer 200 of `items.get`: the type changed from string to number",
        "models.GetItemsLabelsResponse200.total: `total` is `float | None | Unset`, was "
        "`int | None | Unset`":
            "`total` in the answer 200 of `items.labels.get`: the type changed from integer to "
            "number",
    }),
    Edits("body with a class of its own", WRITTEN,
          put(*CREATE, *BODY, "properties", "a", value=NUMBER), {
        "models.CreateItemsBody.a: `a` is `float`, was `str`":
            "`a` in the request body of `items.create`: the type changed from string to number",
    }),
    Edits("fields with classes of their own", WRITTEN, both(
            put(*SCHEMAS, "Item", "properties", "state", "enum", value=["new", "old", "gone"]),
            put(*SCHEMAS, "Item", "properties", "rows", "items", "properties", "height",
                value=TEXT)), {
        "models.ItemState.GONE: it was added": '`Item.state` can be "gone" now',
        "models.ItemRowsItem.height: `height` is `str | None | Unset`, was "
        "`float | None | Unset`":
            "`Item.rows[].height`: the type changed from number to string",
    }),
    Edits("further members with a class of their own", WRITTEN,
          put(*SCHEMAS, "Labels", "additionalProperties", "properties", "text", value=NUMBER), {
        "models.LabelsAdditionalProperty.text: `text` is `float | None | Unset`, was "
        "`str | None | Unset`": "`Labels{}.text`: the type changed from string to number",
    }),
    Edits("model has another name, and a field more", SHOP, both(
            rename(*SCHEMAS, "Item", name="Article"), respell("Item", "Article"),
            put(*SCHEMAS, "Article", "properties", "weight", value=NUMBER)), {
        "models.Item: `models.Item` is called `models.Article`": "`Item` is `Article` now",
        "models.Article.weight: it was added": "`Article.weight` was added",
    }),
    Edits("model has another name, and a field of another type", SHOP, both(
            rename(*SCHEMAS, "Maker", name="Producer"), respell("Maker", "Producer"),
            put(*SCHEMAS, "Producer", "properties", "city", value=NUMBER)), {
        "models.Maker: it is gone": "`Maker` is `Producer` now",
        "models.Producer: it was added": "`Producer.city`: the type changed from string to number",
        "Shop.makers.update: it returns `Producer`, was `Maker`": "`Maker` is `Producer` now",
        "Shop.makers.update: the argument `body` takes `Producer`, was `Maker`":
            "`Maker` is `Producer` now",
    }),
    Edits("member of an enum has another name, and there is one more", SHOP, both(
            put(*SCHEMAS, "Kind", "enum", value=["book", "toy", "game"]),
            put(*SCHEMAS, "Kind", "x-enum-varnames", value=["BOOK", "PLAYTHING", "GAME"])), {
        "models.Kind.TOY: `TOY` is called `PLAYTHING`": "`Kind`: `x-enum-varnames` changed",
        "models.Kind.GAME: it was added": '`Kind` can be "game" now',
    }),
    Edits("class prefix, beside a parameter and an operation", SHOP, both(
            put("x-client", "class_prefix", value="Store"), drop(*LIST, "parameters", 0),
            drop("paths", "/items/{item_id}", "delete")), {
        "Shop: `Shop` is called `Store`": "`x-client` was changed",
        "errors.ShopError: `errors.ShopError` is called `errors.StoreError`":
            "`x-client` was changed",
        "Store.items.list: the argument `search` is gone":
            "the query parameter `search` of `items.list` was removed",
        "Shop.items.delete: it is gone": "`items.delete` (DELETE /items/{item_id}) was removed",
    }),
]  # fmt: skip


@cache
def read_base(folder: Path, number: int) -> Json:
    """Return the surface of the client before some edits."""
    return read_python_surface(make(EDITS[number].base, folder / f"base {number}"))


def join(old: Json, new: Json, surface: Json, other: Json) -> list[Change]:
    """Return all changes between two documents and their clients."""
    changes = find_changes(Document("old", old, ""), Document("new", new, ""))
    python = compare_python(surface, other)
    joined = join_python(changes, python, name_methods(surface, other))
    # Each is told once, and no edit is lost.
    assert sorted(map(str, python)) == sorted(str(its) for one in joined for its in one.python)
    assert [one.what for one in joined[: len(changes)]] == [one.what for one in changes]
    return joined


def list_owners(changes: Sequence[Change]) -> dict[str, str]:
    """Return the sentence of the edit that each Python change is told with."""
    return {f"{its.symbol}: {its.what}": one.what for one in changes for its in one.python}


@pytest.mark.parametrize("edits", EDITS, ids=lambda one: one.name)
def test_python_is_told_with_its_edit(edits: Edits, workshop: Path) -> None:
    """Of several edits that touch a name, the one that a Python change comes from has it."""
    new = edits.change(edits.base)
    other = read_python_surface(make(new, workshop / f"joined {edits.name}"))
    first = next(index for index, one in enumerate(EDITS) if one.base is edits.base)
    changes = join(edits.base, new, read_base(workshop, first), other)
    assert list_owners(changes) == edits.owners


UNTOLD = {"required fields of a request in another order"}
"""Edits that are none to the documents: the order of members says nothing in JSON."""


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_edit_of_the_document_is_not_blamed_on_the_generator(case: Case, workshop: Path) -> None:
    """Whatever an edit of the document brings about in Python is told with one of the document."""
    new = case.change(SHOP)
    surface, other = make_old(workshop)[1], make_new(workshop, case.name)[1]
    for changes in (join(SHOP, new, surface, other), join(new, SHOP, other, surface)):
        alone = [one.what for one in changes if one.rule == "python-changed"]
        assert bool(alone) == (case.name in UNTOLD), alone


def test_what_no_document_explains_comes_last(workshop: Path) -> None:
    """It is the generator's, and is told at its symbol; what edits touch beside it is theirs."""
    new = drop(*LIST, "parameters", 0)(SHOP)
    _, surface = make_old(workshop)
    edited = read_python_surface(make(new, workshop / "generator"))
    lines = {"models.Maker.city": "city: int", "types.Retry.count": "count: int"}
    other = change_lines({**edited, "runtime": surface["runtime"]}, lines)
    joined = join(SHOP, new, surface, other)
    told = [(one.rule, one.symbols, one.resource, one.severity, one.cause.by) for one in joined]
    assert told == [
        ("parameter-removed", ("Shop.items.list",), "items", BREAKS, "unknown"),
        ("python-changed", ("models.Maker.city",), "", BREAKS, "generator"),
        ("python-changed", ("types.Retry.count",), "", OK, "generator"),
    ]
    assert [len(one.python) for one in joined] == [1, 1, 1]
    assert [one.caller for one in joined[1:]] == ["Code that uses it has to change.", ""]


def test_compatible_edit_that_breaks_in_python_is_breaking(tmp_path: Path) -> None:
    """It is told as such, among the worst, and its cause stays who made the edit."""
    spec = put(*SCHEMAS, "NewItem", "required", value=["name", "price"])(shop())
    spared = {
        "target": "$.components.schemas.NewItem.required[0]",
        "remove": True,
        "description": "Made up.",
    }
    reworded = put("info", "title", value="Store")(spec)
    old, new = open_pair(tmp_path, (spec, []), (reworded, [overlay(spared)]), with_client=True)
    assert {one.severity for one in find_changes(old.document, new.document)} == {OK}
    changes = list_changes(old, new, lambda stage: None)
    assert [(one.what, one.severity, one.cause.by) for one in changes] == [
        ("`NewItem.name` is optional now", BREAKS, "overlay"),
        ("the API: the title changed", OK, "upstream"),
    ]
    assert changes[0].caller == (
        "In Python, `models.NewItem.name`: `name` may be left out, and is UNSET then; `name` "
        "stands before others, whose places move for callers by position."
    )


def edit(what: str, *symbols: str, rule: str = "type-changed", **more: Json) -> Change:
    """Describe an edit of a document, which is compatible unless said otherwise."""
    given = {"severity": OK, "directions": ("request", "response"), "caller": "Nothing.", **more}
    return Change(rule, what, symbols=symbols, **given)


def told(symbol: str, what: str, severity: Severity = BREAKS) -> PythonChange:
    """Describe what became of a name."""
    return PythonChange(symbol, severity, what)


METHODS = {"api.items.get_item": "Shop.items.get", "api.items.get_item_parts": "Shop.items.parts"}


class Choice(NamedTuple):
    """Edits, a Python change, and the place in the list of the edit that it is told with."""

    name: str
    edits: list[Change]
    python: PythonChange
    owner: int | None


FIRST, SECOND = (edit(f"`{one}` of `items.get` changed", "Shop.items.get") for one in "ab")
CHOICES = [
    Choice("the first of those that are alike", [FIRST, FIRST],
           told("Shop.items.get", "it sends PUT /a, was GET /a"), 0),
    Choice("the one that names the argument", [FIRST, SECOND],
           told("Shop.items.get", "the argument `b` is gone"), 1),
    Choice("the one that names both names", [
            edit("`a` of `items.get` changed", "Shop.items.get"),
            edit("`a` of `items.get` was renamed to `b`", "Shop.items.get")],
           told("Shop.items.get", "the argument `a` is called `b`"), 1),
    Choice("not the one that names its method alone", [
            edit("`items.get`: `x-a` changed", "Shop.items.get"),
            edit("`get` of `items.get` changed", "Shop.items.get")],
           told("Shop.items.get", "the argument `get` is gone"), 1),
    Choice("the one of the type that changed, not of the one that stays", [
            edit("`Item.a` changed", "models.Item.a"), edit("`Maker.a` changed", "models.Maker.a")],
           told("Shop.items.get", "it returns `Pages[Item | Maker]`, was `Pages[Item]`"), 1),
    Choice("the one of the type, not of the name", [FIRST, edit("`Maker.b` changed",
                                                                "models.Maker.b")],
           told("Shop.items.get", "the argument `a` takes `Maker`, was `str`"), 1),
    Choice("the one of an answer for a result", [
            edit("`c` of `items.get` changed", "Shop.items.get", directions=("request",)), FIRST],
           told("Shop.items.get", "it returns `int`, was `str`"), 1),
    Choice("the one of a request for an argument", [
            edit("`c` of `items.get` changed", "Shop.items.get", directions=("response",)), FIRST],
           told("Shop.items.get", "the argument `d` takes `int`, was `str`"), 1),
    Choice("the one of a request for a default", [
            edit("`c` of `items.get` changed", "Shop.items.get", directions=("response",)), FIRST],
           told("Shop.items.get", "the default of `d` is `1`, was `2`"), 1),
    Choice("the one of the whole operation for what is neither", [
            edit("`c` of `items.get` changed", "Shop.items.get", directions=("request",)), FIRST],
           told("Shop.items.get", "it is gone"), 1),
    Choice("one that renames for a name", [
            edit("`a` changed", "models.Kind"),
            edit("`a` changed", "models.Kind", rule="extension-changed")],
           told("models.Kind.A", "`A` is called `B`"), 1),
    Choice("the nearest", [edit("`Item` changed", "models.Item"),
                           edit("`Item` changed", "models.Item.a")],
           told("models.Item.a", "it is gone"), 1),
    Choice("the field before the class that is made for it", [
            edit("`x` changed", "models.Item.part"), edit("`x` changed", "models.ItemPart")],
           told("models.ItemPart.a", "it is gone"), 1),
    Choice("an edit inside the class that came", [edit("`Item.a` was added", "models.Item.a")],
           told("models.Item", "it was added"), 0),
    Choice("none inside the resource", [FIRST], told("Shop.items", "it is a property"), None),
    Choice("none of another field that begins alike", [edit("`Item.a` changed", "models.Item.a")],
           told("models.Item.ab", "it is gone"), None),
    Choice("none of another class that begins alike", [edit("`Item.a` changed", "models.Item.a")],
           told("models.ItemAb.c", "it is gone"), None),
    Choice("the class of a part of the field", [edit("`Item.a` changed", "models.Item.a")],
           told("models.ItemAPart.c", "it is gone"), 0),
    Choice("none of a class that only begins with the component's name", [
            edit("`Item` changed", "models.Item")], told("models.ItemList.a", "it is gone"), None),
    Choice("the component's whose items have a class", [edit("`Item` changed", "models.Item")],
           told("models.ItemItem.a", "it is gone"), 0),
    Choice("none of a class that goes on after that", [edit("`Item` changed", "models.Item")],
           told("models.ItemItems.a", "it is gone"), None),
    Choice("the method of a low-level function", [FIRST],
           told("api.items.get_item", "it returns `int`, was `str`"), 0),
    Choice("the method of one of the functions of a module", [FIRST],
           told("api.items.get_item.sync", "it is gone"), 0),
    Choice("none for a function of no method", [FIRST], told("api.items.drop", "it is gone"), None),
    Choice("the method whose class begins with its function's name", [FIRST],
           told("models.GetItemResponse200.a", "it is gone"), 0),
    Choice("not the method whose function's name is only the begin", [FIRST],
           told("models.GetItemPartsResponse200.a", "it is gone"), None),
    Choice("not the method whose function's name goes on", [FIRST],
           told("models.GetItemsResponse200.a", "it is gone"), None),
    Choice("no words", [edit("`items.get`: the summary changed", "Shop.items.get", rule="wording")],
           told("Shop.items.get", "it is gone"), None),
    Choice("no bounds", [edit("`Item.a`: the least value changed", "models.Item.a",
                              rule="bound-tightened")],
           told("models.Item.a", "it is gone"), None),
    Choice("the body", [edit("`c` of `items.get` changed", "Shop.items.get"),
                        edit("the request body of `items.get` changed", "Shop.items.get")],
           told("Shop.items.get", "the argument `body` is gone"), 1),
    Choice("the value of an enum", [edit('`Kind`: the value "b" is gone', "models.Kind"),
                                    edit('`Kind`: the value "a-c" is gone', "models.Kind")],
           told("models.Kind.A_C", "it is gone"), 1),
]  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES, ids=lambda one: one.name)
def test_owner_is_chosen(choice: Choice) -> None:
    """The edit that names what changed is the one, then the nearest, then the first."""
    joined = join_python(choice.edits, [choice.python], METHODS)
    found = [index for index, one in enumerate(joined) if one.python]
    assert found == [len(choice.edits) if choice.owner is None else choice.owner]
    assert (joined[found[0]].cause.by == "generator") == (choice.owner is None)


@pytest.mark.parametrize(
    ("severity", "python", "worst", "caller"),
    [
        (OK, [], OK, "Nothing."),
        (OK, [OK], OK, "Nothing."),
        (OK, [OK, BREAKS], BREAKS, "In Python, `models.A.x`: it is 1."),
        (OK, [BREAKS, DANGER, BREAKS], BREAKS,
         "In Python, `models.A.x`: it is 0; `models.A.x`: it is 2."),
        (DANGER, [DANGER], DANGER, "Nothing."),
        (DANGER, [BREAKS], BREAKS, "In Python, `models.A.x`: it is 0."),
        (BREAKS, [BREAKS], BREAKS, "Nothing."),
        (BREAKS, [OK], BREAKS, "Nothing."),
    ],
)  # fmt: skip
def test_the_worse_of_both_holds(
    severity: Severity, python: list[Severity], worst: Severity, caller: str
) -> None:
    """What the documents call better than it is in Python is told by what breaks there."""
    changes = [edit("`A.x` changed", "models.A.x", severity=severity)]
    ones = [told("models.A.x", f"it is {index}", one) for index, one in enumerate(python)]
    (joined,) = join_python(changes, ones, {})
    assert (joined.severity, joined.caller, joined.python) == (worst, caller, tuple(ones))


@pytest.mark.parametrize(
    ("symbol", "resource"),
    [
        ("Shop.items.labels.get", "items.labels"),
        ("Shop", ""),
        ("api.items.get_item", ""),
        ("errors.ShopError", ""),
        ("models.Item.name", ""),
        ("types.Retry.count", ""),
    ],
)
def test_what_is_told_alone(symbol: str, resource: str) -> None:
    """It stands under the resource of its method, after all edits, and names the generator."""
    other = edit("`A` changed", "models.A")
    python = told(symbol, "it is gone")
    joined = join_python([other], [python], {})
    assert joined == [
        other,
        Change(
            "python-changed", f"`{symbol}`: it is gone", BREAKS, resource=resource,
            symbols=(symbol,), caller="Code that uses it has to change.", python=(python,),
            cause=Cause("generator"),
        ),
    ]  # fmt: skip
