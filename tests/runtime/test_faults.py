"""Every fault that a server or a network can have, against both clients.

For each: the exception, how many requests the server saw, no duplicate POST, nothing left open.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness_nextgen_runtime import errors
from harness_nextgen_runtime.options import Timeout
from harness_nextgen_runtime.request import JsonBody
from tests.runtime import fault_server as fault
from tests.runtime.calling import MODES, make_request, one, run
from tests.runtime.fault_server import FaultServer

HTML = b"<html><head><style>p {}</style></head><body><h1>Bad&nbsp;Gateway</h1></body></html>"
OK = fault.head(200, "Content-Type: application/json", "Content-Length: 23")
HUGE = b"[" + b"1," * 600 + b"1]"

# name: acts, the error, requests seen for GET, for POST, words of the message
FAULTS: dict[str, tuple[Any, type[Exception], int, int, str]] = {
    "reset after reading": (
        [fault.reset_after_reading], errors.ConnectionFailedError, 3, 1, "broke"),
    "closed without an answer": ([fault.send()], errors.ConnectionFailedError, 3, 1, "broke"),
    "no http": ([fault.send(b"SSH-2.0-x\r\n\r\n")], errors.ConnectionFailedError, 3, 1, "broke"),
    "slow headers": ([fault.send(0.4)], errors.TimedOutError, 3, 1, "in time (read)"),
    "slow body": ([fault.send(OK, b'{"id"', 0.4)], errors.TimedOutError, 3, 1, "in time (read)"),
    "truncated body": ([fault.send(OK, b'{"id"')], errors.ConnectionFailedError, 3, 1, "broke"),
    "truncated chunks": (
        [fault.send(fault.head(200, "Transfer-Encoding: chunked"), b"5\r\n[1,2")],
        errors.ConnectionFailedError, 3, 1, "broke"),
    "length too short": (
        [fault.send(fault.head(200, "Content-Length: 9"), fault.GOOD)],
        errors.DecodingError, 1, 1, "should have brought JSON, but was 9 bytes"),
    "wrong content type": (
        [fault.answer(200, HTML, media_type="text/html")],
        errors.DecodingError, 1, 1, "of text/html"),
    "empty success": ([fault.answer(200, b"")], errors.DecodingError, 1, 1, "an empty body"),
    "not utf-8": (
        [fault.answer(200, b'{"name": "caf\xe9"}')], errors.DecodingError, 1, 1, "utf-8"),
    "false gzip": (
        [fault.answer(200, fault.GOOD, "Content-Encoding: gzip")],
        errors.DecodingError, 1, 1, "not in the coding that it claims"),
    "coding in a coding": (
        [fault.answer(200, fault.GOOD, "Content-Encoding: gzip, gzip")],
        errors.DecodingError, 1, 1, "was not asked for"),
    "gzip bomb": ([fault.gzip_bomb(100_000)], errors.ResponseTooLargeError, 1, 1, "1000 bytes"),
    "huge body": ([fault.answer(200, HUGE)], errors.ResponseTooLargeError, 1, 1, "1000 bytes"),
    "huge chunks": ([fault.chunked(HUGE)], errors.ResponseTooLargeError, 1, 1, "1000 bytes"),
    "html 502": (
        [fault.answer(502, HTML, media_type="text/html")],
        errors.ServerError, 3, 1, "502 Some Reason: Bad Gateway"),
    "429": ([fault.answer(429, b"slow down")], errors.RateLimitedError, 3, 3, "slow down"),
    "429, wait 0": (
        [fault.answer(429, b"", "Retry-After: 0")], errors.RateLimitedError, 3, 3, "no message"),
    "429, wait an hour": (
        [fault.answer(429, b"", "Retry-After: 3600")], errors.RateLimitedError, 1, 1, "400"),
    "408": ([fault.answer(408, b"")], errors.RequestTimeoutError, 3, 1, "408"),
    "503": ([fault.answer(503, b"")], errors.ServerError, 3, 1, "503"),
    "504": ([fault.answer(504, b"")], errors.ServerError, 3, 1, "504"),
    "500": ([fault.answer(500, b"")], errors.ServerError, 1, 1, "500"),
    "499": ([fault.answer(499, b"")], errors.ClientClosedRequestError, 1, 1, "499"),
    "520": ([fault.answer(520, b"")], errors.ServerError, 1, 1, "520"),
    "599": ([fault.answer(599, b"")], errors.ServerError, 1, 1, "599"),
    "640": ([fault.answer(640, b"")], errors.StatusError, 1, 1, "640"),
    "418": ([fault.answer(418, b"")], errors.StatusError, 1, 1, "418"),
    "304": ([fault.answer(304, b"")], errors.StatusError, 1, 1, "304"),
    "temporary": (
        [fault.answer(400, b'{"message":"busy","temporary":true}')],
        errors.BadRequestError, 3, 1, "busy"),
    "error with half a body": (
        [fault.send(fault.head(403, "Content-Length: 99"), b"you may not")],
        errors.ForbiddenError, 1, 1, "you may not"),
    "error that is not utf-8": (
        [fault.answer(500, b"caf\xe9")], errors.ServerError, 1, 1, "caf\N{REPLACEMENT CHARACTER}"),
    "error in a strange coding": (
        [fault.answer(500, fault.GOOD, "Content-Encoding: gzip, gzip")],
        errors.ServerError, 1, 1, "no message"),
    "huge error": (
        [fault.answer(500, b"so long " * 10_000)], errors.ServerError, 1, 1, "so long"),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str, method: str, mode: str) -> None:
    """A fault gives its own error after the right number of requests, and leaves nothing open."""
    acts, kind, gets, posts, words = FAULTS[name]
    body = JsonBody({"a": 1}) if method == "POST" else None
    with FaultServer(acts) as server:
        # Short only where the fault is to be slow: a busy machine must not fail a test.
        timeout = Timeout(connect=5, read=0.2 if name.startswith("slow") else 5)
        request = make_request(method, body=body)
        error = one(mode, server.url, request, timeout=timeout, max_response_bytes=1000)
        server.wait_until_idle()
        assert len(server.requests) == (gets if method == "GET" else posts)
    assert type(error) is kind, repr(error)
    assert words in str(error)
    assert str(error).startswith("do_it: ")
    assert str(error).endswith(".")
    assert ".." not in str(error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused(method: str, mode: str) -> None:
    """Where nobody listens, every method is tried again: it cannot have been carried out."""
    retries: list[Any] = []
    error = one(mode, fault.refused_url(), make_request(method), on_retry=retries.append)
    assert type(error) is errors.ConnectionFailedError
    assert "cannot be reached" in str(error)
    assert [retry.number for retry in retries] == [1, 2]
    assert all(type(retry.error) is errors.ConnectionFailedError for retry in retries)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("method", "connections"), [("GET", {3}), ("POST", {1, 2, 3})])
def test_reset_before_reading(method: str, connections: set[int], mode: str) -> None:
    """A reset before the request was read breaks a connection; a POST on it is not repeated.

    Unless the reset comes so early that the connection was never there for the client.
    """
    with FaultServer(reset_on_accept=True) as server:
        error = one(mode, server.url, make_request(method))
        assert type(error) is errors.ConnectionFailedError
        assert server.connections in connections
        assert not server.requests


@pytest.mark.parametrize("mode", MODES)
def test_keep_alive_closed_between_calls(mode: str) -> None:
    """A connection that the server closed meanwhile is replaced, without a duplicate POST."""
    with FaultServer([fault.answer_and_close]) as server:
        request = make_request("POST", body=JsonBody({}))
        results = run(mode, server.url, [request] * 3, pause=0.05)
        assert len(server.requests) == 3
    assert results == [{"id": "1", "name": "vpc"}] * 3


@pytest.mark.parametrize("mode", MODES)
def test_chunks_with_trailers(mode: str) -> None:
    """Trailers after the last chunk do no harm, and the connection is used again."""
    with FaultServer([fault.chunked(b"[1,", b"2]", trailer=b"X-Sum: 1\r\n")]) as server:
        assert run(mode, server.url, [make_request()] * 2) == [[1, 2], [1, 2]]
        assert server.connections == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", ["call_raw", "exchange", "stream"])
def test_other_forms_of_a_call(how: str, mode: str) -> None:
    """The raw forms and the stream follow the same rules; exchange returns any status."""
    with FaultServer([fault.answer(503, b""), fault.answer(), fault.answer(404, b"[]")]) as server:
        good, bad = run(mode, server.url, [make_request()] * 2, how)
        assert len(server.requests) == 3
    if how == "stream":
        assert good == fault.GOOD
    else:
        assert (good.status_code, good.content) == (200, fault.GOOD)
        assert good.headers["content-type"] == "application/json"
    if how == "exchange":
        assert (bad.status_code, bad.content) == (404, b"[]")
    else:
        assert type(bad) is errors.NotFoundError
    if how == "call_raw":
        assert good.parse() == {"id": "1", "name": "vpc"}


@pytest.mark.parametrize("mode", MODES)
def test_exchange_after_retries(mode: str) -> None:
    """An answer that stays bad is a value in the end, after the same retries."""
    with FaultServer([fault.answer(503, b"x")]) as server:
        response = one(mode, server.url, how="exchange")
        assert not isinstance(response, Exception)
        assert (response.status_code, len(server.requests)) == (503, 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("acts", "kind"),
    [
        ([fault.send(OK, b'{"id"', 0.4)], errors.TimedOutError),
        ([fault.send(OK, b'{"id"')], errors.ConnectionFailedError),
    ],
)
def test_stream_that_breaks_off(acts: Any, kind: type[Exception], mode: str) -> None:
    """A body that breaks off while a user reads it is an error of ours, and is not repeated."""
    with FaultServer(acts) as server:
        error = one(mode, server.url, how="stream", timeout=Timeout(connect=5, read=0.2))
        assert (type(error), len(server.requests)) == (kind, 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", ["call", "stream"])
@pytest.mark.parametrize("name", ["huge body", "coding in a coding", "error in a strange coding"])
def test_refused_answers_are_closed(name: str, how: str, mode: str) -> None:
    """An answer that is refused unread gives its connection back while the client goes on."""
    acts = FAULTS[name][0]
    seen: list[int] = []

    def count(connection: Any, request: Any) -> bool:
        seen.append(server.open_connections)
        return bool(acts[0](connection, request))

    with FaultServer([count]) as server:
        run(mode, server.url, [make_request()] * 4, how, pause=0.03, max_response_bytes=1000)
    assert seen == [1, 1, 1, 1]
