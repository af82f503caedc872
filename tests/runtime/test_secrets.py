"""A canary for a key, searched for in everything that is printed, logged, raised and pickled."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import ssl
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime import errors
from harness_nextgen_runtime.formats import read_data
from harness_nextgen_runtime.options import Options, Timeout
from harness_nextgen_runtime.request import JsonBody
from harness_nextgen_runtime.secret import MaskedBytes, MaskedText, Secret
from tests.runtime import fault_server as fault
from tests.runtime.calling import (
    KEY,
    MODES,
    Async,
    Blocking,
    call_async,
    make_request,
    one,
)
from tests.runtime.fault_server import FaultServer, Seen

CANARY = "canary-4711-secret"
QUERY = "canary-of-the-query"


@pytest.fixture(autouse=True)
def everything(capfd: pytest.CaptureFixture[str]) -> Iterator[io.StringIO]:
    """Collect all logs from DEBUG on, and look for the canary in them and in what is printed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)r"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)
    out, err = capfd.readouterr()
    for text in (stream.getvalue(), out, err):
        assert CANARY not in text
        assert QUERY not in text


def show(error: BaseException) -> str:
    """Print an error in every way, with the locals of all frames, and pickle it."""
    tree = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = ["".join(tree.format()), repr(error), str(error)]
    parts += [repr(value) for value in vars(error).values()]
    if isinstance(error, errors.ApiError):
        parts.append(pickle.dumps(error).decode("latin-1"))
    request: httpx.Request | None = getattr(error, "request", None)
    if request is not None:
        parts += [repr(request.headers), str(request.headers.raw), str(request.url.raw_path)]
    response: httpx.Response | None = getattr(error, "response", None)
    if response is not None:
        parts += [repr(response.headers.raw), repr(response.content)]
    return "\n".join(parts)


def echo_everything(status: int) -> fault.Act:
    """Answer with all that came, as a careless proxy does.

    Not in a header: httpcore logs the headers of answers at DEBUG, and its log is not ours.
    """

    def act(connection: Any, seen: Seen) -> bool:
        body = b"you sent " + "\n".join(f"{k}: {v}" for k, v in seen.headers.items()).encode()
        return fault.answer(status, body, media_type="text/plain")(connection, seen)

    return act


