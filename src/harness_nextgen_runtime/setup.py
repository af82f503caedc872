"""What a client is built from: the key, the account, the address, and the httpx client."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import httpx

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.address import check_base_url
from harness_nextgen_runtime.deadlines import watch_connections
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.limiter import Limiter
from harness_nextgen_runtime.options import check_header
from harness_nextgen_runtime.outgoing import encode_header
from harness_nextgen_runtime.redirects import origin_of
from harness_nextgen_runtime.secret import MaskedBytes, Secret
from harness_nextgen_runtime.tracebacks import drop_transport_frames
from harness_nextgen_runtime.vendor import Vendor

if TYPE_CHECKING:
    import ssl

    Verify = bool | str | os.PathLike[str] | ssl.SSLContext
    Certificate = str | tuple[str, str] | tuple[str, str, str]

_OWN = frozenset({"accept", "accept-encoding", "connection", "user-agent"})
Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)
_Headers = dict[str, tuple[bytes, bytes]]


class Head(NamedTuple):
    """Headers of every request of a client, by lower-case name."""

    basic: _Headers
    """The client's own: over them come those of the request."""
    account: tuple[str, tuple[bytes, bytes]] | None
    """The account, for the operations that take it."""
    users: _Headers
    """What the user asks for: over all."""


class Core:
    """What a client and all its copies share: who asks, whom, and how often."""

    def __init__(
        self,
        vendor: Vendor,
        key: Secret | None,
        account: str | None,
        base_url: str | None,
        *,
        allow_http: bool,
        requests_per_minute: int | None,
        user_agent_suffix: str | None,
    ) -> None:
        self.vendor = vendor
        self.allow_http = allow_http
        self.logger = logging.getLogger(vendor.logger)
        self.key = find_key(vendor, key)
        self.base_url = check_base_url(find_base_url(vendor, base_url), allow_http=allow_http)
        self.origin = _find_origin(self.base_url)
        self.account = find_account(vendor, self.key, account)
        self.limiter = None if requests_per_minute is None else Limiter(requests_per_minute)
        self.cookies: httpx.Cookies | None = None
        """Those of an httpx client that the user made; no others are sent."""
        self._basic = _basic_headers(vendor, self.key, user_agent_suffix)

    def adopt(self, http: httpx.Client | httpx.AsyncClient) -> None:
        """Take over what the user set on an httpx client of their own."""
        self.cookies = http.cookies
        for name, value in http.headers.items():
            if name.lower() not in _OWN and name.lower() not in self._basic:
                self._basic[name.lower()] = (name.encode(), encode_header(name, value, self))

    def make_head(self, users: Mapping[str, str]) -> Head:
        """Return the headers of a client whose user asks for these."""
        account = None
        if self.vendor.account_header and self.account:
            name = self.vendor.account_header
            account = (name.lower(), (name.encode(), self.account.encode()))
        return Head(
            self._basic,
            account,
            {
                name.lower(): (name.encode(), encode_header(name, value, self))
                for name, value in users.items()
            },
        )


def hide(text: str | None) -> Secret | None:
    """Wrap a text at once, so that no frame that may fail holds it."""
    return None if text is None else Secret(text)


def find_key(vendor: Vendor, given: Secret | None) -> Secret:
    """Return the key that was given, or that of the environment; raises ConfigurationError."""
    key = given or hide(os.environ.get(vendor.api_key_environment or ""))
    if key:
        _check_text("api_key", type(key.reveal()))
    key = Secret(key.reveal().strip()) if key else None
    if key is None or not key.reveal():
        raise ConfigurationError(
            f"there is no API key: pass api_key="
            f"{_or_set(vendor.api_key_environment)}. To get one: {vendor.api_key_help}."
        )
    if not _fits_header(key):
        raise ConfigurationError(
            "the API key holds spaces, line breaks or characters that no key has: copy it again"
        )
    return key


def find_account(vendor: Vendor, key: Secret, given: str | None) -> str | None:
    """Return the account: given, of the environment, or inside the key.

    One that was given as an empty text is an error, and not a call on another account.
    """
    _check_text("account", type(given))
    if vendor.account_header is None:
        return given
    account = os.environ.get(vendor.account_environment or "") if given is None else given
    if not account and given is None and vendor.account_pattern:
        found = re.search(vendor.account_pattern, key.reveal())
        account = found.group(1) if found else None
        del found
    account = (account or "").strip()
    if not account:
        raise ConfigurationError(
            f"there is no account: pass account="
            f"{_or_set(vendor.account_environment)}. To find it: {vendor.account_help}."
        )
    check_header(vendor.account_header, account)
    return account


def find_base_url(vendor: Vendor, given: str | None) -> str:
    """Return the address that was given, of the environment, or the vendor's own."""
    _check_text("base_url", type(given))
    found = given
    if found is None:
        found = os.environ.get(vendor.base_url_environment or "") or vendor.base_url
    if not found:
        raise ConfigurationError(
            f"there is no server: pass base_url={_or_set(vendor.base_url_environment)}."
        )
    return found.strip()


def _find_origin(base_url: str) -> tuple[str, str, int]:
    try:
        return origin_of(httpx.URL(base_url))
    except (httpx.InvalidURL, ValueError) as error:  # a host that IDNA does not know
        raise ConfigurationError(f"base_url {base_url!r} is no URL: {error}") from None


