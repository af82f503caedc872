"""The recorder plays scenarios, writes what changed and nothing else, and cleans up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness_nextgen import Harness

from pipeline.contract import writing
from pipeline.contract.record import Job, Recorded, record
from pipeline.document import read_document
from pipeline.faults import BadInput, DoesNotHold, Faults
from tests.contract.exchanges import FIXTURES, ROOT, SPEC
from tests.contract.scenarios import read_all, write_scenario
from tests.sandbox.running import KEY, start_command

ORG = {"identifier": "${prefix}platform", "name": "Platform"}
CREATE: dict[str, Any] = {
    "case": "organizations/create_organization/one",
    "call": {"method": "organizations.create", "arguments": {"body": {"org": ORG}}},
    "keep": {"org": "response/body/org/identifier"},
    "undo": {"method": "organizations.delete", "arguments": {"org": "${org}"}},
}
GET: dict[str, Any] = {
    "case": "organizations/get_organization/one",
    "call": {"method": "organizations.get", "arguments": {"org": "${org}"}},
}
MISSING: dict[str, Any] = {
    "case": "organizations/get_organization/missing",
    "call": {"method": "organizations.get", "arguments": {"org": "${prefix}nothing"}},
    "expect": "NotFoundError",
}
MODULE: dict[str, Any] = {
    "call": {
        "method": "modules.create",
        "arguments": {"body": {"name": "${prefix}vpc", "system": "aws"}},
    },
    "keep": {"module": "response/body/id"},
    "undo": {"method": "modules.delete", "arguments": {"module_id": "${module}"}},
}


def test_recording_again_changes_no_byte_of_our_fixtures(tmp_path: Path) -> None:
    """All scenarios, played anew on fresh sandboxes, give the fixtures that are committed."""
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    before = read_all(tmp_path / "fixtures")
    job = Job(SPEC, ROOT / "tests/scenarios", tmp_path / "fixtures", "sandbox")
    recorded = record(job, lambda _: None)
    assert recorded.written == ()
    assert recorded.faults == ()
    assert read_all(tmp_path / "fixtures") == before
    sandbox = [one for one in before.values() if one.startswith(b"source: sandbox")]
    assert recorded.unchanged == len(sandbox) > 0


def test_what_is_recorded(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """A fixture holds the call, the request and the answer, and what the client raised."""
    recorded = play(CREATE, GET, MISSING)
    assert len(recorded.written) == 3
    value = read_document(tmp_path / "fixtures/organizations/get_organization/missing.yaml").value
    body = value["response"].pop("body")
    assert value == {
        "source": "sandbox",
        "date": datetime.now(UTC).date().isoformat(),
        "call": {
            "method": "organizations.get",
            "arguments": {"org": "demo_nothing"},
            "raises": {
                "error": "NotFoundError",
                "message": body["message"],
                "code": body["code"],
                "id": body["correlationId"],
            },
        },
        "request": {
            "method": "GET",
            "path": "/v1/orgs/demo_nothing",
            "headers": {
                "x-api-key": "YOUR_API_KEY_HERE",
                "Harness-Account": "abc123DEFghiJKL",
            },
        },
        "response": {"status": 404, "headers": {"Content-Type": "application/json"}},
    }


def test_unchanged_exchanges_keep_their_date(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """Only what says something else is written again, with the date of today."""
    play(CREATE, GET)
    kept = tmp_path / "fixtures/organizations/get_organization/one.yaml"
    changed = tmp_path / "fixtures/organizations/create_organization/one.yaml"
    today = datetime.now(UTC).date().isoformat()
    for path in (kept, changed):
        path.write_text(path.read_text().replace(today, "2026-01-31"))
    before = kept.read_bytes()
    changed.write_text(changed.read_text().replace("harness_managed: false", "other: 1"))
    recorded = play(CREATE, GET)
    assert recorded.written == (changed,)
    assert recorded.unchanged == 1
    assert kept.read_bytes() == before
    assert read_document(changed).value["date"] == today


def test_walks_refusals_and_requests_by_hand(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """Pages follow each other; what the client refuses or never sends goes out plainly."""
    walk = {
        "cases": ["modules/list_modules/page-1", "modules/list_modules/page-2"],
        "call": {"method": "modules.list", "arguments": {"limit": 1}},
    }
    arguments = {"body": {"name": "b", "system": "aws"}}
    other = {
        "call": {"method": "modules.create", "arguments": arguments},
        "keep": {"other": "response/body/id"},
        "undo": {"method": "modules.delete", "arguments": {"module_id": "${other}"}},
    }
    refused = {
        "case": "modules/list_modules/no-number",
        "call": {"method": "modules.list", "arguments": {"page": "x"}},
        "refuses": "ConfigurationError",
        "request": {"method": "GET", "path": "/iacm/api/modules", "query": "page=x"},
        "expect": 400,
    }
    by_hand = {
        "case": "modules/create_module/no-body",
        "call": {"method": "modules.create"},
        "by_hand": True,
        "request": {"method": "POST", "path": "/iacm/api/modules"},
        "expect": 400,
    }
    play(MODULE, other, walk, refused, by_hand)
    folder = tmp_path / "fixtures/modules"
    second = read_document(folder / "list_modules/page-2.yaml").value
    assert second["follows"] == "modules/list_modules/page-1"
    assert second["request"]["query"] == "limit=1&page=2"
    value = read_document(folder / "list_modules/no-number.yaml").value
    assert value["call"]["refuses"] == "ConfigurationError"
    assert (value["request"]["query"], value["response"]["status"]) == ("page=x", 400)
    assert read_document(folder / "create_module/no-body.yaml").value["call"]["by_hand"] is True


FAILING: list[tuple[dict[str, Any], str]] = [
    ({**MISSING, "expect": "ConflictError"}, "organizations.get raised NotFoundError"),
    ({**GET, "expect": "NotFoundError"}, "organizations.get succeeded, and NotFoundError"),
    ({**GET, "keep": {"x": "response/body/nothing"}}, "there is no response/body/nothing"),
    (
        {"request": {"method": "GET", "path": "/v1/orgs/nothing"}},
        "GET /v1/orgs/nothing was answered with 404",
    ),
]


@pytest.mark.parametrize(("step", "message"), FAILING)
def test_a_step_that_goes_otherwise_writes_nothing(
    play: Callable[..., Recorded], tmp_path: Path, step: dict[str, Any], message: str
) -> None:
    """The run ends at the step's line, and no file is touched."""
    with pytest.raises(DoesNotHold) as caught:
        play(CREATE, step)
    assert str(caught.value).startswith(f"{tmp_path}/scenarios/one.yaml:")
    assert message in str(caught.value)
    assert not (tmp_path / "fixtures").exists()


