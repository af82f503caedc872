"""What the onboarding pipeline sends; it names modules by name, system and scope."""

from __future__ import annotations

import json
import posixpath

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.handlers.examples import read_example_path
from harness_nextgen_sandbox.multipart import Part
from harness_nextgen_sandbox.records import ensure_version, find_named_module, touch
from harness_nextgen_sandbox.versions import read_tag, strip_v


def create_onboarding_pipeline(call: Call) -> Answer:
    """Answer as if a pipeline for onboarding was made: 201 without a body."""
    return Answer(201)


def push_module_tags(call: Call) -> Answer:
    """Take the Git tags of a module: 201. Those in its style become versions."""
    module = find_named_module(call)
    style = json.loads(module["fields"]).get("git_tag_style") or ""
    for tag in call.body.get("tags", []):
        call.db.execute(
            "INSERT INTO tags (module, tag) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (module["pk"], tag),
        )
        version = read_tag(tag, style)
        if version is not None:
            ensure_version(call, module, version, tag)
    errors: dict[str, str] = call.body.get("error") or {}
    problem = "; ".join(f"{tag}: {text}" for tag, text in errors.items())
    call.db.execute("UPDATE modules SET problem = ? WHERE pk = ?", (problem or None, module["pk"]))
    touch(call, module)
    return Answer(201)


def push_module_metadata(call: Call) -> Answer:
    """Take what was found in the code of a version: 201."""
    module = find_named_module(call)
    tag = call.body["git_tag"]
    version = ensure_version(call, module, strip_v(call.get("version")), tag or None)
    submodule = call.body.get("submodule_name", "")
    call.db.execute(
        "INSERT INTO metadata (version, submodule, pushed) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET pushed = excluded.pushed",
        (version, submodule, json.dumps(call.body)),
    )
    touch(call, module)
    return Answer(201)


def upload_module_readme(call: Call) -> Answer:
    """Keep the README of a version or a submodule, byte for byte: 201."""
    module = find_named_module(call)
    version = ensure_version(call, module, strip_v(call.get("version")))
    call.db.execute(
        "INSERT INTO readmes (version, submodule, content) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET content = excluded.content",
        (version, call.get("submoduleName"), call.body),
    )
    touch(call, module)
    return Answer(201)


def upload_module_archive(call: Call) -> Answer:
    """Keep the archive of a version, byte for byte: 201. A second upload replaces the first."""
    module = find_named_module(call)
    version = ensure_version(call, module, strip_v(call.get("version")))
    call.db.execute(
        "INSERT INTO archives (version, content) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET content = excluded.content",
        (version, call.body),
    )
    touch(call, module)
    return Answer(201)


def upload_module_example(call: Call) -> Answer:
    """Keep the files of one folder of examples, which replace what was in it: 201."""
    folder = read_example_path(call.get("path"))
    module = find_named_module(call)
    version = ensure_version(call, module, strip_v(call.get("version")))
    parts: list[Part] = call.body
    files = {_place(folder, part): part.content for part in parts}
    call.db.execute(
        "DELETE FROM examples WHERE version = ? AND substr(path, 1, ?) = ?",
        (version, len(folder) + 1, folder + "/"),
    )
    call.db.executemany(
        "INSERT INTO examples (version, path, content) VALUES (?, ?, ?)",
        [(version, path, content) for path, content in files.items()],
    )
    touch(call, module)
    return Answer(201)


def _place(folder: str, part: Part) -> str:
    """Return the path of a part (guess: no source names the parts).

    Its name is the path below the folder. Where all parts have one name, ``file``, as forms of
    browsers do, it is the file name.
    """
    name = part.file_name if part.name in ("file", "files") and part.file_name else part.name
    path = posixpath.normpath(f"{folder}/{name}")
    if not path.startswith(f"{folder}/"):
        raise Refusal(400, f"the part {name!r} is not in the folder {folder!r}", "body")
    return path