def open_http(
    kind: type[Http],
    transports: type,
    given: Http | None,
    *,
    proxy: Secret | None,
    verify: Verify,
    cert: Certificate | None,
    transport: object,
) -> Http:
    """Return the httpx client that the user gave, or one of our own.

    ``kind`` is httpx's class of it, ``transports`` that of its transports. Raises
    ConfigurationError for what does not fit, or cannot be used.
    """
    if given is not None:
        _refuse_beside("http_client", proxy, verify, cert, transport)
        _check_kind("http_client", given, kind)
        return given
    arguments: dict[str, Any] = {}
    if transport is not None:
        _refuse_beside("transport", proxy, verify, cert)
        _check_kind("transport", transport, transports)
        arguments["transport"] = transport
    else:
        arguments["verify"] = _load_certificates(verify, cert)
        arguments["proxy"] = None if proxy is None else proxy.reveal()
    built = _build_http(kind, arguments)
    del arguments  # they hold the proxy's password
    if isinstance(built, ConfigurationError):
        raise built
    if isinstance(built, httpx.Client):
        watch_connections(built)
    return built


def _build_http(kind: type[Http], arguments: dict[str, Any]) -> Http | ConfigurationError:
    limits = httpx.Limits(
        max_connections=constants.MAX_CONNECTIONS,
        max_keepalive_connections=constants.MAX_CONNECTIONS,
        keepalive_expiry=constants.KEEPALIVE_EXPIRY,
    )
    try:
        return kind(follow_redirects=False, limits=limits, **arguments)
    except _FAILURES as error:
        drop_transport_frames(error)
        return ConfigurationError(f"proxy, verify or cert cannot be used: {error}")


def _refuse_beside(
    owner: str,
    proxy: Secret | None,
    verify: Verify,
    cert: Certificate | None,
    transport: object = None,
) -> None:
    given = {"proxy": proxy, "cert": cert, "transport": transport}
    if verify is not True:
        given["verify"] = verify
    for name, value in given.items():
        if value is not None:
            raise ConfigurationError(f"{owner}= brings its own connections: set {name} on it")


def _check_kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be an httpx.{kind.__name__}")


# What httpx raises for a proxy, certificate or environment that it cannot use; it takes any object
# for a proxy.
_FAILURES = (AttributeError, ImportError, OSError, TypeError, ValueError, httpx.InvalidURL)


def _load_certificates(verify: Verify, cert: Certificate | None) -> bool | ssl.SSLContext:
    if isinstance(verify, bool) and cert is None:
        return verify
    import ssl

    _check_verify(verify, (bool, str, os.PathLike, ssl.SSLContext))
    try:
        if isinstance(verify, str | os.PathLike):
            if os.path.isdir(verify):
                context = ssl.create_default_context(capath=verify)
            else:
                context = ssl.create_default_context(cafile=verify)
        elif isinstance(verify, bool):
            context = httpx.create_ssl_context(verify=verify)
        else:
            context = verify
        if isinstance(cert, str):
            context.load_cert_chain(cert)
        elif cert is not None:
            context.load_cert_chain(*cert)
    except (OSError, TypeError) as error:
        raise ConfigurationError(
            # Of a cert, the third part is a password.
            f"verify={verify!r}, cert={cert[0] if isinstance(cert, tuple) else cert!r} "
            f"cannot be used: {error}"
        ) from None
    return context


def _check_verify(verify: object, kinds: tuple[type, ...]) -> None:
    if not isinstance(verify, kinds):
        raise ConfigurationError(f"verify must be True, False, a path or a context, not {verify!r}")


def _basic_headers(vendor: Vendor, key: Secret, suffix: str | None) -> _Headers:
    version = sys.version_info
    agent = (
        f"{vendor.package}/{vendor.version or _installed_version(vendor.package)} "
        f"httpx/{httpx.__version__} python/{version[0]}.{version[1]}.{version[2]}"
    )
    if suffix:
        agent = f"{agent} {suffix}"
    check_header("User-Agent", agent)
    name = vendor.api_key_header
    return {
        "accept": (b"Accept", b"application/json"),
        "accept-encoding": (b"Accept-Encoding", b"gzip, deflate"),
        "user-agent": (b"User-Agent", agent.encode("ascii")),
        name.lower(): (name.encode(), MaskedBytes((vendor.api_key_prefix + key.reveal()).encode())),
    }


def _installed_version(package: str) -> str:
    # A wheel puts its metadata beside this package, in a folder that names the version; to import
    # importlib.metadata and let it search takes longer than all else that a new client does.
    prefix = f"{package.replace('-', '_')}-"
    with suppress(OSError):  # inside a zip file
        for name in os.listdir(os.path.dirname(os.path.dirname(__file__))):
            if name.startswith(prefix) and name.endswith(".dist-info"):
                return name.removeprefix(prefix).removesuffix(".dist-info")

    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


def _check_text(name: str, kind: type) -> None:
    # The type alone, so that no frame that a traceback shows holds a key.
    if not issubclass(kind, str | None):
        raise ConfigurationError(f"{name} must be text, not {kind.__name__}")


def _fits_header(key: Secret) -> bool:
    return all(33 <= ord(one) <= 126 for one in key.reveal())


def _or_set(variable: str | None) -> str:
    return f" or set the environment variable {variable}" if variable else ""