BAD: list[tuple[dict[str, Any], str]] = [
    ({"case": "organizations/get_organization/one"}, "does nothing"),
    ({"call": {"method": "organizations.gett"}}, "did you mean 'organizations.get'?"),
    ({**GET, "case": "organizations/other/one"}, "write organizations/get_organization/one"),
    ({"call": {"method": "organizations.get", "arguments": {"org": "${orgg}"}}}, "keeps ${orgg}"),
    ({**GET, "by_hand": True}, "needs a call that comes near, and the request"),
    ({**GET, "cases": ["organizations/get_organization/two"]}, "keep one of them"),
    ({**GET, "colour": 1}, "Additional properties are not allowed"),
]


@pytest.mark.parametrize(("step", "message"), BAD)
def test_bad_scenarios_are_refused(
    play: Callable[..., Recorded], tmp_path: Path, step: dict[str, Any], message: str
) -> None:
    """What is wrong with a scenario is said with its place, before anything is played."""
    with pytest.raises(BadInput) as caught:
        play(CREATE, step)
    assert str(caught.value).startswith(f"{tmp_path}/scenarios/one.yaml:")
    assert message in str(caught.value)


def test_operations_limit_what_is_written(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """Only their fixtures are written; a name that there is not is refused."""
    recorded = play(CREATE, GET, operations=frozenset({"get_organization"}))
    assert [path.parent.name for path in recorded.written] == ["get_organization"]
    with pytest.raises(BadInput, match="did you mean get_organization"):
        play(CREATE, GET, operations=frozenset({"get_organisation"}))


def test_strays_and_better_sources(play: Callable[..., Recorded], tmp_path: Path) -> None:
    """A fixture that no step makes is told; one from Harness itself is not written over."""
    play(CREATE, GET, MISSING)
    live = tmp_path / "fixtures/organizations/get_organization/one.yaml"
    live.write_text(live.read_text().replace("source: sandbox", "source: live"))
    before = live.read_bytes()
    recorded = play(CREATE, GET)
    assert recorded.better == 1
    assert live.read_bytes() == before
    [stray] = recorded.faults
    assert str(stray).startswith(f"{tmp_path}/fixtures/organizations/get_organization/missing.yaml")
    assert "is made by no step" in str(stray)


def test_a_write_that_fails_leaves_every_file_whole(
    play: Callable[..., Recorded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is the old one or the new one at any moment."""
    play(CREATE, GET)
    before = read_all(tmp_path / "fixtures")
    for path in (tmp_path / "fixtures").rglob("*.yaml"):
        path.write_text(path.read_text().replace("harness_managed: false", "other: 1"))
    stale = read_all(tmp_path / "fixtures")
    replaced: list[str] = []

    def replace_once(source: Path, target: Path) -> None:
        if replaced:
            raise OSError("the disk is gone")
        replaced.append(str(target.relative_to(tmp_path / "fixtures")))
        shutil.move(source, target)

    monkeypatch.setattr(writing.os, "replace", replace_once)
    with pytest.raises(OSError, match="the disk is gone"):
        play(CREATE, GET)
    after = read_all(tmp_path / "fixtures")
    assert after[replaced[0]] == before[replaced[0]]
    assert {name: after[name] for name in stale if name != replaced[0]} == {
        name: text for name, text in stale.items() if name != replaced[0]
    }


@contextmanager
def run_live(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Iterator[Harness]:
    """Run a local Harness in another process and name it in the environment."""
    with start_command(*arguments) as (lines, _):
        url = next(line for line in lines if "HARNESS_BASE_URL" in line).partition("=")[2]
        monkeypatch.setenv("HARNESS_API_KEY", KEY)
        monkeypatch.setenv("HARNESS_ACCOUNT_ID", "sandbox")
        monkeypatch.setenv("HARNESS_BASE_URL", url)
        with Harness() as harness:
            yield harness


def count_left(harness: Harness) -> int:
    """Count what is in an account beside its default organization."""
    found = [one for one in harness.organizations.list() if "nextgen" in str(one.to_dict())]
    return len(found) + len(list(harness.modules.list()))


def test_live_recording_cleans_up(
    play: Callable[..., Recorded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything has a prefix of its own there, a stable one in the fixtures, and is removed."""
    with run_live(monkeypatch) as harness:
        recorded = play(CREATE, MODULE, GET, target="live")
        assert recorded.faults == ()
        assert count_left(harness) == 0
        text = (tmp_path / "fixtures/organizations/get_organization/one.yaml").read_text()
        assert "source: live" in text
        assert "demo_platform" in text
        assert "nextgen_" not in text
        before = read_all(tmp_path / "fixtures")
        # Times, ids and the prefix are others in every run, and alone no change.
        again = play(CREATE, MODULE, GET, target="live")
        assert (again.written, again.unchanged) == ((), 2)
        assert read_all(tmp_path / "fixtures") == before


def test_live_recording_that_fails_cleans_up(
    play: Callable[..., Recorded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that goes wrong leaves nothing behind; what cannot be removed is told."""
    with run_live(monkeypatch) as harness:
        with pytest.raises(DoesNotHold):
            play(CREATE, MODULE, {**MISSING, "expect": "ConflictError"}, target="live")
        assert count_left(harness) == 0
        undo = {"method": "organizations.update", "arguments": {"org": "${org}", "body": {"org": {
            "identifier": "other", "name": "Other"}}}}  # fmt: skip
        recorded = play({**CREATE, "undo": undo}, target="live")
        [left] = recorded.faults
        assert "not removed: organizations.update" in str(left)
        assert "BadRequestError" in str(left)


def test_live_needs_its_environment(
    play: Callable[..., Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key, it is said which variable to set."""
    for name in ("HARNESS_API_KEY", "HARNESS_ACCOUNT_ID", "HARNESS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Faults, match="HARNESS_API_KEY"):
        play(CREATE, target="live")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_live_recording_that_is_interrupted_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A signal in the middle ends the run after the step under way, and all is removed."""
    write_scenario(tmp_path, CREATE, MODULE, *([GET] + [{**GET, "case": f"{GET['case']}-{at}"}
                   for at in range(50)]))  # fmt: skip
    with run_live(monkeypatch, "--latency", "50ms") as harness:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "record", "--target", "live", "--scenarios",
             str(tmp_path / "scenarios"), "--fixtures", str(tmp_path / "fixtures")],
            cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not list(harness.modules.list()):
            assert process.poll() is None
        process.send_signal(number)
        _, said = process.communicate()
        assert process.returncode == 130
        assert "interrupted" in said
        assert count_left(harness) == 0
        assert not (tmp_path / "fixtures").exists()
