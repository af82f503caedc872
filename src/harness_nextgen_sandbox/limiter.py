"""Count the requests of each key.

Harness answers one too many with 429 and sends no Retry-After:
https://developer.harness.io/docs/platform/rate-limits
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW = 60.0


class Limiter:
    """Allows so many requests of a key in any minute."""

    def __init__(self, limit: int, look: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._look = look
        self._times: dict[str, deque[float]] = {}

    def admit(self, key: str) -> bool:
        """Count a request, unless it is one too many."""
        now = self._look()
        times = self._times.setdefault(key, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True
