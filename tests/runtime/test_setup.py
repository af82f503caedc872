"""What a client is built from: arguments, environment, the user's own httpx parts."""

from __future__ import annotations

import asyncio
import functools
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from harness_nextgen_runtime import constants, errors, setup
from harness_nextgen_runtime.client import SyncClient
from harness_nextgen_runtime.formats import read_data
from harness_nextgen_runtime.options import Timeout
from harness_nextgen_runtime.vendor import Vendor
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, MODES, Async, Blocking, make_request, one, run
from tests.runtime.fault_server import FaultServer


@pytest.mark.parametrize("kind", [Blocking, Async])
def test_environment(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key, account and address come from the environment, and an argument always wins."""
    monkeypatch.setenv("HARNESS_API_KEY", " pat.FROM_ENV.a.b\n")
    assert kind().account == "FROM_ENV"
    assert kind().base_url == "https://app.harness.io"
    monkeypatch.setenv("HARNESS_ACCOUNT_ID", "SET")
    monkeypatch.setenv("HARNESS_BASE_URL", "https://acme.harness.io/gateway/")
    assert kind().account == "SET"
    assert kind().base_url == "https://acme.harness.io/gateway"
    given = kind(KEY, "GIVEN", "https://x.example")
    assert (given.account, given.base_url) == ("GIVEN", "https://x.example")


@pytest.mark.parametrize(
    ("key", "account"),
    [
        ("pat.ACC_1.id.secret", "ACC_1"),
        ("sat.ACC-2.id.secret", "ACC-2"),
        ("other.ACC.id.secret", None),
        ("pat.only", None),
        ("pat", None),
        ("xpat.ACC.id.secret", None),
    ],
)
def test_account_inside_the_key(key: str, account: str | None) -> None:
    """The account is found inside a personal or service account's token, and nowhere else."""
    if account is None:
        with pytest.raises(errors.ConfigurationError, match=r"HARNESS_ACCOUNT_ID.*To find it"):
            Blocking(key)
    else:
        assert Blocking(key).account == account


@pytest.mark.parametrize("key", [None, "", "  "])
def test_missing_key(key: str | None) -> None:
    """A missing key is an error that says where to get one."""
    with pytest.raises(errors.ConfigurationError) as caught:
        Blocking(key)
    for words in ("api_key=", "HARNESS_API_KEY", "My API Keys"):
        assert words in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "caf\xe9", "tab\tbed"])
def test_key_that_no_header_holds(key: str) -> None:
    """A key that was copied wrongly is refused when the client is built."""
    with pytest.raises(errors.ConfigurationError, match="copy it again"):
        Blocking(key, "ACC")


def test_neutral_vendor() -> None:
    """Any other API is asked with a Bearer token, and has no account."""

    class Client(SyncClient):
        VENDOR = Vendor(package="other", version="1.2")

    with FaultServer([fault.answer()]) as server, Client("k" * 9, base_url=server.url) as client:
        client.call(make_request(), read_data, {})
        headers = server.requests[0].headers
    assert headers["authorization"] == "Bearer kkkkkkkkk"
    assert not {"x-api-key", "harness-account"} & headers.keys()
    assert headers["user-agent"].startswith("other/1.2 ")
    with pytest.raises(errors.ConfigurationError, match="there is no server: pass base_url="):
        Client("k")


@pytest.mark.parametrize("mode", MODES)
def test_headers(mode: str) -> None:
    """What goes out: who asks, for which account, with what; the user's own headers win."""
    with FaultServer([fault.answer()]) as server:
        run(
            mode,
            server.url,
            [
                make_request(headers={"X-Flag": True, "X-None": None}),
                make_request(takes_account=False),
            ],
            user_agent_suffix="mine/1",
            headers={"Harness-Version": "2026-01-01", "ACCEPT": "text/x"},
        )
        first, second = (seen.headers for seen in server.requests)
    version = ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(
        rf"harness-nextgen/\S+ httpx/{httpx.__version__} python/{version} mine/1",
        first["user-agent"],
    )
    assert first["x-api-key"] == KEY
    assert first["harness-account"] == "ACCOUNT"
    assert first["harness-version"] == "2026-01-01"
    assert first["accept"] == "text/x"
    assert first["x-flag"] == "true"
    assert "x-none" not in first
    assert "harness-account" not in second


