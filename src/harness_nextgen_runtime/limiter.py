"""Hold requests back so that a documented limit is not met."""

from __future__ import annotations

import threading
import time
from collections import deque

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError


class Limiter:
    """At most so many requests in any minute, whoever sends them: threads, tasks, or both.

    The first ones go at once; later ones wait until the oldest of the last ``requests`` is a
    minute ago. Waiting is the caller's: this only says for how long.
    """

    def __init__(self, requests: object) -> None:
        if isinstance(requests, bool) or not isinstance(requests, int) or not 0 < requests < 1e6:
            raise ConfigurationError(
                f"requests_per_minute must be from 1, and below a million, not {requests!r}"
            )
        self._requests = int(requests)
        self._times: deque[float] = deque(maxlen=self._requests)
        self._lock = threading.Lock()

    def reserve(self, patience: float | None = None) -> float | None:
        """Take the next place and return the seconds until it comes, 0 when it is now.

        Returns None, and takes nothing, when that is more than ``patience`` seconds.
        """
        with self._lock:
            now = time.monotonic()
            start = now
            if len(self._times) == self._requests:
                start = max(now, self._times[0] + constants.LIMITER_WINDOW)
            if patience is not None and start - now > patience:
                return None
            self._times.append(start)
            return start - now
