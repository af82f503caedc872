"""The generated clients: their resources, copies, options and types."""

from __future__ import annotations

import inspect
import io
import json
import pydoc
import re
import threading
import traceback
from functools import cached_property
from pathlib import Path
from typing import Any

import harness_nextgen
import pytest
from harness_nextgen import AsyncHarness, Harness, errors, models
from harness_nextgen.types import File

from harness_nextgen_runtime.options import CallOptions
from tests.client.answers import fail, make_module, reply, reply_page
from tests.client.calling import ACCOUNT, KEY
from tests.client.described import list_operations
from tests.client.server import Received, Reply, serve


def test_every_operation_is_a_method_of_both_clients() -> None:
    """All 45 operations are where the table says, in both clients, with one signature."""
    plain, tasks = Harness(KEY), AsyncHarness(KEY)
    for operation in list_operations():
        found: list[Any] = [plain, tasks]
        for step in [*operation.value["x-resource"].split("."), operation.value["x-method"]]:
            found = [getattr(one, step) for one in found]
        one, other = (inspect.signature(method) for method in found)
        assert one.parameters == other.parameters
        assert inspect.getdoc(found[0]).startswith(operation.value["summary"])
    plain.close()


@pytest.mark.parametrize("kind", [Harness, AsyncHarness])
def test_help_explains_every_argument(kind: Any) -> None:
    """help() on a client shows what each argument of it is for."""
    shown = pydoc.plain(pydoc.render_doc(kind))
    for name in inspect.signature(kind).parameters:
        assert re.search(rf"^ \| +{name}: \S", shown, re.MULTILINE), name


def test_one_limit_is_named() -> None:
    """Docstrings, errors and the guide name the same documented limit of requests."""
    described = inspect.getdoc(Harness(KEY).modules.get)
    with (
        serve(lambda _: fail(429, "slow down")) as server,
        Harness(KEY, base_url=server.url, max_retries=0) as harness,
        pytest.raises(errors.RateLimitedError, match="400 requests a minute"),
    ):
        harness.modules.get("vpc")
    assert "Too many requests: 400 a minute" in described


def test_docstrings_of_resources_are_sentences() -> None:
    """Each resource says what it holds, in a whole sentence."""
    for kind in (Harness, AsyncHarness):
        for one in (kind(KEY), kind(KEY).modules):
            for name, value in vars(type(one)).items():
                if isinstance(value, cached_property):
                    assert inspect.getdoc(value).endswith("."), name


def test_resources_are_made_once_and_of_their_own_client() -> None:
    """A copy with other options has resources that use these, and the original keeps its own."""
    with serve(lambda _: reply([])) as server, Harness(KEY, base_url=server.url) as harness:
        modules = harness.modules
        assert harness.modules is modules
        copy = harness.with_options(headers={"X-Of": "copy"})
        assert copy.modules is not modules
        list(copy.modules.list())
        list(modules.list())
        copy.close()
        list(modules.list())
    assert [one.headers["X-Of"] for one in server.received] == ["copy", None, None]


def test_options_of_a_call_hold_for_it_alone() -> None:
    """The nearest option wins: of the call, of the copy, of the client."""
    seen = []

    def answer(received: Received) -> Reply:
        seen.append(received.headers["X-Who"])
        return reply(["aws"])

    with (
        serve(answer) as server,
        Harness(KEY, base_url=server.url, headers={"X-Who": "client"}) as h,
    ):
        h.modules.list_providers()
        h.with_options(headers={"x-who": "copy"}).modules.list_providers()
        h.with_options(headers={"x-who": "copy"}).modules.list_providers(headers={"X-WHO": "call"})
        h.modules.list_providers()
    assert seen == ["client", "copy", "call", "client"]


