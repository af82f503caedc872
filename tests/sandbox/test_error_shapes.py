"""Faults come in every shape that Harness is known to send, and the client reads each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from harness_nextgen import errors

from harness_nextgen_sandbox import Fault
from harness_nextgen_sandbox.error_shapes import SHAPES
from harness_nextgen_sandbox.schemas import find_fault
from tests.client.described import SPEC, follow
from tests.sandbox.running import Asking, run_sandbox

GOA = "application/vnd.goa.error"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
PATHS = {"/iacm/api/modules/{module_id}": "modules.get", "/v1/orgs/{org}": "organizations.get"}
MESSAGE = "a fault that was asked for: not found"
FIELD = (errors.FieldError("identifier", MESSAGE),)
PERMISSION = (errors.FieldError("iac_registry_edit", "IAC_REGISTRY"),)


class Expected(NamedTuple):
    """What a shape is under 404, and what the client makes of it."""

    media_type: str
    members: str = ""
    code: str | None = None
    id: str | None = None
    """The member that has the id."""
    fields: tuple[errors.FieldError, ...] = ()
    message: str = MESSAGE


UNNAMED = "id message temporary timeout fault"
HEAD = "status code message correlationId"
ERROR = f"{HEAD} detailedMessage responseMessages metadata"
EXPECTED = {
    "iacm": Expected(GOA, f"name {UNNAMED}", "not_found", "id"),
    "policy": Expected(GOA, f"name {UNNAMED} policy_evaluation", "not_found", "id"),
    "identifier": Expected(GOA, f"name {UNNAMED} identifier", "not_found", "id"),
    "unnamed": Expected(GOA, UNNAMED, None, "id"),
    "failure": Expected(JSON, f"{HEAD} errors", "ENTITY_NOT_FOUND", "correlationId", FIELD),
    "error": Expected(JSON, ERROR, "ENTITY_NOT_FOUND", "correlationId"),
    "messages": Expected(JSON, "responseMessages", "ENTITY_NOT_FOUND"),
    "denied": Expected(
        JSON, f"{ERROR} failedPermissionChecks", "NG_ACCESS_DENIED", "correlationId", PERMISSION
    ),
    "platform": Expected(
        JSON, "message code errors error_metadata", "ENTITY_NOT_FOUND", None, FIELD
    ),
    "gateway": Expected(JSON, "code error message details", "5"),
    "text": Expected(TEXT),
    "html": Expected(HTML, message=f"404 Not Found 404 Not Found {MESSAGE}"),
}
OTHERS = {"unnamed": "name", "gateway": "code"}
"""Shapes of other services, and the member that keeps them from fitting the spec."""


@pytest.mark.parametrize("method", PATHS.values())
@pytest.mark.parametrize("shape", SHAPES)
def test_client_reads_a_shape(ask: Asking, method: str, shape: str) -> None:
    """Either API answers in a shape, and the error has what can be known."""
    expected = EXPECTED[shape]
    with pytest.raises(errors.NotFoundError) as caught:
        ask(method, "x", headers={"X-Sandbox-Fault": f"404:{shape}"})
    error = caught.value
    assert error.response is not None
    assert error.response.headers["content-type"] == expected.media_type
    body = error.details.body
    assert set(body if expected.members else []) == set(expected.members.split())
    assert error.details.message == expected.message
    assert (error.code, error.fields) == (expected.code, expected.fields)
    if expected.id:
        assert len(body[expected.id]) == 8
    assert error.id == (body[expected.id] if expected.id else None)


def test_all_shapes_are_expected() -> None:
    """No shape is left out here, and none is gone."""
    assert set(SHAPES) == set(EXPECTED)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.ForbiddenError), (429, errors.RateLimitedError), (502, errors.ServerError),
        (418, errors.StatusError), (599, errors.ServerError),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["gateway", "text", "html"])
def test_statuses(ask: Asking, status: int, kind: type[Exception], shape: str) -> None:
    """A shape comes under any status, after how often it comes."""
    with pytest.raises(kind) as caught:
        ask("modules.get", "x", headers={"X-Sandbox-Fault": f"{status}:1:{shape}"})
    assert type(caught.value) is kind
    assert ask("modules.list", headers={"X-Sandbox-Fault": f"{status}:0:{shape}"}) == []


def resolve(schema: Any) -> Any:
    """Return a schema with its references followed."""
    if isinstance(schema, dict):
        return {name: resolve(value) for name, value in follow(schema).items()}
    return [resolve(one) for one in schema] if isinstance(schema, list) else schema


def list_descriptions(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give each status of an error that the spec has for a path, with its content."""
    for status, response in SPEC["paths"][path]["get"]["responses"].items():
        if not status.startswith("2"):
            yield 503 if status == "default" else int(status), follow(response)["content"]


