"""Requests that no client sends, byte for byte: none of them makes the sandbox fail."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from harness_nextgen import models

from tests.sandbox.running import Asking, Running
from tests.sandbox.shapes import check_shape

MODULES = b"/iacm/api/modules"
ORGS = b"/v1/orgs"
README = MODULES + b"/vpc/aws/1/readme"
EXAMPLES = MODULES + b"/vpc/aws/1/examples?path=examples/a"
ARCHIVE = b"/iacm/registry/account/a/b/aws/1/download/file"
LOCATION = b"http://elsewhere.example/iacm/api/modules"
STRANGER = b"GET /v1/orgs HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n"
WHO = b"x-api-key: pat.raw.token.secret\r\nHarness-Account: raw\r\n"
JSON = b"Content-Type: application/json\r\n"
YAML = b"Content-Type: application/yaml\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"
A_MODULE = b'{"name":"one","system":"aws"}'
NESTED = b'{"name":"%s","system":"aws","x":%s}'
DIGITS = b"9" * 4000
DISPOSITION = b"Content-Disposition: form-data; "


def get(target: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    """Write a request without a body."""
    return b"%s %s HTTP/1.1\r\nHost: h\r\n%s%s\r\n" % (method, target, WHO, b"".join(headers))


def post(target: bytes, body: bytes, *headers: bytes) -> bytes:
    """Write a request with a body, whatever its headers say of that."""
    return get(target, *headers, method=b"POST") + body


def send(target: bytes, body: bytes, *headers: bytes) -> bytes:
    """Write a request with a body and its true length."""
    return post(target, body, *headers, b"Content-Length: %d\r\n" % len(body))


def chunk(*lines: bytes) -> bytes:
    """Write a request whose body is in chunks."""
    return post(MODULES, b"\r\n".join(lines), JSON, b"Transfer-Encoding: chunked\r\n")


def form(*parts: bytes) -> bytes:
    """Write a request with a form of which each part is its headers."""
    lines = b"".join(b"--x\r\n%s\r\n\r\ntext\r\n" % part for part in parts)
    return send(EXAMPLES, lines + b"--x--\r\n", FORM)


def deepen(depth: int) -> bytes:
    """Write a list in a list in a list."""
    return b"[" * depth + b"]" * depth


ACCEPTED = {
    "HEAD": (200, get(MODULES, method=b"HEAD")),
    "a whole URL": (200, get(LOCATION)),
    "HTTP/1.0": (200, b"GET /v1/orgs HTTP/1.0\r\n%s\r\n" % WHO),
    "a host that is none": (200, b"GET /v1/orgs HTTP/1.1\r\nHost: \xff<>\r\n%s\r\n" % WHO),
    "NUL in a query": (200, get(MODULES + b"?searchTerm=%00&scope_org=%00&provider=%00")),
    "no UTF-8 in a query": (200, get(MODULES + b"?searchTerm=%ff%fe")),
    "half of a pair in a query": (200, get(MODULES + b"?searchTerm=%ed%a0%80")),
    "a query of separators": (200, get(MODULES + b"?;;&&==&=")),
    "thousands of keys": (200, get(MODULES + b"?" + b"a=1&" * 10_000)),
    "a key twice": (200, get(MODULES + b"?page=1&page=2")),
    "a long query": (200, get(MODULES + b"?searchTerm=" + b"a" * 60_000)),
    "thousands of headers": (200, get(ORGS, *(b"X-%d: a\r\n" % n for n in range(3000)))),
    "no UTF-8 in headers": (200, get(ORGS, b"Accept: \xff;;q=,,\r\nCookie: \xff=;\r\nX: \xfe\r\n")),
    "a folded header": (200, get(ORGS, b"X: a\r\n b\r\n")),
    "an upgrade": (200, get(ORGS, b"Connection: Upgrade\r\nUpgrade: websocket\r\n")),
    "a range": (200, get(ORGS, b"Range: bytes=5-1\r\nIf-Match: x\r\nIf-Modified-Since: x\r\n")),
    "a body nobody asked for": (200, get(ORGS, JSON, b"Content-Length: 2\r\n") + b"{}"),
    "chunks": (200, chunk(b"1d", b'{"name":"chunks","system":"a"', b"1", b"}", b"0", b"\r\n")),
    "an expectation": (200, send(MODULES, A_MODULE, JSON, b"Expect: 100-continue\r\n")),
    "another expectation": (200, get(ORGS, b"Expect: 200-ok\r\n")),
    "NUL in a text": (200, send(MODULES, b'{"name":"\\u0000","system":"aws"}', JSON)),
    "a large number": (200, send(MODULES, b'{"x":%s,"name":"x","system":"aws"}' % DIGITS, JSON)),
    "JSON not quite so deep": (200, send(MODULES, NESTED % (b"less", deepen(99)), JSON)),
    "a member twice": (200, send(MODULES, b'{"name":"b","name":"c","system":"aws"}', JSON)),
    "NUL in the name of a part": (201, form(DISPOSITION + b'name="a\0b"')),
    "an absolute part": (201, form(DISPOSITION + b'name="/etc/passwd"')),
    "an odd file name": (201, form(DISPOSITION + b"name=file; filename*=no-such''%ff")),
    "a form in a form": (201, form(DISPOSITION + b"name=a\r\nContent-Type: multipart/mixed")),
    "thousands of parts": (201, form(*[DISPOSITION + b"name=a"] * 5000)),
    "a form without parts": (201, form()),
    "an empty file": (201, send(README, b"", b"Content-Type: text/markdown\r\n")),
}  # fmt: skip

REFUSED = {
    "broken quoting": (404, get(MODULES + b"/%zz%")),
    "NUL in a path": (404, get(MODULES + b"/%00")),
    "no UTF-8 in a path": (404, get(MODULES + b"/%ff/tags")),
    "half of a pair in a path": (404, get(MODULES + b"/%ed%a0%80")),
    "a long path": (404, get(MODULES + b"/" + b"a" * 60_000)),
    "steps up": (404, get(b"/iacm/../v1/orgs")),
    "quoted steps up": (404, get(b"/ui/%2e%2e/%2e%2e/etc/passwd")),
    "two slashes": (404, get(b"//iacm/api/modules")),
    "a fragment": (404, get(MODULES + b"#x")),
    "everything": (404, get(b"*", method=b"OPTIONS")),
    "a tunnel": (404, get(b"h:80", method=b"CONNECT")),
    "TRACE": (405, get(MODULES, method=b"TRACE")),
    "OPTIONS": (405, get(ORGS, method=b"OPTIONS")),
    "an unknown method": (405, get(ORGS, method=b"BREW")),
    "a method in lower case": (405, get(MODULES, method=b"get")),
    "the last of two keys": (400, get(MODULES + b"?page=1&page=x")),
    "broken quoting in a query": (400, get(MODULES + b"?page=%zz")),
    "a key that is no text": (401, STRANGER % b"x-api-key: \xff"),
    "other credentials": (401, STRANGER % b"Authorization: Basic \xff"),
    "a token of bytes": (401, get(ARCHIVE + b"?token=eA.%ff")),
    "a token of half a pair": (401, get(ARCHIVE + b"?token=%ed%a0%80")),
    "an odd fault": (400, get(MODULES, b"X-Sandbox-Fault: \xff\r\n")),
    "an odd latency": (400, get(ORGS, b"X-Sandbox-Latency: 1e9s\r\n")),
    "no body": (400, send(README, b"")),
    "no media type": (415, send(MODULES, b"{}", b"Content-Type: ;;\r\n")),
    "a media type of bytes": (415, send(ORGS, b"{}", b"Content-Type: \xff/\xfe\r\n")),
    "no UTF-8": (400, send(MODULES, b'{"name":"\xff","system":"aws"}', JSON)),
    "UTF-16": (400, send(MODULES, '{"name":"a","system":"aws"}'.encode("utf-16"), JSON)),
    "a byte order mark": (400, send(MODULES, b"\xef\xbb\xbf{}", JSON)),
    "a raw NUL": (400, send(MODULES, b'{"name":"\0","system":"aws"}', JSON)),
    "too large a number": (400, send(MODULES, b'{"x":%s}' % (DIGITS * 2), JSON)),
    "no finite number": (400, send(MODULES, b'{"x":1e400}', JSON)),
    "packed JSON": (400, send(MODULES, b"\x1f\x8b", JSON, b"Content-Encoding: gzip\r\n")),
    "deep JSON": (400, send(MODULES, NESTED % (b"deep", deepen(100)), JSON)),
    "deeper JSON": (400, send(MODULES, deepen(100_000), JSON)),
    "deep objects": (400, send(MODULES, b'{"a":' * 50_000, JSON)),
    "too many values": (400, send(MODULES, b"[%s1]" % (b"1," * 300_000), JSON)),
    "deep YAML": (400, send(ORGS, b"org: " + deepen(5000), YAML)),
    "deep maps of YAML": (400, send(ORGS, b"".join(b" " * n + b"a:\n" for n in range(900)), YAML)),
    "a list that holds itself": (400, send(ORGS, b"&a [*a]", YAML)),
    "keys that are lists": (400, send(ORGS, b"? [a]\n: b", YAML)),
    "another version of YAML": (400, send(ORGS, b"%YAML 9.9\n---\norg: 1", YAML)),
    "a tag of Python": (400, send(ORGS, b"!!python/object/apply:os.abort []", YAML)),
    **{
        f"tag {text}": (400, send(ORGS, b"org: {identifier: !!%s, name: a}" % text.encode(), YAML))
        for text in (
            "timestamp x", "timestamp 2026-99-99", "bool maybe", "int ''", "int x", "int [a]",
            "float -", "binary aGk=", "set {a}", "omap [{a: b}]", "pairs [{a: b}]", "str [a]",
            "map a",
        )
    },
    "chunks that end the form": (400, chunk(b"1", b"{", b"0", b"\r\n")),
    "a length that is too small": (400, post(MODULES, A_MODULE, JSON, b"Content-Length: 5\r\n")),
    "length and chunks": (400, chunk(b"0", b"\r\n").replace(b"Host", b"Content-Length: 2\r\nHost")),
    "a form without an end": (400, send(EXAMPLES, b"--x\r\n%sname=a\r\n\r\nb" % DISPOSITION, FORM)),
    "lines of Unix": (400, send(EXAMPLES, b"--x\n%sname=a\n\nb\n--x--\n" % DISPOSITION, FORM)),
    "a part without headers": (400, form(b"")),
    "a part with a header of bytes": (400, form(b"\xff\xff")),
    "a part with an empty name": (400, form(DISPOSITION + b'name=""')),
    "a part with a long name": (400, form(DISPOSITION + b"name=" + b"a" * 100_000)),
    "a part whose name is no UTF-8": (400, form(DISPOSITION + b'name="\xff"')),
    "a part that climbs": (400, form(DISPOSITION + b'name="a/../../b"')),
    "a long boundary": (400, send(EXAMPLES, b"", FORM.replace(b"=x", b"=" + b"x" * 5000))),
    "an empty boundary": (400, send(EXAMPLES, b"----", FORM.replace(b"=x", b'=""'))),
}  # fmt: skip

NO_HTTP = {
    "bytes in a path": get(MODULES + b"/\xff"),
    "bytes in a query": get(MODULES + b"?searchTerm=\xff"),
    "raw NUL in a path": get(MODULES + b"/\0"),
    "a space in a path": get(MODULES + b"/a b"),
    # Not a byte more: what the server leaves unread makes TCP drop the answer.
    "too long a path": get(b"/" + b"a" * 70_000)[: 64 * 1024 + 1],
    "NUL in a header": get(MODULES, b"X: a\0b\r\n"),
    "no host": b"GET /v1/orgs HTTP/1.1\r\n%s\r\n" % WHO,
    "two hosts": get(MODULES, b"Host: a\r\n"),
    "HTTP/0.9": b"GET /v1/orgs\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "a negative length": post(MODULES, b"{}", JSON, b"Content-Length: -5\r\n"),
    "a length of letters": post(MODULES, b"{}", JSON, b"Content-Length: abc\r\n"),
    "two lengths": post(MODULES, b"{}", JSON, b"Content-Length: 2\r\nContent-Length: 3\r\n"),
    "an unknown coding": post(MODULES, b"{}", JSON, b"Transfer-Encoding: gzip\r\n"),
    "no size of a chunk": chunk(b"zz", b"{}", b"0", b"\r\n"),
}

CUT_OFF = {
    "in the headers": get(MODULES)[:-20],
    "in the body": post(MODULES, b'{"name":"cut","system":"a"}', JSON, b"Content-Length: 500\r\n"),
    "before the body": post(MODULES, b"", JSON, b"Content-Length: 99999999999999999999\r\n"),
    "in a chunk": chunk(b"500", b'{"name":"cut","system":"aws"}'),
    "between chunks": chunk(b"1d", b'{"name":"cut","system":"aws"}', b""),
}  # fmt: skip


def connect(url: str) -> socket.socket:
    """Open a connection to the sandbox."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port))


