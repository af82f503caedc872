"""Sparse answers have the members that the spec requires, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx
import pytest
import yaml
from harness_nextgen import errors, models
from harness_nextgen.types import UNSET

from harness_nextgen_sandbox import Sandbox
from harness_nextgen_sandbox.sparse import keep_required
from tests.client.described import Described, follow, list_operations
from tests.sandbox.running import KEY, Asking, run_command, run_sandbox
from tests.sandbox.shapes import check_shape
from tests.sandbox.test_every_operation import ARCHIVE, Story, tell_all

MODULES = "/iacm/api/modules"
SPARSE = "X-Sandbox-Sparse"
REQUIRED = {"account", "id", "name", "system", "created", "updated"}
"""Of a module."""
WORLD: dict[str, Any] = {"seed": 0, "clock": datetime(2026, 1, 31, 12, tzinfo=UTC)}
"""Two sandboxes with these have the same ids, times and tokens."""


def read_schema(operation: Described) -> dict[str, Any] | None:
    """Return the schema of an operation's answer in JSON; None where it has none."""
    _, response = operation.success
    schema: dict[str, Any] | None = (
        response.get("content", {}).get("application/json", {}).get("schema")
    )
    return schema


IN_JSON = {
    f"{one.value['x-resource']}.{one.value['x-method']}": schema
    for one in list_operations()
    if (schema := read_schema(one))
}
"""By method of the client: the schema of its answer."""


def check_sparse(sparse: Any, whole: Any, schema: dict[str, Any]) -> None:
    """Check that a sparse answer is what a schema requires of the whole one."""
    schema = follow(schema)
    assert "allOf" not in schema
    if "properties" in schema:
        assert set(sparse) == set(schema.get("required", []))
        for name, member in sparse.items():
            check_sparse(member, whole[name], schema["properties"][name])
    elif schema.get("type") == "array":
        for one, other in zip(sparse, whole, strict=True):
            check_sparse(one, other, schema["items"])
    else:
        assert sparse == whole


def write_out(value: Any) -> Any:
    """Write models as what they were read from, and read their properties on the way."""
    if isinstance(value, list):
        return [write_out(item) for item in value]
    if not attrs.has(type(value)):
        return value
    for name in vars(type(value)):
        if not name.startswith("_"):
            getattr(value, name)
    return value.to_dict()


class Twice(Story):
    """Tells a story to two sandboxes, and compares what the sparse one of them answers."""

    def __init__(self, whole: Asking, sparse: Asking) -> None:
        super().__init__(whole, "raw")
        self.compared: set[str] = set()
        self._whole = whole
        self._sparse = sparse

    def tell(self, name: str, status: int, *arguments: Any, **named: Any) -> Any:
        """Call a method of both; return what the whole answer is decoded to."""
        resource, _, method = name.rpartition(".")
        same = deepcopy((arguments, named))  # a file can be read once
        raw = f"{resource}.with_raw_response.{method}"
        whole = self._whole(raw, *arguments, **named)
        sparse = self._sparse(raw, *same[0], **same[1])
        assert (whole.status_code, sparse.status_code) == (status, status)
        if schema := IN_JSON.get(name):
            found = json.loads(sparse.content)
            check_sparse(found, json.loads(whole.content), schema)
            assert write_out(sparse.parse()) == found
            self.compared.add(name)
        else:
            assert sparse.content == whole.content
        answer = whole.parse()
        return answer.encode() if isinstance(answer, str) else answer

    def is_gone(self, name: str, *arguments: Any) -> None:
        """Call a method of both on what was deleted: an error is whole."""
        said: list[Any] = []
        for ask in (self._whole, self._sparse):
            with pytest.raises(errors.NotFoundError) as caught:
                ask(name, *arguments)
            said.append(caught.value.response.json())
        assert said[0] == said[1]


@contextmanager
def tell_twice(mode: str) -> Iterator[Twice]:
    """Run the two sandboxes that a story is told to."""
    with ExitStack() as stack:
        askings: list[Asking] = []
        for sparse in (False, True):
            running = stack.enter_context(run_sandbox(**WORLD, sparse=sparse))
            askings.append(Asking(running.url, "team", mode))
            stack.callback(askings[-1].close)
        yield Twice(*askings)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_every_answer_in_json(mode: str) -> None:
    """Each operation that answers JSON does so with what is required, at every level.

    The client reads all of it, and what it reads writes out as it came.
    """
    with tell_twice(mode) as story:
        tell_all(story)
        assert story.compared == set(IN_JSON)


@pytest.mark.harness_sandbox(seed=5, sparse=True)
def test_marker(harness_sandbox: Sandbox) -> None:
    """The option reaches a test's sandbox; pages are walked, and what is not sent is UNSET."""
    with harness_sandbox.client() as harness:
        modules = list(harness.modules.list(limit=2))
        assert [set(one.to_dict()) for one in modules] == [REQUIRED] * 5
        assert {one.versions for one in modules} == {UNSET}
        org = models.Organization(identifier="new", name="New")
        harness.organizations.create(models.CreateOrganizationRequest(org=org))
        found = harness.organizations.get("new")
        assert (found.to_dict(), found.org, found.created_at) == ({}, UNSET, None)


