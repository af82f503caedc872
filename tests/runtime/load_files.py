"""Send and save one file of any size in all ways, and watch the memory of the client.

The client and the server are processes of their own, so that what is watched is the client alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from harness_nextgen_runtime.download import AsyncDownload, Download
from harness_nextgen_runtime.request import ContentBody, Request
from tests.runtime.clients import async_client, sync_client
from tests.runtime.file_server import DOWNLOAD, UPLOAD, file_server, pieces
from tests.runtime.processes import Line, read_memory, server_process

ALLOWED = 16 * 1024**2
"""Bytes that the process may have more than for a small file, whatever the size of the file."""


def send(url: str, path: Path) -> None:
    """Send a file with the client that blocks."""
    with sync_client(url) as client:
        body = ContentBody(path, "application/zip")
        client.call(Request(UPLOAD, "/archive", body=body), lambda _: None, {})


def send_async(url: str, path: Path) -> None:
    """Send a file with the asynchronous client."""

    async def run() -> None:
        async with async_client(url) as client:
            body = ContentBody(path, "application/zip")
            await client.call(Request(UPLOAD, "/archive", body=body), lambda _: None, {})

    asyncio.run(run())


def send_iterator(url: str, path: Path) -> None:
    """Send what an iterator gives, as much as there is at ``path``."""
    with sync_client(url) as client:
        body = ContentBody(pieces(path.stat().st_size), "application/zip")
        client.call(Request(UPLOAD, "/archive", body=body), lambda _: None, {})


def send_iterator_async(url: str, path: Path) -> None:
    """Send what an asynchronous iterator gives."""

    async def give() -> AsyncIterator[bytes]:
        for piece in pieces(path.stat().st_size):
            yield piece

    async def run() -> None:
        async with async_client(url) as client:
            body = ContentBody(give(), "application/zip")
            await client.call(Request(UPLOAD, "/archive", body=body), lambda _: None, {})

    asyncio.run(run())


def save(url: str, path: Path) -> None:
    """Save a file, as large as the one at ``path``, with the client that blocks."""
    with sync_client(url) as client:
        request = Request(DOWNLOAD, f"/whole/{path.stat().st_size}")
        Download(client, request).save(path.with_name("saved"))


def save_async(url: str, path: Path) -> None:
    """Save a file, as large as the one at ``path``, with the asynchronous client."""

    async def run() -> None:
        async with async_client(url) as client:
            request = Request(DOWNLOAD, f"/whole/{path.stat().st_size}")
            await AsyncDownload(client, request).save(path.with_name("saved"))

    asyncio.run(run())


TRANSFERS: dict[str, Callable[[str, Path], None]] = {
    "send": send,
    "send_async": send_async,
    "send_iterator": send_iterator,
    "send_iterator_async": send_iterator_async,
    "save": save,
    "save_async": save_async,
}


def write_file(path: Path, size: int) -> Path:
    """Write a file of a size."""
    with path.open("wb") as file:
        for piece in pieces(size):
            file.write(piece)
    return path


def peak_of(transfer: Callable[[str, Path], None], url: str, path: Path) -> tuple[int, float]:
    """Transfer in a process of its own; return the most memory that it had, and the seconds."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_watch, args=(transfer, url, path, there))
    process.start()
    there.close()
    try:
        peak: tuple[int, float] = here.recv()
        return peak
    finally:
        process.join()


def _watch(
    transfer: Callable[[str, Path], None], url: str, path: Path, connection: Connection
) -> None:
    begin = time.perf_counter()
    transfer(url, path)
    connection.send((read_memory("VmHWM"), time.perf_counter() - begin))


def measure_files(size: int) -> Iterator[Line]:
    """Transfer a large file in all ways and compare with a small one."""
    with tempfile.TemporaryDirectory() as folder, server_process(file_server) as url:
        small = write_file(Path(folder, "small"), 1024)
        large = write_file(Path(folder, "large"), size)
        saved = Path(folder, "saved")
        for name, transfer in TRANSFERS.items():
            base, _ = peak_of(transfer, url, small)
            peak, seconds = peak_of(transfer, url, large)
            grown = peak - base
            whole = not name.startswith("save") or saved.stat().st_size == size
            saved.unlink(missing_ok=True)
            yield Line(
                f"{name.replace('_', ' ')}, {size / 1024**2:,.0f} MiB",
                f"{size / 1024**2 / seconds:.0f} MiB/s, {grown / 1024**2:.1f} MiB more memory"
                + ("" if whole else ", but not all bytes came"),
                f"{ALLOWED / 1024**2:.0f} MiB",
                whole and grown <= ALLOWED,
            )
