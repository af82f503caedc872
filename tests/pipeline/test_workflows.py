"""The CI on GitHub and on Harness: what it may do, that both do the same, and its scripts, run."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.pipeline.ci import (
    PIPELINES,
    ROOT,
    SCRIPTS,
    TRIGGERS,
    WORKFLOWS,
    find_sessions,
    list_scripts,
    list_steps,
    read,
)

READ = {"contents": "read"}
PERMISSIONS = {
    ("check", "check"): READ,
    ("check", "tests"): READ,
    ("update", "make"): READ,
    ("update", "propose"): {"contents": "write", "pull-requests": "write"},
}
JOBS = {(path.stem, name): job for path in WORKFLOWS for name, job in read(path)["jobs"].items()}
SECRET = re.compile(r"secrets\.|github\.token|GH_TOKEN|GITHUB_TOKEN")


@cache
def list_sessions() -> frozenset[str]:
    """Return the sessions that nox finds in this repository."""
    command = [sys.executable, "-m", "nox", "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"^[*-] (\S+)", done.stdout, re.MULTILINE))


def test_actions_are_pinned() -> None:
    """Each action is named by its commit, with its version beside it, and the same everywhere."""
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                pin = re.fullmatch(
                    r" +(?:- )?uses: (actions/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line
                )
                assert pin, f"{path.name}: {line}"
                pins.setdefault(pin[1], set()).add(pin[2])
    assert set(pins) == {
        "actions/checkout",
        "actions/setup-python",
        "actions/upload-artifact",
        "actions/download-artifact",
    }
    assert all(len(versions) == 1 for versions in pins.values()), pins


def test_permissions_are_the_least() -> None:
    """A workflow may do nothing, and each of its jobs only what is written down here."""
    assert all(read(path)["permissions"] == {} for path in WORKFLOWS)
    assert {name: job["permissions"] for name, job in JOBS.items()} == PERMISSIONS


def test_jobs_are_bounded() -> None:
    """Each job ends in time, on a system that does not change by itself, and not twice at once."""
    assert all(read(path)["concurrency"]["group"] for path in WORKFLOWS)
    for job in JOBS.values():
        assert 0 < job["timeout-minutes"] <= 30
        assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])


def test_checkouts_keep_no_credentials() -> None:
    """No checkout leaves a token behind for what runs after it."""
    checkouts = [
        step
        for job in JOBS.values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert len(checkouts) == len(JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_generator_has_no_secret_on_github() -> None:
    """A job that runs nox, and so the generator on a foreign document, has nothing to lose."""
    for name, job in JOBS.items():
        scripts = "\n".join(step.get("run", "") for step in job["steps"])
        if find_sessions(scripts):
            assert not SECRET.search(yaml.safe_dump(job)), name
            assert job["permissions"] == READ, name
        else:
            assert name == ("update", "propose")
            assert not re.search(r"\b(python|pip|nox)\b", scripts)
    for path in WORKFLOWS:
        assert "env" not in read(path)


def test_generator_has_no_secret_on_harness() -> None:
    """Only the step that opens the pull request has a secret, and it runs in no container."""
    holders = []
    for path in PIPELINES:
        for step in list_steps(path):
            if SECRET.search(yaml.safe_dump(step)):
                holders.append((path.stem, step["identifier"]))
                assert not find_sessions(step["spec"]["command"])
                assert "image" not in step["spec"]
            else:
                assert step["spec"]["image"].startswith("python:")
    assert holders == [("update", "propose")]
    text = "".join(path.read_text(encoding="utf-8") for path in PIPELINES)
    assert text.count("secrets.") == 1


def test_sessions_exist() -> None:
    """Each session that the CI runs is in the noxfile, and it runs every default one."""
    named = {
        session
        for path in (*WORKFLOWS, *PIPELINES)
        for script in list_scripts(path)
        for session in find_sessions(script)
    }
    assert named == {"check", "lint", "typecheck", "tests", "update"}
    assert named <= list_sessions()


@pytest.mark.parametrize("name", ["check", "update"])
def test_systems_do_the_same(name: str) -> None:
    """GitHub and Harness run the same sessions, the same scripts and the same Pythons."""
    paths = (ROOT / f".github/workflows/{name}.yaml", ROOT / f".harness/{name}.yaml")
    runs = []
    for path in paths:
        scripts = list_scripts(path)
        runs.append(
            {
                "sessions": [found for one in scripts if (found := find_sessions(one))],
                "scripts": [found for one in scripts for found in re.findall(r"\.ci/[\w-]+", one)],
                "pythons": re.findall(
                    r"\[(\"3\.\d+\"(?:, \"3\.\d+\")*)\]", path.read_text("utf-8")
                ),
            }
        )
    assert runs[0] == runs[1]
    assert [path.name for path in WORKFLOWS] == [path.name for path in PIPELINES]


def test_every_python_is_tested() -> None:
    """The tests run on each Python that the noxfile names, and on newer ones."""
    pythons = JOBS["check", "tests"]["strategy"]["matrix"]["python"]
    ours = {name.removeprefix("tests-all-") for name in list_sessions() if "tests-all-" in name}
    assert ours
    assert ours <= set(pythons)
    assert pythons == sorted(pythons, key=lambda python: int(python.removeprefix("3.")))


def test_systems_update_at_the_same_time() -> None:
    """The update is looked for once a week, at the same hour on both systems."""
    [schedule] = read(ROOT / ".github/workflows/update.yaml")[True]["schedule"]
    trigger = read(ROOT / ".harness/triggers/update_weekly.yaml")["trigger"]
    assert schedule["cron"] == trigger["source"]["spec"]["spec"]["expression"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])


def schema() -> dict[str, Any]:
    """The form of pipelines and triggers of Harness."""
    return read(ROOT / "tests/pipeline/harness-ci.schema.yaml")


@pytest.mark.parametrize("path", [*PIPELINES, *TRIGGERS], ids=lambda path: path.stem)
def test_harness_files_have_the_form(path: Path) -> None:
    """Each pipeline and trigger of Harness has the form that its format asks for."""
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(read(path), schema())


def _step(pipeline: Any) -> Any:
    return pipeline["stages"][0]["parallel"][0]["stage"]["spec"]["execution"]["steps"][0]["step"]


def _matrix(pipeline: Any) -> Any:
    return pipeline["stages"][0]["parallel"][1]["stage"]["strategy"]["matrix"]


MISTAKES: dict[str, Callable[[Any], object]] = {
    "misspelt key": lambda pipeline: pipeline.update(stage=[]),
    "no identifier": lambda pipeline: pipeline.pop("identifier"),
    "dash in an identifier": lambda pipeline: pipeline.update(identifier="my-check"),
    "no stage": lambda pipeline: pipeline.update(stages=[]),
    "no timeout": lambda pipeline: _step(pipeline).pop("timeout"),
    "comma in a name": lambda pipeline: _step(pipeline).update(name="Check, lint"),
    "number in the matrix": lambda pipeline: _matrix(pipeline).update(python=[3.10]),
    "unknown type of step": lambda pipeline: _step(pipeline).update(type="run"),
    "unknown key of a step": lambda pipeline: _step(pipeline)["spec"].update(run="true"),
    "image without a connector": lambda pipeline: _step(pipeline)["spec"].pop("connectorRef"),
    "expression in a script": lambda pipeline: _step(pipeline)["spec"].update(
        command="echo <+codebase.prTitle>"
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_form_refuses(mistake: str) -> None:
    """The form refuses what Harness refuses, and a script with a value pasted in."""
    value = copy.deepcopy(read(ROOT / ".harness/check.yaml"))
    MISTAKES[mistake](value["pipeline"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema())


def test_triggers_start_the_pipelines() -> None:
    """Each trigger starts a pipeline that is there, and each pipeline has a trigger."""
    pipelines = {one["identifier"]: one for path in PIPELINES for one in read(path).values()}
    started = set()
    for path in TRIGGERS:
        trigger = read(path)["trigger"]
        pipeline = pipelines[trigger["pipelineIdentifier"]]
        started.add(pipeline["identifier"])
        assert trigger["identifier"] == path.stem
        for key in ("projectIdentifier", "orgIdentifier"):
            assert trigger[key] == pipeline[key]
        given = yaml.safe_load(trigger["inputYaml"])["pipeline"]
        assert given["identifier"] == pipeline["identifier"]
        assert set(given["properties"]["ci"]["codebase"]) == {"build"}
    assert started == set(pipelines)
    assert [path.stem for path in PIPELINES] == list(pipelines)


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *PIPELINES], ids=lambda path: str(path.relative_to(ROOT))
)
def test_scripts_are_sound(path: Path) -> None:
    """No value is pasted into a script, and shellcheck has nothing to say of any."""
    scripts = list_scripts(path)
    assert scripts
    for script in scripts:
        assert "${{" not in script
        check_shell(script)


def test_script_files_are_sound() -> None:
    """The scripts in files can be run and end at the first fault; `nox -s lint` reads the rest."""
    names = [path.name for path in SCRIPTS]
    assert names == ["fetch-document", "make-update", "propose-update"]
    for path in SCRIPTS:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0] == "#!/usr/bin/env bash"
        assert "set -euo pipefail" in lines
        assert path.stat().st_mode & 0o111


def check_shell(text: str) -> None:
    """Run shellcheck on a script, or fail with what it says."""
    command = [str(Path(sys.executable).parent / "shellcheck"), "--shell=bash", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
