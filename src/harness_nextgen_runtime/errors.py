"""The exceptions of a client, all under one root.

::

    ApiError
    ├── ConfigurationError          the client cannot be built, or a call cannot be made, as asked
    ├── ConnectionFailedError       no answer: refused, reset, unreachable, not what HTTP allows
    │   └── TimedOutError           no answer within the timeout of one attempt
    ├── DeadlineExceededError       the total time of a call ran out
    ├── DecodingError               an answer that does not fit its description
    ├── ResponseTooLargeError       an answer above the limit that the client sets
    ├── PagingError                 a list that would never end
    └── StatusError                 the server said no
        ├── BadRequestError             400
        ├── UnauthorizedError           401
        ├── ForbiddenError              403
        ├── NotFoundError               404
        ├── RequestTimeoutError         408
        ├── ConflictError               409
        ├── PreconditionFailedError     412
        ├── UnsupportedMediaTypeError   415
        ├── LockedError                 423
        ├── RateLimitedError            429
        ├── ClientClosedRequestError    499
        └── ServerError                 500 to 599

Every error pickles, and none shows a key: requests are attached with their credentials masked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import httpx


class ApiError(Exception):
    """The root of all errors that a client raises."""


class ConfigurationError(ApiError, ValueError):
    """The client cannot be built, or a call cannot be made, as asked; the message says how to."""


class _CallError(ApiError):
    """An error of a call: it knows the operation and the request."""

    def __init__(
        self, message: str, *, operation: str = "", request: httpx.Request | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.request = request

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.args, _picklable(self.__dict__)))


class ConnectionFailedError(_CallError):
    """No answer came: the connection failed, or what came was not HTTP."""


class TimedOutError(ConnectionFailedError):
    """No answer came within the timeout of one attempt."""


class DeadlineExceededError(_CallError):
    """The total time for a call, with all its retries, ran out."""


class PagingError(_CallError):
    """A list cannot be walked: the server repeats a page or breaks its own rules."""


class _AnswerError(_CallError):
    """An error about an answer: it knows the response too."""

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
    ) -> None:
        super().__init__(message, operation=operation, request=request)
        self.response = response


class DecodingError(_AnswerError):
    """An answer does not fit its description.

    ``pointer`` is the JSON pointer (RFC 6901) of the value that does not fit.
    """

    pointer: str = ""


class ResponseTooLargeError(_AnswerError):
    """An answer is larger than the client's limit."""


class FieldError(NamedTuple):
    """What the server says of one field of a request."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """What could be read from the body of an error, whatever its shape."""

    message: str = ""
    code: str | None = None
    """The class of the error in the server's own words, such as ``RESOURCE_NOT_FOUND``."""
    id: str | None = None
    """The id of this occurrence, or its correlation id: name it to support."""
    fields: tuple[FieldError, ...] = ()
    temporary: bool = False
    """The server says that the same request may succeed later."""
    body: Any = field(default=None, repr=False)
    """The body as decoded JSON, or its text."""


class StatusError(_AnswerError):
    """The server answered with a status that is not a success."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        details: ErrorDetails,
        operation: str = "",
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
    ) -> None:
        super().__init__(message, operation=operation, request=request, response=response)
        self.status_code = status_code
        self.details = details

    @property
    def code(self) -> str | None:
        """The class of the error in the server's own words."""
        return self.details.code

    @property
    def id(self) -> str | None:
        """The id of this occurrence, to name to support."""
        return self.details.id

    @property
    def fields(self) -> tuple[FieldError, ...]:
        """What the server says of single fields of the request."""
        return self.details.fields


class BadRequestError(StatusError):
    """400: the server does not accept what was sent."""


class UnauthorizedError(StatusError):
    """401: the key is missing, wrong or expired."""


class ForbiddenError(StatusError):
    """403: the key is known and may not do this."""


class NotFoundError(StatusError):
    """404: nothing is there, or nothing that this key may see."""


class RequestTimeoutError(StatusError):
    """408: the server waited too long for the request or for itself."""


class ConflictError(StatusError):
    """409: the request contradicts what is there, such as a name that is taken."""


class PreconditionFailedError(StatusError):
    """412: the resource is not in the state that the request asked for."""


class UnsupportedMediaTypeError(StatusError):
    """415: the server does not take the format of the body."""


class LockedError(StatusError):
    """423: the resource is locked by another operation."""


class RateLimitedError(StatusError):
    """429: too many requests in a short time."""


class ClientClosedRequestError(StatusError):
    """499: a gateway saw the client go before the answer was ready."""


class ServerError(StatusError):
    """5xx: the server failed."""


_BY_STATUS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    408: RequestTimeoutError,
    409: ConflictError,
    412: PreconditionFailedError,
    415: UnsupportedMediaTypeError,
    423: LockedError,
    429: RateLimitedError,
    499: ClientClosedRequestError,
}


def class_for_status(status_code: int) -> type[StatusError]:
    """Return the class for a status: its own, that of 5xx, or the root of them."""
    if found := _BY_STATUS.get(status_code):
        return found
    return ServerError if 500 <= status_code <= 599 else StatusError


def _rebuild(kind: type[_CallError], args: tuple[Any, ...], state: dict[str, Any]) -> _CallError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _picklable(state: dict[str, Any]) -> dict[str, Any]:
    # A response whose stream was never read cannot be pickled; its status is in the error.
    response = state.get("response")
    if response is not None and not response.is_stream_consumed:
        return {**state, "response": None}
    return state
