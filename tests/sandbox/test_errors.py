"""Errors come in Harness's shapes, with its media types, and say what is wrong."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from harness_nextgen import Harness, errors, models

from tests.client.calling import find_function, require
from tests.client.described import Described, list_operations
from tests.sandbox.running import Asking, Running, run_sandbox
from tests.sandbox.shapes import check_shape

MODULES = "/iacm/api/modules"
REGISTRY = "/iacm/registry/account"


@pytest.mark.parametrize("path", [MODULES, "/v1/orgs"])
@pytest.mark.parametrize("key", [None, "", "wrong", "pat.", "pat.a", "pat.some.revoked.x", "é.b.c"])
def test_wrong_key(sandbox: Running, path: str, key: str | None) -> None:
    """A key that is missing, malformed or revoked is a 401."""
    headers = {"Harness-Account": "a"} | ({} if key is None else {"x-api-key": key})
    raw = {name: value.encode() for name, value in headers.items()}
    answer = httpx.get(sandbox.url + path, headers=raw)
    assert answer.status_code == 401
    check_shape(answer)


@pytest.mark.parametrize(
    ("method", "path", "header", "status"),
    [
        ("GET", MODULES, {"x-api-key": "pat.mine.a"}, 200),
        ("GET", "/v1/orgs", {"x-api-key": "pat.mine.a"}, 200),
        ("POST", "/sandbox/modules/x/lock", {"x-api-key": "pat.mine.a"}, 404),
        ("GET", f"{REGISTRY}/mine/a/aws/versions", {"Authorization": "Bearer pat.mine.a"}, 404),
    ],
)
def test_key_of_another_account(
    sandbox: Running, method: str, path: str, header: dict[str, str], status: int
) -> None:
    """A key opens its own account and no other."""
    for account, expected in (("yours", 401), ("mine", status)):
        headers = header | {"Harness-Account": account}
        answer = httpx.request(method, sandbox.url + path, headers=headers)
        assert answer.status_code == expected
        if expected != 200:
            check_shape(answer)


def test_readonly_key(http: httpx.Client, account: str) -> None:
    """A read-only key may list but not create, and nothing is created."""
    http.headers["x-api-key"] = f"sat.{account}.readonly.x"
    for path, body in ((MODULES, {"name": "a", "system": "aws"}), ("/v1/orgs", {})):
        refused = http.post(path, json=body)
        assert refused.status_code == 403
        check_shape(refused)
        assert http.get(path).json() == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"), ("page=x", "page"), ("page=", "page"), (f"page={2**63}", "page"),
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=1.0", "limit"),
        ("sort=name", "sort"), ("sort=", "sort"), ("page=%ff", "page"),
        (f"page={'9' * 5000}", "page"),
    ],
)  # fmt: skip
def test_bad_query(http: httpx.Client, query: str, name: str) -> None:
    """A 400 names the parameter."""
    answer = http.get(f"{MODULES}?{query}")
    assert answer.status_code == 400
    assert repr(name) in check_shape(answer)["message"]


def test_account_header_is_required(http: httpx.Client) -> None:
    """The Module Registry wants the account in a header, organizations do not."""
    del http.headers["Harness-Account"]
    answer = http.get(MODULES)
    assert answer.status_code == 400
    assert "'Harness-Account'" in check_shape(answer)["message"]
    assert http.get("/v1/orgs").status_code == 200


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"name": "a"}, "system"), ({"name": "", "system": "aws"}, "name"),
        ({"name": "a", "system": "AWS"}, "system"), ({"name": "a", "system": "aws\n"}, "system"),
        ({"name": 3, "system": "aws"}, "name"),
        ({"name": "a", "system": "aws", "org": "x" * 1025}, "org"),
        ({"name": "a", "system": "aws", "onboarding_pipeline_sync": "yes"}, "sync"),
    ],
)  # fmt: skip
def test_bad_member(http: httpx.Client, body: object, name: str) -> None:
    """A 400 names the member of the body."""
    answer = http.post(MODULES, json=body)
    assert answer.status_code == 400
    assert name in check_shape(answer)["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"null", b"[]", b"\xff", b'"\xed\xa0\x80"', b"[" * 100_000,
        b'{"name": "\\ud800", "system": "aws"}', b'{"name": NaN, "system": "aws"}',
        b"1" * 5000, b'{"name": "a", "system": "aws", "x": 1e999}',
    ],
)  # fmt: skip
def test_bad_json(http: httpx.Client, body: bytes) -> None:
    """What is no JSON in UTF-8 is a 400."""
    answer = http.post(MODULES, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    said = check_shape(answer)["message"]
    assert ("the body is empty" in said) == (not body.strip())


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (MODULES, "application/yaml"), (MODULES, "text/plain"), ("/v1/orgs", "text/yaml"),
        (f"{MODULES}/a/aws/1/readme", "application/json"), ("/v1/orgs", "*/*"), ("/v1/orgs", "x"),
    ],
)  # fmt: skip
def test_other_media_types(http: httpx.Client, path: str, media_type: str) -> None:
    """A media type that the operation does not take is a 415."""
    answer = http.post(path, content=b"{}", headers={"Content-Type": media_type})
    assert answer.status_code == 415
    check_shape(answer)


@pytest.mark.parametrize(
    "media_type",
    ["APPLICATION/JSON", "application/json ; charset=utf-8", "application/json;charset=no-such"],
)
def test_media_types_have_no_case(http: httpx.Client, media_type: str) -> None:
    """A media type is known in any case and with any parameters."""
    body = json.dumps({"name": "a", "system": "aws"}).encode()
    answer = http.post(MODULES, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""), ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\ncontent\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"nothing"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="../../a"\r\n\r\n\r\n--x--\r\n',
        ),
    ],
)  # fmt: skip
def test_bad_forms(http: httpx.Client, content_type: str, body: bytes) -> None:
    """A form that is none, or that leaves its folder, is a 400."""
    http.post(MODULES, json={"name": "a", "system": "aws"})
    path = f"{MODULES}/a/aws/1/examples?path=examples/a"
    answer = http.post(path, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    check_shape(answer)
    assert http.get(MODULES).json()[0]["versions"] == []


@pytest.mark.parametrize(
    "path",
    ["/iacm/api/nothing", "/v1/nothing", "/nothing", f"{MODULES}//sync", f"{MODULES}/", "/v1/a/"],
)
def test_unknown_path(http: httpx.Client, path: str) -> None:
    """What the spec does not have is a 404."""
    answer = http.get(path)
    assert answer.status_code == 404
    assert check_shape(answer)["message"] == f"nothing is at {path}"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", MODULES, "GET, POST"), ("OPTIONS", f"{MODULES}/some", "DELETE, GET, PUT"),
        # These fit {module_id} as well, but a path without names in braces comes first.
        ("DELETE", f"{MODULES}/connectors", "GET"), ("PUT", f"{MODULES}/providers", "GET"),
        ("GET", "/sandbox/modules/some/lock", "DELETE, POST"), ("POST", "/", "GET"),
        ("PUT", "/.well-known/terraform.json", "GET"),
    ],
)  # fmt: skip
def test_other_methods(http: httpx.Client, method: str, path: str, allowed: str) -> None:
    """A method that a path does not have is a 405 that names those it has."""
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert check_shape(answer)["message"] == f"{method} is not allowed here"


def test_slashes_inside_a_segment(http: httpx.Client) -> None:
    """A quoted slash belongs to the value that it is in."""
    http.post(MODULES, json={"name": "a/b", "system": "aws"})
    sent = http.post(
        f"{MODULES}/a%2Fb/aws/1.0.0/readme",
        content=b"text",
        headers={"Content-Type": "text/markdown"},
    )
    assert sent.status_code == 201
    [module] = http.get(f"{MODULES}?searchTerm=a%2Fb").json()
    assert module["versions"] == ["1.0.0"]
    assert "'x/y'" in http.get(f"{MODULES}/x%2Fy").json()["message"]


WRITES = [
    one
    for one in list_operations()
    if one.method != "GET" and ("{module_id}" in one.path or "{name}" in one.path)
]


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.id)
def test_locked_module(
    sandbox: Running, http: httpx.Client, account: str, operation: Described
) -> None:
    """Every write to a locked module is a 423; reads are answered."""
    with Harness(f"pat.{account}.a.b", account, sandbox.url, max_retries=0) as harness:
        made = harness.modules.create(models.CreateModuleRequest(name="vpc", system="aws"))
        assert http.post(f"/sandbox/modules/{made.id}/lock").status_code == 204
        before = harness.modules.get(made.id)
        write = find_function(harness, operation, "method", "sync")
        named = {"module_id": made.id, "name": "vpc", "system": "aws", "path": "examples/a"}
        arguments = {name: named.get(name, value) for name, value in require(write).items()}
        if operation.id == "update_module":
            arguments["body"].system = "aws"
        with pytest.raises(errors.LockedError, match="'vpc' is locked"):
            write(**arguments)
        assert harness.modules.get(made.id) == before


def test_lock_is_set_and_taken_away(ask: Asking, http: httpx.Client) -> None:
    """A lock is set by a key of the account that may write, and gone after its deletion."""
    made = ask("modules.create", models.CreateModuleRequest(name="vpc", system="aws"))
    lock = f"/sandbox/modules/{made.id}/lock"
    for key, account, status in (
        ("wrong", ask.account, 401),
        (f"pat.{ask.account}.readonly.x", ask.account, 403),
        ("pat.b.c", "b", 404),
    ):
        headers = {"x-api-key": key, "Harness-Account": account}
        assert http.post(lock, headers=headers).status_code == status
    ask("modules.sync", made.id)
    assert http.post(lock).status_code == 204
    with pytest.raises(errors.LockedError):
        ask("modules.delete", made.id)
    assert http.delete(lock).status_code == 204
    ask("modules.delete", made.id)
    assert http.post(lock).status_code == 404


def test_rate_limit() -> None:
    """A key that sends too much gets a 429 without Retry-After; others are not concerned."""
    with run_sandbox(rate_limit=3) as running:
        headers = {"x-api-key": "pat.a.b.c", "Harness-Account": "a"}
        answers = [httpx.get(running.url + MODULES, headers=headers) for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        assert "retry-after" not in answers[-1].headers
        assert check_shape(answers[-1])["temporary"] is True
        other = httpx.get(running.url + MODULES, headers={**headers, "x-api-key": "pat.a.b.d"})
        assert other.status_code == 200


def test_fault_on_request(http: httpx.Client) -> None:
    """A header asks for a fault or for a wait, and nothing is carried out."""
    body = {"name": "a", "system": "aws"}
    answer = http.post(MODULES, json=body, headers={"X-Sandbox-Fault": "503"})
    assert answer.status_code == 503
    assert check_shape(answer)["name"] == "service_unavailable"
    assert http.get(MODULES).json() == []
    assert http.get(MODULES, headers={"X-Sandbox-Latency": "1ms"}).status_code == 200
    assert http.get(MODULES, headers={"X-Sandbox-Fault": "200"}).status_code == 400


FAULTS = {
    400: ("bad_request", "INVALID_ARGUMENT"), 401: ("unauthorized", "UNAUTHORIZED"),
    403: ("forbidden", "ACCESS_DENIED"), 404: ("not_found", "ENTITY_NOT_FOUND"),
    408: ("timeout", "REQUEST_TIMEOUT"), 409: ("conflict", "DUPLICATE_FIELD"),
    415: ("unsupported_media_type", "UNSUPPORTED_MEDIA_TYPE"), 423: ("locked", "LOCKED"),
    429: ("too_many_requests", "TOO_MANY_REQUESTS"), 499: ("context_cancelled", "STATUS_499"),
    500: ("internal_server_error", "INTERNAL_SERVER_ERROR"), 502: ("bad_gateway", "BAD_GATEWAY"),
    503: ("service_unavailable", "SERVICE_UNAVAILABLE"),
    504: ("gateway_timeout", "GATEWAY_TIMEOUT"), 599: ("status_599", "STATUS_599"),
}  # fmt: skip


@pytest.mark.parametrize("status", FAULTS)
def test_errors_say_what_they_are(http: httpx.Client, status: int) -> None:
    """Each status has its name and code, and says whether a later try may succeed."""
    fault = {"X-Sandbox-Fault": str(status)}
    answers = [http.get(path, headers=fault) for path in (MODULES, "/v1/orgs")]
    assert [one.status_code for one in answers] == [status, status]
    goa, platform = [check_shape(one) for one in answers]
    assert (goa["name"], platform["code"]) == FAULTS[status]
    assert goa["temporary"] is (status in (408, 429, 502, 503, 504))
    assert goa["timeout"] is (status in (408, 504))
    assert "errors" not in platform
    assert len({goa["id"], platform["correlationId"]}) == 2


def test_faults_are_for_the_api_alone(http: httpx.Client) -> None:
    """The sandbox's own routes have no faults; what is no fault or no wait is a 400."""
    fault = {"X-Sandbox-Fault": "503"}
    for path in ("/openapi.json", "/.well-known/terraform.json"):
        assert http.get(path, headers=fault).status_code == 200
    for headers in ({"X-Sandbox-Latency": "1"}, {"X-Sandbox-Fault": "503:2"}):
        answer = http.get(MODULES, headers=headers)
        assert answer.status_code == 400
        assert next(iter(headers.values())) in check_shape(answer)["message"]


