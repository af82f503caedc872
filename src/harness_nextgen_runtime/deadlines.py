"""Hold what blocks to the deadline of its call: every wait for bytes, and every part of a body.

httpcore fixes its timeout when the headers or the body begin, so that a server that sends a byte
now and then would hold a call for ever. Asynchronous code has ``asyncio.timeout`` for that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl

    from harness_nextgen_runtime.sending import Call


class _Current(threading.local):
    deadline: float | None = None
    """When the call of this thread must be done, on the monotonic clock."""


_current = _Current()


@contextmanager
def hold_to(deadline: float | None) -> Generator[None, None, None]:
    """Let no wait of this thread's clients last beyond a deadline, within the block."""
    before, _current.deadline = _current.deadline, deadline
    try:
        yield
    finally:
        _current.deadline = before


def watch_connections(http: httpx.Client) -> None:
    """Make an httpx client of our own wait for bytes no longer than ``hold_to`` allows."""
    # httpx has no public way to its connection pool; where a version has another, the parts of a
    # body are still watched below.
    transports: Iterable[object] = (http._transport, *http._mounts.values())  # pyright: ignore[reportPrivateUsage]
    for transport in transports:
        pool: Any = getattr(transport, "_pool", None)
        if hasattr(pool, "_network_backend"):
            pool._network_backend = _WatchedBackend(pool._network_backend)


def _cut(timeout: float | None) -> float | None:
    deadline = _current.deadline
    if deadline is None:
        return timeout
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise httpcore.ReadTimeout("the deadline of the call is over")
    return remaining if timeout is None else min(timeout, remaining)


class _WatchedBackend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return _WatchedStream(self._backend.connect_tcp(*arguments, **options))

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return _WatchedStream(self._backend.connect_unix_socket(*arguments, **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _WatchedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _cut(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _WatchedStream(self._stream.start_tls(ssl_context, server_hostname, _cut(timeout)))


def guard_stream(call: Call, response: httpx.Response) -> None:
    """Hold an unread body to the deadline of its call, between its parts."""
    if call.deadline is None:
        return
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _TimedStream(response.stream, call.deadline)
    else:
        response.stream = _AsyncTimedStream(response.stream, call.deadline)


class _TimedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        chunks = iter(self._stream)
        while True:
            with hold_to(self._deadline):  # not while the caller works on a part
                chunk = next(chunks, None)
            if chunk is None:
                return
            if time.monotonic() > self._deadline:
                raise TimeoutError
            yield chunk

    def close(self) -> None:
        self._stream.close()


class _AsyncTimedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if time.monotonic() > self._deadline:
                raise TimeoutError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
