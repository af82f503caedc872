"""Twelve edits of the Harness Code document, each of another kind of change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from copy import deepcopy

from pipeline.values import Json


def edit_twelve_times(document: Json) -> Json:
    """Return a copy of the Harness Code document with twelve edits, one each at its own place."""
    edited = deepcopy(document)
    for edit in EDITS:
        edit(edited)
    return edited


def count_told(findings: Sequence[Json]) -> int:
    """Count the edits that a tool's findings tell of."""
    texts = [json.dumps(one).replace("~1", "/") for one in findings]
    return sum(any(re.search(told, text) for text in texts) for told in EDITS.values())


def _add_parameter(document: Json) -> None:
    added = {"name": "archived", "in": "query", "required": False, "schema": {"type": "boolean"}}
    document["paths"]["/repos"]["get"]["parameters"].append(added)


def _remove_parameter(document: Json) -> None:
    branches = document["paths"]["/repos/{repo_identifier}/branches"]["get"]
    branches["parameters"].remove(_find_parameter(branches, "include_commit"))


def _require_parameter(document: Json) -> None:
    blame = document["paths"]["/repos/{repo_identifier}/blame/{path}"]["get"]
    _find_parameter(blame, "git_ref")["required"] = True


def _change_type(document: Json) -> None:
    checks = document["paths"]["/repos/{repo_identifier}/checks/recent"]["get"]
    _find_parameter(checks, "since")["schema"]["type"] = "string"


def _add_enum_value(document: Json) -> None:
    document["components"]["schemas"]["EnumPullReqState"]["enum"].append("draft")


def _remove_enum_value(document: Json) -> None:
    document["components"]["schemas"]["EnumMergeMethod"]["enum"].remove("squash")


def _remove_property(document: Json) -> None:
    del document["components"]["schemas"]["GitPathDetails"]["properties"]["last_commit"]


def _require_property(document: Json) -> None:
    document["components"]["schemas"]["OpenapiCreateBranchRequest"]["required"] = ["name"]


def _remove_status(document: Json) -> None:
    del document["paths"]["/repos/{repo_identifier}"]["delete"]["responses"]["404"]


def _change_description(document: Json) -> None:
    repository = document["paths"]["/repos/{repo_identifier}"]["get"]
    _find_parameter(repository, "accountIdentifier")["description"] = "The account's identifier."


def _remove_operation(document: Json) -> None:
    del document["paths"]["/repos/{repo_identifier}/codeowners/validate"]["get"]


def _add_operation(document: Json) -> None:
    health = {
        "operationId": "readHealth",
        "tags": ["repository"],
        "responses": {"204": {"description": "No Content"}},
    }
    document["paths"]["/health"] = {"get": health}


def _find_parameter(operation: Json, name: str) -> Json:
    return next(one for one in operation["parameters"] if one["name"] == name)


EDITS: dict[Callable[[Json], None], str] = {
    _add_parameter: "archived",
    _remove_parameter: "include_commit",
    _require_parameter: "git_ref",
    _change_type: "checks/recent",
    _add_enum_value: "draft",
    _remove_enum_value: "squash",
    _remove_property: "last_commit",
    _require_property: "[`']name[`']",
    _remove_status: r'404[^"]* removed',
    _change_description: "The account's identifier",
    _remove_operation: "codeowners/validate",
    _add_operation: "/health",
}
"""Each edit, and a pattern that a tool's finding has only if it tells of that edit."""
