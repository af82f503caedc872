"""Operations that stand in a shared path item, which a path only refers to."""

from __future__ import annotations

from copy import deepcopy

from pipeline.diff.compare import find_changes
from pipeline.document import Document
from pipeline.openapi import check_openapi
from pipeline.values import Json

LIST: Json = {
    "operationId": "listBooks",
    "tags": ["books"],
    "responses": {
        "200": {
            "description": "All.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Title"}}},
        }
    },
}
API: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Shelf", "version": "1"},
    "paths": {"/books": {"$ref": "#/components/pathItems/Books"}},
    "components": {"pathItems": {"Books": {"get": LIST}}, "schemas": {"Title": {"type": "string"}}},
}


def test_operation_is_named() -> None:
    """An edit that reaches such an operation is told with its path and its method's name."""
    new = deepcopy(API)
    new["components"]["schemas"]["Title"]["type"] = "integer"
    old = Document("old", API, "")
    check_openapi(old.value, old.place)
    (change,) = find_changes(old, Document("new", new, ""))
    assert (change.operations, change.resource) == (("GET /books",), "books")


def test_place_in_it_is_told_as_the_operations() -> None:
    """What is edited in a shared path item is told of the method that callers know."""
    title = {"name": "title", "in": "query", "schema": {"type": "string"}}
    new = deepcopy(API)
    item = new["components"]["pathItems"]["Books"]
    item["get"]["parameters"] = [title]
    item |= {"summary": "Books", "parameters": [{**title, "name": "all"}]}
    item["delete"] = {"operationId": "dropBooks", "tags": ["books"], "responses": {}}
    told = [one.what for one in find_changes(Document("old", API, ""), Document("new", new, ""))]
    assert sorted(told) == [
        "`books.drop_books` (DELETE /books) was added",
        "the path item `Books`: the summary changed",
        "the query parameter `all` was added",
        "the query parameter `title` of `books.list_books` was added",
    ]
