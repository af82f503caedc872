"""A server on loopback that gives recorded answers, and keeps what it was asked.

It speaks HTTP/1.1 over sockets, through h11, so that what is compared is what a client sends.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import h11


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    target: str
    """Path and query as they were on the wire."""
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer: ``headers`` without those of the connection."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


_NOTHING_LEFT = Answer(599, {"content-type": "text/plain"}, b"no answer was recorded for this")


class Replay:
    """The answers that are still to be given, in order, and the requests that came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._answers: deque[Answer] = deque()
        self._received: list[Received] = []

    def load(self, answers: list[Answer]) -> None:
        """Set the answers for what comes next, and forget what came."""
        self._answers = deque(answers)
        self._received = []

    @property
    def received(self) -> list[Received]:
        """The requests since the last ``load``; one more than answers if too many came."""
        return list(self._received)

    def answer(self, received: Received) -> Answer:
        """Note a request and return its answer; 599 when none is left."""
        self._received.append(received)
        return self._answers.popleft() if self._answers else _NOTHING_LEFT


@contextmanager
def replay() -> Generator[Replay]:
    """Serve until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Replay(f"http://127.0.0.1:{listener.getsockname()[1]}")
        connections: set[socket.socket] = set()
        thread = threading.Thread(
            target=_accept, args=(listener, server, connections), name="replay", daemon=True
        )
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept; closing alone does not
            thread.join()
            for connection in list(connections):
                connection.close()


def _accept(listener: socket.socket, server: Replay, connections: set[socket.socket]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections.add(connection)
        threading.Thread(target=_serve, args=(connection, server), daemon=True).start()


def _serve(connection: socket.socket, server: Replay) -> None:
    protocol = h11.Connection(h11.SERVER)
    with connection:
        while (received := _read_request(connection, protocol)) is not None:
            answer = server.answer(received)
            headers = [*answer.headers.items()]
            if answer.status != 204:
                headers.append(("content-length", str(len(answer.body))))
            events = [h11.Response(status_code=answer.status, headers=headers)]
            data = b"".join(protocol.send(event) or b"" for event in events)
            if answer.status != 204 and received.method != "HEAD":
                data += protocol.send(h11.Data(data=answer.body)) or b""
            data += protocol.send(h11.EndOfMessage()) or b""
            connection.sendall(data)
            if protocol.our_state is not h11.DONE or protocol.their_state is not h11.DONE:
                return
            protocol.start_next_cycle()


def _read_request(connection: socket.socket, protocol: h11.Connection) -> Received | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            try:
                protocol.receive_data(connection.recv(65536))
            except OSError:
                return None
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            names = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
            return Received(head.method.decode(), head.target.decode("ascii"), names, body)
        else:
            return None
