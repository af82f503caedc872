"""Each check notices what it is there for: an exchange with one change fails it, and where."""

from __future__ import annotations

from typing import Any

import harness_nextgen
import pytest

from pipeline.contract.calling import Caller
from pipeline.contract.checks import (
    Conversation,
    Failure,
    check_by_client,
    check_by_spec,
    check_models,
)
from pipeline.contract.description import Description
from pipeline.contract.fixture import Fixture, Response
from pipeline.contract.replay import Replay
from tests.contract.exchanges import CREATE, DESCRIPTION, GET, GONE, LIST, MISSING, make

GET_NAME, CREATE_NAME = "modules/get_module/one", "modules/create_module/one"
LIST_NAME = "modules/list_modules/one"


def tell(failures: list[Failure]) -> list[tuple[str, str]]:
    """Return check and place of each failure."""
    return [(one.check, one.mark) for one in failures]


def check_spec(fixture: Fixture) -> list[tuple[str, str]]:
    """Check a fixture by the spec."""
    return tell(list(check_by_spec(DESCRIPTION, fixture, set())))


@pytest.mark.parametrize(
    ("value", "name"),
    [(GET, GET_NAME), (CREATE, CREATE_NAME), (MISSING, GET_NAME), (LIST, LIST_NAME)],
)
def test_unchanged_exchanges_pass(
    caller: Caller, server: Replay, value: dict[str, Any], name: str
) -> None:
    """What the tests below change holds before the change."""
    fixture = make(value, name)
    assert check_spec(fixture) == []
    assert tell(list(check_models(harness_nextgen, DESCRIPTION, fixture))) == []
    assert tell(list(check_by_client(caller, server, Conversation((fixture,))))) == []


REQUESTS: list[tuple[dict[str, Any], str, str]] = [
    ({"request__path": "/iacm/api/nothing"}, "a", "request/path"),
    ({"request__method": "PATCH"}, "a", "request/path"),
    ({"request__method": "GET"}, "a", "request/path"),
    ({"request__query": "scope_orgs=platform"}, "a", "request/query/scope_orgs"),
    ({"request__query": "scope_org=a&scope_org=b"}, "a", "request/query/scope_org"),
    ({"request__headers__Harness-Account": GONE}, "a", "request/headers/Harness-Account"),
    ({"request__headers__x-api-key": GONE}, "a", "request/headers"),
    ({"request__headers__x-other": "1"}, "a", "request/headers/x-other"),
    ({"request__headers__Content-Type": "text/plain"}, "a", "request/headers/Content-Type"),
    ({"request__body": GONE}, "a", "request/body"),
    ({"request__body__name": 7}, "a", "request/body/name"),
    ({"request__body__system": GONE}, "a", "request/body/system"),
    ({"request__body__colour": "red"}, "a", "request/body/colour"),
    ({"request__body__storage_type": "tape"}, "a", "request/body/storage_type"),
    ({"response__status": 201}, "b", "response/status"),
    ({"response__status": 418}, "b", "response/status"),
    ({"response__described_by": "default"}, "b", "response/described_by"),
    ({"response__headers__Content-Type": "text/html"}, "b", "response/headers/Content-Type"),
    ({"response__headers__x-other": "1"}, "b", "response/headers/x-other"),
    ({"response__body__created": "now"}, "b", "response/body/created"),
    ({"response__body__created": 2**63}, "b", "response/body/created"),
    ({"response__body__id": GONE}, "b", "response/body/id"),
    ({"response__body__colour": "red"}, "f", "response/body/colour"),
    ({"response__body__storage_type": "tape"}, "f", "response/body/storage_type"),
]


@pytest.mark.parametrize(("changes", "check", "mark"), REQUESTS)
def test_spec_notices(changes: dict[str, Any], check: str, mark: str) -> None:
    """A message that the spec does not describe is noticed, at its place and nowhere else."""
    assert check_spec(make(CREATE, CREATE_NAME, **changes)) == [(check, mark)]


def test_parameters_are_read_by_their_types() -> None:
    """A number in a query is a number, within its bounds."""
    assert check_spec(make(LIST, LIST_NAME, request__query="limit=x&page=0")) == [
        ("a", "request/query/limit"),
        ("a", "request/query/page"),
    ]


def test_headers_of_answers_are_read_by_their_types() -> None:
    """A total that is no number is noticed."""
    fixture = make(LIST, LIST_NAME, **{"response__headers__x-total-items": "many"})
    assert check_spec(fixture) == [("b", "response/headers/x-total-items")]


def test_required_headers_of_answers_must_be_there() -> None:
    """Our spec requires none, so one of a document of its own."""
    answer = {
        "description": "Fine.",
        "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}},
    }
    get = {"operationId": "get_module", "responses": {"200": answer}}
    description = Description({"paths": {"/iacm/api/modules/{id}": {"get": get}}})
    operation = description.operations["get_module"]
    missing = description.check_response(operation, Response(200))
    assert [str(one) for one in missing.findings] == ["response/headers/X-Total: required"]
    there = description.check_response(operation, Response(200, {"x-total": "7"}))
    assert there.findings == []


def test_what_a_fixture_says_is_wrong_must_be_wrong() -> None:
    """A refused request says why it is refused; what is not so any more is noticed."""
    said = ["request/query/page: minimum"]
    fixture = make(LIST, LIST_NAME, request__query="page=0", invalid=said)
    assert check_spec(fixture) == []
    assert check_spec(make(LIST, LIST_NAME, invalid=said)) == [("a", "invalid")]


