"""Copies of requests and responses that may be kept, shown and pickled: without the key."""

from __future__ import annotations

import re
from collections.abc import Iterable

import httpx

from harness_nextgen_runtime.secret import MaskedBytes

_SHORTEST_SCRUBBED = 8  # a shorter one would be found in words, and no service gives one


class MaskedURL(httpx.URL):
    """An address that is requested as it is, and printed without its secret parameters.

    httpx logs and shows ``str(request.url)`` and sends ``raw_path``.
    """

    def __init__(self, url: str, shown: str) -> None:
        super().__init__(url)
        self._shown = shown

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"URL({self._shown!r})"

    def __reduce__(self) -> tuple[type[httpx.URL], tuple[str]]:
        return (httpx.URL, (self._shown,))


def mask_request(request: httpx.Request) -> httpx.Request:
    """Return a copy whose masked headers and address really are ``***``."""
    raw = [
        (name, b"***" if isinstance(value, MaskedBytes) else value)
        for name, value in request.headers.raw
    ]
    content = None
    if isinstance(request.stream, httpx.ByteStream):
        content = request.read()
    masked = httpx.Request(request.method, str(request.url), content=content)
    masked.headers = httpx.Headers(raw)
    return masked


def scrub(content: bytes, secrets: Iterable[bytes]) -> bytes:
    """Return what a server sent without the credentials that it was sent, should it echo them."""
    for secret in secrets:
        # Of a header such as "Bearer ..." or "name=...; name=..." its parts are secret, too.
        for part in (secret, *re.split(rb"[\s;=,]+", secret)):
            if len(part) >= _SHORTEST_SCRUBBED:
                content = content.replace(part, b"***")
    return content


def scrub_response(response: httpx.Response, secrets: list[MaskedBytes]) -> httpx.Response:
    """Return a copy of a read response that may be kept in an error."""
    copy = httpx.Response(
        response.status_code,
        content=scrub(response.content, secrets),
        request=mask_request(response.request),
        extensions=response.extensions,
    )
    copy.headers = httpx.Headers(
        [(name, scrub(value, secrets)) for name, value in response.headers.raw]
    )
    return copy
