"""Leave out of answers what a server need not send: members that the spec does not require."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness_nextgen_sandbox.plain import is_list, is_object

Schema = dict[str, Any]


def keep_required(value: Any, *schemas: Schema) -> Any:
    """Return a value that fits the schemas, without the members that none of them requires.

    Free maps stay, and what no schema describes; so does what ``anyOf`` or ``oneOf`` describe, as
    there the members that are required depend on each other. The schemas hold no references:
    connexion follows them.
    """
    parts = [part for schema in schemas for part in _list_parts(schema)]
    if any("anyOf" in part or "oneOf" in part for part in parts):
        return value
    if is_list(value):
        items = [part["items"] for part in parts if "items" in part]
        return [keep_required(item, *items) for item in value]
    if not is_object(value):
        return value
    described = [part["properties"] for part in parts if part.get("properties")]
    if not described:
        free = [part.get("additionalProperties") for part in parts]
        schemas = tuple(schema for schema in free if is_object(schema))
        return {name: keep_required(member, *schemas) for name, member in value.items()}
    required = {name for part in parts for name in part.get("required", ())}
    return {
        name: keep_required(member, *(members[name] for members in described if name in members))
        for name, member in value.items()
        if name in required
    }


def _list_parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    for part in schema.get("allOf", ()):
        yield from _list_parts(part)
