"""Turn what handlers answer into responses, and check responses by the spec where that is asked."""

from __future__ import annotations

import json
from typing import Any

import yaml
from starlette.responses import Response

from harness_nextgen_sandbox.error_shapes import GOA, describe_error
from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import YAML, Answer, Exchange
from harness_nextgen_sandbox.framework import (
    JSONResponseBodyValidator,
    MediaTypeDict,
    NonConformingResponseBody,
)
from harness_nextgen_sandbox.plain import write_json, write_yaml
from harness_nextgen_sandbox.schemas import find_fault


def make_response(answer: Answer, exchange: Exchange) -> Response:
    """Write an answer in the format of its request."""
    headers = dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.body, bytes):
        media_type = answer.media_type or "application/octet-stream"
        return Response(answer.body, answer.status, headers, media_type)
    media_type = exchange.media_type
    write = write_yaml if media_type == YAML else write_json
    return Response(write(answer.body), answer.status, headers, media_type)


def make_error(path: str, refusal: Refusal, error_id: str) -> Response:
    """Write an error in the shape that it asks for, or that of the API of the path."""
    media_type, body = describe_error(path, refusal, error_id)
    return Response(body, refusal.status, refusal.headers, media_type)


class _DataValidator(JSONResponseBodyValidator):  # type: ignore[misc]  # connexion has no types
    """Checks an answer with the same rules as requests; connexion's knows no int64."""

    def _validate(self, body: Any) -> None:
        if fault := find_fault(self._schema, body):
            place, message = fault
            raise NonConformingResponseBody(
                f"the answer does not fit the spec: {place or 'all of it'}: {message}"
            )


class _YamlValidator(_DataValidator):
    """Checks an answer in YAML."""

    def _parse(self, stream: Any) -> Any:
        return json.loads(json.dumps(yaml.safe_load(b"".join(stream))))


RESPONSES = MediaTypeDict(
    {"application/json": _DataValidator, GOA: _DataValidator, "application/yaml": _YamlValidator}
)
