"""JSON and YAML, forms and content: what goes out, and what is read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime import errors, formats
from harness_nextgen_runtime.decoding import Mismatch
from harness_nextgen_runtime.encoding import path_segment
from harness_nextgen_runtime.formats import encode_json, encode_yaml, read_data
from harness_nextgen_runtime.request import (
    ContentBody,
    FormBody,
    JsonBody,
    MultipartBody,
)
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, MODES, Blocking, make_request, one
from tests.runtime.fault_server import FaultServer

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 1e300, "", "text", "yes", "no", "on", "null", "~", "true", "1", "1e5",
    "0o17", "017", "0x1f", "1_000", "12:30", "12:30:45", "2024-01-02", "2024-01-02T03:04:05Z",
    ".inf", ".5", "=", "<<", "a: b", "- a", "# a", "caf\u00e9", "\U0001f600", "line\nbreak",
    " space ", "tab\t", "'", '"', "%a", "@a", "`a", "*a", "&a", "!a", "{a", "[a", "a,b",
    [], {}, [[]], {"a": {"b": [1, {"c": None}]}}, {"yes": 1, "2024-01-02": 2, "1": 3},
]  # fmt: skip


def response(content: bytes, media_type: str, status: int = 200) -> httpx.Response:
    """Make a response that was read."""
    return httpx.Response(status, content=content, headers={"Content-Type": media_type})


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_round_trip(value: Any) -> None:
    """What is written is read back as it was, in both formats: no text becomes a date or bool."""
    assert read_data(response(encode_json(value), "application/json")) == value
    read = read_data(response(encode_yaml(value, "x"), "application/yaml; charset=utf-8"))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("created: 2024-01-02", {"created": "2024-01-02"}),
        ("at: 2024-01-02T03:04:05Z", {"at": "2024-01-02T03:04:05Z"}),
        ("at: 12:30", {"at": "12:30"}),
        ("country: no", {"country": "no"}),
        ("version: 1.10", {"version": 1.1}),
        ("number: 010", {"number": "010"}),
        ("big: 12345678901234567890", {"big": 12345678901234567890}),
        ("- 1\n- true\n- null\n- ~\n-", [1, True, None, None, None]),
        ('quoted: "1"', {"quoted": "1"}),
        ("exp: 1e3", {"exp": 1000.0}),
        ("stars: '* * *'", {"stars": "* * *"}),
    ],
)
def test_yaml_core_schema(text: str, value: Any) -> None:
    """YAML is read by the core schema of version 1.2."""
    assert read_data(response(text.encode(), "text/x-yaml")) == value


@pytest.mark.parametrize(
    "text", ["a: &x [1]\nb: *x", "a: b: c", "!!python/object:os.system x", "", "a: \xe9", "\t- a"]
)
def test_bad_yaml(text: str) -> None:
    """What is no YAML, has aliases or wants objects is an error that shows what came."""
    with pytest.raises(errors.DecodingError, match="should have brought YAML"):
        read_data(response(text.encode("latin-1"), "application/yaml"))


def test_names_in_yaml_are_texts() -> None:
    """The names of members are texts, as JSON has them, whatever they look like."""
    read = read_data(response(b"5: a\ntrue: b\n~: c\n1.5: d\n", "application/yaml"))
    assert read == {"5": "a", "true": "b", "~": "c", "1.5": "d"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", {1}, [[...]], object()])
def test_yaml_says_no_more_than_json(value: Any) -> None:
    """What JSON cannot say is refused in YAML too, though YAML has a way to write it."""
    with pytest.raises(errors.ConfigurationError, match="cannot be written as YAML"):
        encode_yaml({"a": value}, "x")


@pytest.mark.parametrize("text", ["0o17", "y", "N"])
def test_texts_that_some_version_of_yaml_reads_otherwise(text: str) -> None:
    """The octal numbers of YAML 1.2 and the short booleans of 1.1 are quoted as texts."""
    assert encode_yaml(text, "x").decode().strip() == f"'{text}'"


@pytest.mark.parametrize("text", ["[" * 50_000 + "]" * 50_000, "- " * 50_000 + "x"])
def test_deep_yaml_does_not_end_the_process(text: str) -> None:
    """What libyaml would overflow the stack with is an error as any other."""
    script = (
        "import httpx, sys; from harness_nextgen_runtime.formats import read_data;"
        "read_data(httpx.Response(200, text=sys.stdin.read(),"
        "headers={'Content-Type': 'application/yaml'}))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert "DecodingError" in done.stderr
    assert "nest" in done.stderr  # in our words, or in those of libyaml from 0.2.6 on


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b"", "application/json", "an empty body"),
        (b"  \n", "", "an empty body"),
        (b"<html><b>Sign in</b></html>", "text/html", "of text/html .*'Sign in'"),
        (b'{"a": ', "application/json", "6 bytes of application/json"),
        (b"\xff\xfe\xff", "application/json", "3 bytes"),
        (b"[" * 200_000, "application/json", "200000 bytes"),
        (b"9" * 5000, "application/json", "5000 bytes"),
        (b"plain", "", "no media type"),
    ],
)
def test_unreadable(content: bytes, media_type: str, words: str) -> None:
    """What is no JSON is an error that names what came, never one of the json module's."""
    with pytest.raises(errors.DecodingError, match=words) as caught:
        read_data(response(content, media_type, 201))
    assert "201" in str(caught.value)
    assert caught.value.__cause__ is None


