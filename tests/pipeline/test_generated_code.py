"""The client that is published: each operation is there, and sends what the API page shows."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "generated" / "harness_nextgen"
GOLDEN = ROOT / "tests" / "pipeline" / "golden" / "generated" / "shelf"
METHODS = {"delete", "get", "patch", "post", "put"}
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


@pytest.fixture(scope="module")
def harness() -> Iterator[ModuleType]:
    """The published client, imported from where it is generated."""
    sys.path.insert(0, str(CLIENT.parent))
    yield importlib.import_module(CLIENT.name)
    sys.path.remove(str(CLIENT.parent))
    for name in [name for name in sys.modules if name.partition(".")[0] == CLIENT.name]:
        del sys.modules[name]


def list_operations() -> list[tuple[str, str, dict[str, Any]]]:
    """List method, path and operation of the spec that the client carries."""
    paths = yaml.safe_load((CLIENT / "openapi.yaml").read_text(encoding="utf-8"))["paths"]
    return [
        (method, path, value)
        for path, item in paths.items()
        for method, value in item.items()
        if method in METHODS
    ]


OPERATIONS = list_operations()


def find_modules(harness: ModuleType) -> dict[str, ModuleType]:
    """Import every operation's module, by its name without the tag."""
    found = {}
    api = importlib.import_module(f"{harness.__name__}.api")
    for one in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        if not one.ispkg:
            found[one.name.rpartition(".")[2]] = importlib.import_module(one.name)
    return found


def fill(harness: ModuleType, kind: Any) -> Any:
    """Make a value of the type of a required argument or member, named or not."""
    kind = getattr(harness.models, kind, str) if isinstance(kind, str) else kind
    if kind is harness.types.File:
        return kind(io.BytesIO(b"bytes"))
    if not attrs.has(kind):
        return kind("value")
    return kind(
        **{
            field.name: [] if str(field.type).startswith("list[") else fill(harness, field.type)
            for field in attrs.fields(kind)
            if field.default is attrs.NOTHING and field.init
        }
    )


def connect(harness: ModuleType, answer: httpx.Response) -> tuple[Any, list[httpx.Request]]:
    """Return a client whose requests are recorded and answered alike."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        sent.append(request)
        return answer

    client = harness.Client(
        "https://app.harness.io",
        headers={"x-api-key": "s3cret"},
        httpx_args={"transport": httpx.MockTransport(handle)},
    )
    return client, sent


def call(module: ModuleType, way: str, client: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function of an operation's module, or its asynchronous twin."""
    if way == "sync":
        with client:
            return module.sync_detailed(*args, client=client, **kwargs)

    async def ask() -> Any:
        async with client:
            return await module.asyncio_detailed(*args, client=client, **kwargs)

    return asyncio.run(ask())