@pytest.mark.parametrize("body", [None, 5, "vpc", {"name": "vpc", "system": "aws"}, dict])
def test_body_that_is_no_model_is_refused(body: Any) -> None:
    """A dict in place of a model is refused with the way to make one, before anything is sent."""
    with (
        serve(lambda _: reply([])) as server,
        Harness(KEY, base_url=server.url) as harness,
        pytest.raises(errors.ConfigurationError, match=r"must be a model, not .*from_dict\(\)"),
    ):
        harness.modules.create(body)
    with (
        Harness(KEY) as harness,
        pytest.raises(errors.ConfigurationError, match="must be a model"),
    ):
        harness.onboarding.upload_example("vpc", "aws", "1.0.0", body, path="simple")
    assert server.received == []


@pytest.mark.parametrize(
    "part", [File("text"), File(b"bytes"), File(io.BytesIO(b"a file")), b"a few bytes"]
)
def test_parts_of_a_form(part: Any) -> None:
    """A part is what a file holds; bytes are one as well."""
    body = models.ModuleExampleUpload()
    body["main.tf"] = part
    with serve(lambda _: Reply(204)) as server, Harness(KEY, base_url=server.url) as harness:
        harness.onboarding.upload_example("vpc", "aws", "1.0.0", body, path="simple")
    assert b'name="main.tf"' in server.received[0].body
    assert any(one in server.received[0].body for one in (b"text", b"bytes", b"a file"))


@pytest.mark.parametrize(
    "part",
    [
        File(Path("main.tf")),
        File(io.StringIO("text")),
        File(io.BytesIO(), "main.tf", "text/plain\r\nX-Other: a"),
        File(None),
    ],
)
def test_parts_that_cannot_be_sent(part: Any) -> None:
    """What is no file of bytes, or would write headers of its own, is refused at once."""
    body = models.ModuleExampleUpload()
    body["main.tf"] = part
    with (
        serve(lambda _: Reply(204)) as server,
        Harness(KEY, base_url=server.url) as harness,
        pytest.raises(errors.ConfigurationError, match=r"binary mode|line breaks"),
    ):
        harness.onboarding.upload_example("vpc", "aws", "1.0.0", body, path="simple")
    assert server.received == []


def test_options_are_carried_to_later_pages() -> None:
    """What a list is called with goes out with each of its pages."""
    names = [f"module-{number}" for number in range(7)]
    modules = [make_module(name) for name in names]

    def answer(received: Received) -> Reply:
        return reply_page(modules, dict(received.query))

    with serve(answer) as server, Harness(KEY, base_url=server.url) as harness:
        pages = harness.modules.list(limit=3, search_term="module", headers={"X-Trace": "t"})
        assert [module.name for module in pages] == names
    assert [dict(one.query)["page"] for one in server.received] == ["1", "2", "3"]
    assert {dict(one.query)["searchTerm"] for one in server.received} == {"module"}
    assert {one.headers["X-Trace"] for one in server.received} == {"t"}


def test_pages_begin_where_the_spec_says() -> None:
    """Modules count from 1 and organizations from 0, in pages of 100."""
    with serve(lambda _: reply([])) as server, Harness(KEY, base_url=server.url) as harness:
        list(harness.modules.list())
        list(harness.organizations.list())
    first, second = (dict(one.query) for one in server.received)
    assert (first["page"], first["limit"]) == ("1", "100")
    assert (second["page"], second["limit"]) == ("0", "100")


