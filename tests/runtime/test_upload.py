"""Content going up, from every source and in both kinds of code, to a real server."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ServerError,
)
from harness_nextgen_runtime.request import ContentBody, Progress, Request
from harness_nextgen_runtime.upload import Upload
from tests.runtime.clients import async_client, sync_client
from tests.runtime.file_server import (
    CREATE,
    UPLOAD,
    FileServer,
    Seen,
    content,
    digest,
    file_server,
    pieces,
)

SIZE = 600_000
"""More than two chunks, and no multiple of one."""

Send = Callable[[FileServer, Upload], None]


def send_sync(server: FileServer, up: Upload) -> None:
    """Send one attempt as the blocking client does."""
    with httpx.Client(verify=False) as client, closing(up):
        client.send(
            httpx.Request("PUT", server.url, headers=_head(up), **up.open(asynchronous=False))
        )


def send_async(server: FileServer, up: Upload) -> None:
    """Send one attempt as the asynchronous client does."""

    async def send() -> None:
        async with httpx.AsyncClient(verify=False) as client:
            with closing(up):
                await client.send(
                    httpx.Request(
                        "PUT", server.url, headers=_head(up), **up.open(asynchronous=True)
                    )
                )

    asyncio.run(send())


def _head(up: Upload) -> dict[str, str]:
    return {} if up.length is None else {"Content-Length": str(up.length)}


@pytest.fixture(params=[send_sync, send_async], ids=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    """Send in both kinds of code."""
    send: Send = request.param
    return send


def body(source: Any, progress: Progress | None = None) -> ContentBody:
    """Describe content."""
    return ContentBody(source, "application/zip", progress)


class Once(io.RawIOBase):
    """A file that cannot be rewound."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


class Chunks:
    """A collection of chunks that is not a list."""

    def __iter__(self) -> Iterator[bytes]:
        return pieces(SIZE)


async def pieces_async(length: int) -> AsyncIterator[bytes]:
    """Give content from asynchronous code."""
    for piece in pieces(length):
        await asyncio.sleep(0)
        yield piece


class AsyncChunks:
    """A collection that asynchronous code walks, as often as it likes."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return pieces_async(SIZE)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Write a file to be sent."""
    path = tmp_path / "archive.zip"
    path.write_bytes(content(SIZE))
    return path


# name: (source, whether its length is known, whether it can be sent again)
SOURCES: dict[str, tuple[Callable[[Path], Any], bool, bool]] = {
    "bytes": (lambda path: path.read_bytes(), True, True),
    "bytearray": (lambda path: bytearray(path.read_bytes()), True, True),
    "memoryview": (lambda path: memoryview(path.read_bytes()), True, True),
    "path": (lambda path: path, True, True),
    "file": (lambda path: path.open("rb"), True, True),
    "unbuffered file": (lambda path: path.open("rb", buffering=0), True, True),
    "memory file": (lambda path: io.BytesIO(path.read_bytes()), True, True),
    "file without a way back": (lambda path: Once(path.read_bytes()), False, False),
    "list": (lambda _: list(pieces(SIZE)), True, True),
    "generator": (lambda _: pieces(SIZE), False, False),
    "iterator with empty chunks": (
        lambda _: iter([b"", *pieces(SIZE), b"", bytearray(), b""]),
        False,
        False,
    ),
    "collection": (lambda _: Chunks(), False, True),
}
ASYNCHRONOUS: dict[str, tuple[Callable[[Path], Any], bool, bool]] = {
    "async generator": (lambda _: pieces_async(SIZE), False, False),
    "async collection": (lambda _: AsyncChunks(), False, True),
}
EXPECTED = digest(pieces(SIZE))


