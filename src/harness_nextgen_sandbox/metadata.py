"""Read what the onboarding pipeline found in the code of a version.

Harness documents the pushed text as a string and no more. Two forms of JSON are understood: the
lists of the answer (``variables``, ``outputs`` and so on, as ``get_metadata`` returns them), and
the output of terraform-config-inspect. Of anything else, ``metadata_error`` says why it was not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.plain import is_list, is_object, read_json

Fields = dict[str, Any]

_TEXTS = {
    "variables": (
        "variable_name",
        "variable_type",
        "variable_description",
        "variable_default",
    ),
    "outputs": ("output_name", "output_description"),
    "providers": ("provider_name", "provider_source", "provider_version"),
    "resources": ("resource_name", "resource_type"),
    "dependencies": ("dependency_name", "dependency_source", "dependency_version"),
}
_FLAGS = {
    "variables": ("variable_required", "variable_sensitive"),
    "outputs": ("output_sensitive",),
}


def parse_metadata(text: str) -> tuple[dict[str, list[Fields]], str | None]:
    """Return the lists of a ModuleMetadata, and what went wrong."""
    empty: dict[str, list[Fields]] = {name: [] for name in _TEXTS}
    try:
        found: Any = read_json(text.encode())
    except Refusal:
        return empty, "the metadata is no JSON"
    if not is_object(found):
        return empty, "the metadata is no JSON object"
    return {name: _read_list(name, found) for name in _TEXTS}, None


def _read_list(name: str, members: Fields) -> list[Fields]:
    value = members.get(name)
    if is_list(value):
        return [_pick(name, item) for item in value if is_object(item)]
    source, read = _INSPECTED[name]
    inspected = members.get(source)
    if not is_object(inspected):
        return []
    return [
        _pick(name, read(key, item if is_object(item) else {})) for key, item in inspected.items()
    ]


def _pick(name: str, item: Fields) -> Fields:
    texts = {key: _as_text(item.get(key)) for key in _TEXTS[name]}
    return texts | {key: item.get(key) is True for key in _FLAGS.get(name, ())}


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _read_variable(key: str, item: Fields) -> Fields:
    return {
        "variable_name": key,
        "variable_type": item.get("type"),
        "variable_description": item.get("description"),
        "variable_default": item.get("default"),
        "variable_required": item.get("required", "default" not in item),
        "variable_sensitive": item.get("sensitive"),
    }


def _read_output(key: str, item: Fields) -> Fields:
    return {
        "output_name": key,
        "output_description": item.get("description"),
        "output_sensitive": item.get("sensitive"),
    }


def _read_provider(key: str, item: Fields) -> Fields:
    constraints = item.get("version_constraints")
    listed = constraints if is_list(constraints) else []
    version = ", ".join(map(str, listed)) or None
    return {
        "provider_name": key,
        "provider_source": item.get("source"),
        "provider_version": version,
    }


def _read_resource(key: str, item: Fields) -> Fields:
    kind, _, name = key.partition(".")
    return {"resource_name": item.get("name", name), "resource_type": item.get("type", kind)}


def _read_dependency(key: str, item: Fields) -> Fields:
    return {
        "dependency_name": key,
        "dependency_source": item.get("source"),
        "dependency_version": item.get("version"),
    }


_INSPECTED: dict[str, tuple[str, Callable[[str, Fields], Fields]]] = {
    "variables": ("variables", _read_variable),
    "outputs": ("outputs", _read_output),
    "providers": ("required_providers", _read_provider),
    "resources": ("managed_resources", _read_resource),
    "dependencies": ("module_calls", _read_dependency),
}
"""By list: where terraform-config-inspect has it, and how an entry is read."""