@pytest.mark.parametrize("path", PATHS)
def test_shapes_fit_the_spec(http: httpx.Client, path: str) -> None:
    """What the spec describes for a status fits it, but for two shapes of other services."""
    checked = set()
    for status, content in list_descriptions(path):
        schemas = {name: resolve(media_type["schema"]) for name, media_type in content.items()}
        for shape in SHAPES:
            answer = http.get(path, headers={"X-Sandbox-Fault": f"{status}:{shape}"})
            assert answer.status_code == status
            media_type = answer.headers["content-type"].partition(";")[0]
            if media_type in schemas:
                is_text = media_type.startswith("text/")
                body = answer.text if is_text else answer.json()
                fault = find_fault(schemas[media_type], body)
                assert (fault and fault[0]) == OTHERS.get(shape), (status, shape, fault)
                checked.add(shape)
    goa = {shape for shape, expected in EXPECTED.items() if expected.media_type == GOA}
    assert checked == (set(SHAPES) if path.startswith("/iacm/") else set(SHAPES) - goa)


def test_every_member_is_filled(http: httpx.Client) -> None:
    """Each member that the spec gives an error has a value in some shape."""
    headers = [{"X-Sandbox-Fault": f"400:{shape}"} for shape in SHAPES]
    answers = [http.get("/v1/orgs", headers=one) for one in headers]
    bodies = [one.json() for one in answers if "json" in one.headers["content-type"]]
    goa = [one.json() for one in answers if one.headers["content-type"] == GOA]
    found = {
        "IacmError": goa,
        "PlatformError": bodies,
        "PlatformFieldError": [one for body in bodies for one in body.get("errors", [])],
        "PlatformErrorMessage": [
            one for body in bodies for one in body.get("responseMessages", [])
        ],
    }
    for schema, objects in found.items():
        filled = {name for one in objects for name, value in one.items() if value not in (None, "")}
        assert set(SPEC["components"]["schemas"][schema]["properties"]) <= filled


def test_pages_and_texts(http: httpx.Client) -> None:
    """A page is one of HTML, and a text no JSON."""
    page = http.get("/v1/orgs", headers={"X-Sandbox-Fault": "502:html"}).text
    assert "<title>502 Bad Gateway</title>" in page
    text = http.get("/v1/orgs", headers={"X-Sandbox-Fault": "418:text"}).text
    assert text == "a fault that was asked for: i'm a teapot"
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_same_seed_same_bodies() -> None:
    """With a seed, bodies are the same in every run, ids included."""

    def read_all() -> list[bytes]:
        with run_sandbox(seed=7) as running, httpx.Client(base_url=running.url) as client:
            headers = [{"X-Sandbox-Fault": f"503:{shape}"} for shape in SHAPES]
            return [client.get("/v1/orgs", headers=one).content for one in headers]

    assert read_all() == read_all()


@pytest.mark.parametrize("fault", ["503:pdf", "503:0.1:HTML", "503:html page"])
def test_unknown_shapes(http: httpx.Client, fault: str) -> None:
    """A shape that does not exist is a 400 that lists those that do."""
    answer = http.get("/v1/orgs", headers={"X-Sandbox-Fault": fault})
    assert answer.status_code == 400
    wrong = repr(fault.rpartition(":")[2])
    message = f"{wrong} is no shape of an error: choose from {', '.join(SHAPES)}"
    assert answer.json()["message"] == message
    with pytest.raises(ValueError, match=f"{wrong} is no shape"):
        Fault(503, shape=wrong.strip("'"))
