"""Redirects are ours: which are followed, and what goes along."""

from __future__ import annotations

import traceback

import httpx
import pytest

from harness_nextgen_runtime import constants, errors
from harness_nextgen_runtime.address import check_base_url
from harness_nextgen_runtime.redirects import refuse_redirect
from harness_nextgen_runtime.request import JsonBody
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, MODES, make_request, one
from tests.runtime.fault_server import FaultServer

PRIVATE = ("x-api-key", "harness-account", "authorization", "cookie", "x-other")
HEADERS = {"Authorization": "Bearer t0ken", "Cookie": "a=b", "X-Other": "1"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_same_origin(method: str, status: int, mode: str) -> None:
    """On the same origin a redirect is followed, with everything that was sent."""
    with FaultServer([fault.redirect("/other?a=b%2Fc", status), fault.answer()]) as server:
        result = one(mode, server.url, make_request(method), "exchange", headers=HEADERS)
        assert result.status_code == 200
        first, second = server.requests
    assert (second.method, second.target) == (method, "/other?a=b%2Fc")
    assert {name: second.headers[name] for name in PRIVATE} == {
        name: first.headers[name] for name in PRIVATE
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", ["call", "stream"])
def test_other_origin(how: str, mode: str) -> None:
    """To another origin nothing goes along that says who asks, and nothing comes back on return."""
    with FaultServer() as home, FaultServer() as other:
        home._acts = [fault.redirect(f"{other.url}/stored?sig=1"), fault.answer()]
        other._acts = [fault.redirect(f"{home.url}/back")]
        result = one(mode, home.url, how=how, headers=HEADERS)
        assert result == (fault.GOOD if how == "stream" else {"id": "1", "name": "vpc"})
        assert [len(home.requests), len(other.requests)] == [2, 1]
        for seen in (other.requests[0], home.requests[1]):
            assert not [name for name in PRIVATE if name in seen.headers]
        assert other.requests[0].headers["host"] == f"127.0.0.1:{other.port}"
        assert other.requests[0].headers["accept"] == home.requests[0].headers["accept"]
        assert other.requests[0].target == "/stored?sig=1"


@pytest.mark.parametrize("mode", MODES)
def test_retry_begins_at_home(mode: str) -> None:
    """A hop that fails is tried again from the start, with the key at home and nowhere else."""
    with FaultServer() as home, FaultServer() as other:
        home._acts = [fault.redirect(f"{other.url}/stored")]
        other._acts = [fault.answer(503, b""), fault.answer()]
        assert one(mode, home.url) == {"id": "1", "name": "vpc"}
        assert [one.headers.get("x-api-key") for one in home.requests] == [KEY, KEY]
        assert [one.headers.get("x-api-key") for one in other.requests] == [None, None]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods(method: str, mode: str) -> None:
    """Any other method is not sent elsewhere: the error says where it was pointed to."""
    body = None if method == "DELETE" else JsonBody({})
    with FaultServer() as home, FaultServer() as other:
        home._acts = [fault.redirect(f"http://u:p@127.0.0.1:{other.port}/x?secret=1", 307)]
        error = one(mode, home.url, make_request(method, body=body))
        assert [len(home.requests), len(other.requests)] == [1, 0]
    assert type(error) is errors.StatusError
    assert error.status_code == 307
    assert f"it points to http://127.0.0.1:{other.port}/x, and" in str(error)
    assert "secret" not in str(error)
    assert "base_url" in str(error)


@pytest.mark.parametrize("mode", MODES)
def test_endless(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten redirects are followed, an eleventh is an error."""
    assert constants.MAX_REDIRECTS == 10
    with FaultServer([fault.redirect("/again")]) as server:
        error = one(mode, server.url)
        assert len(server.requests) == 11
    assert error.status_code == 302
    assert "that is after 10 redirects" in str(error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "location",
    ["http://elsewhere.example/", "ftp://127.0.0.1/", "https://", "http://[::1", "file:///etc"],
)
def test_refused_targets(location: str, mode: str) -> None:
    """What is not encrypted, or no address of a server, is not followed."""
    with FaultServer([fault.redirect(location)]) as server:
        error = one(mode, server.url, max_retries=0)
    assert isinstance(error, errors.StatusError | errors.ConnectionFailedError)


@pytest.mark.parametrize(
    ("source", "target", "allow_http", "refused"),
    [
        ("https://a.example", "http://a.example", False, True),
        ("https://a.example", "http://a.example", True, True),
        ("https://a.example", "http://localhost", True, True),
        ("https://a.example", "https://b.example", False, False),
        ("http://a.example", "http://b.example", True, False),
        ("http://localhost", "http://b.example", False, True),
        ("http://localhost", "http://[::1]:8", False, False),
    ],
)
def test_policy(source: str, target: str, allow_http: bool, refused: bool) -> None:
    """A redirect never takes away the encryption, whatever is allowed."""
    reason = refuse_redirect("GET", httpx.URL(source), httpx.URL(target), 0, allow_http=allow_http)
    assert bool(reason) == refused


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("https://app.harness.io", "https://app.harness.io"),
        ("https://app.harness.io/", "https://app.harness.io"),
        ("https://acme.harness.io/gateway/", "https://acme.harness.io/gateway"),
        ("https://app.harness.io:8443/a/b", "https://app.harness.io:8443/a/b"),
        ("HTTPS://App.Harness.io", "https://app.harness.io"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://127.8.9.1:1", "http://127.8.9.1:1"),
        ("http://[::1]:1/x", "http://[::1]:1/x"),
        ("http://api.localhost", "http://api.localhost"),
    ],
)
def test_base_url(text: str, result: str) -> None:
    """A host, a vanity host, either with a path, and loopback without encryption are taken."""
    assert check_base_url(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "app.harness.io",
        "ftp://app.harness.io",
        "https://",
        "https://user:password@app.harness.io",
        "https://app.harness.io?x=1",
        "https://app.harness.io/#x",
        "https://app.harness.io:port",
        "https://[::1",
        "https://app.harness.io/a b",
        "https://app.harness.io\n.example",
        "https://app harness.io",
        "http://app.harness.io",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://0.0.0.0",
        "http://2130706433",
        "",
    ],
)
def test_bad_base_url(text: str) -> None:
    """Anything else is refused, and plain http to another machine is."""
    with pytest.raises(errors.ConfigurationError):
        check_base_url(text)


def test_allowed_http() -> None:
    """Plain http to another machine may be allowed."""
    assert check_base_url("http://app.harness.io", allow_http=True) == "http://app.harness.io"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("prefix", ["", "/", "/gateway", "/a/b/"])
def test_prefix(prefix: str, mode: str) -> None:
    """Every request keeps the path of the base URL."""
    with FaultServer([fault.answer()]) as server:
        one(mode, server.url + prefix)
        assert server.requests[0].target == f"{prefix.rstrip('/')}/modules/1"


@pytest.mark.parametrize("mode", MODES)
def test_redirect_with_an_echo_of_the_key(mode: str) -> None:
    """A server that puts the key into an address brings it into no traceback with locals."""
    with FaultServer([fault.redirect(f"{fault.refused_url()}/{KEY}")]) as server:
        error = one(mode, server.url, max_retries=0)
    assert type(error) is errors.ConnectionFailedError
    tree = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert KEY not in "".join(tree.format())
    assert KEY not in str(error.request.url)
