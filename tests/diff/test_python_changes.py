"""What each kind of edit does to the Python surface, told once and judged as callers meet it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import griffe
import pytest

from pipeline import edits
from pipeline.diff.change import PythonChange, Severity
from pipeline.diff.python_changes import compare_python
from pipeline.diff.python_surface import (
    parse_python_surface,
    read_python_surface,
    render_python_surface,
)
from pipeline.values import Json
from tests.diff.shop import PACKAGE, SHOP, TEXT, in_path, made, make, operation, query, ref

OK, DANGER, BREAKS = Severity.COMPATIBLE, Severity.DANGEROUS, Severity.BREAKING
Told = dict[str, Severity]

LIST = ("paths", "/items", "get")
GET = ("paths", "/items/{item_id}", "get")
CREATE = ("paths", "/items", "post")
SCHEMAS = ("components", "schemas")
ANSWER = ("responses", "200", "content", "application/json", "schema")
NUMBER = {"type": "number"}
NOTHING: Told = {}


class Case(NamedTuple):
    """An edit of the document, and what it does in both directions."""

    name: str
    change: Callable[[Json], Json]
    forward: Told
    backward: Told


def put(*location: str | int, value: Json) -> Callable[[Json], Json]:
    """Set a node."""
    return lambda document: edits.put(document, location, value)


def drop(*location: str | int) -> Callable[[Json], Json]:
    """Remove a node."""
    return lambda document: edits.drop(document, location)


def rename(*location: str | int, name: str) -> Callable[[Json], Json]:
    """Rename a member."""
    return lambda document: edits.rename(document, location, name)


def both(*changes: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Make one edit after the other."""

    def change(document: Json) -> Json:
        for one in changes:
            document = one(document)
        return document

    return change


def respell(old: str, new: str) -> Callable[[Json], Json]:
    """Refer to another schema wherever one is referred to."""

    def change(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: change(item) for key, item in value.items()}
        if isinstance(value, list):
            return [change(item) for item in value]
        return ref(new)["$ref"] if value == ref(old)["$ref"] else value

    return change


def insert(*location: str | int, first: str, value: Json) -> Callable[[Json], Json]:
    """Put a member before all others of an object."""

    def change(document: Json) -> Json:
        members = edits.get(document, location)
        return edits.put(document, location, {first: value, **members})

    return change


