"""Pages of lists, by the two conventions of Harness: ``x-pagination`` of the effective spec."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import Call


def read_iacm_page(
    call: Call, columns: str, rest: str, values: Sequence[Any], order: str
) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """Return the rows of the page that is asked for, counted from 1, and the headers for it."""
    limit, page = call.parameters["limit"], call.parameters["page"]
    rows, total = _read(call, columns, rest, values, order, limit, page - 1)
    return rows, {
        "x-total-items": str(total),
        "x-total-pages": str(-(-total // limit)),
        "x-page-size": str(limit),
    }


def read_platform_page(
    call: Call, columns: str, rest: str, values: Sequence[Any], order: str
) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """Return the rows of the page that is asked for, counted from 0, and the headers for it."""
    limit, page = call.parameters["limit"], call.parameters["page"]
    rows, total = _read(call, columns, rest, values, order, limit, page)
    return rows, {
        "X-Total-Elements": str(total),
        "X-Page-Number": str(page),
        "X-Page-Size": str(limit),
    }


def order_platform(call: Call, table: str) -> str:
    """Return the order of organizations and projects: by name, unless the request says.

    With ``sort`` alone the order is descending, the default of the API page's general part.
    """
    field, order = call.get("sort"), call.get("order").upper()
    if field not in ("", "name", "identifier", "created", "updated"):
        fields = "name, identifier, created or updated"
        raise Refusal(400, f"query parameter 'sort': {field!r} is not {fields}", "sort")
    if order not in ("", "ASC", "DESC"):
        raise Refusal(400, f"query parameter 'order': {order!r} is not ASC or DESC", "order")
    order = order or ("DESC" if field else "ASC")
    column = f"{table}.{field or 'name'}"
    return f"{column} {order}, {table}.pk {order}"


def _read(
    call: Call, columns: str, rest: str, values: Sequence[Any], order: str, limit: int, offset: int
) -> tuple[list[sqlite3.Row], int]:
    total = call.db.execute(f"SELECT count(*) {rest}", values).fetchone()[0]
    if offset * limit >= total:  # beyond the end, maybe beyond what SQLite can count
        return [], total
    query = f"SELECT {columns} {rest} ORDER BY {order} LIMIT ? OFFSET ?"
    return call.db.execute(query, [*values, limit, offset * limit]).fetchall(), total
