"""What a person can do about an error, by its status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness_nextgen_runtime.vendor import Vendor

_ADVICE = {
    400: "Compare the arguments with the documentation of the operation.",
    401: "Check that the key is right and has not expired.",
    403: "Ask for the permission, or use the key of someone who has it.",
    404: "Check the identifier, and that this key may see what it names.",
    408: "Try again.",
    409: "Read what is there now, then repeat the change on top of it.",
    412: "Read the resource again: it is not in the state that the request asked for.",
    415: "Send the body in another format, such as format='json'.",
    423: "Wait until the operation that holds the lock is done, then try again.",
    429: "Send fewer requests, or build the client with requests_per_minute.",
    499: "Allow more time: something on the way gave up before the answer was ready.",
}


def advise(status_code: int, vendor: Vendor) -> str:
    """Return what to do next, as one sentence; empty when nobody can say."""
    if found := vendor.advice.get(status_code) or _ADVICE.get(status_code):
        return found
    if 300 <= status_code <= 399:
        return "Set base_url to where the server really is."
    if status_code >= 500:
        return "Try again later; if it stays, tell the service's support the id of this error."
    return ""
