"""Hatchling's hook: the wheel's lock lists everything that ships, in whichever way it is built.

Hatchling loads this file by its path, in an environment that has nothing else of the pipeline's.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from base64 import urlsafe_b64encode
from email import message_from_string
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = "harness_nextgen"
_SOURCES = Path(__file__).resolve().parents[2] / "src"


class SealWheel(BuildHookInterface[BuilderConfig]):
    """Puts the digests of all files into the lock of a finished wheel."""

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Seal what is no editable wheel: that one has no files."""
        if version == "standard":
            seal_wheel(Path(artifact_path))


def seal_wheel(wheel: Path) -> None:
    """Write what a wheel holds into its lock, and the lock's new digest into its RECORD.

    RECORD itself is left out of the lock: installers write it anew. Raises ValueError for a lock
    that was edited.
    """
    if str(_SOURCES) not in sys.path:
        sys.path.insert(0, str(_SOURCES))
    from harness_nextgen_runtime.provenance import LOCK_NAME, digest_bytes, digest_content

    with zipfile.ZipFile(wheel) as archive:
        contents = {entry: archive.read(entry) for entry in archive.infolist()}
    lock_name = f"{_PACKAGE}/{LOCK_NAME}"
    [lock] = (entry for entry in contents if entry.filename == lock_name)
    [metadata] = (entry for entry in contents if entry.filename.endswith(".dist-info/METADATA"))
    [record] = (entry for entry in contents if entry.filename.endswith(".dist-info/RECORD"))

    old = json.loads(contents[lock])
    if old["digest"] != digest_content({"inputs": old["inputs"], "outputs": old["outputs"]}):
        raise ValueError(f"{lock_name} was edited: run `nox -s regenerate`")
    written = {lock_name, *(f"{_PACKAGE}/{output}" for output in old["outputs"])}
    digests = {
        entry.filename: digest_bytes(content)
        for entry, content in contents.items()
        if entry is not record and entry.filename not in written
    }
    headers = message_from_string(contents[metadata].decode("utf-8"))
    content = {
        "distribution": {
            "name": headers["Name"],
            "version": headers["Version"],
            "files": digests,
        },
        "inputs": old["inputs"],
        "outputs": old["outputs"],
    }
    new = {"comment": old["comment"], "digest": digest_content(content), **content}
    contents[lock] = (json.dumps(new, indent=2, ensure_ascii=False) + "\n").encode()
    contents[record] = _render_record(contents, record)

    part = wheel.with_name(f".{wheel.name}.part")
    with zipfile.ZipFile(part, "w") as archive:
        for entry, text in contents.items():
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED, compresslevel=9)
    part.chmod(0o644)
    os.replace(part, wheel)


def _render_record(contents: dict[zipfile.ZipInfo, bytes], record: zipfile.ZipInfo) -> bytes:
    """Render a wheel's own list of its files (the wheel format, "The .dist-info directory")."""
    lines = [
        f"{entry.filename},sha256={_digest(content)},{len(content)}\n"
        for entry, content in contents.items()
        if entry is not record
    ]
    return "".join([*lines, f"{record.filename},,\n"]).encode()


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
