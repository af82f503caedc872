"""Reading pages ahead: the same list as in turn, and nothing left behind, against a real server."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

import httpx
import pytest

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError, NotFoundError, ServerError
from harness_nextgen_runtime.paging import AsyncPages, Page, Pages
from harness_nextgen_runtime.request import Request
from tests.runtime.clients import async_client, sync_client
from tests.runtime.list_server import (
    MODULES,
    ListServer,
    Reply,
    decode_numbers,
    list_server,
    serve_items,
)

REQUEST = Request(MODULES, MODULES.path)

Use = Callable[[Page[int]], object]
"""What a test does with a page; true leaves the loop."""


def at_once() -> bool:
    """Wait for nothing."""
    return True


def walk_sync(
    server: ListServer, prefetch: int, use: Use, ready: Callable[[], bool] = at_once
) -> None:
    """Walk with threads; a page is used when it is ``ready``."""
    with sync_client(server.url) as client:
        try:
            for page in Pages(client, REQUEST, decode_numbers, prefetch=prefetch).pages():
                wait_until(ready)
                if use(page):
                    break
        finally:
            wait_for_no_threads()


def walk_async(
    server: ListServer, prefetch: int, use: Use, ready: Callable[[], bool] = at_once
) -> None:
    """Walk with tasks; a page is used when it is ``ready``."""

    async def walk() -> None:
        async with async_client(server.url) as client:
            pages = AsyncPages(client, REQUEST, decode_numbers, prefetch=prefetch)
            try:
                async for page in pages.pages():
                    end = time.monotonic() + 5
                    await asyncio.sleep(0.001)  # let the tasks begin
                    while not ready():
                        assert time.monotonic() < end
                        await asyncio.sleep(0.002)
                    if use(page):
                        break
            finally:
                await wait_for_no_tasks()

    asyncio.run(walk())


@pytest.fixture(params=[walk_sync, walk_async], ids=["sync", "async"])
def walk(request: pytest.FixtureRequest) -> Walker:
    """Walk a list in both kinds of code; afterwards no thread or task of it may be left."""
    walk: Walker = request.param
    return walk


Walker = Callable[..., None]


def prefetch_threads() -> list[str]:
    """Name the threads that read ahead."""
    return [one.name for one in threading.enumerate() if one.name.startswith("prefetch")]


def wait_for_no_threads() -> None:
    """Wait until no thread reads ahead; fail when one stays."""
    end = time.monotonic() + 5
    while prefetch_threads():
        assert time.monotonic() < end, prefetch_threads()
        time.sleep(0.005)


async def wait_for_no_tasks() -> None:
    """Wait until no other task runs; fail when one stays, or takes as long as a request."""
    end = time.monotonic() + 1
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        assert time.monotonic() < end, others
        await asyncio.sleep(0.005)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it does not come to."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.mark.parametrize("prefetch", [1, 2, 7, 100])
@pytest.mark.parametrize("style", ["iacm", "none"])
def test_same_pages_in_order(walk: Walker, style: str, prefetch: int) -> None:
    """Pages come in order, though their answers do not."""
    items = serve_items(1234, headers=style)

    def answer(page: int, limit: int) -> Reply:
        time.sleep(page % 3 * 0.004)
        return items(page, limit)

    pages: list[Page[int]] = []
    with list_server(answer) as server:
        walk(server, prefetch, pages.append)
    assert [item for page in pages for item in page.items] == list(range(1234))
    assert [page.number for page in pages] == list(range(1, 14))


def test_as_many_at_once_as_asked(walk: Walker) -> None:
    """Exactly ``prefetch`` requests are under way at once when the last page is known."""
    barrier = threading.Barrier(8)  # breaks, and fails the walk, unless eight come together

    def answer(page: int, limit: int) -> Reply:
        if page > 1:
            barrier.wait(5)
        return serve_items(1700)(page, limit)

    with list_server(answer) as server:
        walk(server, 8, lambda _page: False)
    assert server.most_at_once == 8
    assert sorted(server.pages) == list(range(1, 18))


def test_reads_ahead_while_the_page_is_used(walk: Walker) -> None:
    """The pages after it are fetched while the caller still works on a page, and no more."""
    with list_server(serve_items(2000)) as server:
        seen: list[int] = []

        def use(page: Page[int]) -> bool:
            seen.append(page.number)
            return page.number == 2

        walk(server, 3, use, lambda: {1, 2, 3, 4} <= set(server.pages))
    assert seen == [1, 2]
    assert {1, 2, 3, 4} <= set(server.pages) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("count", [0, 1, 100, 101, 700, 1550])
def test_requests_beyond_an_untold_end(walk: Walker, count: int) -> None:
    """When nobody tells the end, fewer than ``prefetch`` requests go beyond it."""
    with list_server(serve_items(count, headers="none")) as server:
        walk(server, 8, lambda _page: False)
    needed = count // 100 + 1
    beyond = [page for page in server.pages if page > needed]
    assert len(beyond) < 8
    assert len(server.pages) == len(set(server.pages))
    if count < 100:
        assert server.pages == [1]


def test_careful_at_first(walk: Walker) -> None:
    """After the first page only two more are asked for when nobody tells the end."""
    with list_server(serve_items(150, headers="none")) as server:
        walk(server, 8, lambda _page: False)
    assert set(server.pages) <= {1, 2, 3}


def test_none_asked_for_after_a_page_that_ends() -> None:
    """Once a page that is read ahead turns out to be the last, no further one is asked for."""
    items = serve_items(450, headers="none")
    ended = threading.Event()

    def answer(page: int, limit: int) -> Reply:
        if page in (5, 6):  # the end is known only when all of the window was asked for
            wait_until(lambda: 7 in server.pages)
        return items(page, limit)

    def decode(response: httpx.Response) -> list[int]:
        numbers = decode_numbers(response)
        if len(numbers) < 100:
            ended.set()
        return numbers

    with list_server(answer) as server, sync_client(server.url) as client:
        for page in Pages(client, REQUEST, decode, prefetch=4).pages():
            if page.number == 3:
                assert ended.wait(5)
            if page.number in (3, 4):
                time.sleep(0.05)  # from decoded to done; and for another request to arrive
    assert sorted(server.pages) == [1, 2, 3, 4, 5, 6, 7]


def test_error_at_its_page(walk: Walker) -> None:
    """An error comes where its page would have begun, after all items before it."""

    def answer(page: int, limit: int) -> Reply:
        return Reply({"message": "no"}, status=500) if page == 4 else serve_items(900)(page, limit)

    seen: list[int] = []
    with list_server(answer) as server, pytest.raises(ServerError):
        walk(server, 8, lambda page: seen.append(page.number))
    assert seen == [1, 2, 3]
    wait_for_no_threads()


def test_error_after_the_end_is_dropped(walk: Walker, caplog: pytest.LogCaptureFixture) -> None:
    """A server that has no page after the end may say so: nothing is raised or logged."""

    def answer(page: int, limit: int) -> Reply:
        if page > 4:
            return Reply({"message": "no such page"}, status=404)
        time.sleep(0.01)
        return serve_items(350, headers="none")(page, limit)

    seen: list[int] = []
    with list_server(answer) as server:
        walk(server, 8, lambda page: seen.append(page.number))
    gc.collect()
    assert seen == [1, 2, 3, 4]
    assert max(server.pages) > 4
    assert not caplog.records


def test_error_on_the_page_after_a_full_one_is_raised(walk: Walker) -> None:
    """An error is dropped only after the end: after a full page it is raised, as in turn."""

    def answer(page: int, limit: int) -> Reply:
        if page > 3:
            return Reply({"message": "no such page"}, status=404)
        return serve_items(300, headers="none")(page, limit)

    for ahead in (0, 8):
        with list_server(answer) as server, pytest.raises(NotFoundError):
            walk(server, ahead, lambda _page: False)


def test_left_early(walk: Walker) -> None:
    """Leaving the loop stops all reading: nothing more is sent, and no thread or task stays."""
    with list_server(serve_items(100_000), delay=0.02) as server:
        walk(server, 4, lambda page: page.number == 2)
        time.sleep(0.03)  # the server counts what is on its way
        sent = len(server.pages)
        time.sleep(0.06)
        assert len(server.pages) == sent
    assert sent <= 6


def test_left_by_an_exception(walk: Walker) -> None:
    """An exception in the loop stops all reading, too."""

    class Mine(Exception):
        pass

    def use(page: Page[int]) -> bool:
        raise Mine

    with list_server(serve_items(100_000), delay=0.02) as server:
        with pytest.raises(Mine):
            walk(server, 4, use)
        wait_for_no_threads()
        time.sleep(0.03)  # the server counts what is on its way
        sent = len(server.pages)
        time.sleep(0.06)
        assert len(server.pages) == sent
    assert sent <= 5


def test_iterator_that_is_dropped() -> None:
    """An iterator that is dropped, in a circle even, stops its threads when collected."""
    with list_server(serve_items(100_000), delay=0.02) as server:
        with sync_client(server.url) as client:
            items = iter(Pages(client, REQUEST, decode_numbers, prefetch=4))
            assert next(items) == 0
            assert prefetch_threads()
            circle: list[object] = [items]
            circle.append(circle)
            del items, circle
            gc.collect()
            wait_for_no_threads()
        assert len(server.pages) <= 5


def test_leaving_does_not_wait_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving the loop of threads waits only so long for the answers that are under way."""
    monkeypatch.setattr(constants, "LEAVING_SECONDS", 0.1)
    release = threading.Event()

    def answer(page: int, limit: int) -> Reply:
        if page > 1:
            release.wait(5)
        return serve_items(1000)(page, limit)

    with list_server(answer) as server, sync_client(server.url) as client:
        items = iter(Pages(client, REQUEST, decode_numbers, prefetch=4))
        next(items)
        wait_until(lambda: len(server.pages) == 5)
        begin = time.monotonic()
        items.close()
        assert time.monotonic() - begin > 0.09
        assert prefetch_threads()  # which still wait for the server
        release.set()
        wait_for_no_threads()


