"""Answers of another server: each kind of change is made, and a client that breaks is noticed."""

from __future__ import annotations

from typing import Any

from pipeline.contract.calling import Caller
from pipeline.contract.fixture import Response
from pipeline.contract.forward import Change, check_change, list_changes
from pipeline.contract.replay import Replay
from tests.contract.exchanges import DESCRIPTION, GET, LIST, MISSING, make

BODY: dict[str, Any] = {
    **GET["response"]["body"],
    "testing_metadata": {
        "account": "a", "org": "o", "project": "p", "pipelines": ["t"],
        "provisioner_type": "tofu", "provisioner_version": "1.9.4",
        "provider_connector": "aws",
    },
}  # fmt: skip
GET_NAME, LIST_NAME = "modules/get_module/one", "modules/list_modules/one"


def tell(changes: list[Change]) -> set[tuple[str, str]]:
    """Return kind and place of each change."""
    return {(one.kind, one.mark.removeprefix("response/")) for one in changes}


def test_every_place_is_changed_in_every_way() -> None:
    """Objects get a member, enums another value, optional members go away or are null."""
    fixture = make(GET, GET_NAME, response__body=BODY)
    assert tell(list(list_changes(DESCRIPTION, fixture))) == {
        ("unknown member", "body/newer_member"),
        ("unknown member", "body/testing_metadata/newer_member"),
        ("unknown value", "body/storage_type"),
        *(
            (kind, f"body/{place}")
            for kind in ("missing", "null")
            for place in (
                "storage_type", "tags", "testing_metadata", "testing_metadata/provider_connector",
            )
        ),
    }  # fmt: skip


def test_optional_headers_go_away() -> None:
    """Each header that is not required is missing once; the others stay."""
    fixture = make(LIST, LIST_NAME)
    found = {
        one.mark: one.response.headers
        for one in list_changes(DESCRIPTION, fixture)
        if one.kind == "missing header"
    }
    assert set(found) == {f"response/headers/x-total-{name}" for name in ("items", "pages")}
    assert found["response/headers/x-total-pages"] == {
        "Content-Type": "application/json",
        "x-total-items": "2",
    }


def test_one_place_is_changed_and_the_recorded_answer_is_not() -> None:
    """A change is made in a copy."""
    fixture = make(GET, GET_NAME, response__body=BODY)
    changes = {(one.kind, one.mark): one for one in list_changes(DESCRIPTION, fixture)}
    without = changes["missing", "response/body/testing_metadata/provider_connector"]
    inner = {key: value for key, value in BODY["testing_metadata"].items()
             if key != "provider_connector"}  # fmt: skip
    assert without.response.body == {**BODY, "testing_metadata": inner}
    assert fixture.response.body == BODY


def answer(fixture: Any, body: Any) -> Change:
    """Change the body of an answer to what no client keeps."""
    return Change("response/body", "made up", Response(fixture.response.status,
                                                       fixture.response.headers, body))  # fmt: skip


def test_client_that_breaks_is_noticed(server: Replay, caller: Caller) -> None:
    """A body that the client refuses, or gives back changed, is a failure."""
    fixture = make(GET, GET_NAME)
    [refused] = check_change(caller, server, fixture, answer(fixture, {}))
    assert (refused.check, refused.mark) == ("g", "response/body")
    assert "DecodingError" in refused.message
    changed = {**fixture.response.body, "created": 1767225600000.0}
    [lost] = check_change(caller, server, fixture, answer(fixture, changed))
    assert "returns" in lost.message


def test_another_error_is_noticed(server: Replay, caller: Caller) -> None:
    """An error stays of its class whatever is in its body."""
    fixture = make(MISSING, GET_NAME)
    body = fixture.response.body
    assert list(check_change(caller, server, fixture, answer(fixture, {"newer": 1}))) == []
    other = Change("response/status", "made up", Response(409, fixture.response.headers, body))
    [failure] = check_change(caller, server, fixture, other)
    assert "ConflictError" in failure.message
