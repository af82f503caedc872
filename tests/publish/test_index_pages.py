"""What an index has of a project, by its simple page, whoever answers there."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish import upload as publish_upload
from pipeline.publish.environment import (
    install_dependencies,
    install_published,
    make_environment,
)
from pipeline.publish.index import Index
from pipeline.publish.listing import Listed, digest_listed, list_files, settle_simple_url
from tests.publish.indexes import PROJECT, find_port, make_files, start_relay

pytestmark = pytest.mark.once

DIGEST = "a" * 64
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Server:
    """A server on loopback that answers as it is told, and notes who asks."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(
        default_factory=dict[str, tuple[int, dict[str, str], bytes]]
    )
    asked: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])

    @property
    def index(self) -> Index:
        """The index that it stands for."""
        return Index("team", f"{self.url}/", f"{self.url}/simple/", "ci", "hunter2")

    def say(self, body: str, kind: str = "text/html", status: int = 200, **headers: str) -> None:
        """Answer for the page of the project."""
        path = f"/simple/{PROJECT}/"
        self.answers[path] = (status, {"Content-Type": kind, **headers}, body.encode())


@contextmanager
def run_server() -> Generator[Server]:
    """Run a server."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, self.headers["Authorization"]))
            status, headers, body = told.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Generator[Server]:
    """A server that knows nothing yet."""
    with run_server() as one:
        yield one


def test_page_of_html(server: Server) -> None:
    """Links are files, by the last part of their address; a digest may stand in the fragment."""
    server.say(
        f'<base href="{server.url}/files/"><a href="a/x-1.0.tar.gz#sha256={DIGEST}">x</a>'
        '<a href="y%2B1-1.0.whl#md5=0">y</a><a>nothing</a>'
    )
    assert list_files(server.index, PROJECT) == [
        Listed("x-1.0.tar.gz", f"{server.url}/files/a/x-1.0.tar.gz", DIGEST),
        Listed("y+1-1.0.whl", f"{server.url}/files/y%2B1-1.0.whl", None),
    ]
    assert server.asked[0][1] is not None


def test_page_of_json(server: Server) -> None:
    """PEP 691 says the same in JSON."""
    server.say(
        '{"meta": {"api-version": "1.1"}, "files": ['
        f'{{"filename": "x-1.0.tar.gz", "url": "../../x", "hashes": {{"sha256": "{DIGEST}"}}}},'
        '{"filename": "y", "url": "/y", "hashes": {}}]}',
        f"{JSON}; charset=utf-8",
    )
    assert list_files(server.index, PROJECT) == [
        Listed("x-1.0.tar.gz", f"{server.url}/x", DIGEST),
        Listed("y", f"{server.url}/y", None),
    ]


def test_unknown_project_has_no_files(server: Server) -> None:
    """404 is the answer for a project that was never published."""
    assert list_files(server.index, PROJECT) == []


def test_page_may_be_next_door(server: Server) -> None:
    """A redirect on the same server is followed, with the password."""
    server.say("", status=301, Location="/there/")
    server.answers["/there/"] = (200, {"Content-Type": "text/html"}, b'<a href="/x-1.tar.gz">x</a>')
    assert [one.name for one in list_files(server.index, PROJECT)] == ["x-1.tar.gz"]
    assert server.asked[-1] == ("/there/", server.asked[0][1])


def test_public_index_behind_an_index_is_not_asked(server: Server) -> None:
    """An index that sends on to another one does not have it, and nobody else gets the password."""
    with run_server() as public:
        public.answers["/simple/"] = (200, {"Content-Type": "text/html"}, b'<a href="x">x</a>')
        server.say("", status=302, Location=f"{public.url}/simple/")
        assert list_files(server.index, PROJECT) == []
        assert public.asked == []


def test_digest_by_download(server: Server) -> None:
    """Without a digest on the page the file is read; a file elsewhere is asked for anonymously."""
    body = b"x" * 1_000_000
    server.answers["/x"] = (200, {}, body)
    digest = hashlib.sha256(body).hexdigest()
    assert digest_listed(server.index, Listed("x", f"{server.url}/x", None), 1_000_000) == digest
    assert server.asked[-1][1] is not None
    with run_server() as other:
        other.answers["/x"] = (200, {}, body)
        assert digest_listed(server.index, Listed("x", f"{other.url}/x", None), 1_000_000) == digest
        assert other.asked == [("/x", None)]
    assert digest_listed(server.index, Listed("x", f"{server.url}/x", None), 10) != digest
    assert digest_listed(server.index, Listed("x", "", DIGEST), 10) == DIGEST


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("application/json", "{}", "it sends application/json"),
        ("", "text", "it sends no type"),
        (JSON, "[]", "its JSON has not the form of PEP 691"),
        (JSON, "{", "its JSON has not the form of PEP 691"),
        (JSON, '{"files": [{"filename": "x"}]}', "its JSON has not the form of PEP 691"),
        (JSON, '{"files": [{"filename": "x", "url": 1}]}', "its JSON has not the form of PEP 691"),
        (JSON, '{"files": [7]}', "its JSON has not the form of PEP 691"),
    ],
)
def test_page_that_is_none(server: Server, kind: str, body: str, reason: str) -> None:
    """What is no simple page is told, with the way to name the right one."""
    server.say(body, kind)
    with pytest.raises(BadInput) as caught:
        list_files(server.index, PROJECT)
    assert str(caught.value) == f"team: has no simple page ({reason}): name it with --simple-url"


def test_page_that_sends_on_and_on(server: Server) -> None:
    """A circle of redirects ends."""
    server.say("", status=302, Location=f"/simple/{PROJECT}/")
    with pytest.raises(BadInput, match="it sends on again and again"):
        list_files(server.index, PROJECT)


@pytest.mark.parametrize(
    ("status", "password", "message"),
    [
        (401, "", "asks for a user name and a password (401): put them into ~/.pypirc, into "),
        (401, "p", "does not take the password of the user 'ci' (401): look whether it still "),
        (403, "p", "does not let the user 'ci' do that (403): look whether the password still "),
        (500, "p", "answers 500: look whether its address is right and it is well"),
        (429, "p", "answers 429: "),
    ],
)
def test_refusal_is_told(server: Server, status: int, password: str, message: str) -> None:
    """Each refusal says what to look at."""
    server.say("hunter2", status=status)
    index = Index("team", server.index.upload_url, server.index.simple_url, "ci", password)
    with pytest.raises(BadInput) as caught:
        list_files(index, PROJECT)
    assert str(caught.value).startswith(f"team: {message}")
    assert "hunter2" not in str(caught.value)


def test_index_that_is_not_there() -> None:
    """A port where nobody listens, and a name that nobody has, are told."""
    url = f"http://127.0.0.1:{find_port()}/"
    with pytest.raises(BadInput) as caught:
        settle_simple_url(Index("team", url, ""))
    message = "team: cannot be reached (Connection refused): look whether its address is right"
    assert str(caught.value) == message
    with pytest.raises(BadInput, match=r"team: cannot be reached \(.+\): look whether its address"):
        list_files(Index("team", "", "http://packages.invalid/"), PROJECT)


def test_certificate_that_is_not_trusted(server: Server, tmp_path: Path) -> None:
    """An authority that nobody named is not trusted; with its file it is."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server.say('<a href="x-1.tar.gz">x</a>')
    with start_relay(server.url, context) as relay:
        index = Index("team", f"{relay.url}/", f"{relay.url}/simple/")
        with pytest.raises(BadInput) as caught:
            list_files(index, PROJECT)
        assert str(caught.value) == (
            "team: shows a certificate that is not trusted (unable to get local issuer "
            "certificate): name the file of its authority in TWINE_CERT or as ca_cert in ~/.pypirc"
        )
        trusting = Index("team", index.upload_url, index.simple_url, ca_cert=f"{tmp_path}/ca.pem")
        assert len(list_files(trusting, PROJECT)) == 1
    index = Index("team", "", server.url.replace("http:", "https:"))
    with pytest.raises(BadInput, match="does not speak TLS as expected: look whether"):
        list_files(index, PROJECT)


