"""Where a server is: check a base URL and keep plain http to loopback."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from harness_nextgen_runtime.errors import ConfigurationError


def check_base_url(text: str, *, allow_http: bool = False) -> str:
    """Return a base URL without its trailing slash.

    It may be a host, a vanity host, or either with a path such as ``/gateway`` that every request
    keeps. Raises ConfigurationError for what is no such URL, for one that holds credentials, a
    query or a fragment, and for plain ``http`` to anything but loopback unless ``allow_http``.
    """
    if any(one <= " " or one == "\x7f" for one in text):  # urlsplit drops some of them
        raise ConfigurationError(f"base_url {text!r} must not hold spaces or line breaks")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"base_url {text!r} is no URL: {error}") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigurationError(f"base_url {text!r} must look like https://app.example.com")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("base_url must not hold a user or password: pass api_key")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"base_url {text!r} must not have a query or fragment")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"base_url {text!r} would send the key unencrypted: use https, or allow_http=True"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = host if port is None else f"{host}:{port}"
    return f"{parts.scheme}://{address}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
