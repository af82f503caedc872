"""What a sandbox is filled with."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from harness_nextgen import models

from harness_nextgen_sandbox.identity import Identity
from harness_nextgen_sandbox.seeds import ACCOUNT, fill
from harness_nextgen_sandbox.versions import sort_versions
from tests.sandbox.running import Asking, Running, run_sandbox

COUNT = 120
HOURS = 3_600_000


@pytest.fixture(scope="module")
def filled() -> Iterator[Running]:
    """A sandbox with modules."""
    with run_sandbox(seed=COUNT) as running:
        fill(running.store, COUNT)
        yield running


@pytest.fixture
def look(filled: Running) -> Iterator[Asking]:
    """A client for it."""
    asking = Asking(filled.url, ACCOUNT, "sync")
    yield asking
    asking.close()


def test_organizations_have_projects(look: Asking) -> None:
    """There are organizations with projects, and modules in all scopes that they make."""
    scopes = {(None, None)}
    for one in look("organizations.list"):
        org = one.org.identifier
        projects = [one.project.identifier for one in look("projects.list", org)]
        scopes |= {(org, project) for project in projects}
    used = {(one.scope_org, one.scope_project) for one in look("modules.list", limit=100)}
    assert scopes <= used
    assert len(used) == 6
    assert {org for org, _ in used} == {None, "platform", "payments"}


def test_modules_are_unlike(look: Asking) -> None:
    """Modules have different names and systems, and were made every seven hours."""
    modules = look("modules.list", limit=100)
    assert len(modules) == COUNT
    places = {(one.namespace, one.name, one.system) for one in modules}
    assert len(places) == COUNT
    assert len({one.system for one in modules}) == 7
    assert len({one.name for one in modules}) >= 14
    created = sorted(one.created for one in modules)
    assert {later - earlier for earlier, later in pairwise(created)} == {7 * HOURS}
    assert all(one.updated > one.created for one in modules)
    assert {one.storage_type for one in modules} == {"artifact", "git_reference"}
    for one in modules:
        assert one.repository == f"terraform-{one.system}-{one.name}"
        assert all((one.description, one.tag_list, one.repository_connector))


def test_versions_are_complete(look: Asking) -> None:
    """Each version has a tag, a README, metadata and an example, and can be downloaded."""
    modules = look("modules.list", limit=30)[:8]
    counts = {len(one.versions) for one in modules}
    assert len(counts) > 2
    for module in modules:
        assert module.versions == sort_versions(module.versions)
        assert module.versions[0] == "1.0.0"
        assert look("modules.list_tags", module.id) == [f"v{one}" for one in module.versions]
        version = {"version": module.versions[-1]}
        text = look("modules.get_readme", module.id, **version).decode()
        assert text == f"# {module.name}\n\n{module.description}\n"
        metadata = look("modules.get_metadata", module.id, **version)
        assert [one.variable_name for one in metadata.variables] == ["name"]
        assert [one.provider_name for one in metadata.providers] == [module.system]
        assert (len(metadata.outputs), len(metadata.resources)) == (1, 1)
        [folder] = metadata.examples_paths
        [file] = look("modules.examples.list", module.id, path=folder, **version).items
        example = look("modules.examples.get", module.id, path=file.path, **version)
        assert b'source = "../.."' in example
        check_download(look, module)


def check_download(look: Asking, module: models.Module) -> None:
    """Find the newest version in Git, or download it."""
    versions = module.versions or []
    place = (module.namespace, module.name, module.system, versions[-1])
    location = look("registry.get_download", *place).location
    if module.storage_type == "git_reference":
        url = f"https://git.example.com/{module.repository}"
        assert location == f"git::{url}?ref=v{versions[-1]}"
        return
    [token] = parse_qs(urlsplit(location).query)["token"]
    content = look("registry.download_archive", *place, token=token)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert b"variable" in archive.read("main.tf")


def test_some_have_rules_and_tests(look: Asking) -> None:
    """Every fourth module has a lifecycle rule, every fifth is tested."""
    modules = look("modules.list", sort="updated,ASC", limit=100)
    with_rule = [number for number, one in enumerate(modules) if one.version_statuses]
    assert with_rule == list(range(0, COUNT, 4))
    tested = [number for number, one in enumerate(modules) if one.testing_enabled]
    assert tested == list(range(0, COUNT, 5))
    tiers = {tier for one in modules for tier in one.to_dict().get("version_statuses", {}).values()}
    assert tiers == {"supported", "warning", "deprecated"}


def test_what_is_there_stays(filled: Running, look: Asking) -> None:
    """A sandbox with modules is filled no further, and one with organizations keeps them."""
    fill(filled.store, COUNT + 1)
    assert len(look("modules.list", limit=100)) == COUNT
    with run_sandbox() as running:
        ask = Asking(running.url, ACCOUNT, "sync")
        fill(running.store, 0)
        assert ask("organizations.list") == []
        org = models.Organization(identifier="default", name="Mine")
        ask("organizations.create", models.CreateOrganizationRequest(org=org))
        fill(running.store, 1)
        assert ask("organizations.get", "default").org.name == "Mine"
        assert len(ask("modules.list")) == 1
        ask.close()


def test_ids() -> None:
    """Ids are UUIDs, random or always the same; errors have short ones that differ."""
    same, other = Identity(1), Identity(2)
    assert same.name("module", 1) == other.name("module", 1) != same.name("module", 2)
    assert same.name("module", 1) != same.name("other", 1)
    assert Identity().name("module", 1) != Identity().name("module", 1)
    for identity in (same, Identity()):
        assert uuid.UUID(identity.name("module", 1)).version == 4
        errors = [identity.name_error() for _ in range(3)]
        assert [len(one) for one in errors] == [8] * 3
        assert len(set(errors)) == 3
    assert Identity(1).name_error() == Identity(1).name_error()
