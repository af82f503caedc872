"""Run the sandbox on a real socket, in a thread of this process or in a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness_nextgen import AsyncHarness, Harness

from harness_nextgen_sandbox import Options, Store, open_app, open_store
from harness_nextgen_sandbox.serving import listen, make_server
from tests.client.calling import read_whole, read_whole_async

KEY = "pat.sandbox.token.secret"
"""A key of the account that the command is about."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running sandbox."""

    url: str
    store: Store


@contextmanager
def run_sandbox(
    *,
    seed: int | None = None,
    clock: datetime | None = None,
    certificate: Path | None = None,
    **options: Any,
) -> Iterator[Running]:
    """Serve until the block ends; each answer is checked against the spec.

    ``certificate`` is a file in PEM with its key: with it, the sandbox speaks HTTPS.
    """
    store = open_store(seed=seed, clock=clock)
    app = open_app(store, Options(seed=seed, validate_responses=True, **options))
    listener = listen(0)
    server = make_server(app)
    server.config.ssl_certfile = certificate
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.001)
        scheme = "https" if certificate else "http"
        yield Running(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", store)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        store.close()


@contextmanager
def run_command(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command; give the URL that it prints, and its process."""
    with start_command(*arguments) as (lines, process):
        yield lines[1].partition("=")[2], process


@contextmanager
def start_command(*arguments: str) -> Iterator[tuple[list[str], subprocess.Popen[str]]]:
    """Run the command; give the lines that it begins with, and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness_nextgen_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            yield [process.stdout.readline().strip() for _ in range(4)], process
        finally:
            process.kill()


class Asking:
    """Calls methods of the client by their names, synchronous or asynchronous."""

    def __init__(self, url: str, account: str, mode: str, **options: Any) -> None:
        self.mode = mode
        self.account = account
        kind = {"sync": Harness, "async": AsyncHarness}[mode]
        key = f"pat.{account}.token.secret"
        self.client: Any = kind(key, account, url, **{"max_retries": 0, **options})
        self._runner = asyncio.Runner()

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Call ``modules.create`` and the like; pages and downloads are read whole."""
        method = self.client
        for step in name.split("."):
            method = getattr(method, step)
        if self.mode == "sync":
            return read_whole(method(*arguments, **named))

        async def call() -> Any:
            return await read_whole_async(method(*arguments, **named))

        return self._runner.run(call())

    def close(self) -> None:
        """Close the client."""
        if self.mode == "sync":
            self.client.close()
        else:
            self._runner.run(self.client.aclose())
        self._runner.close()
