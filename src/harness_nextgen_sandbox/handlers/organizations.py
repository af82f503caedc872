"""Organizations of an account."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.paging import order_platform, read_platform_page

_OPTIONAL = ("description", "tags")


def list_organizations(call: Call) -> Answer:
    """List a page of organizations, counted from 0."""
    condition, values = "account = ?", [call.account]
    if identifiers := call.parameters.get("org"):
        condition += " AND identifier IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(identifiers))
    if term := call.get("search_term").casefold():
        condition += " AND (instr(fold(name), ?) OR instr(fold(identifier), ?))"
        values += [term, term]
    rest = f"FROM organizations WHERE {condition}"
    order = order_platform(call, "organizations")
    rows, headers = read_platform_page(call, "*", rest, values, order)
    return Answer(200, [_show(row) for row in rows], headers)


def create_organization(call: Call) -> Answer:
    """Create an organization: 201; its identifier is unique in the account."""
    org = call.body["org"]
    now = call.store.clock.read()
    try:
        call.db.execute(
            "INSERT INTO organizations (account, identifier, name, fields, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (call.account, org["identifier"], org["name"], _pick(org), now, now),
        )
    except sqlite3.IntegrityError:
        identifier = org["identifier"]
        message = f"the account has an organization {identifier!r} already"
        raise Refusal(409, message, "org.identifier") from None
    return Answer(201, _show(find_organization(call, org["identifier"])))


def get_organization(call: Call) -> Answer:
    """Read one organization."""
    return Answer(200, _show(find_organization(call, call.get("org"))))


def update_organization(call: Call) -> Answer:
    """Replace an organization; its identifier cannot change."""
    row = find_organization(call, call.get("org"))
    org = call.body["org"]
    if org["identifier"] != row["identifier"]:
        message = f"member 'org.identifier' of the body is not {row['identifier']!r} as in the path"
        raise Refusal(400, message, "org.identifier")
    call.db.execute(
        "UPDATE organizations SET name = ?, fields = ?, updated = ? WHERE pk = ?",
        (org["name"], _pick(org), call.store.clock.read(), row["pk"]),
    )
    return Answer(200, _show(find_organization(call, row["identifier"])))


def delete_organization(call: Call) -> Answer:
    """Delete an organization with its projects: 200 with what was deleted.

    That a non-empty one can be deleted is a guess; v1 declares no conflict.
    """
    row = find_organization(call, call.get("org"))
    call.db.execute("DELETE FROM organizations WHERE pk = ?", (row["pk"],))
    return Answer(200, _show(row))


def find_organization(call: Call, identifier: str) -> sqlite3.Row:
    """Return an organization of the account; raises Refusal."""
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM organizations WHERE account = ? AND identifier = ?",
        (call.account, identifier),
    ).fetchone()
    if row is None:
        raise missing("organization", identifier)
    return row


def _pick(org: dict[str, Any]) -> str:
    return json.dumps({name: org[name] for name in _OPTIONAL if name in org})


def _show(row: sqlite3.Row) -> dict[str, Any]:
    named = {"identifier": row["identifier"], "name": row["name"]}
    return {
        "org": named | json.loads(row["fields"]),
        "created": row["created"],
        "updated": row["updated"],
        "harness_managed": False,
    }
