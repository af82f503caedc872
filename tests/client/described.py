"""What the effective spec says: its operations, and values that fit its schemas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SPEC: dict[str, Any] = yaml.safe_load(
    (ROOT / "generated/harness_nextgen/openapi.yaml").read_text(encoding="utf-8")
)
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Described:
    """An operation as the effective spec has it."""

    method: str
    path: str
    value: dict[str, Any]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.value["operationId"])

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The parameters, references followed."""
        own = self.value.get("parameters", [])
        return [follow(one) for one in [*own, *SPEC["paths"][self.path].get("parameters", [])]]

    @property
    def success(self) -> tuple[int, dict[str, Any]]:
        """The first status of success that is described, and its response."""
        for status, response in self.value["responses"].items():
            if str(status).startswith("2"):
                return int(status), follow(response)
        raise AssertionError(f"{self.id} has no success")


def list_operations() -> list[Described]:
    """List the operations in the order of the document."""
    return [
        Described(method.upper(), path, item[method])
        for path, item in SPEC["paths"].items()
        for method in METHODS
        if method in item
    ]


def follow(node: dict[str, Any]) -> dict[str, Any]:
    """Return what a node stands for."""
    while "$ref" in node:
        target: Any = SPEC
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def make_value(schema: dict[str, Any]) -> Any:
    """Make a value that fits a schema, of its required members alone."""
    schema = follow(schema)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            return make_value(schema[key][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        members = schema.get("properties", {})
        return {name: make_value(members.get(name, {})) for name in schema.get("required", [])}
    if kind == "array":
        return [make_value(schema["items"])]
    return {"integer": 7, "number": 1.5, "boolean": True}.get(kind, "text")