def test_version_of_an_installed_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of a wheel is that of the metadata beside it."""
    (tmp_path / "harness_nextgen-9.8.7.dist-info").mkdir()
    monkeypatch.setattr(setup, "__file__", str(tmp_path / "harness_nextgen_runtime" / "setup.py"))
    with FaultServer([fault.answer()]) as server:
        one("blocking", server.url)
    assert server.requests[0].headers["user-agent"].startswith("harness-nextgen/9.8.7 ")


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"}, {"X": "a\nb"}, {"X": "a\0b"}, {"X\n": "a"}, {"": "a"}, {"X:": "a"},
        {"X": "caf\xe9"}, {"X": " a"}, {"X": 1}, {b"X": "a"}, {1: "a"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", MODES)
def test_bad_headers(headers: Any, mode: str) -> None:
    """A header that could be read as more than one is refused before anything is sent."""
    with pytest.raises(errors.ConfigurationError):
        Blocking(KEY, headers=headers)
    if all(isinstance(one, str) for pair in headers.items() for one in pair):
        with FaultServer([fault.answer()]) as server:
            error = one(mode, server.url, make_request(headers=headers))
            assert type(error) is errors.ConfigurationError
            assert not server.requests


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0}, {"timeout": "1"}, {"timeout": True}, {"deadline": -1},
        {"timeout": float("nan")}, {"max_retries": -1}, {"max_retries": 1.5},
        {"max_retries": True}, {"max_response_bytes": "1"}, {"format": "xml"}, {"retries": 1},
        {"timeout": float("inf")}, {"timeout": 10**400}, {"deadline": 3e6}, {"on_retry": 5},
        {"headers": [("X", "a")]}, {"headers": "X"},
    ],
)  # fmt: skip
def test_bad_options(options: Any) -> None:
    """An option that does not exist or fit is refused, for the client and for a copy."""
    client = Blocking(KEY)
    with pytest.raises(errors.ConfigurationError):
        client.with_options(**options)
    if "retries" not in options:
        with pytest.raises(errors.ConfigurationError):
            Blocking(KEY, **options)
    with pytest.raises(errors.ConfigurationError):
        Timeout(connect=-1)


@pytest.mark.parametrize("kind", [Blocking, Async])
@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": 5}, {"api_key": KEY.encode()}, {"account": 5}, {"base_url": b"https://x.example"},
        {"base_url": httpx.URL("https://x.example")}, {"requests_per_minute": 10**30},
        {"proxy": 5}, {"verify": None}, {"verify": 5}, {"cert": 5}, {"transport": 5},
    ],
    ids=lambda arguments: next(iter(arguments)),
)  # fmt: skip
def test_arguments_of_another_type(kind: Any, arguments: Any) -> None:
    """What a checker of types would have found is refused where the client is built."""
    with pytest.raises(errors.ConfigurationError, match=next(iter(arguments))):
        kind(**{"api_key": KEY, **arguments})


def test_transport_of_the_other_kind() -> None:
    """A transport for the other client is refused, and does not fail in the first call."""
    with pytest.raises(errors.ConfigurationError, match=r"an httpx\.BaseTransport"):
        Blocking(KEY, transport=httpx.AsyncHTTPTransport())
    with pytest.raises(errors.ConfigurationError, match=r"an httpx\.AsyncBaseTransport"):
        Async(KEY, transport=httpx.HTTPTransport())


def test_empty_arguments_win_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument that came out empty is an error, and not a call on another account or server."""
    monkeypatch.setenv("HARNESS_ACCOUNT_ID", "SET")
    monkeypatch.setenv("HARNESS_BASE_URL", "https://acme.harness.io")
    for name in ("api_key", "account", "base_url"):
        with pytest.raises(errors.ConfigurationError, match=f"pass {name}="):
            Blocking(**{"api_key": KEY, name: ""})


def test_host_that_is_no_name() -> None:
    """A host that IDNA cannot read is refused as any other base_url that is none."""
    with pytest.raises(errors.ConfigurationError, match="is no URL"):
        Blocking(KEY, base_url="https://xn--zz")


