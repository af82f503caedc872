"""Ask an index what it has of a project: its simple page, as HTML or as JSON (PEP 503, PEP 691)."""

from __future__ import annotations

import errno
import hashlib
import json
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from pipeline.faults import BadInput, Fault, Place
from pipeline.publish.index import Index, derive_simple_url

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html", "application/xhtml+xml")
_DEVPI = "x-devpi-server-version"
_MAX_BYTES = 64 * 1024 * 1024
_TIMEOUT = httpx.Timeout(60.0, connect=20.0)
_MAX_REDIRECTS = 5
_BROKEN = (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE)
_BREAKS = "breaks the connection: try again, what is there by then is left out"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that an index offers."""

    name: str
    url: str
    sha256: str | None
    """None where the page does not say: then it has to be downloaded to know."""


def settle_simple_url(index: Index) -> Index:
    """Find where installers look, if nobody said: devpi, which says who it is, has it elsewhere.

    Raises BadInput when the index cannot be reached.
    """
    if index.simple_url:
        return index
    with _open_client(index) as client, _told_by_name(index):
        # Nobody has to know who we are for this answer.
        is_devpi = _DEVPI in client.get(index.upload_url, auth=None).headers
    return replace(index, simple_url=derive_simple_url(index.upload_url, is_devpi=is_devpi))


def list_files(index: Index, project: str) -> list[Listed]:
    """List the files of a project; none where the index does not know it.

    Raises BadInput when the index cannot be reached, refuses, or answers with something else.
    """
    url = urljoin(f"{index.simple_url.rstrip('/')}/", f"{project}/")
    with _open_client(index) as client, _told_by_name(index):
        for _ in range(_MAX_REDIRECTS):
            with client.stream("GET", url, headers={"Accept": _ACCEPT}) as answer:
                target = urljoin(url, answer.headers.get("location", ""))
                if answer.is_redirect and _is_same_server(target, url):
                    url = target
                    continue
                if answer.status_code == 404 or answer.is_redirect:
                    # GitLab and others send on to a public index for what they do not have.
                    return []
                check_status(answer.status_code, index)
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise _no_page(index, "its page of the project does not end")
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                return _read_page(index, body, kind, url)
        raise _no_page(index, "it sends on again and again")


def digest_listed(index: Index, listed: Listed, size: int) -> str:
    """Return the SHA-256 of a file that an index offers, by its word or by downloading it.

    No more than ``size`` bytes and one are read: a longer file is another one already. Raises
    BadInput when it cannot be read.
    """
    if listed.sha256 is not None:
        return listed.sha256
    digest, read = hashlib.sha256(), 0
    with _open_client(index) as client, _told_by_name(index):
        auth = client.auth if _is_same_server(listed.url, index.simple_url) else None
        with client.stream("GET", listed.url, auth=auth, follow_redirects=True) as answer:
            check_status(answer.status_code, index)
            for chunk in answer.iter_bytes():
                digest.update(chunk)
                read += len(chunk)
                if read > size:
                    break
    return digest.hexdigest()


def check_status(status: int, index: Index) -> None:
    """Raise BadInput for an answer that is none, with what to do about it."""
    if status < 300:
        return
    who = f"the user {index.username!r}" if index.username else "us"
    if status == 401 and not index.password:
        message = (
            "asks for a user name and a password (401): put them into ~/.pypirc, into "
            "UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or into the keyring"
        )
    elif status == 401:
        message = f"does not take the password of {who} (401): look whether it still holds"
    elif status == 403:
        message = (
            f"does not let {who} do that (403): look whether the password still holds, and whether "
            "it may upload"
        )
    else:
        message = f"answers {status}: look whether its address is right and it is well"
    raise BadInput(Fault(Place(index.name), message))


def name_failure(error: BaseException) -> str:
    """Say why a server was not reached, in one line, and what to do."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        inner = one.args[0] if one.args and isinstance(one.args[0], BaseException) else None
        # urllib3 keeps what happened in the attribute `reason`.
        reason = getattr(inner or one, "reason", None)
        known = reason if isinstance(reason, BaseException) else inner
        one = known or one.__cause__ or one.__context__
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"shows a certificate that is not trusted ({one.verify_message}): name the file of "
                "its authority in TWINE_CERT or as ca_cert in ~/.pypirc"
            )
        if isinstance(one, ssl.SSLError):
            return "does not speak TLS as expected: look whether the address wants http or https"
    for one in reversed(chain):
        if isinstance(one, OSError) and one.errno in _BROKEN:
            return _BREAKS
        if isinstance(one, OSError) and one.strerror:
            return f"cannot be reached ({one.strerror}): look whether its address is right"
    if any("timed out" in str(one).lower() or "Timeout" in type(one).__name__ for one in chain):
        return "does not answer in time: try again, what is there by then is left out"
    return _BREAKS


@contextmanager
def _open_client(index: Index) -> Generator[httpx.Client]:
    context = _make_context(index.ca_cert, index.client_cert)
    auth = (index.username, index.password) if index.password else None
    trust = not index.is_on_loopback  # or a proxy would be asked for what only we can see
    with httpx.Client(auth=auth, verify=context, timeout=_TIMEOUT, trust_env=trust) as client:
        yield client


@cache  # reading all authorities takes longer than most answers
def _make_context(ca_cert: str, client_cert: str) -> ssl.SSLContext:
    if not ca_cert and not client_cert:
        return httpx.create_ssl_context()
    context = ssl.create_default_context(cafile=ca_cert or None)
    if client_cert:
        context.load_cert_chain(client_cert)
    return context


@contextmanager
def _told_by_name(index: Index) -> Generator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise BadInput(Fault(Place(index.name), name_failure(error))) from None


def _read_page(index: Index, body: bytes, kind: str, url: str) -> list[Listed]:
    if kind == _JSON:
        try:
            value = json.loads(body)
            return [_read_file(one, url) for one in value["files"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _no_page(index, "its JSON has not the form of PEP 691") from None
    if kind not in _HTML:
        raise _no_page(index, f"it sends {kind or 'no type'}")
    page = _Page(url)
    page.feed(body.decode("utf-8", "replace"))
    page.close()
    return page.files


def _read_file(value: Any, url: str) -> Listed:
    digest = value.get("hashes", {}).get("sha256")
    return Listed(
        str(value["filename"]), urljoin(url, value["url"]), str(digest) if digest else None
    )


class _Page(HTMLParser):
    """The links of a simple page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.files: list[Listed] = []
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if not target:
            return
        if tag == "base":
            self._base = urljoin(self._base, target)
        elif tag == "a":
            address, _, fragment = urljoin(self._base, target).partition("#")
            kind, _, digest = fragment.partition("=")
            name = unquote(urlsplit(address).path).rpartition("/")[2]
            self.files.append(Listed(name, address, digest if kind == "sha256" else None))


def _no_page(index: Index, reason: str) -> BadInput:
    message = f"has no simple page ({reason}): name it with --simple-url"
    return BadInput(Fault(Place(index.name), message))


def _is_same_server(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]
