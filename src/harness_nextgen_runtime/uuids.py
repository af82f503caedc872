"""UUIDs, both ways without loss."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class SpelledUuid(UUID):
    """A UUID that was written with capitals, and is sent as it was; equal to the plain one."""

    __slots__ = ("spelling",)
    spelling: str

    def __init__(self, spelling: str) -> None:
        super().__init__(spelling)
        # A UUID refuses to be changed.
        object.__setattr__(self, "spelling", spelling)

    def __reduce__(self) -> tuple[Any, ...]:
        return SpelledUuid, (self.spelling,)


def read_uuid(text: str) -> UUID:
    """Read a UUID (RFC 9562, section 4) so that ``write_uuid`` writes the same text.

    Raises ValueError for any other text, such as one without hyphens.
    """
    if not _UUID.fullmatch(text):
        raise ValueError("no UUID")
    plain = UUID(text)
    return plain if str(plain) == text else SpelledUuid(text)


def write_uuid(value: UUID) -> str:
    """Write a UUID in lower case, and one that was read as it was written then."""
    return value.spelling if isinstance(value, SpelledUuid) else str(value)
