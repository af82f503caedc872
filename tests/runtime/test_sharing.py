"""One client for many: threads, tasks, and a limit on how often they ask."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness_nextgen_runtime import constants, errors
from harness_nextgen_runtime.formats import read_data
from harness_nextgen_runtime.limiter import Limiter
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, MODES, Async, Blocking, call_async, make_request, one, run
from tests.runtime.fault_server import FaultServer


def test_threads() -> None:
    """64 threads with one client get each its own answer, and leave no connection."""
    with FaultServer([fault.echo_target]) as server:
        with Blocking(KEY, base_url=server.url) as client, ThreadPoolExecutor(64) as pool:
            paths = [f"/modules/{number}" for number in range(640)]
            answers = pool.map(
                lambda path: client.call(make_request(path=path), read_data, {}), paths
            )
            assert list(answers) == paths
        server.wait_until_idle()
        assert server.connections <= 64


def test_tasks() -> None:
    """1,000 tasks with one client get each its own answer, and leave no connection or task."""

    async def main(url: str) -> list[Any]:
        async with Async(KEY, base_url=url) as client:
            calls = [call_async(client, make_request(path=path)) for path in paths]
            answers = await asyncio.gather(*calls)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return answers

    paths = [f"/modules/{number}" for number in range(1000)]
    with FaultServer([fault.echo_target]) as server:
        assert asyncio.run(main(server.url)) == paths
        server.wait_until_idle()
        assert server.connections <= constants.MAX_TASKS


def test_cancelled_tasks() -> None:
    """Tasks that are cancelled while they wait give their connections back."""

    async def main(url: str) -> Any:
        async with Async(KEY, base_url=url) as client:
            tasks = [
                asyncio.create_task(client.call(make_request(), read_data, {})) for _ in range(150)
            ]
            await asyncio.sleep(0.2)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await client.call(make_request(), read_data, {"timeout": 5})

    with FaultServer([fault.send(0.4)] * 150 + [fault.answer()]) as server:
        server._acts = [
            lambda c, s: fault.answer(delay=0.6)(c, s) if len(server.requests) <= 100
            else fault.answer()(c, s)
        ]  # fmt: skip
        assert asyncio.run(main(server.url)) == {"id": "1", "name": "vpc"}


def test_limiter(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many places in any window, to whoever asks, and none taken that is not waited for."""
    monkeypatch.setattr(constants, "LIMITER_WINDOW", 10.0)
    limiter = Limiter(3)
    assert [limiter.reserve() for _ in range(3)] == [0, 0, 0]
    assert limiter.reserve(patience=1) is None
    later = [limiter.reserve() or 0 for _ in range(6)]
    assert later == pytest.approx([10, 10, 10, 20, 20, 20], abs=0.1)


def test_limiter_with_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two threads get the same place, however often they take turns."""
    monkeypatch.setattr(constants, "LIMITER_WINDOW", 1000.0)
    limiter = Limiter(100)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            parts = pool.map(lambda _: [limiter.reserve() or 0 for _ in range(100)], range(40))
            waits = [round(wait / 1000) for part in parts for wait in part]
    finally:
        sys.setswitchinterval(interval)
    assert [waits.count(number) for number in range(40)] == [100] * 40


@pytest.mark.parametrize("mode", MODES)
def test_requests_per_minute(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client holds back, retries and redirects included; a deadline that is too near says so."""
    monkeypatch.setattr(constants, "LIMITER_WINDOW", 0.4)
    acts = [fault.redirect("/b"), fault.answer(503, b""), fault.answer()]
    with FaultServer(acts) as server:
        began = time.monotonic()
        assert one(mode, server.url, requests_per_minute=2) == {"id": "1", "name": "vpc"}
        assert time.monotonic() - began >= 0.4
        assert len(server.requests) == 3
    monkeypatch.setattr(constants, "LIMITER_WINDOW", 60)
    with FaultServer([fault.answer()]) as server:
        _, error = run(mode, server.url, [make_request()] * 2, requests_per_minute=1, deadline=9)
        assert type(error) is errors.DeadlineExceededError
        assert "requests_per_minute" in str(error)
        assert len(server.requests) == 1


