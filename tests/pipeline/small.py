"""A small document, its overlay, and the ways to run the pipeline on them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline.regenerate import Job, Report, check, regenerate

PACKAGE = "shop_client"


def document(**changes: Any) -> dict[str, Any]:
    """Return a valid document of two operations, with top-level members replaced."""
    answer = {
        "description": "An item.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    }
    item_id = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/items": {
                "post": {
                    "operationId": "create_item",
                    "tags": ["items"],
                    "requestBody": {"required": True, "content": answer["content"]},
                    "responses": {"201": answer},
                }
            },
            "/items/{item_id}": {
                "get": {
                    "operationId": "get_item",
                    "tags": ["items"],
                    "parameters": [item_id],
                    "responses": {"200": answer},
                }
            },
        },
        "components": {
            "schemas": {
                "Item": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
                }
            }
        },
        **changes,
    }


def action(target: str, **verbs: Any) -> dict[str, Any]:
    """Return an overlay of a single action."""
    return {
        "overlay": "1.1.0",
        "info": {"title": "A correction", "version": "1"},
        "actions": [{"target": target, **verbs}],
    }


def write_project(folder: Path, value: Any = None) -> Job:
    """Write a spec and an overlay into a folder, and return the job that makes their client."""
    overlays = folder / "overlays"
    overlays.mkdir(parents=True, exist_ok=True)
    spec = folder / "openapi.json"
    spec.write_text(json.dumps(value or document(), indent=1), encoding="utf-8")
    correction = action("$.info", update={"description": "A shop."})
    (overlays / "10-info.overlay.json").write_text(json.dumps(correction), encoding="utf-8")
    return Job(spec=spec, overlays=overlays, output=folder / "out", package=PACKAGE)


def run(job: Job) -> Report:
    """Regenerate in silence."""
    return regenerate(job, lambda stage: None)


def run_check(job: Job) -> Path:
    """Check in silence."""
    return check(job, lambda stage: None)


def digest(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, independently of the pipeline's own."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
