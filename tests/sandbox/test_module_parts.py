"""What belongs to a module: testing, lifecycle, executions and examples."""

from __future__ import annotations

import io

import pytest
from harness_nextgen import errors, models
from harness_nextgen.types import UNSET, File

from tests.sandbox.running import Asking

SETTINGS = models.ModuleTestingSettings(
    pipeline_org="default",
    pipeline_project="web",
    provisioner_type="tofu",
    provisioner_version="1.9.4",
)
RULE = models.ModuleLifecycleRule(
    supported_count=2,
    warning_count=1,
    supported_action="no_action",
    warning_action="warn",
    deprecated_action="fail",
)


@pytest.fixture
def module_id(ask: Asking) -> str:
    """A module with five versions, one of them a pre-release."""
    module_id = ask("modules.create", models.CreateModuleRequest(name="vpc", system="aws")).id
    tags = ["v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0", "v2.1.0-rc.1"]
    ask("onboarding.push_tags", "vpc", "aws", models.PushModuleTagsRequest(tags=tags))
    return str(module_id)


def test_testing_goes_on_and_off(ask: Asking, module_id: str) -> None:
    """Testing is enabled, changed and disabled; a module tells its settings meanwhile."""
    assert ask("modules.testing.enable", module_id, SETTINGS) is None
    with pytest.raises(errors.ConflictError):
        ask("modules.testing.enable", module_id, SETTINGS)
    module = ask("modules.get", module_id)
    assert module.testing_enabled is True
    assert (module.testing_metadata.org, module.testing_metadata.pipelines) == ("default", [])
    changed = models.ModuleTestingSettings.from_dict(
        {
            **SETTINGS.to_dict(),
            "pipeline_id": ["tests"],
            "provisioner_version": "1.10.0",
            "provider_connector": "account.aws",
            "release_pipeline": "releases",
        }
    )
    assert ask("modules.testing.update", module_id, changed) is None
    settings = ask("modules.get", module_id).testing_metadata
    assert settings.to_dict() == {
        "account": ask.account, "org": "default", "project": "web", "pipelines": ["tests"],
        "release_pipeline": "releases", "provider_connector": "account.aws",
        "provisioner_type": "tofu", "provisioner_version": "1.10.0",
    }  # fmt: skip
    assert ask("modules.testing.disable", module_id) is None
    assert ask("modules.get", module_id).testing_enabled is False


@pytest.mark.parametrize("member", ["pipeline_org", "pipeline_project"])
@pytest.mark.parametrize(("length", "taken"), [(0, False), (1, True), (128, True), (129, False)])
def test_names_that_a_module_cannot_show(
    ask: Asking, module_id: str, member: str, length: int, taken: bool
) -> None:
    """Testing shows where its pipelines are, in 1 to 128 characters; others are refused."""
    settings = models.ModuleTestingSettings.from_dict({**SETTINGS.to_dict(), member: "x" * length})
    if taken:
        ask("modules.testing.enable", module_id, settings)
    else:
        with pytest.raises(errors.BadRequestError, match=member):
            ask("modules.testing.enable", module_id, settings)
    assert ask("modules.get", module_id).testing_enabled is taken


@pytest.mark.parametrize("change", ["update", "disable"])
def test_testing_must_be_enabled(ask: Asking, module_id: str, change: str) -> None:
    """Testing that is off can be neither changed nor switched off."""
    arguments = [SETTINGS] if change == "update" else []
    with pytest.raises(errors.NotFoundError, match="not enabled"):
        ask(f"modules.testing.{change}", module_id, *arguments)


def test_pipelines_are_created(ask: Asking, module_id: str) -> None:
    """Pipelines for tests and for onboarding are taken without an answer."""
    body = models.CreateModuleTestingPipelineRequest(pipeline_org="default", pipeline_project="web")
    assert ask("modules.testing.create_pipeline", module_id, body) is None
    onboarding = models.CreateOnboardingPipelineRequest(org="default", project="web")
    assert ask("onboarding.create_pipeline", onboarding) is None