@pytest.mark.parametrize("said", [b"", b"220 mail.example.com\r\n", b"HTTP/1.1 200 OK\r\nA"])
def test_connection_that_breaks(said: bytes) -> None:
    """A server that hangs up, and one that speaks something else, are told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as client:
                client.recv(1)
                client.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(BadInput) as caught:
            list_files(Index("team", url, url), PROJECT)
        thread.join()
    message = "breaks the connection: try again, what is there by then is left out"
    assert str(caught.value) == f"team: {message}"


def test_proxy_is_not_asked_for_loopback(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy for everything knows nothing of this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{find_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert list_files(server.index, PROJECT) == []


def test_index_that_takes_files_and_does_not_list_them(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent to the wrong place, or nowhere, is not taken for published."""
    monkeypatch.setattr(publish_upload, "_LISTED_WITHIN", 0)
    server.answers["/"] = (200, {}, b"welcome")
    wheel, sdist = make_files(tmp_path, "1.0")
    index = replace(server.index, password='gr"ün €\\')
    with pytest.raises(BadInput) as caught:
        publish_upload.upload(index, PROJECT, "1.0", [wheel, sdist], lambda stage: None)
    assert str(caught.value) == (
        f"team: took {wheel.name}, {sdist.name} and does not list it: is {server.url}/simple/ its "
        "simple page?"
    )
    # Both libraries that ask it say the same password, whatever is in it.
    keys = {key for _, key in server.asked}
    assert keys == {f"Basic {base64.b64encode(f'ci:{index.password}'.encode()).decode()}"}


