"""Modules through the client: create, list, read, replace, delete, and their versions."""

from __future__ import annotations

import json

import httpx
import pytest
from harness_nextgen import errors, models

from tests.sandbox.running import Asking

CREATED = {
    "account", "created", "description", "id", "name", "org", "project", "repository",
    "repository_branch", "repository_commit", "repository_connector", "repository_path",
    "scope_org", "scope_project", "storage_type", "system", "tags", "updated",
}  # fmt: skip

LISTED = {
    *CREATED, "domain_prefix", "git_tag_style", "module_error", "namespace", "onboarding_pipeline",
    "onboarding_pipeline_org", "onboarding_pipeline_project", "onboarding_pipeline_sync",
    "repository_url", "synced", "testing_enabled", "testing_metadata", "versions",
}  # fmt: skip


def create(ask: Asking, name: str = "vpc", system: str = "aws", **scope: str) -> str:
    """Create a module; return its id."""
    body = models.CreateModuleRequest(name=name, system=system)
    return str(ask("modules.create", body, **scope).id)


def names(ask: Asking, **arguments: object) -> list[str]:
    """List the names of modules."""
    return [one.name for one in ask("modules.list", **arguments)]


def test_created_module_has_the_documented_fields(ask: Asking) -> None:
    """The answer to a creation has the 18 fields of the API page, and no more."""
    body = models.CreateModuleRequest(name="vpc", system="aws", tags="network,core")
    made = ask("modules.create", body, scope_org="default")
    assert set(made.to_dict()) == CREATED
    assert (made.name, made.system, made.tag_list) == ("vpc", "aws", ["network", "core"])
    assert (made.account, made.scope_org, made.scope_project) == (ask.account, "default", None)
    assert made.storage_type == "git_reference"


def test_listed_module_has_the_documented_fields(ask: Asking) -> None:
    """An item of the list has the 31 fields of the API page, and no more."""
    module_id = create(ask)
    settings = models.ModuleTestingSettings(
        pipeline_org="default", pipeline_project="web", provisioner_type="tofu",
        provisioner_version="1.9.4",
    )  # fmt: skip
    ask("modules.testing.enable", module_id, settings)
    [module] = ask("modules.list")
    assert set(module.to_dict()) == LISTED


def test_created_module_is_read(ask: Asking) -> None:
    """A module is read by its id, with its scope or without."""
    module_id = create(ask, scope_org="default", scope_project="web")
    module = ask("modules.get", module_id)
    assert (module.name, module.versions, module.testing_enabled) == ("vpc", [], False)
    assert (module.repository_path, module.onboarding_pipeline_sync) == ("", False)
    assert module.namespace == f"{ask.account}--default--web"
    assert ask("modules.get", module_id, scope_org="default").id == module_id
    with pytest.raises(errors.NotFoundError):
        ask("modules.get", module_id, scope_org="other")


def test_name_is_unique_in_scope_and_system(ask: Asking) -> None:
    """The same name is taken in the same scope and system, and free in any other."""
    create(ask)
    create(ask, system="google")
    create(ask, scope_org="default")
    create(ask, scope_org="default", scope_project="web")
    with pytest.raises(errors.ConflictError, match="'vpc'"):
        create(ask)


def test_update_replaces(ask: Asking) -> None:
    """What an update leaves out is cleared."""
    module_id = create(ask)
    full = models.UpdateModuleRequest(
        name="vpc", system="aws", description="A VPC", repository_path="here", tags="a,b"
    )
    assert ask("modules.update", module_id, full).description == "A VPC"
    ask("modules.update", module_id, models.UpdateModuleRequest(name="vnet", system="azurerm"))
    module = ask("modules.get", module_id)
    assert (module.name, module.system) == ("vnet", "azurerm")
    assert (module.description, module.repository_path, module.tags) == (None, "", None)
    assert module.updated > module.created - 1


