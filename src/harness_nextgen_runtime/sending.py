"""One call as a state machine: every decision between the first attempt and the end.

``run_call`` is a plain generator. It yields what is to be done (send this, read that, wait so
long), is sent what came of it, or is thrown the exception that came instead; so the synchronous
and the asynchronous client follow the same rules, and neither is in here.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ApiError, DeadlineExceededError, DecodingError
from harness_nextgen_runtime.failures import (
    Unanswered,
    explain_failure,
    make_deadline_error,
    make_size_error,
    make_status_error,
)
from harness_nextgen_runtime.masking import mask_request, scrub, scrub_response
from harness_nextgen_runtime.options import Options, Retry
from harness_nextgen_runtime.redirects import origin_of, points_elsewhere, refuse_redirect
from harness_nextgen_runtime.retry import delay_before, may_repeat_answer, read_retry_after
from harness_nextgen_runtime.steps import (
    BodyLimitExceededError,
    BodyReader,
    Close,
    Read,
    ReadInto,
    Send,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from harness_nextgen_runtime.outgoing import Outgoing
    from harness_nextgen_runtime.setup import Core

_CODINGS = frozenset({"gzip", "deflate", "identity", "x-gzip"})


class Answer:
    """What a call came to: the response, and after how many retries."""

    __slots__ = ("response", "retries")

    def __init__(self, response: httpx.Response, retries: int) -> None:
        self.response = response
        self.retries = retries


class Call:
    """A call to be run: what goes out, by which rules, and what for."""

    def __init__(
        self,
        outgoing: Outgoing,
        options: Options,
        core: Core,
        *,
        any_status: bool = False,
        unread: bool = False,
    ) -> None:
        self.outgoing = outgoing
        self.options = options
        self.core = core
        self.any_status = any_status
        """Return an answer of any status, and do not raise."""
        self.unread = unread
        """Return a success before its body is read."""
        self.deadline: float | None = None
        """On the monotonic clock; set when the call begins."""

    @property
    def name(self) -> str:
        """The operation, as messages name it."""
        return self.outgoing.operation.id

    def show(self, response: httpx.Response) -> httpx.Response:
        """Return a copy of a read response that may be kept in an error."""
        return scrub_response(response, self.outgoing.secrets)

    def scrub(self, text: str) -> str:
        """Return a text of the server's, or one about it, without what it may have echoed."""
        return scrub(text.encode(errors="replace"), self.outgoing.secrets).decode()


def run_call(call: Call) -> Generator[Step, Any, Answer]:
    """Run a call to its end: attempts, redirects, waits; raises the last error."""
    options = call.options
    if options.deadline is not None:
        call.deadline = time.monotonic() + options.deadline
    operation = call.outgoing.operation
    retries = 0
    while True:
        failure: ApiError
        try:
            response = yield from _attempt(call, retries + 1)
            if response.is_success:
                return Answer(response, retries)
            shown = call.show(response)
            details = call.core.vendor.read_error(shown.content)
            can_retry = may_repeat_answer(
                operation, response.status_code, temporary=details.temporary
            )
            if call.any_status and not can_retry:
                return Answer(response, retries)
            if operation.method == "DELETE" and response.status_code == 404 and retries:
                return Answer(response, retries)
            failure = make_status_error(call, shown, details)
            asked = read_retry_after(response.headers.get("retry-after"))
        except Unanswered as unanswered:
            failure, cause = unanswered.error, unanswered.__cause__
            failure.__cause__ = cause
            response, asked = None, None
            can_retry = unanswered.can_retry
        delay = delay_before(retries + 1, asked) if can_retry else None
        if (
            delay is None
            or retries >= options.max_retries
            or call.outgoing.payload.is_spent
            or (call.deadline is not None and time.monotonic() + delay >= call.deadline)
        ):
            if response is not None and call.any_status:
                return Answer(response, retries)
            raise failure
        retries += 1
        if options.on_retry:
            options.on_retry(Retry(retries, failure, delay))
        call.outgoing.log.wait(f"retry {retries} after {type(failure).__name__}", delay)
        yield Wait(delay)


