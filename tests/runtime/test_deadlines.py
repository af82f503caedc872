"""What blocks waits no longer than its call may take."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpcore
import httpx
import pytest

from harness_nextgen_runtime import deadlines
from harness_nextgen_runtime.deadlines import guard_stream, hold_to


class Connection(httpcore.NetworkStream):
    """A connection that keeps the timeouts it is given, and answers at once."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Give a byte."""
        self.timeouts.append(timeout)
        return b"x"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Take it all."""
        self.timeouts.append(timeout)

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt nothing."""
        self.timeouts.append(timeout)
        return self

    def close(self) -> None:
        """Do nothing."""


def watch() -> tuple[Connection, httpcore.NetworkStream]:
    """Return a connection, and how a client of ours sees it."""

    class Backend(httpcore.NetworkBackend):
        def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
            return connection

    connection = Connection()
    with httpx.Client() as http:
        pool: Any = http._transport._pool  # type: ignore[attr-defined]
        pool._network_backend = Backend()
        deadlines.watch_connections(http)
        return connection, pool._network_backend.connect_tcp("host", 1)


@pytest.mark.parametrize("timeout", [None, 30.0, 0.5])
def test_every_wait_is_cut(timeout: float | None) -> None:
    """Reading, writing and the handshake wait for what is left; without a deadline as asked."""
    connection, seen = watch()
    with hold_to(time.monotonic() + 10):
        seen.read(1, timeout)
        seen.write(b"x", timeout)
        seen.start_tls(ssl.create_default_context(), None, timeout).read(1, timeout)
    assert len(connection.timeouts) == 4
    for used in connection.timeouts:
        assert used is not None
        assert 0 < used <= min(10, timeout or 10)
    seen.read(1, timeout)
    assert connection.timeouts[-1] == timeout


def test_no_wait_after_the_deadline() -> None:
    """A byte that is there is not taken either: a server that drips ends with its time."""
    connection, seen = watch()
    with hold_to(time.monotonic() - 1), pytest.raises(httpcore.ReadTimeout):
        seen.read(1, 30)
    assert connection.timeouts == []


def test_deadlines_nest() -> None:
    """A call in a call, such as one in on_retry, leaves the outer deadline in force."""
    connection, seen = watch()
    with hold_to(time.monotonic() + 10):
        with hold_to(time.monotonic() + 100):
            seen.read(1, None)
        seen.read(1, None)
    inner, outer = connection.timeouts
    assert inner is not None
    assert outer is not None
    assert outer <= 10 < inner


def test_body_is_held_but_not_who_reads_it() -> None:
    """Each part of a stream is waited for until the deadline; what the caller does is not."""
    connection, seen = watch()

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield seen.read(1, None)
            yield seen.read(1, None)

    response = httpx.Response(200, stream=Body())
    call: Any = SimpleNamespace(deadline=time.monotonic() + 10)
    guard_stream(call, response)
    for _ in response.iter_raw():
        seen.write(b"x", None)
    read, meanwhile, read_again, after = connection.timeouts
    assert read is not None
    assert read_again is not None
    assert (meanwhile, after) == (None, None)
