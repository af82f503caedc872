"""The ASGI application: connexion, driven by the effective spec, behind the gate."""

from __future__ import annotations

import logging
import threading
from functools import cache
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from harness_nextgen_sandbox.answers import RESPONSES
from harness_nextgen_sandbox.bodies import BODIES
from harness_nextgen_sandbox.endpoint import make_resolver
from harness_nextgen_sandbox.error_shapes import describe_error
from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import get_exchange
from harness_nextgen_sandbox.framework import (
    AsyncApp,
    ConnexionResponse,
    ProblemException,
)
from harness_nextgen_sandbox.gate import Gate
from harness_nextgen_sandbox.keys import SECURITY
from harness_nextgen_sandbox.options import Options
from harness_nextgen_sandbox.parameters import ParameterValidator, UriParser
from harness_nextgen_sandbox.spec import read_spec
from harness_nextgen_sandbox.store import Store

_log = logging.getLogger("harness_nextgen_sandbox")
_making = threading.Lock()


def open_app(store: Store, options: Options | None = None) -> ASGIApp:
    """Return the sandbox as an ASGI application with a state of its own.

    What connexion makes of the spec is made once and shared by all of them, so a second
    application costs next to nothing.
    """
    options = options or Options()
    return Gate(_make_api(validate_responses=options.validate_responses), store, options)


def _make_api(*, validate_responses: bool) -> ASGIApp:
    with _making:
        return _make_shared_api(validate_responses=validate_responses)


@cache
def _make_shared_api(*, validate_responses: bool) -> ASGIApp:
    """Make the part that only the spec determines."""
    # They warn of what we mean to do; errors are answered, and told by us.
    for name in ("connexion", "python_multipart"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    app: Any = AsyncApp("harness_nextgen_sandbox")
    app.add_api(
        read_spec(),
        base_path="",
        resolver=make_resolver(),
        uri_parser_class=UriParser,
        validator_map={
            "parameter": ParameterValidator,
            "body": BODIES,
            "response": RESPONSES,
        },
        security_map=SECURITY,
        validate_responses=validate_responses,
    )
    for kind in (Refusal, ProblemException, HTTPException, Exception):
        app.add_error_handler(kind, _answer_error)
    api: ASGIApp = app
    return api


async def _answer_error(request: Any, error: Exception) -> Any:
    """Answer what was refused before a handler was reached, or went wrong in one."""
    path = request.scope["path"]
    if isinstance(error, Refusal):
        refusal = error
    elif isinstance(error, HTTPException) and error.status_code < 500:
        refusal = Refusal(error.status_code, str(error.detail), headers=error.headers)
        if error.status_code == 404:
            refusal = Refusal(404, f"nothing is at {path}")
    else:
        _log.error("%s %s failed", request.method, path, exc_info=error)
        detail = getattr(error, "detail", None) or f"{type(error).__name__}: {error}"
        refusal = Refusal(500, f"the sandbox failed, please report it: {detail}")
    error_id = get_exchange(request.scope).store.identity.name_error()
    media_type, body = describe_error(path, refusal, error_id)
    return ConnexionResponse(
        status_code=refusal.status, content_type=media_type, body=body, headers=refusal.headers
    )
