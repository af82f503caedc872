"""One call as a state machine: every decision between the first attempt and the end.

``run_call`` is a plain generator. It yields what is to be done (send this, read that, wait so
long), is sent what came of it, or is thrown the exception that came instead; so the synchronous
and the asynchronous client follow the same rules, and neither is in here.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

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
from harness_nextgen_runtime.masking import mask_request, scrub, scrub_response
from harness_nextgen_runtime.options import Options, Retry
from harness_nextgen_runtime.redirects import (
    origin_of,
    points_elsewhere,
    refuse_redirect,
    show_target,
)
from harness_nextgen_runtime.retry import (
    delay_before,
    may_repeat_answer,
    may_repeat_failure,
    read_retry_after,
)

if TYPE_CHECKING:
    from harness_nextgen_runtime.outgoing import Outgoing
    from harness_nextgen_runtime.setup import Core

_CODINGS = frozenset({"gzip", "deflate", "identity", "x-gzip"})
# The connection was never made, so nobody can have carried the request out.
_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


# Plain classes here: each dataclass costs a millisecond of every program's start.
class Send:
    """Send this request; the answer is its response, not read."""

    __match_args__ = ("request", "deadline", "keeps_auth")
    __slots__ = __match_args__

    def __init__(self, request: httpx.Request, deadline: float | None, keeps_auth: bool) -> None:
        self.request = request
        self.deadline = deadline
        """When the call must be done, on the monotonic clock."""
        self.keeps_auth = keeps_auth
        """False when the request goes to another origin, where nobody may know who asks."""


class Read:
    """Read the response and close it, whatever happens."""

    __match_args__ = ("response",)
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response) -> None:
        self.response = response


class ReadInto:
    """Read the response into ``body``, which may refuse it, and close it whatever happens."""

    __match_args__ = ("response", "body", "deadline")
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response, body: BodyReader, deadline: float | None) -> None:
        self.response = response
        self.body = body
        self.deadline = deadline
        """When the call must be done, on the monotonic clock."""


class Close:
    """Close the response unread."""

    __match_args__ = ("response",)
    __slots__ = __match_args__

    def __init__(self, response: httpx.Response) -> None:
        self.response = response


class Wait:
    """Wait so many seconds."""

    __match_args__ = ("seconds",)
    __slots__ = __match_args__

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Step: TypeAlias = Send | Read | ReadInto | Close | Wait


class Answer:
    """What a call came to: the response, and after how many retries."""

    __slots__ = ("response", "retries")

    def __init__(self, response: httpx.Response, retries: int) -> None:
        self.response = response
        self.retries = retries


class BodyLimitExceededError(Exception):
    """More bytes came than are allowed, or later than allowed."""


class BodyReader:
    """Collects a body as it comes, decoded, and stops when it is too large or too late."""

    __slots__ = ("_chunks", "_deadline", "_left")

    def __init__(self, limit: int, deadline: float | None) -> None:
        self._left = limit
        self._deadline = deadline
        self._chunks: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Take the next bytes; raises BodyLimitExceededError."""
        self._chunks.append(chunk[: self._left])
        self._left -= len(chunk)
        if self._left < 0:
            raise BodyLimitExceededError
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TimeoutError

    @property
    def content(self) -> bytes:
        """All that came."""
        return b"".join(self._chunks)


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
            failure = _status_error(call, shown, details)
            asked = read_retry_after(response.headers.get("retry-after"))
        except _Unanswered as unanswered:
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


class _Unanswered(Exception):
    """Carries an error out of an attempt, and whether another attempt may be made."""

    def __init__(self, error: ApiError, *, can_retry: bool) -> None:
        super().__init__()
        self.error = error
        self.can_retry = can_retry


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
            raise _unanswered(call, request, error) from error
        except ApiError:
            if response is not None and not response.is_closed:
                yield Close(response)
            raise
        log.end(number, response.status_code, time.monotonic() - started)
        if not points_elsewhere(response):
            return response
        try:
            target = request.url.join(response.headers["location"])
        except (httpx.InvalidURL, ValueError):
            return response
        if refuse_redirect(
            request.method, request.url, target, hops, allow_http=call.core.allow_http
        ):
            return response
        hops += 1
        trusted = trusted and origin_of(target) == call.core.origin
        request = outgoing.build_redirected(request, target, trusted=trusted)


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
                raise _too_large(call, response)
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
            raise _too_large(call, response) from None
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
        raise _late(call, None)
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


def _unanswered(call: Call, request: httpx.Request, error: Exception) -> _Unanswered:
    operation = call.outgoing.operation
    late = call.deadline is not None and time.monotonic() >= call.deadline - 0.001
    if isinstance(error, TimeoutError) or (late and isinstance(error, httpx.TimeoutException)):
        return _Unanswered(_late(call, request), can_retry=False)
    shown = mask_request(request)
    text = call.scrub(str(error)).rstrip(".") or type(error).__name__
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        return _Unanswered(
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
        return _Unanswered(
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
    return _Unanswered(
        kind(f"{call.name}: {message}.", operation=call.name, request=shown), can_retry=can_retry
    )


def _late(call: Call, request: httpx.Request | None) -> DeadlineExceededError:
    return DeadlineExceededError(
        f"{call.name}: not done within the deadline of {call.options.deadline} s. "
        "Allow more with deadline=.",
        operation=call.name,
        request=None if request is None else mask_request(request),
    )


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


def _too_large(call: Call, response: httpx.Response) -> ResponseTooLargeError:
    shown = httpx.Response(response.status_code, request=mask_request(response.request))
    shown.headers = response.headers
    return ResponseTooLargeError(
        f"{call.name}: the answer is larger than {call.options.max_response_bytes} bytes. "
        "Ask for less, or allow more with max_response_bytes=.",
        operation=call.name,
        request=shown.request,
        response=shown,
    )


def _status_error(call: Call, shown: httpx.Response, details: ErrorDetails) -> StatusError:
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


def convert_error(call: Call, request: httpx.Request, error: Exception) -> ApiError:
    """Return what it means that a body broke off while a user was reading it."""
    return _unanswered(call, request, error).error


def guard_stream(call: Call, response: httpx.Response) -> None:
    """Hold an unread body to the deadline of its call, between its parts."""
    if call.deadline is None:
        return
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _TimedStream(response.stream, call.deadline)
    else:
        response.stream = _AsyncTimedStream(response.stream, call.deadline)


class _TimedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if time.monotonic() > self._deadline:
                raise TimeoutError
            yield chunk

    def close(self) -> None:
        self._stream.close()


class _AsyncTimedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if time.monotonic() > self._deadline:
                raise TimeoutError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