def check_source(
    send: Send, archive: Path, make: Callable[[Path], Any], known: bool, again: bool
) -> None:
    """Send a source once, and a second time where it can be; compare what came."""
    with file_server() as server:
        source = make(archive)
        up = Upload(body(source))
        assert not up.is_spent
        send(server, up)
        assert up.is_spent is not again
        if again:
            send(server, up)
        for seen in server.seen:
            assert (seen.length, seen.digest) == (SIZE, EXPECTED)
            assert seen.framing == (str(SIZE) if known else "chunked")
        assert len(server.seen) == (2 if again else 1)
        if hasattr(source, "closed"):
            assert not source.closed
            source.close()


@pytest.mark.parametrize("name", SOURCES)
def test_sources(send: Send, archive: Path, name: str) -> None:
    """Every source arrives unchanged, framed as is known, and again where that is possible."""
    check_source(send, archive, *SOURCES[name])


@pytest.mark.parametrize("name", ASYNCHRONOUS)
def test_asynchronous_sources(archive: Path, name: str) -> None:
    """Asynchronous sources arrive unchanged from the asynchronous client."""
    check_source(send_async, archive, *ASYNCHRONOUS[name])


def test_asynchronous_source_in_a_client_that_blocks() -> None:
    """An asynchronous source is refused by the client that blocks, before anything is sent."""
    with pytest.raises(ConfigurationError, match="takes the asynchronous client"):
        Upload(body(pieces_async(1))).open(asynchronous=False)


@pytest.mark.parametrize("source", [b"", "", [], iter([]), io.BytesIO()])
def test_nothing(send: Send, source: Any) -> None:
    """Empty content is sent as such."""
    with file_server() as server:
        send(server, Upload(body(source)))
        assert server.seen[0].length == 0


def test_text(send: Send) -> None:
    """Text goes out as UTF-8, and half a character is refused before."""
    with file_server() as server:
        send(server, Upload(body("grüß 🦆")))
        assert server.seen[0].digest == digest(iter(["grüß 🦆".encode()]))
    with pytest.raises(ConfigurationError, match="no Unicode text"):
        Upload(body("\ud800"))


def test_file_from_where_it_stands(send: Send, archive: Path) -> None:
    """An opened file is sent from where it stood, and a second attempt begins there again."""
    with file_server() as server, archive.open("rb") as file:
        file.seek(1000)
        up = Upload(body(file))
        assert file.tell() == 1000
        send(server, up)
        file.seek(7)
        send(server, up)
    expected = digest(iter([content(SIZE)[1000:]]))
    assert [(seen.framing, seen.digest) for seen in server.seen] == [("599000", expected)] * 2


def test_file_that_stands_at_its_end(send: Send) -> None:
    """A file that was read, or that stands behind its end, has nothing left to send."""
    for position in (3, 9):
        file = io.BytesIO(b"abc")
        file.seek(position)
        with file_server() as server:
            send(server, Upload(body(file)))
            assert server.seen[0].framing == "0"


def test_file_that_does_not_know_its_end(send: Send) -> None:
    """A file that finds its start and not its end goes in chunks, as often as needed."""

    class Endless(io.BytesIO):
        def seek(self, position: int, whence: int = 0, /) -> int:
            if whence == os.SEEK_END:
                raise io.UnsupportedOperation("seek from the end")
            return super().seek(position, whence)

    with file_server() as server:
        up = Upload(body(Endless(content(SIZE))))
        send(server, up)
        send(server, up)
    assert [(seen.framing, seen.digest) for seen in server.seen] == [("chunked", EXPECTED)] * 2


def test_pipe(send: Send, tmp_path: Path) -> None:
    """A named pipe is sent in chunks, once, and not opened before that."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content(SIZE)))
    writer.start()
    with file_server() as server:
        up = Upload(body(pipe))
        send(server, up)
        writer.join()
        assert up.is_spent
        assert (server.seen[0].framing, server.seen[0].digest) == ("chunked", EXPECTED)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """A path that leads nowhere, or to a folder, is Python's own error, before all else."""
    with pytest.raises(FileNotFoundError, match="absent"):
        Upload(body(tmp_path / "absent"))
    with pytest.raises(IsADirectoryError):
        Upload(body(tmp_path))


