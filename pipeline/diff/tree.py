"""One side of a comparison: an OpenAPI document, read by the places in it.

A schema is compared by what it comes to, however it is written down. So a place is opened into the
schemas that hold there together: the end of its references, the members of its ``allOf``, and an
``anyOf`` or ``oneOf`` that leaves one alternative beside null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.document import Document
from pipeline.openapi import split_pointer
from pipeline.values import Json, Location, is_array, is_object

Roots: TypeAlias = tuple[Location, ...]
"""The places of schemas that hold together; none is the schema that takes everything."""

ALTERNATIVES = ("oneOf", "anyOf")
_WORDING = frozenset(
    {"$comment", "deprecated", "description", "example", "examples", "externalDocs", "title"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A schema that holds, with others, at an opened place."""

    location: Location
    value: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of alternatives: ``oneOf`` or ``anyOf``, its place, and theirs."""

    keyword: str
    location: Location
    roots: Roots


@dataclass(slots=True)
class Opened:
    """What a place comes to."""

    parts: list[Part] = field(default_factory=list[Part])
    null: Location | None = None
    """What makes null a value of it, if anything does."""
    alternatives: list[Choice] = field(default_factory=list["Choice"])
    """The lists to choose from."""
    only: list[Choice] = field(default_factory=list["Choice"])
    """The lists that leave one alternative, which is among the parts."""

    def find(self, keyword: str) -> tuple[Location, Json] | None:
        """Return the first value that a keyword has here, and its place."""
        for part in self.parts:
            if keyword in part.value:
                return (*part.location, keyword), part.value[keyword]
        return None

    def find_all(self, keyword: str) -> list[tuple[Location, Json]]:
        """Return each value that a keyword has here, with its place."""
        return [
            ((*part.location, keyword), part.value[keyword])
            for part in self.parts
            if keyword in part.value
        ]

    def is_set(self, keyword: str) -> bool:
        """Tell whether a keyword is true anywhere here."""
        return any(part.value.get(keyword) is True for part in self.parts)

    def list_properties(self) -> dict[str, Roots]:
        """Return the places of each property's schemas."""
        found: dict[str, Roots] = {}
        for location, properties in self.find_all("properties"):
            for name in properties:
                found[name] = (*found.get(name, ()), (*location, name))
        return found

    def list_required(self) -> dict[str, Location]:
        """Return, for each name that is required, the list that says so."""
        found: dict[str, Location] = {}
        for location, names in self.find_all("required"):
            if is_array(names):
                for name in names:
                    found.setdefault(str(name), location)
        return found

    def list_types(self) -> frozenset[str] | None:
        """Return the types that a value can have, without null; None for all."""
        types: frozenset[str] | None = None
        for part in self.parts:
            said = _read_types(part.value)
            if said is not None:
                types = said if types is None else _meet(types, said)
        return types


