"""Make JSON at random that fits a schema of an API description."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = Any

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)
DATES = st.dates().map(str)
OFFSETS = st.sampled_from(
    ["Z", "z", "", "+00:00", "-00:00", "+05:30", "-11:00", "+0200", "+01:02:03"]
)
FRACTIONS = st.text("0123456789", min_size=1, max_size=12).map(lambda digits: f".{digits}")
DATE_TIMES = st.builds(
    "{}{}{}{}{}".format,
    DATES,
    st.sampled_from("Tt "),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.just("") | st.builds(":{:02}{}".format, st.integers(0, 60), st.just("") | FRACTIONS),
    OFFSETS,
)
UUIDS = st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper())
FORMATS = {"date": DATES, "date-time": DATE_TIMES, "uuid": UUIDS}


def follow(schema: Json, document: Json) -> Json:
    """Return the schema that a reference to a component stands for."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fitting(schema: Json, document: Json, depth: int = 0) -> st.SearchStrategy[Json]:
    """Return a strategy for JSON that fits a schema, with members that it does not list."""
    schema = follow(schema, document)
    made = _fitting(schema, document, depth)
    return made | st.none() if schema.get("nullable") else made


def _fitting(schema: Json, document: Json, depth: int) -> st.SearchStrategy[Json]:
    alternatives = schema.get("oneOf") or schema.get("anyOf")
    if alternatives:
        return st.one_of([fitting(one, document, depth) for one in alternatives])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        listed = st.sampled_from(schema["enum"])
        unlisted = st.integers() if schema["type"] == "integer" else st.text(max_size=8)
        return listed | unlisted
    kind = schema.get("type", "object" if "allOf" in schema or "properties" in schema else None)
    if kind == "object":
        return fitting_object(schema, document, depth)
    if kind == "array":
        return st.lists(fitting(schema["items"], document, depth + 1), max_size=2)
    if kind == "string":
        return FORMATS.get(schema.get("format", ""), st.text(max_size=8))
    if kind == "integer":
        return st.integers()
    if kind == "number":
        return st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    if kind == "null":
        return st.none()
    return st.booleans() if kind == "boolean" else ANY_JSON


def fitting_object(schema: Json, document: Json, depth: int = 0) -> st.SearchStrategy[Json]:
    """Return a strategy for objects that fit a schema, with members that it does not list."""
    properties, required = _members(schema, document)
    wanted = {
        name: fitting(one, document, depth + 1)
        for name, one in properties.items()
        if name in required
    }
    # Schemas may hold themselves.
    optional = {
        name: st.deferred(lambda one=one: fitting(one, document, depth + 1))  # type: ignore[misc]
        for name, one in properties.items()
        if name not in required and depth < 3
    }
    known = st.fixed_dictionaries(wanted, optional=optional)
    rest = schema.get("additionalProperties", True)
    others = fitting(rest, document, depth + 1) if isinstance(rest, dict) and rest else ANY_JSON
    names = st.text(max_size=8).filter(lambda name: name not in properties)
    return st.builds(
        lambda one, other: {**one, **other}, known, st.dictionaries(names, others, max_size=2)
    )


def _members(schema: Json, document: Json) -> tuple[dict[str, Json], set[str]]:
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", []))
    for part in schema.get("allOf", []):
        more, also = _members(follow(part, document), document)
        properties, required = {**more, **properties}, required | also
    return properties, required
