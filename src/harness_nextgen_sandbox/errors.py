"""Errors in Harness's own shapes, which the effective spec describes.

The Module Registry answers with a Goa error under ``application/vnd.goa.error``; organizations and
projects, and whatever is outside both, with the platform's error under ``application/json``.
``temporary`` is true where a later try may succeed by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

GOA = "application/vnd.goa.error"
JSON = "application/json"

_GOA_NAMES = {
    408: "timeout",
    499: "context_cancelled",
}
_PLATFORM_CODES = {
    400: "INVALID_ARGUMENT",
    403: "ACCESS_DENIED",
    404: "ENTITY_NOT_FOUND",
    409: "DUPLICATE_FIELD",
}
_TEMPORARY = {408, 429, 502, 503, 504}
_TIMEOUTS = {408, 504}


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        """The parameter or the member of the body that is to blame."""
        self.headers = dict(headers or {})


def missing(what: str, name: str) -> Refusal:
    """Make the refusal for something that is not there."""
    return Refusal(404, f"there is no {what} {name!r}")


def not_allowed(method: str, allowed: Iterable[str]) -> Refusal:
    """Make the refusal of a method that a path does not have."""
    return Refusal(405, f"{method} is not allowed here", headers={"Allow": ", ".join(allowed)})


def describe_error(path: str, refusal: Refusal, error_id: str) -> tuple[str, bytes]:
    """Return media type and body of an error, in the shape of the API that the path belongs to."""
    if path.startswith("/iacm/"):
        return GOA, _write(_describe_goa(refusal, error_id))
    return JSON, _write(_describe_platform(refusal, error_id))


def _describe_goa(refusal: Refusal, error_id: str) -> dict[str, Any]:
    status = refusal.status
    return {
        "name": _GOA_NAMES.get(status) or name_status(status),
        "id": error_id,
        "message": refusal.message,
        "temporary": status in _TEMPORARY,
        "timeout": status in _TIMEOUTS,
        "fault": status >= 500,
    }


def _describe_platform(refusal: Refusal, error_id: str) -> dict[str, Any]:
    status = refusal.status
    body: dict[str, Any] = {
        "message": refusal.message,
        "code": _PLATFORM_CODES.get(status) or name_status(status).upper(),
        "correlationId": error_id,
    }
    if refusal.field:
        body["errors"] = [{"field_name": refusal.field, "message": refusal.message}]
    return body


def name_status(status: int) -> str:
    """Return the phrase of a status as a name: ``not_found``."""
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    except ValueError:
        return f"status_{status}"


def _write(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()
