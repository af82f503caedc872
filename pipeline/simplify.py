"""Say in plainer words, for the generator, what it would misread or pass over.

Each rewriting means the same to a client. What has no plainer words is a loss, and named as one.
"""

from __future__ import annotations

import json
from collections.abc import Set

from pipeline.openapi import (
    LISTS_OF_SCHEMAS,
    MAPS_OF_SCHEMAS,
    METHODS,
    follow,
    inline_path_items,
    walk,
    walk_schemas,
)
from pipeline.values import Json, is_array

# Of the components, what a client is made from.
_COMPONENTS = ("schemas", "parameters", "requestBodies", "responses")
# What gives a value its Python type; everything else only describes or limits it.
_SHAPING = frozenset(
    {
        "$ref", "additionalProperties", "allOf", "anyOf", "const", "enum", "format", "items",
        "nullable", "oneOf", "prefixItems", "properties", "type",
    }
)  # fmt: skip


def simplify(value: Json) -> Json:
    """Return a copy of an OpenAPI document that the generator reads as it is meant."""
    copied = json.loads(json.dumps(inline_path_items(value)))
    # Elsewhere in a document, extensions may stand between paths and between statuses.
    copied["paths"] = _without_extensions(copied.get("paths", {}))
    components = copied.get("components", {})
    copied["components"] = {name: components[name] for name in _COMPONENTS if name in components}
    for name in _COMPONENTS[1:]:
        section = copied["components"].get(name, {})
        for key, node in section.items():
            section[key] = follow(node, copied)
    for item in copied["paths"].values():
        for method in METHODS:
            if method in item:
                item[method].pop("callbacks", None)
                responses = item[method].setdefault("responses", {})
                item[method]["responses"] = _without_extensions(responses)
    for _, node in walk(copied):
        if isinstance(node.get("content"), dict):
            _give_schemas(node["content"])
        node.pop("links", None)
    for location, schema in walk_schemas(copied):
        if value["openapi"].startswith("3.0.") and "$ref" in schema:
            # The rest beside a reference is to be ignored, though a null is often meant.
            for key in schema.keys() - {"$ref", "nullable"}:
                del schema[key]
        _simplify_schema(schema, copied)
        if location[-2] in ("properties", "schemas") and _is_class_beside_null(schema):
            # It is then named like one without null, and not Type1.
            schema.setdefault("title", location[-1])
    return copied


def _is_class_beside_null(schema: dict[str, Json]) -> bool:
    kind = schema.get("type")
    kinds: list[Json] = kind if is_array(kind) else [kind]
    if None in (schema.get("enum") or []):
        return True
    return "object" in kinds and (schema.get("nullable") is True or "null" in kinds)


def _without_extensions(members: dict[str, Json]) -> dict[str, Json]:
    return {key: member for key, member in members.items() if not key.startswith("x-")}


def _give_schemas(content: dict[str, Json]) -> None:
    """Give contents without a schema the one that says as little."""
    for media_type, media in content.items():
        if isinstance(media, dict) and "schema" not in media:
            is_bytes = media_type.startswith("application/octet-stream")
            media["schema"] = {"type": "string", "format": "binary"} if is_bytes else {}


def _simplify_schema(schema: dict[str, Json], value: Json) -> None:
    _replace_true(schema)
    _widen_constant(schema)
    # What a server sends beyond the description is kept, not dropped.
    if schema.get("additionalProperties") is False or "patternProperties" in schema:
        schema.pop("additionalProperties", None)
    _move_siblings(schema)
    _drop_constraints(schema)
    _merge_values(schema, value)
    _move_null(schema)


def _replace_true(schema: dict[str, Json]) -> None:
    """Write ``{}`` for the schema ``true``, which the generator does not know."""
    for key in ("items", "not"):
        if schema.get(key) is True:
            schema[key] = {}
    for key in LISTS_OF_SCHEMAS:
        if key in schema:
            schema[key] = [{} if one is True else one for one in schema[key]]
    for key in MAPS_OF_SCHEMAS:
        if isinstance(schema.get(key), dict):
            schema[key] = {name: {} if one is True else one for name, one in schema[key].items()}