def test_end_of_a_program_does_not_wait() -> None:
    """A program that leaves the loop and ends does not wait for what it gave up."""
    release = threading.Event()

    def answer(page: int, limit: int) -> Reply:
        if page > 1:
            release.wait(20)
        return serve_items(1000)(page, limit)

    script = (
        "import sys; from harness_nextgen_runtime import constants, paging;"
        "from tests.runtime.test_prefetch import REQUEST, decode_numbers, sync_client;"
        "constants.LEAVING_SECONDS = 0;"
        "next(iter(paging.Pages(sync_client(sys.argv[1]), REQUEST, decode_numbers, prefetch=4)))"
    )
    with list_server(answer) as server:
        try:
            subprocess.run([sys.executable, "-c", script, server.url], check=True, timeout=15)
        finally:
            release.set()


def test_client_closed_right_after_leaving() -> None:
    """A client that is closed as soon as the loop is left has no connection left open."""
    for _ in range(5):
        with list_server(serve_items(1000), delay=0.01) as server:
            with sync_client(server.url) as client:
                for _item in Pages(client, REQUEST, decode_numbers, prefetch=4):
                    break
            wait_until(lambda: server.connections == 0)


def test_threads_end_before_the_last_page_is_used() -> None:
    """When the last page is given out, nothing reads ahead any more."""
    with list_server(serve_items(300)) as server, sync_client(server.url) as client:
        pages = Pages(client, REQUEST, decode_numbers, prefetch=4).pages()
        for _ in range(3):
            next(pages)
        wait_for_no_threads()
        assert list(pages) == []


