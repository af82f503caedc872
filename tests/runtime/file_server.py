"""A server on loopback that takes content and gives content, whole or broken; made of sockets."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from harness_nextgen_runtime.operation import Operation

UPLOAD = Operation(id="upload_archive", method="PUT", path="/archive")
CREATE = Operation(id="create_archive", method="POST", path="/archive")
DOWNLOAD = Operation(id="download_archive", method="GET", path="/archive")

BLOCK = bytes(range(256)) * 256
"""64 KiB, of which all content is made."""


def pieces(length: int) -> Iterator[bytes]:
    """Give content of so many bytes, in blocks."""
    while length > 0:
        yield BLOCK[:length]
        length -= len(BLOCK)


def content(length: int) -> bytes:
    """Make content of so many bytes."""
    return b"".join(pieces(length))


def digest(chunks: Iterator[bytes]) -> str:
    """Digest content."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(chunk)
    return sha.hexdigest()


@dataclass
class Seen:
    """One request that came whole."""

    target: str
    headers: dict[str, str]
    length: int
    digest: str

    @property
    def framing(self) -> str | None:
        """How the body was framed."""
        return self.headers.get("content-length") or self.headers.get("transfer-encoding")


@dataclass
class FileServer:
    """What runs, and what it saw."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list[Seen])
    failures: list[str] = field(default_factory=list[str])
    """What the next requests meet: ``503``, or ``reset`` before the answer."""
    open_connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    go_on: threading.Event = field(default_factory=threading.Event)
    """What ``/slow`` waits for in the middle of its body."""


def _read_body(file: BinaryIO, headers: dict[str, str]) -> tuple[int, str]:
    sha = hashlib.sha256()
    done = 0

    def take(length: int) -> None:
        nonlocal done
        while length:
            chunk = file.read(min(length, 65536))
            if not chunk:
                raise ConnectionError("the body broke off")
            sha.update(chunk)
            done += len(chunk)
            length -= len(chunk)

    if headers.get("transfer-encoding") == "chunked":
        while size := int(file.readline(), 16):
            take(size)
            file.readline()
        file.readline()
    else:
        take(int(headers.get("content-length", 0)))
    return done, sha.hexdigest()


def _answer(server: FileServer, target: str, out: Callable[[bytes], None]) -> bool:
    """Answer a GET; false closes the connection."""
    kind, _, size = target.removeprefix("/").partition("/")
    length = int(size or 0)
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    match kind:
        case "whole":
            out(ok + b"Content-Length: %d\r\n\r\n" % length)
            for piece in pieces(length):
                out(piece)
        case "truncated":
            out(ok + b"Content-Length: %d\r\n\r\n" % (length + 1))
            for piece in pieces(length):
                out(piece)
            return False
        case "chunked" | "chunked-truncated":
            out(ok + b"Transfer-Encoding: chunked\r\n\r\n")
            for piece in pieces(length):
                out(b"%x\r\n%s\r\n" % (len(piece), piece))
            if kind == "chunked-truncated":
                return False
            out(b"0\r\n\r\n")
        case "gzip":
            body = gzip.compress(content(length))
            out(ok + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        case "slow":
            out(ok + b"Content-Length: %d\r\n\r\n" % length)
            out(content(length // 2))
            server.go_on.wait(10)
            out(content(length - length // 2))
        case "latin":
            out(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                b"Content-Length: 1\r\n\r\n\xe9"
            )
        case "nothing":
            out(b"HTTP/1.1 204 No Content\r\n\r\n")
        case _:
            body = json.dumps({"message": "no such archive"}).encode()
            out(
                b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
    return True


def _serve(server: FileServer, connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as file:
        while line := file.readline():
            method, target, _ = line.decode("ascii").split(" ", 2)
            headers: dict[str, str] = {}
            while header := file.readline().decode("latin-1").strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            with server.lock:
                failure = server.failures.pop(0) if server.failures else ""
            length, sha = _read_body(file, headers)
            with server.lock:
                server.seen.append(Seen(target, headers, length, sha))
            if failure == "reset":
                return
            if failure:
                connection.sendall(
                    b"HTTP/1.1 %s no\r\nContent-Length: 0\r\n\r\n" % failure.encode()
                )
            elif method == "GET":
                if not _answer(server, target, connection.sendall):
                    return
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@contextmanager
def file_server() -> Generator[FileServer, None, None]:
    """Run a server with a thread for each connection; all connections must be closed at the end."""
    server = FileServer()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve(connection: socket.socket) -> None:
        try:
            with suppress(OSError, ValueError):  # a client that broke off
                _serve(server, connection)
        finally:
            with server.lock:
                server.open_connections -= 1

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with server.lock:
                server.open_connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
        server.go_on.set()
        end = time.monotonic() + 5
        while server.open_connections:
            if time.monotonic() > end:
                raise AssertionError(f"{server.open_connections} connections were left open")
            time.sleep(0.002)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
