"""Replace four functions of the generator.

Two change texts on their way into the code: they escape what is escaped again later, and leave
characters out; ours keep each text as it is. One keeps letters in names that Python reads as
others. One copies far more than is changed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

from openapi_python_client import strings
from openapi_python_client.parser import openapi
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.protocol import Value
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.responses import Responses
from openapi_python_client.strings import PythonCode

from pipeline.naming import name_enum_members


def apply() -> None:
    """Put our functions in the place of the generator's."""
    replacements: tuple[tuple[object, str, Any], ...] = (
        (EnumProperty, "values_from_list", staticmethod(_list_enum_members)),
        (StringProperty, "convert_value", staticmethod(_convert_text)),
        (openapi, "deepcopy", _copy_endpoint),
        (strings, "sanitize", _sanitize),
    )
    for owner, name, function in replacements:
        setattr(owner, name, function)


def _list_enum_members(values: list[Any], _class: object, names: list[str]) -> dict[str, str | int]:
    return name_enum_members(values, names)


def _convert_text(value: Any) -> Value | None:
    if value is None or isinstance(value, Value):
        return value
    return Value(python_code=PythonCode(repr(str(value))), raw_value=str(value))


def _sanitize(value: str, stock: Callable[[str], str] = strings.sanitize) -> str:
    # https://docs.python.org/3/reference/lexical_analysis.html#identifiers
    return stock(unicodedata.normalize("NFKC", value))


def _copy_endpoint(endpoint: Endpoint) -> Endpoint:
    """Copy an endpoint as deep as the generator then changes it: its lists and its parameters.

    A deep copy, three for each endpoint, takes every model along that a response leads to: a
    minute for 450 operations whose schemas refer to each other, and a hundred times that for ten
    times the operations.
    """
    return replace(
        endpoint,
        tags=list(endpoint.tags),
        relative_imports=set(endpoint.relative_imports),
        query_parameters=[copy(one) for one in endpoint.query_parameters],
        path_parameters=[copy(one) for one in endpoint.path_parameters],
        header_parameters=[copy(one) for one in endpoint.header_parameters],
        cookie_parameters=[copy(one) for one in endpoint.cookie_parameters],
        responses=Responses(list(endpoint.responses.patterns), endpoint.responses.default),
        bodies=list(endpoint.bodies),
        errors=list(endpoint.errors),
    )
