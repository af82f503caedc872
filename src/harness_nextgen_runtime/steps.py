"""What a call may ask for while it runs, one step at a time, and where it reads a body into."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import httpx


# Plain classes here: each dataclass costs a millisecond of every program's start.
class Send:
    """Send this request; the answer is its response, not read."""

    __match_args__ = ("request", "deadline", "keeps_auth")
    __slots__ = __match_args__

    def __init__(self, request: httpx.Request, deadline: float | None, keeps_auth: bool) -> None:
        self.request = request
        self.deadline = deadline
        """When the call must be done, on the monotonic clock."""
        self.keeps_auth = keeps_auth
        """False when the request goes to another origin, where nobody may know who asks."""


class Read:
    """Read the response and close it, whatever happens."""

    __match_args__ = ("response",)
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response) -> None:
        self.response = response


class ReadInto:
    """Read the response into ``body``, which may refuse it, and close it whatever happens."""

    __match_args__ = ("response", "body", "deadline")
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response, body: BodyReader, deadline: float | None) -> None:
        self.response = response
        self.body = body
        self.deadline = deadline
        """When the call must be done, on the monotonic clock."""


class Close:
    """Close the response unread."""

    __match_args__ = ("response",)
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response) -> None:
        self.response = response


class Wait:
    """Wait so many seconds."""

    __match_args__ = ("seconds",)
    __slots__ = __match_args__

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Step: TypeAlias = Send | Read | ReadInto | Close | Wait


class BodyLimitExceededError(Exception):
    """More bytes came than are allowed, or later than allowed."""


class BodyReader:
    """Collects a body as it comes, decoded, and stops when it is too large or too late."""

    __slots__ = ("_chunks", "_deadline", "_left")

    def __init__(self, limit: int, deadline: float | None) -> None:
        self._left = limit
        self._deadline = deadline
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Take the next bytes; raises BodyLimitExceededError."""
        self._chunks.append(chunk[: self._left])
        self._left -= len(chunk)
        if self._left < 0:
            raise BodyLimitExceededError
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TimeoutError

    @property
    def content(self) -> bytes:
        """All that came."""
        return b"".join(self._chunks)
