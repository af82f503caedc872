"""Enums that keep the values which a newer server adds.

``Color("mauve")`` is a member too where ``Color`` does not list it: it equals its text or number,
its name is its text, and it is not ``is_known``.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import Any, Self


class _OpenEnum(Enum):
    @property
    def is_known(self) -> bool:
        """Whether the description lists this value."""
        return self.value in type(self)._value2member_map_

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # By value, as Python 3.12 does: only the members that are listed can be found by name.
        return type(self), (self.value,)


class OpenStrEnum(_OpenEnum, StrEnum):
    """An enum of texts that takes any other text too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member


class OpenIntEnum(_OpenEnum, IntEnum):
    """An enum of whole numbers that takes any other whole number too."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = str(int(value)), int(value)
        return member