def exchange(url: str, request: bytes) -> httpx.Response:
    """Send bytes to the sandbox and read one answer."""
    method, _, target = request.partition(b" ")
    api = "/iacm/" if target.startswith((b"/iacm/", LOCATION)) else "/"
    with connect(url) as connection:
        connection.sendall(request)
        with http.client.HTTPResponse(connection, method=method.decode("latin-1")) as answer:
            answer.begin()
            return httpx.Response(
                answer.status,
                headers=answer.getheaders(),
                content=answer.read(),
                request=httpx.Request("GET", url + api),
            )


@pytest.fixture
def url(sandbox: Running) -> str:
    """A sandbox that has a module."""
    asking = Asking(sandbox.url, "raw", "sync")
    if not list(asking("modules.list", search_term="vpc")):
        asking("modules.create", models.CreateModuleRequest(name="vpc", system="aws"))
    asking.close()
    return sandbox.url


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_requests_are_accepted(url: str, name: str) -> None:
    """What is odd, but HTTP and valid, is answered as any other request."""
    expected, request = ACCEPTED[name]
    assert exchange(url, request).status_code == expected


@pytest.mark.parametrize("name", REFUSED)
def test_bad_requests_are_refused(url: str, name: str) -> None:
    """What is wrong is refused, in the shape of the API that it was sent to."""
    expected, request = REFUSED[name]
    answer = exchange(url, request)
    assert answer.status_code == expected
    check_shape(answer)


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_refused(url: str, name: str) -> None:
    """What is no HTTP never reaches the API; the answer is plain text, as one of a proxy is."""
    answer = exchange(url, NO_HTTP[name])
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("name", CUT_OFF)
def test_half_a_request(url: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A request that is cut off does nothing, and the sandbox goes on without a complaint."""
    with connect(url) as connection, connection.makefile("rb") as answer:
        connection.sendall(CUT_OFF[name])
        connection.shutdown(socket.SHUT_WR)
        assert not answer.read().startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    found = exchange(url, get(MODULES + b"?searchTerm=cut"))
    assert (found.status_code, found.json()) == (200, [])
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []
