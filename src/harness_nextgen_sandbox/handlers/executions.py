"""Executions of the pipelines that belong to a module."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.paging import read_iacm_page
from harness_nextgen_sandbox.records import find_module

_FIRST_STATUS = "running"
"""Of an execution that was just recorded (guess: the set of them is open and undocumented)."""


def list_module_executions(call: Call) -> Answer:
    """List a page of executions, the newest first."""
    module = find_module(call)
    condition, values = "module = ? AND onboarding = ?", [module["pk"]]
    values.append(call.parameters["module_onboarding"])
    if execution_id := call.get("pipeline_execution_id"):
        condition += " AND pipeline_execution_id = ?"
        values.append(execution_id)
    if statuses := call.parameters.get("status"):
        condition += " AND status IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(statuses))
    for name, comparison in (("start_time", ">="), ("end_time", "<=")):
        if name in call.parameters:
            condition += f" AND created {comparison} ?"
            values.append(call.parameters[name])
    rest = f"FROM executions WHERE {condition}"
    rows, headers = read_iacm_page(call, "*", rest, values, "created DESC, pk DESC")
    return Answer(200, [_show(call, module, row) for row in rows], headers)


def record_module_execution(call: Call) -> Answer:
    """Record an execution: 200 with it. The account is that of the key."""
    module = find_module(call, for_writing=True)
    body = call.body
    metadata = {
        "pipeline": body["pipeline"],
        "pipeline_execution_id": body["pipelineExecutionId"],
        "pipeline_stage_id": body["pipelineStageId"],
    }
    cursor = call.db.execute(
        "INSERT INTO executions (module, org, project, status, onboarding, pipeline_execution_id,"
        " metadata, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(module["pk"], body["pipeline_org"], body["pipeline_project"], _FIRST_STATUS),
            *(body.get("module_onboarding", False), body["pipelineExecutionId"]),
            *(json.dumps(metadata), call.store.clock.read()),
        ),
    )
    row = call.db.execute("SELECT * FROM executions WHERE pk = ?", (cursor.lastrowid,)).fetchone()
    return Answer(200, _show(call, module, row))


def send_module_event(call: Call) -> Answer:
    """Take an event: 200 without a body.

    Its type becomes the status of the newest execution that its metadata name (guess).
    """
    module = find_module(call, for_writing=True)
    metadata: dict[str, Any] = call.body.get("metadata") or {}
    row = call.db.execute(
        "SELECT pk, metadata FROM executions WHERE module = ? AND pipeline_execution_id = ?"
        " ORDER BY pk DESC",
        (module["pk"], metadata.get("pipeline_execution_id")),
    ).fetchone()
    if row:
        call.db.execute(
            "UPDATE executions SET status = ?, metadata = ? WHERE pk = ?",
            (
                call.body["eventType"],
                json.dumps(json.loads(row["metadata"]) | metadata),
                row["pk"],
            ),
        )
    return Answer(200)


def _show(call: Call, module: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "account": call.account,
        "org": row["org"],
        "project": row["project"],
        "moduleId": module["id"],
        "status": row["status"],
        "module_onboarding": bool(row["onboarding"]),
        "metadata": json.loads(row["metadata"]),
        "created": row["created"],
    }