def _widen_constant(schema: dict[str, Json]) -> None:
    """Say the type of a constant that no type of Python says, and that the generator refuses."""
    constant = schema.get("const", "")
    if isinstance(constant, float | list | dict | None):
        del schema["const"]
        if isinstance(constant, float | None):
            schema["type"] = "null" if constant is None else "number"


def _move_siblings(schema: dict[str, Json]) -> None:
    """Keep what stands beside a lone reference: the generator would see the reference only."""
    if "$ref" in schema and _SHAPING & schema.keys() - {"$ref"}:
        schema.setdefault("allOf", []).insert(0, {"$ref": schema.pop("$ref")})
    for key in ("anyOf", "oneOf"):
        if _is_lone_reference(schema.get(key)) and "properties" in schema:
            schema.setdefault("allOf", []).extend(schema.pop(key))
    if _is_lone_reference(schema.get("allOf")) and (
        {"additionalProperties", "properties", "required"} & schema.keys()
    ):
        schema["allOf"].append({})


def _is_lone_reference(schemas: Json) -> bool:
    return is_array(schemas) and len(schemas) == 1 and "$ref" in schemas[0]


def _drop_constraints(schema: dict[str, Json]) -> None:
    """Drop alternatives and parts that limit a value and do not say what it is."""
    for key in ("anyOf", "oneOf"):
        alternatives = schema.get(key)
        if alternatives and not any(_shapes(one) for one in alternatives):
            del schema[key]
    parts = schema.get("allOf", [])
    if len(parts) > 1 and not {"additionalProperties", "properties", "required"} & schema.keys():
        has_reference = any(isinstance(part, dict) and "$ref" in part for part in parts)
        idle = {"type"} if has_reference else set[str]()
        shaping = [part for part in parts if _shapes(part, idle) or "required" in part]
        if shaping:
            schema["allOf"] = shaping


def _shapes(schema: Json, idle: Set[str] = frozenset()) -> bool:
    return not isinstance(schema, dict) or bool(_SHAPING & schema.keys() - idle)


def _merge_values(schema: dict[str, Json], value: Json) -> None:
    """Merge parts that describe one plain value; the generator would make an empty model."""
    parts = schema.get("allOf")
    if not parts or _is_lone_reference(parts) or _is_object(schema, value):
        return
    whole: dict[str, Json] = {}
    for part in parts:
        target = follow(part, value)
        if {"allOf", "anyOf", "oneOf", "not"} & target.keys() or _is_object(target, value):
            return
        whole |= target
    del schema["allOf"]
    for key, member in whole.items():
        schema.setdefault(key, member)


def _is_object(schema: dict[str, Json], value: Json) -> bool:
    kind = follow(schema, value).get("type")
    kinds = kind if is_array(kind) else [kind]
    return "object" in kinds or "properties" in schema or "additionalProperties" in schema


def _move_null(schema: dict[str, Json]) -> None:
    """Say once that a value may be null, where the generator looks for it."""
    kind = schema.get("type")
    kinds: list[Json] = [kind] if isinstance(kind, str) else [*(kind or [])]
    nullable = schema.get("nullable") is True or ("null" in kinds and len(kinds) > 1)
    if not nullable:
        return
    if not kinds and "properties" in schema:
        kinds = ["object"]
    others = [one for one in kinds if one != "null"]
    if isinstance(schema.get("enum"), list):
        if None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    elif alternatives := schema.get("oneOf") or schema.get("anyOf"):
        alternatives.append({"type": "null"})
        others = []
    elif "allOf" in schema and (others or {"additionalProperties", "required"} & schema.keys()):
        whole = {
            key: schema.pop(key)
            for key in ("additionalProperties", "allOf", "properties", "required")
            if key in schema
        }
        schema["oneOf"] = [{"type": "null"}, whole]
        others = []
    else:
        if kinds and kind is None:
            schema["type"] = kinds[0]
        return
    schema.pop("nullable", None)
    schema.pop("type", None)
    if others:
        schema["type"] = others[0] if len(others) == 1 else others