def test_other_encodings() -> None:
    """A byte order mark and a declared charset do no harm."""
    assert read_data(response(b"\xef\xbb\xbf[1]", "application/json")) == [1]
    latin = '"caf\u00e9"'.encode("latin-1")
    assert read_data(response(latin, "application/json; charset=latin-1")) == "caf\u00e9"
    assert read_data(response(b"[1]", "text/plain")) == [1]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: {2}}, b"x"])
def test_unwritable(value: Any) -> None:
    """What JSON cannot say is refused before anything is sent."""
    with pytest.raises(errors.ConfigurationError, match="cannot be written as JSON"):
        encode_json(value)


def test_surrogates() -> None:
    """Half of a surrogate pair, which UTF-8 cannot hold, goes out escaped."""
    assert json.loads(encode_json("\ud800")) == "\ud800"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("takes_yaml", [True, False])
def test_format_option(takes_yaml: bool, mode: str) -> None:
    """format="yaml" asks for and sends YAML where an operation takes it, and JSON elsewhere."""
    act = (
        fault.answer(200, b"name: vpc\nat: 2024-01-02\n", media_type="application/yaml")
        if takes_yaml
        else fault.answer(200, b'{"name": "vpc", "at": "2024-01-02"}')
    )
    with FaultServer([act]) as server:
        request = make_request("PUT", body=JsonBody({"on": "2024-01-02"}), yaml=takes_yaml)
        result = one(mode, server.url, request, format="yaml")
        seen = server.requests[0]
    assert result == {"name": "vpc", "at": "2024-01-02"}
    media_type = "application/yaml" if takes_yaml else "application/json"
    assert seen.headers["content-type"] == media_type
    assert seen.headers["accept"] == media_type
    assert seen.body == (b"'on': '2024-01-02'\n" if takes_yaml else b'{"on":"2024-01-02"}')


