"""The absent value, which is not null."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class Unset(Enum):
    """The type of UNSET.

    An enum of one member, so that type checkers understand ``value is UNSET`` and so that copies
    and pickles are the same object.
    """

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    __str__ = __repr__


UNSET: Final = Unset.UNSET
"""A field or parameter that was not given: nothing is sent for it, where None sends null."""