@pytest.mark.parametrize(("latency", "held_back", "other"), [(1, None, "0ms"), (0, "1s", None)])
def test_answers_are_held_back(latency: float, held_back: str | None, other: str | None) -> None:
    """An answer that is held back, by an option or a header, comes after a later request's."""
    answered: list[str | None] = []

    async def ask(client: httpx.AsyncClient, wanted: str | None) -> None:
        headers = {"x-api-key": "pat.a.b.c", "Harness-Account": "a"}
        wait = {} if wanted is None else {"X-Sandbox-Latency": wanted}
        assert (await client.get(MODULES, headers={**headers, **wait})).status_code == 200
        answered.append(wanted)

    async def ask_both(url: str) -> None:
        async with httpx.AsyncClient(base_url=url) as client:
            await asyncio.gather(ask(client, held_back), ask(client, other))

    with run_sandbox(latency=latency) as running:
        asyncio.run(ask_both(running.url))
    assert answered == [other, held_back]


@pytest.mark.parametrize("shape", [None, "html"])
def test_faults_by_chance(shape: str | None) -> None:
    """Some requests get a fault, always the same ones with a seed, and the client tries again."""

    def statuses() -> list[int]:
        from harness_nextgen_sandbox import Fault

        with run_sandbox(seed=1, faults=(Fault(503, 0.4, shape),)) as running:
            headers = {"x-api-key": "pat.a.b.c", "Harness-Account": "a"}
            with httpx.Client(base_url=running.url, headers=headers) as client:
                return [client.get(MODULES).status_code for _ in range(30)]

    first = statuses()
    assert set(first) == {200, 503}
    assert statuses() == first
