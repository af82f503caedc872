"""What schemathesis is told of the sandbox: what to leave out, what to check besides, what exists.

It loads this module in its own process, which ``tests.sandbox.fuzz.run`` starts.
"""

from __future__ import annotations

import os
import re
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

from harness_nextgen_sandbox import plain

URL = os.environ["SANDBOX_URL"]
MODULES = f"{URL}/iacm/api/modules"
GOA = "application/vnd.goa.error"

# What is left out of the checks, beside the two operations in schemathesis.toml. A request is
# still sent, and every other check is made of its answer.

MAY_BE_REFUSED = {
    # The spec leaves these enums open, so that a client may be older than its server. A server
    # knows its own values and refuses others.
    ("list_modules", "sort"),
    ("list_organizations", "sort"),
    ("list_organizations", "order"),
    ("list_projects", "sort"),
    ("list_projects", "order"),
    ("set_module_lifecycle", "supported_action"),
    ("set_module_lifecycle", "warning_action"),
    ("set_module_lifecycle", "deprecated_action"),
    ("set_module_lifecycle", "overrides.N.tier"),
    # A schema cannot say that a member of the body is equal to a parameter of the path.
    ("update_organization", "org.identifier"),
    ("update_project", "project.identifier"),
    # A pattern that forbids two dots as a step of a path would be hard to read, and no keyword of
    # OpenAPI 3.0 is about the names of parts.
    ("list_module_examples", "path"),
    ("get_module_example", "path"),
    ("upload_module_example", "path"),
    ("upload_module_example", "part"),
}
"""Operations and members: ``positive_data_acceptance`` allows a 400 that names the member."""

MAY_BE_ANYTHING = {
    # A README is text. What has another type is sent as its text, and so is one.
    "upload_module_readme",
}
"""Operations: ``negative_data_rejection`` allows a body of any type."""

MAY_CONFLICT = {
    # Upstream names no error of these, and two things cannot have one identifier. The spec gets
    # no 409 for them, as no source tells the status that Harness has for that.
    "create_organization",
    "create_project",
}
"""Operations: ``status_is_named`` allows a 409."""


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Drop the failures that are left out; they are counted."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        named = re.match(
            r"(?:query parameter|member) '([^']+)'|the (part) ", response.json()["message"]
        )
        member = re.sub(r"\.\d+\.", ".N.", named[1] or named[2]) if named else ""
        return (read_id(case), member) not in MAY_BE_REFUSED
    if isinstance(failure, AcceptedNegativeData):
        return not ("body" in find_wrong(case) and read_id(case) in MAY_BE_ANYTHING)
    return True


@schemathesis.check
def error_has_its_shape(ctx: Any, response: Any, case: Any) -> None:
    """Every error has media type and message of its API, also where the spec has no operation."""
    if response.status_code >= 400:
        media_type = GOA if case.path.startswith("/iacm/") else "application/json"
        assert response.headers["content-type"] == [media_type]
        assert response.json()["message"]


@schemathesis.check
def status_is_named(ctx: Any, response: Any, case: Any) -> None:
    """A status is one that the operation names, or one that HTTP itself gives a meaning.

    ``status_code_conformance`` allows any, as each operation has a default response.
    """
    named = {int(code) for code in case.operation.responses.status_codes if code != "default"}
    conflict = {409} if read_id(case) in MAY_CONFLICT else set()
    assert response.status_code in named | conflict | {405, 413, 415}


@schemathesis.deserializer(GOA)
def read_goa(context: Any, response: Any) -> Any:
    """Read the errors of the Module Registry, so that they are checked against their schema."""
    return response.json()


@schemathesis.serializer("application/yaml")
def write_yaml(context: Any, value: Any) -> bytes:
    """Write YAML 1.2: schemathesis writes 1.1, in which 1e100 is a text and no number."""
    return value if isinstance(value, bytes) else plain.write_yaml(value)


def find_wrong(case: Any) -> set[str]:
    """Return the parts of a request that are wrong on purpose: path, query, header or body."""
    return {place.value for place, it in case.meta.components.items() if it.mode.is_negative}


def read_id(case: Any) -> str:
    """Return the operationId of a case."""
    return str(case.operation.definition.raw["operationId"])


ACCOUNTS = {None: "sandbox", "owner": "sandbox", "stranger": "other"}
"""By the users in users.json; a request without a key is one of the owner's, as a probe."""

