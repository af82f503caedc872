"""What the long tests need: a server in a process of its own, and what this one takes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One line of the table: what was done, what came of it, and what is allowed."""

    what: str
    measured: str
    allowed: str
    holds: bool


@contextmanager
def server_process(
    run: Callable[[], AbstractContextManager[Any]],
) -> Generator[str, None, None]:
    """Run a server in a process; give its address."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(run, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _serve(run: Callable[[], AbstractContextManager[Any]], connection: Connection) -> None:
    with run() as server:
        connection.send(server.url)
        connection.recv()


def read_memory(name: str) -> int:
    """Return the bytes that this process has in memory, ``VmRSS``, or had at most, ``VmHWM``.

    Not ``getrusage``, whose maximum is inherited from the process that started this one.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
