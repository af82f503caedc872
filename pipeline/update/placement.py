"""Say what the upstream says at the places where our document says it.

Some things mean the same in two places: a parameter of a path item or of all its operations, a
security requirement of the document or of all operations.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.openapi import METHODS, list_operations
from pipeline.update.components import Comparing
from pipeline.update.shape import follower
from pipeline.values import Json, is_array, is_object


def place_alike(ours: Json, theirs: Json) -> Json:
    """Return what ``theirs`` says, placed as in ``ours``.

    Parameters of a path item go into its operations, and a security requirement to where ours
    has it. Security schemes get our names. Servers and tags that we have stay where theirs names
    none: it may leave them to the place where it is published, and to its operations.
    """
    value = _rename_schemes(ours, theirs)
    value = _place_security(ours, value)
    value = _edit_operations(value, _take_parameters(ours, value))
    for path, item in value.get("paths", {}).items():
        if "parameters" in item and not _has_parameters(ours, path):
            value["paths"][path] = {key: one for key, one in item.items() if key != "parameters"}
    if not theirs.get("servers") and "servers" in ours:
        value["servers"] = ours["servers"]
    return _declare_tags(ours, value)


_Edit = Callable[[str, str, dict[str, Json]], dict[str, Json]]


def _edit_operations(value: Json, edit: _Edit) -> Json:
    """Return the document with each operation, given with its path and method, edited."""
    paths = {
        path: {
            key: edit(path, key, one) if key in METHODS and is_object(one) else one
            for key, one in item.items()
        }
        if path.startswith("/") and is_object(item)
        else item
        for path, item in value.get("paths", {}).items()
    }
    return {**value, "paths": paths}


def _has_parameters(ours: Json, path: str) -> bool:
    return "parameters" in ours.get("paths", {}).get(path, {})


def _take_parameters(ours: Json, value: Json) -> _Edit:
    follow = follower(value)

    def name(parameter: Json) -> tuple[Json, Json]:
        target = follow(parameter)
        return (target.get("in"), target.get("name")) if is_object(target) else (None, None)

    def edit(path: str, method: str, operation: dict[str, Json]) -> dict[str, Json]:
        del method
        shared: Json = value["paths"][path].get("parameters", [])
        own: Json = operation.get("parameters", [])
        if not shared or _has_parameters(ours, path) or not is_array(shared) or not is_array(own):
            return operation
        named = {name(one) for one in own}
        return {**operation, "parameters": [one for one in shared if name(one) not in named] + own}

    return edit


def _place_security(ours: Json, theirs: Json) -> Json:
    mine, yours = ours.get("security", []), theirs.get("security", [])
    if mine == yours and ("security" in ours) == ("security" in theirs):
        default = mine
    elif any(one.value.get("security", yours) == mine for one in list_operations(theirs)):
        default = mine
        theirs = {**theirs, "security": mine}
        if "security" not in ours:
            del theirs["security"]
    else:
        default = yours
    explicit = {
        one.location[1:]
        for one in list_operations(ours)
        if "security" in one.value and one.value["security"] == mine
    }

    def edit(path: str, method: str, operation: dict[str, Json]) -> dict[str, Json]:
        effective = operation.get("security", yours)
        others = {key: one for key, one in operation.items() if key != "security"}
        if effective != default or (path, method) in explicit:
            return {**operation, "security": effective}
        return others

    return _edit_operations(theirs, edit)


def _rename_schemes(ours: Json, theirs: Json) -> Json:
    """Give a security scheme of theirs the name that the same one has in ours."""
    mine = ours.get("components", {}).get("securitySchemes", {})
    yours = theirs.get("components", {}).get("securitySchemes", {})
    if not is_object(yours):
        return theirs
    compare = Comparing(ours, theirs)
    names: dict[str, str] = {}
    for name, scheme in yours.items():
        alike = (
            one
            for one in mine
            if one not in yours
            and one not in names.values()
            and compare.agree("security scheme", mine[one], scheme)
        )
        if name not in mine and (found := next(alike, None)):
            names[name] = found
    if not names:
        return theirs

    def rename(node: dict[str, Json]) -> dict[str, Json]:
        if not is_array(security := node.get("security")):
            return node
        renamed = [
            {names.get(name, name): scopes for name, scopes in one.items()}
            if is_object(one)
            else one
            for one in security
        ]
        return {**node, "security": renamed}

    components = {
        **theirs["components"],
        "securitySchemes": {names.get(name, name): one for name, one in yours.items()},
    }
    whole = {**rename(theirs), "components": components}
    return _edit_operations(whole, lambda path, method, operation: rename(operation))


def _declare_tags(ours: Json, value: Json) -> Json:
    used = {
        tag
        for operation in list_operations(value)
        if is_array(operation.value.get("tags"))
        for tag in operation.value["tags"]
        if isinstance(tag, str)
    }
    yours: list[Json] = value["tags"] if is_array(value.get("tags")) else []
    declared = {one.get("name") for one in yours if is_object(one)}
    added = [
        one for one in ours.get("tags", []) if one["name"] in used and one["name"] not in declared
    ]
    return {**value, "tags": [*yours, *added]} if added else value