def test_update_cannot_take_a_name(ask: Asking) -> None:
    """An update to the name of another module is a conflict and changes nothing."""
    create(ask)
    other = create(ask, name="other")
    with pytest.raises(errors.ConflictError):
        ask("modules.update", other, models.UpdateModuleRequest(name="vpc", system="aws"))
    assert ask("modules.get", other).name == "other"


def test_deleted_module_is_gone(ask: Asking) -> None:
    """After a deletion every operation on the module is a 404."""
    module_id = create(ask)
    assert ask("modules.delete", module_id) is None
    for name in ("get", "delete", "sync", "list_tags"):
        with pytest.raises(errors.NotFoundError, match=module_id):
            ask(f"modules.{name}", module_id)
    assert names(ask) == []


def test_other_accounts_see_nothing(ask: Asking, sandbox: object) -> None:
    """A module is there for the keys of its own account alone."""
    module_id = create(ask)
    other = Asking(str(ask.client.base_url), "somebody-else", ask.mode)
    try:
        assert names(other) == []
        with pytest.raises(errors.NotFoundError):
            other("modules.get", module_id)
    finally:
        other.close()


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name,ASC", ["a", "b", "c"]),
        ("name,DESC", ["c", "b", "a"]),
        ("updated,ASC", ["c", "a", "b"]),
        ("updated,DESC", ["b", "a", "c"]),
    ],
)
def test_sorts(ask: Asking, sort: str, expected: list[str]) -> None:
    """Modules are sorted by name or by the time of their last change, in both directions."""
    for name in ("c", "a", "b"):
        create(ask, name=name)
    assert names(ask, sort=sort) == expected


def test_equal_names_have_an_order_too(ask: Asking) -> None:
    """Modules of one name are in the order of their systems, then of their creation."""
    made = [create(ask, system=system) for system in ("google", "aws")]
    made.append(create(ask, system="aws", scope_org="default"))
    listed = [made[1], made[2], made[0]]
    assert [one.id for one in ask("modules.list", sort="name,ASC")] == listed
    assert [one.id for one in ask("modules.list", sort="name,DESC")] == listed[::-1]


def test_search(ask: Asking) -> None:
    """A search finds a part of the name or of the system, whatever the case."""
    create(ask, name="my-VPC")
    create(ask, name="bucket", system="vpcish")
    create(ask, name="100%_sure", system="google")
    assert names(ask, search_term="vpc") == ["bucket", "my-VPC"]
    assert names(ask, search_term="%_") == ["100%_sure"]
    assert names(ask, provider=["google", "aws"]) == ["100%_sure", "my-VPC"]


def test_scopes(ask: Asking) -> None:
    """Without a scope all modules are listed, with one those in it and below."""
    create(ask, name="account")
    create(ask, name="org", scope_org="default")
    create(ask, name="project", scope_org="default", scope_project="web")
    assert names(ask) == ["account", "org", "project"]
    assert names(ask, scope_org="default") == ["org", "project"]
    assert names(ask, scope_org="default", scope_project="web") == ["project"]
    assert names(ask, scope_org="other") == []


def test_pages(ask: Asking) -> None:
    """A walk with small pages finds each module once."""
    made = [f"module-{number:02}" for number in range(25)]
    for name in made:
        create(ask, name=name)
    assert names(ask, limit=4) == made
    assert names(ask, limit=25) == made


def test_page_headers(http: httpx.Client) -> None:
    """Pages count from 1, tell their totals, and are empty beyond the end."""
    for number in range(5):
        http.post("/iacm/api/modules", json={"name": f"m{number}", "system": "aws"})
    for page, count in ((1, 2), (3, 1), (4, 0), (2**62, 0)):
        answer = http.get("/iacm/api/modules", params={"limit": 2, "page": page})
        assert answer.status_code == 200
        assert len(answer.json()) == count
        headers = [answer.headers[f"x-{name}"] for name in ("total-items", "total-pages")]
        assert [*headers, answer.headers["x-page-size"]] == ["5", "3", "2"]