def test_newer_members_are_let_through(caller: Caller, server: Replay) -> None:
    """What a fixture calls newer is no finding of the spec, nor of the client."""
    fixture = make(GET, GET_NAME, response__body__colour="red", newer=["response/body/colour"])
    assert check_spec(fixture) == []
    assert tell(list(check_by_client(caller, server, Conversation((fixture,))))) == []
    unsaid = make(GET, GET_NAME, response__body__colour="red")
    failures = list(check_by_client(caller, server, Conversation((unsaid,))))
    assert tell(failures) == [("f", "response/body")]
    assert "colour" in failures[0].message


def test_shared_answers_are_checked_for_every_operation() -> None:
    """An error that operations share must be described for each of them."""
    fixture = make(MISSING, GET_NAME, shared_by="/iacm/")
    assert check_spec(fixture) == []
    failures = list(check_by_spec(DESCRIPTION, make(MISSING, GET_NAME, shared_by="/"), set()))
    organizations = [one for one in failures if "create_organization" in one.message]
    assert tell(organizations) == [("b", "response/status")]


CALLS: list[tuple[dict[str, Any], str, str]] = [
    ({"call__method": "modules.nothing"}, "d", "call"),
    ({"call__arguments__scope_org": "other"}, "d", "request/query"),
    ({"call__arguments__scope_project": "network"}, "d", "request/query"),
    ({"call__arguments__scope": "network"}, "d", "call"),
    ({"call__arguments__body__name": "other"}, "d", "request/body"),
    ({"call__arguments__body__colour": "red"}, "d", "call"),
    ({"call__arguments__body__system": GONE}, "d", "call"),
    ({"request__path": "/iacm/api/modules/"}, "d", "request/path"),
    ({"request__method": "PUT"}, "d", "request/method"),
    ({"request__query": GONE}, "d", "request/query"),
    ({"request__body__tags": "a"}, "d", "request/body"),
    ({"request__headers__Content-Type": "application/yaml"}, "d", "request/headers/content-type"),
    ({"request__headers__x-more": "1"}, "d", "request/headers/x-more"),
    ({"request__headers__Content-Type": GONE}, "d", "request/headers/content-type"),
    ({"call__returns": {"id": "other"}}, "e", "call/returns"),
    ({"call__raises": {"error": "NotFoundError"}}, "e", "call/raises"),
    ({"call__refuses": "ConfigurationError"}, "d", "call/refuses"),
    ({"response__body__id": 7}, "e", "call"),
    ({"response__body__storage_type": "tape"}, "f", "response/body"),
]


@pytest.mark.parametrize(("changes", "check", "mark"), CALLS)
def test_client_notices(
    caller: Caller, server: Replay, changes: dict[str, Any], check: str, mark: str
) -> None:
    """A client that does not do as recorded is noticed."""
    fixture = make(CREATE, CREATE_NAME, **changes)
    failures = list(check_by_client(caller, server, Conversation((fixture,))))
    assert (check, mark) in tell(failures)


ERRORS: list[dict[str, Any]] = [
    {"call__raises": GONE},
    {"call__raises__error": "ConflictError"},
    {"call__raises__message": "another"},
    {"call__raises__id": GONE},
    {"call__raises__temporary": True},
    {"response__status": 409},
    {"response__body__message": "another"},
]


@pytest.mark.parametrize("changes", ERRORS)
def test_errors_are_compared(caller: Caller, server: Replay, changes: dict[str, Any]) -> None:
    """Another error, or one with other details, is noticed."""
    fixture = make(MISSING, GET_NAME, **changes)
    failures = list(check_by_client(caller, server, Conversation((fixture,))))
    assert tell(failures) == [("e", "call/raises")]


def test_refusals_are_compared(caller: Caller, server: Replay) -> None:
    """The client must refuse, with the error that is recorded."""
    fixture = make(
        LIST, LIST_NAME, call__arguments={"page": "x"}, call__refuses="ConfigurationError"
    )
    assert tell(list(check_by_client(caller, server, Conversation((fixture,))))) == []
    other = make(LIST, LIST_NAME, call__arguments={"page": "x"}, call__refuses="TypeError")
    failures = list(check_by_client(caller, server, Conversation((other,))))
    assert tell(failures) == [("e", "call/refuses")]


def test_models_notice() -> None:
    """A body that a model does not take, or gives back changed, is noticed."""
    for changes in ({"response__body__id": 7}, {"response__body": [1]}):
        fixture = make(GET, GET_NAME, **changes)
        failures = list(check_models(harness_nextgen, DESCRIPTION, fixture))
        assert tell(failures) == [("c", "response/body")]
    # A whole number that is written as a fraction comes back as one that is not.
    fixture = make(GET, GET_NAME, response__body__created=1767225600000.0)
    failures = list(check_models(harness_nextgen, DESCRIPTION, fixture))
    assert tell(failures) == [("c", "response/body")]


def test_pages_are_walked(caller: Caller, server: Replay) -> None:
    """The exchanges of one call are one walk: each request in turn, and all items."""
    second = {
        "request__query": "limit=1&page=2",
        "response__body": [{**LIST["response"]["body"][0], "id": "3c4d"}],
        "follows": LIST_NAME,
    }
    pages = (make(LIST, LIST_NAME), make(LIST, "modules/list_modules/two", **second))
    assert tell(list(check_by_client(caller, server, Conversation(pages)))) == []
    alone = list(check_by_client(caller, server, Conversation((*pages, pages[1]))))
    assert ("d", "call") in tell(alone)
    changed = make(LIST, "modules/list_modules/two", **{**second, "request__query": "page=3"})
    failures = list(check_by_client(caller, server, Conversation((pages[0], changed))))
    assert tell(failures) == [("d", "request/query")]
