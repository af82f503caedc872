"""Read and check the parameters of a request by the spec.

connexion's own parser needs a ``type`` in each schema, which the open enums of the spec do not
have, splits arrays at commas though each value has a key of its own, and tells a fault in the
words of a JSON Schema library.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import get_exchange
from harness_nextgen_sandbox.framework import OpenAPIURIParser
from harness_nextgen_sandbox.schemas import find_fault

SLASH = "\ue000"
"""Stands for a slash inside a segment of the path until the path has been matched."""

_INTEGER = re.compile(r"-?[0-9]{1,4000}")  # Python reads no more than 4300 at once
_BOOLEANS = {"true": True, "false": False}


class ParameterValidator:
    """Puts the parameters of a request into its exchange, or refuses it with a 400."""

    def __init__(self, parameters: list[dict[str, Any]], **_: Any) -> None:
        self._parameters = parameters

    def validate(self, scope: Any) -> None:
        """Read and check; connexion calls this for each request."""
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(scope["query_string"].decode("latin-1"), True):
            query.setdefault(name, []).append(value)
        headers = Headers(scope=scope)
        found = get_exchange(scope).parameters
        for parameter in self._parameters:
            name, schema = parameter["name"], parameter.get("schema", {})
            match parameter["in"]:
                case "path":
                    values = [scope["path_params"][name].replace(SLASH, "/")]
                case "query":
                    values = query.get(name, [])
                case _:
                    values = headers.getlist(name)
            if values:
                found[name] = read_parameter(parameter, values)
            elif parameter.get("required"):
                raise Refusal(400, f"{_place(parameter)} is required", name)
            elif "default" in schema:
                found[name] = schema["default"]


class UriParser(OpenAPIURIParser):  # type: ignore[misc]  # connexion has no types
    """Leaves what connexion would read a second time: handlers take their parameters elsewhere."""

    def resolve_params(self, params: dict[str, Any], _in: str) -> dict[str, Any]:
        """Return none of them, so that connexion passes none to a function."""
        return {}


def read_parameter(parameter: dict[str, Any], values: list[str]) -> Any:
    """Turn what was sent into the value that it means; raises Refusal."""
    schema = parameter.get("schema", {})
    value: Any = values[-1]
    match schema.get("type"):
        case "array":
            value = values
        case "integer" if _INTEGER.fullmatch(values[-1]):
            value = int(values[-1])
        case "boolean":
            value = _BOOLEANS.get(values[-1], values[-1])
        case _:
            pass
    if fault := find_fault(schema, value):
        raise Refusal(400, f"{_place(parameter)}: {fault[1]}", parameter["name"])
    return value


def _place(parameter: dict[str, Any]) -> str:
    return f"{parameter['in']} parameter {parameter['name']!r}"
