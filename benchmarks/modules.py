"""Modules as Harness sends them, and a pydantic model that equals ours."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


def make_module(number: int) -> dict[str, Any]:
    """Make a module with 26 of the 33 fields, two of them null; each tenth has an unknown one."""
    module: dict[str, Any] = {
        "id": f"aaaaaaaa-bbbb-cccc-eeee-{number:012d}",
        "account": "abc123DEFghiJKL",
        "name": f"vpc-{number}",
        "system": "aws",
        "created": 1691150743950 + number,
        "updated": 1691150743950 + number * 7,
        "description": "Provisions a VPC with public and private subnets.",
        "tags": "networking,vpc,aws",
        "scope_org": "my_org",
        "scope_project": "my_project",
        "storage_type": "artifact",
        "repository": "my-terraform-modules",
        "repository_url": "https://github.com/example/my-terraform-modules",
        "repository_branch": "main",
        "repository_commit": None,
        "repository_connector": "my_github_connector",
        "repository_path": "",
        "git_tag_style": "",
        "org": "my_org",
        "project": None,
        "onboarding_pipeline": "Module_Onboarding_Pipeline",
        "onboarding_pipeline_sync": True,
        "testing_enabled": True,
        "testing_metadata": {
            "account": "abc123DEFghiJKL",
            "org": "my_org",
            "project": "my_project",
            "provider_connector": "aws_connector",
            "provisioner_type": "tofu",
            "provisioner_version": "1.9.4",
            "pipelines": ["Module_Testing_Pipeline"],
            "release_pipeline": "Module_Release_Pipeline",
        },
        "versions": ["1.0.0", "1.1.0"],
        "synced": 1691150743950,
    }
    if number % 10 == 0:
        module["added_by_a_newer_server"] = "x"
    return module


class EqualTesting(BaseModel):
    """Equals ModuleTesting."""

    model_config = ConfigDict(extra="allow")

    account: str | None = None
    org: str | None = None
    project: str | None = None
    provider_connector: str | None = None
    provisioner_type: str | None = None
    provisioner_version: str | None = None
    pipelines: list[str] | None = None
    release_pipeline: str | None = None


class EqualModule(BaseModel):
    """Equals Module, but that an enum is a plain text, which costs pydantic less."""

    model_config = ConfigDict(extra="allow")

    id: str
    account: str
    name: str
    system: str
    created: int
    updated: int
    description: str | None = None
    tags: str | None = None
    scope_org: str | None = None
    scope_project: str | None = None
    storage_type: str | None = None
    repository: str | None = None
    repository_url: str | None = None
    repository_branch: str | None = None
    repository_commit: str | None = None
    repository_connector: str | None = None
    repository_path: str | None = None
    git_tag_style: str | None = None
    org: str | None = None
    project: str | None = None
    onboarding_pipeline: str | None = None
    onboarding_pipeline_org: str | None = None
    onboarding_pipeline_project: str | None = None
    onboarding_pipeline_sync: bool | None = None
    onboarding_pipeline_wh: str | None = None
    namespace: str | None = None
    domain_prefix: str | None = None
    module_error: str | None = None
    testing_enabled: bool | None = None
    testing_metadata: EqualTesting | None = None
    versions: list[str] | None = None
    version_statuses: dict[str, str] | None = None
    synced: int | None = None
