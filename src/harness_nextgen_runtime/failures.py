"""What it means that a call did not succeed: the error for it, and in words what to do next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.advice import advise
from harness_nextgen_runtime.errors import (
    ApiError,
    ConfigurationError,
    ConnectionFailedError,
    DeadlineExceededError,
    DecodingError,
    ErrorDetails,
    ResponseTooLargeError,
    StatusError,
    TimedOutError,
    class_for_status,
)
from harness_nextgen_runtime.masking import mask_request
from harness_nextgen_runtime.redirects import points_elsewhere, refuse_redirect, show_target
from harness_nextgen_runtime.retry import may_repeat_failure

if TYPE_CHECKING:
    from harness_nextgen_runtime.sending import Call

# The connection was never made, so nobody can have carried the request out.
_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Unanswered(Exception):
    """Carries an error out of an attempt, and whether another attempt may be made."""

    def __init__(self, error: ApiError, *, can_retry: bool) -> None:
        super().__init__()
        self.error = error
        self.can_retry = can_retry


def explain_failure(call: Call, request: httpx.Request, error: Exception) -> Unanswered:
    """Return the error for a request that got no answer, or whose answer broke off."""
    operation = call.outgoing.operation
    late = call.deadline is not None and time.monotonic() >= call.deadline - 0.001
    if isinstance(error, TimeoutError) or (late and isinstance(error, httpx.TimeoutException)):
        return Unanswered(make_deadline_error(call, request), can_retry=False)
    shown = mask_request(request)
    text = call.scrub(str(error)).rstrip(".") or type(error).__name__
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Unanswered(
            ConfigurationError(f"{call.name}: this cannot be sent: {text}"), can_retry=False
        )
    connected = not isinstance(error, _UNCONNECTED)
    can_retry = may_repeat_failure(operation, connected=connected)
    where = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
    kind: type[ConnectionFailedError] = ConnectionFailedError
    if isinstance(error, httpx.PoolTimeout):
        kind = TimedOutError
        message = "no connection became free. Make fewer calls at once, or close what is streamed"
    elif isinstance(error, httpx.TimeoutException):
        kind = TimedOutError
        phase = type(error).__name__.removesuffix("Timeout").lower()
        message = f"{where} did not answer in time ({phase}). Allow more with timeout="
    elif isinstance(error, httpx.DecodingError):
        return Unanswered(
            DecodingError(
                f"{call.name}: the body from {where} is not in the coding that it claims: {text}.",
                operation=call.name,
                request=shown,
            ),
            can_retry=False,
        )
    elif "CERTIFICATE_VERIFY_FAILED" in text:
        can_retry = False
        message = (
            f"{where} shows a certificate that is not trusted: {text}. "
            "Pass verify= the authority's certificate"
        )
    elif isinstance(error, httpx.ProxyError):
        message = f"the proxy does not lead to {where}: {text}. Check proxy= and HTTPS_PROXY"
    elif not connected:
        message = f"{where} cannot be reached: {text}. Check base_url, the network and any proxy"
    else:
        message = f"the connection to {where} broke: {text}."
        if not operation.is_idempotent:
            message += f" Whether the {operation.method} was carried out is not known: look first"
        else:
            message += " Try again"
    return Unanswered(
        kind(f"{call.name}: {message}.", operation=call.name, request=shown), can_retry=can_retry
    )


def make_deadline_error(call: Call, request: httpx.Request | None) -> DeadlineExceededError:
    """Return the error for a call whose time is over."""
    return DeadlineExceededError(
        f"{call.name}: not done within the deadline of {call.options.deadline} s. "
        "Allow more with deadline=.",
        operation=call.name,
        request=None if request is None else mask_request(request),
    )


def make_size_error(call: Call, response: httpx.Response) -> ResponseTooLargeError:
    """Return the error for an answer above the limit, without its body."""
    shown = httpx.Response(response.status_code, request=mask_request(response.request))
    shown.headers = response.headers
    return ResponseTooLargeError(
        f"{call.name}: the answer is larger than {call.options.max_response_bytes} bytes. "
        "Ask for less, or allow more with max_response_bytes=.",
        operation=call.name,
        request=shown.request,
        response=shown,
    )


def make_status_error(call: Call, shown: httpx.Response, details: ErrorDetails) -> StatusError:
    """Return the error for an answer that is no success; ``shown`` holds no credential."""
    return class_for_status(shown.status_code)(
        _describe(call, shown, details),
        status_code=shown.status_code,
        details=details,
        operation=call.name,
        request=shown.request,
        response=shown,
    )


def _describe(call: Call, response: httpx.Response, details: ErrorDetails) -> str:
    status = f"{response.status_code} {response.reason_phrase}".strip()
    parts = [f"{call.name}: {status}: {details.message or 'no message'}"]
    if points_elsewhere(response):
        request = response.request
        try:
            target = request.url.join(response.headers["location"])
            reason = refuse_redirect(
                request.method,
                request.url,
                target,
                constants.MAX_REDIRECTS,
                allow_http=call.core.allow_http,
            )
            parts.append(f"it points to {show_target(target)}, and {reason}")
        except (httpx.InvalidURL, ValueError):
            parts.append("it points to what is no address")
    parts += [f"{one.field}: {one.message}" if one.field else one.message for one in details.fields]
    known = [f"{name} {text}" for name in ("code", "id") if (text := getattr(details, name))]
    if known:
        parts.append(", ".join(known))
    text = "; ".join(part.rstrip(".") for part in parts) + "."
    advice = advise(response.status_code, call.core.vendor)
    return f"{text} {advice}" if advice else text
