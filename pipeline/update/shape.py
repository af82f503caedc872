"""What stands where in an OpenAPI document: which members are its structure, and which are wording.

A walk by these tables never takes a property that is named ``description`` for a description.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Literal, TypeAlias

from pipeline.openapi import LISTS_OF_SCHEMAS, MAPS_OF_SCHEMAS, METHODS, resolve_pointer
from pipeline.values import Json, is_array, is_object

How: TypeAlias = Literal["one", "list", "sequence", "map", "open map"]
"""How a member holds objects.

One; a list of them, or a sequence, whose order says something; a map from names, or an open one,
which can hold extensions beside names.
"""

LISTS = ("list", "sequence")
MAPS = ("map", "open map")

Follow: TypeAlias = Callable[[Json], Json]
"""Returns what a node stands for in its document: the end of its references, or itself."""

_PARAMETER: dict[str, tuple[How, str]] = {"schema": ("one", "schema"), "content": ("map", "media")}
_PATH_ITEM: dict[str, tuple[How, str]] = {
    **dict.fromkeys(METHODS, ("one", "operation")),
    "parameters": ("list", "parameter"),
    "servers": ("sequence", "server"),
}
SHARED = {
    "schemas": "schema",
    "parameters": "parameter",
    "responses": "response",
    "requestBodies": "request body",
    "headers": "header",
    "links": "link",
    "callbacks": "callback",
    "pathItems": "path item",
}
"""The sections of ``components`` that references lead to, with the kind that each holds."""
_PARTS: dict[str, dict[str, tuple[How, str]]] = {
    "document": {
        "info": ("one", "info"),
        "servers": ("sequence", "server"),
        "tags": ("list", "tag"),
        "paths": ("open map", "path item"),
        "components": ("one", "components"),
    },
    "components": {
        **{section: ("map", kind) for section, kind in SHARED.items()},
        "securitySchemes": ("map", "security scheme"),
    },
    "path item": _PATH_ITEM,
    "operation": {
        "parameters": ("list", "parameter"),
        "requestBody": ("one", "request body"),
        "responses": ("open map", "response"),
        "callbacks": ("map", "callback"),
        "servers": ("sequence", "server"),
    },
    "parameter": _PARAMETER,
    "header": _PARAMETER,
    "request body": {"content": ("map", "media")},
    "response": {
        "headers": ("map", "header"),
        "content": ("map", "media"),
        "links": ("map", "link"),
    },
    "media": {"schema": ("one", "schema"), "encoding": ("map", "encoding")},
    "encoding": {"headers": ("map", "header")},
    "link": {"server": ("one", "server")},
    "server": {"variables": ("map", "variable")},
    "schema": {
        **dict.fromkeys(MAPS_OF_SCHEMAS, ("map", "schema")),
        **dict.fromkeys(LISTS_OF_SCHEMAS, ("list", "schema")),
        "prefixItems": ("sequence", "schema"),
        **dict.fromkeys(
            (
                "additionalItems", "additionalProperties", "contains", "contentSchema", "else",
                "if", "items", "not", "propertyNames", "then", "unevaluatedItems",
                "unevaluatedProperties",
            ),
            ("one", "schema"),
        ),
        "dependentSchemas": ("map", "schema"),
    },
    "callback": {},  # its members are path items, by expressions
}  # fmt: skip
_CALLBACK: tuple[How, str] = ("one", "path item")

_TEXTS = frozenset({"$comment", "description", "summary", "example", "examples", "externalDocs"})
_TITLED = frozenset({"info", "schema"})
_INFO = frozenset({"version"})
"""Of ``info``, what is said of the API and not of the document."""

SETS = frozenset({"enum", "required", "type"})
"""Lists of a schema whose order says nothing."""

_NOT: dict[str, Json] = {"deprecated": False}
_SENT: dict[str, Json] = {
    **_NOT,
    "required": False,
    "allowEmptyValue": False,
    "allowReserved": False,
}
_DEFAULTS: dict[str, dict[str, Json]] = {
    "path item": {"parameters": [], "servers": []},
    "operation": {**_NOT, "parameters": [], "servers": []},
    "response": {"headers": {}, "content": {}, "links": {}},
    "media": {"encoding": {}},
    "request body": {"required": False},
    "parameter": _SENT,
    "header": {**_SENT, "style": "simple", "explode": False},
    "schema": {
        **_NOT,
        "exclusiveMaximum": False,
        "exclusiveMinimum": False,
        "nullable": False,
        "readOnly": False,
        "uniqueItems": False,
        "writeOnly": False,
    },
}


def find_part(kind: str, key: str) -> tuple[How, str] | None:
    """Tell what a member of an object of OpenAPI holds; None when it is plain data."""
    if kind == "callback":
        return None if key.startswith("x-") else _CALLBACK
    return _PARTS.get(kind, {}).get(key)


def is_wording(kind: str, key: str) -> bool:
    """Tell whether a member says something to people, or to some tool, and not what the API is."""
    if kind == "example" or (kind == "components" and key == "examples") or key.startswith("x-"):
        return True
    if kind == "info":
        return key not in _INFO
    return key in _TEXTS or (key == "title" and kind in _TITLED)


def find_default(kind: str, key: str, node: dict[str, Json]) -> Json:
    """Return what the standard takes for a member that is left out; None when it says nothing."""
    if kind == "parameter" and key in ("style", "explode"):
        in_form = node.get("in") in ("query", "cookie")
        style = "form" if in_form else "simple"
        return style if key == "style" else node.get("style", style) == "form"
    return _DEFAULTS.get(kind, {}).get(key)


def is_reference(node: Json) -> bool:
    """Tell whether a node is a reference and says nothing else but words."""
    return (
        is_object(node)
        and isinstance(node.get("$ref"), str)
        and all(key in _TEXTS or key == "$ref" or key.startswith("x-") for key in node)
    )


def follower(document: Json) -> Follow:
    """Return a function that follows references in a document; to nowhere, they stay."""

    def follow(node: Json) -> Json:
        seen: set[str] = set()
        while is_reference(node) and node["$ref"] not in seen:
            seen.add(node["$ref"])
            try:
                node = resolve_pointer(document, node["$ref"])
            except KeyError:
                break
        return node

    return follow


def identify(
    part: tuple[How, str],
    ours: list[Json],
    theirs: list[Json],
    follow_ours: Follow,
    follow_theirs: Follow,
) -> tuple[list[Hashable], list[Hashable]]:
    """Name the items of two lists of objects so that the same name stands for the same thing."""
    mine = [_name_item(part, item, follow_ours) for item in ours]
    yours = [_name_item(part, item, follow_theirs) for item in theirs]
    return _number_strangers(mine, yours), _number_strangers(yours, mine)


def _name_item(part: tuple[How, str], item: Json, follow: Follow) -> tuple[str, ...] | None:
    how, kind = part
    target = follow(item) if is_object(item) and kind != "schema" else item
    match kind:
        case "schema" if how == "list" and is_reference(target):
            return (target["$ref"],)
        case "parameter" if is_object(target):
            return str(target.get("in")), str(target.get("name"))
        case "server" if is_object(target):
            return (str(target.get("url")),)
        case "tag" if is_object(target):
            return (str(target.get("name")),)
        case _:
            return None


def _number_strangers(
    names: list[tuple[str, ...] | None], others: list[tuple[str, ...] | None]
) -> list[Hashable]:
    """Number what has no name: such items stand for each other in their order.

    So do references to what the other list does not refer to.
    """
    found: list[Hashable] = []
    strangers = 0
    for name in names:
        is_elsewhere = name is not None and name[0].startswith("#") and name not in others
        if name is not None and name not in found and not is_elsewhere:
            found.append(name)
        else:
            found.append(strangers)
            strangers += 1
    return found


def pair(
    how: How, kind: str, ours: Json, theirs: Json, follow_ours: Follow, follow_theirs: Follow
) -> Iterator[tuple[Json, Json]]:
    """Yield the objects of a part that stand for the same thing in two documents."""
    if how == "one":
        yield ours, theirs
    elif how in LISTS and is_array(ours) and is_array(theirs):
        names = identify((how, kind), ours, theirs, follow_ours, follow_theirs)
        mine = dict(zip(names[0], ours, strict=True))
        for name, item in zip(names[1], theirs, strict=True):
            if name in mine:
                yield mine[name], item
    elif how in MAPS and is_object(ours) and is_object(theirs):
        for name, item in theirs.items():
            if name in ours and not (how == "open map" and name.startswith("x-")):
                yield ours[name], item
