"""Decide whether a document is an OpenAPI description that a client can be made from.

The meta-schemas are those that the OpenAPI Initiative publishes; the checks below them are the
rules that a schema cannot say: references, operationIds and path parameters.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import NoneType
from urllib.parse import unquote

import jsonschema_rs

from pipeline.document import Document
from pipeline.faults import BadInput, Fault, Place
from pipeline.values import Json, Location, is_array, is_object

_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

FindPlace = Callable[[Location], Place]

# Under these keys the member names are the document's own, not keywords of OpenAPI.
_MAPS_OF_NAMES = frozenset(
    {
        "$defs", "callbacks", "definitions", "dependentSchemas", "encoding", "headers", "links",
        "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies",
        "responses", "schemas", "securitySchemes", "webhooks",
    }
)  # fmt: skip
MAPS_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions")
LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMAS = ("additionalProperties", "items", "not")
# Under these keys stands data that is never read as OpenAPI.
_DATA = frozenset({"const", "default", "enum", "example", "examples"})
_PLAIN = (str, int, float, NoneType)
_PATH_PARAMETER = re.compile(r"\{([^{}]*)\}")
_IN_PATH = "#/paths/[^/]+"
_IN_OPERATION = f"{_IN_PATH}/(?:{'|'.join(METHODS)})"
# What a reference may point to, by the kind of thing that it stands for.
_TARGETS = {
    "parameter": rf"#/components/parameters/[^/]+|{_IN_PATH}(?:/\w+)?/parameters/[0-9]+",
    "request body": rf"#/components/requestBodies/[^/]+|{_IN_OPERATION}/requestBody",
    "response": rf"#/components/responses/[^/]+|{_IN_OPERATION}/responses/[^/]+",
    "path item": rf"#/components/pathItems/[^/]+|{_IN_PATH}",
    "schema": r"#/components/schemas/.+|#/.+/(?:schema|\$defs)(?:/.+)?",
}
_KINDS = {
    "parameters": "parameter",
    "pathItems": "path item",
    "paths": "path item",
    "requestBodies": "request body",
    "requestBody": "request body",
    "responses": "response",
    "schemas": "schema",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: where it is, and its name if it has one."""

    method: str
    path: str
    location: Location
    value: dict[str, Json]

    @property
    def operation_id(self) -> str | None:
        """The operationId, or None where the document gives none."""
        name = self.value.get("operationId")
        return name if isinstance(name, str) else None

    def __str__(self) -> str:
        signature = f"{self.method.upper()} {self.path}"
        return f"{self.operation_id} ({signature})" if self.operation_id else signature


def list_operations(value: Json) -> list[Operation]:
    """List the operations of an OpenAPI document in its own order."""
    return [
        Operation(method, path, ("paths", path, method), item[method])
        for path, item in value.get("paths", {}).items()
        for method in METHODS
        if path.startswith("/") and is_object(item) and is_object(item.get(method))
    ]


def list_parameters(operation: Operation, value: Json) -> list[dict[str, Json]]:
    """List an operation's parameters, those of its path item after its own."""
    shared = value["paths"][operation.path].get("parameters", [])
    return [follow(one, value) for one in [*operation.value.get("parameters", []), *shared]]


def follow(node: dict[str, Json], value: Json) -> dict[str, Json]:
    """Return what a node stands for: the end of its references, or itself."""
    while isinstance(node.get("$ref"), str):
        node = resolve_pointer(value, node["$ref"])
    return node


def inline_path_items(value: Json) -> Json:
    """Return the document with each path item that is a reference replaced by what it names.

    The generator passes over such an item without a word.
    """
    paths = value.get("paths", {})
    inlined: dict[str, Json] = {}
    for path, item in paths.items():
        whole = item
        while is_object(whole) and "$ref" in whole:
            target = resolve_pointer(value, whole["$ref"])
            whole = {**target, **{key: own for key, own in whole.items() if key != "$ref"}}
        inlined[path] = whole
    return {**value, "paths": inlined}


def check_version(document: Document) -> None:
    """Refuse what is no OpenAPI 3.0 or 3.1 document, with what to do about it (BadInput)."""
    value = document.value
    if not is_object(value):
        kind = "a list" if is_array(value) else "a single value"
        message = f"holds {kind}: an OpenAPI document is a mapping with the key 'openapi'"
        raise BadInput(document.fault((), message))
    if "swagger" in value:
        message = "is Swagger 2.0: convert it to OpenAPI 3 first (npx swagger2openapi FILE)"
        raise BadInput(document.fault(("swagger",), message))
    if "openapi" not in value:
        message = "has no key 'openapi': it is not an OpenAPI document"
        raise BadInput(document.fault((), message))
    version: Json = value["openapi"]
    if not isinstance(version, str) or not re.match(r"3\.[01]\.\d+\Z", version):
        message = f"is OpenAPI {version!r}: 3.0 and 3.1 can be read"
        if str(version) in ("3.0", "3.1"):
            message = f"is OpenAPI {version!r}: write the whole version, as in 3.0.3, or 3.1.0"
        raise BadInput(document.fault(("openapi",), message))


