"""The time of the sandbox, in milliseconds since 1970 as Harness counts it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

STEP = 1000
"""How far a clock that was given its start moves on with each reading."""


class Clock:
    """The real time, or a time of its own that moves on by a second whenever it is read.

    With a start, the same requests get the same times in every run.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._next = None if start is None else int(start.timestamp() * 1000)

    def read(self) -> int:
        """Return the time of something that happens now."""
        now = self.look()
        if self._next is not None:
            self._next += STEP
        return now

    def look(self) -> int:
        """Return the time without moving it on."""
        return time.time_ns() // 1_000_000 if self._next is None else self._next


def parse_start(text: str) -> datetime:
    """Read a time in ISO 8601, UTC where it does not say otherwise; raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time in ISO 8601, such as 2026-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
