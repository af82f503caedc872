"""The forms that documents of the contract must have, as JSON Schema; a fault for each breach."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from pipeline.document import Document
from pipeline.faults import BadInput

TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
HEADERS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["method", "path"],
    "additionalProperties": False,
    "properties": {
        "method": {"type": "string", "pattern": "^[A-Z]+$"},
        "path": {"type": "string", "pattern": "^/"},
        "query": {"type": "string", "minLength": 1},
        "headers": HEADERS,
        "body": {},
    },
}


def require_form(document: Document, form: dict[str, Any]) -> None:
    """Refuse a document that has not this form: BadInput, with a fault for each breach."""
    errors = _compile(json.dumps(form)).iter_errors(document.value)
    if faults := [document.fault(tuple(one.instance_path), one.message) for one in errors]:
        raise BadInput(*faults)


@cache
def _compile(form: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(form))