def test_connectors_and_providers(ask: Asking) -> None:
    """Connectors and systems are told once each."""
    for name, connector, org in (("a", "github", "one"), ("b", "github", "two"), ("c", "", "one")):
        ask(
            "modules.create",
            models.CreateModuleRequest(
                name=name, system="aws", repository_connector=connector, org=org
            ),
        )
    create(ask, name="d", system="google", scope_org="default")
    assert ask("modules.list_connectors") == ["github"]
    assert ask("modules.list_connectors", org="three") == []
    assert ask("modules.list_connectors", org="two") == ["github"]
    body = models.CreateModuleRequest(
        name="e", system="aws", repository_connector="account.code", org="one", project="web"
    )
    ask("modules.create", body)
    assert ask("modules.list_connectors") == ["account.code", "github"]
    assert ask("modules.list_connectors", org="one", project="web") == ["account.code"]
    assert ask("modules.list_connectors", org="two", project="web") == []
    assert ask("modules.list_providers") == ["aws", "google"]
    assert ask("modules.list_providers", scope_org="default") == ["google"]


def test_tags_become_versions(ask: Asking) -> None:
    """Pushed tags in the style of the module become versions, oldest first."""
    body = models.CreateModuleRequest(name="vpc", system="aws", git_tag_style="vpc-*")
    module_id = ask("modules.create", body).id
    tags = ["vpc-v1.10.0", "vpc-1.9.0", "other-2.0.0", "vpc-2.0.0-rc.1"]
    pushed = models.PushModuleTagsRequest.from_dict(
        {"tags": tags, "error": {"other-2.0.0": "not ours"}}
    )
    ask("onboarding.push_tags", "vpc", "aws", pushed)
    assert ask("modules.list_tags", module_id) == tags
    module = ask("modules.get", module_id)
    assert module.versions == ["1.9.0", "1.10.0", "2.0.0-rc.1"]
    assert module.module_error == "other-2.0.0: not ours"


def test_version_is_deleted(ask: Asking) -> None:
    """A deleted version takes its tag and its files with it."""
    module_id = create(ask)
    ask(
        "onboarding.push_tags",
        "vpc",
        "aws",
        models.PushModuleTagsRequest(tags=["v1.0.0", "v2.0.0"]),
    )
    ask("onboarding.upload_readme", "vpc", "aws", "1.0.0", "# Old\n")
    assert ask("modules.delete_version", module_id, "1.0.0") is None
    assert ask("modules.get", module_id).versions == ["2.0.0"]
    assert ask("modules.list_tags", module_id) == ["v2.0.0"]
    with pytest.raises(errors.NotFoundError):
        ask("modules.get_readme", module_id, version="1.0.0")
    with pytest.raises(errors.NotFoundError):
        ask("modules.delete_version", module_id, "1.0.0")


INSPECTED = {
    "variables": {"cidr": {"type": "string", "description": "Range", "default": 3}},
    "outputs": {"id": {"sensitive": True}},
    "required_providers": {"aws": {"source": "hashicorp/aws", "version_constraints": [">= 4"]}},
    "managed_resources": {"aws_vpc.this": {"type": "aws_vpc", "name": "this"}},
    "module_calls": {"labels": {"source": "./labels"}},
}


