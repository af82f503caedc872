"""Mutants of the effective spec: each differs from it in one place, as a changed API would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.contract.schemas import name_location
from pipeline.edits import drop, get, put, rename
from pipeline.extract import reach_components
from pipeline.openapi import METHODS, follow, list_operations, walk, walk_schemas
from pipeline.values import Json, Location, is_object

SUFFIX = "_mutated"
_CONTRACT_METHODS = ("get", "put", "post", "delete", "patch")
_STATUSES = ("200", "201", "202", "204", "400", "406", "410", "418", "503")
_MEDIA_TYPES = {
    "text/markdown": "text/x-mutated",
    "text/plain": "text/x-mutated",
    "text/html": "text/x-mutated",
    "application/octet-stream": "application/x-mutated",
    "multipart/form-data": "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: ``put`` a value, ``drop`` what is there, or ``rename`` a member."""

    verb: str
    location: Location
    value: Json = None


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of the spec in one place; what has to follow it follows."""

    kind: str
    location: Location
    label: str
    """One line for a person."""
    edits: tuple[Edit, ...]
    operations: frozenset[str]
    """The operations whose requests or answers it can reach."""

    def change(self, effective: Json) -> Json:
        """Return the changed spec; what it shares with the spec must not be changed."""
        value = effective
        for edit in self.edits:
            match edit.verb:
                case "put":
                    value = put(value, edit.location, edit.value)
                case "drop":
                    value = drop(value, edit.location)
                case _:
                    value = rename(value, edit.location, str(edit.value))
        return value


def list_mutants(effective: Json) -> list[Mutant]:
    """List all mutants of a spec, by kind and then in the order of the document."""
    reach = _Reach(effective)
    found: dict[str, list[Mutant]] = defaultdict(list)
    for kind, location, shown, edits in _list_edits(effective):
        operations = reach.find(location)
        if operations:
            label = f"{kind} {shown}"
            found[kind].append(Mutant(kind, location, label, edits, operations))
    return [one for mutants in found.values() for one in mutants]


_Edits = tuple[str, Location, str, tuple[Edit, ...]]


def _list_edits(effective: Json) -> Iterator[_Edits]:
    for location, schema in walk_schemas(effective):
        if is_object(schema):
            yield from _edit_schema(effective, location, schema)
    for location, node in walk(effective):
        if "schema" in node and node.get("in") in ("query", "header", "path"):
            yield from _edit_parameter(effective, location, node)
        if "content" in node and location[-1] != "headers":
            yield from _edit_media_types(effective, location, node)
            if location[-1] == "requestBody":
                yield _flip(location, node, "request body", _show(effective, location))
    for operation in list_operations(effective):
        yield from _edit_operation(effective, operation.location, operation.value)
    for path in effective["paths"]:
        if path.startswith("/"):
            edit = Edit("rename", ("paths", path), f"{path}/mutated")
            yield "change path", ("paths", path), path, (edit,)


def _edit_schema(effective: Json, location: Location, schema: dict[str, Json]) -> Iterator[_Edits]:
    properties: dict[str, Json] = schema.get("properties", {})
    required: list[str] = schema.get("required", [])
    for name, member in properties.items():
        at = (*location, "properties", name)
        shown = name_location(at)
        rest = [one for one in required if one != name]
        without = (Edit("put", (*location, "required"), rest),) if name in required else ()
        if name in required and not rest:
            without = (Edit("drop", (*location, "required")),)
        new = f"{name}{SUFFIX}"
        renamed = [new if one == name else one for one in required]
        follows = (Edit("put", (*location, "required"), renamed),) if name in required else ()
        yield "rename property", at, shown, (Edit("rename", at, new), *follows)
        yield "remove property", at, shown, (Edit("drop", at), *without)
        yield "retype property", at, shown, (Edit("put", at, _retype(effective, member)),)
        if name in required:
            yield "make property optional", at, shown, without
        else:
            edit = Edit("put", (*location, "required"), [*required, name])
            yield "make property required", at, shown, (edit,)
    for key, kind in (("items", "retype items"), ("additionalProperties", "retype map")):
        if is_object(schema.get(key)) and schema[key]:
            at = (*location, key)
            edit = Edit("put", at, _retype(effective, schema[key]))
            yield kind, at, name_location(at), (edit,)
    values: list[Json] = schema.get("enum", [])
    for position, value in enumerate(values):
        if len(values) > 1:
            at = (*location, "enum", position)
            yield "remove enum value", at, f"{name_location(location)}={value}", (Edit("drop", at),)


def _edit_parameter(
    effective: Json, location: Location, parameter: dict[str, Json]
) -> Iterator[_Edits]:
    place, name = parameter["in"], str(parameter["name"])
    shown = f"{place} {name} ({_show(effective, location)})"
    new = f"{name}{SUFFIX}" if place != "header" else f"{name}-Mutated"
    edits = [Edit("put", (*location, "name"), new)]
    if place == "path":
        edits += [
            Edit("rename", ("paths", path), path.replace(f"{{{name}}}", f"{{{new}}}"))
            for path in _find_paths(effective, location, name)
        ]
    if place == "query":
        edits += _follow_paging(effective, location, name, new)
    yield "rename parameter", location, shown, tuple(edits)
    retyped = Edit("put", (*location, "schema"), _retype(effective, parameter["schema"]))
    yield "retype parameter", location, shown, (retyped,)
    if place != "path":
        moved = "header" if place == "query" else "query"
        if not _is_paging(effective, location, name):
            yield "move parameter", location, shown, (Edit("put", (*location, "in"), moved),)
        yield _flip(location, parameter, "parameter", shown)


def _edit_media_types(
    effective: Json, location: Location, node: dict[str, Json]
) -> Iterator[_Edits]:
    for media_type in node["content"]:
        new = _MEDIA_TYPES.get(media_type, "application/vnd.mutated+json")
        if media_type == "application/yaml":
            new = "application/x-mutated"
        if new not in node["content"]:
            at = (*location, "content", media_type)
            shown = f"{media_type} ({_show(effective, location)})"
            yield "change media type", at, shown, (Edit("rename", at, new),)


def _edit_operation(
    effective: Json, location: Location, operation: dict[str, Json]
) -> Iterator[_Edits]:
    name = str(operation["operationId"])
    item = get(effective, location[:2])
    free = next(one for one in _CONTRACT_METHODS if one not in item)
    yield "change method", location, name, (Edit("rename", location, free),)
    described = {str(status) for status in operation["responses"]}
    for status in operation["responses"]:
        if str(status) == "default":
            continue
        same = [one for one in _STATUSES if one[0] == str(status)[0]] + list(_STATUSES)
        new = next(one for one in same if one not in described)
        at = (*location, "responses", status)
        yield "change status", at, f"{name} {status}", (Edit("rename", at, new),)
    if "x-pagination" in operation:
        yield from _edit_paging(name, (*location, "x-pagination"), operation["x-pagination"])


def _edit_paging(name: str, location: Location, paging: dict[str, Json]) -> Iterator[_Edits]:
    first = (*location, "page", "first")
    edit = Edit("put", first, 1 - int(paging["page"]["first"]))
    yield "change paging base", first, name, (edit,)


def _flip(location: Location, node: dict[str, Json], what: str, shown: str) -> _Edits:
    if node.get("required"):
        return f"make {what} optional", location, shown, (Edit("drop", (*location, "required")),)
    edit = Edit("put", (*location, "required"), True)
    return f"make {what} required", location, shown, (edit,)


def _retype(effective: Json, schema: Json) -> Json:
    """Return a schema of another type: no value of the old one has it, but for texts of digits."""
    node = follow(schema, effective) if is_object(schema) else {}
    parts = [one for key in ("anyOf", "oneOf") for one in node.get(key, [])]
    kinds = {node.get("type"), *(follow(one, effective).get("type") for one in parts)}
    return {"type": "integer" if "string" in kinds else "string"}


def _find_paths(effective: Json, location: Location, name: str) -> list[str]:
    """Find the paths that a path parameter stands in."""
    if location[0] == "paths":
        return [str(location[1])]
    reference = f"#/components/parameters/{location[-1]}"
    found: list[str] = []
    for path, item in effective["paths"].items():
        holders = [item, *(item[method] for method in METHODS if method in item)]
        used = [one.get("$ref") for holder in holders for one in holder.get("parameters", [])]
        if reference in used and f"{{{name}}}" in path:
            found.append(path)
    return found


def _list_users(effective: Json, location: Location) -> Iterator[tuple[Location, dict[str, Json]]]:
    """Yield the paged operations that a parameter belongs to."""
    reference = f"#/components/parameters/{location[-1]}"
    for operation in list_operations(effective):
        inline = location[: len(operation.location)] == operation.location
        used = any(one.get("$ref") == reference for one in operation.value.get("parameters", []))
        if (inline or used) and "x-pagination" in operation.value:
            yield operation.location, operation.value["x-pagination"]


def _follow_paging(effective: Json, location: Location, name: str, new: str) -> Iterator[Edit]:
    for at, paging in _list_users(effective, location):
        for key in ("page", "size"):
            if paging.get(key, {}).get("parameter") == name:
                yield Edit("put", (*at, "x-pagination", key, "parameter"), new)


def _is_paging(effective: Json, location: Location, name: str) -> bool:
    return any(True for _ in _follow_paging(effective, location, name, name))


def _show(effective: Json, location: Location) -> str:
    """Name a place by its component, or by the operation and what it is there, in a few words."""
    if location[0] == "components":
        return str(location[-1])
    operation = get(effective, location[:3])
    inside = [str(one) for one in location[3:] if one != "responses" and isinstance(one, str)]
    return " ".join([str(operation["operationId"]), *inside]).removesuffix(" parameters")


class _Reach:
    """Tells which operations a place of the spec can reach."""

    def __init__(self, effective: Json) -> None:
        self._by_component: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_path: dict[str, set[str]] = defaultdict(set)
        self._by_place: dict[Location, str] = {}
        for operation in list_operations(effective):
            name = str(operation.operation_id)
            self._by_path[operation.path].add(name)
            self._by_place[operation.location] = name
            shared = {
                key: member
                for key, member in effective["paths"][operation.path].items()
                if key not in METHODS
            }
            for component in reach_components([operation.value, shared], effective):
                self._by_component[component].add(name)

    def find(self, location: Location) -> frozenset[str]:
        """Return the operationIds that a change at a place reaches."""
        if location[0] == "components":
            return frozenset(self._by_component[str(location[1]), str(location[2])])
        if location[:3] in self._by_place:
            return frozenset({self._by_place[location[:3]]})
        return frozenset(self._by_path[str(location[1])])
