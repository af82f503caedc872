"""Answers as Harness gives them, for tests that say what each request gets."""

from __future__ import annotations

import json
from typing import Any

from tests.client.server import Reply


def reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def fail(status: int, message: str) -> Reply:
    """Answer with an error in the shape of the Module Registry."""
    body = {
        "name": "not_found", "id": "abc123", "message": message,
        "temporary": False, "timeout": False, "fault": False,
    }  # fmt: skip
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/vnd.goa.error"})


def make_module(name: str) -> dict[str, Any]:
    """Make a module with no more than it must have."""
    times = {"created": 1691150743950, "updated": 1691150743950}
    return {"id": f"id-{name}", "account": "an-account", "name": name, "system": "aws", **times}


def reply_page(items: list[Any], query: dict[str, str]) -> Reply:
    """Answer with the page of a list that is asked for, counted from 1, and how many there are."""
    size, number = int(query["limit"]), int(query["page"]) - 1
    return reply(items[number * size : (number + 1) * size], x_total_items=str(len(items)))
