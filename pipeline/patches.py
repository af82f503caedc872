"""Replace two functions of the generator that change texts on their way into the code.

Its own escape what is escaped again later, and leave characters out; these keep each text as it is.
"""

from __future__ import annotations

from typing import Any

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.protocol import Value
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.strings import PythonCode

from pipeline.naming import name_enum_members


def apply() -> None:
    """Put our functions in the place of the generator's."""
    replacements: tuple[tuple[type, str, Any], ...] = (
        (EnumProperty, "values_from_list", staticmethod(_list_enum_members)),
        (StringProperty, "convert_value", staticmethod(_convert_text)),
    )
    for kind, name, function in replacements:
        setattr(kind, name, function)


def _list_enum_members(values: list[Any], _class: object, names: list[str]) -> dict[str, str | int]:
    return name_enum_members(values, names)


def _convert_text(value: Any) -> Value | None:
    if value is None or isinstance(value, Value):
        return value
    return Value(python_code=PythonCode(repr(str(value))), raw_value=str(value))
