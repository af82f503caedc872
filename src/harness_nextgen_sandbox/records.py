"""Modules and their versions in the database, and as the API shows them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Call
from harness_nextgen_sandbox.scopes import get_scope
from harness_nextgen_sandbox.tiers import judge
from harness_nextgen_sandbox.versions import sort_versions, strip_v

FIELDS = (
    "description",
    "git_tag_style",
    "onboarding_pipeline",
    "onboarding_pipeline_org",
    "onboarding_pipeline_project",
    "onboarding_pipeline_sync",
    "org",
    "project",
    "repository",
    "repository_branch",
    "repository_commit",
    "repository_connector",
    "repository_path",
    "storage_type",
    "tags",
)
"""What a request may say of a module, beside its name and system."""

_DEFAULTS = {
    "storage_type": "git_reference",
    "repository_path": "",
    "onboarding_pipeline_sync": False,
}
_NOT_IN_CREATED = {
    "git_tag_style",
    "onboarding_pipeline",
    "onboarding_pipeline_org",
    "onboarding_pipeline_project",
    "onboarding_pipeline_sync",
}


def pick_fields(body: dict[str, Any]) -> str:
    """Return what a request says of a module, as it is stored; what it leaves out is cleared."""
    fields = _DEFAULTS | {name: body[name] for name in FIELDS if name in body}
    return json.dumps(fields)


def find_module(call: Call, *, for_writing: bool = False) -> sqlite3.Row:
    """Return the module that the path names by id; raises Refusal.

    A scope in the query must be that of the module. A locked module refuses to be written.
    """
    module_id = call.get("module_id")
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM modules WHERE id = ? AND account = ?", (module_id, call.account)
    ).fetchone()
    org, project = get_scope(call)
    if (
        row is None
        or org not in ("", row["scope_org"])
        or project not in ("", row["scope_project"])
    ):
        raise missing("module", module_id)
    return _require_open(row) if for_writing else row


def find_named_module(call: Call) -> sqlite3.Row:
    """Return the module that path and query name by name, system and scope, for writing."""
    name, system = call.get("name"), call.get("system")
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM modules WHERE account = ? AND scope_org = ? AND scope_project = ?"
        " AND name = ? AND system = ?",
        (call.account, *get_scope(call), name, system),
    ).fetchone()
    if row is None:
        raise missing("module of this scope", f"{name}/{system}")
    return _require_open(row)


def _require_open(row: sqlite3.Row) -> sqlite3.Row:
    if row["locked"]:
        raise Refusal(423, f"the module {row['name']!r} is locked")
    return row


def find_version(call: Call, module: sqlite3.Row, version: str) -> sqlite3.Row:
    """Return a version of a module, named as such or by its Git tag; raises Refusal."""
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM versions WHERE module = ? AND (version IN (?, ?) OR git_version = ?)"
        " ORDER BY version = ? DESC",
        (module["pk"], version, strip_v(version), version, version),
    ).fetchone()
    if row is None:
        raise missing("version", version)
    return row


def ensure_version(call: Call, module: sqlite3.Row, version: str, tag: str | None = None) -> int:
    """Return the key of a version, which is added where it is new."""
    call.db.execute(
        "INSERT INTO versions (module, version, git_version) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET git_version = coalesce(?, git_version)",
        (module["pk"], version, tag or version, tag),
    )
    key: int = call.db.execute(
        "SELECT pk FROM versions WHERE module = ? AND version = ?", (module["pk"], version)
    ).fetchone()[0]
    return key


def touch(call: Call, module: sqlite3.Row) -> int:
    """Note that a module was changed and read anew; return the time."""
    now = call.store.clock.read()
    call.db.execute(
        "UPDATE modules SET updated = ?, synced = ? WHERE pk = ?", (now, now, module["pk"])
    )
    return now


def list_versions(db: sqlite3.Connection, keys: Sequence[int]) -> dict[int, list[str]]:
    """Return the versions of modules by their keys, oldest first."""
    found: dict[int, list[str]] = {key: [] for key in keys}
    marks = ",".join("?" * len(keys))
    for row in db.execute(f"SELECT module, version FROM versions WHERE module IN ({marks})", keys):
        found[row["module"]].append(row["version"])
    return {key: sort_versions(versions) for key, versions in found.items()}


def show_created(row: sqlite3.Row) -> dict[str, Any]:
    """Return a module as its creation answers: the 18 fields of the API page."""
    fields = json.loads(row["fields"])
    shown = {name: fields.get(name) for name in FIELDS if name not in _NOT_IN_CREATED}
    return {**_show_identity(row), **shown}


def show_modules(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    """Return modules as lists show them."""
    rows = list(rows)
    versions = list_versions(db, [row["pk"] for row in rows])
    return [_show_module(row, versions[row["pk"]]) for row in rows]


def _show_identity(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "account": row["account"],
        "name": row["name"],
        "system": row["system"],
        "scope_org": row["scope_org"] or None,
        "scope_project": row["scope_project"] or None,
        "created": row["created"],
        "updated": row["updated"],
    }


def _show_module(row: sqlite3.Row, versions: list[str]) -> dict[str, Any]:
    fields = json.loads(row["fields"])
    shown: dict[str, Any] = {
        **_show_identity(row),
        **{name: fields.get(name) for name in FIELDS},
        "synced": row["synced"],
        "namespace": row["namespace"],
        "repository_url": None,  # nobody tells it here
        "domain_prefix": None,
        "module_error": row["problem"],
        "testing_enabled": row["testing"] is not None,
        "versions": versions,
    }
    if row["testing"]:
        shown["testing_metadata"] = json.loads(row["testing"])
    if row["lifecycle"]:
        rule = json.loads(row["lifecycle"])
        shown["version_statuses"] = {
            version: status.tier for version, status in judge(rule, versions).items()
        }
    return shown
