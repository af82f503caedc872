"""Tell apart the shapes in which services of Harness answer errors.

They are those that its published clients know: the Module Registry's (``IaCMError``, with
``policy_evaluation`` or ``identifier``, or without ``name``), the platform's (``Failure``,
``Error``, bare ``responseMessages``, ``AccessDeniedError``, ``ErrorResponse``), that of the gRPC
gateway, and texts and pages of a load balancer.
"""

from __future__ import annotations

from pipeline.contract.bodies import is_json
from pipeline.values import Json, is_array, is_object

SHAPES = (
    "iacm", "policy", "identifier", "unnamed",
    "failure", "error", "messages", "denied", "platform",
    "gateway", "text",
)  # fmt: skip


def find_shape(body: Json, media_type: str) -> str:
    """Return which of SHAPES the body of an error has."""
    if not is_json(media_type) or not is_object(body):
        return "text"
    if "fault" in body or "timeout" in body:
        if "policy_evaluation" in body:
            return "policy"
        if "identifier" in body:
            return "identifier"
        return "iacm" if "name" in body else "unnamed"
    if "failedPermissionChecks" in body:
        return "denied"
    if "responseMessages" in body:
        return "error" if "message" in body else "messages"
    if isinstance(body.get("code"), int):
        return "gateway"
    fields = body.get("errors")
    if "status" in body or (is_array(fields) and any("fieldId" in one for one in fields)):
        return "failure"
    return "platform"
