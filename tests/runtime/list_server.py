"""A server on loopback that serves a list in pages."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx

from harness_nextgen_runtime.operation import Operation, Paging

MODULES = Operation(
    id="list_modules",
    method="GET",
    path="/modules",
    paging=Paging(
        page_parameter="page",
        first_page=1,
        size_parameter="limit",
        maximum_size=100,
        total_items_headers=("x-total-items", "X-Total-Elements"),
        total_pages_headers=("x-total-pages",),
        page_number_headers=("X-Page-Number",),
        page_size_headers=("x-page-size", "X-Page-Size"),
    ),
)
"""Pages from 1, as modules have them."""

assert MODULES.paging is not None
ORGANIZATIONS = replace(
    MODULES,
    id="list_organizations",
    path="/organizations",
    paging=replace(MODULES.paging, first_page=0),
)
"""Pages from 0, as organizations have them."""


@dataclass
class Reply:
    """What the server answers; ``body`` is sent as it is where it is bytes, else as JSON."""

    body: Any
    headers: dict[str, str] = field(default_factory=dict[str, str])
    status: int = 200


class ListServer:
    """What runs, and what it saw."""

    def __init__(self, answer: Callable[[int, int], Reply], first: int, delay: float) -> None:
        self.answer = answer
        self.first = first
        self.delay = delay
        self.pages: list[int] = []
        """The pages that were asked for, in the order of their arrival."""
        self.queries: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.connections = 0
        """How many connections are open."""
        self.lock = threading.Lock()
        self.url = ""

    def reply(self, target: str, headers: dict[str, str]) -> Reply:
        """Answer one request, slowly."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        page, limit = int(query.get("page", self.first)), int(query.get("limit", 30))
        with self.lock:
            self.pages.append(page)
            self.queries.append(query)
            self.headers.append(headers)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            time.sleep(self.delay)
            return self.answer(page, limit)
        finally:
            with self.lock:
                self.at_once -= 1


def serve_items(
    count: int, *, headers: str = "iacm", cap: int = 1000, first: int = 1
) -> Callable[[int, int], Reply]:
    """Answer with ``count`` numbers, in pages of at most ``cap``; ``headers`` is their style."""

    def answer(page: int, limit: int) -> Reply:
        size = min(limit, cap)
        begin = (page - first) * size
        body = list(range(count))[begin : begin + size]
        pages = -(-count // size)
        styles: dict[str, dict[str, object]] = {
            "none": {},
            "iacm": {"x-total-items": count, "x-total-pages": pages, "x-page-size": size},
            "v1": {"X-Total-Elements": count, "X-Page-Number": page, "X-Page-Size": size},
            "items": {"X-TOTAL-ITEMS": count},
            "pages": {"X-Total-Pages": pages},
            "size": {"x-page-size": size},
            "nonsense": {
                "x-total-items": "many",
                "x-total-pages": "-1",
                "X-Page-Number": "first",
                "x-page-size": "",
            },
            "liar": {"x-total-items": 1, "x-total-pages": 0, "x-page-size": 0},
        }
        return Reply(body, {name: str(value) for name, value in styles[headers].items()})

    return answer


@contextmanager
def list_server(
    answer: Callable[[int, int], Reply], *, first: int = 1, delay: float = 0
) -> Generator[ListServer, None, None]:
    """Run a server with a thread for each connection."""
    state = ListServer(answer, first, delay)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            reply = state.reply(self.path, dict(self.headers.items()))
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def handle(self) -> None:
            with state.lock:
                state.connections += 1
            with suppress(ConnectionError):  # a client that left
                super().handle()
            with state.lock:
                state.connections -= 1

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that left

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def decode_numbers(response: httpx.Response) -> list[int]:
    """Decode a page of numbers."""
    items = json.loads(response.content)
    if not isinstance(items, list):
        raise TypeError(f"{items!r} is no list")
    return cast("list[int]", items)
