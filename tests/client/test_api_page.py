"""The three requests that the API page prints are sent as it prints them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from harness_nextgen import models

from tests.client.calling import ACCOUNT, KEY, call
from tests.client.described import list_operations
from tests.client.server import Received, Reply, serve

MODES = ("sync", "async")
OPERATIONS = {one.id: one for one in list_operations()}
MODULE = {
    "account": "abc123DEFghiJKL",
    "created": 8124988946077168000,
    "id": "aaaaaaaa-bbbb-cccc-eeee-ffffffffffff",
    "name": "my-vpc-module",
    "repository": "my-terraform-modules",
    "repository_path": "",
    "storage_type": "artifact",
    "system": "aws",
    "updated": 5792927959265118000,
    "not_described": {"kept": None},
}
REQUEST = {
    "name": "my-vpc-module",
    "system": "aws",
    "onboarding_pipeline_sync": True,
    "repository_path": "",
    "storage_type": "artifact",
}


def exchange(mode: str, operation: str, reply: Reply, **arguments: Any) -> tuple[Any, Received]:
    """Call an operation once; return what it gave and what the server received."""
    with serve(lambda _: reply) as server:
        answer = call(server.url, OPERATIONS[operation], "method", mode, **arguments)
    [received] = server.received
    assert received.headers["x-api-key"] == KEY
    assert received.headers["Harness-Account"] == ACCOUNT
    return answer, received


def reply_json(value: Any) -> Reply:
    """Answer with JSON."""
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


@pytest.mark.parametrize("mode", MODES)
def test_list_modules(mode: str) -> None:
    """The query is written as on the page, and the answer is a list of modules."""
    modules, received = exchange(
        mode, "list_modules", reply_json([MODULE]), limit=30, page=1, search_term="mymod",
        sort=models.ModuleSort.NAME_ASC, scope_org="Libero qui.", scope_project="Vel",
    )  # fmt: skip
    assert (received.method, received.path) == ("GET", "/iacm/api/modules")
    assert sorted(received.query) == [
        ("limit", "30"), ("page", "1"), ("scope_org", "Libero qui."), ("scope_project", "Vel"),
        ("searchTerm", "mymod"), ("sort", "name,ASC"),
    ]  # fmt: skip
    assert received.body == b""
    [module] = modules
    assert module.to_dict() == MODULE
    assert module.storage_type is models.StorageType.ARTIFACT
    assert module.created_at is None  # the page's example is no time of this age


@pytest.mark.parametrize("mode", MODES)
def test_create_module(mode: str) -> None:
    """The body is JSON of what was set and nothing else; the scope goes into the query."""
    made, received = exchange(
        mode, "create_module", reply_json(MODULE), scope_org="my_org", scope_project="my_project",
        body=models.CreateModuleRequest.from_dict(REQUEST),
    )  # fmt: skip
    assert received.method == "POST"
    assert received.target == "/iacm/api/modules?scope_org=my_org&scope_project=my_project"
    assert received.headers["Content-Type"] == "application/json"
    assert json.loads(received.body) == REQUEST
    assert made.to_dict() == MODULE


@pytest.mark.parametrize("mode", MODES)
def test_delete_module(mode: str) -> None:
    """The id is one segment of the path, whatever is in it; there is no body either way."""
    answer, received = exchange(
        mode, "delete_module", Reply(204), module_id="a/b c", scope_org="Et", scope_project="Eaque"
    )
    assert received.method == "DELETE"
    assert received.target == "/iacm/api/modules/a%2Fb%20c?scope_org=Et&scope_project=Eaque"
    assert (received.body, received.headers["Content-Type"]) == (b"", None)
    assert answer is None


@pytest.mark.parametrize("mode", MODES)
def test_upload_of_an_archive(mode: str) -> None:
    """The bytes arrive as they are, with their length and the header that the API asks for."""
    name = 'attachment; filename="vpc.tar.gz"'
    _, received = exchange(
        mode, "upload_module_archive", Reply(201), body=b"\x1f\x8b\0archive",
        content_disposition=name,
    )  # fmt: skip
    assert received.body == b"\x1f\x8b\0archive"
    assert received.headers["Content-Length"] == "10"
    assert received.headers["Content-Disposition"] == name
    assert received.headers["Content-Type"] == "application/octet-stream"
