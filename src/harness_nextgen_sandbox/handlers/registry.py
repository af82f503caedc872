"""The registry protocol of Terraform and OpenTofu.

https://developer.hashicorp.com/terraform/internals/module-registry-protocol
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from urllib.parse import quote, urlencode

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.records import find_version
from harness_nextgen_sandbox.tokens import make_token, read_token
from harness_nextgen_sandbox.versions import is_version, version_key, write_plain

_KINDS = ((b"PK", "zip"), (b"\x1f\x8b", "tar.gz"), (b"BZh", "tar.bz2"), (b"\xfd7zXZ", "tar.xz"))
"""How archives begin, and what go-getter calls them: the location has no file name to tell."""


def list_registry_versions(call: Call) -> Answer:
    """List versions, newest first, with Harness's names for them and the protocol's ``version``."""
    module = _find_module(call, call.account)
    rows = call.db.execute(
        "SELECT version, git_version FROM versions WHERE module = ?", (module["pk"],)
    ).fetchall()
    versions = [
        {
            "module_version": row["version"],
            "git_version": row["git_version"],
            "version": row["version"],
        }
        for row in sorted(rows, key=lambda row: version_key(row["version"]), reverse=True)
        if is_version(row["version"])  # Terraform takes nothing else
    ]
    return Answer(200, {"modules": [{"versions": versions}]})


def get_registry_download(call: Call) -> Answer:
    """Tell where the archive is, in ``X-Terraform-Get`` and in the body."""
    module = _find_module(call, call.account)
    version = _find_version(call, module)
    location = _locate(call, module, version)
    return Answer(200, {"location": location}, {"X-Terraform-Get": location})


def download_registry_archive(call: Call) -> Answer:
    """Send the archive to whoever has the short-lived token for it."""
    secret, now = _read_secret(call), call.store.clock.look()
    place = read_token(secret, now, call.get("token"))
    if place is None or place[1:] != _list_place(call) or call.account not in ("", place[0]):
        raise Refusal(401, "the token is not for this archive, or too old; ask for a download anew")
    version = _find_version(call, _find_module(call, place[0]))
    row = call.db.execute(
        "SELECT content FROM archives WHERE version = ?", (version["pk"],)
    ).fetchone()
    if row is None:
        raise missing("archive of version", call.get("version"))
    return Answer(200, bytes(row["content"]))


def _find_module(call: Call, account: str) -> sqlite3.Row:
    namespace, name, system, _ = _list_place(call)
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM modules WHERE account = ? AND namespace = ? AND name = ? AND system = ?",
        (account, namespace, name, system),
    ).fetchone()
    if row is None:
        raise missing("module", f"{namespace}/{name}/{system}")
    return row


def _find_version(call: Call, module: sqlite3.Row) -> sqlite3.Row:
    """Return the version that is asked for, or the one that Terraform means: it reads ``1.2`` in
    the list, and then asks for ``1.2.0``.
    """
    wanted = call.get("version")
    try:
        return find_version(call, module, wanted)
    except Refusal:
        rows = call.db.execute("SELECT version FROM versions WHERE module = ?", (module["pk"],))
        for row in rows.fetchall():
            if write_plain(row["version"]) == write_plain(wanted):
                return find_version(call, module, row["version"])
        raise


def _list_place(call: Call) -> list[str]:
    return [call.get(name) for name in ("namespace", "name", "system", "version")]


def _locate(call: Call, module: sqlite3.Row, version: sqlite3.Row) -> str:
    """Return where go-getter finds a version: here, where the pipeline said, or in Git."""
    archive = call.db.execute(
        "SELECT substr(content, 1, 6) AS start FROM archives WHERE version = ?", (version["pk"],)
    ).fetchone()
    if archive:
        place = _list_place(call)
        token = make_token(_read_secret(call), call.store.clock.look(), call.account, *place)
        path = "/".join(quote(step, safe="") for step in place)
        query = {"token": token} | _tell_kind(archive["start"] or b"")  # of nothing it is NULL
        return f"{call.origin}/iacm/registry/account/{path}/download/file?{urlencode(query)}"
    row = call.db.execute(
        "SELECT pushed FROM metadata WHERE version = ? AND submodule = ''", (version["pk"],)
    ).fetchone()
    pushed: dict[str, Any] = json.loads(row["pushed"]) if row else {}
    location = str(pushed.get("download_url") or "")
    if not location and pushed.get("repo_url"):
        ref = quote(version["git_version"], safe="")
        location = f"git::{pushed['repo_url']}?ref={ref}"
    if not location.isascii() or not location.isprintable():
        location = ""  # nothing that a header can hold
    if not location:
        raise missing("archive of version", version["version"])
    return location


def _tell_kind(archive_start: bytes) -> dict[str, str]:
    for start, kind in _KINDS:
        if archive_start.startswith(start):
            return {"archive": kind}
    return {}


def _read_secret(call: Call) -> bytes:
    row = call.db.execute("SELECT value FROM secrets WHERE name = 'download'").fetchone()
    return bytes.fromhex(row["value"])
