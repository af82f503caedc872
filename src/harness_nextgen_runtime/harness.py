"""What is Harness's own and no API description says: help, advice, and the shapes of its errors.

Sources: the API page ("Authentication", "Error responses"), developer.harness.io ("Rate limits"),
and the shapes that the platform's other clients meet: IaCMError of the Module Registry (with
``policy_evaluation`` or ``identifier``, and without ``name``), Failure, Error and
AccessDeniedError of the platform, the bare ``responseMessages`` (harness-go-sdk, pull request
703), ErrorResponse of the v1 API, the gRPC gateway, and pages of a load balancer.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness_nextgen_runtime.error_bodies import BodyNames, read_error_body
from harness_nextgen_runtime.errors import ErrorDetails

_NAMES = BodyNames(
    messages=("message", "detailedMessage", "error", "detail", "title"),
    codes=("code", "name"),
    ids=("id", "correlationId", "correlation_id"),
    nested=("responseMessages",),
    fields=("errors", "failedPermissionChecks"),
    field_names=("field_name", "fieldId", "permission", "field"),
    field_messages=("message", "error", "resourceType"),
)


def read_error(content: bytes) -> ErrorDetails:
    """Read the body of an error in any of Harness's shapes."""
    return read_error_body(content, _NAMES)


API_KEY_HELP = (
    "create a personal access token in Harness under your profile, My API Keys, or a service "
    "account's under Account Settings, Access Control"
)

ACCOUNT_HELP = (
    "it is in Harness under Account Settings, Overview, and in the address after /account/"
)

ADVICE: Mapping[int, str] = {
    401: "Check that the key is whole and has not expired, and that base_url is the server that it "
    "was made on.",
    403: "Ask for a role with the permission on this account, organization or project; modules "
    "need iac_registry_view or iac_registry_edit.",
    429: "Harness allows 400 requests a minute for a key: build the client with "
    "requests_per_minute=400, or ask for larger pages.",
}
"""What to do next, by status."""
