"""One client that many threads, then many tasks, use for a while, each for its own answers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.formats import read_data
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, Async, Blocking, count_descriptors, make_request
from tests.runtime.fault_server import FaultServer
from tests.runtime.processes import Line, read_memory, server_process

THREADS = 64
TASKS = 1000
SPARE = 8
"""Descriptors that are no connections: those of an event loop, and files just read."""
ALLOWED = 8 * 1024**2
"""Bytes that the process may grow by after its first calls."""


def echo_server() -> FaultServer:
    """Return a server that answers with what it was asked for, and remembers nothing."""
    return FaultServer([fault.echo_target], requests=deque(maxlen=0))  # type: ignore[arg-type]


def measure_sharing(seconds: float) -> Iterator[Line]:
    """Share one client of each kind for so long."""
    with server_process(echo_server) as url:
        yield _judge(f"{THREADS} threads, one client", THREADS, share_with_threads(url, seconds))
        tasks = asyncio.run(share_with_tasks(url, seconds))
        yield _judge(f"{TASKS:,} tasks, one client", constants.MAX_TASKS, tasks)


def share_with_threads(url: str, seconds: float) -> Usage:
    """Share a client with threads."""
    usage = Usage(seconds)
    with Blocking(KEY, base_url=url, max_retries=0) as client:

        def work(name: int) -> None:
            for path in usage.paths(name):
                usage.check(path, client.call(make_request(path=path), read_data, {}))

        with ThreadPoolExecutor(THREADS) as pool:
            done = [pool.submit(work, name) for name in range(THREADS)]
            for pause in usage.watch():
                time.sleep(pause)
        for one in done:
            one.result()
    usage.end()
    return usage


async def share_with_tasks(url: str, seconds: float) -> Usage:
    """Share a client with tasks."""
    usage = Usage(seconds)
    async with Async(KEY, base_url=url, max_retries=0, timeout=60) as client:

        async def work(name: int) -> None:
            for path in usage.paths(name):
                usage.check(path, await client.call(make_request(path=path), read_data, {}))

        done = [asyncio.create_task(work(name)) for name in range(TASKS)]
        for pause in usage.watch():
            await asyncio.sleep(pause)
        await asyncio.gather(*done)
        del done
    usage.end()
    usage.left += len(asyncio.all_tasks()) - 1
    return usage


class Usage:
    """What the calls of one client came to, and what they took."""

    def __init__(self, seconds: float) -> None:
        self._open = count_descriptors()
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self.calls: deque[bool] = deque()
        """Whether each answer was the right one; appending is safe in any thread."""
        self.grown = 0
        self.connections = 0
        self.left = 0

    def paths(self, name: int) -> Iterator[str]:
        """Give paths that nobody else asks for, until the time is over."""
        number = 0
        while time.monotonic() < self._end:
            number += 1
            yield f"/modules/{name}-{number}"

    def check(self, path: str, answer: object) -> None:
        """Note an answer."""
        self.calls.append(answer == path)

    def watch(self) -> Generator[float, None, None]:
        """Give the pauses between looks at this process: after a quarter of the time, and near
        its end."""
        yield self._seconds / 4
        before = read_memory("VmRSS")
        for _ in range(10):
            yield self._seconds * 0.07
            self.connections = max(self.connections, count_descriptors() - self._open)
        self.grown = read_memory("VmRSS") - before

    def end(self) -> None:
        """Count what is left when the client is closed."""
        self.left = count_descriptors() - self._open


def _judge(what: str, connections: int, usage: Usage) -> Line:
    wrong = usage.calls.count(False)
    return Line(
        what,
        f"{len(usage.calls):,} calls, {wrong} wrong, {usage.connections} descriptors, "
        f"{usage.grown / 1024**2:.1f} MiB more memory, {usage.left} left over",
        f"0 wrong, {connections} + {SPARE}, {ALLOWED / 1024**2:.0f} MiB, 0",
        wrong == 0
        and len(usage.calls) > connections
        and usage.connections <= connections + SPARE
        and usage.grown <= ALLOWED
        and usage.left <= 0,
    )
