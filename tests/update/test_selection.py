"""What we carry of an upstream document is cut out, and what became of the rest is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.document import parse_document
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi, list_operations
from pipeline.update.selection import Selection, read_selection, select_operations
from pipeline.update.upstream import take_upstream
from tests.update.documents import (
    OURS,
    SELECTION,
    Json,
    copied,
    crowded,
    published,
    reworded,
    upside_down,
)

SELECTED = read_selection(SELECTION)


def read(tmp_path: Path, text: str) -> Selection:
    """Read a selection with this text."""
    path = tmp_path / "selection.yaml"
    path.write_text(text)
    return read_selection(path)


def test_our_selection() -> None:
    """The selection lists exactly the operations of our document, in its order."""
    listed = [f"{one.method.upper()} {one.path}" for one in list_operations(OURS.value)]
    assert list(SELECTED.operations) == listed
    assert not any(SELECTED.watches(one) for one in listed)


@pytest.mark.parametrize(
    ("operation", "watched"),
    [
        ("PATCH /v1/orgs/{org}", True),
        ("GET /v1/orgs/{org}/limits", True),
        ("GET /v1/orgs/{organization}", False),
        ("GET /v1/orgs/{org}/secrets", False),
        ("GET /v1/orgs/{other}/secrets/{secret}", False),
        ("GET /v1/orgs/{org}/secretservice", True),
        ("GET /v1/orgsettings", False),
        ("GET /v1/secrets", False),
        ("DELETE /iacm/registry/anything", True),
    ],
)
def test_watched(operation: str, watched: bool) -> None:
    """News is what is under a prefix, by whole steps of the path, and neither ours nor ignored."""
    assert SELECTED.watches(operation) is watched


def test_cut_out() -> None:
    """Of a large document in any order, ours stays with what it leads to, and is valid."""
    whole = upside_down(crowded(reworded(copied())))
    selected = select_operations(published(whole), SELECTED, OURS.value)
    check_openapi(selected.value, OURS.place)
    names = {f"{one.method.upper()} {one.path}" for one in list_operations(selected.value)}
    assert names == set(SELECTED.operations)
    for section, members in OURS.value["components"].items():
        assert selected.value["components"][section].keys() == members.keys()
    assert {one["name"] for one in selected.value["tags"]} == {
        one["name"] for one in OURS.value["tags"]
    }
    assert (selected.gone, selected.new_operations) == ((), ())


def test_unused_components() -> None:
    """A component that ours holds without need stays, with what it leads to, and no other does."""
    whole = copied()
    schemas = whole["components"]["schemas"]
    schemas["PolicyViolationError"]["properties"]["cause"] = {"$ref": "#/components/schemas/Cause"}
    schemas |= {"Cause": {"type": "string"}, "Idle": {"type": "string"}}
    selected = select_operations(published(whole), SELECTED, OURS.value)
    kept = selected.value["components"]["schemas"].keys()
    assert kept - OURS.value["components"]["schemas"].keys() == {"Cause"}


def test_new_operations() -> None:
    """Operations under a prefix that nobody knows are listed, in the order of the document."""
    whole = copied()
    answer = {"responses": {"200": {"description": "Theirs"}}}
    whole["paths"]["/v1/orgs/{org}/secrets"] = {"get": answer}
    whole["paths"]["/v1/orgs/{org}/limits"] = {"get": answer, "parameters": []}
    whole["paths"]["/v1/orgs"]["patch"] = answer
    whole["paths"]["/elsewhere"] = {"get": answer}
    selected = select_operations(published(whole), SELECTED)
    assert selected.new_operations == ("PATCH /v1/orgs", "GET /v1/orgs/{org}/limits")


@pytest.mark.parametrize(
    ("path", "keeps_id", "note"),
    [
        ("/v1/orgs/{organization}", False, "another name"),
        ("/platform/v1/orgs/{org}", False, "is probably GET /platform/v1/orgs/{org} now"),
        ("/v2/organizations/{org}", True, "the same operationId"),
        ("/v1/org/{org}", False, "the nearest is GET /v1/org/{org}"),
        ("/cats/{cat}", False, "nothing there is like it"),
    ],
)
def test_gone(path: str, keeps_id: bool, note: str) -> None:
    """Of an operation that is gone, the one that it has probably become is named."""
    whole = copied()
    operation = whole["paths"]["/v1/orgs/{org}"].pop("get")
    if not keeps_id:
        del operation["operationId"]
    whole["paths"][path] = {"get": operation}
    (gone,) = select_operations(published(whole), SELECTED, OURS.value).gone
    assert gone.operation == "GET /v1/orgs/{org}"
    assert note in gone.note


def test_path_item_by_reference() -> None:
    """A path item that is a reference is followed, and one of no concern may lead nowhere."""
    whole = copied()
    whole["components"]["pathItems"] = {"Orgs": whole["paths"].pop("/v1/orgs")}
    whole["paths"]["/v1/orgs"] = {"$ref": "#/components/pathItems/Orgs"}
    whole["paths"] |= {"/a": {"$ref": "#/nowhere"}, "/b": None, "/c": {"$ref": "#/paths/~1c"}}
    assert take_upstream(OURS, published(whole), SELECTED).text == OURS.text


HEAD = "operations: [GET /a]\nprefixes: [/a]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]\n", "selection.yaml:1:1: [] is not of type"),
        ("operations: []\nprefixes: [/a]\n", "selection.yaml:1:1: [] has less than 1 item"),
        ("operations: [GET /a]\n", '"prefixes" is a required property'),
        (
            "operations:\n- get /a\nprefixes: [/a]\n",
            "selection.yaml:2:3: 'get /a' is no operation: write a method",
        ),
        ("operations:\n- FETCH /a\nprefixes: [/a]\n", "selection.yaml:2:3:"),
        ("operations:\n- GET a\nprefixes: [/a]\n", "selection.yaml:2:3:"),
        ("operations:\n- {GET: /a}\nprefixes: [/a]\n", "selection.yaml:2:3:"),
        ("operations: [GET /a]\nprefixes:\n- /\n", "selection.yaml:3:3:"),
        ("operations: [GET /a]\nprefixes:\n- /a/\n", "selection.yaml:3:3: '/a/' is no path: begin"),
        (HEAD + "ignored:\n- {reason: r, operations: [a b]}\n", "'a b' is neither an operation"),
        (HEAD + "ignored:\n- operations: [/a/b]\n", '"reason" is a required property'),
        (HEAD + "ignored:\n- {operations: [/a/b], reason: ''}\n", "selection.yaml:4:24:"),
        (HEAD + "others: 1\n", "others"),
        (
            "operations:\n- GET /a/{x}\n- GET /a/{y}\nprefixes: [/a]\n",
            "selection.yaml:3:3: GET /a/{y} stands twice in operations",
        ),
        (
            HEAD + "ignored:\n- {reason: r, operations: [/a]}\n",
            "selection.yaml:4:28: /a is ignored, and GET /a is carried",
        ),
        (
            HEAD + "ignored:\n- {reason: r, operations: [GET /a]}\n",
            "GET /a is ignored, and GET /a is carried",
        ),
        (
            HEAD + "ignored:\n- {reason: r, operations: [/b]}\n",
            "selection.yaml:4:28: /b is under no prefix",
        ),
        (
            HEAD
            + "ignored:\n- {reason: r, operations: [/a/b]}\n- {reason: s, operations: [/a/b]}\n",
            "selection.yaml:5:28: /a/b stands twice in ignored",
        ),
    ],
)
def test_bad_selection(tmp_path: Path, text: str, said: str) -> None:
    """A selection that is not well said is refused, with the place and what is wrong."""
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def broken(change: str) -> Json:
    """Return our document with one thing in it that cannot be read."""
    whole = copied()
    orgs = whole["paths"]["/v1/orgs"]
    match change:
        case "path item":
            whole["paths"]["/v1/orgs"] = {"$ref": "#/nowhere"}
        case "no item":
            whole["paths"]["/v1/orgs"] = ["get"]
        case "reference":
            orgs["get"]["parameters"] = [{"$ref": "#/components/parameters/Nothing"}]
        case "loop":
            whole["components"]["schemas"]["Organization"] = {
                "$ref": "#/components/schemas/Organization"
            }
        case "other file":
            orgs["get"]["parameters"] = [{"$ref": "other.yaml#/a"}]
        case "parameters":
            orgs["get"]["parameters"] = {"name": "a"}
        case "responses":
            orgs["get"]["responses"] = [1]
        case "schema":
            whole["components"]["schemas"]["Organization"] = ["type"]
        case "properties":
            whole["components"]["schemas"]["Organization"]["properties"] = [{"type": "string"}]
        case "components":
            whole["components"] = [1]
        case "section":
            whole["components"]["schemas"] = [1]
        case "security":
            whole["security"] = {"x-api-key": []}
        case "requirement":
            whole["security"] = [1]
        case "tags":
            whole["tags"] = ["a"]
        case "tag":
            orgs["get"]["tags"] = 1
        case "servers":
            whole["servers"] = {"url": "/"}
        case "info":
            whole["info"] = []
        case "discriminator":
            whole["components"]["schemas"]["Organization"]["discriminator"] = {"mapping": [1]}
        case _:
            raise AssertionError(change)
    return whole


@pytest.mark.parametrize(
    "change",
    [
        "path item", "no item", "reference", "loop", "other file", "parameters", "responses",
        "schema", "properties", "components", "section", "security", "requirement", "tags", "tag",
        "servers", "info", "discriminator",
    ],
)  # fmt: skip
def test_broken_upstream(change: str) -> None:
    """A document that is broken where we use it is refused, with a place in its file."""
    text = json.dumps(broken(change), indent=1)
    with pytest.raises(BadInput) as caught:
        take_upstream(OURS, parse_document(text, "new.json"), SELECTED)
    for fault in caught.value.faults:
        assert fault.place.file == "new.json"
        assert fault.place.line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "holds a list"),
        ("1", "a single value"),
        ('{"swagger": "2.0", "paths": {}}', "is Swagger 2.0: convert it"),
        ('{"info": {}}', "has no key 'openapi'"),
        ('{"openapi": "3.2.0"}', "3.0 and 3.1 can be read"),
        ('{"openapi": 3.0}', "is OpenAPI 3.0: write the whole version, as in 3.0.3, or 3.1.0"),
        ('{"openapi": "3.0.3"}', "has none of the selected operations"),
        ('{"openapi": "3.0.3", "paths": [1]}', "must be a mapping of paths"),
        ('{"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}', "has none of the selected"),
    ],
)
def test_other_document(text: str, said: str) -> None:
    """What is no OpenAPI document, or none of ours, is refused with what it is."""
    with pytest.raises(BadInput) as caught:
        take_upstream(OURS, parse_document(text, "new.json"), SELECTED)
    assert said in str(caught.value)