def test_lifecycle_rule_is_set_replaced_and_dropped(ask: Asking, module_id: str) -> None:
    """A rule is read as it was set, replaced whole, and gone after its deletion."""
    with pytest.raises(errors.NotFoundError):
        ask("modules.lifecycle.get", module_id)
    override = models.ModuleLifecycleOverride(version="v1.0.0", tier="supported", reason="old")
    rule = models.ModuleLifecycleRule.from_dict(
        {**RULE.to_dict(), "overrides": [override.to_dict()]}
    )
    assert ask("modules.lifecycle.set", module_id, rule).to_dict() == rule.to_dict()
    assert ask("modules.lifecycle.get", module_id).to_dict() == rule.to_dict()
    ask("modules.lifecycle.set", module_id, RULE)
    assert ask("modules.lifecycle.get", module_id).overrides == []
    assert ask("modules.lifecycle.delete", module_id) is None
    with pytest.raises(errors.NotFoundError):
        ask("modules.lifecycle.delete", module_id)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.1.0-rc.1", ("supported", "no_action")),
        ("2.0.0", ("supported", "no_action")),
        ("v1.2.0", ("supported", "no_action")),
        ("1.1.0", ("warning", "warn")),
        ("1.0.0", ("deprecated", "fail")),
    ],
)
def test_tiers(ask: Asking, module_id: str, version: str, expected: tuple[str, str]) -> None:
    """The newest releases are supported, then one is warned of, the rest is deprecated."""
    before = ask("modules.lifecycle.get_version", module_id, version)
    assert (before.tier, before.action) == ("supported", "no_action")
    ask("modules.lifecycle.set", module_id, RULE)
    status = ask("modules.lifecycle.get_version", module_id, version)
    assert (status.tier, status.action) == expected
    assert status.minimum_supported_version == "1.2.0"
    statuses = ask("modules.get", module_id).version_statuses
    assert statuses[version.removeprefix("v")] == expected[0]


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"supported_action": "x"}, "supported_action"), ({"warning_action": ""}, "warning_action"),
        ({"deprecated_action": "supported"}, "deprecated_action"),
        ({"overrides": [{"version": "1", "tier": "fail"}]}, "overrides.0.tier"),
        ({"supported_count": 0}, "supported_count"), ({"warning_count": -1}, "warning_count"),
    ],
)  # fmt: skip
def test_bad_rules(ask: Asking, module_id: str, change: dict[str, object], member: str) -> None:
    """A rule with an unknown action or tier, or a bad count, is refused and not kept."""
    rule = models.ModuleLifecycleRule.from_dict({**RULE.to_dict(), **change})
    with pytest.raises(errors.BadRequestError, match=member):
        ask("modules.lifecycle.set", module_id, rule)
    with pytest.raises(errors.NotFoundError, match="no lifecycle rule"):
        ask("modules.lifecycle.get", module_id)


def test_overrides_win(ask: Asking, module_id: str) -> None:
    """An override puts a version into its tier, whatever its place."""
    overrides = [{"version": "v2.0.0", "tier": "deprecated"}]
    rule = models.ModuleLifecycleRule.from_dict({**RULE.to_dict(), "overrides": overrides})
    ask("modules.lifecycle.set", module_id, rule)
    assert ask("modules.lifecycle.get_version", module_id, "2.0.0").action == "fail"


def test_only_violations_come_back(ask: Asking, module_id: str) -> None:
    """A check of many versions returns those that are not supported."""
    ask("modules.lifecycle.set", module_id, RULE)
    items = [
        models.ModuleLifecycleCheck(namespace=ask.account, name=name, system="aws", version=version)
        for name, version in (("vpc", "2.0.0"), ("vpc", "1.1.0"), ("vpc", "v1.0.0"), ("x", "1"))
    ]
    body = models.CheckModuleLifecyclesRequest(items=items)
    results = ask("modules.lifecycle.check", body).results
    found = [(one.version, one.tier, one.action) for one in results]
    assert found == [("1.1.0", "warning", "warn"), ("v1.0.0", "deprecated", "fail")]
    assert (results[0].namespace, results[0].name, results[0].system) == (ask.account, "vpc", "aws")
    assert {one.minimum_supported_version for one in results} == {"1.2.0"}


@pytest.mark.parametrize(
    "change",
    [{"namespace": "other"}, {"name": "other"}, {"system": "google"}, {"version": "1.0.1"}],
)
def test_only_what_is_registered_is_checked(
    ask: Asking, module_id: str, change: dict[str, str]
) -> None:
    """A violation is one of exactly the module and version that is named."""
    ask("modules.lifecycle.set", module_id, RULE)
    named = {"namespace": ask.account, "name": "vpc", "system": "aws", "version": "1.0.0"}
    for item, count in ((named, 1), ({**named, **change}, 0)):
        body = models.CheckModuleLifecyclesRequest.from_dict({"items": [item]})
        assert len(ask("modules.lifecycle.check", body).results) == count


def record(ask: Asking, module_id: str, number: int, **more: object) -> models.ModuleExecution:
    """Record an execution."""
    body = models.RecordModuleExecutionRequest.from_dict(
        {
            "account": ask.account, "pipeline": "tests", "pipelineExecutionId": f"run-{number}",
            "pipelineStageId": "stage", "pipeline_org": "default", "pipeline_project": "web",
            **more,
        }
    )  # fmt: skip
    answer: models.ModuleExecution = ask("onboarding.record_execution", module_id, body)
    return answer


def test_executions_are_listed_newest_first(ask: Asking, module_id: str) -> None:
    """Recorded executions are listed over all pages; onboarding runs are listed apart."""
    made = [record(ask, module_id, number) for number in range(5)]
    record(ask, module_id, 9, module_onboarding=True)
    assert (made[0].status, made[0].org, made[0].module_id) == ("running", "default", module_id)

    def runs(**arguments: object) -> list[str]:
        found = ask("modules.executions.list", module_id, **arguments)
        return [one.metadata.pipeline_execution_id for one in found]

    assert runs(limit=2) == ["run-4", "run-3", "run-2", "run-1", "run-0"]
    assert runs(module_onboarding=True) == ["run-9"]
    assert runs(pipeline_execution_id="run-3") == ["run-3"]
    assert runs(status=["failed"]) == []
    assert runs(end_time=made[0].created - 1) == []
    assert len(runs(start_time=made[0].created)) == 5


