"""The measurements of the sandbox: how many requests a second it answers."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import urlsplit

import httpx

from benchmarks.row import ROOT, Row
from harness_nextgen_sandbox import run_sandbox

_KEY = {"x-api-key": "pat.sandbox.token.secret", "Harness-Account": "sandbox"}
_MODULES = "/iacm/api/modules"
_PAGE = f"{_MODULES}?limit=100"
_CONNECTIONS = 8
_BATCH = 400
_URL = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n")


def measure_sandbox(repetitions: int) -> Iterator[Row]:
    """Measure everything about the sandbox."""
    yield time_start(repetitions * 10)
    yield from compare_serving(repetitions)


def time_start(repetitions: int) -> Row:
    """Time what a test pays for a sandbox of its own after the first."""
    times: list[float] = []
    for _ in range(repetitions + 1):
        begin = time.perf_counter()
        with run_sandbox() as sandbox:
            times.append((time.perf_counter() - begin) * 1e3)
            if httpx.get(sandbox.url + _PAGE, headers=_KEY).json():
                raise SystemExit("a new sandbox is not empty")
    taken = median(times[1:])
    return Row("a sandbox for one more test, in ms", f"{taken:.1f} ms", "", taken, 20)


def compare_serving(repetitions: int) -> Iterator[Row]:
    """Compare the sandbox with a bare Starlette that answers as many bytes to the same requests.

    So a row says what it costs that the spec is obeyed and something is kept. Both are processes
    of their own, with their state in memory, and take turns.
    """
    with _run("harness_nextgen_sandbox", "--port", "0", "--seed", "100") as url:
        page = httpx.get(url + _PAGE, headers=_KEY)
        one = f"{_MODULES}/{page.json()[0]['id']}"
        module = httpx.get(url + one, headers=_KEY)
        with _run("benchmarks.bare_server", module.text, page.text) as bare:
            for what, method, target, size, limit in (
                ("get of a module", "GET", one, len(module.content), 6),
                ("page of 100 modules", "GET", _PAGE, len(page.content), 30),
                ("creation of a module", "POST", _MODULES, None, 6),
            ):
                mine, peer = 0.0, 0.0
                for turn in range(repetitions):
                    requests = [_write(method, target, f"{turn}-{n}") for n in range(_BATCH)]
                    mine = max(mine, asyncio.run(_count(url, requests, size)))
                    peer = max(peer, asyncio.run(_count(bare, requests, size)))
                title = f"sandbox, {what}, to Starlette"
                yield Row(title, f"{mine:,.0f}/s", f"{peer:,.0f}/s", peer / mine, limit)


@contextmanager
def _run(module: str, *arguments: str) -> Generator[str]:
    """Run a server until the block ends; give its address, which its first line has."""
    command = (sys.executable, "-m", module, *arguments)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = _URL.search(process.stdout.readline())
            if not found:
                raise SystemExit(f"{module} does not start")
            yield found[0]
        finally:
            process.terminate()


def _write(method: str, target: str, name: str) -> bytes:
    """Write a request; one that creates has a name that is not taken."""
    body = f'{{"name":"{name}","system":"aws","description":"A VPC"}}' if method == "POST" else ""
    head = {
        **_KEY,
        "Host": "127.0.0.1",
        **({"Content-Type": "application/json"} if body else {}),
        "Content-Length": str(len(body)),
    }
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", body]).encode()


async def _count(url: str, requests: list[bytes], size: int | None) -> float:
    """Make requests over some connections; return how many were answered a second.

    With bare streams: a client of HTTP takes longer than the server, so it would be measured.
    """
    place = urlsplit(url)
    waiting = iter(requests)

    async def work() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head.lower())
            body = await reader.readexactly(int(length[1]) if length else 0)
            if not head.startswith(b"HTTP/1.1 200 ") or size not in (None, len(body)):
                raise SystemExit(f"another answer was expected: {head!r}")
        writer.close()
        await writer.wait_closed()

    begin = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(_CONNECTIONS)])
    return len(requests) / (time.perf_counter() - begin)
