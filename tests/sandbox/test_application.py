"""The application and its store as a test of somebody else uses them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness_nextgen_sandbox import Options, Store, bodies, open_app, open_store
from harness_nextgen_sandbox.store import StoreError
from tests.sandbox.conftest import NewStore

MODULES = "/iacm/api/modules"
HEADERS = {"x-api-key": "pat.a.b.c", "Harness-Account": "a"}
BODY = {"name": "vpc", "system": "aws"}


def send(
    app: Any, method: str, path: str, media_type: str | None = "application/json", **more: Any
) -> httpx.Response:
    """Send one request to an application, without a server."""
    headers = {**HEADERS, "Content-Type": media_type} if media_type else HEADERS

    async def send_one() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, headers=headers, **more)

    return asyncio.run(send_one())


def test_applications_share_nothing(new_store: NewStore) -> None:
    """Each application has the state of its store alone, which ends with it."""
    first, second = open_app(new_store()), open_app(new_store())
    assert send(first, "POST", MODULES, json=BODY).status_code == 200
    assert len(send(first, "GET", MODULES).json()) == 1
    assert send(second, "GET", MODULES).json() == []


def test_a_store_is_opened_again(tmp_path: Path) -> None:
    """A store in a file belongs to one at a time, and has what the last one left."""
    file = tmp_path / "x.db"
    store = open_store(file)
    send(open_app(store), "POST", MODULES, json=BODY)
    with pytest.raises(StoreError, match="does another sandbox use it"):
        open_store(file)
    store.close()
    store = open_store(file, clock=datetime(2026, 1, 1, tzinfo=UTC))
    [module] = send(open_app(store), "GET", MODULES).json()
    assert module["name"] == "vpc"
    made = send(open_app(store), "POST", MODULES, json={**BODY, "name": "b"}).json()
    assert made["created"] == 1767225600000
    store.close()


def test_lifespan(new_store: NewStore) -> None:
    """The application starts and stops with whoever serves it."""
    sent: list[str] = []

    async def live() -> None:
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, Any]:
            return {"type": next(messages)}

        async def keep(message: Any) -> None:
            sent.append(message["type"])

        await open_app(new_store())({"type": "lifespan"}, receive, keep)

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize("path", [MODULES, "/v1/orgs"])
def test_a_failure_is_told(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of the sandbox itself is a 500 that says so, and its log has the traceback."""
    store = open_store()
    store.close()
    answer = send(open_app(store), "GET", path)
    assert answer.status_code == 500
    assert "the sandbox failed, please report it: ProgrammingError: " in answer.json()["message"]
    [record] = caplog.records
    assert record.name == "harness_nextgen_sandbox"
    assert record.exc_info


def spoil(store: Store) -> None:
    """Write something into the database that no request could have written."""
    with store.transaction() as db:
        db.execute("UPDATE modules SET fields = json_set(fields, '$.description', 7)")


@pytest.mark.parametrize(("checked", "status"), [(True, 500), (False, 200)])
def test_answers_are_checked_where_asked(new_store: NewStore, checked: bool, status: int) -> None:
    """With ``validate_responses`` an answer that does not fit the spec becomes a 500."""
    store = new_store()
    app = open_app(store, Options(validate_responses=True) if checked else None)
    send(app, "POST", MODULES, json=BODY)
    spoil(store)
    answer = send(app, "GET", MODULES)
    assert answer.status_code == status
    if checked:
        assert "the answer does not fit the spec: 0.description: 7 is" in answer.json()["message"]


def test_a_body_may_have_so_many_bytes(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that is larger is a 413, and nothing of it is kept."""
    monkeypatch.setattr(bodies, "MAXIMUM_BYTES", 1000)
    app = open_app(new_store())
    send(app, "POST", MODULES, json=BODY)
    for size, status in ((1001, 413), (1000, 201)):
        path = f"{MODULES}/vpc/aws/{size}/readme"
        answer = send(app, "POST", path, content=b"x" * size, media_type="text/markdown")
        assert answer.status_code == status
    assert send(app, "GET", MODULES).json()[0]["versions"] == ["1000"]


def test_an_upload_may_be_empty(new_store: NewStore) -> None:
    """A file of no bytes is a file; without a media type there is no file at all."""
    app = open_app(new_store())
    made = send(app, "POST", MODULES, json=BODY).json()
    path = f"{MODULES}/vpc/aws/1.0.0/readme"
    assert send(app, "POST", path, media_type=None).status_code == 400
    assert send(app, "POST", path, media_type="text/markdown").status_code == 201
    readme = send(app, "GET", f"{MODULES}/{made['id']}/readme?version=1.0.0")
    assert (readme.status_code, readme.content) == (200, b"")


def test_a_client_that_goes_away_changes_nothing(new_store: NewStore) -> None:
    """A body that does not come to its end is not carried out."""
    app = open_app(new_store())
    statuses: list[int] = []

    async def post() -> None:
        messages = iter(
            [
                {"type": "http.request", "body": b'{"name": "a",', "more_body": True},
                {"type": "http.disconnect"},
            ]
        )

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def keep(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        headers = {**HEADERS, "Content-Type": "application/json"}.items()
        scope = {
            "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": MODULES, "raw_path": MODULES.encode(), "query_string": b"", "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }  # fmt: skip
        await app(scope, receive, keep)

    asyncio.run(post())
    assert statuses == [499]
    assert send(app, "GET", MODULES).json() == []
