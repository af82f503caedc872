"""Keep secrets out of fixtures: by allow-list, by substitution, and by a guard at the end.

1. Headers are chosen by name, in ``recording``. Texts in members of an answer that the effective
   spec does not describe become ``text``.
2. In what is left, every trace of the key, the account and the server is replaced, and whatever
   has the form of a token, a credential in a URL, an e-mail address or a host. The same
   substitution goes over call, request and answer, so that they still agree.
3. The guard refuses a fixture in which anything is left after all, however it is encoded.
"""

from __future__ import annotations

import base64
import bz2
import html
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from pipeline.contract.bodies import (
    UnreadableError,
    decode_base64,
    find_media_type,
    is_json,
    is_yaml,
    read_value,
)
from pipeline.contract.description import Description
from pipeline.contract.fixture import Call, Request, Response
from pipeline.contract.schemas import Schemas
from pipeline.contract.targets import STABLE_PREFIX, Target
from pipeline.openapi import Operation
from pipeline.values import Json, Location, is_array, is_object
from pipeline.yaml_writer import render_yaml

KEY = "YOUR_API_KEY_HERE"
ACCOUNT = "abc123DEFghiJKL"
HOST = "app.harness.io"
URL = f"https://{HOST}"
TOKEN = "A_SHORT_LIVED_TOKEN"
PERSON = "person@example.com"
TEXT = "text"
"""What stands in fixtures for the key, the account, the server, and so on."""

_HARNESS_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?:pat|sat)\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*")
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)(\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_CREDENTIAL = (
    r"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]*[_-])?"
    r"(?:token|signature|sig|credential|password|secret|api_?key|access_?key_?id|access_?id)"
)
_PARAMETER = re.compile(rf"({_CREDENTIAL})=([^&\s\"'<>#]+)", re.IGNORECASE)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._+-]*(@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.IGNORECASE
)
_AUTHORITY = re.compile(
    r"((?:[A-Za-z][A-Za-z0-9+.-]*:)//)(?:[^\s/?#\"'<>@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?"
)
_BARE_HOST = re.compile(
    r"(?<![A-Za-z0-9@.-])(?:(?:[A-Za-z0-9-]+\.)+(?:harness\.io|internal|local)"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
)
_ALLOWED_HOST = re.compile(rf"(?:[A-Za-z0-9-]+\.)*example\.(?:com|org|net)|{re.escape(HOST)}")
_MAY_BE_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_SHORTEST_LEARNED = 8  # a shorter one would be found in words
_DEEPEST = 4
_LARGEST_OPENED = 16 * 1024 * 1024


class SecretInsideError(Exception):
    """Bytes that are no text hold a secret; the message says of which kind."""