def check_openapi(value: Json, place: FindPlace) -> None:
    """Refuse a document that is not valid OpenAPI 3.0 or 3.1.

    ``place`` finds the file and line of a location. Raises BadInput with every fault found.
    """
    for check in (_find_reference_faults, _find_schema_faults, _find_operation_faults):
        if faults := [Fault(place(location), message) for location, message in check(value)]:
            raise BadInput(*faults)


def _find_schema_faults(value: Json) -> Iterator[tuple[Location, str]]:
    version = "v3.0" if value["openapi"].startswith("3.0.") else "v3.1"
    found = False
    for error in jsonschema_rs.validator_for(_load_meta_schema(version)).iter_errors(value):
        cause = _find_cause(error)
        found = True
        yield _locate_cause(cause), f"is not valid OpenAPI {version[1:]}: {_say(cause)}"
    if found or version == "v3.0":
        return
    # The meta-schema of 3.1 leaves schemas to JSON Schema's own.
    dialect = jsonschema_rs.Draft202012Validator({"$ref": _JSON_SCHEMA})
    for start, schema in _find_outer_schemas(value):
        for error in dialect.iter_errors(schema):
            cause = _find_cause(error)
            yield (*start, *_locate_cause(cause)), f"is not valid JSON Schema: {_say(cause)}"


def _load_meta_schema(version: str) -> Json:
    # openapi-spec-validator carries the published schemas; importing it would cost 0.25 s.
    package = importlib.util.find_spec("openapi_spec_validator")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("openapi-spec-validator is not installed")
    folder = Path(package.submodule_search_locations[0])
    return json.loads((folder / "resources/schemas" / version / "schema.json").read_bytes())