def test_command() -> None:
    """The option of the command."""
    with run_command("--seed", "1", "--sparse") as (url, _):
        headers = {"x-api-key": KEY, "Harness-Account": "sandbox"}
        [module] = httpx.get(url + MODULES, headers=headers).json()
        assert set(module) == REQUIRED


@pytest.mark.parametrize(
    ("option", "header", "sparse"),
    [
        (False, None, False), (False, "false", False), (False, "true", True),
        (True, None, True), (True, "false", False), (True, "true", True),
    ],
)  # fmt: skip
def test_header(option: bool, header: str | None, sparse: bool) -> None:
    """Answers are whole unless the option says otherwise; a header is for one request."""
    with run_sandbox(sparse=option) as running:
        headers = {"x-api-key": "pat.a.b", "Harness-Account": "a"}
        with httpx.Client(base_url=running.url, headers=headers) as http:
            wanted = {} if header is None else {SPARSE: header}
            made = http.post(MODULES, json={"name": "vpc", "system": "aws"}, headers=wanted).json()
            assert (set(made) == REQUIRED) is sparse
            assert set(made) >= REQUIRED
            [listed] = http.get(MODULES).json()
            assert (set(listed) == REQUIRED) is option


@pytest.mark.parametrize("path", [MODULES, "/v1/orgs", "/ui/"])
@pytest.mark.parametrize("value", ["yes", "1", "True", "", "true, true"])
def test_bad_header(http: httpx.Client, path: str, value: str) -> None:
    """Another value is a 400 that says so in one line."""
    answer = http.get(path, headers={SPARSE: value})
    assert answer.status_code == 400
    message = f"{value!r} is no value of X-Sandbox-Sparse: write true or false"
    assert check_shape(answer)["message"] == message


def test_yaml(http: httpx.Client) -> None:
    """An answer in YAML is as sparse as one in JSON; nothing of an organization is required."""
    org = {"org": {"identifier": "new", "name": "New"}}
    http.post("/v1/orgs", json=org)
    members = {"created", "harness_managed", "org", "updated"}
    for sparse, expected in (("true", set()), ("false", members)):
        headers = {"Accept": "application/yaml", SPARSE: sparse}
        answer = http.get("/v1/orgs", headers=headers)
        assert answer.headers["content-type"] == "application/yaml"
        [found] = yaml.safe_load(answer.content)
        assert set(found) == expected


def test_registry_download(http: httpx.Client) -> None:
    """The location is in the header, where Terraform looks, and not in a sparse body."""
    http.post(MODULES, json={"name": "vpc", "system": "aws"})
    [module] = http.get(MODULES).json()
    zipped = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="a.zip"',
    }
    http.post(f"{MODULES}/vpc/aws/1.0.0/upload", content=ARCHIVE, headers=zipped)
    path = f"/iacm/registry/account/{module['namespace']}/vpc/aws/1.0.0/download"
    answer = http.get(path, headers={SPARSE: "true"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert http.get(answer.headers["x-terraform-get"]).content == ARCHIVE


@pytest.mark.parametrize("path", [f"{MODULES}/absent", "/v1/orgs/absent"])
def test_errors_are_whole(http: httpx.Client, path: str) -> None:
    """An error has all its members, though the spec requires none of the platform's."""
    bodies = [check_shape(http.get(path, headers={SPARSE: one})) for one in ("true", "false")]
    assert set(bodies[0]) == set(bodies[1])


TEXT = {"type": "string"}
PAIR = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
OTHER = {"type": "object", "properties": {"c": TEXT, "d": TEXT}, "required": ["c"]}
ALL = {"a": "1", "b": "2", "c": "3", "d": "4"}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (PAIR, ALL, {"a": "1"}),
        (PAIR, None, None),
        (PAIR | {"additionalProperties": TEXT}, ALL, {"a": "1"}),
        (PAIR | {"required": ["a", "d"]}, ALL, {"a": "1", "d": "4"}),
        ({"allOf": [PAIR, {"allOf": [OTHER]}]}, ALL, {"a": "1", "c": "3"}),
        ({**OTHER, "allOf": [PAIR]}, ALL, {"a": "1", "c": "3"}),
        ({"allOf": [PAIR, {"required": ["b"]}]}, ALL, {"a": "1", "b": "2"}),
        (
            {
                "allOf": [
                    {"properties": {"x": PAIR}, "required": ["x"]},
                    {"properties": {"x": OTHER}},
                ]
            },
            {"x": ALL},
            {"x": {"a": "1", "c": "3"}},
        ),
        ({"type": "array", "items": {"type": "array", "items": PAIR}}, [[ALL]], [[{"a": "1"}]]),
        ({"type": "object", "additionalProperties": PAIR}, {"k": ALL}, {"k": {"a": "1"}}),
        ({"type": "object", "additionalProperties": True}, {"k": ALL}, {"k": ALL}),
        ({"type": "object", "properties": {}}, {"k": ALL}, {"k": ALL}),
        ({"anyOf": [PAIR, OTHER]}, ALL, ALL),
        (PAIR | {"oneOf": [{"required": ["b"]}, {"required": ["c"]}]}, ALL, ALL),
        ({}, [ALL], [ALL]),
    ],
)
def test_schemas(schema: dict[str, Any], value: Any, expected: Any) -> None:
    """What is kept by schemas of all kinds, those that the spec has none of too."""
    assert keep_required(value, schema) == expected