@dataclass
class Scrubber:
    """Replaces what must not be seen; hosts are numbered in the order in which they come."""

    target: Target
    tokens: frozenset[str] = frozenset()
    """Credentials that were seen in the URLs of a scenario: they may stand alone elsewhere."""
    _hosts: dict[str, str] = field(default_factory=dict[str, str])

    def scrub(self, text: str) -> str:
        """Return a text without secrets."""
        for found, placeholder in self._list_known():
            text = re.sub(re.escape(found), placeholder, text, flags=re.IGNORECASE)
        text = _HARNESS_TOKEN.sub(KEY, text)
        text = _JWT.sub(TOKEN, text)
        text = _AUTHORIZATION.sub(_replace_authorization, text)
        text = _PARAMETER.sub(rf"\1={TOKEN}", text)
        text = _EMAIL.sub(lambda found: PERSON.replace("@", found[1]), text)
        text = _AUTHORITY.sub(lambda found: found[1] + self._name_host(found[2], found[3]), text)
        return _BARE_HOST.sub(lambda found: self._name_host(found[0]), text)

    def scrub_value(self, value: Json) -> Json:
        """Return a value without secrets; ``{base64: …}`` in it is scrubbed inside.

        Raises SecretInsideError.
        """
        if isinstance(value, str):
            return self.scrub(value)
        if is_array(value):
            return [self.scrub_value(one) for one in value]
        if not is_object(value):
            return value
        return {
            self.scrub(name): self.scrub_base64(member)
            if name == "base64" and isinstance(member, str)
            else self.scrub_value(member)
            for name, member in value.items()
        }

    def scrub_base64(self, text: str) -> str:
        """Scrub the bytes that Base64 stands for; raises SecretInsideError."""
        try:
            content = decode_base64(text)
        except UnreadableError:
            return self.scrub(text)
        try:
            plain = content.decode()
        except UnicodeDecodeError:
            if found := next(find_secrets(content.decode("latin-1"), self.target), None):
                raise SecretInsideError(found) from None
            return text
        scrubbed = self.scrub(plain)
        return text if scrubbed == plain else base64.b64encode(scrubbed.encode()).decode()

    def scrub_encoded(self, text: str, separators: str) -> str:
        """Scrub a path or a query: each part of it as it reads without its percent-encoding."""
        parts = re.split(f"([{separators}])", text)
        return "".join(self._scrub_part(part) for part in parts)

    def _scrub_part(self, part: str) -> str:
        plain = unquote(part)
        scrubbed = self.scrub(plain)
        return part if scrubbed == plain else quote(scrubbed, safe="")

    def _list_known(self) -> Iterator[tuple[str, str]]:
        """Yield what is known to be secret and what takes its place, longer ones first."""
        target = self.target
        parts = urlsplit(target.url)
        for form in dict.fromkeys((target.key, quote(target.key, safe=""))):
            yield form, KEY
        for token in sorted(self.tokens, key=len, reverse=True):
            yield token, TOKEN
        yield target.account, ACCOUNT
        for address, placeholder in ((target.url, URL), (parts.netloc, HOST)):
            for form in dict.fromkeys((address, quote(address, safe=""))):
                yield form, quote(placeholder, safe="") if form != address else placeholder
        if parts.hostname:
            yield parts.hostname, HOST
        yield target.prefix, STABLE_PREFIX

    def _name_host(self, host: str, port: str | None = None) -> str:
        if _ALLOWED_HOST.fullmatch(host.lower()):
            return host + (port or "")
        number = len(self._hosts) + 1
        return self._hosts.setdefault(host.lower(), f"host-{number}.example.com")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A call with its exchanges, fit to be shown."""

    call: Call
    exchanges: list[tuple[Request, Response]]


def redact(
    call: Call,
    exchanges: list[tuple[Request, Response]],
    operation: Operation,
    description: Description,
    scrubber: Scrubber,
) -> Redacted:
    """Return a call and its exchanges without secrets. Raises SecretInsideError."""
    shown = replace(
        call,
        arguments=scrubber.scrub_value(call.arguments),
        options=scrubber.scrub_value(call.options),
    )
    return Redacted(
        shown,
        [
            (
                _redact_request(request, scrubber),
                _redact_response(response, operation, description, scrubber),
            )
            for request, response in exchanges
        ],
    )


def learn_tokens(
    exchanges: list[tuple[Request, Response]], operation: Operation, description: Description
) -> Iterator[str]:
    """Yield the credentials in the URLs of exchanges, as they are written and as they read."""
    secret = {
        one["name"]
        for one in operation.value.get("parameters", [])
        if is_object(one) and one.get("x-secret")
    }
    for request, response in exchanges:
        for pair in request.query.split("&"):
            name, _, value = pair.partition("=")
            if name in secret and len(value) >= _SHORTEST_LEARNED:
                yield from (value, unquote(value))
        texts = [request.query, json.dumps(response.body), *response.headers.values()]
        for text in texts:
            for found in _PARAMETER.finditer(text):
                value = found[2].rstrip("\\")
                if len(value) >= _SHORTEST_LEARNED:
                    yield from (value, unquote(value))


def find_secrets(text: str, target: Target) -> Iterator[str]:
    """Yield the kinds of secrets in a text, also where it is encoded or compressed."""
    seen: set[str] = set()
    waiting = [(text, 0)]
    while waiting:
        one, depth = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        folded = one.casefold()
        if target.key.casefold() in folded:
            yield "the API key"
        if target.account.casefold() in folded:
            yield "the account id"
        if _HARNESS_TOKEN.search(one):
            yield "what has the form of a Harness token"
        if _JWT.search(one):
            yield "what has the form of a JWT"
        if depth < _DEEPEST:
            waiting += [(inner, depth + 1) for inner in _decode(one)]


def guard(document: Json, target: Target) -> Iterator[tuple[Location, str]]:
    """Yield the places of a fixture that still hold a secret, and its kind."""
    for location, text in _list_all_texts(document, ()):
        for kind in dict.fromkeys(find_secrets(text, target)):
            yield location, kind


def _redact_request(request: Request, scrubber: Scrubber) -> Request:
    media_type = find_media_type(request.headers)
    return Request(
        request.method,
        scrubber.scrub_encoded(request.path, "/"),
        scrubber.scrub_encoded(request.query, "&="),
        _redact_headers(request.headers, scrubber),
        _scrub_body(request.body, media_type, scrubber),
    )


def _redact_response(
    response: Response, operation: Operation, description: Description, scrubber: Scrubber
) -> Response:
    media_type = find_media_type(response.headers)
    places = description.find_bodies(operation, response.status, media_type)
    body = response.body
    if is_yaml(media_type):
        with suppress(UnreadableError):
            value = read_value(body, media_type)
            shown = hide_undescribed(value, places, description.schemas)
            body = body if shown == value else render_yaml(shown)
    elif is_json(media_type) or places:
        body = hide_undescribed(body, places, description.schemas)
    elif isinstance(body, str):
        body = TEXT if media_type.startswith("text/") else base64.b64encode(b"text").decode()
    return replace(
        response,
        headers=_redact_headers(response.headers, scrubber),
        body=_scrub_body(body, media_type, scrubber),
    )


def hide_undescribed(value: Json, places: list[Location], schemas: Schemas) -> Json:
    """Return a value in which texts that no schema describes are placeholders.

    ``places`` are those of the schemas that may speak of the value.
    """
    described = [
        (place, node)
        for one in places
        for place, node in schemas.list_alternatives(one)
        if node  # {} describes nothing
    ]
    if isinstance(value, str):
        return value if described else TEXT
    if is_array(value):
        items: list[Location] = [(*place, "items") for place, node in described if "items" in node]
        return [hide_undescribed(one, items, schemas) for one in value]
    if is_object(value):
        return {
            name: hide_undescribed(member, _narrow(described, name), schemas)
            for name, member in value.items()
        }
    return value


def _narrow(described: list[tuple[Location, dict[str, Json]]], name: str) -> list[Location]:
    """Return where a member is described: by its name, or as any other one."""
    named: list[Location] = [
        (*place, "properties", name)
        for place, node in described
        if name in node.get("properties", {})
    ]
    return named or [
        (*place, "additionalProperties")
        for place, node in described
        if is_object(node.get("additionalProperties"))
    ]


def _redact_headers(headers: dict[str, str], scrubber: Scrubber) -> dict[str, str]:
    shown = {name: scrubber.scrub(value) for name, value in headers.items()}
    if "x-api-key" in shown:
        shown["x-api-key"] = KEY
    if "Authorization" in shown:
        shown["Authorization"] = f"Bearer {KEY}"
    return shown


def _scrub_body(body: Json, media_type: str, scrubber: Scrubber) -> Json:
    if not isinstance(body, str):
        return _scrub_parts(body, scrubber) if is_array(body) else scrubber.scrub_value(body)
    if is_json(media_type) or is_yaml(media_type) or media_type.startswith("text/"):
        return scrubber.scrub(body)
    return scrubber.scrub_base64(body)


def _scrub_parts(body: list[Json], scrubber: Scrubber) -> Json:
    """Scrub a list: the parts of a form have media types of their own."""

    def scrub_part(part: Json) -> Json:
        if not (is_object(part) and "content_type" in part and isinstance(part.get("body"), str)):
            return scrubber.scrub_value(part)
        others = {name: one for name, one in part.items() if name != "body"}
        shown = _scrub_body(part["body"], part["content_type"], scrubber)
        return {**scrubber.scrub_value(others), "body": shown}

    return [scrub_part(part) for part in body]


def _replace_authorization(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{KEY}"


def _list_all_texts(value: Json, location: Location) -> Iterator[tuple[Location, str]]:
    """Yield texts and names of members; a name is placed at its object, since it may be secret."""
    if isinstance(value, str):
        yield location, value
    elif is_object(value):
        for name, member in value.items():
            yield location, name
            yield from _list_all_texts(member, (*location, name))
    elif is_array(value):
        for number, one in enumerate(value):
            yield from _list_all_texts(one, (*location, number))


def _decode(text: str) -> Iterator[str]:
    """Yield what a text may be an encoding of."""
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        plain = _UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        yield plain.replace("\\/", "/").replace('\\"', '"')
    for found in _MAY_BE_BASE64.findall(text):
        with suppress(ValueError):
            padded = found.rstrip("=") + "=" * (-len(found.rstrip("=")) % 4)
            yield base64.b64decode(
                padded, altchars=b"-_" if set(found) & {"-", "_"} else None
            ).decode("latin-1")
    with suppress(UnicodeEncodeError):
        yield from (opened.decode("latin-1") for opened in _open(text.encode("latin-1")))


def _open(content: bytes) -> Iterator[bytes]:
    """Yield what compressed bytes hold, up to a limit; tar itself compresses nothing."""
    starts: list[tuple[bytes, Callable[[bytes], bytes]]] = [
        (b"\x1f\x8b", lambda data: zlib.decompressobj(31).decompress(data, _LARGEST_OPENED)),
        (b"BZh", lambda data: bz2.BZ2Decompressor().decompress(data, _LARGEST_OPENED)),
        (b"\xfd7zXZ", lambda data: lzma.LZMADecompressor().decompress(data, _LARGEST_OPENED)),
    ]
    for start, decompress in starts:
        if content.startswith(start):
            with suppress(zlib.error, OSError, EOFError, lzma.LZMAError):
                yield decompress(content)
    if content.startswith(b"PK"):
        with (
            suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error),
            zipfile.ZipFile(io.BytesIO(content)) as archive,
        ):
            for member in archive.infolist():
                yield member.filename.encode()
                with archive.open(member) as file:
                    yield file.read(_LARGEST_OPENED)
