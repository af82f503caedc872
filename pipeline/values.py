"""Plain data: what JSON can say, in the types that Python gives it."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeGuard

Json: TypeAlias = Any
"""Plain data: dict with text keys, list, str, int, float, bool or None."""

Location: TypeAlias = tuple[str | int, ...]
"""The steps from a document's root to a value: member names and list positions."""

MAX_DEPTH = 200
TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep: no API description is"


class RefusedError(Exception):
    """A value that a parser takes and this project does not."""


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a value is an object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Tell whether a value is an array."""
    return isinstance(value, list)


def kind(value: Json) -> str:
    """Return ``object``, ``array`` or ``primitive``, as the Overlay standard tells them apart."""
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "primitive"