def test_what_cannot_be_sent(archive: Path) -> None:
    """Text files, closed files and what is no content are refused before anything is sent."""
    with (
        archive.open(encoding="latin-1") as file,
        pytest.raises(ConfigurationError, match="binary mode"),
    ):
        Upload(body(file))
    with pytest.raises(ConfigurationError, match="closed"):
        Upload(body(file.buffer))
    with pytest.raises(ConfigurationError, match="int cannot be sent"):
        Upload(body(5))
    with pytest.raises(ConfigurationError, match="must give bytes, not str"):
        Upload(body(["text"]))


@pytest.mark.parametrize("chunk", ["text", 5, None])
def test_chunks_that_are_no_bytes(send: Send, chunk: object) -> None:
    """An iterator that gives anything but bytes ends the call with an error that says so."""
    with file_server() as server, pytest.raises(ConfigurationError, match="must give bytes, not"):
        send(server, Upload(body(iter([b"a", chunk]))))


def test_file_that_does_not_wait(send: Send) -> None:
    """A file that has no bytes yet and does not wait for them is refused, not taken as ended."""

    class Impatient(Once):
        def read(self, size: int = -1) -> bytes:
            return None  # type: ignore[return-value]

    with file_server() as server, pytest.raises(ConfigurationError, match="does not wait"):
        send(server, Upload(body(Impatient(b""))))


def test_file_that_shrinks(send: Send, archive: Path) -> None:
    """A file that becomes shorter after its length was told ends the call with an error."""
    up = Upload(body(archive))
    os.truncate(archive, 1000)
    with (
        file_server() as server,
        pytest.raises(ConfigurationError, match="shorter while it was sent: 1000 bytes of 600000"),
    ):
        send(server, up)
    assert not server.seen


def test_file_that_grows(send: Send, archive: Path) -> None:
    """Of a file that grows after its length was told, so much is sent as was told."""
    up = Upload(body(archive))
    with archive.open("ab") as file:
        file.write(bytes(1000))
    with file_server() as server:
        send(server, up)
    assert server.seen[0].digest == EXPECTED


@pytest.mark.parametrize("name", ["bytes", "path", "file", "list", "generator"])
def test_progress(send: Send, archive: Path, name: str) -> None:
    """Progress begins at 0, only rises, ends at all, and has the total where that is known."""
    make, known, _ = SOURCES[name]
    told: list[tuple[int, int | None]] = []
    source = make(archive)
    with file_server() as server:
        send(server, Upload(body(source, lambda done, total: told.append((done, total)))))
    if isinstance(source, io.BufferedReader):
        source.close()
    done = [number for number, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, SIZE)
    assert len(done) > 3
    assert {total for _, total in told} == {SIZE if known else None}