def test_cancelled_walk() -> None:
    """Cancelling the task that walks cancels all that it reads ahead, at once."""

    async def run(server: ListServer) -> None:
        async with async_client(server.url) as client:

            async def walk() -> None:
                async for _ in AsyncPages(client, REQUEST, decode_numbers, prefetch=4):
                    pass

            task = asyncio.create_task(walk())
            while len(server.pages) < 5:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await wait_for_no_tasks()

    release = threading.Event()

    def answer(page: int, limit: int) -> Reply:
        if page > 1:
            release.wait(5)
        return serve_items(1000)(page, limit)

    with list_server(answer) as server:
        asyncio.run(run(server))
        release.set()


def test_one_page_needs_no_thread() -> None:
    """A list of one page is read without a thread."""
    names: set[str] = set()

    def answer(page: int, limit: int) -> Reply:
        names.update(prefetch_threads())
        return serve_items(5)(page, limit)

    with list_server(answer) as server, sync_client(server.url) as client:
        assert list(Pages(client, REQUEST, decode_numbers, prefetch=4)) == [0, 1, 2, 3, 4]
    assert not names


def test_total_before_a_walk_that_reads_ahead(walk: Walker) -> None:
    """The page that ``total`` read is the first of a walk that reads ahead."""
    with list_server(serve_items(500)) as server, sync_client(server.url) as client:
        pages = Pages(client, REQUEST, decode_numbers, prefetch=4)
        assert pages.total == 500
        assert list(pages) == list(range(500))
        assert pages.total == 500
    assert sorted(server.pages) == [1, 2, 3, 4, 5]


def test_threads_see_the_context_of_the_caller() -> None:
    """Context variables of the caller are seen by the threads, as tracing needs it."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    seen: list[str] = []

    def decode(response: httpx.Response) -> list[int]:
        seen.append(variable.get())
        return decode_numbers(response)

    variable.set("mine")
    with list_server(serve_items(500)) as server, sync_client(server.url) as client:
        list(Pages(client, REQUEST, decode, prefetch=2))
    assert seen == 5 * ["mine"]


@pytest.mark.parametrize("prefetch", [-1, True, 1.0, "2", None])
def test_prefetch_that_is_no_number_from_0(prefetch: int) -> None:
    """A ``prefetch`` that is negative or no whole number is refused where the list is made."""
    with sync_client("http://127.0.0.1:9") as client:
        with pytest.raises(ConfigurationError, match="prefetch must be a whole number from 0"):
            Pages(client, REQUEST, decode_numbers, prefetch=prefetch)
        with pytest.raises(ConfigurationError, match="prefetch must be a whole number from 0"):
            AsyncPages(client, REQUEST, decode_numbers, prefetch=prefetch)  # type: ignore[arg-type]


def test_many_walks_at_once() -> None:
    """Many threads that walk one list, reading ahead, each see the whole list."""
    results: list[list[int]] = []
    with list_server(serve_items(700)) as server, sync_client(server.url) as client:
        pages = Pages(client, REQUEST, decode_numbers, prefetch=3)
        threads = [threading.Thread(target=lambda: results.append(list(pages))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for_no_threads()
    assert results == 8 * [list(range(700))]
