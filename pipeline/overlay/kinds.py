"""What the standard tells apart: objects, arrays and primitives (null is a primitive)."""

from __future__ import annotations

from typing import TypeGuard

from pipeline.document import Json


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a value is an object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Tell whether a value is an array."""
    return isinstance(value, list)


def kind(value: Json) -> str:
    """Return ``object``, ``array`` or ``primitive``."""
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "primitive"