def _attempt(call: Call, number: int) -> Generator[Step, Any, httpx.Response]:
    """Send once, follow redirects, and return the answer: read, but for a wanted stream."""
    outgoing = call.outgoing
    log = outgoing.log
    request = outgoing.build()
    trusted = True
    hops = 0
    while True:
        if trusted:
            yield from _take_turn(call)
        request.extensions = {"timeout": _timeouts(call.options, _remaining(call))}
        log.begin(number)
        started = time.monotonic()
        response: httpx.Response | None = None
        try:
            try:
                response = yield Send(request, call.deadline, trusted)
            finally:
                outgoing.payload.close()
            assert response is not None
            if call.unread and response.is_success:
                _check_coding(call, response)
                log.end(number, response.status_code, time.monotonic() - started)
                return response
            response = yield from _read(call, request, response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            if isinstance(error, TimeoutError) and call.deadline is None:
                raise  # of the user's own transport or body: no deadline of ours
            log.end(number, type(error).__name__, time.monotonic() - started)
            raise explain_failure(call, request, error) from error
        except ApiError:
            if response is not None and not response.is_closed:
                yield Close(response)
            raise
        log.end(number, response.status_code, time.monotonic() - started)
        follow = _follow(call, request, response, hops, trusted=trusted)
        if follow is None:
            return response
        request, trusted = follow
        hops += 1


def _follow(
    call: Call, request: httpx.Request, response: httpx.Response, hops: int, *, trusted: bool
) -> tuple[httpx.Request, bool] | None:
    """Return the request that follows a redirect, and whether it goes to the first origin."""
    if not points_elsewhere(response):
        return None
    try:
        target = request.url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        return None
    if refuse_redirect(request.method, request.url, target, hops, allow_http=call.core.allow_http):
        return None
    trusted = trusted and origin_of(target) == call.core.origin
    return call.outgoing.build_redirected(request, target, trusted=trusted), trusted


def _read(
    call: Call, request: httpx.Request, response: httpx.Response
) -> Generator[Step, Any, httpx.Response]:
    limit = call.options.max_response_bytes
    succeeded = response.is_success
    if succeeded:
        coded = _check_coding(call, response)
        length = response.headers.get("content-length", "")
        if length.isdigit() and request.method != "HEAD":
            if int(length) > limit:
                raise make_size_error(call, response)
            if not coded and call.deadline is None:  # nothing to watch, and nearly every answer
                yield Read(response)
                return response
    body = BodyReader(limit, call.deadline)
    if not succeeded and not _is_coded_as_asked(response):
        yield Close(response)
        return _as_read(response, request, b"")
    if call.deadline is not None:
        # The time that the headers took is gone; httpcore looks at this dict once more.
        remaining = max(0.001, call.deadline - time.monotonic())
        timeouts = request.extensions["timeout"]
        timeouts["read"] = _least(timeouts["read"], remaining)
    try:
        yield ReadInto(response, body, call.deadline)
    except BodyLimitExceededError:
        if succeeded:
            raise make_size_error(call, response) from None
    except (httpx.HTTPError, TimeoutError):
        # An error says what it can: its status is worth more than that its body broke off.
        if succeeded or 300 <= response.status_code <= 399:
            raise
    return _as_read(response, request, body.content)


def _as_read(response: httpx.Response, request: httpx.Request, content: bytes) -> httpx.Response:
    """Return a new response, since httpx gives no way to read one under a limit."""
    read = httpx.Response(
        response.status_code,
        content=content,
        request=request,
        extensions={
            name: value
            for name, value in response.extensions.items()
            if name in ("http_version", "reason_phrase")
        },
    )
    read.headers = response.headers
    with suppress(RuntimeError):  # a transport's answer that was whole from the start has none
        read.elapsed = response.elapsed
    return read


def _take_turn(call: Call) -> Generator[Step, Any, None]:
    limiter = call.core.limiter
    if limiter is None:
        return
    patience = None if call.deadline is None else call.deadline - time.monotonic()
    delay = limiter.reserve(patience)
    if delay is None:
        raise DeadlineExceededError(
            f"{call.name}: requests_per_minute leaves no room before the deadline of "
            f"{call.options.deadline} s. Allow more time or send fewer requests.",
            operation=call.name,
        )
    if delay > 0:
        call.outgoing.log.wait("requests_per_minute", delay)
        yield Wait(delay)


def _remaining(call: Call) -> float | None:
    if call.deadline is None:
        return None
    remaining = call.deadline - time.monotonic()
    if remaining <= 0:
        raise make_deadline_error(call, None)
    return remaining


def _timeouts(options: Options, limit: float | None) -> dict[str, float | None]:
    connect, read = options.timeout.connect, options.timeout.read
    pool = None if read is None else max(read, constants.POOL_TIMEOUT)
    return {
        "connect": _least(connect, limit),
        "read": _least(read, limit),
        "write": _least(read, limit),
        "pool": _least(pool, limit),
    }


def _least(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _check_coding(call: Call, response: httpx.Response) -> bool:
    """Tell whether a body is coded; refuses what was not asked for, such as one in another.

    A coding in a coding, and some that httpx knows, make any number of bytes out of a few.
    """
    coding = response.headers.get("content-encoding")
    if coding is None:
        return False
    if not _is_coded_as_asked(response):
        raise DecodingError(
            f"{call.name}: the body is coded as {coding!r}, which was not asked for.",
            operation=call.name,
            request=mask_request(response.request),
        )
    return True


def _is_coded_as_asked(response: httpx.Response) -> bool:
    return response.headers.get("content-encoding", "identity").strip().lower() in _CODINGS
