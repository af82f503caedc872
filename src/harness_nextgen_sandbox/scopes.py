"""Where a module is registered: in the account, an organization or a project."""

from __future__ import annotations

import re
from typing import Any

from harness_nextgen_sandbox.exchange import Call

_PLAIN = re.compile(r"[0-9A-Za-z_]")


def get_scope(call: Call) -> tuple[str, str]:
    """Return organization and project that a request names, each empty where it does not."""
    return call.get("scope_org"), call.get("scope_project")


def filter_scope(call: Call, org: str, project: str) -> tuple[str, list[Any]]:
    """Return the condition for the modules of a scope, and its values.

    A call without scope sees the modules of all scopes: that is what a migration tool saw in two
    live accounts; Harness documents neither. By analogy, an organization includes its projects.
    """
    condition, values = "account = ?", [call.account]
    for column, value in (("scope_org", org), ("scope_project", project)):
        if value:
            condition += f" AND {column} = ?"
            values.append(value)
    return condition, values


def encode_namespace(account: str, org: str, project: str) -> str:
    """Return the scope as the namespace of a registry address, ``account--org--project``.

    Harness does not say how it encodes a scope (guess). Terraform allows letters, digits, ``-``
    and ``_`` there, so anything else becomes ``-`` and its UTF-8 in hexadecimal digits.
    """
    parts = [org, project] if project else [org] if org else []
    return "--".join([account, *map(_escape, parts)])


def _escape(name: str) -> str:
    return "".join(
        letter if _PLAIN.fullmatch(letter) else "".join(f"-{byte:02X}" for byte in letter.encode())
        for letter in name
    )