def test_pip_is_given_the_password(server: Server, tmp_path: Path) -> None:
    """The installer says the password, too, with whatever is in it."""
    wheel, _ = make_files(tmp_path, "1.0")
    environment = make_environment(tmp_path / "environment")
    index = replace(server.index, password='gr"ün a\\b # c')
    with pytest.raises(DoesNotHold) as caught:
        install_published(environment, index, PROJECT, "1.0", wheel)
    assert str(caught.value) == (
        "the clean environment: gets nothing from team: pip says: No matching distribution found "
        f"for {PROJECT}==1.0"
    )
    pairs = [base64.b64decode(str(key).split()[1]).decode("latin-1") for _, key in server.asked]
    assert set(pairs) == {f"ci:{index.password}"}
    assert (tmp_path / "environment/netrc").stat().st_mode & 0o077 == 0


def test_pip_asks_no_other_index(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this machine's pip is configured with has no say in what was published."""
    wheel, _ = make_files(tmp_path / "dist", "1.0")
    with run_server() as other:
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{other.url}/simple/")
        monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
        (tmp_path / ".config/pip").mkdir(parents=True)
        (tmp_path / ".config/pip/pip.conf").write_text(f"[global]\nfind-links = {wheel.parent}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        environment = make_environment(tmp_path / "environment")
        with pytest.raises(DoesNotHold, match="No matching distribution found"):
            install_published(environment, server.index, PROJECT, "1.0", wheel)
        assert other.asked == []
    assert server.asked != []


def test_dependency_that_the_registry_does_not_have(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pip's own words are told, and where they come from."""
    for name in [one for one in os.environ if one.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
    wheel, _ = make_files(tmp_path, "1.0")
    (tmp_path / "pyproject.toml").write_text('[dependency-groups]\npipeline = ["griffelib>=2"]\n')
    environment = make_environment(tmp_path / "environment")
    with pytest.raises(BadInput) as caught:
        install_dependencies(environment, tmp_path, wheel)
    assert str(caught.value) == (
        "the clean environment: gets nothing from the registry that pip is set up with: pip says: "
        "No matching distribution found for griffelib>=2"
    )


def test_devpi_is_known_by_what_it_says(server: Server) -> None:
    """Devpi has its pages elsewhere than the others."""
    index = Index("team", f"{server.url}/ci/stage/", "")
    assert settle_simple_url(index).simple_url == f"{server.url}/ci/stage/simple/"
    server.answers["/ci/stage/"] = (200, {"X-Devpi-Server-Version": "6.20.3"}, b"")
    assert settle_simple_url(index).simple_url == f"{server.url}/ci/stage/+simple/"
    assert {key for _, key in server.asked} == {None}
    named = Index("team", "", f"{server.url}/own/")
    assert settle_simple_url(named) == named