def test_there_is_a_function_for_each_operation(harness: ModuleType) -> None:
    """The operations of the spec and the modules of the client are the same 45."""
    names = sorted(value["operationId"] for _, _, value in OPERATIONS)
    assert sorted(find_modules(harness)) == names
    assert len(names) == 45


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize(
    ("method", "path", "name"),
    [(method, path, value["operationId"]) for method, path, value in OPERATIONS],
)
def test_each_operation_asks_its_own_path(
    harness: ModuleType, method: str, path: str, name: str, way: str
) -> None:
    """Each sends its method, path and arguments, and survives an answer that is no API's."""
    module = find_modules(harness)[name]
    client, sent = connect(harness, httpx.Response(520, text="<html>"))
    function = module.sync_detailed
    wanted = {
        one.name: fill(harness, one.annotation)
        for one in inspect.signature(function, eval_str=True).parameters.values()
        if one.default is one.empty and one.name != "client"
    }
    answer = call(module, way, client, **wanted)
    assert (answer.status_code, answer.content, answer.parsed) == (520, b"<html>", None)
    [request] = sent
    assert request.method == method.upper()
    assert request.url.raw_path.decode().partition("?")[0] == re.sub(r"\{[^}]*\}", "value", path)
    assert request.headers["x-api-key"] == "s3cret"


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_list_modules(harness: ModuleType, way: str) -> None:
    """The query is written as on the page, and the answer is a list of modules."""
    client, sent = connect(harness, httpx.Response(200, json=[MODULE]))
    answer = call(
        find_modules(harness)["list_modules"], way, client, limit=30, page=1, search_term="mymod",
        sort=harness.models.ModuleSort.NAME_ASC, scope_org="Libero qui.", scope_project="Vel",
        harness_account="Quia",
    )  # fmt: skip
    [request] = sent
    assert request.method == "GET"
    assert sorted(request.url.raw_path.decode().partition("?")[2].split("&")) == [
        "limit=30", "page=1", "scope_org=Libero+qui.", "scope_project=Vel", "searchTerm=mymod",
        "sort=name%2CASC",
    ]  # fmt: skip
    assert request.url.path == "/iacm/api/modules"
    assert request.headers["Harness-Account"] == "Quia"
    assert [module.to_dict() for module in answer.parsed] == [MODULE]
    assert answer.parsed[0].storage_type is harness.models.StorageType.ARTIFACT


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_create_module(harness: ModuleType, way: str) -> None:
    """The body is JSON of what was set and nothing else; the scope goes into the query."""
    client, sent = connect(harness, httpx.Response(200, json=MODULE))
    answer = call(
        find_modules(harness)["create_module"], way, client, scope_org="my_org",
        scope_project="my_project", harness_account="abc123DEFghiJKL",
        body=harness.models.CreateModuleRequest.from_dict(REQUEST),
    )  # fmt: skip
    [request] = sent
    assert request.method == "POST"
    assert request.url.raw_path == b"/iacm/api/modules?scope_org=my_org&scope_project=my_project"
    assert request.headers["Harness-Account"] == "abc123DEFghiJKL"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == REQUEST
    assert answer.parsed.to_dict() == MODULE


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_delete_module(harness: ModuleType, way: str) -> None:
    """The id is one segment of the path, whatever is in it; there is no body either way."""
    client, sent = connect(harness, httpx.Response(204))
    answer = call(
        find_modules(harness)["delete_module"], way, client, "a/b c", scope_org="Et",
        scope_project="Eaque", harness_account="Ut",
    )  # fmt: skip
    [request] = sent
    assert request.method == "DELETE"
    assert request.url.raw_path == b"/iacm/api/modules/a%2Fb%20c?scope_org=Et&scope_project=Eaque"
    assert request.headers["Harness-Account"] == "Ut"
    assert (request.content, request.headers.get("Content-Type")) == (b"", None)
    assert (answer.status_code, answer.content, answer.parsed) == (204, b"", None)


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_upload_of_a_file(harness: ModuleType, way: str) -> None:
    """The bytes of an open file arrive with their length, from either client."""
    client, sent = connect(harness, httpx.Response(204))
    file = harness.types.File(io.BytesIO(b"\x1f\x8b\0archive"))
    module = find_modules(harness)["upload_module_archive"]
    name = 'attachment; filename="vpc.tar.gz"'
    call(module, way, client, "vpc", "aws", "1.0.0", body=file, content_disposition=name)
    [request] = sent
    assert request.url.path == "/iacm/api/modules/vpc/aws/1.0.0/upload"
    assert request.content == b"\x1f\x8b\0archive"
    assert request.headers["Content-Length"] == "10"
    assert request.headers["Content-Disposition"] == name
    assert request.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("text", ["<html>", '{"message": "of another shape"}', "[]", "\xff"])
def test_error_of_another_shape_is_told(harness: ModuleType, text: str, way: str) -> None:
    """An error that is none of the API's is raised, when asked for, and never hides the status."""
    client, _ = connect(harness, httpx.Response(502, content=text.encode("latin-1")))
    client.raise_on_unexpected_status = True
    with pytest.raises(harness.errors.UnexpectedStatus) as caught:
        call(find_modules(harness)["list_modules"], way, client)
    assert (caught.value.status_code, caught.value.content) == (502, text.encode("latin-1"))


@pytest.mark.parametrize("package", [CLIENT, GOLDEN], ids=["harness_nextgen", "shelf"])
def test_no_object_was_printed_into_the_code(package: Path) -> None:
    """No template wrote Python's own name for an object where a text of the document belongs."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    assert len(texts) > 20
    assert [path for path, text in texts.items() if "object at 0x" in text] == []