def _find_cause(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Follow "none of these alternatives" to the fault inside the alternative that was meant."""
    alternatives = getattr(error.kind, "context", None)
    if not alternatives:
        return error
    instance = error.instance
    meant = [
        alternative
        for alternative in alternatives
        if alternative
        and not (
            is_object(instance)
            and "$ref" not in instance
            and any("$ref" in fault.message for fault in alternative)
        )
    ] or [alternative for alternative in alternatives if alternative]
    if not meant:
        return error
    closest = min(meant, key=len)
    causes = [_find_cause(fault) for fault in closest]
    return max(causes, key=lambda cause: len(cause.instance_path))


def _locate_cause(cause: jsonschema_rs.ValidationError) -> Location:
    """Return where the fault stands: a member that should not be there, or the whole value."""
    unexpected: list[str] = getattr(cause.kind, "unexpected", [])
    return (*cause.instance_path, *unexpected[:1])


def _say(error: jsonschema_rs.ValidationError) -> str:
    message = error.message
    return message if len(message) <= 200 else f"{message[:80]} … {message[-100:]}"


def walk(value: Json) -> Iterator[tuple[Location, dict[str, Json]]]:
    """Yield every object of an OpenAPI document that is read as OpenAPI, with its location.

    Examples, defaults, enums and extensions are data; names of schemas and properties are no
    keywords.
    """
    stack: list[tuple[Location, Json, bool]] = [((), value, False)]
    while stack:
        location, node, names = stack.pop()
        if is_object(node):
            if not names:
                yield location, node
            for key, member in reversed(node.items()):
                if isinstance(member, _PLAIN):
                    continue
                if not names and (key in _DATA or key.startswith("x-")):
                    continue
                stack.append(((*location, key), member, not names and key in _MAPS_OF_NAMES))
        elif is_array(node):
            for position in range(len(node) - 1, -1, -1):
                stack.append(((*location, position), node[position], False))


def walk_schemas(value: Json) -> Iterator[tuple[Location, dict[str, Json]]]:
    """Yield every schema of a document, an outer one before those inside it."""
    stack = list(_find_outer_schemas(value))
    stack.reverse()
    while stack:
        location, schema = stack.pop()
        if not is_object(schema):
            continue
        yield location, schema
        inner: list[tuple[Location, Json]] = []
        for key in _SCHEMAS:
            if key in schema:
                inner.append(((*location, key), schema[key]))
        for key in LISTS_OF_SCHEMAS:
            if is_array(listed := schema.get(key)):
                inner += [((*location, key, at), one) for at, one in enumerate(listed)]
        for key in MAPS_OF_SCHEMAS:
            if is_object(named := schema.get(key)):
                inner += [((*location, key, name), one) for name, one in named.items()]
        stack.extend(reversed(inner))


def _find_outer_schemas(value: Json) -> Iterator[tuple[Location, Json]]:
    components: dict[str, Json] = value.get("components", {})
    for name, schema in components.get("schemas", {}).items():
        yield ("components", "schemas", name), schema
    others = {key: section for key, section in components.items() if key != "schemas"}
    for location, node in walk({**value, "components": others}):
        if "schema" in node:
            yield (*location, "schema"), node["schema"]


def resolve_pointer(value: Json, reference: str) -> Json:
    """Return what the local reference ``#/…`` points to (RFC 6901); KeyError when nothing."""
    node = value
    for step in split_pointer(reference):
        if is_array(node):
            if not step.isdecimal() or int(step) >= len(node):
                raise KeyError(reference)
            node = node[int(step)]
        elif is_object(node) and step in node:
            node = node[step]
        else:
            raise KeyError(reference)
    return node


@lru_cache(maxsize=4096)
def split_pointer(reference: str) -> tuple[str, ...]:
    """Return the steps of the local reference ``#/…`` as the document has them."""
    return tuple(
        unquote(part).replace("~1", "/").replace("~0", "~")
        for part in reference.removeprefix("#").split("/")[1:]
    )


def _find_reference_faults(value: Json) -> Iterator[tuple[Location, str]]:
    for location, node in walk(value):
        if "$ref" not in node:
            continue
        reference = node["$ref"]
        if not isinstance(reference, str):
            yield (*location, "$ref"), f"the reference {reference!r} must be text"
            continue
        at = (*location, "$ref")
        if not reference.startswith("#/"):
            yield at, f"the reference {reference!r} leaves the document: bundle it into one file"
            continue
        seen = {reference}
        target = node
        while is_object(target) and isinstance(target.get("$ref"), str):
            try:
                target = resolve_pointer(value, target["$ref"])
            except KeyError:
                yield at, f"the reference {target['$ref']!r} points to nothing"
                break
            following = target.get("$ref") if is_object(target) else None
            if isinstance(following, str):
                if following in seen:
                    yield at, f"the reference {reference!r} leads back to itself"
                    break
                seen.add(following)
        else:
            if said := _misplace(location, reference, target):
                yield at, f"the reference {reference!r} points to {said}"


def _misplace(location: Location, reference: str, target: Json) -> str | None:
    """Say what a reference points to when it is not what has to stand at ``location``."""
    if not is_object(target) and not (isinstance(target, bool) and "schemas" in reference):
        return "a plain value or a list"
    kind = _KINDS.get(_find_holder(location))
    if kind and not re.fullmatch(_TARGETS[kind], reference):
        return f"what is no {kind}"
    return None


def _find_holder(location: Location) -> str:
    """Name the member that a thing stands in; a schema may have properties of the same names."""
    match location:
        case ("paths", _):
            return "paths"
        case ("components", str(kind), _):
            return kind
        case ("paths", _, _, "requestBody"):
            return "requestBody"
        case ("paths", _, "parameters", _) | ("paths", _, _, "parameters", _):
            return "parameters"
        case ("paths", _, _, "responses", _):
            return "responses"
        case _:
            return ""


def _find_operation_faults(value: Json) -> Iterator[tuple[Location, str]]:
    value = inline_path_items(value)
    names: dict[str, Operation] = {}
    for operation in list_operations(value):
        name = operation.operation_id
        if name is not None:
            if name in names:
                first = names[name]
                message = (
                    f"the operationId {name!r} is also that of {first.method.upper()} {first.path}"
                )
                yield (*operation.location, "operationId"), message
            names.setdefault(name, operation)
        yield from _find_path_parameter_faults(value, operation)


def _find_path_parameter_faults(
    value: Json, operation: Operation
) -> Iterator[tuple[Location, str]]:
    declared = {
        parameter["name"]
        for parameter in list_parameters(operation, value)
        if parameter["in"] == "path"
    }
    wanted = set(_PATH_PARAMETER.findall(operation.path))
    for name in sorted(wanted - declared):
        message = f"{operation}: the path parameter {name!r} is not declared"
        yield operation.location, message
    for name in sorted(declared - wanted):
        message = f"{operation}: the parameter {name!r} is not in the path"
        yield operation.location, message