def test_event_changes_the_status(ask: Asking, module_id: str) -> None:
    """An event becomes the status of the execution that it names."""
    record(ask, module_id, 1)
    record(ask, module_id, 2)
    event = models.SendModuleEventRequest.from_dict(
        {
            "account": ask.account, "org": "default", "project": "web", "eventType": "success",
            "metadata": {"pipeline_execution_id": "run-1", "pipeline_name": "Tests"},
        }
    )  # fmt: skip
    assert ask("onboarding.send_event", module_id, event) is None
    [done] = ask("modules.executions.list", module_id, status=["success", "other"])
    assert done.metadata.to_dict() == {
        "pipeline": "tests", "pipeline_execution_id": "run-1", "pipeline_stage_id": "stage",
        "pipeline_name": "Tests",
    }  # fmt: skip
    event.metadata = UNSET
    assert ask("onboarding.send_event", module_id, event) is None
    statuses = [one.status for one in ask("modules.executions.list", module_id)]
    assert statuses == ["running", "success"]


def test_event_is_about_the_newest_execution_of_a_name(ask: Asking, module_id: str) -> None:
    """Where two executions have one id, the newer one changes."""
    for _ in range(2):
        record(ask, module_id, 1)
    event = models.SendModuleEventRequest.from_dict(
        {
            "account": ask.account, "org": "default", "project": "web", "eventType": "failed",
            "metadata": {"pipeline_execution_id": "run-1"},
        }
    )  # fmt: skip
    ask("onboarding.send_event", module_id, event)
    statuses = [one.status for one in ask("modules.executions.list", module_id)]
    assert statuses == ["failed", "running"]


def test_examples_are_kept_byte_for_byte(ask: Asking, module_id: str) -> None:
    """Uploaded example files are listed level by level and come back as they were sent."""
    files = {"main.tf": b"\xff\x00\r\n--x", "modules/a/vars.tf": b"", "README": "Ü".encode()}
    upload = models.ModuleExampleUpload()
    for name, content in files.items():
        upload[name] = File(io.BytesIO(content), "some-name" if name != "README" else None)
    ask("onboarding.upload_example", "vpc", "aws", "1.0.0", upload, path="examples/basic")

    def tree(path: str) -> list[tuple[str, str]]:
        found = ask("modules.examples.list", module_id, version="1.0.0", path=path)
        return [(one.path, str(one.content_type)) for one in found.items]

    assert tree("examples") == [("examples/basic", "directory")]
    assert tree("examples/basic") == [
        ("examples/basic/modules", "directory"),
        ("examples/basic/README", "file"),
        ("examples/basic/main.tf", "file"),
    ]
    for name, content in files.items():
        path = f"examples/basic/{name}"
        assert ask("modules.examples.get", module_id, version="1.0.0", path=path) == content


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("list", "elsewhere", errors.BadRequestError),
        ("get", "examples/../main.tf", errors.BadRequestError),
        ("list", "examples/absent", errors.NotFoundError),
        ("get", "examples/absent", errors.NotFoundError),
    ],
)
def test_paths_of_examples(
    ask: Asking, module_id: str, method: str, path: str, error: type[Exception]
) -> None:
    """A path outside of examples/ is wrong, one that is not there is not found."""
    with pytest.raises(error):
        ask(f"modules.examples.{method}", module_id, version="1.0.0", path=path)


def test_an_upload_replaces_its_folder(ask: Asking, module_id: str) -> None:
    """What an upload does not have is gone from its folder, and from no other."""
    place = ("vpc", "aws", "1.0.0")
    for folder, names in (
        ("examples/a", ["1.tf", "2.tf"]), ("examples/ab", ["3.tf"]), ("examples/a", ["2.tf"]),
    ):  # fmt: skip
        upload = models.ModuleExampleUpload()
        for name in names:
            upload[name] = File(io.BytesIO(folder.encode()))
        ask("onboarding.upload_example", *place, upload, path=folder)

    def tree(path: str) -> list[str]:
        return [
            one.path
            for one in ask("modules.examples.list", module_id, version="1.0.0", path=path).items
        ]

    assert tree("examples/") == ["examples/a", "examples/ab"]
    assert (tree("examples/a"), tree("examples/ab")) == (["examples/a/2.tf"], ["examples/ab/3.tf"])
    assert ask("modules.examples.list", module_id, version="1.1.0", path="examples").items == []


def test_files_of_browsers_have_their_own_names(ask: Asking, module_id: str) -> None:
    """Parts that are all named ``file`` are named by their files."""
    upload = models.ModuleExampleUpload()
    upload["file"] = File(io.BytesIO(b"a"), "main.tf")
    ask("onboarding.upload_example", "vpc", "aws", "1.0.0", upload, path="examples/a")
    [item] = ask("modules.examples.list", module_id, version="1.0.0", path="examples/a").items
    assert item.path == "examples/a/main.tf"
