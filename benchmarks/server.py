"""Serve modules on loopback from a process of its own: ``python -m benchmarks.server``.

One module is answered at once, a page of 100 after 50 ms, as from a server far away.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from benchmarks.modules import make_module
from benchmarks.row import ROOT

DELAY = 0.05
MODULES = 10_000
SIZE = 100


@contextmanager
def run_server() -> Generator[str, None, None]:
    """Run the server until the block ends; give its address."""
    command = (sys.executable, "-m", "benchmarks.server")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


class _Connection(asyncio.Protocol):
    """Answers one GET after the other; nothing else is asked here."""

    def __init__(self, module: bytes, pages: list[bytes]) -> None:
        self._module = module
        self._pages = pages
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        query = parse_qs(urlsplit(self._received.split(b" ", 2)[1]).query)
        self._received = b""
        if query:
            page = self._pages[int(query[b"page"][0]) - 1]
            asyncio.get_running_loop().call_later(DELAY, self._transport.write, page)
        else:
            self._transport.write(self._module)


def _render(value: object) -> bytes:
    body = json.dumps(value).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"x-total-items: {MODULES}\r\nx-page-size: {SIZE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _serve() -> None:
    pages = [
        _render([make_module(number) for number in range(begin, begin + SIZE)])
        for begin in range(0, MODULES, SIZE)
    ]
    module = _render(make_module(0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(module, pages), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
