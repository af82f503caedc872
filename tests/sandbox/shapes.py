"""The shapes in which the two APIs of Harness answer errors."""

from __future__ import annotations

from typing import Any

import httpx

from tests.client.described import SPEC


def check_shape(answer: httpx.Response) -> dict[str, Any]:
    """Check that an error is in the shape of its API; return it."""
    body: dict[str, Any] = answer.json()
    if answer.request.url.path.startswith("/iacm/"):
        assert answer.headers["content-type"] == "application/vnd.goa.error"
        assert set(body) == set(SPEC["components"]["schemas"]["IacmError"]["required"])
        assert body["fault"] == (answer.status_code >= 500)
    else:
        assert answer.headers["content-type"] == "application/json"
        assert set(body) <= set(SPEC["components"]["schemas"]["PlatformError"]["properties"])
    assert body["message"]
    return body
