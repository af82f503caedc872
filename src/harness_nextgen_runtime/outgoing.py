"""Build the HTTP request of an attempt: address, headers, body."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import httpx

from harness_nextgen_runtime import formats
from harness_nextgen_runtime.bodies import encode_body
from harness_nextgen_runtime.encoding import encode_headers, encode_query
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.log import CallLog
from harness_nextgen_runtime.masking import MaskedURL, scrub
from harness_nextgen_runtime.options import Options, check_header
from harness_nextgen_runtime.redirects import PUBLIC_HEADERS
from harness_nextgen_runtime.request import Request
from harness_nextgen_runtime.secret import MaskedBytes

if TYPE_CHECKING:
    from harness_nextgen_runtime.setup import Core, Head


class Outgoing:
    """What one call sends, the same in each attempt."""

    def __init__(
        self,
        core: Core,
        head: Head,
        request: Request,
        options: Options,
        *,
        asynchronous: bool,
        accept: str | None = None,
    ) -> None:
        self.operation = request.operation
        self.log = CallLog(core.logger, request.operation)
        self.payload = encode_body(request, options.format, core.vendor)
        self._core = core
        self._asynchronous = asynchronous
        self._secret_query = frozenset(request.operation.secret_query)
        self._secret_values: list[MaskedBytes] = []
        self._url, self._shown_url = self._write_address(request)
        self._headers = self._collect_headers(head, request, options, accept)

    def build(self) -> httpx.Request:
        """Build the request of an attempt; raises ConfigurationError for an impossible one."""
        try:
            request = httpx.Request(
                self.operation.method,
                self._url,
                headers=self._headers,
                **self.payload.open(asynchronous=self._asynchronous),
            )
        except httpx.InvalidURL as error:
            reason = str(error)
        else:
            if self._shown_url is not None:
                request.url = MaskedURL(self._url, self._shown_url)
            return self._add_cookies(request)
        raise ConfigurationError(f"{self.operation.id}: the address cannot be sent: {reason}")

    def build_redirected(
        self, request: httpx.Request, target: httpx.URL, *, trusted: bool
    ) -> httpx.Request:
        """Build the request that follows a redirect; credentials stay with the first origin."""
        headers = [
            (name, value)
            for name, value in request.headers.raw
            if name.lower() != b"host"
            and (trusted or name.decode("ascii").lower() in PUBLIC_HEADERS)
        ]
        follow = httpx.Request(request.method, target.copy_with(userinfo=b""), headers=headers)
        # A query is a signature, as the addresses of object stores carry; a path may be an echo.
        shown = str(follow.url.copy_with(query=b"***" if target.query else None))
        shown = scrub(shown.encode(), self.secrets).decode()
        if shown != str(follow.url):
            follow.url = MaskedURL(str(follow.url), shown)
        return self._add_cookies(follow) if trusted else follow

    @property
    def secrets(self) -> list[MaskedBytes]:
        """All credentials that are sent, the longest first."""
        found = [value for _, value in self._headers if isinstance(value, MaskedBytes)]
        return sorted([*found, *self._secret_values], key=len, reverse=True)

    def _write_address(self, request: Request) -> tuple[str, str | None]:
        address = self._core.base_url + request.path
        if not request.query:
            return address, None
        pairs = [(_quote(name), _quote(text), name) for name, text in encode_query(request.query)]
        if not pairs:
            return address, None
        url = f"{address}?{'&'.join(f'{name}={text}' for name, text, _ in pairs)}"
        if self._secret_query.isdisjoint(plain for _, _, plain in pairs):
            return url, None
        self._secret_values = [
            MaskedBytes(text.encode())
            for _, written, plain in pairs
            if plain in self._secret_query
            for text in {written, unquote(written)}
        ]
        shown = "&".join(
            f"{name}={'***' if plain in self._secret_query else text}"
            for name, text, plain in pairs
        )
        return url, f"{address}?{shown}"

    def _collect_headers(
        self, head: Head, request: Request, options: Options, accept: str | None
    ) -> list[tuple[bytes, bytes]]:
        operation = request.operation
        media_type = self.payload.media_type
        length = self.payload.length
        if accept is None and options.format == "yaml" and operation.yaml:
            accept = formats.YAML
        headers = dict(head.basic)
        if accept is not None:
            headers["accept"] = (b"Accept", accept.encode())
        if operation.takes_account and head.account is not None:
            headers[head.account[0]] = head.account[1]
        if media_type is not None:
            headers["content-type"] = (b"Content-Type", media_type.encode())
        if length is not None:
            headers["content-length"] = (b"Content-Length", b"%d" % length)
        if request.headers:
            for name, text in encode_headers(request.headers).items():
                check_header(name, text)
                headers[name.lower()] = (name.encode(), self._mask(name, text))
        headers.update(head.users)
        return list(headers.values())

    def _mask(self, name: str, text: str) -> bytes:
        return encode_header(name, text, self._core)

    def _add_cookies(self, request: httpx.Request) -> httpx.Request:
        jar = self._core.cookies
        if jar is not None and len(jar):
            jar.set_cookie_header(request)
        return request


_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


def encode_header(name: str, text: str, core: Core) -> bytes:
    """Encode the value of a header, masked where it is a credential by its name."""
    value = text.encode("ascii")
    lowered = name.lower()
    if lowered in _SECRET_HEADERS or lowered == core.vendor.api_key_header.lower():
        return MaskedBytes(value)
    return value


def _quote(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ConfigurationError("a query parameter is no Unicode text") from None
