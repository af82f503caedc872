"""What a client offers is read from the document: resources, methods, names, settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness_nextgen_runtime.client import AsyncClient, SyncClient
from harness_nextgen_runtime.resource import AsyncResource, SyncResource
from pipeline.faults import BadInput
from pipeline.surface import TAKEN_ON_CLIENTS, TAKEN_ON_RESOURCES, qualify
from tests.pipeline.small import PACKAGE, document, run, write_project

ROOT = Path(__file__).parents[2]


def edit(**members: Any) -> dict[str, Any]:
    """Return the small document with members put on its operation get_item."""
    value = document()
    value["paths"]["/items/{item_id}"]["get"].update(members)
    return value


def refuse(folder: Path, value: dict[str, Any]) -> str:
    """Return the one line with which a document is refused."""
    with pytest.raises(BadInput) as caught:
        run(write_project(folder, value))
    [fault] = caught.value.faults
    return str(fault)


def show(folder: Path, value: dict[str, Any], code: str) -> str:
    """Generate a client, run code with it in a process of its own, return what it prints."""
    job = write_project(folder, value)
    run(job)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {PACKAGE} as package\n{code}"],
        env={"PYTHONPATH": f"{job.output}:{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_resources_by_tag_and_neutral_names(tmp_path: Path) -> None:
    """A document without extensions gets a resource for each tag and a client named Client."""
    code = """
client = package.Client("a-key", base_url="http://127.0.0.1:1")
print(client.items.get_item.__name__, client.items.create_item.__name__, package.AsyncClient)
print(sorted(one for one in package.errors.__all__ if one.endswith("iError")))
"""
    said = show(tmp_path, document(), code)
    assert said == (f"get_item create_item <class '{PACKAGE}.client.AsyncClient'>\n['ApiError']")


def test_extensions_name_resource_and_method(tmp_path: Path) -> None:
    """x-resource and x-method say where an operation lives, at any depth."""
    value = edit(**{"x-resource": "shop.items", "x-method": "get"})
    code = 'client = package.Client("k", base_url="http://[::1]:1"); print(client.shop.items.get)'
    assert "ShopItemsResource.get" in show(tmp_path, value, code)


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"x-resource": "close"}, "close_.get_item"),
        ({"x-method": "with_raw_response"}, "items.with_raw_response_"),
        ({"x-method": "import"}, "items.import_"),
        ({"x-method": "1st"}, "items.x_1st"),
        ({"x-method": "list"}, "items.list"),
    ],
)
def test_names_that_would_hide_others_are_changed(
    tmp_path: Path, members: dict[str, Any], path: str
) -> None:
    """A name that Python, the client or a resource has for itself gets an underscore."""
    code = f'client = package.Client("k", base_url="http://127.0.0.1:1"); print(client.{path})'
    assert show(tmp_path, edit(**members), code).startswith("<bound method")


FAULTS = {
    "one method": (
        {"x-method": "create_item"},
        (
            "get_item (GET /items/{item_id}) and create_item (POST /items) would both be the "
            "method items.create_item: give one another x-method by an overlay"
        ),
    ),
    "method and resource": (
        {"x-resource": "items.create_item"},
        "items.create_item would be a method and a resource: give one another name by an overlay",
    ),
    "paging without a page": (
        {"x-pagination": {"size": {"parameter": "limit"}}},
        "must have page.parameter, page.first and size.parameter",
    ),
    "paging by no parameter": (
        {"x-pagination": {"page": {"parameter": "p", "first": 1}, "size": {"parameter": "s"}}},
        "'p' is no query parameter of this operation",
    ),
}


@pytest.mark.parametrize(("members", "message"), FAULTS.values(), ids=list(FAULTS))
def test_surface_that_cannot_be_is_refused(
    tmp_path: Path, members: dict[str, Any], message: str
) -> None:
    """Each is said on one line with its place."""
    said = refuse(tmp_path, edit(**members))
    assert said.endswith(message)
    assert said.startswith(str(tmp_path / "openapi.json"))


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ({"class_prefix": "my client"}, "begins no class name"),
        ({"class_prefix": 3}, "must be a text"),
        ({"runtime_module": "os"}, "the runtime has no module 'os'; it has harness"),
        ({"account": {"from_api_key": "("}}, "finds no account: "),
        ({"account": {"from_api_key": "a"}}, "finds no account: it has no group"),
    ],
)
def test_client_that_cannot_be_is_refused(
    tmp_path: Path, client: dict[str, Any], message: str
) -> None:
    """What x-client says must be usable."""
    assert message in refuse(tmp_path, document(**{"x-client": client}))


@pytest.mark.parametrize(
    ("schemes", "header"),
    [
        ({}, "Authorization Bearer "),
        ({"one": {"type": "http", "scheme": "bearer"}}, "Authorization Bearer "),
        ({"one": {"type": "apiKey", "in": "header", "name": "X-Key"}}, "X-Key "),
    ],
)
def test_key_goes_where_the_document_says(
    tmp_path: Path, schemes: dict[str, Any], header: str
) -> None:
    """Without x-client the first scheme of security tells the header of the key."""
    value = document()
    value["components"]["securitySchemes"] = schemes
    code = "from shop_client.client import VENDOR as v; print(v.api_key_header, v.api_key_prefix)"
    assert show(tmp_path, value, code) == header.strip()


def test_taken_names_are_those_of_the_runtime() -> None:
    """The names that may not be hidden are all that clients and resources have."""
    clients = {name for one in (SyncClient, AsyncClient) for name in dir(one)}
    assert {name for name in clients if not name.startswith("_")} == TAKEN_ON_CLIENTS
    resources = {name for one in (SyncResource, AsyncResource) for name in dir(one)}
    assert {name for name in resources if not name.startswith("_")} < TAKEN_ON_RESOURCES


@pytest.mark.parametrize(
    ("annotation", "qualified"),
    [
        ("list[str] | None", "builtins.list[str] | None"),
        ("dict[str, list[int]]", "dict[str, builtins.list[int]]"),
        ("Literal['list', \"list\"]", "Literal['list', \"list\"]"),
        ("PriceList | alist | list_", "PriceList | alist | list_"),
    ],
)
def test_hidden_builtins_are_named_by_their_module(annotation: str, qualified: str) -> None:
    """Only the type itself is meant, never a part of another word or a text."""
    assert qualify(annotation, {"list"}) == qualified


def test_runtime_is_found_beside_the_pipeline() -> None:
    """The pipeline needs no installed client: in an environment of nothing it finds the runtime."""
    code = "import pipeline, harness_nextgen_runtime.errors as one; print(one.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.strip() == str(ROOT / "src/harness_nextgen_runtime/errors.py")
