"""The parts of a spec that fixtures are to touch, so that what nothing touches can be told."""

from __future__ import annotations

from pipeline.contract.description import Description
from pipeline.contract.schemas import REQUEST, RESPONSE, Part, name_location
from pipeline.values import Location, is_object


def list_parts(description: Description) -> list[Part]:
    """List the operations, parameters, properties, enum values and shapes of errors, in order."""
    parts: dict[Part, None] = {}
    for name, operation in description.operations.items():
        parts[Part("operation", name)] = None
        for location, parameter in description.list_parameters(operation):
            parts[Part("parameter", f"{name} {parameter['in']} {parameter['name']}")] = None
            _add_schema(parts, description, (*location, "schema"), REQUEST)
        if "requestBody" in operation.value:
            body = (*operation.location, "requestBody")
            for schema in _list_contents(description, body):
                _add_schema(parts, description, schema, REQUEST)
        for status in map(str, operation.value["responses"]):
            answer = (*operation.location, "responses", status)
            for schema in _list_contents(description, answer):
                if not status.startswith("2"):
                    parts[description.name_error(status, str(schema[-2]), schema)] = None
                _add_schema(parts, description, schema, RESPONSE)
    return list(parts)


def _list_contents(description: Description, message: Location) -> list[Location]:
    location, described = description.schemas.follow(message)
    contents = described.get("content", {})
    return [(*location, "content", media_type, "schema") for media_type in contents]


def _add_schema(
    parts: dict[Part, None], description: Description, schema: Location, direction: str
) -> None:
    stack = [schema]
    seen: set[Location] = set()
    while stack:
        for location, node in description.schemas.list_alternatives(stack.pop()):
            if location in seen:
                continue
            seen.add(location)
            for value in node.get("enum", []):
                name = f"{name_location(location)}={value}"
                parts[Part(f"{direction} enum value", name)] = None
            for name in node.get("properties", {}):
                inner = (*location, "properties", name)
                parts[Part(f"{direction} property", name_location(inner))] = None
                stack.append(inner)
            for key in ("items", "additionalProperties"):
                if is_object(node.get(key)):
                    stack.append((*location, key))