def test_metadata_is_parsed(ask: Asking) -> None:
    """What terraform-config-inspect writes comes back as inputs, outputs, resources and so on."""
    module_id = create(ask)
    body = models.PushModuleMetadataRequest(
        metadata=json.dumps(INSPECTED),
        download_url="https://example.com/vpc.zip",
        git_tag="v1.0.0",
        examples_paths=["examples/basic"],
    )
    ask("onboarding.push_metadata", "vpc", "aws", "1.0.0", body)
    found = ask("modules.get_metadata", module_id, version="1.0.0").to_dict()
    assert found["variables"] == [
        {
            "variable_name": "cidr", "variable_type": "string", "variable_description": "Range",
            "variable_default": "3", "variable_required": False, "variable_sensitive": False,
        }
    ]  # fmt: skip
    assert found["outputs"][0]["output_sensitive"] is True
    assert found["providers"][0]["provider_version"] == ">= 4"
    assert found["resources"] == [{"resource_name": "this", "resource_type": "aws_vpc"}]
    assert found["dependencies"][0]["dependency_source"] == "./labels"
    assert found["examples_paths"] == ["examples/basic"]
    assert "metadata_error" not in found


@pytest.mark.parametrize(
    "text",
    [
        "no JSON", "[1]", '{"variables": 3, "outputs": [3]}', "[" * 9999,
        '{"variables": [{"variable_name": "\\ud800"}]}', '{"outputs": {"\\udfff": {}}}',
        '{"variables": [{"variable_name": NaN}]}', '{"providers": %s}' % ("[" * 900 + "]" * 900),
    ],
)  # fmt: skip
def test_any_metadata_is_taken(ask: Asking, text: str) -> None:
    """Metadata that cannot be understood is no failure: the answer has empty lists."""
    module_id = create(ask)
    body = models.PushModuleMetadataRequest(metadata=text, download_url="", git_tag="v1")
    ask("onboarding.push_metadata", "vpc", "aws", "1", body)
    found = ask("modules.get_metadata", module_id, version="1")
    assert (found.variables, found.outputs) == ([], [])


def test_pushes_replace(ask: Asking) -> None:
    """A second push of a file or of metadata takes the place of the first."""
    module_id = create(ask)
    place = ("vpc", "aws", "1.0.0")
    for text, paths in (("first", ["a"]), ("second", [])):
        body = models.PushModuleMetadataRequest(
            metadata=json.dumps({"outputs": [{"output_name": text}]}), download_url="",
            git_tag="v1.0.0", submodule_paths=paths, repo_url="https://git.example.com/vpc",
        )  # fmt: skip
        ask("onboarding.push_metadata", *place, body)
        ask("onboarding.upload_readme", *place, text)
    assert ask("modules.get_readme", module_id, version="v1.0.0") == b"second"
    found = ask("modules.get_metadata", module_id, version="1.0.0")
    assert ([one.output_name for one in found.outputs], found.submodule) == (["second"], [])
    assert (found.account, found.name, found.system) == (ask.account, "vpc", "aws")
    assert (found.module_version, found.scope_org, found.scope_project) == ("1.0.0", None, None)


def test_metadata_of_submodules(ask: Asking) -> None:
    """A submodule has metadata of its own; a version names its submodules and its problems."""
    scope = {"scope_org": "default", "scope_project": "web"}
    module_id = create(ask, **scope)
    for submodule in (None, "subnet"):
        body = models.PushModuleMetadataRequest.from_dict(
            {
                "metadata": json.dumps({"outputs": [{"output_name": submodule or "root"}]}),
                "download_url": "", "git_tag": "", "submodule_paths": ["modules/subnet"],
                "error": {"v1": "one", "v2": "two"},
                **({"submodule_name": submodule} if submodule else {}),
            }
        )  # fmt: skip
        ask("onboarding.push_metadata", "vpc", "aws", "v1.0.0", body, **scope)
    root = ask("modules.get_metadata", module_id, version="1.0.0")
    assert (root.outputs[0].output_name, root.submodule) == ("root", ["modules/subnet"])
    assert root.metadata_error == "v1: one; v2: two"
    assert (root.scope_org, root.scope_project) == ("default", "web")
    part = ask("modules.get_metadata", module_id, version="1.0.0", submodule="subnet")
    assert part.outputs[0].output_name == "subnet"
    with pytest.raises(errors.NotFoundError, match="'other'"):
        ask("modules.get_metadata", module_id, version="1.0.0", submodule="other")


