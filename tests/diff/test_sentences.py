"""What a change says of itself is good English, true of the edit, and names what was edited."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.diff.change import Change
from pipeline.diff.compare import find_changes
from pipeline.diff.rules import RULES
from pipeline.document import Document, read_document
from pipeline.values import Json
from tests.diff.reading import list_steps, read_pairs
from tests.diff.shop import SHOP, TEXT, made, operation, query, ref
from tests.diff.test_python_changes import (
    ANSWER,
    CREATE,
    GET,
    NUMBER,
    SCHEMAS,
    both,
    drop,
    put,
)

TABLE = read_document(Path(__file__).parent / "sentences.yaml").value
SENTENCES = [(rule, one) for rule, its in TABLE.items() for one in its]

BODY = ("requestBody", "content", "application/json", "schema")
LOGIN = {
    "type": "oauth2",
    "flows": {"password": {"tokenUrl": "/token", "scopes": {"read": "Read."}}},
}
KEY = {"type": "apiKey", "in": "header", "name": "key"}
CALLED = {"requestBody": {"content": {"application/json": {"schema": made(text=TEXT)}}},
          "responses": {"204": {"description": "Taken."}}}  # fmt: skip
ON_DONE = ("callbacks", "onDone", "{$request.body#/url}", "post")
CHOICE = {"oneOf": [ref("Box"), ref("Crate")]}
BASE: Json = both(
    put(*SCHEMAS, "Box", value=made(width=NUMBER, kind=TEXT)),
    put(*SCHEMAS, "Crate", value={"allOf": [
        made(height=NUMBER, kind=TEXT), made(lid=TEXT), made(tag=made(textID=TEXT))]}),
    put("x-shared", value={"Seal": made(wax=TEXT)}),
    put("paths", "/seals", value={"get": operation("list", "seals",
                                                   {"$ref": "#/x-shared/Seal"})}),
    put(*SCHEMAS, "Maker", "properties", "packed", value={**made(seal=TEXT), **CHOICE}),
    put(*SCHEMAS, "Maker", "properties", "told",
        value={**CHOICE, "discriminator": {"propertyName": "kind"}}),
    put("openapi", value="3.1.0"),
    put(*SCHEMAS, "Maker", "properties", "required", value=TEXT),
    put(*CREATE, "callbacks", value={"onDone": {"{$request.body#/url}": {"post": {
        **CALLED, "parameters": [query("at", TEXT), query("by", TEXT, required=True)]}}}}),
    put("webhooks", value={"sold": {"post": {**CALLED, "operationId": "sold"}}}),
    put("components", "securitySchemes", value={"Key": KEY, "Login": LOGIN}),
)(SHOP)  # fmt: skip
SAME = "Nothing: what was right stays right."
UNSEEN = "Nothing: what is read stays what it was."
OF_CALLBACK = "of the callback `onDone` of `items.create`"


class Edit(NamedTuple):
    """An edit, and what is told of it."""

    rule: str
    change: Callable[[Json], Json]
    what: str
    caller: str


EDITS = [
    # The rules that no pair has.
    Edit("method-renamed", put(*GET, "x-method", value="fetch"),
         "`items.get` is `items.fetch` now", "A call of `Shop.items.get` is an AttributeError."),
    Edit("extension-changed", put(*GET, "x-rate", value=1), "`items.get`: `x-rate` changed", SAME),
    Edit("extension-changed", put("x-client", "class_prefix", value="Store"),
         "`x-client` was changed", SAME),
    Edit("unknown-changed", put(*GET, "cost", value=1), "`items.get`: `cost` changed",
         "What this keyword means to the server is not known here."),
    Edit("link-changed", put(*GET, "responses", "200", "links", value={"a": {"operationId": "b"}}),
         "the answer 200 of `items.get`: the links changed", SAME),
    Edit("security-scheme-removed", drop("components", "securitySchemes", "Key"),
         "the security scheme `Key` was removed", SAME),
    Edit("alternatives-removed", drop(*SCHEMAS, "Maker", "properties", "packed", "oneOf"),
         "`Maker.packed`: oneOf was removed", "An answer may be of any kind."),
    Edit("alternatives-added", put(*SCHEMAS, "Item", "oneOf", value=[made("id"), made("name")]),
         "`Item`: oneOf was added", UNSEEN),
    Edit("discriminator-removed", drop(*SCHEMAS, "Maker", "properties", "told", "discriminator"),
         "`Maker.told` has no discriminator any more", "Nothing tells the kind of an answer."),
    Edit("discriminator-added", put(*SCHEMAS, "Maker", "properties", "packed", "discriminator",
                                    value={"propertyName": "kind"}),
         "`Maker.packed` has a discriminator now", "A request without it is refused."),
    Edit("security-scheme-changed", put("components", "securitySchemes", "Login", "flows",
                                        "password", "tokenUrl", value="/elsewhere"),
         "the security scheme `Login`: the flow password changed",
         "Credentials are given in another way."),
    Edit("security-scheme-added", put("components", "securitySchemes", "Login", "flows",
                                      "password", "scopes", "write", value="Write."),
         "the security scheme `Login`: the scopes of the flow password changed", SAME),
    Edit("security-scheme-changed", drop("components", "securitySchemes", "Login", "flows",
                                         "password", "scopes", "read"),
         "the security scheme `Login`: the flow password changed",
         "Credentials are given in another way."),
    Edit("wording", put("components", "securitySchemes", "Login", "flows", "password", "scopes",
                        "read", value="To read."),
         "the security scheme `Login`: the scopes of the flow password changed", SAME),
    # Whom an edit reaches.
    Edit("property-removed", drop(*SCHEMAS, "Item", "properties", "price"),
         "`Item.price` was removed", "Reading `models.Item.price` is an AttributeError."),
    Edit("property-added", both(put(*SCHEMAS, "Lid", value=made(name=TEXT)),
                                put(*SCHEMAS, "Item", "properties", "lid", value=ref("Lid"))),
         "`Item.lid` was added", "Nothing: `models.Item.lid` can be read."),
    Edit("operation-added", both(put(*SCHEMAS, "Lid", value=made(name=TEXT)), put(
            "paths", "/boxes", value={"get": operation("get", "boxes", ref("Lid"))})),
         "`boxes.get` (GET /boxes) was added",
         "Nothing: `Shop.boxes.get` can be called from now on."),
    Edit("required-parameter-added", put(
            "paths", "/items/{item_id}", "parameters", value=[query("orgId", TEXT, required=True)]),
         "the query parameter `orgId` was added, and is required",
         "A call of `Shop.items.delete` (and 1 more) without `org_id` is a TypeError, and is "
         "refused by the server."),
    Edit("parameter-removed", both(drop(*GET, "parameters", 1), put(*GET, "x-method", value="a")),
         "the query parameter `full` of `items.get` was removed",
         "A call of `Shop.items.get` with `full` is a TypeError."),
    # What is called `required`, and what must be there without being described.
    Edit("property-removed", drop(*SCHEMAS, "Maker", "properties", "required"),
         "`Maker.required` was removed",
         "`required` is not taken any more. Reading `models.Maker.required` is an "
         "AttributeError."),
    Edit("property-now-required", put(*SCHEMAS, "Maker", "required", value=["name", "required"]),
         "`Maker.required` is required now", "A request without `required` is refused."),
    Edit("property-now-required", put(*SCHEMAS, "Maker", "required", value=["name", "zip"]),
         "`Maker.zip` is required now", "A request without `zip` is refused."),
    Edit("property-now-optional", put(*SCHEMAS, "Maker", "required", value=[]),
         "`Maker.name` is optional now", "Code that reads `models.Maker.name` may find it unset."),
    # What is a field of a class, and what is within one.
    Edit("property-removed", drop(*SCHEMAS, "Crate", "allOf", 1, "properties", "lid"),
         "`Crate.lid` was removed",
         "`lid` is not taken any more. Reading `models.Crate.lid` is an AttributeError."),
    Edit("property-removed", drop(*SCHEMAS, "Crate", "allOf", 2, "properties", "tag",
                                  "properties", "textID"),
         "`Crate.tag.textID` was removed",
         "`textID` is not taken any more. Reading `text_id` is an AttributeError."),
    Edit("property-removed", drop("x-shared", "Seal", "properties", "wax"),
         "`x-shared.Seal.properties.wax` was removed", "Reading `wax` is an AttributeError."),
    # What is read and given within an answer or a body.
    Edit("default-changed", put(*GET, *ANSWER, "default", value=1),
         "the answer 200 of `items.get`: the default 1 was added",
         "An answer that leaves it out means something else than so far."),
    # What the API sends, the caller reads.
    Edit("parameter-removed", drop(*CREATE, *ON_DONE, "parameters", 0),
         f"the query parameter `at` {OF_CALLBACK} was removed", "Code that reads `at` finds none."),
    Edit("parameter-renamed", put(*CREATE, *ON_DONE, "parameters", 0, "name", value="on"),
         f"the query parameter `at` {OF_CALLBACK} was renamed to `on`",
         "The old name is not there any more."),
    Edit("parameter-moved", put(*CREATE, *ON_DONE, "parameters", 0, "in", value="header"),
         f"the query parameter `at` {OF_CALLBACK} moved from query to header",
         "Code that reads `at` does not find it where it was."),
    Edit("parameter-now-required", put(*CREATE, *ON_DONE, "parameters", 0, "required", value=True),
         f"the query parameter `at` {OF_CALLBACK} is required now", UNSEEN),
    Edit("parameter-now-optional", drop(*CREATE, *ON_DONE, "parameters", 1, "required"),
         f"the query parameter `by` {OF_CALLBACK} is optional now",
         "Code that reads `by` may find none."),
    Edit("required-parameter-added", put(*CREATE, *ON_DONE, "parameters", 0,
                                         value=query("to", {"type": "integer"}, required=True)),
         f"the query parameter `to` {OF_CALLBACK} was added, and is required", UNSEEN),
    Edit("body-removed", drop(*CREATE, *ON_DONE, "requestBody"),
         f"the request body {OF_CALLBACK} was removed", "There is no body any more."),
    Edit("property-removed", put("webhooks", "sold", "post", *BODY, value=made()),
         "`text` in the request body of the webhook `sold` was removed",
         "Reading `text` is an AttributeError."),
    Edit("wording", put("webhooks", "sold", "post", "summary", value="Sold."),
         "the webhook `sold`: the summary changed", SAME),
    # The API as a whole.
    Edit("unknown-changed", put("jsonSchemaDialect", value="https://example.com/dialect"),
         "`jsonSchemaDialect` was changed",
         "What this keyword means to the server is not known here."),
    Edit("version-changed", put("info", "version", value="2"),
         "the API: the version changed from 1 to 2", SAME),
    Edit("wording", put("tags", value=[{"name": "items"}]), "the API: the tags changed", SAME),
    Edit("wording", put("externalDocs", value={"url": "https://example.com"}),
         "the API: the externalDocs changed", SAME),
    Edit("wording", put("paths", "/items", "summary", value="Items."),
         "the path `/items`: the summary changed", SAME),
]  # fmt: skip


@cache
def read_steps() -> dict[str, list[Change]]:
    """Return the changes of both directions of all pairs."""
    return {step.name: find_changes(step.old, step.new) for step in list_steps(read_pairs())}


@pytest.mark.parametrize(
    ("rule", "said"), SENTENCES, ids=[f"{rule}: {one['pair']}" for rule, one in SENTENCES]
)
def test_pair_is_told(rule: str, said: Json) -> None:
    """A labelled pair is told in these words."""
    told = [(one.rule, one.what, one.caller) for one in read_steps()[said["pair"]]]
    assert (rule, said["what"], said["caller"]) in told


@pytest.mark.parametrize("edit", EDITS, ids=lambda one: f"{one.rule}: {one.what}")
def test_edit_is_told(edit: Edit) -> None:
    """An edit of the shop is told in these words."""
    new = edit.change(BASE)
    changes = find_changes(Document("old", BASE, ""), Document("new", new, ""))
    assert (edit.rule, edit.what, edit.caller) in [
        (one.rule, one.what, one.caller) for one in changes
    ]


def test_every_rule_is_told() -> None:
    """The words of each rule are held here, but for what is of Python alone."""
    assert {*TABLE, *(one.rule for one in EDITS)} == RULES.keys() - {"python-changed"}


def test_sentences_of_all_pairs_are_whole() -> None:
    """Each sentence names something, once, and has no mark of its making."""
    for step, changes in read_steps().items():
        for one in changes:
            said = f"{one.what} {one.caller}"
            assert not re.search("``|  |[{](symbol|name|argument)[}]", said), (step, said)
            assert "None" not in one.what, (step, one.what)
            subject, _, did = one.what.partition(": ")
            assert not did or not did.startswith(subject), (step, one.what)
            assert one.caller.endswith("."), (step, one.caller)
