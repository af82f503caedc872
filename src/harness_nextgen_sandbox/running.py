"""Sandboxes inside another process, such as that of a test: many of them, one server."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from typing import Any

import httpx
from harness_nextgen import AsyncHarness, Harness
from starlette.types import ASGIApp, Receive, Scope, Send

from harness_nextgen_sandbox.answers import make_error
from harness_nextgen_sandbox.app import open_app
from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.keys import ACCOUNT, KEY, make_environment
from harness_nextgen_sandbox.options import Options
from harness_nextgen_sandbox.seeds import fill
from harness_nextgen_sandbox.serving import HOST, listen, make_server
from harness_nextgen_sandbox.store import Store, open_store

_starting = threading.Lock()


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, with a state of its own."""

    url: str
    """Where it listens, on loopback."""
    app: ASGIApp
    """The same as an ASGI application, for requests that take no socket."""
    store: Store

    @cached_property
    def environment(self) -> dict[str, str]:
        """The environment of a client that uses this sandbox."""
        return make_environment(self.url)

    @cached_property
    def transport(self) -> httpx.ASGITransport:
        """Sends the requests of an httpx.AsyncClient here, inside the process."""
        return httpx.ASGITransport(self.app, root_path=httpx.URL(self.url).path)

    def client(self, **options: Any) -> Harness:
        """Make a client of this sandbox; takes the options of Harness."""
        return Harness(**self._complete(options))

    def async_client(self, **options: Any) -> AsyncHarness:
        """Make a client of this sandbox that uses no socket; takes the options of AsyncHarness."""
        return AsyncHarness(**self._complete({"transport": self.transport, **options}))

    def _complete(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"api_key": KEY, "account": ACCOUNT, "base_url": self.url, **options}


@contextmanager
def run_sandbox(options: Options | None = None) -> Generator[Sandbox]:
    """Run a sandbox with a new database in memory, until the block ends.

    The first one of a process starts a server, and all others share it: they cost a few
    milliseconds, and know nothing of each other. Any thread may use one.
    """
    options = options or Options()
    store = open_store(seed=options.seed, clock=options.clock)
    try:
        fill(store, options.seed or 0)
        app = open_app(store, options)
        with _get_server().serve(app) as url:
            yield Sandbox(url, app, store)
    finally:
        store.close()


class _Server:
    """The one server of a process; the first segment of a path is the number of the sandbox."""

    def __init__(self) -> None:
        self._apps: dict[str, ASGIApp] = {}
        self._numbers = count(1)
        self._listener = listen(0)
        # A daemon: it ends with the process, which it never holds up.
        threading.Thread(
            target=make_server(self._answer).run,
            kwargs={"sockets": [self._listener]},
            name="harness_nextgen_sandbox",
            daemon=True,
        ).start()

    @contextmanager
    def serve(self, app: ASGIApp) -> Generator[str]:
        """Serve a sandbox while the block runs; give its URL."""
        number = str(next(self._numbers))
        self._apps[number] = app
        try:
            yield f"http://{HOST}:{self._listener.getsockname()[1]}/{number}"
        finally:
            del self._apps[number]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = scope["path"].split("/")[1]
        root = f"/{number}"
        app = self._apps.get(number) or _refuse(scope["path"].removeprefix(root))
        await app({**scope, "root_path": root}, receive, send)


def _refuse(path: str) -> ASGIApp:
    refusal = Refusal(404, "no sandbox runs at this URL; is the test that it was for over?")
    return make_error(path, refusal, "none")


def _get_server() -> _Server:
    with _starting:
        return _start_server(os.getpid())  # a fork has no threads, so it needs another one


@cache
def _start_server(process: int) -> _Server:
    return _Server()