def test_version_without_metadata(ask: Asking) -> None:
    """A version that was only tagged has empty lists and no README."""
    module_id = create(ask)
    ask("onboarding.push_tags", "vpc", "aws", models.PushModuleTagsRequest(tags=["1.0.0"]))
    found = ask("modules.get_metadata", module_id, version="1.0.0").to_dict()
    assert {found[name] == [] for name in ("variables", "outputs", "submodule")} == {True}
    assert "metadata_error" not in found
    with pytest.raises(errors.NotFoundError, match="README"):
        ask("modules.get_readme", module_id, version="1.0.0")
    with pytest.raises(errors.NotFoundError, match=r"'1\.0\.1'"):
        ask("modules.get_metadata", module_id, version="1.0.1")


def test_tag_names_its_version(ask: Asking) -> None:
    """A version is found by its tag, and the version of that very name comes first."""
    body = models.CreateModuleRequest(name="vpc", system="aws", git_tag_style="vpc-*")
    module_id = ask("modules.create", body).id
    ask("onboarding.push_tags", "vpc", "aws", models.PushModuleTagsRequest(tags=["vpc-1.0.0"]))
    ask("onboarding.upload_readme", "vpc", "aws", "1.0.0", "by tag")
    assert ask("modules.get_readme", module_id, version="vpc-1.0.0") == b"by tag"
    metadata = models.PushModuleMetadataRequest(metadata="", download_url="", git_tag="1.0.0")
    ask("onboarding.push_metadata", "vpc", "aws", "2.0.0", metadata)
    ask("onboarding.upload_readme", "vpc", "aws", "2.0.0", "other")
    assert ask("modules.get_readme", module_id, version="1.0.0") == b"by tag"
    [listed] = ask("registry.list_versions", ask.account, "vpc", "aws").modules
    assert [one.git_version for one in listed.versions] == ["1.0.0", "vpc-1.0.0"]


def test_pushed_errors_go_away(ask: Asking) -> None:
    """The next push without errors clears them, and a tag that is pushed again changes nothing."""
    module_id = create(ask)
    for error, problem in (({"v1": "bad", "v2": "worse"}, "v1: bad; v2: worse"), (None, None)):
        body = models.PushModuleTagsRequest.from_dict(
            {"tags": ["v1.0.0"], **({"error": error} if error else {})}
        )
        ask("onboarding.push_tags", "vpc", "aws", body)
        assert ask("modules.get", module_id).module_error == problem
        assert ask("modules.list_tags", module_id) == ["v1.0.0"]


def test_readme_is_kept_byte_for_byte(ask: Asking) -> None:
    """READMEs of a version and of its submodules come back as they were sent."""
    module_id = create(ask)
    for submodule, text in ((None, b"# A\r\n\x00\xff\n"), ("subnet", "# Ünder\n".encode())):
        up = {} if submodule is None else {"submodule_name": submodule}
        ask("onboarding.upload_readme", "vpc", "aws", "v1.0.0", text, **up)
        down = {} if submodule is None else {"submodule": submodule}
        got = ask("modules.get_readme", module_id, version="1.0.0", **down)
        assert got == text
    with pytest.raises(errors.NotFoundError):
        ask("modules.get_readme", module_id, version="1.0.0", submodule="other")


def test_onboarding_names_a_module_of_its_scope(ask: Asking) -> None:
    """What the pipeline pushes goes to the module of exactly the scope in the query."""
    module_id = create(ask, scope_org="default")
    with pytest.raises(errors.NotFoundError, match="vpc/aws"):
        ask("onboarding.upload_readme", "vpc", "aws", "1.0.0", "text")
    ask("onboarding.upload_readme", "vpc", "aws", "1.0.0", "text", scope_org="default")
    assert ask("modules.get", module_id).versions == ["1.0.0"]