def test_account_comes_from_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a personal or service key the account is read; given or set, it wins."""
    monkeypatch.delenv("HARNESS_ACCOUNT_ID", raising=False)
    assert Harness("pat.inside.id.secret").account == "inside"
    assert Harness("sat.inside.id.secret", "given").account == "given"
    monkeypatch.setenv("HARNESS_ACCOUNT_ID", "set")
    assert Harness("pat.inside.id.secret").account == "set"


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without key or account the client says where to get it."""
    for name in ("HARNESS_API_KEY", "HARNESS_ACCOUNT_ID", "HARNESS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.ConfigurationError, match=r"HARNESS_API_KEY.*My API Keys"):
        Harness()
    with pytest.raises(errors.ConfigurationError, match=r"HARNESS_ACCOUNT_ID.*Account Settings"):
        Harness("no-account-inside")


def test_errors_are_of_one_root() -> None:
    """A status that is described, and one that no standard lists, both come as HarnessError."""
    for status, kind in (
        (404, errors.NotFoundError),
        (423, errors.LockedError),
        (520, errors.ServerError),
        (418, errors.StatusError),
    ):
        with serve(lambda _, status=status: fail(status, "no")) as server:
            harness = Harness(KEY, base_url=server.url, max_retries=0)
            with harness, pytest.raises(errors.HarnessError) as caught:
                harness.modules.get("1")
        assert type(caught.value) is kind
        assert "no" in str(caught.value)


def test_a_success_that_does_not_fit_names_operation_and_pointer() -> None:
    """The JSON pointer leads to the value that does not fit."""
    module = {
        "id": "1",
        "account": "a",
        "name": "n",
        "system": "s",
        "created": "late",
        "updated": 1,
    }
    with (
        serve(lambda _: reply([module])) as server,
        Harness(KEY, base_url=server.url) as harness,
        pytest.raises(errors.DecodingError, match=r"list_modules.*/0/created") as caught,
    ):
        list(harness.modules.list())
    assert caught.value.pointer == "/0/created"
    assert caught.value.operation == "list_modules"


def test_an_answer_that_does_not_fit_shows_no_key() -> None:
    """A server that echoes the key in what does not fit brings it into no traceback with locals."""

    def echo(received: Received) -> Reply:
        return reply([{"id": 1, "name": received.headers["x-api-key"]}])

    with serve(echo) as server, Harness(KEY, base_url=server.url) as harness:
        with pytest.raises(errors.DecodingError) as caught:
            list(harness.modules.list())
        tree = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(tree.format())


def test_a_model_that_does_not_fit_says_where() -> None:
    """Mismatch can be caught by its name in the package."""
    with pytest.raises(errors.Mismatch, match="expected a text") as caught:
        models.Module.from_dict({"id": 1})
    assert caught.value.pointer == "/id"


def test_delete_that_was_carried_out_has_succeeded() -> None:
    """A DELETE whose retry meets 404 has succeeded, also one that answers with a body."""
    answers = {"count": 0}

    def answer(_: Received) -> Reply:
        answers["count"] += 1
        return Reply(503) if answers["count"] == 1 else fail(404, "gone")

    with serve(answer) as server, Harness(KEY, base_url=server.url) as harness:
        assert harness.organizations.delete("default") is None
    assert len(server.received) == 2


def test_one_client_serves_many_threads() -> None:
    """Each of 64 threads gets the answers to its own requests."""
    wrong: list[str] = []

    def answer(received: Received) -> Reply:
        name = received.path.rpartition("/")[2]
        body = {"id": name, "account": "a", "name": name, "system": "s", "created": 1, "updated": 1}
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    with serve(answer) as server, Harness(KEY, base_url=server.url) as harness:

        def work(number: int) -> None:
            wrong.extend(
                name
                for name in (f"{number}-{step}" for step in range(5))
                if harness.modules.get(name).id != name
            )

        threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(server.received) == 64 * 5


def test_options_have_the_names_of_the_constructor() -> None:
    """What a call may change, a client is built with."""
    assert CallOptions.__annotations__.keys() <= inspect.signature(Harness).parameters.keys()


def test_package_exports_what_it_says() -> None:
    """Each name of the package and of its types can be had, and no other."""
    for name in harness_nextgen.__all__:
        assert getattr(harness_nextgen, name) is not None
    for name in harness_nextgen.types.__all__:
        assert getattr(harness_nextgen.types, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        harness_nextgen.Nothing  # noqa: B018


def test_account_is_the_clients() -> None:
    """An explicit account goes out, and repr shows it but no key."""
    with serve(lambda _: reply([])) as server, Harness(KEY, ACCOUNT, server.url) as harness:
        list(harness.modules.list())
        assert ACCOUNT in repr(harness)
        assert KEY not in repr(harness) + repr(harness.modules)
    assert server.received[0].headers["Harness-Account"] == ACCOUNT