class Tree:
    """A document of one side, which is valid: all its references lead somewhere."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value: Json = document.value
        self._is_30 = str(self.value.get("openapi", "")).startswith("3.0")
        self._opened: dict[Roots, Opened] = {}

    def at(self, location: Location) -> Json:
        """Return what stands at a place; None where nothing does."""
        node = self.value
        for step in location:
            if is_object(node) and isinstance(step, str):
                node = node.get(step)
            elif is_array(node) and isinstance(step, int) and step < len(node):
                node = node[step]
            else:
                return None
        return node

    def follow(self, location: Location) -> Location:
        """Return where the references of a place end."""
        node = self.at(location)
        while is_object(node) and isinstance(node.get("$ref"), str):
            location = self.locate(node["$ref"])
            node = self.at(location)
        return location

    def read_object(self, location: Location) -> dict[str, Json]:
        """Return the object at a place; an empty one where none is."""
        value = self.at(location)
        return value if is_object(value) else {}

    def locate(self, reference: str) -> Location:
        """Return the place that a local reference ``#/…`` names."""
        location: list[str | int] = []
        node = self.value
        for step in split_pointer(reference):
            at: Json = int(step) if is_array(node) else step
            location.append(at)
            node = node[at]
        return tuple(location)

    def find_schema(self, target: Json) -> Location | None:
        """Return the schema that a discriminator's mapping names, by reference or by name.

        A mapping is no reference that must lead somewhere: None where it does not.
        """
        if not isinstance(target, str):
            return None
        if not target.startswith("#/"):
            return ("components", "schemas", target)
        try:
            return self.locate(target)
        except (KeyError, IndexError, TypeError, ValueError):
            return None

    def open(self, roots: Roots) -> Opened:
        """Open places whose schemas hold together into all that holds there."""
        if roots not in self._opened:
            opened = Opened()
            seen: set[Location] = set()
            for location in roots:
                self._open(location, opened, seen)
            self._opened[roots] = opened
        return self._opened[roots]

    def list_ends(self, roots: Roots) -> Roots:
        """Return where the references of places end: two such places are one schema."""
        return tuple(map(self._find_end, roots))

    def _find_end(self, location: Location) -> Location:
        node = self.at(location)
        while is_object(node) and isinstance(node.get("$ref"), str):
            if not self._is_30 and len(node) > 1:
                return location  # what stands beside a reference counts since OpenAPI 3.1
            location = self.locate(node["$ref"])
            node = self.at(location)
        return location

    def _open(self, location: Location, opened: Opened, seen: set[Location]) -> None:
        if location in seen:
            return
        seen.add(location)
        node = self.at(location)
        if node is False:
            opened.parts.append(Part(location, {"not": {}}))
        if not is_object(node):
            return
        reference = node.get("$ref")
        if isinstance(reference, str) and self._is_30:
            self._open(self.locate(reference), opened, seen)
            return
        opened.parts.append(Part(location, node))
        nullable = self._is_30 and node.get("nullable") is True
        if nullable or node.get("type") == "null" or "null" in _list(node.get("type")):
            opened.null = opened.null or (*location, "nullable" if nullable else "type")
        if isinstance(reference, str):
            self._open(self.locate(reference), opened, seen)
        for position in range(len(_list(node.get("allOf")))):
            self._open((*location, "allOf", position), opened, seen)
        for keyword in ALTERNATIVES:
            if keyword in node:
                self._open_alternatives((*location, keyword), opened, seen)

    def _open_alternatives(self, location: Location, opened: Opened, seen: set[Location]) -> None:
        places = tuple((*location, position) for position in range(len(_list(self.at(location)))))
        real = tuple(place for place in places if not self._is_null(place))
        if len(real) < len(places):
            opened.null = opened.null or location
        choice = Choice(str(location[-1]), location, real)
        if len(real) == 1:
            opened.only.append(choice)
            self._open(real[0], opened, seen)
        elif real:
            opened.alternatives.append(choice)

    def _is_null(self, location: Location) -> bool:
        node = self.at(self.follow(location))
        if not is_object(node):
            return False
        return node.get("type") in ("null", ["null"]) or node.get("enum") == [None]


def strip_wording(value: Json) -> Json:
    """Return a schema without the keywords that only explain it."""
    if is_object(value):
        return {
            key: strip_wording(member)
            for key, member in value.items()
            if key not in _WORDING or (is_object(member) and key != "externalDocs")
        }
    if is_array(value):
        return [strip_wording(item) for item in value]
    return value


def _meet(types: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """Return the types of values that are of both: each integer is a number."""
    integers = {"integer"} if {"integer", "number"} <= types | others else set[str]()
    return frozenset(types & others | {one for one in integers if one in types | others})


def _read_types(schema: dict[str, Json]) -> frozenset[str] | None:
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset({said} - {"null"})
    if is_array(said):
        return frozenset(map(str, said)) - {"null"}
    if "properties" in schema or "additionalProperties" in schema:
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in schema else None


def _list(value: Json) -> list[Json]:
    return value if is_array(value) else []
