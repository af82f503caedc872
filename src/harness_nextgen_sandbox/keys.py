"""Which API keys the sandbox takes.

A key is ``pat.ACCOUNT.anything`` or ``sat.ACCOUNT.anything``: the second part of a Harness key is
its account. A header Harness-Account that names another one is refused with 401, as Harness's
platform refuses such a token. Two forms are for tests: ``pat.ACCOUNT.readonly.anything`` may read
and nothing else, ``pat.ACCOUNT.revoked.anything`` is not accepted. ``Authorization: Bearer``
carries the same keys, for Terraform and OpenTofu.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.framework import NO_VALUE, ApiKeySecurityHandler, BearerSecurityHandler

ACCOUNT = "sandbox"
KEY = f"pat.{ACCOUNT}.token.secret"
"""What the sandbox offers to its users; it takes any other account as well."""

_KEY = re.compile(r"(?:pat|sat)\.([A-Za-z0-9_-]{1,128})\.([^\s.]+)(?:\.\S*)?")
_SAFE = {"GET", "HEAD"}
_FILE = "/download/file"
_ACCOUNT = "harness-account"


def check_key(key: str, method: str, named: str | None = None) -> str:
    """Return the account of a key, which is the one that the header names; raises Refusal."""
    found = _KEY.fullmatch(key)
    if not found or found[2] == "revoked":
        raise Refusal(401, "the API key is not valid; the sandbox takes pat.ACCOUNT.anything")
    if found[2] == "readonly" and method not in _SAFE:
        raise Refusal(403, "this API key may only read")
    if named and named != found[1]:
        raise Refusal(401, f"the API key is not for the account {named!r} of Harness-Account")
    return found[1]


def make_environment(url: str) -> dict[str, str]:
    """Return the environment of a client that uses the sandbox at a URL."""
    return {"HARNESS_BASE_URL": url, "HARNESS_API_KEY": KEY, "HARNESS_ACCOUNT_ID": ACCOUNT}


class KeyHandler(ApiKeySecurityHandler):  # type: ignore[misc]  # connexion has no types
    """Finds the account of a request from the header ``x-api-key``."""

    def get_fn(self, security_scheme: Any, required_scopes: Any) -> Callable[[Any], Any]:
        """Return what connexion calls for each request."""

        def verify(request: Any) -> Any:
            key = request.headers.get(security_scheme["name"])
            if key is not None:
                return {"sub": check_key(key, request.method, request.headers.get(_ACCOUNT))}
            # Terraform fetches the archive from where it was sent to, without its credentials:
            # https://developer.hashicorp.com/terraform/internals/module-registry-protocol
            by_token = request.url.path.endswith(_FILE) and "token" in request.query_params
            if by_token and "authorization" not in request.headers:
                return {"sub": None}
            return NO_VALUE

        return verify


class BearerHandler(BearerSecurityHandler):  # type: ignore[misc]  # as above
    """Finds the account of a request from the header ``Authorization``."""

    def get_fn(self, security_scheme: Any, required_scopes: Any) -> Callable[[Any], Any]:
        """Return what connexion calls for each request."""

        def verify(request: Any) -> Any:
            kind, _, key = request.headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer":
                return NO_VALUE
            named = request.headers.get(_ACCOUNT)
            return {"sub": check_key(key.strip(), request.method, named)}

        return verify


SECURITY = {"apiKey": KeyHandler, "bearer": BearerHandler}
