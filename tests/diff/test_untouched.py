"""What is not compared because no edit reaches it: nothing that an edit does reach."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from pipeline.diff.compare import find_changes
from pipeline.document import Document
from pipeline.openapi import check_openapi
from pipeline.values import Json

DEPTH = "paths/~1depth/get/responses/200/content/application~1json/schema"
OK = {"200": {"description": "Done."}}


def answer(schema: Json) -> Json:
    """Describe an answer of JSON."""
    return {"200": {"description": "It.", "content": {"application/json": {"schema": schema}}}}


def refer(pointer: str) -> Json:
    """Describe an answer whose schema is elsewhere."""
    return answer({"$ref": f"#/{pointer}"})


API: Json = {
    "openapi": "3.0.3",
    "info": {"title": "Shelf", "version": "1"},
    "servers": [{"url": "/v1"}],
    "x-shared": {"Size": {"type": "integer", "minimum": 1}},
    "paths": {
        "/books": {
            "get": {"operationId": "listBooks", "responses": refer("components/schemas/Books")},
            "post": {
                "operationId": "addBook",
                "responses": OK,
                "callbacks": {"added": {"/added": {"post": {"responses": OK}}}},
            },
        },
        "/size": {"get": {"operationId": "getSize", "responses": refer("x-shared/Size")}},
        "/spine": {"get": {"operationId": "getSpine", "responses": refer(DEPTH)}},
        "/depth": {"get": {"operationId": "getDepth", "responses": answer({"type": "integer"})}},
        "/id/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {"operationId": "getId", "responses": OK},
        },
    },
    "components": {
        "parameters": {
            "Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        },
        "schemas": {
            "Books": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
            "Book": {"type": "object", "properties": {"pages": {"type": "number"}}},
        },
    },
}


def edit_component(api: Json) -> None:
    """Edit what a component refers to that an operation refers to."""
    api["components"]["schemas"]["Book"]["properties"]["pages"]["type"] = "integer"


def edit_outside(api: Json) -> None:
    """Edit a schema that is no component."""
    api["x-shared"]["Size"]["type"] = "string"


def edit_operation(api: Json) -> None:
    """Edit a schema inside an operation that another one refers to."""
    content = api["paths"]["/depth"]["get"]["responses"]["200"]["content"]
    content["application/json"]["schema"]["type"] = "string"


def edit_parameter(api: Json) -> None:
    """Edit a parameter that a path item lists."""
    api["components"]["parameters"]["Id"]["schema"]["type"] = "string"


def edit_path_item(api: Json) -> None:
    """Edit what all operations of a path share."""
    api["paths"]["/id/{id}"]["summary"] = "A book."


def edit_servers(api: Json) -> None:
    """Edit the servers, which each operation has that has none of its own."""
    api["servers"][0]["url"] = "/v2"


def reach(edit: Callable[[Json], None]) -> set[tuple[str, str]]:
    """Return the rule of each change that an edit makes, with each operation it is told of."""
    old, new = deepcopy(API), deepcopy(API)
    edit(new)
    documents = [Document(name, value, "") for name, value in (("old", old), ("new", new))]
    for one in documents:
        check_openapi(one.value, one.place)
    return {
        (change.rule, operation)
        for change in find_changes(*documents)
        for operation in change.operations or ("",)
    }


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (edit_component, {("type-narrowed", "GET /books")}),
        (edit_outside, {("extension-changed", ""), ("type-changed", "")}),
        (edit_operation, {("type-changed", "GET /depth"), ("type-changed", "GET /spine")}),
        (edit_parameter, {("type-changed", "GET /id/{id}")}),
        (edit_path_item, {("wording", "GET /id/{id}")}),
    ],
)
def test_edit_is_found(edit: Callable[[Json], None], found: set[tuple[str, str]]) -> None:
    """An edit is found wherever it stands, and through whatever leads to it."""
    assert reach(edit) == found


def test_servers_reach_callbacks() -> None:
    """The document's servers are those of every operation, a callback's included."""
    assert ("server-changed", "POST /added") in reach(edit_servers)
