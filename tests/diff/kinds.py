"""A document with all kinds of things that are compared, in OpenAPI 3.0 and 3.1, and random edits.

Its names are the hostile ones that a document may have: with ``~``, ``/``, ``%``, line breaks and
letters of other scripts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.openapi import check_openapi, check_version
from pipeline.values import Location


def document_of(value: Any) -> Document:
    """Return a document whose places can be told, as if it had been read."""
    return parse_document(json.dumps(value, indent=1), "edited.json")


def is_valid(value: Any) -> bool:
    """Tell whether a document is OpenAPI that a client can be made from."""
    document = Document("", value, "")
    try:
        check_version(document)
        check_openapi(value, document.place)
    except BadInput:
        return False
    return True


def of_all_kinds(version: str) -> dict[str, Any]:
    """Return the document in one version of OpenAPI."""
    value = copy.deepcopy(_DOCUMENT)
    value["openapi"] = version
    schemas = value["components"]["schemas"]
    if version.startswith("3.1"):
        schemas.update(copy.deepcopy(_SCHEMAS_31))
        value["webhooks"] = {"came": {"post": copy.deepcopy(_CALLED)}}
    else:
        schemas["Thing"]["properties"]["size"]["nullable"] = True
        schemas["Thing"]["properties"]["size"]["exclusiveMaximum"] = True
    return value


@st.composite
def edited(draw: st.DrawFn, version: str, most: int = 4) -> Any:
    """The document after some edits, each of which leaves it valid."""
    value = of_all_kinds(version)
    for _ in range(draw(st.integers(1, most))):
        other = copy.deepcopy(value)
        _edit(draw, other)
        if is_valid(other):
            value = other
    return value


def _edit(draw: st.DrawFn, value: Any) -> None:
    places = list(_list_places(value, ()))
    location, node = draw(st.sampled_from(places))
    holder = _find(value, location[:-1])
    step: Any = location[-1]
    match draw(st.sampled_from(("remove", "replace", "transplant", "add", "rename"))):
        case "remove":
            del holder[step]
        case "replace":
            holder[step] = copy.deepcopy(draw(st.sampled_from(_VALUES)))
        case "transplant":
            like = [one for at, one in places if type(at[-1]) is type(step) and at[-1] == step]
            holder[step] = copy.deepcopy(draw(st.sampled_from(like)))
        case "add" if isinstance(node, dict):
            key, added = draw(st.sampled_from(_MEMBERS))
            node[key] = copy.deepcopy(added)
        case "add" if isinstance(node, list) and node:
            node.append(copy.deepcopy(draw(st.sampled_from(node))))
        case "rename" if isinstance(holder, dict):
            holder[draw(st.sampled_from(_NAMES))] = holder.pop(step)
        case _:
            pass


def _list_places(node: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    if location:
        yield location, node
    listed = enumerate(node) if isinstance(node, list) else ()
    for step, member in node.items() if isinstance(node, dict) else listed:
        yield from _list_places(member, (*location, step))


def _find(node: Any, location: Location) -> Any:
    for step in location:
        node = node[step]
    return node


_THING = {"$ref": "#/components/schemas/Thing"}
_TREE = {"$ref": "#/components/schemas/Tree"}
_NAMES = ("a/b", "~", "~1", "%41", "x y", "größe", "名", "line\nbreak", "`tick`", "{}", "", "self")
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2.5, "", "text", "string", "integer", "null", "query", "header",
    [], ["name"], {}, {"type": "string"}, {"type": "object"}, _THING, _TREE,
    {"enum": ["a", 1, None]}, ["string", "null"],
)  # fmt: skip
_MEMBERS: tuple[tuple[str, Any], ...] = (
    ("type", "string"), ("type", "array"), ("items", {}), ("nullable", True), ("minimum", 3),
    ("maximum", 1.5), ("exclusiveMinimum", True), ("exclusiveMinimum", 2), ("multipleOf", 0.5),
    ("pattern", "^a"), ("format", "date-time"), ("format", "int64"), ("enum", ["a", "b"]),
    ("const", {"a": 1}), ("default", "a"), ("deprecated", True), ("readOnly", True),
    ("writeOnly", True), ("required", ["name", "none"]), ("required", True),
    ("additionalProperties", False), ("additionalProperties", {"type": "integer"}),
    ("properties", {"a/b": {"type": "integer"}}), ("allOf", [_TREE]),
    ("oneOf", [{"type": "string"}, {"type": "integer"}]), ("anyOf", [{"type": "null"}, {}]),
    ("not", {"type": "string"}), ("x-thing", [1]), ("description", "Words."), ("title", "T"),
    ("uniqueItems", True), ("maxItems", 2), ("minLength", 1), ("prefixItems", [{}, True]),
    ("patternProperties", {"^x": {"type": "string"}}), ("if", {"type": "string"}), ("then", False),
    ("dependentRequired", {"a": ["b"]}), ("unevaluatedProperties", False), ("contains", {}),
    ("minContains", 0), ("propertyNames", {"pattern": "a"}), ("security", [{}]),
    ("security", [{"key": []}]), ("tags", ["a", "b"]), ("servers", [{"url": "/other"}]),
    ("explode", True), ("style", "spaceDelimited"), ("allowReserved", True), ("example", 1),
    ("x-resource", "a.b"), ("x-method", "call"), ("x-client", {"class_prefix": "Shelf"}),
    ("xml", {"name": "n"}), ("discriminator", {"propertyName": "kind"}), ("links", {}),
    ("encoding", {"file": {"contentType": "image/png"}}), ("contentMediaType", "text/plain"),
)  # fmt: skip

_JSON_THING = {"application/json": {"schema": _THING}}
_CALLED: dict[str, Any] = {
    "requestBody": {"content": _JSON_THING},
    "responses": {"204": {"description": "Heard."}},
}
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1", "x-audience": "all"},
    "servers": [
        {"url": "https://{host}/v1", "variables": {"host": {"default": "a", "enum": ["a", "b"]}}},
        {"url": "https://other.example.com", "description": "The other one."},
    ],
    "security": [{"key": []}, {"login": ["read"]}],
    "tags": [{"name": "things", "description": "All things."}],
    "externalDocs": {"url": "https://docs.example.com"},
    "paths": {
        "/things/{thing id}/a~b%41": {
            "parameters": [
                {"name": "thing id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"$ref": "#/components/parameters/Trace"},
            ],
            "summary": "One thing.",
            "get": {
                "operationId": "get thing/1",
                "tags": ["things"],
                "parameters": [
                    {
                        "name": "größe\n",
                        "in": "query",
                        "schema": {"type": "array", "items": {"type": "string"}},
                        "style": "form",
                        "explode": False,
                    },
                    {"name": "filter", "in": "query", "content": _JSON_THING},
                    {
                        "name": "sort",
                        "in": "cookie",
                        "schema": {"$ref": "#/components/schemas/Kind"},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "It.",
                        "headers": {
                            "X-Left": {"schema": {"type": "integer"}, "required": True},
                            "X-Trace": {"$ref": "#/components/headers/Trace"},
                        },
                        "content": {
                            "application/json": {"schema": _THING},
                            "text/plain; charset=utf-8": {"schema": {"type": "string"}},
                        },
                        "links": {"next": {"operationId": "get thing/1"}},
                    },
                    "4XX": {"$ref": "#/components/responses/Fault"},
                    "default": {"description": "Any other."},
                },
                "security": [{}, {"login": ["read", "write"]}],
            },
            "post": {
                "tags": ["things", "writing"],
                "deprecated": True,
                "requestBody": {"$ref": "#/components/requestBodies/Upload"},
                "responses": {"201": {"description": "Made.", "content": _JSON_THING}},
                "callbacks": {
                    "do/ne": {"{$request.body#/url}": {"post": _CALLED}},
                },
                "servers": [{"url": "https://uploads.example.com"}],
            },
        },
        "/{a}/{b}": {
            "delete": {
                "operationId": "remove",
                "parameters": [
                    {"name": "a", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "b", "in": "path", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"204": {"description": "Gone."}},
            }
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name", "kind"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"},
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "size": {"type": "number", "maximum": 9},
                    "a/b~c%41": {"type": "string", "format": "date-time", "readOnly": True},
                    "one": {
                        "oneOf": [_THING, {"$ref": "#/components/schemas/Tree"}],
                        "discriminator": {
                            "propertyName": "kind",
                            "mapping": {"tree/": "#/components/schemas/Tree", "thing": "Thing"},
                        },
                    },
                    "secret": {"type": "string", "writeOnly": True, "default": "none"},
                    "more": {"type": "object", "additionalProperties": {"type": "integer"}},
                },
                "additionalProperties": False,
            },
            "Tree": {
                "allOf": [
                    {"type": "object", "properties": {"kind": {"type": "string"}}},
                    {
                        "properties": {
                            "children": {
                                "type": "array",
                                "items": {"$ref": "#/components/schemas/Tree"},
                                "maxItems": 9,
                                "uniqueItems": True,
                            },
                            "parent": {"anyOf": [{"$ref": "#/components/schemas/Tree"}, _THING]},
                        }
                    },
                ],
                "example": {"kind": "tree"},
            },
            "Kind": {"type": "string", "enum": ["thing", "tree/", "größe"]},
            "Unused": {"type": "object", "properties": {"self": {"not": {"type": "string"}}}},
        },
        "parameters": {"Trace": {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}},
        "headers": {"Trace": {"schema": {"type": "string"}, "description": "Its trace."}},
        "responses": {"Fault": {"description": "A fault.", "content": _JSON_THING}},
        "requestBodies": {
            "Upload": {
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "file": {"type": "string", "format": "binary"},
                                "about": _THING,
                            },
                        },
                        "encoding": {"about": {"contentType": "application/json"}},
                    }
                },
            }
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "login": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://login.example.com",
                        "scopes": {"read": "Read.", "write": "Write."},
                    }
                },
            },
        },
    },
}
_SCHEMAS_31: dict[str, Any] = {
    "Pair": {
        "type": ["array", "null"],
        "prefixItems": [{"type": "string"}, _THING],
        "items": False,
        "contains": {"type": "string"},
    },
    "Anything": True,
    "Nothing": False,
    "Tagged": {
        "$ref": "#/components/schemas/Tree",
        "unevaluatedProperties": False,
        "if": {"required": ["kind"]},
        "then": {"required": ["children"]},
        "patternProperties": {"^x-/": {"type": ["string", "integer"]}},
        "dependentRequired": {"kind": ["children"]},
        "const": {"kind": 1},
    },
}
