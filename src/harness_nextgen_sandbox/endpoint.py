"""Find the handler of an operation, and run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from harness_nextgen_sandbox.answers import make_error, make_response
from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import JSON, YAML, Answer, Call, get_exchange
from harness_nextgen_sandbox.framework import Resolver, context
from harness_nextgen_sandbox.handlers import (
    examples,
    executions,
    lifecycle,
    modules,
    onboarding,
    organizations,
    projects,
    registry,
    testing,
)
from harness_nextgen_sandbox.sparse import keep_required

Handler = Callable[[Call], Answer]
_MODULES = (
    modules,
    testing,
    lifecycle,
    executions,
    examples,
    registry,
    onboarding,
    organizations,
    projects,
)


def find_handler(operation_id: str) -> Handler:
    """Return the function that is named as the operation; raises AttributeError."""
    for module in _MODULES:
        found: Handler | None = getattr(module, operation_id, None)
        if found is not None and found.__module__ == module.__name__:
            return found
    raise AttributeError(f"no module of the sandbox has a function {operation_id}")


def make_resolver() -> Any:
    """Return what connexion finds handlers with."""

    def resolve(operation_id: str) -> Callable[[], Awaitable[Response]]:
        return _make_endpoint(find_handler(operation_id))

    return Resolver(resolve)


def _make_endpoint(handler: Handler) -> Callable[[], Awaitable[Response]]:
    async def endpoint() -> Response:
        # On the event loop, not in a thread: a handler never waits for anything but the disk,
        # and so requests take effect one after the other.
        request = context.request
        exchange = get_exchange(request.scope)
        if exchange.media_type == JSON and _prefers_yaml(request.headers.get("accept", "")):
            exchange.media_type = YAML if YAML in context.operation.produces else JSON
        try:
            answer = _run(handler, request, exchange)
        except Refusal as refusal:
            error_id = exchange.store.identity.name_error()
            return make_error(request.scope["path"], refusal, error_id)
        if exchange.sparse:
            schema = context.operation.response_schema(answer.status, exchange.media_type)
            answer = replace(answer, body=keep_required(answer.body, schema))
        return make_response(answer, exchange)

    return endpoint


def _run(handler: Handler, request: Any, exchange: Any) -> Answer:
    store = exchange.store
    with store.transaction(write=request.method not in ("GET", "HEAD")) as db:
        account = request.context["user"] or ""
        return handler(
            Call(db, store, account, exchange.parameters, exchange.body, exchange.origin)
        )


def _prefers_yaml(accept: str) -> bool:
    """Whether YAML comes before JSON in a header Accept; for requests that have no body."""
    names = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return YAML in names and (JSON not in names or names.index(YAML) < names.index(JSON))
