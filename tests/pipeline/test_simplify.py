"""What the generator would misread is said in plainer words that mean the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pipeline.openapi import walk_schemas
from pipeline.simplify import simplify

REF = {"$ref": "#/components/schemas/Base"}
WORD = {"$ref": "#/components/schemas/Word"}
NULL = {"type": "null"}
NAME = {"name": {"type": "string"}}


def document(schema: Any, version: str = "3.0.3") -> dict[str, Any]:
    """Return a document whose schema ``It`` stands beside an object and a word to refer to."""
    return {
        "openapi": version,
        "info": {"title": "A", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {
                "It": schema,
                "Base": {"type": "object", "properties": NAME},
                "Word": {"type": "string", "enum": ["a"]},
            }
        },
    }


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "members that are not described are kept": (
        {"type": "object", "additionalProperties": False},
        {"type": "object"},
    ),
    "members named by a pattern are kept": (
        {"patternProperties": {"^x": {}}, "additionalProperties": {"type": "string"}},
        {"patternProperties": {"^x": {}}},
    ),
    "properties beside a lone part": (
        {"allOf": [REF], "properties": NAME},
        {"allOf": [REF, {}], "properties": NAME},
    ),
    "required beside a lone part": (
        {"allOf": [REF], "required": ["name"]},
        {"allOf": [REF, {}], "required": ["name"]},
    ),
    "properties beside a lone alternative": (
        {"oneOf": [REF], "properties": NAME},
        {"allOf": [REF, {}], "properties": NAME},
    ),
    "alternatives that only require": (
        {"properties": NAME, "anyOf": [{"required": ["name"]}, {"required": ["id"]}]},
        {"properties": NAME},
    ),
    "a part that only describes": (
        {"allOf": [REF, {"description": "x"}]},
        {"allOf": [REF]},
    ),
    "a part that repeats the type": (
        {"allOf": [WORD, {"type": "string"}]},
        {"allOf": [WORD]},
    ),
    "a part that requires": (
        {"allOf": [REF, {"required": ["name"]}]},
        {"allOf": [REF, {"required": ["name"]}]},
    ),
    "parts of one plain value": (
        {"allOf": [{"type": "string"}, {"format": "date", "maxLength": 10}], "title": "Day"},
        {"type": "string", "format": "date", "maxLength": 10, "title": "Day"},
    ),
    "null beside a list of words": (
        {"type": "string", "nullable": True, "enum": ["a", "b"]},
        {"type": "string", "enum": ["a", "b", None], "title": "It"},
    ),
    "null in a list of words": (
        {"type": "string", "nullable": True, "enum": ["a", None]},
        {"type": "string", "enum": ["a", None], "title": "It"},
    ),
    "null beside alternatives": (
        {"type": "object", "nullable": True, "oneOf": [REF, WORD]},
        {"oneOf": [REF, WORD, NULL]},
    ),
    "null beside parts": (
        {"type": "object", "nullable": True, "allOf": [REF], "properties": NAME},
        {"oneOf": [NULL, {"allOf": [REF, {}], "properties": NAME}]},
    ),
    "null beside parts without a type": (
        {"nullable": True, "allOf": [REF], "required": ["name"]},
        {"oneOf": [NULL, {"allOf": [REF, {}], "required": ["name"]}]},
    ),
    "null beside a lone part": (
        {"nullable": True, "allOf": [REF]},
        {"nullable": True, "allOf": [REF]},
    ),
    "null beside properties": (
        {"nullable": True, "properties": NAME},
        {"type": "object", "nullable": True, "properties": NAME, "title": "It"},
    ),
    "a plain null stays": (
        {"type": "string", "nullable": True},
        {"type": "string", "nullable": True},
    ),
    "what is not nullable stays": (
        {"type": "string", "nullable": False, "enum": ["a"]},
        {"type": "string", "nullable": False, "enum": ["a"]},
    ),
    "null beside a reference": (
        {**REF, "nullable": True},
        {"allOf": [REF], "nullable": True},
    ),
    "what OpenAPI 3.0 ignores beside a reference": (
        {**REF, "properties": {"other": {}}, "description": "x"},
        REF,
    ),
}
NEWER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "what OpenAPI 3.1 reads beside a reference": (
        {**REF, "properties": {"other": {}}},
        {"allOf": [REF, {}], "properties": {"other": {}}},
    ),
    "null in a list of types with words": (
        {"type": ["string", "null"], "enum": ["a"]},
        {"type": "string", "enum": ["a", None], "title": "It"},
    ),
    "null in a list of types with alternatives": (
        {"type": ["object", "null"], "anyOf": [REF, WORD]},
        {"anyOf": [REF, WORD, NULL]},
    ),
    "null in a list of types with properties": (
        {"type": ["object", "null"], "properties": NAME, "title": "Mine"},
        {"type": ["object", "null"], "properties": NAME, "title": "Mine"},
    ),
    "a list of types stays": (
        {"type": ["string", "integer", "null"]},
        {"type": ["string", "integer", "null"]},
    ),
    "a constant that is null": ({"const": None}, {"type": "null"}),
    "a constant that is a fraction": ({"const": 1.5}, {"type": "number"}),
    "a constant that is a list": ({"const": [1]}, {}),
    "a constant that is an object": ({"type": "object", "const": {"a": 1}}, {"type": "object"}),
    "a constant that is a word": ({"const": "a"}, {"const": "a"}),
    "schemas that are true": (
        {"properties": {"a": True}, "items": True, "anyOf": [True, {"type": "string"}]},
        {"properties": {"a": {}}, "items": {}, "anyOf": [{}, {"type": "string"}]},
    ),
}


@pytest.mark.parametrize(("schema", "plainer"), CASES.values(), ids=list(CASES))
def test_schema_is_said_plainer(schema: dict[str, Any], plainer: dict[str, Any]) -> None:
    """A schema of OpenAPI 3.0 means the same afterwards, and the document itself is untouched."""
    value = document(schema)
    before = copy.deepcopy(value)
    assert simplify(value)["components"]["schemas"]["It"] == plainer
    assert value == before


@pytest.mark.parametrize(("schema", "plainer"), NEWER.values(), ids=list(NEWER))
def test_newer_schema_is_said_plainer(schema: dict[str, Any], plainer: dict[str, Any]) -> None:
    """A schema of OpenAPI 3.1 means the same afterwards."""
    assert simplify(document(schema, "3.1.0"))["components"]["schemas"]["It"] == plainer


def named(schema: dict[str, Any], name: str) -> tuple[bool, dict[str, Any]]:
    """Tell whether a schema got its own name as title, and return it without."""
    rest = {key: one for key, one in schema.items() if (key, one) != ("title", name)}
    return rest != schema, rest


REWRITTEN = {name: case for name, case in {**CASES, **NEWER}.items() if case[0] != case[1]}


@pytest.mark.parametrize("outer", REWRITTEN.values(), ids=list(REWRITTEN))
def test_every_schema_is_reached(outer: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The same happens to a schema inside others, and in parameters, bodies and responses."""
    schema, _ = outer
    version = "3.0.3" if outer in CASES.values() else "3.1.0"
    whole = simplify(document(schema, version))["components"]["schemas"]["It"]
    value = document({"type": "array", "items": {"type": "object", "properties": {"a": schema}}})
    value["openapi"] = version
    content = {"application/json": {"schema": schema}}
    value["paths"]["/a"] = {
        "parameters": [{"name": "p", "in": "query", "schema": schema}],
        "post": {
            "requestBody": {"content": content},
            "responses": {"200": {"description": "x", "content": content}},
        },
    }
    plainer = simplify(value)
    item = plainer["paths"]["/a"]
    bare = named(whole, "It")[1]
    assert item["parameters"][0]["schema"] == bare
    assert item["post"]["requestBody"]["content"]["application/json"]["schema"] == bare
    assert item["post"]["responses"]["200"]["content"]["application/json"]["schema"] == bare
    inner = plainer["components"]["schemas"]["It"]["items"]["properties"]["a"]
    assert named(inner, "a") == named(whole, "It")