def test_error_of_progress(send: Send, archive: Path) -> None:
    """What the progress callback raises ends the call and comes out unchanged."""

    def stop(done: int, total: int | None) -> None:
        if done:
            raise KeyError("enough")

    with file_server() as server, pytest.raises(KeyError, match="enough"):
        send(server, Upload(body(archive, stop)))
    assert not server.seen


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_path_is_closed_after_a_failure(send: Send, archive: Path) -> None:
    """The file behind a path is closed when sending breaks off, though the error is kept."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    archive.write_bytes(content(20_000_000))
    with pytest.raises(httpx.TransportError) as kept:
        send(FileServer(url), Upload(body(archive)))
    thread.join()
    listener.close()
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the one that lists this folder
            assert os.readlink(f"/proc/self/fd/{number}") != str(archive)
    assert kept.value.request


def test_event_loop_is_not_held_up() -> None:
    """While a source takes its time, the event loop goes on."""

    def slow() -> Iterator[bytes]:
        for _ in range(5):
            time.sleep(0.05)
            yield b"x"

    async def run(server: FileServer) -> float:
        longest = 0.0

        async def tick() -> None:
            nonlocal longest
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - before)

        ticking = asyncio.create_task(tick())
        async with httpx.AsyncClient(verify=False) as client:
            request = httpx.Request(
                "PUT", server.url, **Upload(body(slow())).open(asynchronous=True)
            )
            await client.send(request)
        ticking.cancel()
        return longest

    with file_server() as server:
        assert asyncio.run(run(server)) < 0.045


def upload_sync(server: FileServer, request: Request) -> None:
    """Send with the client that blocks, and two retries."""
    with sync_client(server.url, retries=2) as client:
        client.call(request, lambda _: None, {})


def upload_async(server: FileServer, request: Request) -> None:
    """Send with the asynchronous client, and two retries."""

    async def run() -> None:
        async with async_client(server.url, retries=2) as client:
            await client.call(request, lambda _: None, {})

    asyncio.run(run())


UploadWith = Callable[[FileServer, Request], None]


@pytest.fixture(params=[upload_sync, upload_async], ids=["sync", "async"])
def upload_with(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> UploadWith:
    """Send with both clients, whose waits are short."""
    monkeypatch.setattr("harness_nextgen_runtime.constants.FIRST_DELAY", 0.01)
    upload_with: UploadWith = request.param
    return upload_with


@pytest.mark.parametrize("name", ["path", "file", "list", "bytes"])
def test_retry_sends_all_again(upload_with: UploadWith, archive: Path, name: str) -> None:
    """After a 503 the client sends all of what can be sent again, from where it stood."""
    source = SOURCES[name][0](archive)
    with file_server() as server:
        server.failures += ["503", "503"]
        upload_with(server, Request(UPLOAD, "/archive", body=body(source)))
    assert [(seen.length, seen.digest) for seen in server.seen] == 3 * [(SIZE, EXPECTED)]
    if isinstance(source, io.BufferedReader):
        source.close()


@pytest.mark.parametrize("name", ["generator", "file without a way back"])
def test_no_retry_of_what_is_gone(upload_with: UploadWith, archive: Path, name: str) -> None:
    """After a 503 the client does not repeat what can be read only once."""
    with file_server() as server:
        server.failures += ["503"]
        with pytest.raises(ServerError):
            upload_with(server, Request(UPLOAD, "/archive", body=body(SOURCES[name][0](archive))))
    assert len(server.seen) == 1


def test_no_second_post_after_a_reset(upload_with: UploadWith, archive: Path) -> None:
    """A POST whose connection broke after it was sent is not repeated."""
    with file_server() as server:
        server.failures += ["reset"]
        with pytest.raises(ConnectionFailedError):
            upload_with(server, Request(CREATE, "/archive", body=body(archive)))
    assert len(server.seen) == 1


def test_headers_of_the_client(upload_with: UploadWith, archive: Path) -> None:
    """The client sends the media type and the length of a file."""
    with file_server() as server:
        upload_with(server, Request(UPLOAD, "/archive", body=body(archive)))
    seen: Seen = server.seen[0]
    assert seen.headers["content-type"] == "application/zip"
    assert seen.headers["content-length"] == str(SIZE)
    assert "transfer-encoding" not in seen.headers


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_client_closes_what_it_opened(upload_with: UploadWith, archive: Path) -> None:
    """The clients close the file behind a path when sending breaks off, though the error stays."""
    archive.write_bytes(content(20_000_000))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def refuse() -> None:
            connection, _ = listener.accept()
            connection.recv(10)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(ConnectionFailedError) as kept:
            upload_with(FileServer(url), Request(CREATE, "/archive", body=body(archive)))
        thread.join()
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the one that lists this folder
            assert os.readlink(f"/proc/self/fd/{number}") != str(archive)
    assert kept.value.operation == "create_archive"
