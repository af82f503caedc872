"""Note what a client sends and gets, as it is on the wire, and what of it a fixture holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from pipeline.contract.bodies import MULTIPART, read_body
from pipeline.contract.description import Description
from pipeline.contract.fixture import Request, Response
from pipeline.openapi import Operation

SENT_HEADERS = (
    "Content-Type",
    "Content-Disposition",
    "x-api-key",
    "Harness-Account",
    "Authorization",
    "Accept",
)
"""The headers of requests that fixtures have; all others are of the connection, or nobody's."""
ANSWERED_HEADERS = (
    "Content-Type",
    "Content-Disposition",
    "X-Terraform-Get",
    "Retry-After",
    "Allow",
)
"""The same of answers, beside those that the spec describes."""

_ORDINARY_ACCEPT = ("application/json", "*/*")
# Of a body that was read these are no longer true.
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, with all their headers; bodies without their compression."""

    method: str
    target: str
    """Path and query as they were on the wire."""
    sent_headers: httpx.Headers = field(repr=False)
    sent: bytes = field(repr=False)
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


class RecordingTransport(httpx.BaseTransport):
    """Sends with a client of httpx, so with its proxies and certificates, and notes everything."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.exchanges: list[Exchange] = []
        self._is_waiting = False
        self.extra_headers: dict[str, str] = {}
        """Headers that every request gets and no exchange has."""

    def forget(self) -> None:
        """Forget all exchanges."""
        self.exchanges.clear()
        self._is_waiting = False

    @property
    def may_have_changed(self) -> bool:
        """Whether the last request may have changed something: no answer denies it."""
        if self._is_waiting or not self.exchanges:
            return self._is_waiting
        return not 400 <= self.exchanges[-1].status <= 499

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, which was read whole."""
        method, target = request.method, request.url.raw_path.decode("ascii")
        sent_headers, sent = httpx.Headers(request.headers), request.read()
        request.headers.update(self.extra_headers)
        self._is_waiting = True
        answer = self._client.send(request)
        self._is_waiting = False
        self.exchanges.append(
            Exchange(
                method,
                target,
                sent_headers,
                sent,
                answer.status_code,
                answer.headers,
                answer.content,
            )
        )
        kept = [pair for pair in answer.headers.multi_items() if pair[0] not in _OF_THE_WIRE]
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)


def note_request(exchange: Exchange, base_path: str) -> Request:
    """Return what a fixture holds of a request; raises UnreadableError."""
    path, _, query = exchange.target.partition("?")
    media_type = exchange.sent_headers.get("content-type", "")
    body = read_body(exchange.sent, media_type)
    headers = _choose(exchange.sent_headers, SENT_HEADERS)
    if media_type.startswith(MULTIPART):
        headers["Content-Type"] = MULTIPART  # its boundary is made at random
    if headers.get("Accept") in _ORDINARY_ACCEPT:
        del headers["Accept"]
    return Request(exchange.method, path.removeprefix(base_path), query, headers, body)


def note_response(
    exchange: Exchange,
    description: Description,
    operation: Operation | None,
    *,
    described_by_default: bool = False,
) -> Response:
    """Return what a fixture holds of an answer; raises UnreadableError."""
    described = description.list_answer_headers(operation) if operation else []
    names = [*ANSWERED_HEADERS, *described]
    body = read_body(exchange.body, exchange.headers.get("content-type", ""))
    return Response(exchange.status, _choose(exchange.headers, names), body, described_by_default)


def _choose(headers: httpx.Headers, names: tuple[str, ...] | list[str]) -> dict[str, str]:
    found = {name.lower(): name for name in names}
    return {name: str(headers[name]) for name in found.values() if name in headers}
