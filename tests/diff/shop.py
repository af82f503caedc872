"""A small API whose clients are made to be compared, and the ways to make and change them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.contract.rendering import render_client
from pipeline.diff.python.surface import read_python_surface
from pipeline.openapi import list_operations
from pipeline.values import Json

PACKAGE = "shop_client"
TEXT = {"type": "string"}


def ref(name: str) -> dict[str, str]:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: Json) -> dict[str, Any]:
    """Describe an answer of JSON."""
    return {"description": "It.", "content": {"application/json": {"schema": schema}}}


def query(name: str, schema: Json, **more: Json) -> dict[str, Any]:
    """Describe a query parameter."""
    return {"name": name, "in": "query", "schema": schema, **more}


def in_path(name: str) -> dict[str, Any]:
    """Describe a path parameter."""
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def operation(method: str, tag: str, result: Json, **more: Json) -> dict[str, Any]:
    """Describe an operation, which is the method ``method`` of the resource ``tag``."""
    responses = {"204": {"description": "Done."}} if result is None else {"200": answer(result)}
    name = f"{method}_{tag}".replace(".", "_")
    return {
        "operationId": name,
        "tags": [tag.partition(".")[0]],
        "x-resource": tag,
        "x-method": method,
        "responses": {**responses, "400": answer(ref("Problem"))},
        **more,
    }


def made(*required: str, **properties: Json) -> dict[str, Any]:
    """Describe an object."""
    return {"type": "object", "required": list(required), "properties": properties}


SHOP: Json = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "x-client": {"class_prefix": "Shop"},
    "paths": {
        "/items": {
            "get": operation(
                "list",
                "items",
                {"type": "array", "items": ref("Item")},
                parameters=[
                    query("search", TEXT),
                    query("kinds", {"type": "array", "items": ref("Kind")}),
                    query("owner", {"type": "string"}, required=True),
                    query("page", {"type": "integer"}),
                    query("limit", {"type": "integer"}),
                ],
                **{
                    "x-pagination": {
                        "style": "page",
                        "page": {"parameter": "page", "first": 1},
                        "size": {"parameter": "limit", "maximum": 100},
                    }
                },
            ),
            "post": operation(
                "create",
                "items",
                ref("Item"),
                requestBody={"required": True, **answer(ref("NewItem"))},
            ),
        },
        "/items/{item_id}": {
            "get": operation(
                "get",
                "items",
                ref("Item"),
                parameters=[in_path("item_id"), query("full", {"type": "boolean"})],
            ),
            "delete": operation("delete", "items", None, parameters=[in_path("item_id")]),
        },
        "/items/{item_id}/labels": {
            "get": operation("get", "items.labels", ref("Labels"), parameters=[in_path("item_id")]),
        },
        "/makers/{maker_id}": {
            "put": operation(
                "update",
                "makers",
                ref("Maker"),
                parameters=[in_path("maker_id")],
                requestBody={"required": True, **answer(ref("Maker"))},
            ),
        },
    },
    "components": {
        "schemas": {
            "Kind": {"type": "string", "enum": ["book", "toy"]},
            "Labels": {"type": "object", "additionalProperties": TEXT},
            "Item": made(
                "id",
                "name",
                id=TEXT,
                name=TEXT,
                price={"type": "number"},
                kind=ref("Kind"),
                labels=ref("Labels"),
                sizes={"type": "array", "items": {"type": "integer"}},
                made={"type": "string", "format": "date-time"},
            ),
            "NewItem": made(
                "name",
                "price",
                name=TEXT,
                price={"type": "number"},
                kind=ref("Kind"),
                note=TEXT,
            ),
            "Maker": made("name", name=TEXT, city=TEXT, phones={"type": "array", "items": TEXT}),
            "Problem": made(message=TEXT),
        }
    },
}


def make(document: Json, folder: Path) -> Path:
    """Make the client of a document below a folder, and return the folder of its package."""
    folder.mkdir(parents=True)
    operations = [str(one.operation_id) for one in list_operations(document)]
    render_client(document, (), operations, folder, PACKAGE)
    return folder / PACKAGE


def read(document: Json, folder: Path) -> Json:
    """Return the surface of the client of a document."""
    return read_python_surface(make(document, folder))
