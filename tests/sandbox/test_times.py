"""Which changes move which times, with a clock that is a second later at each change."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from harness_nextgen import models
from harness_nextgen.types import File

from harness_nextgen_sandbox.clock import STEP, parse_start
from tests.sandbox.running import Asking, run_sandbox

START = 1767225600000


@pytest.fixture
def clocked() -> Iterator[Asking]:
    """A client of a sandbox that begins with the year 2026."""
    with run_sandbox(clock=parse_start("2026-01-01")) as running:
        ask = Asking(running.url, "some", "sync")
        yield ask
        ask.close()


def test_times_of_a_module(clocked: Asking) -> None:
    """A change moves ``updated``, what is read from Git ``synced``, and reading nothing."""
    made = clocked("modules.create", models.CreateModuleRequest(name="vpc", system="aws"))
    assert (made.created, made.updated) == (START, START)
    settings = models.ModuleTestingSettings(
        pipeline_org="o", pipeline_project="p", provisioner_type="tofu", provisioner_version="1"
    )
    rule = models.ModuleLifecycleRule(
        supported_count=1, warning_count=0, supported_action="warn", warning_action="warn",
        deprecated_action="warn",
    )  # fmt: skip
    example = models.ModuleExampleUpload()
    example["a"] = File(io.BytesIO(b"a"))
    metadata = models.PushModuleMetadataRequest(metadata="", download_url="", git_tag="")
    place = ("vpc", "aws", "1.0.0")
    own, git = {"updated"}, {"updated", "synced"}
    steps: list[tuple[set[str], str, tuple[object, ...], dict[str, str]]] = [
        (git, "onboarding.push_tags", (*place[:2], models.PushModuleTagsRequest()), {}),
        (git, "onboarding.push_metadata", (*place, metadata), {}),
        (git, "onboarding.upload_readme", (*place, "text"), {}),
        (git, "onboarding.upload_archive", (*place, b""), {"content_disposition": "attachment"}),
        (git, "onboarding.upload_example", (*place, example), {"path": "examples/a"}),
        (git, "modules.delete_version", (made.id, "1.0.0"), {}),
        ({"synced"}, "modules.sync", (made.id,), {}),
        (
            own,
            "modules.update",
            (made.id, models.UpdateModuleRequest(name="vpc", system="aws")),
            {},
        ),
        (own, "modules.testing.enable", (made.id, settings), {}),
        (own, "modules.testing.update", (made.id, settings), {}),
        (own, "modules.testing.disable", (made.id,), {}),
        (own, "modules.lifecycle.set", (made.id, rule), {}),
        (own, "modules.lifecycle.delete", (made.id,), {}),
        (set(), "modules.lifecycle.get_version", (made.id, "2.0.0"), {}),
    ]
    clocked("onboarding.push_tags", *place[:2], models.PushModuleTagsRequest(tags=["2.0.0"]))
    times = {"created": START, "updated": START + STEP, "synced": START + STEP}
    now = START + STEP
    for moved, name, arguments, named in steps:
        now += STEP
        clocked(name, *arguments, **named)
        times |= dict.fromkeys(moved, now)
        module = clocked("modules.get", made.id).to_dict()
        assert {name: module[name] for name in times} == times, name


def test_times_of_organizations_and_projects(clocked: Asking) -> None:
    """An update moves ``updated`` and leaves ``created``."""
    org = models.Organization(identifier="one", name="One")
    made = clocked("organizations.create", models.CreateOrganizationRequest(org=org))
    assert (made.created, made.updated) == (START, START)
    body = models.UpdateOrganizationRequest(org=org)
    changed = clocked("organizations.update", "one", body)
    assert (changed.created, changed.updated) == (START, START + STEP)
    project = models.ProjectRequest(identifier="web", name="Web")
    made = clocked("projects.create", "one", models.CreateProjectRequest(project=project))
    assert (made.created, made.updated) == (START + 2 * STEP, START + 2 * STEP)
    changed = clocked("projects.update", "one", "web", models.UpdateProjectRequest(project=project))
    assert (changed.created, changed.updated) == (START + 2 * STEP, START + 3 * STEP)


def test_times_of_executions(clocked: Asking) -> None:
    """Executions are found by when they were recorded, to the millisecond."""
    module_id = clocked("modules.create", models.CreateModuleRequest(name="a", system="aws")).id
    body = models.RecordModuleExecutionRequest(
        account="some", pipeline="p", pipeline_execution_id="run", pipeline_stage_id="s",
        pipeline_org="o", pipeline_project="p",
    )  # fmt: skip
    made = [clocked("onboarding.record_execution", module_id, body).created for _ in range(3)]
    assert made == [START + STEP, START + 2 * STEP, START + 3 * STEP]

    def found(**bounds: int) -> list[int]:
        return [one.created for one in clocked("modules.executions.list", module_id, **bounds)]

    assert found() == made[::-1]
    assert found(start_time=made[1]) == [made[2], made[1]]
    assert found(start_time=made[1] + 1) == [made[2]]
    assert found(end_time=made[1]) == [made[1], made[0]]
    assert found(end_time=made[1] - 1) == [made[0]]
    assert found(start_time=made[1], end_time=made[1]) == [made[1]]
