"""When a call is tried again, how long it waits, and when it ends."""

from __future__ import annotations

import datetime
import email.utils
import random
import time
from typing import Any

import pytest

from harness_nextgen_runtime import constants, errors
from harness_nextgen_runtime.options import Retry
from harness_nextgen_runtime.request import ContentBody, JsonBody, MultipartBody
from harness_nextgen_runtime.retry import delay_before, read_retry_after
from tests.runtime import fault_server as fault
from tests.runtime.calling import MODES, make_request, one
from tests.runtime.fault_server import FaultServer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"])
def test_methods(method: str, mode: str) -> None:
    """Only what is safe to repeat is repeated after an answer that may hide a done work."""
    body = JsonBody({}) if method in ("PUT", "POST", "PATCH") else None
    with FaultServer([fault.answer(503, b"")]) as server:
        one(mode, server.url, make_request(method, body=body))
        assert len(server.requests) == (1 if method in ("POST", "PATCH") else 3)


@pytest.mark.parametrize("mode", MODES)
def test_recovery(mode: str) -> None:
    """A call that succeeds in the end returns its value, and on_retry heard of each failure."""
    heard: list[Retry] = []
    acts = [fault.reset_after_reading, fault.answer(503, b""), fault.answer()]
    with FaultServer(acts) as server:
        assert one(mode, server.url, on_retry=heard.append) == {"id": "1", "name": "vpc"}
    assert [retry.number for retry in heard] == [1, 2]
    assert [type(retry.error) for retry in heard] == [
        errors.ConnectionFailedError,
        errors.ServerError,
    ]
    assert all(0 <= retry.delay <= constants.MAX_DELAY for retry in heard)


@pytest.mark.parametrize("mode", MODES)
def test_turned_off(mode: str) -> None:
    """max_retries=0 sends once."""
    with FaultServer([fault.answer(503, b"")]) as server:
        assert type(one(mode, server.url, max_retries=0)) is errors.ServerError
        assert len(server.requests) == 1


@pytest.mark.parametrize("mode", MODES)
def test_last_error_is_raised(mode: str) -> None:
    """Of several different failures the last one is raised."""
    acts = [fault.answer(503, b""), fault.reset_after_reading, fault.answer(429, b"enough")]
    with FaultServer(acts) as server:
        assert type(one(mode, server.url)) is errors.RateLimitedError


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", [fault.answer(502, b""), fault.reset_after_reading])
@pytest.mark.parametrize("how", ["call", "call_raw"])
def test_delete_that_was_done(how: str, first: Any, mode: str) -> None:
    """A DELETE that is repeated and finds nothing has succeeded; a first 404 is an error."""
    with FaultServer([first, fault.answer(404, b"")]) as server:
        result = one(mode, server.url, make_request("DELETE"), how)
        assert (result.parse() if how == "call_raw" else result) is None
        assert type(one(mode, server.url, make_request("DELETE"))) is errors.NotFoundError
    with FaultServer([first, fault.answer(404, b"")]) as server:
        assert type(one(mode, server.url)) is errors.NotFoundError  # a GET found nothing


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dated", [False, True])
def test_retry_after_is_waited_for(dated: bool, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that names a time to wait, as seconds or a date, is waited for."""
    waits: list[float] = []
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    text = email.utils.format_datetime(moment, usegmt=True) if dated else "0.3"
    acts = [fault.answer(429, b"", f"Retry-After: {text}"), fault.answer()]
    with FaultServer(acts) as server:
        began = time.monotonic()
        result = one(mode, server.url, on_retry=lambda retry: waits.append(retry.delay))
        assert result == {"id": "1", "name": "vpc"}
        assert time.monotonic() - began >= waits[0] - 0.01
    assert (0.3 < waits[0] <= 2) if dated else waits == [0.3]


@pytest.mark.parametrize("mode", MODES)
def test_retry_after_above_the_cap(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks for a longer wait than the cap is not waited for."""
    monkeypatch.setattr(constants, "MAX_RETRY_AFTER", 0.2)
    with FaultServer([fault.answer(503, b"", "Retry-After: 0.3")]) as server:
        assert type(one(mode, server.url)) is errors.ServerError
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 1.5 ", 1.5),
        (None, None),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1.2.3", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("9" * 400, float("inf")),
    ],
)
def test_retry_after_texts(text: str | None, seconds: float | None) -> None:
    """What is neither seconds nor a date counts as absent; a date that is past means now."""
    assert read_retry_after(text) == seconds


