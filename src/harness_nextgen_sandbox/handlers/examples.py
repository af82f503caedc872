"""Examples of module versions."""

from __future__ import annotations

from typing import Any

from harness_nextgen_sandbox.errors import Refusal, missing
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.records import find_module, find_version

ROOT = "examples"


def read_example_path(path: str) -> str:
    """Return a path below the module's root without a slash at its end; raises Refusal.

    It is ``examples`` or inside it, as the descriptions of both parameters say.
    """
    path = path.rstrip("/")
    steps = path.split("/")
    if steps[0] != ROOT or any(step in ("", ".", "..") for step in steps):
        raise Refusal(400, f"query parameter 'path': {path!r} is not in {ROOT}/", "path")
    return path


def list_module_examples(call: Call) -> Answer:
    """List one level of the examples of a version, folders first."""
    folder = read_example_path(call.get("path"))
    version = find_version(call, find_module(call), call.get("version"))
    rows = call.db.execute(
        "SELECT path FROM examples WHERE version = ? AND substr(path, 1, ?) = ? ORDER BY path",
        (version["pk"], len(folder) + 1, folder + "/"),
    ).fetchall()
    if not rows and folder != ROOT:
        raise missing("folder", folder)
    items: dict[tuple[bool, str], dict[str, Any]] = {}
    for row in rows:
        name, slash, _ = row["path"][len(folder) + 1 :].partition("/")
        items[not slash, name] = {
            "name": name,
            "path": f"{folder}/{name}",
            "content_type": "directory" if slash else "file",
        }
    return Answer(200, {"items": [items[key] for key in sorted(items)]})


def get_module_example(call: Call) -> Answer:
    """Read one example file, byte for byte."""
    path = read_example_path(call.get("path"))
    version = find_version(call, find_module(call), call.get("version"))
    row = call.db.execute(
        "SELECT content FROM examples WHERE version = ? AND path = ?", (version["pk"], path)
    ).fetchone()
    if row is None:
        raise missing("file", path)
    return Answer(200, bytes(row["content"]))
