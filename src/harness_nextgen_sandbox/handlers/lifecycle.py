"""Lifecycle rules: which versions of a module are supported."""

from __future__ import annotations

import json
import sqlite3
from functools import cache
from typing import Any

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.records import find_module, find_version, list_versions
from harness_nextgen_sandbox.tiers import DEPRECATED, SUPPORTED, WARNING, Status, judge
from harness_nextgen_sandbox.versions import strip_v

_ACTIONS = ("no_action", "warn", "fail")
_TIERS = (SUPPORTED, WARNING, DEPRECATED)


def get_module_lifecycle(call: Call) -> Answer:
    """Read the rule of a module; 404 where it has none."""
    return Answer(200, json.loads(_find_rule(find_module(call))))


def set_module_lifecycle(call: Call) -> Answer:
    """Create the rule of a module or replace it with all its overrides."""
    module = find_module(call, for_writing=True)
    rule = {
        name: call.body[name]
        for name in (
            "supported_count",
            "warning_count",
            "supported_action",
            "warning_action",
            "deprecated_action",
        )
    }
    for name in ("supported_action", "warning_action", "deprecated_action"):
        _require(name, rule[name], _ACTIONS)
    overrides = call.body.get("overrides", [])
    for number, override in enumerate(overrides):
        _require(f"overrides.{number}.tier", override["tier"], _TIERS)
    rule["overrides"] = overrides
    _write(call, module, json.dumps(rule))
    return Answer(200, rule)


def delete_module_lifecycle(call: Call) -> Answer:
    """Drop the rule: 204, and every version counts as supported again."""
    module = find_module(call, for_writing=True)
    _find_rule(module)
    _write(call, module, None)
    return Answer(204)


def get_module_version_lifecycle(call: Call) -> Answer:
    """Tell tier and action of a version."""
    module = find_module(call)
    version = find_version(call, module, call.get("version"))["version"]
    return Answer(200, _show(_judge(call, module)[version]))


def check_module_lifecycles(call: Call) -> Answer:
    """Check many versions; only those that are not supported come back.

    What is not registered here is nobody's violation and left out (guess).
    """

    @cache  # many items may be of one module
    def judge_module(namespace: str, name: str, system: str) -> dict[str, Status]:
        module = call.db.execute(
            "SELECT * FROM modules WHERE account = ? AND namespace = ? AND name = ? AND system = ?",
            (call.account, namespace, name, system),
        ).fetchone()
        return _judge(call, module) if module else {}

    results: list[dict[str, Any]] = []
    for item in call.body["items"]:
        place = {name: item[name] for name in ("namespace", "name", "system", "version")}
        version = place["version"]
        statuses = judge_module(place["namespace"], place["name"], place["system"])
        status = statuses.get(strip_v(version)) or statuses.get(version)
        if status and status.tier != SUPPORTED:
            results.append(place | _show(status))
    return Answer(200, {"results": results})


def _judge(call: Call, module: sqlite3.Row) -> dict[str, Status]:
    rule = json.loads(module["lifecycle"]) if module["lifecycle"] else None
    return judge(rule, list_versions(call.db, [module["pk"]])[module["pk"]])


def _show(status: Status) -> dict[str, Any]:
    return {
        "tier": status.tier,
        "action": status.action,
        "minimum_supported_version": status.minimum,
    }


def _find_rule(module: sqlite3.Row) -> str:
    if not module["lifecycle"]:
        raise Refusal(404, f"the module {module['name']!r} has no lifecycle rule")
    return str(module["lifecycle"])


def _require(name: str, value: str, choice: tuple[str, ...]) -> None:
    if value not in choice:
        listed = ", ".join(choice)
        raise Refusal(400, f"member {name!r} of the body: {value!r} is none of {listed}", name)


def _write(call: Call, module: sqlite3.Row, rule: str | None) -> None:
    call.db.execute(
        "UPDATE modules SET lifecycle = ?, updated = ? WHERE pk = ?",
        (rule, call.store.clock.read(), module["pk"]),
    )
