"""As much of Harness as the examples need, in memory: modules, organizations and files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import yaml

from tests.client.server import Received, Reply


def make_registry(names: Iterable[str] = ()) -> Callable[[Received], Reply]:
    """Return what answers for a registry with modules of these names."""
    numbers = count(1)
    kept: dict[str, dict[str, Any]] = {}
    organizations: list[dict[str, Any]] = [{"identifier": "default", "name": "Default"}]
    readmes: dict[str, bytes] = {}

    def add(body: dict[str, Any]) -> dict[str, Any]:
        module = {
            "id": f"id-{next(numbers)}", "account": "an-account", "created": 1691150743950,
            "updated": 1691150743950, **body,
        }  # fmt: skip
        kept[module["id"]] = module
        return module

    for name in names:
        add({"name": name, "system": "aws"})

    def answer(received: Received) -> Reply:
        if not received.headers.get("x-api-key", "").startswith("pat."):
            return fail(401, "the key is not known")
        query = dict(received.query)
        match received.method, received.path.strip("/").split("/"):
            case "GET", ["iacm", "api", "modules"]:
                term = query.get("searchTerm", "")
                return page([one for one in kept.values() if term in one["name"]], query, first=1)
            case "POST", ["iacm", "api", "modules"]:
                return reply(add(json.loads(received.body)))
            case "GET", ["iacm", "api", "modules", "providers"]:
                return reply(["aws"])
            case _, ["iacm", "api", "modules", module_id, *_] if module_id not in kept and (
                received.path.count("/") < 6
            ):
                return fail(404, f"there is no module {module_id}")
            case "GET", ["iacm", "api", "modules", module_id]:
                return reply(kept[module_id])
            case "PUT", ["iacm", "api", "modules", module_id]:
                kept[module_id] |= json.loads(received.body)
                return reply(kept[module_id])
            case "DELETE", ["iacm", "api", "modules", module_id]:
                del kept[module_id]
                return Reply(204)
            case "GET", ["iacm", "api", "modules", module_id, "readme"]:
                readme = readmes.get(kept[module_id]["name"], b"")
                return Reply(200, readme, {"Content-Type": "text/markdown"})
            case "POST", ["iacm", "api", "modules", name, _, _, "readme"]:
                readmes[name] = received.body
                return Reply(201)
            case "POST", ["iacm", "api", "modules", _, _, _, "upload"]:
                return Reply(201)
            case "GET", ["v1", "orgs"]:
                found = [{"org": one, "created": 1691150743950} for one in organizations]
                return page(found, query, first=0)
            case "POST", ["v1", "orgs"]:
                made = yaml.safe_load(received.body)
                organizations.append(made["org"])
                media_type = received.headers["Content-Type"]
                return Reply(201, yaml.safe_dump(made).encode(), {"Content-Type": media_type})
            case _:
                return fail(404, f"nothing is at {received.path}")

    return answer


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


def page(items: list[Any], query: dict[str, str], first: int) -> Reply:
    """Answer with the page of a list that is asked for, and the headers that tell the total."""
    size, number = int(query.get("limit", 30)), int(query.get("page", first)) - first
    return reply(
        items[number * size : (number + 1) * size],
        x_total_items=str(len(items)),
        x_total_pages=str(-(-len(items) // size)),
        x_page_size=str(size),
    )
