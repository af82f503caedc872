"""The way in: what happens to a request before it reaches the API that the spec describes.

Beside the API there are routes of the sandbox's own: ``/ui/``, the API page,
``/.well-known/terraform.json``, with which Terraform and OpenTofu find the registry, and ``POST``
and ``DELETE`` of ``/sandbox/modules/{id}/lock``, which make writes to a module answer 423.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness_nextgen_sandbox.answers import make_error
from harness_nextgen_sandbox.errors import Refusal, missing, name_status, not_allowed
from harness_nextgen_sandbox.exchange import EXTENSION, Exchange, get_exchange
from harness_nextgen_sandbox.keys import check_key
from harness_nextgen_sandbox.limiter import Limiter
from harness_nextgen_sandbox.options import Options, parse_duration, parse_fault
from harness_nextgen_sandbox.page import PATHS, show_page
from harness_nextgen_sandbox.parameters import SLASH
from harness_nextgen_sandbox.spec import allowed_methods
from harness_nextgen_sandbox.store import Store

FAULT_HEADER = "x-sandbox-fault"
LATENCY_HEADER = "x-sandbox-latency"
SPARSE_HEADER = "x-sandbox-sparse"
DISCOVERY = "/.well-known/terraform.json"
REGISTRY = "/iacm/registry/account/"
API = ("/iacm/", "/v1/")
"""How the paths of the spec begin."""

_LOCK = re.compile(r"/sandbox/modules/([^/]+)/lock")
_ORIGIN = re.compile(rb"^https?://[^/?]*", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?")


class Gate:
    """An ASGI application: one sandbox, with a store of its own, in front of the shared API."""

    def __init__(self, api: ASGIApp, store: Store, options: Options) -> None:
        self._api = api
        self._store = store
        self._options = options
        self._limiter = Limiter(options.rate_limit) if options.rate_limit else None
        self._random = Random(options.seed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await _live(receive, send)
            return
        headers = Headers(scope=scope)
        scope = self._prepare(scope, headers)
        response: Response | None
        try:
            get_exchange(scope).sparse = self._is_sparse(headers)
            await self._hold_back(scope, headers)
            response = self._answer_own(scope["method"], scope["path"], headers)
        except Refusal as refusal:
            error_id = self._store.identity.name_error()
            response = make_error(scope["path"], refusal, error_id)
        await (response or self._api)(scope, receive, send)

    def _prepare(self, scope: Scope, headers: Headers) -> Scope:
        """Return a scope with the exchange in it, and without what connexion would trip over."""
        host, root = headers.get("host", ""), scope.get("root_path", "")
        origin = f"{scope['scheme']}://{host}{root}" if _HOST.fullmatch(host) else ""
        exchange = Exchange(self._store, self._options, origin)
        return {
            **scope,
            "path": _split_path(scope).removeprefix(root),
            "root_path": "",
            "headers": [_lower_media_type(header) for header in scope["headers"]],
            "extensions": {**scope.get("extensions", {}), EXTENSION: exchange},
        }

    def _is_sparse(self, headers: Headers) -> bool:
        wanted = headers.get(SPARSE_HEADER)
        if wanted not in (None, "true", "false"):
            raise Refusal(400, f"{wanted!r} is no value of X-Sandbox-Sparse: write true or false")
        return self._options.sparse if wanted is None else wanted == "true"

    async def _hold_back(self, scope: Scope, headers: Headers) -> None:
        """Wait, refuse or do nothing, as the options or the request itself say."""
        try:
            latency = parse_duration(headers.get(LATENCY_HEADER) or f"{self._options.latency}s")
            wanted = headers.get(FAULT_HEADER)
            faults = (parse_fault(wanted),) if wanted else self._options.faults
        except ValueError as error:
            raise Refusal(400, str(error)) from None
        if latency:
            await asyncio.sleep(latency)
        if not scope["path"].startswith(API):
            return
        key = headers.get("x-api-key") or headers.get("authorization", "")
        if self._limiter and not self._limiter.admit(key):
            raise Refusal(429, "this API key sends too many requests; wait and try again")
        for fault in faults:
            if self._random.random() < fault.probability:
                phrase = name_status(fault.status).replace("_", " ")
                message = f"a fault that was asked for: {phrase}"
                raise Refusal(fault.status, message, shape=fault.shape)

    def _answer_own(self, method: str, path: str, headers: Headers) -> Response | None:
        """Answer a route that is not in the spec; raises Refusal where there is no route at all."""
        if path.startswith(API):
            _require_operation(method, path)
            return None
        if path in ("/", "/ui", DISCOVERY, *PATHS) and method not in ("GET", "HEAD"):
            raise not_allowed(method, ["GET"])
        if path in ("/", "/ui"):
            return RedirectResponse("ui/")
        if path in PATHS:
            return show_page()
        if path == DISCOVERY:
            return JSONResponse({"modules.v1": REGISTRY})
        if found := _LOCK.fullmatch(path):
            return self._set_lock(method, found[1], headers)
        return None

    def _set_lock(self, method: str, module_id: str, headers: Headers) -> Response:
        if method not in ("POST", "DELETE"):
            raise not_allowed(method, ["DELETE", "POST"])
        account = check_key(headers.get("x-api-key", ""), method, headers.get("harness-account"))
        with self._store.transaction() as db:
            changed = db.execute(
                "UPDATE modules SET locked = ? WHERE id = ? AND account = ?",
                (method == "POST", module_id.replace(SLASH, "/"), account),
            ).rowcount
            if not changed:
                raise missing("module", module_id)
        return Response(status_code=204)


def _require_operation(method: str, path: str) -> None:
    """Raise Refusal for what the spec does not have.

    The router would try a template where a path without names has other methods, and redirect
    from a path with a slash at its end.
    """
    allowed = allowed_methods(path)
    if not allowed:
        raise Refusal(404, f"nothing is at {path.replace(SLASH, '%2F')}")
    if method not in allowed and not (method == "HEAD" and "GET" in allowed):
        raise not_allowed(method, allowed)


def _split_path(scope: Scope) -> str:
    """Decode the path segment by segment, so that ``%2F`` stays inside its own.

    What is asked for may be a whole URL, as a proxy is sent it (RFC 9112, 3.2.2).
    """
    raw: bytes | None = scope.get("raw_path")
    if not raw or not (b"%2" in raw or _ORIGIN.match(raw)):
        return str(scope["path"])
    path = _ORIGIN.sub(b"", raw.partition(b"?")[0]) or b"/"
    segments = path.decode("latin-1").split("/")
    return "/".join(unquote(segment).replace("/", SLASH) for segment in segments)


def _lower_media_type(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Write a media type in lower case: names of media types have no case (RFC 9110)."""
    if header[0].lower() != b"content-type":
        return header
    media_type, semicolon, rest = header[1].partition(b";")
    return header[0], media_type.strip().lower() + semicolon + rest


async def _live(receive: Receive, send: Send) -> None:
    """Start and stop with the server; nothing is kept open here."""
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "lifespan.startup": lambda: {"type": "lifespan.startup.complete"},
        "lifespan.shutdown": lambda: {"type": "lifespan.shutdown.complete"},
    }
    while True:
        message = await receive()
        await send(answers[message["type"]]())
        if message["type"] == "lifespan.shutdown":
            return