def test_without_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a YAML library the error says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    formats._yaml_tools.cache_clear()
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'harness-nextgen\[yaml\]'"):
        encode_yaml({}, "harness-nextgen")
    with FaultServer([fault.answer()]) as server:
        error = one(
            "blocking",
            server.url,
            make_request("PUT", body=JsonBody({}), yaml=True),
            format="yaml",
        )
        assert "harness-nextgen[yaml]" in str(error)
        assert not server.requests


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("body", "media_type", "sent"),
    [
        (JsonBody({"a": "caf\u00e9"}), "application/json", '{"a":"caf\u00e9"}'.encode()),
        (JsonBody(None), "application/json", b"null"),
        (FormBody({"a": "b c", "d": [1, True], "e": None}), "application/x-www-form-urlencoded",
         b"a=b+c&d=1&d=true"),
        (ContentBody("caf\u00e9", "text/markdown"), "text/markdown", "caf\u00e9".encode()),
        (ContentBody(b"\0\xff", "application/zip"), "application/zip", b"\0\xff"),
        (None, None, b""),
    ],
)  # fmt: skip
def test_bodies(body: Any, media_type: str | None, sent: bytes, mode: str) -> None:
    """Each kind of body goes out with its media type and length."""
    with FaultServer([fault.answer()]) as server:
        one(mode, server.url, make_request("POST", body=body))
        seen = server.requests[0]
    assert seen.body == sent
    assert seen.headers.get("content-type") == media_type
    assert seen.headers.get("content-length", "0") == str(len(sent))


@pytest.mark.parametrize("mode", MODES)
def test_progress(mode: str, tmp_path: Path) -> None:
    """A file is sent in parts, with its length, and progress is told."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 150_000)
    told: list[Any] = []
    body = ContentBody(path, "application/zip", lambda done, total: told.append((done, total)))
    with FaultServer([fault.answer()]) as server:
        one(mode, server.url, make_request("POST", body=body))
        assert server.requests[0].body == b"x" * 150_000
        assert server.requests[0].headers["content-length"] == "150000"
    assert (told[0], told[-1]) == ((0, 150_000), (150_000, 150_000))


@pytest.mark.parametrize("mode", MODES)
def test_parts(mode: str) -> None:
    """Parts of a form go out as httpx writes them."""
    body = MultipartBody([("a", (None, b"1")), ("file", ("n.txt", b"text", "text/plain"))])
    with FaultServer([fault.answer()]) as server:
        one(mode, server.url, make_request("POST", body=body))
        seen = server.requests[0]
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="n.txt"' in seen.body


@pytest.mark.parametrize("mode", MODES)
def test_mismatch(mode: str) -> None:
    """A success that does not fit names the operation and the JSON pointer."""

    def decode(response: httpx.Response) -> Any:
        raise Mismatch("a text", "a number", "/items/0/name")

    with FaultServer([fault.answer()]) as server, Blocking(KEY, base_url=server.url) as client:
        with pytest.raises(errors.DecodingError, match=r"do_it: .*/items/0/name") as caught:
            client.call(make_request(), decode, {})
        raw = client.call_raw(make_request(), decode, {})
        assert raw.status_code == 200
        with pytest.raises(errors.DecodingError, match=r"do_it: .*/items/0/name"):
            raw.parse()
    assert caught.value.pointer == "/items/0/name"
    assert caught.value.response is not None
    assert caught.value.response.content == fault.GOOD


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_paths_that_lead_elsewhere(value: str) -> None:
    """An argument of the path that would name another path is refused."""
    with pytest.raises(ValueError, match="path"):
        path_segment(value)


@pytest.mark.parametrize(
    "text",
    ["a/b", "a b", "%2e%2e", "..;", "\u00e9\U0001f600", "?#&", "~", "...", "a\nb", "\0", "+"],
)
@pytest.mark.parametrize("mode", MODES)
def test_text_arrives_unchanged(text: str, mode: str) -> None:
    """Any other text arrives at the server as it was."""
    from urllib.parse import unquote

    with FaultServer([fault.answer()]) as server:
        one(mode, server.url, make_request(path=f"/x/{path_segment(text)}/y", query={"q": text}))
        target = server.requests[0].target
    path, _, query = target.partition("?")
    assert unquote(path) == f"/x/{text}/y"
    assert path.count("/") == 3
    assert unquote(query) == f"q={text}"