ACTS = {
    "broken": fault.reset_after_reading,
    "slow": fault.send(0.3),
    "no http": fault.send(b"nonsense\r\n\r\n"),
    "truncated": fault.send(fault.head(200, "Content-Length: 99"), b"[1"),
    "status": fault.answer(403, b"{}"),
    "undecodable": fault.answer(200, b"<p>"),
    "too large": fault.chunked(b"[" * 2000),
    "echo of an error": echo_everything(500),
    "echo of a success": echo_everything(200),
    "redirect": fault.redirect("http://elsewhere.example/"),
    "redirect that no one can read": fault.redirect("http://[broken"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("how", ["call", "stream"])
def test_failures(how: str, name: str, mode: str) -> None:
    """No failure of a call shows the key, in a traceback with locals neither."""
    request = make_request(
        query={"token": QUERY, "page": 1},
        secret_query=("token",),
        headers={"Authorization": f"Bearer {CANARY}"},
    )
    with FaultServer([ACTS[name]]) as server:
        error = one(
            mode,
            server.url,
            request,
            how,
            timeout=Timeout(connect=5, read=0.15),
            max_retries=1,
            headers={"Cookie": f"session={CANARY}"},
            max_response_bytes=1000,
        )
        seen = server.requests[0]
    assert seen.headers["x-api-key"] == KEY
    assert seen.target == f"/modules/1?token={QUERY}&page=1"
    if how == "stream" and not isinstance(error, Exception):
        return
    text = show(error)
    assert CANARY not in text
    assert QUERY not in text


@pytest.mark.parametrize("mode", MODES)
def test_refused(mode: str) -> None:
    """A connection that cannot be made shows no key."""
    text = show(one(mode, fault.refused_url()))
    assert "ConnectError" in text
    assert CANARY not in text


@pytest.mark.parametrize("mode", MODES)
def test_write_that_fails(mode: str) -> None:
    """The deepest frame has the request as plain bytes, key included: it is not shown."""
    # Nobody accepts, so that what is larger than all buffers cannot be written.
    with fault.socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        headers = {"X-Large": "x" * 8_000_000}
        timeout = Timeout(connect=5, read=0.1)
        error = one(mode, url, headers=headers, timeout=timeout, max_retries=0)
    assert type(error) is errors.TimedOutError
    assert "(write)" in str(error)
    text = show(error)
    assert "WriteTimeout" in text
    assert CANARY not in text


class BrokenTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport with a fault of its own."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        raise LookupError("a fault of the user's")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail."""
        raise LookupError("a fault of the user's")


@pytest.mark.parametrize("mode", MODES)
def test_foreign_errors(mode: str) -> None:
    """An error of a user's own transport comes through as it is, its frames included."""
    error = one(mode, "https://x.example", transport=BrokenTransport())
    assert type(error) is LookupError
    text = show(error)
    assert "handle_" in text
    assert CANARY not in text


def test_cancelled_task() -> None:
    """A task that is cancelled while it waits shows no key."""

    async def main(url: str) -> BaseException:
        async with Async(KEY, base_url=url) as client:
            task = asyncio.create_task(call_async(client, make_request()))
            await asyncio.sleep(0.1)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return error
            raise AssertionError

    with FaultServer([fault.send(0.3)]) as server:
        assert CANARY not in show(asyncio.run(main(server.url)))


def test_constructor_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that cannot be built shows neither the key nor the proxy's password."""
    calls: list[dict[str, Any]] = [
        {"base_url": "nonsense"},
        {"base_url": "http://far.example"},
        {"account": "a\nb"},
        {"headers": {"X": "a\nb"}},
        {"timeout": -1},
        {"proxy": f"ftp://user:{CANARY}@proxy.example"},
        {"proxy": f"http://user:{CANARY}@proxy.example:abc"},
        {"verify": "/nowhere"},
        {"user_agent_suffix": "\n"},
        {"requests_per_minute": 0},
        {"format": "xml"},
    ]
    for kind in (Blocking, Async):
        for arguments in calls:
            # The canary is no local of this frame, which is printed too.
            with pytest.raises(errors.ConfigurationError) as caught:
                kind(KEY, **arguments)
            text = show_below(caught.value)
            assert CANARY not in text, arguments
    monkeypatch.setenv("HARNESS_API_KEY", f"{CANARY}\u20ac")
    with pytest.raises(errors.ConfigurationError) as caught:
        Blocking()
    assert CANARY not in show_below(caught.value)
    monkeypatch.setenv("HARNESS_API_KEY", CANARY)
    with pytest.raises(errors.ConfigurationError, match="there is no account") as caught:
        Blocking()
    assert CANARY not in show_below(caught.value)


def show_below(error: BaseException) -> str:
    """Print an error with the locals of all frames but the test's own."""
    trace: TracebackType | None = error.__traceback__
    assert trace is not None
    return show(error.with_traceback(trace.tb_next))


@pytest.mark.parametrize("kind", [Blocking, Async])
def test_clients(kind: Any) -> None:
    """A client, its copies and parts show no key and cannot be pickled."""
    client = kind(KEY, base_url="https://x.example", headers={"authorization": f"Basic {CANARY}"})
    other = client.with_options(headers={"Cookie": CANARY})
    for one_client in (client, other):
        seen: set[int] = set()
        waiting: list[Any] = [one_client]
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen or isinstance(thing, ssl.SSLContext | type | logging.Logger):
                continue
            seen.add(id(thing))
            assert CANARY not in repr(thing), type(thing)
            assert CANARY not in f"{thing}" or isinstance(thing, MaskedText), type(thing)
            waiting += vars(thing).values() if hasattr(thing, "__dict__") else []
            waiting += thing.values() if isinstance(thing, dict) else []
            waiting += thing if isinstance(thing, list | tuple) else []
        assert len(seen) > 30
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                attempt(one_client)
    assert CANARY not in repr(Options().merge({"headers": {"Cookie": CANARY}}))
    assert CANARY not in repr(make_request(query={"token": CANARY}, body=JsonBody(CANARY)))


def test_secret_values() -> None:
    """The wrappers show stars, pickle as stars, and give the truth when asked."""
    for secret in (Secret(CANARY), MaskedText(CANARY), MaskedBytes(CANARY.encode())):
        assert CANARY not in repr(secret)
        assert CANARY.encode() not in pickle.dumps(secret)
        assert CANARY not in repr(copy.deepcopy(secret))
    assert CANARY not in f"{Secret(CANARY)}{Secret(CANARY)!s}"
    assert Secret(CANARY).reveal() == CANARY
    headers = httpx.Headers([(b"x-api-key", MaskedBytes(CANARY.encode()))])
    assert CANARY not in repr(headers)
    assert CANARY.encode() not in pickle.dumps(headers)


@pytest.mark.parametrize("mode", MODES)
def test_log(mode: str, everything: io.StringIO) -> None:
    """The log has method, path template, status, duration and attempt, and nothing else."""
    with FaultServer([fault.answer(503, b""), fault.answer()]) as server:
        request = make_request(query={"token": QUERY}, secret_query=("token",))
        one(mode, server.url, request)
    lines = [line for line in everything.getvalue().splitlines() if line.startswith("harness_")]
    ends = [line for line in lines if "GET /modules/{id} 503 in 0." in line]
    assert len(ends) == 1
    assert "harness_nextgen INFO" in ends[0]
    assert "(attempt 1)" in ends[0]
    assert any("GET /modules/{id} 200 in 0." in line and "(attempt 2)" in line for line in lines)
    assert any("INFO" in line and "waits" in line for line in lines)
    assert any("DEBUG GET /modules/{id} (attempt 1)" in line for line in lines)
    assert not any("/modules/1" in line for line in lines)
    # httpx's own line has the address, without the secret parameter.
    assert "/modules/1?token=***" in everything.getvalue()
    assert "httpcore" in everything.getvalue()


@pytest.mark.parametrize("mode", MODES)
def test_answers(mode: str) -> None:
    """An answer that is handed out has a request without the key."""
    with FaultServer([fault.answer()]) as server:
        response = one(mode, server.url, how="exchange")
        raw = one(mode, server.url, how="call_raw")
    for request in (response.request, raw.http_response.request):
        assert request.headers["x-api-key"] == "***"
    assert CANARY.encode() not in pickle.dumps(response)
    assert CANARY not in repr(raw)


def test_uncaught_error_in_a_thread(capfd: pytest.CaptureFixture[str]) -> None:
    """An error that ends a thread is printed without the key."""
    with FaultServer([fault.answer(403, b"{}")]) as server, Blocking(KEY, base_url=server.url) as c:
        hook, threading.excepthook = threading.excepthook, print_with_locals
        thread = threading.Thread(target=lambda: c.call(make_request(), read_data, {}))
        thread.start()
        thread.join()
        threading.excepthook = hook
    out = capfd.readouterr().err
    assert "ForbiddenError" in out
    assert CANARY not in out


def print_with_locals(args: threading.ExceptHookArgs) -> None:
    """Print an error as a tool that collects errors would."""
    assert args.exc_value is not None
    tree = traceback.TracebackException.from_exception(args.exc_value, capture_locals=True)
    print("".join(tree.format()), file=sys.stderr)
