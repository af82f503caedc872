"""The published spec: complete, valid, exact where the API page is, and never mended in place."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.spec.walk import by_name, examples, faults_of, operations, parameters

LISTED_MODULE = json.loads(
    """
    { "account": "abc123DEFghiJKL", "created": 6847120836514010000,
      "description": "Provisions a VPC with public and private subnets.",
      "domain_prefix": "Eum vero quod natus hic.", "git_tag_style": "module-name-*",
      "id": "aaaaaaaa-bbbb-cccc-eeee-ffffffffffff", "module_error": "Et aut.",
      "name": "my-vpc-module", "namespace": "Occaecati possimus sit adipisci.",
      "onboarding_pipeline": "Module_Onboarding_Pipeline", "onboarding_pipeline_org": "my_org",
      "onboarding_pipeline_project": "my_project", "onboarding_pipeline_sync": true,
      "org": "my_org", "project": "my_project", "repository": "my-terraform-modules",
      "repository_branch": "main", "repository_commit": "abc10ed",
      "repository_connector": "my_github_connector", "repository_path": "",
      "repository_url": "Vel recusandae rerum distinctio ut similique itaque.",
      "scope_org": "my_org", "scope_project": "my_project", "storage_type": "artifact",
      "synced": 2890799827884506000, "system": "aws",
      "tags": "Quam quia qui voluptate qui quod nihil.", "testing_enabled": true,
      "updated": 2193838267582118400 }
    """
)
CREATE_REQUEST = json.loads(
    """
    { "description": "Provisions a VPC with public and private subnets.",
      "git_tag_style": "module-name-*", "name": "my-vpc-module",
      "onboarding_pipeline": "Module_Onboarding_Pipeline", "onboarding_pipeline_org": "my_org",
      "onboarding_pipeline_project": "my_project", "onboarding_pipeline_sync": true,
      "org": "my_org", "project": "my_project", "repository": "my-terraform-modules",
      "repository_branch": "main", "repository_commit": "abc10ed",
      "repository_connector": "my_github_connector", "repository_path": "",
      "storage_type": "artifact", "system": "aws", "tags": "Facilis quia a." }
    """
)
CREATE_ANSWER = json.loads(
    """
    { "account": "abc123DEFghiJKL", "created": 8124988946077168000,
      "description": "Provisions a VPC with public and private subnets.",
      "id": "aaaaaaaa-bbbb-cccc-eeee-ffffffffffff", "name": "my-vpc-module",
      "org": "my_org", "project": "my_project", "repository": "my-terraform-modules",
      "repository_branch": "main", "repository_commit": "abc10ed",
      "repository_connector": "my_github_connector", "repository_path": "",
      "scope_org": "my_org", "scope_project": "my_project", "storage_type": "artifact",
      "system": "aws", "tags": "Tempora blanditiis libero deserunt omnis.",
      "updated": 5792927959265118000 }
    """
)
LIST = "list_modules-by-account", "list_modules"
CREATE = "create-module", "create_module"


def operation_of(document: Any, names: tuple[str, str]) -> Any:
    found = by_name(document)
    return found.get(f"module-registry#{names[0]}") or found[names[1]]


def json_examples(content: Any) -> Any:
    return content["application/json"]["examples"]


def test_all_operations(published: Any) -> None:
    """The registry has 35 operations, organizations and projects have five each."""
    tags = Counter(operation["tags"][0] for operation in operations(published).values())
    assert tags == {"module-registry": 35, "Organization": 5, "Org Project": 5}


def test_valid(published: Any) -> None:
    """The published spec is valid OpenAPI 3.0.3."""
    assert published["openapi"] == "3.0.3"
    validate(published)


def test_described(published: Any) -> None:
    """Every operation has a summary and a description, every parameter a description."""
    for place, operation in operations(published).items():
        assert operation["summary"], place
        assert operation["description"], place
        for parameter in parameters(published, operation):
            assert parameter["description"], (place, parameter["name"])


@pytest.mark.parametrize("state", ["published", "effective"])
def test_examples_of_the_api_page(state: str, request: pytest.FixtureRequest) -> None:
    """What the API page prints is there to the letter, before and after the overlays."""
    document = request.getfixturevalue(state)
    listing, create = operation_of(document, LIST), operation_of(document, CREATE)
    listed = json_examples(listing["responses"]["200"]["content"])["api-page"]["value"]
    asked = json_examples(create["requestBody"]["content"])["api-page"]["value"]
    answered = json_examples(create["responses"]["200"]["content"])["api-page"]["value"]
    assert listed == [LISTED_MODULE] * 3
    assert asked == CREATE_REQUEST
    assert answered == CREATE_ANSWER


def test_query_examples_of_the_api_page(published: Any) -> None:
    """The values of the API page's curl commands are the examples of the parameters."""
    found = {}
    for name in ("list_modules-by-account", "create-module", "delete-module"):
        for parameter in parameters(published, by_name(published)[f"module-registry#{name}"]):
            key = "list-modules" if name.startswith("list") else name
            value = parameter.get("examples", {}).get(key, {}).get("value")
            found[key, parameter["name"]] = parameter.get("example", value)
    assert {key: value for key, value in found.items() if value is not None} == {
        ("list-modules", "limit"): 30,
        ("list-modules", "page"): 1,
        ("list-modules", "searchTerm"): "mymod",
        ("list-modules", "sort"): "name,ASC",
        ("list-modules", "scope_org"): "Libero qui dolorum velit eum.",
        ("list-modules", "scope_project"): "Vel perferendis.",
        ("list-modules", "Harness-Account"): "Quia voluptas optio.",
        ("create-module", "scope_org"): "my_org",
        ("create-module", "scope_project"): "my_project",
        ("create-module", "Harness-Account"): "abc123DEFghiJKL",
        ("delete-module", "id"): "Asperiores totam omnis laudantium distinctio.",
        ("delete-module", "scope_org"): "Et recusandae omnis velit.",
        ("delete-module", "scope_project"): "Eaque molestias.",
        ("delete-module", "Harness-Account"): "Ut dolores debitis amet omnis voluptates dolore.",
    }


