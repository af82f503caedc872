"""What comes after a page: the rules of walking a list, without any input or output.

``Walk`` describes the request for a page, takes its answer, and says whether there is more. How
the answers are fetched, one by one or several at once, is the business of others.

The rules, in this order:

- an empty page is the end, whatever headers say; so are ``{}``, ``null`` and a 204 in place of a
  list: some servers write an empty list so;
- headers that tell the number of pages or of items decide; where both do, the one that promises
  more does, since one request too many costs less than items that are silently lost;
- a header that is no number, or contradicts the items on the page, counts as absent;
- without such headers a page that holds less than it may is the last.

A server may cap pages below the size that was asked for. Its own page size is then learned from
its header, or else from the first page, when that is short and yet not the last by what the
headers tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError, PagingError
from harness_nextgen_runtime.operation import Paging
from harness_nextgen_runtime.request import Request

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: list[T]
    number: int
    """As the API counts its pages: the first may be 0 or 1."""
    total_items: int | None
    """How many items all pages hold together; None where the server does not tell."""
    total_pages: int | None
    """How many pages there are; None where the server does not tell."""

    def __iter__(self) -> Iterator[T]:
        """Walk the items of this page."""
        return iter(self.items)

    def __len__(self) -> int:
        """Count the items of this page."""
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Told:
    """What the headers of an answer tell; None where one is absent or no number."""

    total_items: int | None = None
    total_pages: int | None = None
    page_number: int | None = None
    page_size: int | None = None


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """One answer: its items, what its headers tell, and a mark of its content."""

    items: list[T]
    told: Told
    mark: int
    """Equal for answers that are equal byte by byte."""


class Walk(Generic[T]):
    """One walk over the pages of a list, from the page that the request names or the first."""

    def __init__(self, request: Request) -> None:
        """Begin at the request's own page and size.

        Raises ConfigurationError when the operation has no pages, when a page or size is no whole
        number, or when a page would have no items.
        """
        paging = request.operation.paging
        if paging is None:
            raise ConfigurationError(f"{request.operation.id} has no pages")
        self.paging: Paging = paging
        self._request = request
        page = _read_whole_number(request, paging.page_parameter)
        size = _read_whole_number(request, paging.size_parameter)
        largest = paging.maximum_size
        self._asked = min(largest or constants.PAGE_SIZE, constants.PAGE_SIZE)
        if size is not None:
            if size < 1:
                raise ConfigurationError(
                    f"{request.operation.id}: {paging.size_parameter} must be from 1, not {size}"
                )
            self._asked = size
        self._size = self._asked
        """How far apart the server's pages begin, as far as is known."""
        self._marks: set[int] = set()
        self._page_number: int | None = None
        self.number = paging.first_page if page is None else page
        """The page to read next, as the API counts."""
        self.last: int | None = None
        """The last page by what the headers told; None while they tell nothing."""
        self.begun = False
        self.finished = False

    def describe(self, number: int) -> Request:
        """Describe the request for a page: the first request with its page and size in it."""
        query: dict[str, Any] = {
            **self._request.query,
            self.paging.page_parameter: number,
            self.paging.size_parameter: self._asked,
        }
        return replace(self._request, query=query)

    def take(self, answer: Answer[T]) -> Page[T]:
        """Take the answer for ``number`` and move on; raises PagingError for a repeated page."""
        number = self.number
        if not self.begun:
            self.begun = True
            self._size = self._learn_size(answer, number)
        if answer.items:
            self._refuse_repetition(answer, number)
        self.finished = not self.leads_on(answer, number)
        self.last = self._find_last(answer, number)
        self.number = number + 1
        total = answer.told.total_items
        return Page(
            answer.items,
            number,
            total if total is not None and total >= len(answer.items) else None,
            answer.told.total_pages,
        )

    def leads_on(self, answer: Answer[T], number: int) -> bool:
        """Say whether there is more after this answer for page ``number``."""
        if not answer.items:
            return False
        last = self._find_last(answer, number)
        if last is not None:
            return number < last
        return len(answer.items) >= min(self._size, self.paging.maximum_size or self._size)

    def _find_last(self, answer: Answer[T], number: int) -> int | None:
        """Find the last page by the headers of this answer, or else by those before it."""
        told, count, first = answer.told, len(answer.items), self.paging.first_page
        claims: list[int] = []
        if told.total_pages is not None:
            claims.append(first + told.total_pages - 1)
        if told.total_items is not None and told.total_items >= count:
            claims.append(first + -(-told.total_items // self._size) - 1)
        if told.total_pages is None and told.total_items is None and self.last is not None:
            claims.append(self.last)
        # A claim that ends before a page with items is not true.
        return max((claim for claim in claims if claim >= number), default=None)

    def _learn_size(self, answer: Answer[T], number: int) -> int:
        told, count = answer.told, len(answer.items)
        size = self._size
        if told.page_size is not None and max(count, 1) <= told.page_size:
            size = min(size, told.page_size)
        if 0 < count < size:
            before = number - self.paging.first_page
            more_pages = told.total_pages is not None and before + 1 < told.total_pages
            more_items = told.total_items is not None and before * size + count < told.total_items
            if more_pages or more_items:
                # Only a last page may be short, and this is none: so large are pages here. Where
                # it is wrong (a server that hides items of a page), it costs a request.
                return count
        return size

    def _refuse_repetition(self, answer: Answer[T], number: int) -> None:
        before, now = self._page_number, answer.told.page_number
        if answer.mark in self._marks:
            found = f"page {number} is the same as a page before it"
        elif before is not None and now is not None and now <= before:
            found = f"the answer for page {number} says that it is page {now}, after page {before}"
        else:
            self._marks.add(answer.mark)
            self._page_number = now
            return
        raise PagingError(
            f"{self._request.operation.id}: {found}; the server does not move on, and the list "
            f"would never end. The items up to here were given; for a single page read the first "
            f"of pages() with {self.paging.page_parameter}=",
            operation=self._request.operation.id,
        )


def answer_reader(
    paging: Paging, decode: Callable[[httpx.Response], list[T]]
) -> Callable[[httpx.Response], Answer[T]]:
    """Return a function that reads a page's response, with ``decode`` for its items."""

    def read_answer(response: httpx.Response) -> Answer[T]:
        content = response.content
        items: list[T] = [] if is_empty_list(response.status_code, content) else decode(response)
        return Answer(items, read_headers(paging, response.headers), hash(content))

    return read_answer


def is_empty_list(status_code: int, content: bytes) -> bool:
    """Say whether an answer means an empty list in other words.

    Harness was seen to send ``{}``; a server in Go writes a list that was never made as ``null``.
    """
    if status_code == 204:
        return True
    if len(content) > 64:  # such an answer is short, and a page need not be searched for it
        return False
    text = content.strip()
    return text == b"null" or (text[:1] == b"{" and text[-1:] == b"}" and not text[1:-1].strip())


def read_headers(paging: Paging, headers: httpx.Headers) -> Told:
    """Read what the headers of a page tell; the first of several names that holds a number."""
    return Told(
        _first_number(headers, paging.total_items_headers),
        _first_number(headers, paging.total_pages_headers),
        _first_number(headers, paging.page_number_headers),
        _first_number(headers, paging.page_size_headers),
    )


def _first_number(headers: httpx.Headers, names: tuple[str, ...]) -> int | None:
    for name in names:
        # A header that came twice with one value is that value; httpx joins them with commas.
        values = {value.strip() for value in headers.get(name, "").split(",")}
        text = values.pop()
        if not values and text.isascii() and text.isdigit() and len(text) <= 18:
            return int(text)
    return None


def _read_whole_number(request: Request, parameter: str) -> int | None:
    value = request.query.get(parameter)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not value:  # None, or the value that stands for what was not given
        return None
    raise ConfigurationError(
        f"{request.operation.id}: {parameter} must be a whole number, not {value!r}"
    )
