"""What fixtures touch of the effective spec, and what they do not.

The parts are operations, parameters, properties and enum values by direction, and errors by status
and shape. What cannot be recorded is listed in ``tests/fixtures/uncovered.yaml`` with its reason::

    response property:
      Module.domain_prefix: why no answer can have it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.contract.bodies import find_media_type
from pipeline.contract.description import Description
from pipeline.contract.error_shapes import SHAPES, find_shape
from pipeline.contract.fixture import Fixture
from pipeline.contract.forms import require_form
from pipeline.contract.schemas import REQUEST, RESPONSE, Part, name_location
from pipeline.document import read_document
from pipeline.faults import Fault
from pipeline.values import Json, Location, is_object

_EXCUSES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 20},
    },
}


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


@dataclass(frozen=True, slots=True)
class Excuse:
    """A part of the spec that no fixture touches, and why."""

    part: Part
    reason: str
    fault: Fault
    """What to say when it is touched, or in the spec no more."""


def read_excuses(path: Path) -> list[Excuse]:
    """Read the parts that fixtures may leave out, by kind and name, with a reason each.

    A file that is not there excuses nothing. Raises BadInput.
    """
    if not path.is_file():
        return []
    document = read_document(path)
    require_form(document, _EXCUSES)
    found: list[Excuse] = []
    for kind, name, reason in _flatten(document.value):
        message = f"{kind} {name}: is touched, or in the spec no more: remove it here"
        place = document.fault((kind, name), message)
        found.append(Excuse(Part(kind, name), reason, place))
    return found


@dataclass(frozen=True, slots=True)
class Coverage:
    """What fixtures touch of a spec, and what they do not."""

    parts: int
    excused: int
    missing: tuple[Part, ...]
    stale: tuple[Excuse, ...]
    """Excuses for what is touched, or does not exist."""
    table: str


def cover(
    description: Description,
    fixtures: list[Fixture],
    touched: set[Part],
    excuses: list[Excuse],
) -> Coverage:
    """Compare what fixtures touched with what there is to touch."""
    succeeded = {one.operation_id for one in fixtures if one.response.status < 300}
    seen = {part for part in touched if part.kind != "operation"}
    seen |= {Part("operation", name) for name in succeeded}
    shapes = {
        find_shape(one.response.body, find_media_type(one.response.headers))
        for one in fixtures
        if one.response.status >= 400 and one.response.body is not None
    }
    seen |= {Part("shape of an error", name) for name in shapes}
    parts = [*list_parts(description), *(Part("shape of an error", name) for name in SHAPES)]
    excused = {one.part for one in excuses}
    left_out = set(parts) - seen
    return Coverage(
        len(parts),
        len(left_out & excused),
        tuple(part for part in parts if part in left_out and part not in excused),
        tuple(one for one in excuses if one.part not in left_out),
        draw_table(description, fixtures),
    )


def draw_table(description: Description, fixtures: list[Fixture]) -> str:
    """Draw the operations by statuses: how many fixtures there are, ``+`` for a shared answer."""
    counts: Counter[tuple[str, str]] = Counter()
    shared: set[tuple[str, str]] = set()
    for one in fixtures:
        status = str(one.response.status)
        counts[one.operation_id, status] += 1
        if one.shared_by:
            shared |= {
                (name, status)
                for name, operation in description.operations.items()
                if operation.path.startswith(one.shared_by)
            }
    statuses = sorted({status for _, status in (*counts, *shared)})
    width = max(map(len, description.operations))
    lines = [" ".join(["operation".ljust(width), *statuses])]
    for name in description.operations:
        cells = [
            str(counts[name, status] or "") + ("+" if (name, status) in shared else "")
            for status in statuses
        ]
        lines.append(" ".join([name.ljust(width), *(cell.rjust(3) for cell in cells)]).rstrip())
    return "\n".join(lines)


def _flatten(value: Json) -> Iterator[tuple[str, str, str]]:
    for kind, names in value.items():
        for name, reason in names.items():
            yield kind, name, reason
