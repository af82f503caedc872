"""The command: what it prints and refuses, what it fills in, and what a kill leaves."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness_nextgen import Harness, models

from tests.sandbox.killing import survive_kill
from tests.sandbox.running import KEY, run_command, start_command


def refuse(*arguments: str) -> str:
    """Run the command, which refuses; return the line that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "harness_nextgen_sandbox", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    return line


def test_lines_to_paste_are_enough(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The three lines that are printed are the environment of a client; Ctrl-C is no error.

    Nothing else is said: connexion would log a line for each request that may be JSON or YAML.
    """
    with start_command("--seed", "3") as (lines, process):
        for line in lines[1:]:
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
        url = os.environ["HARNESS_BASE_URL"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert lines[0] == f"The sandbox is at {url}, its API page at {url}/ui/"
        with Harness() as harness:
            assert [one.account for one in harness.modules.list()] == ["sandbox"] * 3
            org = models.Organization(identifier="new", name="New")
            harness.organizations.create(models.CreateOrganizationRequest(org=org))
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert capfd.readouterr().err == ""


def test_options_reach_the_sandbox() -> None:
    """Faults and limits that the command is given are there."""
    with run_command("--fault", "418:0", "--fault", "503:html", "--rate-limit", "2") as (url, _):
        answers = [httpx.get(f"{url}/v1/orgs", headers={"x-api-key": KEY}) for _ in range(3)]
        assert [one.status_code for one in answers] == [503, 503, 429]
        kinds = [one.headers["content-type"].partition(";")[0] for one in answers]
        assert kinds == ["text/html", "text/html", "application/json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "'99999' is no number from 0 to 65535"),
        (["--port", "http"], "'http' is no number"),
        (["--seed", "-1"], "'-1' is no number"),
        (["--seed", "100001"], "'100001' is no number from 0 to 100000"),
        (["--clock", "noon"], "'noon' is no time in ISO 8601"),
        (["--fault", "200"], "'200' is no fault"),
        (["--fault", "503:2"], "'503:2' is no fault"),
        (["--fault", "503:pdf"], "'pdf' is no shape of an error: choose from iacm, policy, "),
        (["--latency", "5"], "'5' is no duration"),
        (["--rate-limit", "0"], "'0' is no number from 1"),
        (["--db", "/absent/x.db"], "/absent/x.db: cannot be opened"),
        (["--db", __file__], "cannot be used: file is not a database"),
        (["--unknown"], "--unknown"),
    ],
)
def test_bad_options(arguments: list[str], message: str) -> None:
    """What is wrong with an option is said in one line."""
    assert message in refuse(*arguments)


def test_taken_port() -> None:
    """A port in use is said in one line."""
    with run_command() as (url, _):
        assert "--port" in refuse("--port", url.rpartition(":")[2])


@pytest.mark.parametrize("statement", ["CREATE TABLE x (y)", "PRAGMA user_version = 1"])
def test_other_databases(tmp_path: Path, statement: str) -> None:
    """A database of something else, or of another version, is refused, and gets no tables."""
    file = tmp_path / "x.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute(statement)
        db.commit()
    assert f"{file}: is no database of this version" in refuse("--db", str(file))
    with closing(sqlite3.connect(file)) as db:
        assert len(db.execute("SELECT * FROM sqlite_master").fetchall()) < 2


def test_a_file_has_one_sandbox(tmp_path: Path) -> None:
    """A second sandbox is kept from the file of the first."""
    file = str(tmp_path / "x.db")
    with run_command("--db", file):
        assert "does another sandbox use it?" in refuse("--db", file)


def read_all(url: str) -> list[dict[str, Any]]:
    """Read all modules with their metadata."""
    with Harness(KEY, "sandbox", url) as harness:
        modules = [one.to_dict() for one in harness.modules.list()]
        made = harness.modules.create(models.CreateModuleRequest(name="new", system="aws"))
        return [*modules, made.to_dict()]


def test_same_seed_and_clock_same_world() -> None:
    """With a seed and a clock, modules, ids and times are the same in every run."""
    worlds = []
    for _ in range(2):
        with run_command("--seed", "60", "--clock", "2026-01-31T12:00:00Z") as (url, _):
            worlds.append(read_all(url))
    assert worlds[0] == worlds[1]
    modules = worlds[0]
    assert len(modules) == 61
    assert len({one["scope_project"] for one in modules}) > 2
    assert len({one["system"] for one in modules}) > 5
    assert any(len(one.get("versions", [])) > 3 for one in modules)
    assert any("version_statuses" in one for one in modules)


def test_larger_seed_begins_like_a_smaller() -> None:
    """The modules of a small seed are the first of a larger one."""
    worlds = []
    for seed in ("5", "8"):
        with run_command("--seed", seed) as (url, _), Harness(KEY, "sandbox", url) as harness:
            worlds.append([one.id for one in harness.modules.list(sort="updated,ASC")])
    assert worlds[1][:5] == worlds[0]


def test_file_is_kept_and_not_filled_twice(tmp_path: Path) -> None:
    """What is in a file is there at the next start, and a seed adds nothing to it."""
    file = str(tmp_path / "x.db")
    for count in (3, 4):
        with run_command("--db", file, "--seed", "3") as (url, process):
            with Harness(KEY, "sandbox", url) as harness:
                assert len(list(harness.modules.list())) == count
                body = models.CreateModuleRequest(name=f"new-{count}", system="aws")
                harness.modules.create(body)
            process.terminate()
            process.wait()


@pytest.mark.parametrize("seed", range(3))
def test_kill_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    """After a kill -9 under several writers, all that was acknowledged is there, and whole."""
    steps, wrong = survive_kill(tmp_path / "x.db", seed)
    assert (steps > 0, wrong) == (True, [])