def test_what_makes_no_client_is_left_out() -> None:
    """Extensions between paths and statuses, callbacks, links and other components are dropped."""
    value = document({})
    value["components"] |= {"examples": {"e": {"value": 1}}, "x-more": [1]}
    value["paths"] = {
        "x-note": "between paths",
        "/a": {
            "get": {
                "responses": {"200": {"description": "x", "links": {"l": {}}}, "x-note": 1},
                "callbacks": {"c": {}},
            },
            "put": {},
        },
    }
    plainer = simplify(value)
    assert plainer["paths"] == {
        "/a": {
            "get": {"responses": {"200": {"description": "x"}}},
            "put": {"responses": {}},
        }
    }
    assert set(plainer["components"]) == {"schemas"}


def test_content_without_schema_gets_one() -> None:
    """Content that is not described is anything, or bytes where its media type says so."""
    value = document({})
    value["paths"]["/a"] = {
        "get": {
            "responses": {
                "200": {
                    "description": "x",
                    "content": {"application/json": {}, "application/octet-stream": {}},
                }
            }
        }
    }
    content = simplify(value)["paths"]["/a"]["get"]["responses"]["200"]["content"]
    assert content == {
        "application/json": {"schema": {}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }


def test_references_between_components_are_followed() -> None:
    """A component that only names another is replaced by it; the generator takes no such chain."""
    value = document({})
    parameter = {"name": "p", "in": "query", "schema": {}}
    value["components"]["parameters"] = {
        "P": {"$ref": "#/components/parameters/Q"},
        "Q": parameter,
    }
    assert simplify(value)["components"]["parameters"] == {"P": parameter, "Q": parameter}


def test_walk_finds_each_schema_once() -> None:
    """Every schema is found, an outer one first, and nothing that is only named like one."""
    schema = {"properties": {"schema": {"items": {}}}, "example": {"schema": {}}}
    value = document(schema)
    value["paths"]["/a"] = {"parameters": [{"name": "p", "in": "query", "schema": schema}]}
    found = [location for location, _ in walk_schemas(value)]
    parameter = ("paths", "/a", "parameters", 0, "schema")
    assert found == [
        ("components", "schemas", "It"),
        ("components", "schemas", "It", "properties", "schema"),
        ("components", "schemas", "It", "properties", "schema", "items"),
        ("components", "schemas", "Base"),
        ("components", "schemas", "Base", "properties", "name"),
        ("components", "schemas", "Word"),
        parameter,
        (*parameter, "properties", "schema"),
        (*parameter, "properties", "schema", "items"),
    ]
