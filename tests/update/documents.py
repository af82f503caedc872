"""Documents that Harness could publish, made from ours, and what they say without their words."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from pipeline.document import Document, parse_document, read_document
from pipeline.openapi import METHODS, resolve_pointer, walk, walk_schemas

ROOT = Path(__file__).parents[2]
OURS = read_document(ROOT / "spec" / "openapi.yaml")
SELECTION = ROOT / "spec" / "selection.yaml"

Json = Any


def copied() -> Json:
    """Return our document, to be changed."""
    return copy.deepcopy(OURS.value)


def published(value: Json) -> Document:
    """Return a document as Harness would publish it."""
    return parse_document(json.dumps(value), "new.json")


def written_out(value: Json) -> Json:
    """Return a document without components but schemas: all else stands where it is used."""

    def write_out(node: Json) -> Json:
        if isinstance(node, list):
            return [write_out(item) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#/components/schemas/"):
            return write_out(resolve_pointer(value, reference))
        return {key: write_out(member) for key, member in node.items()}

    whole = write_out(value)
    for section in ("parameters", "responses"):
        whole["components"].pop(section, None)
    return whole


def reworded(value: Json) -> Json:
    """Return a document that says the same in other words, and more of them."""
    whole = copy.deepcopy(value)
    for location, node in list(walk(whole)):
        if isinstance(node.get("description"), str):
            node["description"] = f"Theirs of {len(location)}."
        if isinstance(node.get("summary"), str):
            node["summary"] = "Theirs"
        node.pop("example", None)
        if isinstance(node.get("examples"), dict):
            node["examples"] = {"theirs": {"value": "Theirs"}}
    for _, schema in list(walk_schemas(whole)):
        if "$ref" not in schema:
            schema |= {"title": "Theirs", "description": "Theirs", "example": "theirs", "x-go": "T"}
    whole["info"] |= {"title": "Theirs", "contact": {"name": "Theirs"}, "x-logo": {"url": "/"}}
    whole["externalDocs"] = {"url": "https://example.com", "description": "Theirs"}
    return whole


def upside_down(value: Json) -> Json:
    """Return the same document with the members of all objects in the opposite order."""
    if isinstance(value, list):
        return [upside_down(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: upside_down(member) for key, member in reversed(value.items())}


def crowded(value: Json, number: int = 60) -> Json:
    """Return a document with the operations of other products around ours."""
    whole = copy.deepcopy(value)
    paths: Json = {}
    schemas = whole["components"]["schemas"]
    for at in range(number):
        name = f"Foreign{at}"
        schemas[name] = {
            "type": "object",
            "description": "Theirs",
            "properties": {
                "next": {"$ref": f"#/components/schemas/Foreign{(at + 1) % number}"},
                "self": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
                "shared": {"$ref": "#/components/schemas/IaCMError"},
            },
        }
        paths[f"/foreign/{at}"] = {
            "get": {
                "operationId": f"foreign{at}",
                "tags": ["Foreign"],
                "responses": {
                    "200": {
                        "description": "Theirs",
                        "content": {
                            "application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}
                        },
                    }
                },
            }
        }
    for at, (path, item) in enumerate(whole["paths"].items()):
        paths[path] = item
        paths[f"/between/{at}"] = paths[f"/foreign/{at % number}"]
    whole["paths"] = paths
    whole["tags"] = [{"name": "Foreign", "description": "Theirs"}, *whole["tags"]]
    whole["components"]["securitySchemes"]["foreign"] = {"type": "http", "scheme": "bearer"}
    return whole


def said(value: Json) -> Json:
    """Return what a document says of its operations, without words, names and places."""
    found: Json = {}
    for path, item in value["paths"].items():
        for method in METHODS:
            if method in item:
                found[f"{method.upper()} {path}"] = _say(item[method], value, ())
    schemes = value["components"]["securitySchemes"]
    return {
        "operations": found,
        "schemes": {name: _say(schemes[name], value, ()) for name in sorted(schemes)},
        "servers": _say(value.get("servers"), value, ()),
        "security": value.get("security"),
    }


_NAMES = ("properties", "responses", "headers", "content", "variables")
_WORDS = ("description", "summary", "title", "example", "examples", "externalDocs")


def _say(node: Json, value: Json, above: tuple[str, ...], named: bool = False) -> Json:
    if isinstance(node, list):
        return [_say(item, value, above) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and not named:
        if reference in above:
            return {"as above": len(above) - above.index(reference)}
        return _say(resolve_pointer(value, reference), value, (*above, reference))
    kept: Json = {}
    for key, member in node.items():
        if not named and (key in _WORDS or key.startswith("x-")):
            continue
        if not named and key in ("required", "enum") and isinstance(member, list):
            kept[key] = sorted(member, key=str)
        elif not named and key == "parameters":
            listed = [_say(one, value, above) for one in member]
            kept[key] = sorted(listed, key=lambda one: (one["in"], one["name"]))
        else:
            kept[key] = _say(member, value, above, not named and key in _NAMES)
    return kept
