"""Schemas of the effective spec: whether a value fits, which parts of them it touches, and names.

They are those of OpenAPI 3.0 (https://spec.openapis.org/oas/v3.0.3#schema-object). A member or a
value that a schema takes without naming it is a finding, too: a client has no field for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote

import openapi_schema_validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from pipeline.contract.fixture import join_mark
from pipeline.openapi import resolve_pointer
from pipeline.values import Json, Location, is_array, is_object

REQUEST, RESPONSE = "request", "response"

_URI = "urn:spec"
_INTEGER = re.compile(r"-?[0-9]{1,4000}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}
_REQUIRED = re.compile(r"'(.+)' is a required property")
_validators: Any = openapi_schema_validator  # which has no types


class Finding(NamedTuple):
    """What does not hold in an exchange: where, by which rule, and in words."""

    mark: str
    """Such as ``request/query/page`` or ``response/body/0/name``."""
    rule: str
    """A keyword of JSON Schema, ``undescribed``, ``unnamed``, ``unreadable`` or ``security``."""
    message: str

    def __str__(self) -> str:
        return f"{self.mark}: {self.rule}"


class Part(NamedTuple):
    """A part of the spec that an exchange can touch."""

    kind: str
    name: str


@dataclass(slots=True)
class Checked:
    """What a check of one message found, and which parts of the spec the message touched."""

    findings: list[Finding] = field(default_factory=list[Finding])
    touched: set[Part] = field(default_factory=set[Part])

    def find(self, mark: str, rule: str, message: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(mark, rule, message))


class Schemas:
    """The schemas of a document, by their places in it."""

    def __init__(self, value: Json) -> None:
        self.value = value

    def at(self, location: Location) -> Any:
        """Return what stands at a place."""
        node = self.value
        for step in location:
            node = node[step]
        return node

    def follow(self, location: Location) -> tuple[Location, Any]:
        """Return where a node's references end, and the node there."""
        node = self.at(location)
        while is_object(node) and isinstance(node.get("$ref"), str):
            location = _split_pointer(node["$ref"])
            node = resolve_pointer(self.value, node["$ref"])
        return location, node

    def check(
        self, checked: Checked, schema: Location, value: Json, mark: str, direction: str
    ) -> None:
        """Check a value by the schema at a place; ``mark`` is where it stands in the exchange."""
        for error in self._validate(schema, value, direction):
            steps = list(error.absolute_path)
            rule = str(error.validator)
            if missing := _REQUIRED.match(error.message):
                steps.append(missing[1])
            place = "/".join((mark, *([join_mark(tuple(steps))] if steps else [])))
            message = error.message if len(error.message) <= 200 else f"{error.message[:200]}…"
            checked.find(place, rule, message)
        self._trace(checked, schema, value, mark, direction)

    def read_text(self, schema: Location, values: list[str]) -> Json:
        """Turn the texts of a parameter or header into the value that its schema speaks of."""
        kinds = {node.get("type") for _, node in self.list_alternatives(schema)}
        if "array" in kinds:
            location, _ = self.follow(schema)
            return [self.read_text((*location, "items"), [one]) for one in values]
        text = values[-1]
        if "integer" in kinds and _INTEGER.fullmatch(text):
            return int(text)
        if "number" in kinds and _NUMBER.fullmatch(text):
            return float(text)
        return _BOOLEANS.get(text, text) if "boolean" in kinds else text

    def list_alternatives(self, schema: Location) -> Iterator[tuple[Location, dict[str, Json]]]:
        """Yield a schema and all that it is made of by allOf, anyOf and oneOf."""
        location, node = self.follow(schema)
        if not is_object(node):
            return
        yield location, node
        for key in ("allOf", "anyOf", "oneOf"):
            for position in range(len(node.get(key, []))):
                yield from self.list_alternatives((*location, key, position))

    @cached_property
    def _registry(self) -> Any:
        return Registry[Any]().with_resource(_URI, DRAFT4.create_resource(self.value))

    def _validate(self, schema: Location, value: Json, direction: str) -> Iterator[Any]:
        kind = "OAS30WriteValidator" if direction == REQUEST else "OAS30ReadValidator"
        validator = getattr(_validators, kind)(
            {"$ref": f"{_URI}#{_join_pointer(schema)}"},
            registry=self._registry,
            format_checker=_validators.oas30_format_checker,
        )
        yield from validator.iter_errors(value)

    def _trace(
        self, checked: Checked, schema: Location, value: Json, mark: str, direction: str
    ) -> None:
        """Note which properties and enum values a value touches, and what has no name in it."""
        alternatives = list(self.list_alternatives(schema))
        if isinstance(value, str):
            self._trace_enum(checked, alternatives, value, mark, direction)
        elif is_array(value):
            for location, node in alternatives:
                if "items" in node:
                    for position, item in enumerate(value):
                        at = f"{mark}/{position}"
                        self._trace(checked, (*location, "items"), item, at, direction)
        elif is_object(value):
            self._trace_members(checked, alternatives, value, mark, direction)

    def _trace_enum(
        self,
        checked: Checked,
        alternatives: list[tuple[Location, dict[str, Json]]],
        value: str,
        mark: str,
        direction: str,
    ) -> None:
        enums = [(location, node["enum"]) for location, node in alternatives if "enum" in node]
        for location, names in enums:
            if value in names:
                label = f"{name_location(location)}={value}"
                checked.touched.add(Part(f"{direction} enum value", label))
                return
        if enums:
            checked.find(mark, "unnamed", f"{value!r} is none of the values that are named")

    def _trace_members(
        self,
        checked: Checked,
        alternatives: list[tuple[Location, dict[str, Json]]],
        value: dict[str, Json],
        mark: str,
        direction: str,
    ) -> None:
        properties: dict[str, list[Location]] = {}
        others: list[Location] = []
        is_free = True
        for location, node in alternatives:
            is_free = is_free and "properties" not in node
            for name in node.get("properties", {}):
                properties.setdefault(name, []).append((*location, "properties", name))
            if is_object(node.get("additionalProperties")):
                others.append((*location, "additionalProperties"))
                is_free = False
        for name, member in value.items():
            at = f"{mark}/{join_mark((name,))}"
            for location in properties.get(name, others):
                if name in properties and member is not None:
                    label = name_location(location)
                    checked.touched.add(Part(f"{direction} property", label))
                self._trace(checked, location, member, at, direction)
            if name not in properties and not others and not is_free:
                checked.find(at, "undescribed", "is no member that the spec has")


def _split_pointer(reference: str) -> Location:
    steps = reference.removeprefix("#/").split("/")
    return tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in steps)


def _join_pointer(location: Location) -> str:
    # As a URI's fragment: what is no letter of it is escaped.
    return f"/{join_mark(location)}".replace("%", "%25").replace("{", "%7B").replace("}", "%7D")


def name_location(location: Location) -> str:
    """Name a place among the schemas as a person would: ``Module.versions[]``."""
    steps = list(location)
    if steps[:2] == ["components", "schemas"]:
        steps = steps[2:]
    name = ""
    names = iter(steps)
    for step in names:
        match step:
            case "properties":
                name += f".{next(names)}"
            case "items":
                name += "[]"
            case "additionalProperties":
                name += "{}"
            case _:
                name += f"/{step}" if name else str(step)
    return name