_session = requests.Session()
_session.headers.update({"x-api-key": "pat.sandbox.token.secret", "Harness-Account": "sandbox"})
_turns = count()
_made: dict[str, str] = {}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Send three of four requests to what exists; stateful tests find that by themselves.

    What is tested in this very request, or is wrong on purpose, stays as it was generated.
    """
    turn = next(_turns)
    wrong = find_wrong(case)
    data = case.meta.phase.data
    if "Harness-Account" not in {data.parameter, *(one.parameter for one in data.mutations)}:
        # A key has one account, and the header must name that one.
        case.headers["Harness-Account"] = ACCOUNTS[case.auth_identity]
    if case.meta.phase.name.value == "stateful":
        keep_going(case, turn, wrong)
        return
    if turn % 4 == 0:
        return
    place = find_place(case, turn)
    for location, values in (("path", case.path_parameters), ("query", case.query)):
        for parameter in case.operation.get_parameter_set(location):
            name = parameter.name
            if location in wrong or name not in place or name == data.parameter:
                continue
            if place[name] is None:
                values.pop(name, None)
            elif parameter.is_required or name in values or name.startswith("scope_"):
                values[name] = place[name]
    if "body" not in wrong and isinstance(case.body, dict):
        fit_body(case.method, case.body, place)


def keep_going(case: Any, turn: int, wrong: set[str]) -> None:
    """Let a step of a stateful test have something that the next steps can use.

    Hypothesis repeats the steps of one test in others, and gives up when the same steps have
    another outcome: a name that is taken then ends the whole phase.
    """
    if read_id(case) in ("list_modules", "list_organizations", "list_projects"):
        case.query.clear()  # with filters, there is mostly nothing on the list
    if "module_id" in case.path_parameters:
        for name in ("scope_org", "scope_project"):
            case.query.pop(name, None)  # no link has it, and the id is enough
    for name, value in case.path_parameters.items():
        if isinstance(value, dict):
            # schemathesis infers links to `org` from the member `org`, a whole organization.
            case.path_parameters[name] = value["identifier"]
    if case.method == "POST" and "body" not in wrong:
        match read_id(case):
            case "create_module":
                case.body["name"] = f"new{turn}"
            case "create_organization":
                case.body["org"]["identifier"] = f"new{turn}"
            case "create_project":
                case.body["project"]["identifier"] = f"new{turn}"


def find_place(case: Any, turn: int) -> dict[str, str | None]:
    """Return parameters that name something which exists."""
    names = {parameter.name for parameter in case.operation.path_parameters}
    if "org" in names:
        return find_organization(turn, case.method)
    if names & {"module_id", "name"}:
        return find_module(turn, read_id(case))
    return {"sort": "name,DESC"} if read_id(case) == "list_modules" else SORTED


SORTED: dict[str, str | None] = {"sort": "name", "order": "ASC"}


def find_module(turn: int, operation: str) -> dict[str, str | None]:
    """Return the address of a module that has versions, and for an archive its token."""
    page = {"limit": 3, "page": turn % 20 + 1, "sort": "updated,ASC"}
    for module in _session.get(MODULES, params=page).json():
        if not module["versions"] or not re.fullmatch(r"[a-z0-9-]+", module["name"]):
            continue
        place = {
            "module_id": module["id"],
            "namespace": module["namespace"],
            "name": module["name"],
            "system": module["system"],
            "scope_org": module["scope_org"],
            "scope_project": module["scope_project"],
            "version": module["versions"][0],
            "submodule": None,
            "path": "examples/basic/main.tf" if operation.startswith("get") else "examples/basic",
        }
        if operation != "download_registry_archive":
            return place
        address = "/".join(place[name] for name in ("namespace", "name", "system", "version"))
        located = _session.get(f"{URL}/iacm/registry/account/{address}/download").json()
        token = parse_qs(urlsplit(located.get("location", "")).query).get("token")
        if token:
            return place | {"token": token[0]}
    return {}


def find_organization(turn: int, method: str) -> dict[str, str | None]:
    """Return an organization and a project in it, made anew when they may be gone."""
    if not _made or turn % 10 == 0:
        _made.update(org=f"org{turn}", project=f"project{turn}")
        org = {"org": {"identifier": _made["org"], "name": "Made"}}
        _session.post(f"{URL}/v1/orgs", json=org).raise_for_status()
        project = {"project": {"identifier": _made["project"], "name": "Made"}}
        url = f"{URL}/v1/orgs/{_made['org']}/projects"
        _session.post(url, json=project).raise_for_status()
    found = SORTED | _made
    if method == "DELETE":
        _made.clear()
    return found


def fit_body(method: str, body: dict[str, Any], place: dict[str, str | None]) -> None:
    """Make of a valid body one that is accepted, too."""
    for name in ("org", "project"):
        if method == "PUT" and name in body and name in place:
            body[name]["identifier"] = place[name]
    for name in ("supported_action", "warning_action", "deprecated_action"):
        if name in body:
            body[name] = "warn"
    for override in body.get("overrides", []):
        override["tier"] = "deprecated"