def test_limit_is_shared_by_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """All copies of a client count together, whichever thread they are in."""
    monkeypatch.setattr(constants, "LIMITER_WINDOW", 0.3)
    times: list[float] = []

    def note(connection: Any, seen: Any) -> bool:
        times.append(time.monotonic())
        return fault.answer()(connection, seen)

    with (
        FaultServer([note]) as server,
        Blocking(KEY, base_url=server.url, requests_per_minute=4) as client,
    ):
        copies = [client.with_options(max_retries=0) for _ in range(12)]
        threads = [
            threading.Thread(target=copy.call, args=(make_request(), read_data, {}))
            for copy in copies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times.sort()
    assert len(times) == 12
    assert all(later - early > 0.25 for early, later in zip(times, times[4:], strict=False))


def test_no_free_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that waits too long for others says so, and nothing was sent for it."""
    monkeypatch.setattr(constants, "MAX_TASKS", 1)
    monkeypatch.setattr(constants, "POOL_TIMEOUT", 0.1)

    async def main(url: str) -> list[Any]:
        async with Async(KEY, base_url=url, timeout=0.1, max_retries=0) as client:
            slow = client.with_options(timeout=5)
            return await asyncio.gather(
                *[call_async(one_client, make_request()) for one_client in (slow, client)]
            )

    with FaultServer([fault.answer(delay=0.4)]) as server:
        value, error = asyncio.run(main(server.url))
        assert value == {"id": "1", "name": "vpc"}
        assert type(error) is errors.TimedOutError
        assert "no connection became free" in str(error)
        assert len(server.requests) == 1


def test_streams_do_not_hold_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is still being read keeps no other task from asking."""
    monkeypatch.setattr(constants, "MAX_TASKS", 1)

    async def main(url: str) -> Any:
        async with (
            Async(KEY, base_url=url) as client,
            client.stream(make_request(), {}) as first,
        ):
            second = await call_async(client, make_request())
            return await first.aread(), second

    with FaultServer([fault.answer()]) as server:
        assert asyncio.run(main(server.url)) == (fault.GOOD, {"id": "1", "name": "vpc"})


def test_waiting_for_a_place_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that a task waits for others, of a copy too, is part of its deadline."""
    monkeypatch.setattr(constants, "MAX_TASKS", 1)
    release = threading.Event()

    def act(connection: Any, seen: Any) -> bool:
        release.wait(10)
        return fault.answer()(connection, seen)

    async def main(server: FaultServer) -> tuple[Any, int]:
        async with Async(KEY, base_url=server.url, timeout=None) as client:
            first = asyncio.create_task(call_async(client, make_request()))
            while not server.requests:
                await asyncio.sleep(0.005)
            error = await call_async(client.with_options(deadline=0.2), make_request())
            count = len(server.requests)
            release.set()
            await first
            return error, count

    with FaultServer([act]) as server:
        error, count = asyncio.run(main(server))
    assert type(error) is errors.DeadlineExceededError
    assert count == 1


def test_client_of_another_event_loop() -> None:
    """A second asyncio.run() is refused with a reason, and not every other time by asyncio."""
    # No connection is kept: nobody could close it when its event loop is over.
    with FaultServer([fault.answer(200, fault.GOOD, "Connection: close")]) as server:
        client = Async(KEY, base_url=server.url, max_retries=0)

        async def call() -> Any:
            return await client.call(make_request(), read_data, {})

        assert asyncio.run(call()) == {"id": "1", "name": "vpc"}
        for _ in range(2):
            with pytest.raises(errors.ConfigurationError, match="build one client in each"):
                asyncio.run(call())
