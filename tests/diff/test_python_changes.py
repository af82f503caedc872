"""What each kind of edit does to the Python surface, told once and judged as callers meet it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import griffe
import pytest

from pipeline import edits
from pipeline.diff.change import PythonChange, Severity
from pipeline.diff.python.changes import compare_python
from pipeline.diff.python.surface import read_python_surface
from pipeline.values import Json
from tests.client.described import ROOT
from tests.diff.shop import SHOP, TEXT, in_path, made, make, operation, query, ref

pytestmark = pytest.mark.once

OK, DANGER, BREAKS = Severity.COMPATIBLE, Severity.DANGEROUS, Severity.BREAKING
Told = dict[str, Severity]

LIST = ("paths", "/items", "get")
GET = ("paths", "/items/{item_id}", "get")
CREATE = ("paths", "/items", "post")
SCHEMAS = ("components", "schemas")
ANSWER = ("responses", "200", "content", "application/json", "schema")
NUMBER = {"type": "number"}
NOTHING: Told = {}
RUNTIME = ROOT / "src/harness_nextgen_runtime"


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
         {"api.items.get_items": BREAKS}, {"api.items.fetch_item": BREAKS}),
    Case("operation id and method", both(put(*GET, "operationId", value="fetch_item"),
                                         put(*GET, "x-method", value="fetch")),
         {"Shop.items.get": BREAKS}, {"Shop.items.fetch": BREAKS}),
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


class Lines(NamedTuple):
    """Declarations that are other on both sides, which no document brings about."""

    name: str
    before: dict[str, str | None]
    after: dict[str, str | None]
    forward: Told
    backward: Told


LINES = [
    # What the document cannot say, or not yet.
    Lines("enum of listed values", {"models.Kind": "class Kind(OpenStrEnum)"},
          {"models.Kind": "class Kind(StrEnum)"}, {"models.Kind": BREAKS}, {"models.Kind": DANGER}),
    Lines("member of an enum of listed values", {"models.Kind": "class Kind(StrEnum)"},
          {"models.Kind": "class Kind(StrEnum)", "models.Kind.GAME": "GAME = 'game'"},
          {"models.Kind.GAME": DANGER}, {"models.Kind.GAME": BREAKS}),
    Lines("enum of numbers", {}, {"models.Kind": "class Kind(OpenIntEnum)"},
          {"models.Kind": BREAKS}, {"models.Kind": BREAKS}),
    Lines("argument by position", {"Shop.items.get": "def get(a: str, *, b: int = 0) -> Item"},
          {"Shop.items.get": "def get(a: str, b: int = 0) -> Item"},
          {"Shop.items.get": OK}, {"Shop.items.get": BREAKS}),
    Lines("argument in the middle", {"Shop.items.get": "def get(a: str, c: int = 0) -> Item"},
          {"Shop.items.get": "def get(a: str, b: int = 0, c: int = 0) -> Item"},
          {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Lines("last argument", {"Shop.items.get": "def get(a: str) -> Item"},
          {"Shop.items.get": "def get(a: str, b: int = 0) -> Item"},
          {"Shop.items.get": OK}, {"Shop.items.get": BREAKS}),
    Lines("arguments in another order", {"Shop.items.get": "def get(a: str, b: int) -> Item"},
          {"Shop.items.get": "def get(b: int, a: str) -> Item"},
          {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Lines("argument by name alone before others",
          {"Shop.items.get": "def get(a: str = '', *, b: str = '') -> Item"},
          {"Shop.items.get": "def get(b: str = '', a: str = '') -> Item"},
          {"Shop.items.get": BREAKS}, {"Shop.items.get": BREAKS}),
    Lines("argument by position alone", {"Shop.items.get": "def get(a: str) -> Item"},
          {"Shop.items.get": "def get(a: str, /) -> Item"},
          {"Shop.items.get": BREAKS}, {"Shop.items.get": OK}),
    Lines("name of an argument by position alone", {"Shop.items.get": "def get(a: str, /) -> Item"},
          {"Shop.items.get": "def get(b: str, /) -> Item"},
          {"Shop.items.get": OK}, {"Shop.items.get": OK}),
    Lines("default", {"Shop.items.get": "def get(*, a: int = 0) -> Item"},
          {"Shop.items.get": "def get(*, a: int = 1) -> Item"},
          {"Shop.items.get": DANGER}, {"Shop.items.get": DANGER}),
    Lines("options", {}, {"Shop.items.delete": "def delete(item_id: str) -> None"},
          {"Shop.items.delete": BREAKS}, {"Shop.items.delete": OK}),
    Lines("one of some texts", {"Shop.items.get": "def get(a: Literal['x', 'y']) -> Item"},
          {"Shop.items.get": "def get(a: Literal['x']) -> Item"},
          {"Shop.items.get": BREAKS}, {"Shop.items.get": OK}),
    Lines("any text instead of some", {"Shop.items.get": "def get(a: Literal['x', 'y']) -> Item"},
          {"Shop.items.get": "def get(a: str) -> Item"},
          {"Shop.items.get": OK}, {"Shop.items.get": BREAKS}),
    Lines("text instead of an open enum", {"Shop.items.get": "def get(a: Kind) -> Item"},
          {"Shop.items.get": "def get(a: str) -> Item"},
          {"Shop.items.get": OK}, {"Shop.items.get": BREAKS}),
    Lines("method of one client alone",
          {}, {"AsyncShop.items.delete":
              "async def delete(item_id: int, **options: Unpack[CallOptions]) -> None"},
          {"AsyncShop.items.delete": BREAKS}, {"AsyncShop.items.delete": BREAKS}),
    Lines("low-level function alone", {}, {"api.items.get_items.build_request": None},
          {"api.items.get_items.build_request": BREAKS}, {"api.items.get_items.build_request": OK}),
    Lines("field by name alone", {}, {
              "models.NewItem.note": "note: str | Unset = field(default=UNSET, kw_only=True)",
              "models.NewItem.__init__": "def __init__(name, price, kind, *, note)"},
          {"models.NewItem.note": BREAKS}, {"models.NewItem.note": OK}),
    Lines("field that is not given", {}, {
              "models.NewItem.note": "note: str | Unset = field(default=UNSET, init=False)",
              "models.NewItem.__init__": "def __init__(name, price, kind)"},
          {"models.NewItem.note": BREAKS}, {"models.NewItem.note": OK}),
    Lines("default of a field", {}, {"models.NewItem.note": "note: str | Unset = ''"},
          {"models.NewItem.note": DANGER}, {"models.NewItem.note": DANGER}),
    Lines("property instead of a field", {}, {"models.Item.price": "@property price: float"},
          {"models.Item.price": OK}, {"models.Item.price": BREAKS}),
    Lines("property", {}, {"models.Item.made_at": "@property made_at: datetime.datetime | None"},
          {"models.Item.made_at": OK}, {"models.Item.made_at": BREAKS}),
    Lines("function of a model", {}, {"models.Item.to_text": "def to_text() -> str"},
          {"models.Item.to_text": OK}, {"models.Item.to_text": BREAKS}),
    Lines("another name of a type", {"models.Amount": "Amount: TypeAlias = int | str"},
          {"models.Amount": "Amount: TypeAlias = int"},
          {"models.Amount": BREAKS}, {"models.Amount": BREAKS}),
    Lines("class instead of another name", {"models.Amount": "Amount: TypeAlias = int | str"},
          {"models.Amount": "class Amount(Model)"},
          {"models.Amount": BREAKS}, {"models.Amount": BREAKS}),
    Lines("name that the package exports", {"Timeout": None}, {"Timeout": "import Timeout"},
          {"Timeout": OK}, {"Timeout": BREAKS}),
    # The runtime.
    Lines("base of an error", {}, {"errors.NotFoundError": "class NotFoundError(ApiError)"},
          {"errors.NotFoundError": BREAKS}, {"errors.NotFoundError": OK}),
    Lines("second base of an error", {},
          {"errors.ConfigurationError": "class ConfigurationError(ApiError)"},
          {"errors.ConfigurationError": BREAKS}, {"errors.ConfigurationError": OK}),
    Lines("base between an error and its base", {},
          {"errors.MissingError": "class MissingError(StatusError)",
           "errors.NotFoundError": "class NotFoundError(MissingError)"},
          {"errors.MissingError": OK, "errors.NotFoundError": OK},
          {"errors.MissingError": BREAKS, "errors.NotFoundError": BREAKS}),
    Lines("attribute of an error", {}, {"errors.StatusError.retries": "retries: int"},
          {"errors.StatusError.retries": OK}, {"errors.StatusError.retries": BREAKS}),
    Lines("type of an error's attribute", {}, {
              "errors.StatusError.status_code": "status_code: str"},
          {"errors.StatusError.status_code": BREAKS}, {"errors.StatusError.status_code": BREAKS}),
    Lines("option of calls", {}, {"types.CallOptions.trace": "trace: str"},
          {"types.CallOptions.trace": OK}, {"types.CallOptions.trace": BREAKS}),
    Lines("default of an option", {}, {
              "types.Timeout.__init__":
                  "def __init__(connect: float | None = 9.0, read: float | None = 30.0) -> None",
              "types.Timeout.connect": "connect: float | None = 9.0"},
          {"types.Timeout.connect": DANGER}, {"types.Timeout.connect": DANGER}),
    Lines("option of both clients",
          {"Shop.__init__": "def __init__(*, a: int = 0)",
           "AsyncShop.__init__": "def __init__(*, a: int = 0)"},
          {"Shop.__init__": "def __init__(*, a: int = 0, b: int = 0)",
           "AsyncShop.__init__": "def __init__(*, a: int = 0, b: int = 0)"},
          {"Shop.__init__": OK}, {"Shop.__init__": BREAKS}),
    Lines("what callers may send", {"Shop.items.create": "def create(body: Content) -> Item"},
          {"Shop.items.create": "def create(body: Content) -> Item",
           "types.Content": "Content: TypeAlias = bytes"},
          {"types.Content": BREAKS}, {"types.Content": OK}),
    Lines("constructor of what callers are given", {},
          {"types.Pages.__init__": "def __init__(client: int) -> None"}, NOTHING, NOTHING),
    Lines("method of both kinds of pages", {},
          {"types.Pages.first": "def first() -> T", "types.AsyncPages.first": "def first() -> T"},
          {"types.Pages.first": OK}, {"types.Pages.first": BREAKS}),
]  # fmt: skip


@cache
def make_new(folder: Path, name: str) -> tuple[Path, Json]:
    """The package after an edit, and its surface."""
    at = next(index for index, one in enumerate(CASES) if one.name == name)
    package = make(CASES[at].change(SHOP), folder / str(at))
    return package, read_python_surface(package)


@cache
def make_old(folder: Path) -> tuple[Path, Json]:
    """The package before all edits, and its surface with its runtime."""
    package = make(SHOP, folder / "old")
    return package, read_python_surface(package, RUNTIME)


def summarise(changes: list[PythonChange]) -> Told:
    """Return the symbols with their severities; each is told once for an edit."""
    told = {one.symbol: one.severity for one in changes}
    assert len(told) == len(changes), changes
    return told


def change_lines(surface: Json, lines: dict[str, str | None]) -> Json:
    """Return a surface with other declarations."""
    symbols, runtime = dict(surface["symbols"]), dict(surface["runtime"])
    for symbol, text in lines.items():
        is_own = symbol in symbols or not symbol.startswith(("errors.", "types.", "Shop.__"))
        (symbols if is_own and symbol not in runtime else runtime)[symbol] = text
    return {**surface, "symbols": symbols, "runtime": runtime}


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_edit_of_the_document_is_told_once_and_judged(case: Case, workshop: Path) -> None:
    """An edit is told at the symbols that it changes, forwards and backwards."""
    (_, old), (_, new) = make_old(workshop), make_new(workshop, case.name)
    assert summarise(compare_python(old, new)) == case.forward
    assert summarise(compare_python(new, old)) == case.backward
    assert compare_python(new, new) == []


GOT = "def {}(item_id: str, *, full: bool | Unset = UNSET, **options: Unpack[CallOptions]) -> Item"
WORDS = {
    "query parameter is gone": (
        "Shop.items.list", "the argument `search` is gone",
        "def list(*, …, search: str | Unset = UNSET, …) -> Pages[Item]",
        "def list(*, …) -> Pages[Item]",
    ),
    "required query parameter": (
        "Shop.items.get", "the argument `as_of` was added and must be given",
        GOT.format("get"),
        "def get(…, *, as_of: str, …) -> Item",
    ),
    "path parameter": (
        "Shop.makers.update",
        ("the argument `site` was added and must be given; "
         "it sends PUT /makers/{maker_id}/{site}, was PUT /makers/{maker_id}"),
        "def update(maker_id: str, body: Maker, **options: Unpack[CallOptions]) -> Maker",
        ("def update(maker_id: str, site: str, body: Maker, **options: Unpack[CallOptions])"
         " -> Maker"),
    ),
    "list that is not walked": (
        "Shop.items.list", "it returns `list[Item]`, was `Pages[Item]`",
        "def list(*, …, prefetch: int = 0, …) -> Pages[Item]", "def list(*, …) -> list[Item]",
    ),
    "HTTP method": (
        "Shop.makers.update", "it sends PATCH /makers/{maker_id}, was PUT /makers/{maker_id}",
        'OPERATION = Operation(id="update_makers", method="PUT", path="/makers/{maker_id}")',
        'OPERATION = Operation(id="update_makers", method="PATCH", path="/makers/{maker_id}")',
    ),
    "field of an answer may be missing": (
        "models.Item.name",
        "`name` may be left out, and is UNSET then; `name` is `str | None`, was `str`",
        "name: str", "name: str | None | Unset = UNSET",
    ),
    "first field of a request": (
        "models.NewItem.colour",
        "it was added; `colour` stands before others, whose places move for callers by position",
        None, "colour: str | Unset = UNSET",
    ),
    "model is called otherwise": (
        "models.Maker", "`models.Maker` is called `models.Producer`",
        "class Maker(Model)", "class Producer(Model)",
    ),
    "member of an enum": ("models.Kind.GAME", "it was added", None, 'GAME = "game"'),
    "member of an enum has another value": (
        "models.Kind.TOY", 'the value of `TOY` is `"plaything"`, was `"toy"`',
        'TOY = "toy"', 'TOY = "plaything"',
    ),
    "operation id and method": (
        "Shop.items.get",
        ("`Shop.items.get` is called `Shop.items.fetch`; "
         "`api.items.get_items` is called `api.items.fetch_item`"),
        GOT.format("get"),
        GOT.format("fetch"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_change_is_told_in_plain_words_and_in_python(name: str, workshop: Path) -> None:
    """A person reads what became of a name, and its declaration on both sides."""
    (change,) = compare_python(make_old(workshop)[1], make_new(workshop, name)[1])
    assert (change.symbol, change.what, change.before, change.after) == WORDS[name]


@pytest.mark.parametrize("case", LINES, ids=lambda one: one.name)
def test_edit_of_a_declaration_is_told_once_and_judged(case: Lines, workshop: Path) -> None:
    """So is what no document brings about: the templates, the runtime."""
    _, surface = make_old(workshop)
    old, new = change_lines(surface, case.before), change_lines(surface, case.after)
    old, new = ({**one, "symbols": {k: v for k, v in one["symbols"].items() if k != "Timeout" or v}}
                for one in (old, new))  # fmt: skip
    assert summarise(compare_python(old, new)) == case.forward
    assert summarise(compare_python(new, old)) == case.backward


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_what_griffe_finds_broken_is_breaking(case: Case, workshop: Path) -> None:
    """Each breakage that griffe finds in the trees is told as one, at its symbol."""
    (old, old_surface), (new, new_surface) = make_old(workshop), make_new(workshop, case.name)
    for before, after, surface, other in (
        (old, new, old_surface, new_surface), (new, old, new_surface, old_surface)
    ):  # fmt: skip
        broken = {
            one.symbol
            for one in compare_python(surface, other)
            if one.severity is Severity.BREAKING
        }
        for breakage in griffe.find_breaking_changes(load(before), load(after)):
            known = name_symbols(breakage.obj.path.partition(".")[2], surface, load(before))
            # A resource is told by its methods; what is in a class that is none any more, by it.
            assert any(
                f"{told}.".startswith(f"{one}.") or one.startswith(f"{told}.")
                for one in known
                for told in broken
            ), (breakage.kind, breakage.obj.path, broken)


@cache
def load(package: Path) -> griffe.Module:
    """Read a package with griffe alone."""
    loader = griffe.GriffeLoader(search_paths=[package.parent], allow_inspection=False)
    module = loader.load(package.name, try_relative_path=False)
    assert isinstance(module, griffe.Module)
    return module


def name_symbols(path: str, surface: Json, module: griffe.Module) -> set[str]:
    """Return the symbols by which a person comes to an object of the package."""
    home, *steps = path.split(".")
    if not steps:
        return {home.removeprefix("Async")}
    if home == "client":
        return {".".join(steps).removeprefix("Async")}
    if home == "models":
        files = {
            one.target_path.split(".")[2]: name
            for name, one in module["models"].members.items()
            if isinstance(one, griffe.Alias) and one.target_path.startswith(f"{module.path}.")
        }
        return {".".join(["models", files.get(steps[0], steps[0]), *steps[2:]])}
    if home == "resources":
        classes = {text.partition(": ")[2]: one for one, text in surface["symbols"].items()
                   if text and text.endswith("Resource") and one.startswith("Shop.")}  # fmt: skip
        if len(steps) == 1:
            members = module["resources"][steps[0]].members
            return {classes[name] for name in members if name in classes}
        name = steps[1].removeprefix("Async").removesuffix("WithRawResponse")
        return {".".join([classes[name], *steps[2:]])}
    module_symbol = ".".join([home, *steps[:2]])
    methods = {its[-1]: its[0] for its in surface["operations"].values()}
    return {module_symbol, methods.get(module_symbol, module_symbol)} | {
        method for one, method in methods.items() if one.startswith(f"{module_symbol}.")
    }
