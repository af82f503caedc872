"""Testing of modules."""

from __future__ import annotations

import json
import sqlite3

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.records import find_module


def enable_module_testing(call: Call) -> Answer:
    """Switch testing on: 204; 409 where it is on already (guess)."""
    module = find_module(call, for_writing=True)
    if module["testing"]:
        raise Refusal(409, f"testing of the module {module['name']!r} is enabled already")
    _store(call, module)
    return Answer(204)


def update_module_testing(call: Call) -> Answer:
    """Replace the settings of testing: 200 without a body."""
    module = _find_tested(call)
    _store(call, module)
    return Answer(200)


def disable_module_testing(call: Call) -> Answer:
    """Switch testing off: 204."""
    module = _find_tested(call)
    _write(call, module, None)
    return Answer(204)


def create_module_testing_pipeline(call: Call) -> Answer:
    """Answer as if a pipeline for tests was made: 201 without a body."""
    find_module(call, for_writing=True)
    return Answer(201)


def _find_tested(call: Call) -> sqlite3.Row:
    module = find_module(call, for_writing=True)
    if not module["testing"]:
        raise Refusal(404, f"testing of the module {module['name']!r} is not enabled")
    return module


def _store(call: Call, module: sqlite3.Row) -> None:
    """Keep the settings in the form in which modules show them, ModuleTesting."""
    body = call.body
    shown = {
        "account": call.account,
        "org": body["pipeline_org"],
        "project": body["pipeline_project"],
        "pipelines": body.get("pipeline_id", []),
        "release_pipeline": body.get("release_pipeline"),
        "provider_connector": body.get("provider_connector", ""),
        "provisioner_type": body["provisioner_type"],
        "provisioner_version": body["provisioner_version"],
    }
    _write(call, module, json.dumps(shown))


def _write(call: Call, module: sqlite3.Row, testing: str | None) -> None:
    call.db.execute(
        "UPDATE modules SET testing = ?, updated = ? WHERE pk = ?",
        (testing, call.store.clock.read(), module["pk"]),
    )
