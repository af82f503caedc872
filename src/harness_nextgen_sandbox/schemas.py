"""Check values against the schemas of the spec, and say what is wrong in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from harness_nextgen_sandbox.framework import (
    Draft4RequestValidator,
    FormatChecker,
    ValidationError,
    best_match,
    extend,
)

_FORMATS: Any = FormatChecker(formats=())


def _check_size(bits: int) -> Callable[[object], bool]:
    limit = 2 ** (bits - 1)
    return lambda value: not isinstance(value, int) or -limit <= value < limit


_FORMATS.checks("int32")(_check_size(32))
_FORMATS.checks("int64")(_check_size(64))


def _check_pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    # ``$`` of ECMA 262, which OpenAPI means, ends the text; that of Python allows a line feed.
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(Draft4RequestValidator, {"pattern": _check_pattern})
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