CASES = [
    # Operations.
    Case("operation", put("paths", "/items/{item_id}/copy", value={
            "post": operation("copy", "items", ref("Item"), parameters=[in_path("item_id")])}),
         {"Shop.items.copy": OK}, {"Shop.items.copy": BREAKS}),
    Case("operation of a resource of its own", put("paths", "/stores", value={
            "get": operation("find", "stores", ref("Maker"))}),
         {"Shop.stores.find": OK}, {"Shop.stores.find": BREAKS}),
    Case("method is called otherwise", put(*GET, "x-method", value="fetch"),
         {"Shop.items.get": BREAKS}, {"Shop.items.fetch": BREAKS}),
    Case("method is in another resource", put(*GET, "x-resource", value="goods"),
         {"Shop.items.get": BREAKS}, {"Shop.goods.get": BREAKS}),
    Case("operation id", put(*GET, "operationId", value="fetch_item"),
         {"Shop.items.get": DANGER, "api.items.get_items": BREAKS},
         {"Shop.items.get": DANGER, "api.items.fetch_item": BREAKS}),
    Case("operation id and method", both(put(*GET, "operationId", value="fetch_item"),
                                         put(*GET, "x-method", value="fetch")),
         {"Shop.items.get": BREAKS, "Shop.items.fetch": DANGER},
         {"Shop.items.fetch": BREAKS, "Shop.items.get": DANGER}),
    Case("tag", both(put(*GET, "tags", value=["goods"])),
         {"api.items.get_items": BREAKS}, {"api.goods.get_items": BREAKS}),
    Case("path", rename("paths", "/items/{item_id}/labels", name="/items/{item_id}/tags"),
         {"Shop.items.labels.get": DANGER}, {"Shop.items.labels.get": DANGER}),
    Case("name of a path parameter", both(
            rename("paths", "/makers/{maker_id}", name="/makers/{id}"),
            put("paths", "/makers/{id}", "put", "parameters", value=[in_path("id")])),
         {"Shop.makers.update": BREAKS}, {"Shop.makers.update": BREAKS}),
    Case("HTTP method", rename("paths", "/makers/{maker_id}", "put", name="patch"),
         {"Shop.makers.update": DANGER}, {"Shop.makers.update": DANGER}),
    Case("list that is not walked", drop(*LIST, "x-pagination"),
         {"Shop.items.list": BREAKS}, {"Shop.items.list": BREAKS}),
    # Arguments.
    Case("query parameter", put(*GET, "parameters", value=[
            *SHOP["paths"]["/items/{item_id}"]["get"]["parameters"], query("as_of", TEXT)]),
         {"Shop.items.get": OK}, {"Shop.items.get": BREAKS}),
    Case("query parameter is called otherwise",
         put(*LIST, "parameters", 0, value=query("text", TEXT)),
         {"Shop.items.list": BREAKS}, {"Shop.items.list": BREAKS}),
    Case("query parameter is gone", drop(*LIST, "parameters", 0),
         {"Shop.items.list": BREAKS}, {"Shop.items.list": OK}),
    Case("required query parameter", put(*GET, "parameters", value=[
            in_path("item_id"), query("full", {"type": "boolean"}),
            query("as_of", TEXT, required=True)]),
         {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Case("query parameter may be left out", drop(*LIST, "parameters", 2, "required"),
         {"Shop.items.list": OK}, {"Shop.items.list": BREAKS}),
    Case("query parameter of another type", put(*LIST, "parameters", 0, "schema", value=NUMBER),
         {"Shop.items.list": BREAKS}, {"Shop.items.list": BREAKS}),
    Case("query parameter of two types", put(*LIST, "parameters", 0, "schema",
                                             value={"oneOf": [TEXT, {"type": "integer"}]}),
         {"Shop.items.list": OK}, {"Shop.items.list": BREAKS}),
    Case("items of a query parameter", put(*LIST, "parameters", 1, "schema", "items", value=TEXT),
         {"Shop.items.list": OK}, {"Shop.items.list": BREAKS}),
    Case("number instead of a whole number",
         put(*LIST, "parameters", 3, "schema", value=NUMBER),
         {"Shop.items.list": OK}, {"Shop.items.list": BREAKS}),
    Case("query parameters in another order", put(*LIST, "parameters", value=[
            *reversed(SHOP["paths"]["/items"]["get"]["parameters"])]), NOTHING, NOTHING),
    Case("path parameter", both(
            rename("paths", "/makers/{maker_id}", name="/makers/{maker_id}/{site}"),
            put("paths", "/makers/{maker_id}/{site}", "put", "parameters", value=[
                in_path("maker_id"), in_path("site")])),
         {"Shop.makers.update": BREAKS}, {"Shop.makers.update": BREAKS}),
    Case("body", put(*GET, "requestBody", value={"content": {"application/json": {
            "schema": ref("Maker")}}, "required": True}),
         {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Case("body may be left out", drop(*CREATE, "requestBody", "required"),
         {"Shop.items.create": OK}, {"Shop.items.create": BREAKS}),
    Case("body of another type", put(*CREATE, "requestBody", "content", "application/json",
                                     "schema", value=ref("Maker")),
         {"Shop.items.create": BREAKS, "models.NewItem": BREAKS},
         {"Shop.items.create": BREAKS, "models.NewItem": OK}),
    # Answers.
    Case("answer of another type", put(*GET, *ANSWER, value=ref("Maker")),
         {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Case("answer of two types", put(*GET, *ANSWER, value={"oneOf": [ref("Item"), ref("Maker")]}),
         {"Shop.items.get": BREAKS}, {"Shop.items.get": OK}),
    Case("items of all pages", put(*LIST, *ANSWER, "items", value=ref("Maker")),
         {"Shop.items.list": BREAKS}, {"Shop.items.list": BREAKS}),
    Case("answer where there was none", put("paths", "/items/{item_id}", "delete", "responses",
            value=operation("x", "y", ref("Item"))["responses"]),
         {"Shop.items.delete": OK}, {"Shop.items.delete": BREAKS}),
    Case("error of another type", put(*GET, "responses", "400", "content", "application/json",
                                      "schema", value=ref("Maker")),
         {"api.items.get_items": BREAKS}, {"api.items.get_items": BREAKS}),
    Case("file instead of an object", put(*GET, "responses", "200", "content", value={
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}),
         {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    # Fields of what callers read.
    Case("field of an answer", put(*SCHEMAS, "Item", "properties", "weight", value=NUMBER),
         {"models.Item.weight": OK}, {"models.Item.weight": BREAKS}),
    Case("first field of an answer", insert(*SCHEMAS, "Item", "properties", first="code",
                                            value=TEXT),
         {"models.Item.code": OK}, {"models.Item.code": BREAKS}),
    Case("required field of an answer", both(
            put(*SCHEMAS, "Item", "properties", "weight", value=NUMBER),
            put(*SCHEMAS, "Item", "required", value=["id", "name", "weight"])),
         {"models.Item.weight": OK}, {"models.Item.weight": BREAKS}),
    Case("field of an answer may be missing", put(*SCHEMAS, "Item", "required", value=["id"]),
         {"models.Item.name": BREAKS}, {"models.Item.name": OK}),
    Case("field of an answer is called otherwise",
         rename(*SCHEMAS, "Item", "properties", "price", name="cost"),
         {"models.Item.price": BREAKS}, {"models.Item.cost": BREAKS}),
    Case("field of an answer of another type",
         put(*SCHEMAS, "Item", "properties", "price", value=TEXT),
         {"models.Item.price": BREAKS}, {"models.Item.price": BREAKS}),
    Case("whole number in an answer",
         put(*SCHEMAS, "Item", "properties", "price", value={"type": "integer"}),
         {"models.Item.price": OK}, {"models.Item.price": BREAKS}),
    Case("items in an answer", put(*SCHEMAS, "Item", "properties", "sizes", "items",
                                   value={"oneOf": [TEXT, {"type": "integer"}]}),
         {"models.Item.sizes": BREAKS}, {"models.Item.sizes": OK}),
    Case("text instead of a time",
         put(*SCHEMAS, "Item", "properties", "made", value=TEXT),
         {"models.Item.made": BREAKS}, {"models.Item.made": BREAKS}),
    Case("fields of an answer in another order", put(*SCHEMAS, "Item", "properties", value=dict(
            reversed(SHOP["components"]["schemas"]["Item"]["properties"].items()))),
         NOTHING, NOTHING),
    # Fields of what callers make.
    Case("last field of a request", put(*SCHEMAS, "NewItem", "properties", "colour", value=TEXT),
         {"models.NewItem.colour": OK}, {"models.NewItem.colour": BREAKS}),
    Case("first field of a request", insert(*SCHEMAS, "NewItem", "properties", first="colour",
                                            value=TEXT),
         {"models.NewItem.colour": DANGER}, {"models.NewItem.colour": BREAKS}),
    Case("required field of a request", both(
            put(*SCHEMAS, "NewItem", "properties", "colour", value=TEXT),
            put(*SCHEMAS, "NewItem", "required", value=["name", "price", "colour"])),
         {"models.NewItem.colour": BREAKS}, {"models.NewItem.colour": BREAKS}),
    Case("last required field of a request may be left out",
         put(*SCHEMAS, "NewItem", "required", value=["name"]),
         {"models.NewItem.price": OK}, {"models.NewItem.price": BREAKS}),
    Case("first required field of a request may be left out",
         put(*SCHEMAS, "NewItem", "required", value=["price"]),
         {"models.NewItem.name": BREAKS}, {"models.NewItem.name": BREAKS}),
    Case("field of a request of two types", put(*SCHEMAS, "NewItem", "properties", "note",
                                                value={"oneOf": [TEXT, {"type": "integer"}]}),
         {"models.NewItem.note": OK}, {"models.NewItem.note": BREAKS}),
    Case("field of a request is called otherwise",
         rename(*SCHEMAS, "NewItem", "properties", "note", name="remark"),
         {"models.NewItem.note": BREAKS}, {"models.NewItem.remark": BREAKS}),
    Case("required fields of a request in another order", put(
            *SCHEMAS, "NewItem", "properties", value=dict(
                reversed(SHOP["components"]["schemas"]["NewItem"]["properties"].items()))),
         {"models.NewItem": BREAKS}, {"models.NewItem": BREAKS}),
    # Fields of what callers make and read.
    Case("field of both of two types", put(*SCHEMAS, "Maker", "properties", "city",
                                           value={"oneOf": [TEXT, {"type": "integer"}]}),
         {"models.Maker.city": BREAKS}, {"models.Maker.city": BREAKS}),
    Case("field of both may be missing", drop(*SCHEMAS, "Maker", "required"),
         {"models.Maker.name": BREAKS}, {"models.Maker.name": BREAKS}),
    Case("field of an object within a request", both(
            put(*SCHEMAS, "NewItem", "properties", "box", value=ref("Box")),
            put(*SCHEMAS, "Box", value=made("width", width=NUMBER))),
         {"models.Box": OK, "models.NewItem.box": OK},
         {"models.Box": BREAKS, "models.NewItem.box": BREAKS}),
    # Models.
    Case("model is called otherwise", both(rename(*SCHEMAS, "Maker", name="Producer"),
                                           respell("Maker", "Producer")),
         {"models.Maker": BREAKS}, {"models.Producer": BREAKS}),
    Case("model is called otherwise and has a field more", both(
            rename(*SCHEMAS, "Item", name="Article"), respell("Item", "Article"),
            put(*SCHEMAS, "Article", "properties", "weight", value=NUMBER)),
         {"models.Item": BREAKS, "models.Article.weight": OK},
         {"models.Article": BREAKS, "models.Article.weight": BREAKS}),
    Case("further members of another type",
         put(*SCHEMAS, "Labels", "additionalProperties", value={"type": "integer"}),
         {"models.Labels": BREAKS}, {"models.Labels": BREAKS}),
    Case("further members of any type", put(*SCHEMAS, "Labels", "additionalProperties", value={}),
         {"models.Labels": BREAKS}, {"models.Labels": OK}),
    # Enums.
    Case("member of an enum", put(*SCHEMAS, "Kind", "enum", value=["book", "toy", "game"]),
         {"models.Kind.GAME": OK}, {"models.Kind.GAME": BREAKS}),
    Case("member of an enum is called otherwise",
         put(*SCHEMAS, "Kind", "x-enum-varnames", value=["BOOK", "PLAYTHING"]),
         {"models.Kind.TOY": BREAKS}, {"models.Kind.PLAYTHING": BREAKS}),
    Case("member of an enum has another value", both(
            put(*SCHEMAS, "Kind", "enum", value=["book", "plaything"]),
            put(*SCHEMAS, "Kind", "x-enum-varnames", value=["BOOK", "TOY"])),
         {"models.Kind.TOY": DANGER}, {"models.Kind.TOY": DANGER}),
    Case("enum instead of an object", put(*SCHEMAS, "Labels", value={**TEXT, "enum": ["new"]}),
         {"models.Labels": BREAKS}, {"models.Labels": BREAKS}),
    Case("enum is called otherwise", both(rename(*SCHEMAS, "Kind", name="Sort"),
                                          respell("Kind", "Sort")),
         {"models.Kind": BREAKS}, {"models.Sort": BREAKS}),
    # The client.
    Case("class prefix", put("x-client", "class_prefix", value="Store"),
         {"Shop": BREAKS, "errors.ShopError": BREAKS},
         {"Store": BREAKS, "errors.StoreError": BREAKS}),
    Case("descriptions", both(put("info", "description", value="A shop."),
                              put(*GET, "description", value="Gets."),
                              put(*SCHEMAS, "Item", "description", value="An item.")),
         NOTHING, NOTHING),
]  # fmt: skip


@cache
def trees(folder: Path, name: str) -> tuple[Path, Path]:
    """The packages before and after an edit."""
    change = next(one.change for one in CASES if one.name == name)
    home = folder / f"{[one.name for one in CASES].index(name)}"
    return make(SHOP, home / "old"), make(change(SHOP), home / "new")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages are made, each once."""
    return tmp_path_factory.mktemp("clients")


def summarise(changes: list[PythonChange]) -> Told:
    """Return the symbols with their severities; each is told once for an edit."""
    told = {one.symbol: one.severity for one in changes}
    assert len(told) == len(changes), changes
    return told


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_edit_of_the_document_is_told_once_and_judged(case: Case, workshop: Path) -> None:
    """An edit is told at the symbols that it changes, forwards and backwards."""
    old, new = (read_python_surface(one) for one in trees(workshop, case.name))
    assert summarise(compare_python(old, new)) == case.forward
    assert summarise(compare_python(new, old)) == case.backward
    assert compare_python(new, new) == []
