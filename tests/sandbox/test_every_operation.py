"""One story that goes through every operation of the client, in all of its forms."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from harness_nextgen import errors, models
from harness_nextgen.types import File

from tests.client.described import list_operations
from tests.sandbox.running import Asking

ARCHIVE = b"PK\x05\x06" + bytes(18)
SCOPE = {"scope_org": "platform", "scope_project": "network"}
CREATED = {
    "account", "created", "description", "id", "name", "org", "project", "repository",
    "repository_branch", "repository_commit", "repository_connector", "repository_path",
    "scope_org", "scope_project", "storage_type", "system", "tags", "updated",
}  # fmt: skip
"""The 18 fields of the answer to a creation, by the API page."""


class Story:
    """Calls methods, plain or with the raw answer, and notes those that were answered."""

    def __init__(self, ask: Asking, form: str) -> None:
        self.account = ask.account
        self.told: set[str] = set()
        self._ask = ask
        self._form = form

    def tell(self, name: str, status: int, *arguments: Any, **named: Any) -> Any:
        """Call a method; where the raw answer is asked for, its status must be this one."""
        if self._form == "plain":
            answer = self._ask(name, *arguments, **named)
        else:
            resource, _, method = name.rpartition(".")
            raw = self._ask(f"{resource}.with_raw_response.{method}", *arguments, **named)
            assert (name, raw.status_code) == (name, status)
            answer = raw.parse()
        self.told.add(name)
        return answer.encode() if isinstance(answer, str) else answer

    def is_gone(self, name: str, *arguments: Any) -> None:
        """Call a method on what was deleted."""
        with pytest.raises(errors.NotFoundError):
            self._ask(name, *arguments)


@pytest.mark.parametrize("form", ["plain", "raw"])
def test_every_operation_in_one_story(ask: Asking, form: str) -> None:
    """A team sets up its project, publishes a module, watches over it and tears all down.

    The story is whole when its methods are those that the effective spec names: each of the
    operations was answered with success, by the client in this form.
    """
    story = Story(ask, form)
    tell_all(story)
    surface = {f"{one.value['x-resource']}.{one.value['x-method']}" for one in list_operations()}
    assert story.told == surface


def tell_all(story: Story) -> None:
    """Tell the story from its beginning to its end."""
    set_up_project(story)
    module_id = create_module(story)
    publish_versions(story)
    read_versions(story, module_id)
    download_archive(story, module_id)
    run_tests(story, module_id)
    keep_lifecycle(story, module_id)
    tear_down(story, module_id)


def set_up_project(story: Story) -> None:
    """Create an organization with a project, find them and rename them."""
    org = models.Organization(identifier="platform", name="Platform")
    made = story.tell("organizations.create", 201, models.CreateOrganizationRequest(org=org))
    assert made.org.to_dict() == {"identifier": "platform", "name": "Platform"}
    org.name = "Platform Engineering"
    body = models.UpdateOrganizationRequest(org=org)
    changed = story.tell("organizations.update", 200, "platform", body)
    assert (changed.org.name, changed.created) == ("Platform Engineering", made.created)
    assert changed.updated >= made.updated
    assert story.tell("organizations.get", 200, "platform") == changed
    assert story.tell("organizations.list", 200, search_term="engineer") == [changed]

    project = models.ProjectRequest(identifier="network", name="Network")
    body = models.CreateProjectRequest(project=project)
    made = story.tell("projects.create", 201, "platform", body)
    assert made.project.to_dict() == {**project.to_dict(), "org": "platform"}
    project.name = "Networking"
    body = models.UpdateProjectRequest(project=project)
    changed = story.tell("projects.update", 200, "platform", "network", body)
    assert changed.project.to_dict() == {**project.to_dict(), "org": "platform"}
    assert story.tell("projects.get", 200, "platform", "network") == changed
    assert story.tell("projects.list", 200, "platform") == [changed]


def create_module(story: Story) -> str:
    """Create a module in the project, find it and replace it; return its id."""
    body = models.CreateModuleRequest(
        name="vpc", system="aws", storage_type="artifact", repository_connector="github"
    )
    made = story.tell("modules.create", 200, body, **SCOPE)
    assert set(made.to_dict()) == CREATED
    body = models.UpdateModuleRequest(
        name="vpc", system="aws", storage_type="artifact", repository_connector="gitlab"
    )
    changed = story.tell("modules.update", 200, made.id, body)
    assert (changed.id, changed.repository_connector) == (made.id, "gitlab")
    assert (changed.scope_org, changed.scope_project) == ("platform", "network")
    assert story.tell("modules.get", 200, made.id) == changed
    assert story.tell("modules.list", 200, search_term="VPC", **SCOPE) == [changed]
    assert story.tell("modules.list_connectors", 200) == ["gitlab"]
    assert story.tell("modules.list_providers", 200, **SCOPE) == ["aws"]
    return str(made.id)


def publish_versions(story: Story) -> None:
    """Push two versions as the onboarding pipeline does, the newer with all its files."""
    pipeline = models.CreateOnboardingPipelineRequest(org="platform", project="network")
    assert story.tell("onboarding.create_pipeline", 201, pipeline) is None
    tags = models.PushModuleTagsRequest(tags=["v1.0.0", "v1.1.0"])
    assert story.tell("onboarding.push_tags", 201, "vpc", "aws", tags, **SCOPE) is None
    place = ("vpc", "aws", "1.1.0")
    variables = [{"variable_name": "cidr", "variable_type": "string"}]
    metadata = models.PushModuleMetadataRequest(
        metadata=json.dumps({"variables": variables}), download_url="", git_tag="v1.1.0"
    )
    assert story.tell("onboarding.push_metadata", 201, *place, metadata, **SCOPE) is None
    assert story.tell("onboarding.upload_readme", 201, *place, "# VPC\n", **SCOPE) is None
    disposition = {"content_disposition": 'attachment; filename="vpc.zip"'}
    answer = story.tell("onboarding.upload_archive", 201, *place, ARCHIVE, **disposition, **SCOPE)
    assert answer is None
    example = models.ModuleExampleUpload()
    example["main.tf"] = File(io.BytesIO(b"module {}\n"), "main.tf")
    folder = {"path": "examples/basic"}
    answer = story.tell("onboarding.upload_example", 201, *place, example, **folder, **SCOPE)
    assert answer is None


def read_versions(story: Story, module_id: str) -> None:
    """Read back what was published."""
    assert story.tell("modules.list_tags", 200, module_id) == ["v1.0.0", "v1.1.0"]
    newest = {"version": "1.1.0"}
    metadata = story.tell("modules.get_metadata", 200, module_id, **newest)
    assert [(one.variable_name, one.variable_type) for one in metadata.variables] == [
        ("cidr", "string")
    ]
    assert story.tell("modules.get_readme", 200, module_id, **newest) == b"# VPC\n"
    tree = story.tell("modules.examples.list", 200, module_id, path="examples/basic", **newest)
    assert [(one.path, one.content_type) for one in tree.items] == [
        ("examples/basic/main.tf", "file")
    ]
    path = tree.items[0].path
    assert story.tell("modules.examples.get", 200, module_id, path=path, **newest) == b"module {}\n"


def download_archive(story: Story, module_id: str) -> None:
    """Find a version in the registry and download its archive."""
    source = (story.tell("modules.get", 200, module_id).namespace, "vpc", "aws")
    [listed] = story.tell("registry.list_versions", 200, *source).modules
    assert [(one.module_version, one.git_version) for one in listed.versions] == [
        ("1.1.0", "v1.1.0"),
        ("1.0.0", "v1.0.0"),
    ]
    location = story.tell("registry.get_download", 200, *source, "1.1.0").location
    [token] = parse_qs(urlsplit(location).query)["token"]
    archive = story.tell("registry.download_archive", 200, *source, "1.1.0", token=token)
    assert archive == ARCHIVE


def run_tests(story: Story, module_id: str) -> None:
    """Enable testing, change it, run a test, and disable it."""
    settings = models.ModuleTestingSettings(
        pipeline_org="platform",
        pipeline_project="network",
        provisioner_type="tofu",
        provisioner_version="1.9.4",
    )
    assert story.tell("modules.testing.enable", 204, module_id, settings) is None
    settings.provisioner_version = "1.10.0"
    assert story.tell("modules.testing.update", 200, module_id, settings) is None
    shown = story.tell("modules.get", 200, module_id).testing_metadata
    assert (shown.org, shown.project, shown.provisioner_version) == (
        "platform", "network", "1.10.0",
    )  # fmt: skip
    pipeline = models.CreateModuleTestingPipelineRequest(
        pipeline_org="platform", pipeline_project="network"
    )
    assert story.tell("modules.testing.create_pipeline", 201, module_id, pipeline) is None
    execution = models.RecordModuleExecutionRequest(
        account=story.account,
        pipeline="tests",
        pipeline_execution_id="run-1",
        pipeline_stage_id="stage",
        pipeline_org="platform",
        pipeline_project="network",
    )
    recorded = story.tell("onboarding.record_execution", 200, module_id, execution)
    assert (recorded.module_id, recorded.org, recorded.project) == (
        module_id, "platform", "network",
    )  # fmt: skip
    event = models.SendModuleEventRequest(
        account=story.account,
        org="platform",
        project="network",
        event_type="success",
        metadata=models.ModuleExecutionMetadata(pipeline_execution_id="run-1"),
    )
    assert story.tell("onboarding.send_event", 200, module_id, event) is None
    recorded.status = "success"
    assert story.tell("modules.executions.list", 200, module_id) == [recorded]
    assert story.tell("modules.testing.disable", 204, module_id) is None
    assert story.tell("modules.get", 200, module_id).testing_enabled is False


def keep_lifecycle(story: Story, module_id: str) -> None:
    """Support one version, see the other one fail a check, and drop the rule."""
    rule = models.ModuleLifecycleRule(
        supported_count=1,
        warning_count=0,
        supported_action="no_action",
        warning_action="warn",
        deprecated_action="fail",
        overrides=[],
    )
    assert story.tell("modules.lifecycle.set", 200, module_id, rule) == rule
    assert story.tell("modules.lifecycle.get", 200, module_id) == rule
    status = story.tell("modules.lifecycle.get_version", 200, module_id, "1.0.0")
    assert status.to_dict() == {
        "tier": "deprecated", "action": "fail", "minimum_supported_version": "1.1.0",
    }  # fmt: skip
    namespace = story.tell("modules.get", 200, module_id).namespace
    check = models.CheckModuleLifecyclesRequest(
        items=[
            models.ModuleLifecycleCheck(
                namespace=namespace, name="vpc", system="aws", version=version
            )
            for version in ("1.0.0", "1.1.0")
        ]
    )
    [violation] = story.tell("modules.lifecycle.check", 200, check).results
    assert (violation.version, violation.action) == ("1.0.0", "fail")
    assert story.tell("modules.lifecycle.delete", 204, module_id) is None
    story.is_gone("modules.lifecycle.get", module_id)


def tear_down(story: Story, module_id: str) -> None:
    """Delete a version, the module, the project and the organization."""
    assert story.tell("modules.delete_version", 204, module_id, "1.0.0") is None
    assert story.tell("modules.sync", 204, module_id) is None
    assert story.tell("modules.get", 200, module_id).versions == ["1.1.0"]
    assert story.tell("modules.delete", 204, module_id) is None
    story.is_gone("modules.get", module_id)
    deleted = story.tell("projects.delete", 200, "platform", "network")
    assert deleted.project.name == "Networking"
    story.is_gone("projects.get", "platform", "network")
    deleted = story.tell("organizations.delete", 200, "platform")
    assert deleted.org.name == "Platform Engineering"
    story.is_gone("organizations.get", "platform")
