"""Ways through an OpenAPI document that several of these tests take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "openapi.yaml"
OVERLAYS = ROOT / "overlays"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

Json = Any
Location = tuple[str | int, ...]


def operations(document: Json) -> dict[tuple[str, str], Json]:
    """Return all operations by method and path."""
    return {
        (method.upper(), path): item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def by_name(document: Json) -> dict[str, Json]:
    """Return all operations by operationId."""
    return {operation["operationId"]: operation for operation in operations(document).values()}


def resolve(document: Json, value: Json) -> Json:
    """Follow a reference, if ``value`` is one."""
    while "$ref" in value:
        target = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        value = target
    return value


def parameters(document: Json, operation: Json) -> list[Json]:
    """Return the parameters of an operation, references followed."""
    return [resolve(document, parameter) for parameter in operation.get("parameters", [])]


def nodes(value: Json, location: Location = ()) -> Iterator[tuple[Location, Json]]:
    """Yield every value of a document with its location, outer ones first."""
    yield location, value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from nodes(member, (*location, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from nodes(member, (*location, index))


def references(value: Json) -> set[str]:
    """Return the targets of all references below ``value``."""
    return {node["$ref"] for _, node in nodes(value) if isinstance(node, dict) and "$ref" in node}


def reachable(document: Json, value: Json) -> set[str]:
    """Return the references that can be reached from ``value``, through other references too."""
    found: set[str] = set()
    waiting = references(value)
    while waiting:
        reference = waiting.pop()
        found.add(reference)
        waiting |= references(resolve(document, {"$ref": reference})) - found
    return found


def answer_schemas(document: Json) -> dict[str, Json]:
    """Return the schemas of all answers: those in place, and the named ones they lead to."""
    answers = [operation["responses"] for operation in operations(document).values()]
    named = reachable(document, answers)
    found = {
        reference: resolve(document, {"$ref": reference})
        for reference in named
        if reference.startswith("#/components/schemas/")
    }
    for index, answer in enumerate([*answers, document["components"]["responses"]]):
        for location, node in nodes(answer):
            if location[-1:] == ("schema",):
                found[f"answer {index} {location}"] = node
    return found


def faults_of(document: Json, schema: Json, value: Json) -> list[str]:
    """Say what keeps ``value`` from being valid by ``schema``, which may refer to components."""
    validator = OAS30Validator({"components": document["components"], "allOf": [schema]})
    return [error.message for error in validator.iter_errors(value)]


def examples(document: Json) -> Iterator[tuple[str, Json, Json]]:
    """Yield every example: where it is, the schema that it illustrates, and the example."""
    for location, node in nodes(document):
        if not isinstance(node, dict) or "value" in location[-3:]:
            continue
        at = "/".join(map(str, location))
        schema = node.get("schema")
        if schema is None and ("type" in node or "anyOf" in node):
            schema = {key: value for key, value in node.items() if key != "example"}
        if schema is None:
            continue
        if "example" in node:
            yield at, schema, node["example"]
        if isinstance(node.get("examples"), dict):
            for name, example in node["examples"].items():
                yield f"{at}/{name}", schema, example["value"]
