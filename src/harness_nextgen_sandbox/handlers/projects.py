"""Projects of an organization."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.handlers.organizations import find_organization
from harness_nextgen_sandbox.paging import order_platform, read_platform_page

_OPTIONAL = ("color", "modules", "description", "tags")


def list_projects(call: Call) -> Answer:
    """List a page of projects, counted from 0; nobody here has favourites."""
    organization = find_organization(call, call.get("org"))
    condition, values = "organization = ?", [organization["pk"]]
    if identifiers := call.parameters.get("project"):
        condition += " AND identifier IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(identifiers))
    if term := call.get("search_term").casefold():
        condition += " AND (instr(fold(name), ?) OR instr(fold(identifier), ?))"
        values += [term, term]
    if product := call.get("module_type"):
        condition += (
            " AND ? = EXISTS (SELECT 1 FROM json_each(fields, '$.modules') WHERE value = ?)"
        )
        values += [call.parameters["has_module"], product]
    if call.parameters.get("only_favorites"):
        condition += " AND FALSE"
    rest = f"FROM projects WHERE {condition}"
    order = order_platform(call, "projects")
    rows, headers = read_platform_page(call, "*", rest, values, order)
    return Answer(200, [_show(organization, row) for row in rows], headers)


def create_project(call: Call) -> Answer:
    """Create a project: 201; its identifier is unique in the organization."""
    organization = find_organization(call, call.get("org"))
    project = call.body["project"]
    now = call.store.clock.read()
    try:
        call.db.execute(
            "INSERT INTO projects (organization, identifier, name, fields, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(organization["pk"], project["identifier"], project["name"]),
                *(_pick(project), now, now),
            ),
        )
    except sqlite3.IntegrityError:
        identifier = project["identifier"]
        message = f"the organization has a project {identifier!r} already"
        raise Refusal(409, message, "project.identifier") from None
    row = _find(call, organization, project["identifier"])
    return Answer(201, _show(organization, row))


def get_project(call: Call) -> Answer:
    """Read one project."""
    organization = find_organization(call, call.get("org"))
    return Answer(200, _show(organization, _find(call, organization, call.get("project"))))


def update_project(call: Call) -> Answer:
    """Replace a project; its identifier cannot change."""
    organization = find_organization(call, call.get("org"))
    row = _find(call, organization, call.get("project"))
    project = call.body["project"]
    if project["identifier"] != row["identifier"]:
        place = "project.identifier"
        message = f"member {place!r} of the body is not {row['identifier']!r} as in the path"
        raise Refusal(400, message, place)
    call.db.execute(
        "UPDATE projects SET name = ?, fields = ?, updated = ? WHERE pk = ?",
        (project["name"], _pick(project), call.store.clock.read(), row["pk"]),
    )
    return Answer(200, _show(organization, _find(call, organization, row["identifier"])))


def delete_project(call: Call) -> Answer:
    """Delete a project: 200 with what was deleted."""
    organization = find_organization(call, call.get("org"))
    row = _find(call, organization, call.get("project"))
    call.db.execute("DELETE FROM projects WHERE pk = ?", (row["pk"],))
    return Answer(200, _show(organization, row))


def _find(call: Call, organization: sqlite3.Row, identifier: str) -> sqlite3.Row:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM projects WHERE organization = ? AND identifier = ?",
        (organization["pk"], identifier),
    ).fetchone()
    if row is None:
        raise missing("project", identifier)
    return row


def _pick(project: dict[str, Any]) -> str:
    return json.dumps({name: project[name] for name in _OPTIONAL if name in project})


def _show(organization: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
    named = {
        "identifier": row["identifier"],
        "org": organization["identifier"],
        "name": row["name"],
    }
    return {
        "project": named | json.loads(row["fields"]),
        "created": row["created"],
        "updated": row["updated"],
        "isFavorite": False,
    }
