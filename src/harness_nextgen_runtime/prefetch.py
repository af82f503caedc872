"""Reading pages ahead: the same pages in the same order, fetched several at once.

While the caller uses a page, up to ``ahead`` of those after it are fetched. Where headers told the
last page, nothing after it is asked for. Where they tell nothing, more are asked for only as more
were found: 2 after the first page, then 4, up to ``ahead``, and none after a page that ends the
list or failed. Whatever comes for a page after the end is dropped, errors too; an error before it
is raised where its page would have begun.

When the loop is left, what was not begun is never sent. A task is cancelled and awaited. A thread
cannot be cancelled: it ends with the answer that it waits for. Leaving waits for that, but not
long, so that whoever closes the client next does not take the connection from under it; and the
end of the program does not wait at all, which is why these are no threads of an executor.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.walk import Answer, Page, Walk

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

T = TypeVar("T")


class _Outcome(Protocol):
    # What futures of threads and of tasks have in common.
    def done(self) -> bool: ...
    def result(self) -> Any: ...
    def exception(self) -> BaseException | None: ...


def check_prefetch(prefetch: object) -> int:
    """Return the number of pages to read ahead; raises ConfigurationError for any but 0 or more."""
    if not isinstance(prefetch, int) or isinstance(prefetch, bool) or prefetch < 0:
        raise ConfigurationError(f"prefetch must be a whole number from 0, not {prefetch!r}")
    return prefetch


def read_ahead(
    walk: Walk[T], page: Page[T], fetch: Callable[[int], Answer[T]], ahead: int
) -> Generator[Page[T], None, None]:
    """Walk from ``page``, the first that ``walk`` took, in pages that threads fetch ahead.

    ``fetch`` runs in up to ``ahead`` threads at once, each time in a copy of the caller's context.
    """
    # Only who reads ahead pays for the import.
    from concurrent.futures import wait

    waiting: dict[int, Future[Answer[T]]] = {}
    taken = 1
    try:
        while not walk.finished:
            # Before the caller gets the page, so that its own work is part of the wait.
            for number in _choose(walk, waiting, ahead, taken):
                waiting[number] = _begin(fetch, number)
            yield page
            page = walk.take(waiting.pop(walk.number).result())
            taken += 1
        yield page
    finally:
        wait(waiting.values(), constants.LEAVING_SECONDS)


def _begin(fetch: Callable[[int], Answer[T]], number: int) -> Future[Answer[T]]:
    """Fetch a page in a thread of its own, in a copy of the caller's context."""
    from concurrent.futures import Future
    from contextvars import copy_context
    from threading import Thread

    future: Future[Answer[T]] = Future()

    def run() -> None:
        try:
            future.set_result(fetch(number))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=copy_context().run, args=(run,), name=f"prefetch_{number}", daemon=True).start()
    return future


async def read_ahead_async(
    walk: Walk[T],
    page: Page[T],
    fetch: Callable[[int], Coroutine[Any, Any, Answer[T]]],
    ahead: int,
) -> AsyncGenerator[Page[T], None]:
    """Walk from ``page``, the first that ``walk`` took, in pages that tasks fetch ahead."""
    import asyncio

    waiting: dict[int, asyncio.Task[Answer[T]]] = {}
    taken = 1
    try:
        while not walk.finished:
            for number in _choose(walk, waiting, ahead, taken):
                waiting[number] = asyncio.create_task(fetch(number))
            yield page
            # It stays among the waiting until it is done: a cancelled wait cancels it too.
            answer = await waiting[walk.number]
            del waiting[walk.number]
            page = walk.take(answer)
            taken += 1
    finally:
        for task in waiting.values():
            task.cancel()
        # With their exceptions, so that none is reported as never retrieved.
        await asyncio.gather(*waiting.values(), return_exceptions=True)
    yield page


def _choose(walk: Walk[T], waiting: Mapping[int, _Outcome], ahead: int, taken: int) -> list[int]:
    """Choose the pages to ask for now; the next one is among them unless it is waited for."""
    chosen: list[int] = []
    window = ahead if walk.last is not None else min(ahead, 2**taken)
    last = walk.number + window - 1
    if walk.last is not None:
        last = max(min(last, walk.last), walk.number)
    for number in range(walk.number, last + 1):
        outcome = waiting.get(number)
        if outcome is None:
            chosen.append(number)
        elif outcome.done() and (
            outcome.exception() is not None or not walk.leads_on(outcome.result(), number)
        ):
            break
    return chosen
