"""What a client tells the log: method, path template, status, duration, attempt, and no more.

No header, body, query or argument is ever logged: any of them may hold what must not be read.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness_nextgen_runtime.operation import Operation


class CallLog:
    """The log of one call; DEBUG for what begins, INFO for what ended."""

    __slots__ = ("_logger", "_operation")

    def __init__(self, logger: logging.Logger, operation: Operation) -> None:
        self._logger = logger
        self._operation = operation

    def begin(self, attempt: int) -> None:
        """Say that a request is about to be sent."""
        if self._logger.isEnabledFor(logging.DEBUG):
            operation = self._operation
            self._logger.debug("%s %s (attempt %d)", operation.method, operation.path, attempt)

    def end(self, attempt: int, result: int | str, seconds: float) -> None:
        """Say what came: a status, or the name of an error."""
        if self._logger.isEnabledFor(logging.INFO):
            operation = self._operation
            self._logger.info(
                "%s %s %s in %.3f s (attempt %d)",
                operation.method,
                operation.path,
                result,
                seconds,
                attempt,
            )

    def wait(self, reason: str, seconds: float) -> None:
        """Say that the call waits."""
        operation = self._operation
        self._logger.info(
            "%s %s waits %.3f s: %s", operation.method, operation.path, seconds, reason
        )
