"""Which redirects are followed, and what goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.address import is_loopback

if TYPE_CHECKING:
    import httpx

_FOLLOWED = frozenset({301, 302, 303, 307, 308})

PUBLIC_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match"}
    | {"if-range", "range", "user-agent"}
)
"""What another origin may see; everything else may be a credential, whatever its name."""


def points_elsewhere(response: httpx.Response) -> bool:
    """Tell whether an answer is a redirect with a target (RFC 9110, section 15.4)."""
    return response.status_code in _FOLLOWED and "location" in response.headers


def refuse_redirect(
    method: str, source: httpx.URL, target: httpx.URL, hops: int, *, allow_http: bool
) -> str:
    """Return why a redirect is not followed, or an empty text when it is."""
    if method not in ("GET", "HEAD"):
        return f"a redirected {method} is not repeated elsewhere"
    if target.scheme not in ("https", "http") or not target.host:
        return "that is no address of a server"
    if target.scheme == "http" and source.scheme == "https":
        return "that is not encrypted"
    if target.scheme == "http" and not allow_http and not is_loopback(target.host):
        return "that is not encrypted"
    if hops >= constants.MAX_REDIRECTS:
        return f"that is after {hops} redirects"
    return ""


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Return what makes two addresses one origin (RFC 6454, section 4)."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port


def show_target(url: httpx.URL) -> str:
    """Write an address without what may be secret in it: user, password, query, fragment."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))
