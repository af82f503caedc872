"""What an error says: every shape of a body, the class of a status, copies and pickles."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import httpx
import pytest

from harness_nextgen_runtime import errors
from harness_nextgen_runtime.error_bodies import read_error_body
from harness_nextgen_runtime.errors import FieldError
from harness_nextgen_runtime.harness import read_error as read_harness_error
from tests.runtime import fault_server as fault
from tests.runtime.calling import KEY, MODES, one
from tests.runtime.fault_server import FaultServer

GOA = {
    "name": "bad_request",
    "id": "123abc",
    "message": "parameter p must be an integer",
    "temporary": False,
    "timeout": False,
    "fault": False,
}
# The eleven shapes: body, message, code, id, fields
SHAPES: dict[str, tuple[Any, str, str | None, str | None, tuple[FieldError, ...]]] = {
    "IaCMError": (GOA, "parameter p must be an integer", "bad_request", "123abc", ()),
    "PolicyViolationError": (
        {**GOA, "name": "policy", "policy_evaluation": {"status": "error", "message": "x"}},
        "parameter p must be an integer", "policy", "123abc", ()),
    "ErrorResultWithIdentifier": (
        {**GOA, "identifier": "vpc"}, "parameter p must be an integer", "bad_request", "123abc",
        ()),
    "Error2": ({"id": "9", "message": "gone"}, "gone", None, "9", ()),
    "Failure": (
        {"status": "FAILURE", "code": "INVALID_REQUEST", "message": "not valid",
         "correlationId": "c-1", "errors": [{"fieldId": "name", "error": "is empty"}]},
        "not valid", "INVALID_REQUEST", "c-1", (FieldError("name", "is empty"),)),
    "Error": (
        {"status": "ERROR", "code": "UNKNOWN", "message": "", "correlationId": "c-2",
         "detailedMessage": "in detail", "metadata": None,
         "responseMessages": [{"code": "X", "level": "ERROR", "message": "inner"}]},
        "in detail", "UNKNOWN", "c-2", ()),
    "responseMessages": (
        {"responseMessages": [{"code": "DEFAULT_ERROR_CODE", "message": "inner"}]},
        "inner", "DEFAULT_ERROR_CODE", None, ()),
    "AccessDeniedError": (
        {"status": "ERROR", "code": "NG_ACCESS_DENIED", "message": "Missing permission",
         "correlationId": "c-3", "failedPermissionChecks": [
             {"permission": "iac_registry_edit", "resourceType": "IAC_REGISTRY"}]},
        "Missing permission", "NG_ACCESS_DENIED", "c-3",
        (FieldError("iac_registry_edit", "IAC_REGISTRY"),)),
    "v1 ErrorResponse": (
        {"message": "no such org", "code": "ENTITY_NOT_FOUND",
         "errors": [{"field_name": "org", "message": "unknown"}], "error_metadata": None},
        "no such org", "ENTITY_NOT_FOUND", None, (FieldError("org", "unknown"),)),
    "Go ErrorResponse": (
        {"error": "it broke", "code": 17, "correlationId": "c-4", "responseMessages": None},
        "it broke", "17", "c-4", ()),
    "gRPC gateway": (
        {"code": 5, "error": "not found", "message": "application x", "details": []},
        "application x", "5", None, ()),
}  # fmt: skip
TEXTS = {
    "html": (b"<!doctype html><script>var x=1</script><h1>Blocked &amp; gone</h1>",
             "Blocked & gone"),
    "text": (b"  upstream\n connect error ", "upstream connect error"),
    "empty": (b"", ""),
    "truncated": (b'{"message": "half', '{"message": "half'),
    "not utf-8": (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
    "escape codes": (b"\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
    "null": (b"null", ""),
    "list": (b"[1]", ""),
    "text in json": (b'"just so"', "just so"),
    "deep": (b"[" * 200_000, "[" * 300 + "\N{HORIZONTAL ELLIPSIS}"),
    "byte order mark": (b'\xef\xbb\xbf{"message": "marked"}', "marked"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    """Each shape that Harness is known to send gives message, code, id and field errors."""
    body, message, code, id, fields = SHAPES[name]
    details = read_harness_error(json.dumps(body).encode())
    assert (details.message, details.code, details.id, details.fields) == (
        message, code, id, fields,
    )  # fmt: skip
    assert details.body == body


@pytest.mark.parametrize("name", TEXTS)
def test_no_json(name: str) -> None:
    """A body of any other kind gives its first words, on one line."""
    content, message = TEXTS[name]
    assert read_harness_error(content).message == message


def test_neutral_shape() -> None:
    """Without a vendor, the members of RFC 9457 are read."""
    body = {
        "type": "https://example/out-of-credit",
        "title": "No credit",
        "detail": "30 of 50",
        "instance": "/account/1",
        "errors": [{"pointer": "/age", "detail": "too low"}],
    }
    details = read_error_body(json.dumps(body).encode())
    assert (details.message, details.code, details.id) == (
        "30 of 50", "https://example/out-of-credit", "/account/1",
    )  # fmt: skip
    assert details.fields == (FieldError("/age", "too low"),)


STATUSES = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    408: errors.RequestTimeoutError,
    409: errors.ConflictError,
    412: errors.PreconditionFailedError,
    415: errors.UnsupportedMediaTypeError,
    423: errors.LockedError,
    429: errors.RateLimitedError,
    499: errors.ClientClosedRequestError,
    500: errors.ServerError,
    520: errors.ServerError,
    402: errors.StatusError,
    451: errors.StatusError,
    999: errors.StatusError,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", STATUSES)
def test_status(status: int, mode: str) -> None:
    """Each status that matters has its class, any other has the root, and all carry everything."""
    body = json.dumps({**GOA, "errors": [{"field_name": "p", "message": "no"}]}).encode()
    with FaultServer([fault.answer(status, body, media_type="application/vnd.goa.error")]) as s:
        error = one(mode, s.url, max_retries=0)
    assert type(error) is STATUSES[status]
    assert isinstance(error, errors.StatusError)
    assert (error.status_code, error.code, error.id) == (status, "bad_request", "123abc")
    assert error.fields == (FieldError("p", "no"),)
    assert error.operation == "do_it"
    assert error.response is not None
    assert error.response.content == body
    assert error.request is not None
    assert error.request.url.path == "/modules/1"
    assert error.request.headers["x-api-key"] == "***"
    text = str(error)
    for words in ("do_it: ", str(status), GOA["message"], "p: no", "bad_request", "123abc"):
        assert str(words) in text
    assert text.endswith(".")


def test_next_step() -> None:
    """The message of a missing permission says what to ask for."""
    with FaultServer([fault.answer(403, b"{}")]) as server:
        assert "iac_registry_view" in str(one("blocking", server.url))


@pytest.mark.parametrize("duplicate", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (fault.answer(404, b'{"message": "no"}', "X-Trace: 7"), errors.NotFoundError),
        (fault.answer(200, b"<p>"), errors.DecodingError),
        (fault.answer(200, b"[" * 200), errors.ResponseTooLargeError),
        (fault.reset_after_reading, errors.ConnectionFailedError),
        (fault.send(0.5), errors.DeadlineExceededError),
    ],
)
def test_pickle(act: Any, kind: type[Exception], duplicate: Any) -> None:
    """An error that went through a pickle says the same, and still has its request and answer."""
    with FaultServer([act]) as server:
        deadline = 0.2 if kind is errors.DeadlineExceededError else 30
        error = one(
            "blocking", server.url, max_retries=0, deadline=deadline, max_response_bytes=100
        )
        assert type(error) is kind
    again = duplicate(error)
    assert type(again) is kind
    assert (str(again), again.operation) == (str(error), "do_it")
    assert (again.request.method, again.request.url) == ("GET", error.request.url)
    assert again.request.headers == error.request.headers
    assert again.request.headers["x-api-key"] == "***"
    if isinstance(error, errors.StatusError):
        assert (again.status_code, again.details) == (404, error.details)
        assert again.response.status_code == 404
        assert again.response.headers["x-trace"] == "7"
        assert again.response.content == b'{"message": "no"}'
    assert KEY.encode() not in pickle.dumps(error)


def test_every_error_has_one_root() -> None:
    """Whoever catches ApiError catches all."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    raised = [one for one in kinds if issubclass(one, Exception)]
    assert len(raised) > 20
    assert all(issubclass(one, errors.ApiError) for one in raised)


def test_cause_is_kept() -> None:
    """What httpx said stays reachable as the cause."""
    error = one("blocking", fault.refused_url(), max_retries=0)
    assert isinstance(error.__cause__, httpx.ConnectError)
