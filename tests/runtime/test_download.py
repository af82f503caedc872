"""Content coming down, into memory, chunks and files, with both clients, from a real server."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime.client import AsyncClient, SyncClient
from harness_nextgen_runtime.download import AsyncDownload, Download
from harness_nextgen_runtime.errors import (
    ConfigurationError,
    ConnectionFailedError,
    DeadlineExceededError,
    NotFoundError,
    ResponseTooLargeError,
    TimedOutError,
)
from harness_nextgen_runtime.options import CallOptions
from harness_nextgen_runtime.request import Request
from tests.runtime.clients import async_client, sync_client
from tests.runtime.file_server import DOWNLOAD, FileServer, content, file_server

SIZE = 600_000


class Sync:
    """The uses of ``Download``."""

    def run(
        self,
        server: FileServer,
        target: str,
        use: str,
        *arguments: Any,
        options: CallOptions | None = None,
        **keywords: Any,
    ) -> Any:
        """Use a download, and return what comes of it."""
        with sync_client(server.url) as client:
            download = Download(client, Request(DOWNLOAD, target), options)
            if use == "iter_bytes":
                return list(download.iter_bytes(*arguments))
            return getattr(download, use)(*arguments, **keywords)


class Async:
    """The uses of ``AsyncDownload``."""

    def run(
        self,
        server: FileServer,
        target: str,
        use: str,
        *arguments: Any,
        options: CallOptions | None = None,
        **keywords: Any,
    ) -> Any:
        """Use a download, and return what comes of it."""

        async def run() -> Any:
            async with async_client(server.url) as client:
                download = AsyncDownload(client, Request(DOWNLOAD, target), options)
                if use == "iter_bytes":
                    return [chunk async for chunk in download.iter_bytes(*arguments)]
                return await getattr(download, use)(*arguments, **keywords)

        return asyncio.run(run())


@pytest.fixture(params=[Sync(), Async()], ids=["sync", "async"])
def both(request: pytest.FixtureRequest) -> Sync | Async:
    """Use downloads in both kinds of code."""
    both: Sync | Async = request.param
    return both


@pytest.mark.parametrize("kind", ["whole", "chunked", "gzip"])
def test_whole_content(both: Sync | Async, tmp_path: Path, kind: str) -> None:
    """However it is framed, the content comes whole into memory, chunks and files."""
    with file_server() as server:
        target = f"/{kind}/{SIZE}"
        assert both.run(server, target, "read") == content(SIZE)
        chunks = both.run(server, target, "iter_bytes", 100_000)
        assert [len(chunk) for chunk in chunks] == 6 * [100_000]
        assert b"".join(chunks) == content(SIZE)
        assert both.run(server, target, "save", tmp_path / "a.zip") == tmp_path / "a.zip"
        assert (tmp_path / "a.zip").read_bytes() == content(SIZE)
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("target", ["/whole/0", "/nothing"])
def test_nothing(both: Sync | Async, tmp_path: Path, target: str) -> None:
    """Empty content is an empty file, and no chunk."""
    with file_server() as server:
        assert both.run(server, target, "read") == b""
        assert both.run(server, target, "text") == ""
        assert both.run(server, target, "iter_bytes") == []
        assert both.run(server, target, "save", str(tmp_path / "a")).read_bytes() == b""


def test_text(both: Sync | Async) -> None:
    """Text is read in the charset that the server names."""
    with file_server() as server:
        assert both.run(server, "/latin", "text") == "é"
        assert both.run(server, "/whole/65", "text").endswith("?@")


def test_nothing_is_sent_before_use() -> None:
    """Making a download, or an iterator of it, sends nothing; walking it does."""
    with file_server() as server, sync_client(server.url) as client:
        download = Download(client, Request(DOWNLOAD, "/whole/10"))
        iter(download)
        download.iter_bytes()
        assert not server.seen
        assert list(download) == [content(10)]
        assert repr(download) == "<Download of download_archive>"


def test_each_use_asks_anew() -> None:
    """A download can be used more than once, and be walked as it is."""

    async def twice(server: FileServer) -> None:
        async with async_client(server.url) as client:
            download = AsyncDownload(client, Request(DOWNLOAD, "/whole/10"))
            assert await download.read() == content(10)
            assert [chunk async for chunk in download] == [content(10)]

    with file_server() as server:
        asyncio.run(twice(server))
        with sync_client(server.url) as client:
            download = Download(client, Request(DOWNLOAD, "/whole/10"))
            assert download.read() == content(10)
            assert list(download) == [content(10)]
        assert len(server.seen) == 4


def test_asks_for_any_type_and_for_plain_bytes(both: Sync | Async, tmp_path: Path) -> None:
    """All media types are accepted, and what goes to a file is not to be packed on the way."""
    with file_server() as server:
        both.run(server, "/whole/1", "read")
        both.run(server, "/whole/1", "iter_bytes")
        both.run(server, "/whole/1", "save", tmp_path / "a")
    assert [seen.headers["accept"] for seen in server.seen] == 3 * ["*/*"]
    assert [seen.headers["accept-encoding"] for seen in server.seen][1:] == 2 * ["identity"]


def test_headers_of_the_request_win() -> None:
    """A request that names the type that it wants keeps it."""
    with file_server() as server, sync_client(server.url) as client:
        request = Request(DOWNLOAD, "/whole/1", headers={"Accept": "text/markdown"})
        Download(client, request).read()
        list(Download(client, request))
    assert [seen.headers["accept"] for seen in server.seen] == 2 * ["text/markdown"]
    assert request.headers == {"Accept": "text/markdown"}


@pytest.mark.parametrize("kind", ["truncated", "chunked-truncated"])
def test_truncated(both: Sync | Async, tmp_path: Path, kind: str) -> None:
    """Content that breaks off is an error everywhere, and leaves no file."""
    with file_server() as server:
        for use in ("read", "iter_bytes"):
            with pytest.raises(ConnectionFailedError, match="download_archive"):
                both.run(server, f"/{kind}/{SIZE}", use)
        with pytest.raises(ConnectionFailedError, match="download_archive"):
            both.run(server, f"/{kind}/{SIZE}", "save", tmp_path / "a.zip")
    assert os.listdir(tmp_path) == []


def test_truncated_by_a_transport_that_does_not_look(tmp_path: Path) -> None:
    """A transport of the user's own that lets content break off is found out, too."""

    class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Length": "9"}, content=iter([b"abc"]))

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async def chunks() -> AsyncIterator[bytes]:
                yield b"abc"

            return httpx.Response(200, headers={"Content-Length": "9"}, content=chunks())

    url = "http://127.0.0.1:9"
    with SyncClient("key", base_url=url, transport=Broken()) as client:
        download = Download(client, Request(DOWNLOAD, "/"))
        with pytest.raises(ConnectionFailedError, match="after 3 bytes of 9"):
            list(download)
        with pytest.raises(ConnectionFailedError, match="after 3 bytes of 9"):
            download.save(tmp_path / "a")

    async def run() -> None:
        async with AsyncClient("key", base_url=url, transport=Broken()) as client:
            download = AsyncDownload(client, Request(DOWNLOAD, "/"))
            with pytest.raises(ConnectionFailedError, match="after 3 bytes of 9"):
                async for _ in download:
                    pass
            with pytest.raises(ConnectionFailedError, match="after 3 bytes of 9"):
                await download.save(tmp_path / "a")

    asyncio.run(run())
    assert os.listdir(tmp_path) == []


