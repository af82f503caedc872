"""An answer with its status, headers and bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class RawResponse(Generic[T]):
    """The answer to a call as it came, and what it means."""

    __slots__ = ("_parse", "http_response")

    def __init__(self, response: httpx.Response, parse: Callable[[httpx.Response], T]) -> None:
        self.http_response = response
        """The answer as httpx gives it; its request shows no key."""
        self._parse = parse

    @property
    def status_code(self) -> int:
        """The status."""
        return self.http_response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers; names have no case."""
        return self.http_response.headers

    @property
    def content(self) -> bytes:
        """The body."""
        return self.http_response.content

    def parse(self) -> T:
        """Return what the call without ``with_raw_response`` returns; raises DecodingError."""
        return self._parse(self.http_response)

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code}, {len(self.content)} bytes>"