def test_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are anything up to a bound that doubles until its end."""
    monkeypatch.setattr(constants, "FIRST_DELAY", 0.5)
    monkeypatch.setattr(constants, "MAX_DELAY", 8.0)
    random.seed(1)
    for number, bound in ((1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (5000, 8)):
        waits = [delay_before(number) or 0 for _ in range(300)]
        assert 0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "act",
    [
        fault.send(0.8),
        fault.send(b"HTTP/1.1 200 OK\r\nX-Slow: ", *[b"a", 0.05] * 30),
        fault.send(fault.head(200, "Content-Length: 9"), *[b"[", 0.05] * 30),
        fault.send(fault.head(200, "Transfer-Encoding: chunked"), *[b"1\r\n[\r\n", 0.05] * 30),
    ],
)
def test_deadline_cuts_an_attempt(act: Any, mode: str) -> None:
    """A deadline ends a call that waits, and one whose headers or body come in drops."""
    with FaultServer([act]) as server:
        error = one(mode, server.url, deadline=0.3, timeout=None)
        assert type(error) is errors.DeadlineExceededError
        assert "0.3 s" in str(error)
        assert len(server.requests) == 1


@pytest.mark.parametrize("mode", MODES)
def test_deadline_over_all_attempts(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline counts all attempts and waits, and the last error is the one raised."""
    monkeypatch.setattr(constants, "FIRST_DELAY", 0.2)
    monkeypatch.setattr(constants, "MAX_DELAY", 0.2)
    monkeypatch.setattr(random, "random", lambda: 1.0)
    with FaultServer([fault.answer(503, b"")]) as server:
        error = one(mode, server.url, deadline=0.7, max_retries=50)
        assert type(error) is errors.ServerError
        assert 2 <= len(server.requests) <= 4


@pytest.mark.parametrize("mode", MODES)
def test_stream_is_held_to_the_deadline(mode: str) -> None:
    """A body that a user reads ends at the deadline too."""
    act = fault.send(fault.head(200, "Content-Length: 99"), *[b"[", 0.05] * 30)
    with FaultServer([act]) as server:
        error = one(mode, server.url, how="stream", deadline=0.3)
        assert type(error) is errors.DeadlineExceededError


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("status", "sent"), [(429, 1), (503, 1)])
def test_spent_body(status: int, sent: int, mode: str) -> None:
    """A body that cannot be read again is not sent again, once it was begun."""
    body = ContentBody(iter([b"a", b"b"]), "text/plain")
    with FaultServer([fault.answer(status, b"")]) as server:
        error = one(mode, server.url, make_request("PUT", body=body))
        assert error.status_code == status
        assert [one.body for one in server.requests] == [b"ab"] * sent


@pytest.mark.parametrize("mode", MODES)
def test_body_that_was_never_begun(mode: str) -> None:
    """A body that cannot be read again may still wait for a connection."""
    retries: list[Retry] = []
    body = ContentBody(iter([b"a"]), "text/plain")
    request = make_request("POST", body=body)
    one(mode, fault.refused_url(), request, on_retry=retries.append)
    assert len(retries) == 2


@pytest.mark.parametrize("mode", MODES)
def test_bodies_are_sent_whole_each_time(mode: str, tmp_path: Any) -> None:
    """A file, by path or opened, and the parts of a form are sent from their start again."""
    path = tmp_path / "file"
    path.write_bytes(b"whole")
    with path.open("rb") as file:
        file.read(2)
        for content, expected in ((path, b"whole"), (file, b"ole")):
            with FaultServer([fault.answer(503, b"")]) as server:
                body = ContentBody(content, "text/plain")
                one(mode, server.url, make_request("PUT", body=body))
                assert [one.body for one in server.requests] == [expected] * 3
                assert all("content-length" in one.headers for one in server.requests)
    with path.open("rb") as file, FaultServer([fault.answer(503, b"")]) as server:
        body = MultipartBody([("file", ("name", file, "text/plain"))])
        one(mode, server.url, make_request("PUT", body=body))
        assert [b"whole" in one.body for one in server.requests] == [True] * 3


@pytest.mark.parametrize("mode", MODES)
def test_on_retry_may_stop_a_call(mode: str) -> None:
    """What on_retry raises comes out, and nothing more is sent."""

    def stop(retry: Retry) -> None:
        raise KeyError("enough")

    with FaultServer([fault.answer(503, b"")]) as server:
        assert repr(one(mode, server.url, on_retry=stop)) == "KeyError('enough')"
        assert len(server.requests) == 1