def test_answer_that_is_in_memory(tmp_path: Path) -> None:
    """What httpx.MockTransport answers is whole, though httpx counts none of its bytes."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content(SIZE)))
    told: list[tuple[int, int | None]] = []
    request = Request(DOWNLOAD, "/file")

    async def use() -> list[bytes]:
        async with AsyncClient("key", base_url="https://x", transport=transport) as client:
            download = AsyncDownload(client, request)
            await download.save(tmp_path / "other")
            return [chunk async for chunk in download]

    with SyncClient("key", base_url="https://x", transport=transport) as client:
        download = Download(client, request)
        file = download.save(tmp_path / "file", progress=lambda *done: told.append(done))
        assert b"".join(download) == file.read_bytes() == content(SIZE)
    assert told[-1] == (SIZE, SIZE)
    assert b"".join(asyncio.run(use())) == (tmp_path / "other").read_bytes() == content(SIZE)


def test_error_of_the_server(both: Sync | Async, tmp_path: Path) -> None:
    """An error of the server is raised as by any call, and leaves no file."""
    with file_server() as server:
        for use, arguments in (("read", ()), ("iter_bytes", ()), ("save", (tmp_path / "a",))):
            with pytest.raises(NotFoundError, match="no such archive"):
                both.run(server, "/absent", use, *arguments)
    assert os.listdir(tmp_path) == []


def test_limit_is_for_memory_alone(both: Sync | Async, tmp_path: Path) -> None:
    """``max_response_bytes`` refuses what is read into memory, not what is streamed."""
    limit: CallOptions = {"max_response_bytes": SIZE - 1}
    with file_server() as server:
        for kind in ("whole", "chunked", "gzip"):
            for use in ("read", "text"):
                with pytest.raises(ResponseTooLargeError):
                    both.run(server, f"/{kind}/{SIZE}", use, options=limit)
        both.run(server, f"/whole/{SIZE}", "save", tmp_path / "a", options=limit)
        both.run(server, f"/whole/{SIZE}", "iter_bytes", options=limit)
    assert (tmp_path / "a").stat().st_size == SIZE


def test_time_of_a_download(both: Sync | Async, tmp_path: Path) -> None:
    """A body that stops coming meets the timeout or the deadline, and leaves no file."""
    with file_server() as server:
        with pytest.raises(TimedOutError):
            both.run(server, "/slow/9999", "save", tmp_path / "a", options={"timeout": 0.1})
        with pytest.raises(DeadlineExceededError):
            both.run(server, "/slow/9999", "save", tmp_path / "a", options={"deadline": 0.1})
    assert os.listdir(tmp_path) == []


def test_other_file_is_left_until_the_end(both: Sync | Async, tmp_path: Path) -> None:
    """A file of that name is whole at any time: the old one, then the new one."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"old")
    path.chmod(0o640)
    during: list[bytes] = []
    with file_server() as server:

        def look(done: int, total: int | None) -> None:
            during.append(path.read_bytes())

        both.run(server, f"/whole/{SIZE}", "save", path, progress=look)
        assert set(during) == {b"old"}
        assert path.read_bytes() == content(SIZE)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        with pytest.raises(ConnectionFailedError):
            both.run(server, f"/truncated/{SIZE}", "save", path)
        assert path.read_bytes() == content(SIZE)
    assert os.listdir(tmp_path) == ["a.zip"]


