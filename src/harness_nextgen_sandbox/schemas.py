"""Check values against the schemas of the spec, and say what is wrong in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import FormatChecker, ValidationError, validators
from jsonschema.exceptions import best_match

from harness_nextgen_sandbox.framework import Draft4RequestValidator

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("int64")
def _is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@_FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


def _check_pattern(
    validator: Any, pattern: str, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    # ``$`` of ECMA 262, which OpenAPI means, ends the text; that of Python allows a line feed.
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_extend: Any = validators.extend  # jsonschema has no type for it
_Validator: Any = _extend(Draft4RequestValidator, {"pattern": _check_pattern})
_known: dict[int, tuple[Any, Any]] = {}


def find_fault(schema: dict[str, Any], value: Any) -> tuple[str, str] | None:
    """Return where a value does not fit a schema, and why; None when it fits.

    The place is a path with dots, such as ``org.name``, or nothing for the value itself.
    """
    # Compiled once for each schema; keeping the schema keeps its id from being used again.
    _, validator = _known.get(id(schema)) or _known.setdefault(
        id(schema), (schema, _Validator(schema, format_checker=_FORMATS))
    )
    error = best_match(validator.iter_errors(value))
    if error is None:
        return None
    steps = [str(step) for step in error.absolute_path]
    message = str(error.message)
    if error.validator == "required":
        absent = [name for name in error.validator_value if name not in error.instance]
        steps += absent[:1]
        message = "it is required"
    return ".".join(steps), shorten(message)


def shorten(message: str) -> str:
    """Cut a text that repeats what was sent."""
    return message if len(message) <= 300 else message[:300] + "…"
