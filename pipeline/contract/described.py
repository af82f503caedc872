"""What the effective spec describes: operations by the client's methods, headers, bodies.

A value is described by a list of schemas: all those that may speak of it, with references and
alternatives followed. Nothing describes it where the list is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.document import read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.openapi import LISTS_OF_SCHEMAS, Operation, follow, list_operations
from pipeline.values import Json, Location, is_array, is_object

Schemas = list[dict[str, Json]]

ANY_MEMBER = "*"
"""The step to a member that is described without its name."""


@dataclass(frozen=True)
class Spec:
    """The effective spec, to look up operations and schemas in."""

    value: Json

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The operations by their ids."""
        return {one.operation_id or str(one): one for one in list_operations(self.value)}

    @cached_property
    def methods(self) -> dict[str, Operation]:
        """The operations by the methods of the client, such as ``modules.testing.enable``."""
        return {
            f"{one.value['x-resource']}.{one.value['x-method']}": one
            for one in self.operations.values()
        }

    def list_headers(self, operation: Operation) -> list[str]:
        """List the headers that any response of an operation is described with."""
        answers = [follow(one, self.value) for one in operation.value["responses"].values()]
        return sorted({name for one in answers for name in one.get("headers", {})})

    def describe_body(self, operation: Operation, status: int, media_type: str) -> Schemas:
        """Return the schemas of the body of an answer."""
        answers = operation.value["responses"]
        answer = answers.get(str(status), answers.get("default"))
        if answer is None:
            return []
        content = follow(answer, self.value).get("content", {}).get(media_type, {})
        return self.open([content["schema"]]) if "schema" in content else []

    def narrow(self, schemas: Schemas, step: str | int) -> Schemas:
        """Return the schemas of a member or an item of what these schemas describe."""
        if isinstance(step, int):
            return self.open([one["items"] for one in schemas if "items" in one])
        named = [one["properties"][step] for one in schemas if has_member(one, step)]
        return self.open(named or [one.get("additionalProperties") for one in schemas])

    def open(self, schemas: list[Json]) -> Schemas:
        """Follow references and alternatives; ``{}`` and ``true`` describe nothing."""
        found: Schemas = []
        for one in schemas:
            if not is_object(one) or not one:
                continue
            schema = follow(one, self.value)
            found.append(schema)
            for key in LISTS_OF_SCHEMAS:
                found += self.open(schema.get(key, []))
        return found

    def walk(
        self, value: Json, schemas: Schemas, location: Location = ()
    ) -> Iterator[tuple[Location, Json, Schemas]]:
        """Yield a value and all that is in it, each with its place and the schemas of it."""
        yield location, value, schemas
        members: list[tuple[str | int, Json]] = []
        if is_object(value):
            members = list(value.items())
        elif is_array(value):
            members = list(enumerate(value))
        for step, member in members:
            yield from self.walk(member, self.narrow(schemas, step), (*location, step))


def has_member(schema: dict[str, Json], name: str) -> bool:
    """Tell whether a schema describes a member by its name."""
    return name in schema.get("properties", {})


def name_folder(operation: Operation) -> str:
    """Return the folder of an operation's fixtures: ``modules.testing/enable_module_testing``."""
    return f"{operation.value['x-resource']}/{operation.operation_id}"


def read_spec(path: Path) -> Spec:
    """Read the effective spec from the package. Raises BadInput."""
    document = read_document(path)
    spec = Spec(document.value)
    try:
        _ = spec.methods
    except KeyError as error:
        message = f"an operation has no {error}: run nox -s regenerate"
        raise BadInput(Fault(Place(str(path)), message)) from None
    return spec
