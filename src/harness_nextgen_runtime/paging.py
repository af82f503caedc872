"""Lists that are walked: ``Pages`` and ``AsyncPages``, which list methods return."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness_nextgen_runtime.options import CallOptions
from harness_nextgen_runtime.prefetch import check_prefetch, read_ahead, read_ahead_async
from harness_nextgen_runtime.request import Request
from harness_nextgen_runtime.walk import Answer, Page, Told, Walk, answer_reader

if TYPE_CHECKING:
    import httpx

    from harness_nextgen_runtime.client import AsyncClient, SyncClient

__all__ = ["AsyncPages", "Page", "Pages"]

T = TypeVar("T")


class _List(Generic[T]):
    """What both kinds of lists know: the first request, the options, and what was told."""

    def __init__(
        self,
        request: Request,
        decode: Callable[[httpx.Response], list[T]],
        options: CallOptions | None,
        prefetch: int,
    ) -> None:
        # Also refuses a bad page or size where the list is made, and not where it is walked.
        first: Walk[T] = Walk(request)
        self._first_page = first.number
        self._request = request
        self._read = answer_reader(first.paging, decode)
        self._options: CallOptions = options or {}
        self._ahead = check_prefetch(prefetch)
        self._kept: Answer[T] | None = None
        self._was_asked = False
        self._total: int | None = None

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {self._request.operation.id} from page {self._first_page}>"
        )

    def _note(self, page: Page[T]) -> None:
        self._was_asked = True
        if page.total_items is not None:
            self._total = page.total_items

    def _take_kept(self) -> Answer[T] | None:
        kept, self._kept = self._kept, None
        return kept


class Pages(_List[T]):
    """A list of all items on all pages, read as it is walked.

    ::

        for thing in client.things.list():            # item by item
        for page in client.things.list().pages():      # page by page

    Nothing is sent before it is walked. Each walk begins anew and asks the server again; only the
    page that ``total`` had to read is used by the walk that comes next. A walk begins at the page
    that was asked for, in pages of 100 or what the API allows, unless a size was asked for. The
    options of the call hold for every page: a deadline is for each of them alone.

    A walk raises what a call raises, where the page would have begun that could not be read, and
    ``PagingError`` when the server repeats a page.
    """

    def __init__(
        self,
        client: SyncClient,
        request: Request,
        decode: Callable[[httpx.Response], list[T]],
        options: CallOptions | None = None,
        prefetch: int = 0,
    ) -> None:
        """Make a list of what ``request`` asks for.

        ``decode`` reads the items of one page. ``prefetch`` is how many pages threads read ahead:
        0 for none. Raises ConfigurationError when the operation has no pages, or for a page, size
        or ``prefetch`` that is no whole number.
        """
        super().__init__(request, decode, options, prefetch)
        self._client = client

    def __iter__(self) -> Generator[T, None, None]:
        """Walk the items of all pages."""
        pages = self.pages()
        try:
            for page in pages:
                yield from page.items
        finally:
            # At once, also where the interpreter does not count references.
            pages.close()

    def pages(self) -> Generator[Page[T], None, None]:
        """Walk page by page; closing the generator, as leaving its loop does, stops all reading."""
        walk: Walk[T] = Walk(self._request)

        def fetch(number: int) -> Answer[T]:
            request = walk.describe(number)
            return self._client.call(request, self._read, self._options) or _nothing()

        page = walk.take(self._take_kept() or fetch(walk.number))
        ahead = self._ahead
        rest = read_ahead(walk, page, fetch, ahead) if ahead else _read_on(walk, page, fetch)
        try:
            for page in rest:
                self._note(page)
                yield page
        finally:
            rest.close()

    @property
    def total(self) -> int | None:
        """How many items there are on all pages; None when the server does not tell.

        What the newest page told. Reads the first page when none was read yet, and raises what
        that raises.
        """
        if not self._was_asked:
            walk: Walk[T] = Walk(self._request)
            request = walk.describe(walk.number)
            answer = self._client.call(request, self._read, self._options) or _nothing()
            self._note(walk.take(answer))
            self._kept = answer
        return self._total


class AsyncPages(_List[T]):
    """A list of all items on all pages, read as it is walked from asynchronous code.

    ::

        async for thing in client.things.list():          # item by item
        async for page in client.things.list().pages():    # page by page
        total = await client.things.list().total()

    All that ``Pages`` says holds here. Pages are read ahead by tasks, which needs asyncio; they are
    cancelled when the loop is left. Python closes the iterator of a loop that was left a moment
    later; ``contextlib.aclosing`` around ``pages()`` closes it at once.
    """

    def __init__(
        self,
        client: AsyncClient,
        request: Request,
        decode: Callable[[httpx.Response], list[T]],
        options: CallOptions | None = None,
        prefetch: int = 0,
    ) -> None:
        """Make a list of what ``request`` asks for.

        ``decode`` reads the items of one page. ``prefetch`` is how many pages tasks read ahead:
        0 for none. Raises ConfigurationError when the operation has no pages, or for a page, size
        or ``prefetch`` that is no whole number.
        """
        super().__init__(request, decode, options, prefetch)
        self._client = client

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        """Walk the items of all pages."""
        pages = self.pages()
        try:
            async for page in pages:
                for item in page.items:
                    yield item
        finally:
            await pages.aclose()

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Walk page by page; closing the generator stops all reading."""
        walk: Walk[T] = Walk(self._request)

        async def fetch(number: int) -> Answer[T]:
            request = walk.describe(number)
            return await self._client.call(request, self._read, self._options) or _nothing()

        page = walk.take(self._take_kept() or await fetch(walk.number))
        ahead = self._ahead
        rest = (
            read_ahead_async(walk, page, fetch, ahead)
            if ahead
            else _read_on_async(walk, page, fetch)
        )
        try:
            async for page in rest:
                self._note(page)
                yield page
        finally:
            await rest.aclose()

    async def total(self) -> int | None:
        """Tell how many items there are on all pages; None when the server does not tell.

        What the newest page told. Reads the first page when none was read yet, and raises what
        that raises.
        """
        if not self._was_asked:
            walk: Walk[T] = Walk(self._request)
            request = walk.describe(walk.number)
            answer = await self._client.call(request, self._read, self._options) or _nothing()
            self._note(walk.take(answer))
            self._kept = answer
        return self._total


def _nothing() -> Answer[Any]:
    # A client decodes no body that may be missing and is; a list without a body is empty.
    return Answer([], Told(), 0)


def _read_on(
    walk: Walk[T], page: Page[T], fetch: Callable[[int], Answer[T]]
) -> Generator[Page[T], None, None]:
    yield page
    while not walk.finished:
        yield walk.take(fetch(walk.number))


async def _read_on_async(
    walk: Walk[T], page: Page[T], fetch: Callable[[int], Awaitable[Answer[T]]]
) -> AsyncGenerator[Page[T], None]:
    yield page
    while not walk.finished:
        yield walk.take(await fetch(walk.number))
