"""Properties that a model has beside its fields, by the extensions of the fields' schemas.

``x-timestamp: milliseconds`` on ``created`` gives ``created_at``, ``x-comma-separated: true`` on
``tags`` gives ``tag_list``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from openapi_python_client import schema as oai
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.string import StringProperty

from pipeline.codec import Property, without_null
from pipeline.openapi import follow
from pipeline.values import Json, is_object

UNITS = ("seconds", "milliseconds", "microseconds", "nanoseconds")


@dataclass(frozen=True, slots=True)
class Derived:
    """A property that says in another form what a field says."""

    name: str
    field: str
    unit: str | None
    """The unit of a timestamp; None where the field is a list joined with commas."""
    is_taken: bool
    """The model has something else of this name, so there is no such property."""


DerivedByModel: TypeAlias = dict[str, list[Derived]]


def find_derived(models: Iterable[ModelProperty], view: Json) -> DerivedByModel:
    """List the derived properties of each model that has any, by the name of its class."""
    found: DerivedByModel = {}
    for model in models:
        fields = [*(model.required_properties or []), *(model.optional_properties or [])]
        used = {str(one.python_name) for one in fields}
        extensions = dict(_list_extensions(model.data, view))
        derived: list[Derived] = []
        for one in fields:
            extension = extensions.get(one.name.get_untrusted_value(), {})
            if (made := _derive(one, extension, used)) is not None:
                derived.append(made)
                used.add(made.name)
        if derived:
            found[str(model.class_info.name)] = derived
    return found


def _derive(item: Property, extension: Json, used: set[str]) -> Derived | None:
    field, kind = str(item.python_name), without_null(item)
    unit = extension.get("x-timestamp")
    if unit in UNITS and isinstance(kind, IntProperty):
        name = f"{field}_at"
        return Derived(name, field, unit, name in used)
    if extension.get("x-comma-separated") is True and isinstance(kind, StringProperty):
        name = f"{_singular(field)}_list"
        return Derived(name, field, None, name in used)
    return None


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _list_extensions(schema: oai.Schema, view: Json) -> Iterator[tuple[str, Json]]:
    """List the properties of a schema, those it takes over included, with their extensions."""
    for part in schema.allOf:
        if isinstance(part, oai.Reference):
            yield from _list_raw_extensions({"$ref": part.ref.get_untrusted_value()}, view)
        else:
            yield from _list_extensions(part, view)
    for name, value in (schema.properties or {}).items():
        if isinstance(value, oai.Reference):
            raw: Any = follow({"$ref": value.ref.get_untrusted_value()}, view)
        else:
            raw = value.model_extra or {}
        yield name.get_untrusted_value(), raw


def _list_raw_extensions(schema: Json, view: Json) -> Iterator[tuple[str, Json]]:
    schema = follow(schema, view)
    for part in schema.get("allOf", []):
        yield from _list_raw_extensions(part, view)
    for name, value in schema.get("properties", {}).items():
        if is_object(value):
            yield name, follow(value, view)