def test_copies() -> None:
    """A copy has its own options and shares the connections; closing it closes nothing."""
    with FaultServer([fault.answer()]) as server:
        client = Blocking(KEY, base_url=server.url, headers={"A": "1", "B": "1"})
        with client.with_options(headers={"b": "2"}, max_retries=0) as copy:
            copy.call(make_request(), read_data, {"headers": {"C": "3"}})
        copy.close()
        client.call(make_request(), read_data, {})
        first, second = (seen.headers for seen in server.requests)
        assert server.connections == 1
        assert (first["a"], first["b"], first["c"]) == ("1", "2", "3")
        assert (second["a"], second["b"]) == ("1", "1")
        assert "c" not in second
        client.close()
        for closed in (client, copy):
            with pytest.raises(errors.ConfigurationError, match="the client is closed"):
                closed.call(make_request(), read_data, {})


def test_own_http_client() -> None:
    """A user's httpx client is used with its headers, cookies and hooks, and is not closed."""
    seen: list[httpx.Request] = []
    with FaultServer([fault.redirect("/2"), fault.answer()]) as server:
        http = httpx.Client(
            headers={"X-Mine": "1"},
            cookies={"a": "b"},
            event_hooks={"request": [seen.append]},
            follow_redirects=True,
        )
        with Blocking(KEY, base_url=server.url, http_client=http) as client:
            client.call(make_request(), read_data, {})
        assert not http.is_closed
        http.close()
        assert len(seen) == 2
        assert server.requests[0].headers["x-mine"] == "1"
        assert server.requests[0].headers["cookie"] == "a=b"
        assert server.requests[0].headers["user-agent"].startswith("harness-nextgen/")
    with pytest.raises(errors.ConfigurationError, match=r"must be an httpx\.Client"):
        Blocking(KEY, http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    with pytest.raises(errors.ConfigurationError, match="set proxy on it"):
        Blocking(KEY, http_client=httpx.Client(), proxy="http://x")
    with pytest.raises(errors.ConfigurationError, match="transport= brings"):
        Blocking(KEY, transport=httpx.HTTPTransport(), verify=False)


def test_own_async_http_client() -> None:
    """The same for the asynchronous one."""

    async def main(url: str) -> None:
        http = httpx.AsyncClient(headers={"X-Mine": "1"}, auth=("user", "password"))
        async with Async(KEY, base_url=url, http_client=http) as client:
            await client.call(make_request(), read_data, {})
        assert not http.is_closed
        await http.aclose()

    with FaultServer([fault.answer()]) as server:
        asyncio.run(main(server.url))
        assert server.requests[0].headers["x-mine"] == "1"
        assert server.requests[0].headers["authorization"].startswith("Basic ")


def test_own_authentication_stays_at_home() -> None:
    """What a user's httpx client adds to authenticate goes to no other origin, nor comes back."""

    async def main(url: str) -> Any:
        async with httpx.AsyncClient(auth=("user", "password"), cookies={"a": "b"}) as http:
            client = Async(KEY, base_url=url, http_client=http)
            return await client.call(make_request(), read_data, {})

    with FaultServer() as home, FaultServer() as other:
        other._acts = [fault.redirect(f"{home.url}/back")]
        home._acts = [fault.redirect(other.url), fault.answer()] * 2
        with httpx.Client(auth=("user", "password"), cookies={"a": "b"}) as http:
            client = Blocking(KEY, base_url=home.url, http_client=http)
            client.call(make_request(), read_data, {})
        asyncio.run(main(home.url))
        for name in ("authorization", "cookie", "x-api-key"):
            assert [name in one.headers for one in home.requests] == [True, False] * 2, name
            assert [name in one.headers for one in other.requests] == [False, False], name


@pytest.mark.parametrize("mode", MODES)
def test_transport(mode: str) -> None:
    """A transport of the user's is sent with."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=str(request.url)))
    assert one(mode, "https://x.example", transport=transport) == "https://x.example/modules/1"


@pytest.mark.parametrize("mode", MODES)
def test_proxy(mode: str) -> None:
    """A proxy is asked for the whole address, with its own password and no one else's."""
    with FaultServer([fault.answer()]) as server:
        proxy = server.url.replace("//", "//user:password@")
        one(mode, "http://127.0.0.1:9", proxy=proxy)
        assert server.requests[0].target == "http://127.0.0.1:9/modules/1"
        assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize("mode", MODES)
def test_proxy_of_the_environment(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is used, and one that is not there is thought of in the error."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", fault.refused_url())
    with FaultServer([fault.answer()]) as server:
        error = one(mode, server.url)
        assert type(error) is errors.ConnectionFailedError
        assert "any proxy" in str(error)
        assert not server.requests


@pytest.mark.parametrize("mode", MODES)
def test_timeouts(mode: str) -> None:
    """The parts of a timeout reach httpx: to connect, to read, and what is left of a deadline."""
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.extensions["timeout"]))
        return httpx.Response(200, json=1)

    transport = httpx.MockTransport(answer)
    url = "https://x.example"
    one(mode, url, transport=transport, timeout=Timeout(connect=1, read=2))
    one(mode, url, transport=transport, timeout=None)
    one(mode, url, transport=transport, deadline=3, timeout=50)
    pool = constants.POOL_TIMEOUT
    assert seen[0] == {"connect": 1, "read": 2, "write": 2, "pool": pool}
    assert seen[1] == {"connect": None, "read": None, "write": None, "pool": None}
    assert all(2.5 < value <= 3 for value in seen[2].values())


