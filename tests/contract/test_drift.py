"""An answer of another shape than recorded is told, with its place, and nothing is written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.contract.drift import compare_shapes
from pipeline.contract.fixture import Response
from pipeline.contract.record import Job, check_drift
from tests.contract.exchanges import FIXTURES, GET, GONE, LIST, ROOT, SPEC, change, make
from tests.contract.scenarios import read_all

GET_NAME, LIST_NAME = "modules/get_module/one", "modules/list_modules/one"


def compare(value: dict[str, Any], name: str, changes: dict[str, Any]) -> list[str]:
    """Compare an exchange with its answer as it was changed since."""
    answer = change(value, changes)["response"]
    response = Response(answer["status"], answer.get("headers", {}), answer.get("body"))
    found = compare_shapes(make(value, name), response)
    return [fault.message for fault in found]


DIFFERENCES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"response/body/id": "another"}, []),
    ({"response/body/name": None}, []),
    ({"response/body/tags": "a,b"}, []),
    ({"response/status": 201}, ["status 200 became 201"]),
    ({"response/body/id": 7}, ["response/body/id: text became integer"]),
    ({"response/body/created": 1.5}, ["response/body/created: integer became number"]),
    ({"response/body/created": True}, ["response/body/created: integer became boolean"]),
    ({"response/body/created": [1]}, ["response/body/created: integer became list"]),
    ({"response/body/id": GONE}, ["response/body/id: gone"]),
    ({"response/body/colour": {"a": 1}}, ["response/body/colour: new member (object)"]),
    ({"response/headers/x-more": "1"}, ["the header x-more is new"]),
    (
        {"response/headers/Content-Type": "text/html"},
        ["application/json became text/html"],
    ),
    ({"response/body": [1]}, ["object became list"]),
]


@pytest.mark.parametrize(("changes", "said"), DIFFERENCES)
def test_shapes_are_compared(changes: dict[str, Any], said: list[str]) -> None:
    """What differs in shape is told; other values of the same types are none of it."""
    assert compare(GET, GET_NAME, changes) == said


def test_items_of_lists_count_as_one() -> None:
    """More items are no difference, and an empty list says nothing of its items."""
    item = LIST["response"]["body"][0]
    for same in ([item, item], []):
        assert compare(LIST, LIST_NAME, {"response/body": same}) == []
    changed = {**item, "id": 7}
    assert compare(LIST, LIST_NAME, {"response/body": [changed]}) == [
        "response/body/0/id: text became integer"
    ]
    assert compare(LIST, LIST_NAME, {"response/headers/x-total-items": GONE}) == [
        "the header x-total-items is gone"
    ]


def test_what_is_only_assumed_is_not_compared() -> None:
    """The API page shows no headers, and leaves parts out."""
    value = {**GET, "assumed": ["response/headers"], "completed": ["response/body/tags"]}
    answer = change(value, {"response/headers/x-more": "1", "response/body/tags": 7})["response"]
    response = Response(answer["status"], answer["headers"], answer["body"])
    assert list(compare_shapes(make(value, GET_NAME), response)) == []
    unsaid = compare_shapes(make(GET, GET_NAME), response)
    assert [fault.message for fault in unsaid] == ["the header x-more is new"]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Check a copy of our fixtures against the local Harness."""
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    return Job(SPEC, ROOT / "tests/scenarios", tmp_path / "fixtures", "sandbox")


def test_the_local_harness_has_not_drifted(job: Job) -> None:
    """Every fixture is compared, those of the API page too, and none differs."""
    drift = check_drift(job, lambda _: None)
    assert drift.faults == ()
    assert (drift.compared, drift.left_out) == (len(list(job.fixtures.glob("*/*/*.yaml"))), 0)


def test_drift_is_told_and_nothing_is_written(job: Job) -> None:
    """A server that changed a member, a type and a status is found out, at the fixture's lines."""
    edits = {
        "modules/get_module/full.yaml": ("    repository: ", "    repositories: "),
        "modules/list_modules/full.yaml": ("    storage_type: artifact", "    storage_type: 7"),
        "modules/delete_module/full.yaml": ("  status: 204", "  status: 200"),
    }
    for name, (old, new) in edits.items():
        path = job.fixtures / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
    before = read_all(job.fixtures)
    faults = sorted(map(str, check_drift(job, lambda _: None).faults))
    assert read_all(job.fixtures) == before
    places = [one.removeprefix(f"{job.fixtures}/") for one in faults]
    assert [(one.split(":")[0], one.split(": ", 1)[1]) for one in places] == [
        ("modules/delete_module/full.yaml", "status 200 became 204"),
        ("modules/get_module/full.yaml", "response/body/repository: new member (text)"),
        ("modules/get_module/full.yaml", "response/body/repositories: gone"),
        ("modules/list_modules/full.yaml", "response/body/0/storage_type: integer became text"),
    ]
    assert all(one.split(":")[1].isdecimal() for one in places)
