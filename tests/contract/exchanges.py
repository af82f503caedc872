"""Make fixtures for tests: small exchanges, and recorded ones with a change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from pipeline.contract.description import Description
from pipeline.contract.fixture import Fixture, parse_fixture, split_mark
from pipeline.document import parse_document, read_document
from pipeline.yaml_writer import render_yaml

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "generated/harness_nextgen/openapi.yaml"
FIXTURES = ROOT / "tests/fixtures"
DESCRIPTION = Description(read_document(SPEC).value)
GONE: Any = object()

HEADERS = {"x-api-key": "YOUR_API_KEY_HERE", "Harness-Account": "abc123DEFghiJKL"}
JSON = {"Content-Type": "application/json"}
MODULE: dict[str, Any] = {
    "account": "abc123DEFghiJKL", "id": "1a2b", "name": "vpc", "system": "aws",
    "created": 1767225600000, "updated": 1767225600000, "storage_type": "artifact",
    "tags": None,
}  # fmt: skip
GET: dict[str, Any] = {
    "source": "sandbox",
    "date": "2026-01-01",
    "call": {"method": "modules.get", "arguments": {"module_id": "1a2b"}},
    "request": {"method": "GET", "path": "/iacm/api/modules/1a2b", "headers": HEADERS},
    "response": {"status": 200, "headers": JSON, "body": MODULE},
}
CREATE: dict[str, Any] = {
    "source": "sandbox",
    "date": "2026-01-01",
    "call": {
        "method": "modules.create",
        "arguments": {"body": {"name": "vpc", "system": "aws"}, "scope_org": "platform"},
    },
    "request": {
        "method": "POST",
        "path": "/iacm/api/modules",
        "query": "scope_org=platform",
        "headers": {**HEADERS, **JSON},
        "body": {"name": "vpc", "system": "aws"},
    },
    "response": {"status": 200, "headers": JSON, "body": MODULE},
}
MISSING: dict[str, Any] = {
    **GET,
    "call": {
        **GET["call"],
        "raises": {
            "error": "NotFoundError",
            "message": "there is no module",
            "code": "not_found",
            "id": "e1",
        },
    },
    "response": {
        "status": 404,
        "headers": {"Content-Type": "application/vnd.goa.error"},
        "body": {
            "name": "not_found", "id": "e1", "message": "there is no module",
            "temporary": False, "timeout": False, "fault": False,
        },
    },
}  # fmt: skip
LIST: dict[str, Any] = {
    "source": "sandbox",
    "date": "2026-01-01",
    "call": {"method": "modules.list", "arguments": {"limit": 1}},
    "request": {
        "method": "GET",
        "path": "/iacm/api/modules",
        "query": "limit=1&page=1",
        "headers": HEADERS,
    },
    "response": {
        "status": 200,
        "headers": {**JSON, "x-total-items": "2", "x-total-pages": "2"},
        "body": [MODULE],
    },
}


def make(value: dict[str, Any], name: str, **changes: Any) -> Fixture:
    """Make a fixture of a value; ``changes`` are places, with ``__`` for each step, and values."""
    changed = change(value, {key.replace("__", "/"): new for key, new in changes.items()})
    path = f"tests/fixtures/{name}.yaml"
    return parse_fixture(name, parse_document(render_yaml(changed), path))


def change(value: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with other values at some places; GONE takes a member away."""
    changed = copy.deepcopy(value)
    for mark, new in changes.items():
        *way, last = split_mark(mark)
        node: Any = changed
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        if new is GONE:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = new
    return changed