@pytest.mark.parametrize("mode", MODES)
def test_certificates(mode: str, tmp_path: Path) -> None:
    """A certificate that nobody vouches for is refused at once; verify= names who does."""
    authority = trustme.CA()
    trusted, own = str(tmp_path / "authority.pem"), str(tmp_path / "own.pem")
    authority.cert_pem.write_to_path(trusted)
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(own)
    with FaultServer([fault.answer()], certificate=own) as server:
        retries: list[Any] = []
        error = one(mode, server.url, on_retry=retries.append)
        assert type(error) is errors.ConnectionFailedError
        assert "a certificate that is not trusted" in str(error)
        assert "verify=" in str(error)
        assert not retries
        value = {"id": "1", "name": "vpc"}
        assert one(mode, server.url, verify=trusted) == value
        assert one(mode, server.url, verify=trusted, cert=own) == value
        assert one(mode, server.url, verify=False) == value


def test_certificates_by_a_path_object(tmp_path: Path) -> None:
    """What names a file may be a Path as well as a text."""
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    Blocking(KEY, verify=file).close()


def test_missing_certificates(tmp_path: Path) -> None:
    """A file of certificates that is not there is named."""
    with pytest.raises(errors.ConfigurationError, match=r"nowhere\.pem"):
        Blocking(KEY, verify=str(tmp_path / "nowhere.pem"))
    with pytest.raises(errors.ConfigurationError, match=r"nowhere\.pem"):
        Blocking(KEY, cert=(str(tmp_path / "nowhere.pem"), "x"))


def test_query() -> None:
    """Parameters arrive as they were given: text unchanged, lists repeated, absent ones not."""
    query = {
        "text": "a b&c=d/\u00e9+%41#?",
        "yes": True,
        "number": 3,
        "list": ["x", "y,z"],
        "none": None,
        "empty": "",
    }
    with FaultServer([fault.answer()]) as server:
        one("blocking", server.url, make_request(query=query))
        target = server.requests[0].target
    assert target == (
        "/modules/1?text=a%20b%26c%3Dd%2F%C3%A9%2B%2541%23%3F&yes=true&number=3"
        "&list=x&list=y%2Cz&empty="
    )


def test_copies_have_resources_of_their_own() -> None:
    """What a subclass keeps on a client, such as its groups of methods, is not copied along."""

    class Client(Blocking):
        @functools.cached_property
        def modules(self) -> list[Any]:
            return [self]

    client = Client(KEY)
    assert client.modules[0] is client
    copy = client.with_options(max_retries=0)
    assert type(copy) is Client
    assert copy.modules[0] is copy


def test_copies_of_an_asynchronous_client() -> None:
    """The same for the asynchronous one: connections are shared, and closed by the original."""

    async def main(url: str) -> None:
        async with Async(KEY, base_url=url) as client:
            async with client.with_options(deadline=5) as copy:
                await copy.call(make_request(), read_data, {})
            await copy.aclose()
            await client.call(make_request(), read_data, {})
        with pytest.raises(errors.ConfigurationError, match="the client is closed"):
            await copy.call(make_request(), read_data, {})

    with FaultServer([fault.answer()]) as server:
        asyncio.run(main(server.url))
        assert server.connections == 1