@pytest.mark.parametrize("state", ["published", "effective"])
def test_examples_are_valid(state: str, request: pytest.FixtureRequest) -> None:
    """Every example obeys its schema, before and after the overlays."""
    document = request.getfixturevalue(state)
    found = list(examples(document))
    assert len(found) > 80
    faults = {at: faults_of(document, schema, value) for at, schema, value in found}
    assert {at: said for at, said in faults.items() if said} == {}


def test_kept_as_published(published: Any) -> None:
    """Nothing is mended in place: what overlays are there for is still wrong here."""
    names = by_name(published)
    schemas = published["components"]["schemas"]
    paths = "".join(published["paths"])
    disable = names["module-registry#disable-testing"]
    errors = published["components"]["responses"].values()
    assert sum("#" in name for name in names) == 35
    assert all(spelling in paths for spelling in ("{id}", "{module_id}", "{moduleId}"))
    assert parameters(published, disable)[0]["schema"]["format"] == "int64"
    assert {media for error in errors for media in error["content"]} == {
        "application/vnd.goa.error"
    }
    assert all(
        "429" not in operation["responses"] and "default" not in operation["responses"]
        for operation in names.values()
    )
    assert set(names["get-organization"]["responses"]) == {"200"}
    assert "application/yaml" in names["create-organization"]["requestBody"]["content"]
    assert "requestBody" not in names["module-registry#post-module-readme"]
    assert schemas["ModuleResource"]["properties"]["storage_type"]["default"] == "git_reference"
    assert "nullable" not in schemas["ModuleResource"]["properties"]["org"]
    answer = schemas["CreateModuleExecutionResponse"]
    assert {"pipeline_org", "pipelineStageId"} <= set(answer["required"]) - set(
        answer["properties"]
    )