def test_mode_of_a_new_file(both: Sync | Async, tmp_path: Path) -> None:
    """A new file has the mode that any new file has."""
    (tmp_path / "usual").write_bytes(b"")
    with file_server() as server:
        both.run(server, "/whole/1", "save", tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_link_is_followed(both: Sync | Async, tmp_path: Path) -> None:
    """What a link points to is written, as opening it would; the link stays."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to("folder/file")
    with file_server() as server:
        assert both.run(server, "/whole/5", "save", link) == link
    assert link.is_symlink()
    assert (tmp_path / "folder" / "file").read_bytes() == content(5)


def test_paths_that_cannot_be_written(both: Sync | Async, tmp_path: Path) -> None:
    """A folder, a device and a folder that is not there are refused before anything is sent."""
    with file_server() as server:
        with pytest.raises(IsADirectoryError):
            both.run(server, "/whole/1", "save", tmp_path)
        with pytest.raises(FileNotFoundError) as absent:
            both.run(server, "/whole/1", "save", tmp_path / "absent" / "a")
        assert absent.value.filename == str(tmp_path / "absent")
        with pytest.raises(ConfigurationError, match="no regular file"):
            both.run(server, "/whole/1", "save", "/dev/null")
    assert not server.seen
    assert os.listdir(tmp_path) == []


def test_longest_name(both: Sync | Async, tmp_path: Path) -> None:
    """The longest name that a file can have is no trouble for the temporary one."""
    path = tmp_path / (84 * "€" + "abc")
    assert len(os.fsencode(path.name)) == 255
    with file_server() as server:
        both.run(server, "/whole/1", "save", path)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_interrupted(both: Sync | Async, tmp_path: Path, error: type[BaseException]) -> None:
    """Whatever interrupts a download comes out unchanged, and leaves no file."""

    def interrupt(done: int, total: int | None) -> None:
        if done:
            assert len(os.listdir(tmp_path)) == 1
            raise error

    with file_server() as server, pytest.raises(error):
        both.run(server, f"/whole/{SIZE}", "save", tmp_path / "a", progress=interrupt)
    assert os.listdir(tmp_path) == []


def test_cancelled(tmp_path: Path) -> None:
    """A download that is cancelled leaves no file and no connection."""

    async def run(server: FileServer) -> None:
        async with async_client(server.url) as client:
            download = AsyncDownload(client, Request(DOWNLOAD, f"/slow/{SIZE}"))
            task = asyncio.create_task(download.save(tmp_path / "a"))
            while not os.listdir(tmp_path) or not next(tmp_path.iterdir()).stat().st_size:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert os.listdir(tmp_path) == []

    with file_server() as server:
        asyncio.run(run(server))


def test_disk_that_takes_no_more(
    both: Sync | Async, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk comes out unchanged, and leaves no file."""
    from harness_nextgen_runtime import download

    def fail(self: object, chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.UnfinishedFile, "write", fail)
    with file_server() as server, pytest.raises(OSError, match="No space left"):
        both.run(server, f"/whole/{SIZE}", "save", tmp_path / "a")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("kind", "known"), [("whole", True), ("chunked", False), ("gzip", True)])
