"""Read the pairs of ``pairs/``: two documents that differ in one edit, and what it does to callers.

Each file is an area. ``slot`` says where the fragments ``old`` and ``new`` of a pair stand:

=============  ==========================================================================
``property``   the schema of the property ``amount``, or of a parameter or header so named
``schema``     the whole schema of a body, or of a parameter or header
``schemas``    ``components.schemas``; the body is its ``Thing``
``parameters`` the parameters of ``GET /things``
``body``       the request body of ``POST /things``; null for none
``responses``  the responses of ``GET /things``
``received``   the media types of its response
``sent``       the media types of the request body
``headers``    the headers of its response
``operation``  a merge patch (RFC 7396) of ``GET /things``
``document``   a merge patch of the whole document
=============  ==========================================================================

A pair of the first three kinds stands in each place that it has a label for: ``request``,
``response``, ``both`` (one component that a request and a response share), ``query``, ``header``.
The others have the label ``verdict``. A label holds two verdicts, from old to new and back.

A pair may have: ``names``, texts that a report must hold; ``changes``, how many are reported where
it is not one, or ``at_most``, where a report may tell one edit in two; ``operations``, those that
it reaches; ``openapi``, the version of its documents, or of each; ``schemas``, components that both
documents have; ``sides``, whether requests or responses hold what changed. What an area has beside
its pairs holds for each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.document import Document, parse_document, read_document

FOLDER = Path(__file__).parent / "pairs"
AREAS = sorted(FOLDER.glob("*.yaml"))
VERDICTS = ("none", "compatible", "dangerous", "breaking")
PLACES = {
    "request": ("request",),
    "response": ("response",),
    "both": ("request", "response"),
    "query": ("request",),
    "header": ("response",),
}
"""The places of a schema, and who holds it there."""
_KEYS = {
    "name", "old", "new", "slot", "verdict", "names", "changes", "at_most", "operations", "openapi",
    "schemas", "sides", *PLACES,
}  # fmt: skip
_THING = {"$ref": "#/components/schemas/Thing"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents, and what a comparison of them must say in each direction."""

    name: str
    old: Document
    new: Document
    forward: str
    backward: str
    least: int
    most: int
    names: tuple[str, ...]
    sides: tuple[str, ...] | None
    operations: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One direction of a pair."""

    name: str
    old: Document
    new: Document
    verdict: str
    pair: Pair


def read_pairs() -> list[Pair]:
    """Read the pairs of all areas."""
    return [pair for area in AREAS for pair in _read_area(area)]


def list_steps(pairs: list[Pair]) -> list[Step]:
    """List both directions of each pair."""
    return [
        step
        for pair in pairs
        for step in (
            Step(f"{pair.name} >", pair.old, pair.new, pair.forward, pair),
            Step(f"{pair.name} <", pair.new, pair.old, pair.backward, pair),
        )
    ]


def merge(target: Any, patch: Any) -> Any:
    """Apply a merge patch: null removes, objects merge, all else replaces (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _read_area(path: Path) -> Iterator[Pair]:
    area = read_document(path).value
    shared = {key: value for key, value in area.items() if key != "pairs"}
    for own in area["pairs"]:
        entry = {"openapi": "3.0.3", **shared, **own}
        if unknown := entry.keys() - _KEYS:
            raise ValueError(f"{path.name}: {entry['name']}: unknown keys {sorted(unknown)}")
        for place in ("verdict", *PLACES):
            if place in entry:
                yield _make_pair(path.stem, entry, place)


def _make_pair(area: str, entry: dict[str, Any], place: str) -> Pair:
    name = f"{area}: {entry['name']}" + ("" if place == "verdict" else f", {place}")
    versions = entry["openapi"]
    versions = versions if isinstance(versions, list) else [versions, versions]
    old, new = (
        _make_document(f"{name} ({side})", version, entry, entry[side], place)
        for side, version in zip(("old", "new"), versions, strict=True)
    )
    forward, backward = entry[place]
    least = 0 if forward == "none" else entry.get("changes", 1)
    names = entry.get("names", [])
    if entry["slot"] == "property":
        names = [*names, "amount"]
    sides = entry.get("sides", PLACES.get(place))
    operations = entry.get("operations")
    return Pair(
        name,
        old,
        new,
        forward,
        backward,
        least,
        0 if forward == "none" else entry.get("at_most", least),
        tuple(names),
        tuple(sides) if sides else None,
        tuple(operations) if operations else None,
    )


def _make_document(
    name: str, version: str, entry: dict[str, Any], fragment: Any, place: str
) -> Document:
    document = _make_base(version)
    paths = document["paths"]
    get, post = paths["/things"]["get"], paths["/things"]["post"]
    components = document["components"]["schemas"]
    components.update(deepcopy(entry.get("schemas", {})))
    response = get["responses"]["200"]
    match entry["slot"]:
        case "property" | "schema" | "schemas" as slot:
            _place_schema(document, slot, fragment, place)
        case "parameters":
            get["parameters"] = fragment
        case "body":
            if fragment is None:
                del post["requestBody"]
            else:
                post["requestBody"] = fragment
        case "responses":
            get["responses"] = fragment
        case "received":
            response["content"] = fragment
        case "sent":
            post["requestBody"]["content"] = fragment
        case "headers":
            response["headers"] = fragment
        case "operation":
            paths["/things"]["get"] = merge(get, fragment)
        case "document":
            document = merge(document, fragment)
        case slot:
            raise ValueError(f"{name}: unknown slot {slot!r}")
    return parse_document(json.dumps(document, indent=1), f"{name}.json")


def _place_schema(document: dict[str, Any], slot: str, fragment: Any, place: str) -> None:
    schema = fragment
    if slot == "property" and place in ("request", "response", "both"):
        schema = {"type": "object", "properties": {"amount": fragment}}
    components = document["components"]["schemas"]
    if slot == "schemas":
        components.update(fragment)
        schema = _THING
    elif place == "both":
        components["Thing"] = schema
        schema = _THING
    things = document["paths"]["/things"]
    get, post = things["get"], things["post"]
    content = {"application/json": {"schema": schema}}
    if place in ("request", "both"):
        post["requestBody"]["content"] = content
    if place in ("response", "both"):
        get["responses"]["200"]["content"] = content
    if place == "query":
        get["parameters"] = [{"name": "amount", "in": "query", "schema": schema}]
    if place == "header":
        get["responses"]["200"]["headers"] = {"amount": {"schema": schema}}


def _make_base(version: str) -> dict[str, Any]:
    """Make the document that all pairs start from: two operations on one path."""
    text = {"application/json": {"schema": {"type": "string"}}}
    return {
        "openapi": version,
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {
            "/things": {
                "get": {
                    "operationId": "listThings",
                    "responses": {"200": {"description": "The things", "content": text}},
                },
                "post": {
                    "operationId": "createThing",
                    "requestBody": {"content": deepcopy(text)},
                    "responses": {"204": {"description": "Done"}},
                },
            }
        },
        "components": {"schemas": {}},
    }
