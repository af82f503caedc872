"""Walking lists, one page after the other and in both kinds of code, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime.errors import ConfigurationError, PagingError
from harness_nextgen_runtime.operation import Operation
from harness_nextgen_runtime.options import CallOptions
from harness_nextgen_runtime.paging import AsyncPages, Page, Pages
from harness_nextgen_runtime.request import Request
from harness_nextgen_runtime.walk import Told, Walk, is_empty_list, read_headers
from tests.runtime.clients import async_client, sync_client
from tests.runtime.list_server import (
    MODULES,
    ORGANIZATIONS,
    ListServer,
    Reply,
    decode_numbers,
    list_server,
    serve_items,
)

WalkPages = Callable[..., list[Page[int]]]


def walk_sync(
    server: ListServer,
    operation: Operation = MODULES,
    query: dict[str, Any] | None = None,
    options: CallOptions | None = None,
    prefetch: int = 0,
) -> list[Page[int]]:
    """Walk a list with ``Pages``."""
    request = Request(operation, operation.path, query=query or {})
    with sync_client(server.url) as client:
        return list(Pages(client, request, decode_numbers, options, prefetch).pages())


def walk_async(
    server: ListServer,
    operation: Operation = MODULES,
    query: dict[str, Any] | None = None,
    options: CallOptions | None = None,
    prefetch: int = 0,
) -> list[Page[int]]:
    """Walk a list with ``AsyncPages``."""
    request = Request(operation, operation.path, query=query or {})

    async def walk() -> list[Page[int]]:
        async with async_client(server.url) as client:
            pages = AsyncPages(client, request, decode_numbers, options, prefetch)
            return [page async for page in pages.pages()]

    return asyncio.run(walk())


@pytest.fixture(params=[walk_sync, walk_async], ids=["sync", "async"])
def walk(request: pytest.FixtureRequest) -> WalkPages:
    """Walk a list in both kinds of code."""
    walk: WalkPages = request.param
    return walk


@pytest.fixture(params=[0, 3], ids=["in-turn", "ahead"])
def prefetch(request: pytest.FixtureRequest) -> int:
    """Read in turn, and ahead: nothing may differ."""
    number: int = request.param
    return number


def items_of(pages: list[Page[int]]) -> list[int]:
    """Join the items of pages."""
    return [item for page in pages for item in page.items]


STYLES = ["none", "iacm", "v1", "items", "pages", "size", "nonsense", "liar"]


@pytest.mark.parametrize("style", STYLES)
def test_every_item_once(walk: WalkPages, prefetch: int, style: str) -> None:
    """Whatever the headers say or leave out, all items come once, in order, and the walk ends."""
    with list_server(serve_items(0)) as server:
        for count in (0, 1, 99, 100, 101, 250, 300):
            server.answer = serve_items(count, headers=style)
            pages = walk(server, prefetch=prefetch)
            assert items_of(pages) == list(range(count))
            assert [page.number for page in pages] == list(range(1, len(pages) + 1))


@pytest.mark.parametrize("style", ["iacm", "v1", "items", "pages"])
@pytest.mark.parametrize("count", [1, 100, 250, 300])
def test_no_request_too_many(walk: WalkPages, style: str, count: int) -> None:
    """Where headers tell the end, nothing is asked for after it."""
    with list_server(serve_items(count, headers=style)) as server:
        walk(server)
        walk(server, prefetch=8)
    pages = -(-count // 100)
    assert sorted(server.pages) == sorted(2 * list(range(1, pages + 1)))


@pytest.mark.parametrize("style", ["none", "nonsense", "liar"])
def test_short_page_ends(walk: WalkPages, style: str) -> None:
    """Without headers that can be believed, a page that is not full is the last."""
    with list_server(serve_items(250, headers=style)) as server:
        pages = walk(server)
    assert server.pages == [1, 2, 3]
    assert [len(page) for page in pages] == [100, 100, 50]


def test_full_last_page_without_headers(walk: WalkPages) -> None:
    """Without headers a full page may be the last: the empty one after it ends the list."""
    with list_server(serve_items(200, headers="none")) as server:
        assert items_of(walk(server)) == list(range(200))
    assert server.pages == [1, 2, 3]


def test_first_page_zero(walk: WalkPages, prefetch: int) -> None:
    """A list whose pages count from 0 begins at 0 and ends where its headers say."""
    with list_server(serve_items(250, headers="v1", first=0), first=0) as server:
        pages = walk(server, ORGANIZATIONS, prefetch=prefetch)
    assert sorted(server.pages) == [0, 1, 2]
    assert [page.number for page in pages] == [0, 1, 2]
    assert items_of(pages) == list(range(250))


@pytest.mark.parametrize("style", ["iacm", "v1", "items", "pages", "size"])
def test_capped_pages(walk: WalkPages, prefetch: int, style: str) -> None:
    """A server that gives 30 where 100 are asked for is walked whole when any header helps."""
    with list_server(serve_items(250, headers=style, cap=30)) as server:
        pages = walk(server, prefetch=prefetch)
    assert items_of(pages) == list(range(250))


@pytest.mark.parametrize(
    "lies",
    [
        {"x-total-items": "250", "x-page-size": "100"},
        {"x-total-items": "250", "x-page-size": "100", "x-total-pages": "3"},
    ],
    ids=["size", "size-and-pages"],
)
def test_capped_pages_that_deny_it(walk: WalkPages, lies: dict[str, str]) -> None:
    """A server that caps pages at 30 and speaks of 100 is believed in the number of items."""
    honest = serve_items(250, headers="none", cap=30)
    with list_server(lambda page, limit: Reply(honest(page, limit).body, lies)) as server:
        assert items_of(walk(server)) == list(range(250))


@pytest.mark.parametrize("style", ["iacm", "items"])
def test_capped_pages_from_the_middle(walk: WalkPages, style: str) -> None:
    """A walk from page 3 of capped pages reaches the end, too."""
    with list_server(serve_items(250, headers=style, cap=30)) as server:
        assert items_of(walk(server, query={"page": 3})) == list(range(60, 250))


def test_headers_that_stop(walk: WalkPages, prefetch: int) -> None:
    """What earlier pages told is remembered when later ones, short ones even, tell nothing."""
    told = serve_items(250, headers="items")

    def answer(page: int, limit: int) -> Reply:
        reply = told(page, limit)
        return reply if page == 1 else Reply(reply.body[5:])

    with list_server(answer) as server:
        pages = walk(server, prefetch=prefetch)
    assert [len(page) for page in pages] == [100, 95, 45]


def test_size_above_what_every_source_allows(walk: WalkPages) -> None:
    """When 1000 are asked for and 100 come without headers, the server may have capped them."""
    with list_server(serve_items(250, headers="none", cap=100)) as server:
        assert items_of(walk(server, query={"limit": 1000})) == list(range(250))


def test_start_and_size_of_the_caller(walk: WalkPages, prefetch: int) -> None:
    """The walk begins at the caller's page and keeps the caller's size and other parameters."""
    with list_server(serve_items(50, headers="iacm")) as server:
        pages = walk(server, query={"page": 3, "limit": 10, "sort": "name"}, prefetch=prefetch)
    assert [page.number for page in pages] == [3, 4, 5]
    assert items_of(pages) == list(range(20, 50))
    assert {(query["limit"], query["sort"]) for query in server.queries} == {("10", "name")}


def test_default_size(walk: WalkPages) -> None:
    """Pages hold 100 items, or fewer where the description allows fewer."""
    assert MODULES.paging
    for maximum, size in ((1000, "100"), (100, "100"), (30, "30"), (None, "100")):
        operation = replace(MODULES, paging=replace(MODULES.paging, maximum_size=maximum))
        with list_server(serve_items(1)) as server:
            walk(server, operation)
        assert server.queries[0]["limit"] == size


def test_options_on_later_pages(walk: WalkPages, prefetch: int) -> None:
    """The options of the call hold for every page."""
    with list_server(serve_items(250)) as server:
        walk(server, options={"headers": {"X-Mine": "yes"}}, prefetch=prefetch)
    assert [headers.get("X-Mine") for headers in server.headers] == ["yes", "yes", "yes"]


def test_totals_of_pages(walk: WalkPages) -> None:
    """A page tells the totals that its headers told, and none that its items contradict."""
    for style, totals in (
        ("iacm", (250, 3)),
        ("v1", (250, None)),
        ("none", (None, None)),
        ("nonsense", (None, None)),
    ):
        with list_server(serve_items(250, headers=style)) as server:
            page = walk(server)[0]
        assert (page.total_items, page.total_pages) == totals
    with list_server(serve_items(250, headers="liar")) as server:
        assert walk(server)[0].total_items is None


@pytest.mark.parametrize("body", [b"{}", b" {\n} ", b"null", b"[]", b"[ ]"])
def test_other_words_for_an_empty_list(walk: WalkPages, body: bytes) -> None:
    """An empty object or null in place of a list is an empty list."""
    with list_server(lambda _page, _limit: Reply(body)) as server:
        assert items_of(walk(server)) == []
    assert server.pages == [1]


def test_empty_object_after_full_pages(walk: WalkPages, prefetch: int) -> None:
    """An empty object ends a list like an empty page."""
    full = serve_items(200, headers="none")
    with list_server(lambda page, limit: full(page, limit) if page < 3 else Reply(b"{}")) as server:
        assert items_of(walk(server, prefetch=prefetch)) == list(range(200))


def test_no_content(walk: WalkPages) -> None:
    """A 204 in place of a list is an empty list."""
    with list_server(lambda _page, _limit: Reply(b"", status=204)) as server:
        assert walk(server)[0].items == []


def test_empty_page_before_the_promised_end(walk: WalkPages, prefetch: int) -> None:
    """An empty page ends the list whatever the headers promise."""
    with list_server(
        lambda page, _limit: Reply([page] if page < 3 else [], {"x-total-pages": "1000000"})
    ) as server:
        assert items_of(walk(server, prefetch=prefetch)) == [1, 2]


@pytest.mark.parametrize("headers", [{}, {"x-total-pages": "9"}, {"x-total-items": "900"}])
def test_repeated_page(walk: WalkPages, prefetch: int, headers: dict[str, str]) -> None:
    """A server that sends the same page for ever is found out at the second."""
    with (
        list_server(lambda _page, limit: Reply(list(range(limit)), headers)) as server,
        pytest.raises(PagingError, match="list_modules: page 2 is the same as a page before it"),
    ):
        walk(server, prefetch=prefetch)
    assert len(server.pages) <= 1 + max(prefetch, 1)


def test_pages_in_a_circle(walk: WalkPages) -> None:
    """A server whose pages go round is found out when the circle closes."""
    with (
        list_server(lambda page, limit: Reply([page % 3] * limit)) as server,
        pytest.raises(PagingError, match="page 4 is the same"),
    ):
        walk(server)


def test_page_number_that_stands_still(walk: WalkPages) -> None:
    """A server that says it is still at the first page is found out, though its content changes."""
    with (
        list_server(lambda page, limit: Reply([page] * limit, {"X-Page-Number": "1"})) as server,
        pytest.raises(PagingError, match="page 2 says that it is page 1, after page 1"),
    ):
        walk(server)


def test_page_number_that_counts_otherwise(walk: WalkPages) -> None:
    """A server whose page header counts from 0 where its parameter counts from 1 is no fault."""
    items = serve_items(250, headers="none")
    with list_server(
        lambda page, limit: Reply(items(page, limit).body, {"X-Page-Number": str(page - 1)})
    ) as server:
        assert items_of(walk(server)) == list(range(250))


def test_items_hidden_on_a_page(walk: WalkPages) -> None:
    """A short page in the middle, and less items than promised, lose nothing and end."""

    def answer(page: int, limit: int) -> Reply:
        return Reply(
            [number for number in range((page - 1) * limit, min(page * limit, 250)) if number % 9],
            {"x-total-items": "250", "x-page-size": str(limit)},
        )

    with list_server(answer) as server:
        assert items_of(walk(server)) == [number for number in range(250) if number % 9]
    assert len(server.pages) <= 4


def test_nothing_is_sent_before_the_walk() -> None:
    """Making a list, or an iterator of it, sends nothing."""
    with list_server(serve_items(1)) as server, sync_client(server.url) as client:
        pages = Pages(client, Request(MODULES, "/modules"), decode_numbers)
        iter(pages)
        pages.pages()
        assert server.pages == []


def test_each_walk_is_fresh() -> None:
    """A second walk asks the server again and sees what is new."""
    count = 3

    def answer(page: int, limit: int) -> Reply:
        return serve_items(count)(page, limit)

    with (
        list_server(answer) as server,
        sync_client(server.url) as client,
    ):
        pages = Pages(client, Request(MODULES, "/modules"), decode_numbers)
        assert list(pages) == [0, 1, 2]
        count = 4
        assert list(pages) == [0, 1, 2, 3]


def test_total_reads_one_page_that_the_walk_uses() -> None:
    """The page that ``total`` reads is not read again by the first walk, but is by the second."""
    with list_server(serve_items(250)) as server, sync_client(server.url) as client:
        pages = Pages(client, Request(MODULES, "/modules"), decode_numbers)
        assert pages.total == 250
        assert pages.total == 250
        assert server.pages == [1]
        assert list(pages) == list(range(250))
        assert server.pages == [1, 2, 3]
        assert list(pages) == list(range(250))
        assert server.pages == [1, 2, 3, 1, 2, 3]
        assert pages.total == 250
    assert len(server.pages) == 6


def test_total_in_async_code() -> None:
    """``total`` is awaited in asynchronous code and keeps its page for the walk as well."""

    async def run(server: ListServer) -> None:
        async with async_client(server.url) as client:
            pages = AsyncPages(client, Request(MODULES, "/modules"), decode_numbers)
            assert await pages.total() == 250
            assert [item async for item in pages] == list(range(250))
            assert await pages.total() == 250

    with list_server(serve_items(250)) as server:
        asyncio.run(run(server))
    assert server.pages == [1, 2, 3]


def test_total_that_nobody_tells() -> None:
    """A server that tells no total is asked once, and the total is None."""
    with (
        list_server(serve_items(5, headers="none")) as server,
        sync_client(server.url) as client,
    ):
        pages = Pages(client, Request(MODULES, "/modules"), decode_numbers)
        assert pages.total is None
        assert pages.total is None
        assert server.pages == [1]
        assert list(pages) == [0, 1, 2, 3, 4]
    assert server.pages == [1]


@pytest.mark.parametrize(
    "query", [{"page": "two"}, {"limit": 1.5}, {"page": True}, {"limit": 0}, {"limit": -1}]
)
def test_page_and_size_are_whole_numbers(query: dict[str, object]) -> None:
    """A page or size that makes no sense is refused where the list is made."""
    request = Request(MODULES, "/modules", query=query)
    with sync_client("http://127.0.0.1:9") as client, pytest.raises(ConfigurationError):
        Pages(client, request, decode_numbers)


def test_operation_without_pages() -> None:
    """An operation without pages cannot be walked."""
    request = Request(Operation("get", "GET", "/get"), "/get")
    with (
        sync_client("http://127.0.0.1:9") as client,
        pytest.raises(ConfigurationError, match="get has no pages"),
    ):
        Pages(client, request, decode_numbers)


def test_absent_values_give_the_defaults() -> None:
    """A page or size of None, or of the value for what was not given, is as if it were absent."""

    class Unset:
        def __bool__(self) -> bool:
            return False

    for absent in (None, Unset()):
        walk: Walk[int] = Walk(Request(MODULES, "/modules", {"page": absent, "limit": absent}))
        assert walk.describe(walk.number).query == {"page": 1, "limit": 100}


def test_first_request_is_left_as_it_was() -> None:
    """Describing pages changes nothing in the request that they come from."""
    request = Request(MODULES, "/modules", {"sort": "name"}, {"X-A": "b"})
    walk: Walk[int] = Walk(request)
    assert walk.describe(7).query == {"sort": "name", "page": 7, "limit": 100}
    assert walk.describe(7).headers == {"X-A": "b"}
    assert request.query == {"sort": "name"}


def test_repr_names_the_operation() -> None:
    """A list shows what it is of, and no parameters, which may be secret."""
    with sync_client("http://127.0.0.1:9") as client:
        request = Request(MODULES, "/modules", {"search": "canary"})
        assert repr(Pages(client, request, decode_numbers)) == "<Pages of list_modules from page 1>"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("30, 30", 30),
        ("30, 31", None),
        ("", None),
        ("3.5", None),
        ("-1", None),
        ("1e3", None),
        ("٣", None),
        ("9" * 5000, None),
    ],
)
def test_numbers_in_headers(text: str, number: int | None) -> None:
    """A header counts as a number only when it is one, plainly written."""
    assert MODULES.paging
    headers = httpx.Headers([(b"X-PAGE-SIZE", text.encode())])
    assert read_headers(MODULES.paging, headers).page_size == number


def test_second_name_where_the_first_holds_no_number() -> None:
    """Where the first name of a header holds nonsense, the second is read."""
    assert MODULES.paging
    headers = httpx.Headers({"x-total-items": "?", "x-total-elements": "7"})
    assert read_headers(MODULES.paging, headers) == Told(total_items=7)


def test_long_content_is_no_empty_list() -> None:
    """Only what says nothing is an empty list, and errors and objects are not."""
    assert not is_empty_list(200, b"{" + b" " * 100 + b"}")
    assert not is_empty_list(200, b'{"a":1}')
    assert not is_empty_list(200, b"")