def test_progress(both: Sync | Async, tmp_path: Path, kind: str, known: bool) -> None:
    """Progress begins at nothing, rises, and ends at the total where the server tells one."""
    told: list[tuple[int, int | None]] = []

    def note(done: int, total: int | None) -> None:
        told.append((done, total))

    with file_server() as server:
        both.run(
            server,
            f"/{kind}/{SIZE}",
            "save",
            tmp_path / "a",
            progress=note,
        )
    done = [number for number, _ in told]
    assert done == sorted(done)
    assert done[0] == 0
    if known:
        assert {total for _, total in told} == {done[-1]}
    else:
        assert {total for _, total in told} == {None}
    if kind != "gzip":
        assert done[-1] == SIZE


def test_left_early() -> None:
    """Leaving the loop closes the connection, though half of the content is still to come."""
    with file_server() as server:
        with sync_client(server.url) as client:
            for _ in Download(client, Request(DOWNLOAD, f"/whole/{100 * SIZE}")).iter_bytes(10):
                break
            wait_for_no_connection(server)

        async def run() -> None:
            async with async_client(server.url) as client:
                download = AsyncDownload(client, Request(DOWNLOAD, f"/whole/{100 * SIZE}"))
                async with aclosing(download.iter_bytes(10)) as chunks:
                    async for _ in chunks:
                        break
                await asyncio.to_thread(wait_for_no_connection, server)

        asyncio.run(run())


def wait_for_no_connection(server: FileServer) -> None:
    """Wait until no connection is open."""
    end = time.monotonic() + 5
    while server.open_connections:
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, None])
def test_chunk_sizes_that_are_none(size: int) -> None:
    """A chunk size that is no whole number from 1 is refused at once."""
    with (
        sync_client("http://127.0.0.1:9") as client,
        pytest.raises(ConfigurationError, match="chunk_size"),
    ):
        Download(client, Request(DOWNLOAD, "/")).iter_bytes(size)


def test_event_loop_is_not_held_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a slow disk writes, the event loop goes on."""
    from harness_nextgen_runtime import download

    write = download.UnfinishedFile.write
    threads: set[int] = set()

    def slow(self: Any, chunk: bytes) -> None:
        threads.add(threading.get_ident())
        write(self, chunk)

    monkeypatch.setattr(download.UnfinishedFile, "write", slow)
    with file_server() as server:
        Async().run(server, f"/whole/{SIZE}", "save", tmp_path / "a")
    assert threads
    assert threading.get_ident() not in threads


def test_many_at_once(tmp_path: Path) -> None:
    """Many threads that save with one client each get their own content."""
    with file_server() as server, sync_client(server.url) as client:

        def save(number: int) -> None:
            request = Request(DOWNLOAD, f"/whole/{number * 10_000}")
            Download(client, request).save(tmp_path / str(number))

        threads = [threading.Thread(target=save, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number in range(16):
            assert (tmp_path / str(number)).read_bytes() == content(number * 10_000)
