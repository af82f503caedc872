"""A server on loopback that answers as badly as it is told to, and remembers what it saw.

A script is a list of acts, one for each connection's next request; the last one is repeated. An
act is given the socket, and returns whether the connection may serve another request.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

JSON = "application/json"
GOOD = b'{"id":"1","name":"vpc"}'


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Act = Callable[[socket.socket, Seen], bool]


@dataclass
class FaultServer:
    """The server; a context manager. ``requests`` and ``connections`` say what it saw."""

    script: Iterable[Act] = ()
    reset_on_accept: bool = False
    certificate: str | None = None
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> FaultServer:
        self._acts = list(self.script)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._context: ssl.SSLContext | None = None
        if self.certificate:
            self.url = self.url.replace("http:", "https:")
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(self.certificate)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A thread in accept() is not woken by close().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self.wait_until_idle()

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    def wait_until_idle(self, seconds: float = 3) -> None:
        """Wait until no connection is open; fails when one stays."""
        end = time.monotonic() + seconds
        while self.open_connections:
            assert time.monotonic() < end, f"{self.open_connections} connections stay open"
            time.sleep(0.005)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                if not self.reset_on_accept:
                    self._open.add(connection)
            if self.reset_on_accept:
                reset(connection)
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain = connection
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                while (seen := read_request(file)) is not None:
                    with self._lock:
                        self.requests.append(seen)
                        act = self._acts[0] if len(self._acts) == 1 else self._acts.pop(0)
                    if not act(connection, seen):
                        return
        except OSError:
            pass
        finally:
            plain.close()
            with self._lock:
                self._open.discard(plain)


def read_request(file) -> Seen | None:  # type: ignore[no-untyped-def]
    """Read one request, or None when the client is gone."""
    line = file.readline().decode("latin-1")
    if line.count(" ") < 2:  # nothing, or no HTTP
        return None
    method, target, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    while (line := file.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = b""
    if "content-length" in headers:
        body = file.read(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(file.readline(), 16):
            body += file.read(size)
            file.readline()
        file.readline()
    return Seen(method, target, headers, body)


def head(status: int, *headers: str) -> bytes:
    """Write the start of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} Some Reason", *headers, "", ""]).encode("latin-1")


def answer(
    status: int = 200, body: bytes = GOOD, *headers: str, media_type: str = JSON, delay: float = 0
) -> Act:
    """Answer as one should."""
    start = head(status, f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers)

    def act(connection: socket.socket, seen: Seen) -> bool:
        if delay:
            time.sleep(delay)
        connection.sendall(start if seen.method == "HEAD" or status in (204, 304) else start + body)
        return True

    return act


def echo_target(connection: socket.socket, seen: Seen) -> bool:
    """Answer with the target that was asked for."""
    return answer(200, b'"%s"' % seen.target.encode())(connection, seen)


def send(*parts: bytes | float) -> Act:
    """Send bytes as they are, waiting where a number stands, and close."""

    def act(connection: socket.socket, seen: Seen) -> bool:
        for part in parts:
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                time.sleep(part)
        return False

    return act


def reset(connection: socket.socket) -> None:
    """Break a connection off: the other side gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reset_after_reading(connection: socket.socket, seen: Seen) -> bool:
    """Read the request, then break off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def answer_and_close(connection: socket.socket, seen: Seen) -> bool:
    """Answer as if the connection stayed, and close it."""
    answer()(connection, seen)
    return False


def redirect(location: str, status: int = 302) -> Act:
    """Point elsewhere."""
    return answer(status, b"", f"Location: {location}")


def gzip_bomb(size: int) -> Act:
    """Answer with few bytes that become many."""
    return answer(200, gzip.compress(b" " * size), "Content-Encoding: gzip")


def chunked(*chunks: bytes, trailer: bytes = b"") -> Act:
    """Answer in chunks, with a trailer after the last."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    start = head(200, f"Content-Type: {JSON}", "Transfer-Encoding: chunked")

    def act(connection: socket.socket, seen: Seen) -> bool:
        connection.sendall(start + body + b"0\r\n" + trailer + b"\r\n")
        return True

    return act


def refused_url() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"
