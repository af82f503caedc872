"""The lock: what a client was made from, and a digest of every file that was written.

``generation.lock`` lies in the package. While both of its lists hold there is nothing to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.effective import OverlayFiles
from pipeline.header import HEADER
from pipeline.stock import list_templates, read_records

LOCK_NAME = "generation.lock"

Inputs: TypeAlias = dict[str, Any]
Outputs: TypeAlias = dict[str, str]

_PIPELINE = Path(__file__).parent
_RUNTIME = _PIPELINE.parent / "src" / "harness_nextgen_runtime"
_TOOLS = ("jsonpath-rfc9535", "openapi-python-client", "ruff")
# The sources that shape the output; the others only check, report or put files in place.
SHAPING_SOURCES = (
    "answers.py",
    "codec.py",
    "derived.py",
    "docstrings.py",
    "document.py",
    "effective.py",
    "endpoints.py",
    "generator.py",
    "header.py",
    "layout.py",
    "lock.py",
    "losses.py",
    "models.py",
    "naming.py",
    "openapi.py",
    "overlay/apply.py",
    "overlay/merge.py",
    "overlay/query.py",
    "overlay/read.py",
    "patches.py",
    "regenerate.py",
    "rendering.py",
    "resources.py",
    "simplify.py",
    "stock.py",
    "surface.py",
    "values.py",
    "yaml_reader.py",
    "yaml_writer.py",
)

# What the generated code repeats of the runtime: the names of errors, and the size of a page.
SHAPING_RUNTIME = ("constants.py", "errors.py")


def describe_inputs(
    spec: Path, overlays: OverlayFiles, package: str | None, allowed_losses: Iterable[str]
) -> Inputs:
    """Describe everything that shapes the output, by digests and versions.

    ``package`` is the name that was asked for; None leaves it to the document's title. Paths are
    named by their role and file name, so that the description is the same wherever the
    checkout lies.
    """
    return {
        "package": package,
        "spec": {spec.name: digest_file(spec)},
        "overlays": {
            **{path.name: digest_file(path) for path in overlays.corrections},
            **{f"codegen/{path.name}": digest_file(path) for path in overlays.codegen},
        },
        "allowed_losses": sorted(allowed_losses),
        "templates": {name: digest_file(path) for name, path in list_templates().items()},
        "stock_templates": read_records(),
        "pipeline": {name: digest_file(_PIPELINE / name) for name in SHAPING_SOURCES},
        "runtime": {name: digest_file(_RUNTIME / name) for name in SHAPING_RUNTIME},
        "tools": {name: version(name) for name in _TOOLS},
    }


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's text with line ends as git stores them."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def write_lock(package_folder: Path, inputs: Inputs, outputs: Outputs) -> None:
    """Write the lock of the files in ``package_folder``."""
    content: dict[str, Any] = {"inputs": inputs, "outputs": dict(sorted(outputs.items()))}
    lock = {"comment": HEADER.removeprefix("# "), "digest": _digest(content), **content}
    text = json.dumps(lock, indent=2, ensure_ascii=False) + "\n"
    (package_folder / LOCK_NAME).write_text(text, encoding="utf-8", newline="\n")


def read_lock(package_folder: Path) -> tuple[Inputs, Outputs] | None:
    """Read a lock; None when there is none or when it was edited."""
    try:
        lock = json.loads((package_folder / LOCK_NAME).read_bytes())
        content = {"inputs": lock["inputs"], "outputs": lock["outputs"]}
        return (lock["inputs"], lock["outputs"]) if lock["digest"] == _digest(content) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
