"""The shapes in which Harness answers errors.

The sandbox's own errors have the two that the effective spec describes: the Module Registry answers
with a Goa error under ``application/vnd.goa.error``; organizations and projects, and whatever is
outside both, with the platform's error under ``application/json``. The others, which services and
proxies of Harness are known to send (``harness_nextgen_runtime.harness`` names the sources), come
only as faults that are asked for. ``temporary`` is true where a later try may succeed by itself.
"""

from __future__ import annotations

import json
from html import escape
from http.client import responses
from typing import Any

from harness_nextgen_sandbox.errors import Refusal, name_status

GOA = "application/vnd.goa.error"
JSON = "application/json"
TEXT = "text/plain"
HTML = "text/html"

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
_GRPC_CODES = {
    400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4
}  # fmt: skip
"""By status, as https://github.com/googleapis/googleapis, google/rpc/code.proto, maps them."""
_GRPC_UNKNOWN = 2
_TEMPORARY = {408, 429, 502, 503, 504}
_TIMEOUTS = {408, 504}


def describe_error(path: str, refusal: Refusal, error_id: str) -> tuple[str, bytes]:
    """Return media type and body of an error.

    It is in the shape that the refusal asks for, or else in that of the API that the path belongs
    to.
    """
    if refusal.shape:
        media_type, body = _list_shapes(refusal, error_id)[refusal.shape]
    elif path.startswith("/iacm/"):
        media_type, body = GOA, _describe_goa(refusal, error_id)
    else:
        media_type, body = JSON, _describe_platform(refusal, error_id)
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=True)
    return media_type, text.encode()


def _list_shapes(refusal: Refusal, error_id: str) -> dict[str, tuple[str, Any]]:
    """Return media type and body of an error in each shape that can be asked for."""
    status, message, code = refusal.status, refusal.message, _choose_code(refusal.status)
    goa = _describe_goa(refusal, error_id)
    head = {"status": "ERROR", "code": code, "message": message, "correlationId": error_id}
    messages: dict[str, Any] = {
        "responseMessages": [
            {
                "code": code,
                "level": "ERROR",
                "message": message,
                "exception": None,
                "failureTypes": ["APPLICATION_ERROR"],
                "additionalInfo": {},
            }
        ]
    }
    error = {**head, "detailedMessage": f"{status}: {message}", **messages, "metadata": None}
    permission = {
        "permission": "iac_registry_edit",
        "resourceType": "IAC_REGISTRY",
        "resourceIdentifier": None,
        "resourceScope": {"orgIdentifier": "default", "projectIdentifier": None},
    }
    title = f"{status} {responses.get(status, 'Error')}"
    page = (
        f"<html>\n<head><title>{title}</title></head>\n"
        f"<body>\n<h1>{title}</h1>\n<p>{escape(message)}</p>\n</body>\n</html>\n"
    )
    return {
        "iacm": (GOA, goa),
        "policy": (GOA, {**goa, "policy_evaluation": {"status": "error", "message": message}}),
        "identifier": (GOA, {**goa, "identifier": "vpc"}),
        "unnamed": (GOA, {name: value for name, value in goa.items() if name != "name"}),
        "failure": (
            JSON,
            {**head, "status": "FAILURE", "errors": [{"fieldId": "identifier", "error": message}]},
        ),
        "error": (JSON, error),
        "messages": (JSON, messages),
        "denied": (
            JSON,
            {**error, "code": "NG_ACCESS_DENIED", "failedPermissionChecks": [permission]},
        ),
        "platform": (
            JSON,
            {
                "message": message,
                "code": code,
                "errors": [{"field_name": "identifier", "message": message}],
                "error_metadata": None,
            },
        ),
        "gateway": (
            JSON,
            {
                "code": _GRPC_CODES.get(status, _GRPC_UNKNOWN),
                "error": message,
                "message": message,
                "details": [],
            },
        ),
        "text": (TEXT, message),
        "html": (HTML, page),
    }


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
    body: dict[str, Any] = {
        "message": refusal.message,
        "code": _choose_code(refusal.status),
        "correlationId": error_id,
    }
    if refusal.field:
        body["errors"] = [{"field_name": refusal.field, "message": refusal.message}]
    return body


def _choose_code(status: int) -> str:
    return _PLATFORM_CODES.get(status) or name_status(status).upper()


SHAPES = tuple(_list_shapes(Refusal(500, ""), ""))
"""The names of the shapes that can be asked for."""
