"""A small project in a folder of its own, as a comparison of states reads one, and its repository.

It is written with two spaces, as people write it, so that tests can say on which line a thing is.
"""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.contract.rendering import render_client
from pipeline.diff.states import State, open_project
from pipeline.document import render_json
from pipeline.openapi import list_operations
from pipeline.yaml_writer import render_yaml

PACKAGE = "harness_nextgen"

# What a person's settings would add to a test: signatures, templates, another name of the branch.
GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def shop() -> dict[str, Any]:
    """Return a valid document of four operations, which tests change as they like."""
    return copy.deepcopy(_SHOP)


def overlay(*actions: dict[str, Any], title: str = "A correction") -> dict[str, Any]:
    """Return an overlay of these actions."""
    return {
        "overlay": "1.1.0",
        "info": {"title": title, "version": "1"},
        "actions": list(actions),
    }


def write_project(
    folder: Path,
    spec: Any = None,
    overlays: Sequence[dict[str, Any]] = (),
    *,
    version: str | None = None,
    with_client: bool = False,
) -> Path:
    """Write a project: its spec, overlays ``10.overlay.yaml``, ``20…``, and what is asked for."""
    (folder / "spec").mkdir(parents=True, exist_ok=True)
    (folder / "spec/openapi.yaml").write_text(render_yaml(spec or shop()), encoding="utf-8")
    if overlays:
        (folder / "overlays").mkdir(exist_ok=True)
    for position, one in enumerate(overlays, start=1):
        (folder / f"overlays/{position}0.overlay.yaml").write_text(
            render_yaml(one), encoding="utf-8"
        )
    if version:
        (folder / "pyproject.toml").write_text(
            f'[project]\nname = "shop"\nversion = "{version}"\n', encoding="utf-8"
        )
    if with_client:
        (folder / "generated").mkdir()
        effective = open_project(folder, str(folder)).document.value
        names = [one.operation_id or "" for one in list_operations(effective)]
        render_client(effective, (), names, folder / "generated", PACKAGE)
    return folder


def open_pair(
    folder: Path,
    old: tuple[Any, Sequence[dict[str, Any]]],
    new: tuple[Any, Sequence[dict[str, Any]]],
    *,
    with_client: bool = False,
) -> tuple[State, State]:
    """Write two projects, each of a spec and overlays, and open them as ``old`` and ``new``."""
    return (
        open_project(write_project(folder / "old", *old, with_client=with_client), "old"),
        open_project(write_project(folder / "new", *new, with_client=with_client), "new"),
    )


def write_document(path: Path, value: Any) -> Path:
    """Write a document as JSON."""
    path.write_text(render_json(value), encoding="utf-8")
    return path


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return what it prints."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=GIT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, tag: str | None = None) -> str:
    """Commit all that is in a folder, which becomes a repository, and return the commit's hash."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=State")
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")


_ITEM = {"$ref": "#/components/schemas/Item"}
_ITEM_ID = {"name": "item_id", "in": "path", "required": True, "schema": {"type": "string"}}
_SHOP: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example.com"}],
    "paths": {
        "/items": {
            "get": {
                "operationId": "list_items",
                "tags": ["items"],
                "parameters": [
                    {"name": "search", "in": "query", "schema": {"type": "string"}},
                    {
                        "name": "sort",
                        "in": "query",
                        "schema": {"$ref": "#/components/schemas/Sort"},
                    },
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                ],
                "responses": {
                    "200": {
                        "description": "The items.",
                        "content": {
                            "application/json": {"schema": {"type": "array", "items": _ITEM}}
                        },
                    }
                },
            },
            "post": {
                "operationId": "create_item",
                "tags": ["items"],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewItem"}}
                    },
                },
                "responses": {
                    "201": {
                        "description": "The new item.",
                        "content": {"application/json": {"schema": _ITEM}},
                    }
                },
            },
        },
        "/items/{item_id}": {
            "get": {
                "operationId": "get_item",
                "tags": ["items"],
                "parameters": [_ITEM_ID],
                "responses": {
                    "200": {
                        "description": "The item.",
                        "content": {"application/json": {"schema": _ITEM}},
                    }
                },
            },
        },
        "/orders/{order_id}": {
            "get": {
                "operationId": "get_order",
                "tags": ["orders"],
                "parameters": [{**_ITEM_ID, "name": "order_id"}],
                "responses": {
                    "200": {
                        "description": "The order.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                        },
                    }
                },
            },
        },
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string", "minLength": 1, "description": "What it is called."},
                    "price": {"type": "number"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
            "NewItem": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
            },
            "Order": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                },
            },
            "Line": {
                "type": "object",
                "properties": {"item": {"type": "string"}, "count": {"type": "integer"}},
            },
            "Sort": {"type": "string", "enum": ["name", "price"]},
        }
    },
}
