"""Modules: list, create, read, replace, delete, and what is told of their versions."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.metadata import parse_metadata
from harness_nextgen_sandbox.paging import read_iacm_page
from harness_nextgen_sandbox.records import (
    find_module,
    find_version,
    pick_fields,
    show_created,
    show_modules,
    touch,
)
from harness_nextgen_sandbox.scopes import encode_namespace, filter_scope, get_scope

_ORDERS = {
    "name,ASC": "name ASC, system ASC, pk ASC",
    "name,DESC": "name DESC, system DESC, pk DESC",
    "updated,ASC": "updated ASC, pk ASC",
    "updated,DESC": "updated DESC, pk DESC",
}


def list_modules(call: Call) -> Answer:
    """List a page of modules as a bare array; totals are in headers."""
    order = _ORDERS.get(call.get("sort"))
    if order is None:
        choice = ", ".join(_ORDERS)
        sort = call.get("sort")
        raise Refusal(400, f"query parameter 'sort': {sort!r} is none of {choice}", "sort")
    condition, values = filter_scope(call, *get_scope(call))
    if term := call.get("searchTerm").casefold():
        condition += " AND (instr(fold(name), ?) OR instr(system, ?))"
        values += [term, term]
    if systems := call.parameters.get("provider"):
        condition += " AND system IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(systems))
    rows, headers = read_iacm_page(call, "*", f"FROM modules WHERE {condition}", values, order)
    return Answer(200, show_modules(call.db, rows), headers)


def create_module(call: Call) -> Answer:
    """Register a module in the scope of the query: 200 with the 18 fields of the API page."""
    org, project = get_scope(call)
    name, system = call.body["name"], call.body["system"]
    number = call.db.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'modules'"
    ).fetchone()[0]
    module_id = call.store.identity.name("module", number)
    now = call.store.clock.read()
    namespace = encode_namespace(call.account, org, project)
    fields = pick_fields(call.body)
    try:
        call.db.execute(
            "INSERT INTO modules (id, account, scope_org, scope_project, namespace, name, system,"
            " fields, created, updated, synced) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(module_id, call.account, org, project, namespace, name, system),
                *(fields, now, now, now),
            ),
        )
    except sqlite3.IntegrityError:
        raise _taken(name, system) from None
    return Answer(200, show_created(_read(call, module_id)))


def get_module(call: Call) -> Answer:
    """Read one module."""
    return Answer(200, show_modules(call.db, [find_module(call)])[0])


def update_module(call: Call) -> Answer:
    """Replace a module: what the request leaves out is cleared.

    The answer is the module, as Harness's own MCP server says; the spec lets it be missing.
    """
    row = find_module(call, for_writing=True)
    name, system = call.body["name"], call.body["system"]
    try:
        call.db.execute(
            "UPDATE modules SET name = ?, system = ?, fields = ?, updated = ? WHERE pk = ?",
            (name, system, pick_fields(call.body), call.store.clock.read(), row["pk"]),
        )
    except sqlite3.IntegrityError:
        raise _taken(name, system) from None
    return Answer(200, show_modules(call.db, [_read(call, row["id"])])[0])


def delete_module(call: Call) -> Answer:
    """Delete a module with all that belongs to it: 204."""
    row = find_module(call, for_writing=True)
    call.db.execute("DELETE FROM modules WHERE pk = ?", (row["pk"],))
    return Answer(204)


def list_module_connectors(call: Call) -> Answer:
    """List the Git connectors of modules; ``org`` and ``project`` say where these are."""
    rows = call.db.execute(
        "SELECT DISTINCT json_extract(fields, '$.repository_connector') AS connector FROM modules"
        " WHERE account = ? AND coalesce(connector, '') <> ''"
        " AND ? IN ('', json_extract(fields, '$.org'))"
        " AND ? IN ('', json_extract(fields, '$.project')) ORDER BY connector",
        (call.account, call.get("org"), call.get("project")),
    )
    return Answer(200, [row["connector"] for row in rows])


def list_module_providers(call: Call) -> Answer:
    """List the systems that the modules of a scope target."""
    condition, values = filter_scope(call, *get_scope(call))
    query = f"SELECT DISTINCT system FROM modules WHERE {condition} ORDER BY system"
    return Answer(200, [row["system"] for row in call.db.execute(query, values)])


def sync_module(call: Call) -> Answer:
    """Note that versions and metadata were read from Git anew: 204. There is no Git here."""
    row = find_module(call, for_writing=True)
    call.db.execute(
        "UPDATE modules SET synced = ? WHERE pk = ?", (call.store.clock.read(), row["pk"])
    )
    return Answer(204)


def list_module_tags(call: Call) -> Answer:
    """List the Git tags that were pushed for a module, in that order."""
    rows = call.db.execute(
        "SELECT tag FROM tags WHERE module = ? ORDER BY pk", (find_module(call)["pk"],)
    )
    return Answer(200, [row["tag"] for row in rows])


def delete_module_version(call: Call) -> Answer:
    """Delete a version with its files and its tag: 204."""
    module = find_module(call, for_writing=True)
    version = find_version(call, module, call.get("version"))
    call.db.execute("DELETE FROM versions WHERE pk = ?", (version["pk"],))
    call.db.execute(
        "DELETE FROM tags WHERE module = ? AND tag = ?", (module["pk"], version["git_version"])
    )
    touch(call, module)
    return Answer(204)


def get_module_metadata(call: Call) -> Answer:
    """Read inputs, outputs, providers and resources of a version or one of its submodules."""
    module = find_module(call)
    version = find_version(call, module, call.get("version"))
    submodule = call.get("submodule")
    row = call.db.execute(
        "SELECT pushed FROM metadata WHERE version = ? AND submodule = ?",
        (version["pk"], submodule),
    ).fetchone()
    if row is None and submodule:
        raise missing("submodule", submodule)
    pushed: dict[str, Any] = json.loads(row["pushed"]) if row else {"metadata": "{}"}
    lists, problem = parse_metadata(pushed["metadata"])
    shown: dict[str, Any] = {
        "account": module["account"],
        "name": module["name"],
        "system": module["system"],
        "module_version": version["version"],
        "scope_org": module["scope_org"] or None,
        "scope_project": module["scope_project"] or None,
        **lists,
        "submodule": pushed.get("submodule_paths", []),
        "examples_paths": pushed.get("examples_paths", []),
    }
    errors = [problem] if problem else []
    errors += [f"{tag}: {text}" for tag, text in pushed.get("error", {}).items()]
    return Answer(200, shown | ({"metadata_error": "; ".join(errors)} if errors else {}))


def get_module_readme(call: Call) -> Answer:
    """Read the README of a version or one of its submodules, as it was uploaded."""
    module = find_module(call)
    version = find_version(call, module, call.get("version"))
    row = call.db.execute(
        "SELECT content FROM readmes WHERE version = ? AND submodule = ?",
        (version["pk"], call.get("submodule")),
    ).fetchone()
    if row is None:
        raise missing("README of version", call.get("version"))
    return Answer(200, bytes(row["content"]), media_type="text/markdown")


def _read(call: Call, module_id: str) -> sqlite3.Row:
    row: sqlite3.Row = call.db.execute(
        "SELECT * FROM modules WHERE id = ?", (module_id,)
    ).fetchone()
    return row


def _taken(name: str, system: str) -> Refusal:
    return Refusal(409, f"this scope has a module {name!r} for {system!r} already", "name")
