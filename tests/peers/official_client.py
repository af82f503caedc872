"""Use a sandbox through Harness's own client: ``python official_client.py URL``.

It runs where ``harness-open-api`` is installed and nothing else. Each check calls the client as its
users do. Where the client cannot do a thing by its own fault, the check asserts that very fault.
Prints a table; exit 1 when a check does not hold, so also when a fault was mended.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from traceback import extract_tb
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import harness_open_api
from harness_open_api.rest import ApiException

ACCOUNT = "peers"
KEY = f"pat.{ACCOUNT}.token.secret"
ARCHIVE = b"PK\x05\x06" + bytes(range(256))
LACKING = {
    "check_module_lifecycles",
    "create_onboarding_pipeline",
    "delete_module_lifecycle",
    "delete_module_version",
    "get_module_example",
    "get_module_lifecycle",
    "get_module_version_lifecycle",
    "list_module_examples",
    "list_module_providers",
    "set_module_lifecycle",
    "upload_module_example",
}
"""The operations of the sandbox that the client does not have."""
DROPPED = {
    "domain_prefix",
    "namespace",
    "onboarding_pipeline_sync",
    "scope_org",
    "scope_project",
}
"""What a module has in the sandbox's answer and not in the client's model."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to do with the client, and what comes of it."""

    operation: str
    fault: str
    """The client's own, which the check asserts; nothing where all of it works."""
    run: Callable[[Peer], None]


CHECKS: list[Check] = []


def check(operation: str, fault: str = "") -> Callable[[Callable[[Peer], None]], None]:
    """Take a function into the table."""
    return lambda run: CHECKS.append(Check(operation, fault, run))


class Recording(harness_open_api.ApiClient):
    """The client's own way to send, which notes the operations that were called."""

    called: set[tuple[str, str]]

    def call_api(self, resource_path: str, method: str, *arguments: Any, **named: Any) -> Any:
        """Note the operation and send."""
        self.called.add((method, strip_names(resource_path)))
        return super().call_api(resource_path, method, *arguments, **named)


class Peer:
    """The client, and plain HTTP for what it cannot send or does not show."""

    def __init__(self, url: str) -> None:
        """Set the client up as its description says."""
        self.url = url
        self.numbers = count()
        configuration = harness_open_api.Configuration()
        configuration.host = url
        configuration.api_key = {"x-api-key": KEY}
        client = Recording(configuration)
        client.called = set()
        self.client = client
        self.modules = harness_open_api.ModuleRegistryApi(client)
        self.organizations = harness_open_api.OrganizationApi(client)
        self.projects = harness_open_api.OrgProjectApi(client)

    def make_module(self, **more: str) -> Any:
        """Create a module of a name that no other has."""
        body = {"name": f"vpc{next(self.numbers)}", "system": "aws", **more}
        return self.modules.module_registry_create_module(body, ACCOUNT)

    def make_organization(self) -> str:
        """Create an organization; return its identifier."""
        identifier = f"org{next(self.numbers)}"
        org = harness_open_api.Organization(identifier=identifier, name=identifier.title())
        body = harness_open_api.CreateOrganizationRequest(org=org)
        return str(self.organizations.create_organization(body).org.identifier)

    def send(
        self, method: str, path: str, body: bytes | None = None, more: dict[str, str] | None = None
    ) -> bytes:
        """Send plain HTTP; return the body of the answer."""
        headers = {"x-api-key": KEY, "Harness-Account": ACCOUNT, **(more or {})}
        with urlopen(Request(self.url + path, body, headers, method=method)) as answer:
            content: bytes = answer.read()
            return content

    def read(self, path: str) -> Any:
        """Get JSON over plain HTTP."""
        return json.loads(self.send("GET", path))

    def post(self, path: str, body: Any) -> Any:
        """Post JSON over plain HTTP."""
        headers = {"Content-Type": "application/json"}
        return json.loads(self.send("POST", path, json.dumps(body).encode(), headers))


@contextmanager
def fails_with(kind: type[Exception], text: str) -> Iterator[list[Any]]:
    """Require that the block raises an exception with this in its text; give it in a list."""
    caught: list[Any] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    assert caught, f"no {kind.__name__} with {text!r}"
    assert text in str(caught[0]), f"{text!r} is not in {caught[0]}"


def strip_names(path: str) -> str:
    """Return a path template without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@check("set up with a key without dots", "IndexError: it takes the account out of the key")
def _(peer: Peer) -> None:
    configuration = harness_open_api.Configuration()
    configuration.api_key = {"x-api-key": "secret"}
    with fails_with(IndexError, "list index out of range"):
        harness_open_api.ApiClient(configuration)


@check("create_module")
def _(peer: Peer) -> None:
    tags = {"tags": "network,vpc", "description": "Shared"}
    body = harness_open_api.CreateModuleRequest(
        name="first", system="aws", storage_type="artifact", repository_path="", **tags
    )
    made = peer.modules.module_registry_create_module(body, ACCOUNT)
    assert (made.name, made.system, made.account) == ("first", "aws", ACCOUNT)
    assert peer.read(f"/iacm/api/modules/{made.id}")["tags"] == "network,vpc"


@check("create_module in an organization", "TypeError: it has no scope_org")
def _(peer: Peer) -> None:
    with fails_with(TypeError, "unexpected keyword argument 'scope_org'"):
        body = {"name": "scoped", "system": "aws"}
        peer.modules.module_registry_create_module(body, ACCOUNT, scope_org="default")


@check("list_modules")
def _(peer: Peer) -> None:
    made = [peer.make_module(description="to list") for _ in range(3)]
    listed = peer.modules.module_registry_list_modules_by_account(
        ACCOUNT, search_term="vpc", sort="updated,DESC", limit=2, page=1
    )
    assert [one["id"] for one in listed] == [made[2].id, made[1].id]
    one, status, headers = peer.modules.module_registry_list_modules_by_account_with_http_info(
        ACCOUNT, search_term=made[0].name
    )
    assert (len(one), status, headers["x-total-items"]) == (1, 200, "1")


@check("list_modules as models", "it gives dicts: its model of a list has no fields")
def _(peer: Peer) -> None:
    peer.make_module()
    listed = peer.modules.module_registry_list_modules_by_account(ACCOUNT)
    assert {type(one) for one in listed} == {dict}


@check("list_modules of another account", "it sends the account of the key, whatever it is given")
def _(peer: Peer) -> None:
    peer.make_module()
    listed = peer.modules.module_registry_list_modules_by_account("another")
    assert {one["account"] for one in listed} == {ACCOUNT}


@check("list_modules of an organization", "TypeError: it has no scope_org")
def _(peer: Peer) -> None:
    with fails_with(TypeError, "unexpected keyword argument 'scope_org'"):
        peer.modules.module_registry_list_modules_by_account(ACCOUNT, scope_org="default")


@check("list_modules of a provider", "TypeError: it has no provider")
def _(peer: Peer) -> None:
    with fails_with(TypeError, "unexpected keyword argument 'provider'"):
        peer.modules.module_registry_list_modules_by_account(ACCOUNT, provider=["aws"])


@check("get_module")
def _(peer: Peer) -> None:
    made = peer.make_module(description="to read")
    got = peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)
    assert (got.id, got.description, got.created) == (made.id, "to read", made.created)
    assert (got.versions, got.testing_enabled) == ([], False)


@check("get_module with all its fields", f"it drops {', '.join(sorted(DROPPED))}")
def _(peer: Peer) -> None:
    body = {"name": "scoped", "system": "aws"}
    made = peer.post("/iacm/api/modules?scope_org=default", body)
    shown = peer.read(f"/iacm/api/modules/{made['id']}")
    assert (shown["scope_org"], bool(shown["namespace"])) == ("default", True)
    got = peer.modules.module_registry_list_modules_by_id(made["id"], ACCOUNT)
    assert set(shown) - set(got.to_dict()) == DROPPED
    assert not any(hasattr(got, name) for name in DROPPED)


@check("get_module with a storage_type that is new", "ValueError, of a good answer")
def _(peer: Peer) -> None:
    body = {"name": "mirrored", "system": "aws", "storage_type": "mirror"}
    made = peer.post("/iacm/api/modules", body)
    with fails_with(ValueError, "Invalid value for `storage_type` (mirror)"):
        peer.modules.module_registry_list_modules_by_id(made["id"], ACCOUNT)


@check("get_module that was never synced", "ValueError, of an answer without synced")
def _(peer: Peer) -> None:
    shown = peer.read(f"/iacm/api/modules/{peer.make_module().id}")

    def read() -> Any:
        answer = type("Answer", (), {"data": json.dumps(shown)})
        return peer.client.deserialize(answer, "ListModuleByIDResponse")

    assert read().synced == shown.pop("synced")
    with fails_with(ValueError, "Invalid value for `synced`"):
        read()


@check("get_module that is not there: the error", "bytes: it reads no error")
def _(peer: Peer) -> None:
    with fails_with(ApiException, "(404)") as caught:
        peer.modules.module_registry_list_modules_by_id("absent", ACCOUNT)
    [error] = caught
    assert set(vars(error)) == {"status", "reason", "body", "headers"}
    assert type(error.body) is bytes
    assert json.loads(error.body)["message"] == "there is no module 'absent'"


@check("update_module: the answer", "None: it takes nothing from it; the change is made")
def _(peer: Peer) -> None:
    made = peer.make_module()
    body = harness_open_api.UpdateModuleRequest(name=made.name, system="aws", description="new")
    updated = peer.modules.module_registry_update_module(body, ACCOUNT, made.id)
    assert updated is None
    got = peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)
    assert got.description == "new"


@check("delete_module")
def _(peer: Peer) -> None:
    made = peer.make_module()
    peer.modules.module_registry_delete_module(made.id, ACCOUNT)
    with fails_with(ApiException, "(404)"):
        peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)


@check("list_module_connectors")
def _(peer: Peer) -> None:
    peer.make_module(repository_connector="github", org="default", project="web")
    listed = peer.modules.module_registry_list_connectors(ACCOUNT, org="default", project="web")
    assert listed == ["github"]


@check("sync_module")
def _(peer: Peer) -> None:
    made = peer.make_module()
    peer.modules.module_registry_sync_module_metadata(made.id, ACCOUNT)
    got = peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)
    assert got.synced >= got.created


@check("push_module_tags, list_module_tags")
def _(peer: Peer) -> None:
    made = peer.make_module()
    body = harness_open_api.CreateModuleTagsRequest(tags=["v1.0.0", "v1.1.0"])
    peer.modules.module_registry_post_module_tags(body, ACCOUNT, made.name, "aws")
    listed = peer.modules.module_registry_list_module_tags_by_id(made.id, ACCOUNT)
    assert listed == ["v1.0.0", "v1.1.0"]
    got = peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)
    assert got.versions == ["1.0.0", "1.1.0"]


@check("push_module_metadata, get_module_metadata")
def _(peer: Peer) -> None:
    made = peer.make_module()
    found = {"variables": {"cidr": {"name": "cidr", "type": "string", "required": True}}}
    body = harness_open_api.CreateModuleDataRequest(
        metadata=json.dumps(found), git_tag="v1.0.0", download_url="", repo_url=""
    )
    peer.modules.module_registry_module_parsed_data(body, ACCOUNT, made.name, "aws", "1.0.0")
    got = peer.modules.module_registry_list_metadata_by_module("1.0.0", made.id, ACCOUNT)
    assert (got.module_version, [one.variable_name for one in got.variables]) == ("1.0.0", ["cidr"])


@check("upload_module_readme", "it has no body: it sends {} as JSON, which is a 415")
def _(peer: Peer) -> None:
    made = peer.make_module()
    place = (made.name, "aws", "1.0.0", ACCOUNT)
    with fails_with(TypeError, "unexpected keyword argument 'body'"):
        peer.modules.module_registry_post_module_readme(*place, body="# VPC")
    with fails_with(ApiException, "(415)"):
        peer.modules.module_registry_post_module_readme(*place)


@check("get_module_readme", "the text of Python's bytes: b'# VPC'")
def _(peer: Peer) -> None:
    made = peer.make_module()
    path = f"/iacm/api/modules/{made.name}/aws/1.0.0/readme"
    peer.send("POST", path, b"# VPC", {"Content-Type": "text/markdown"})
    got = peer.modules.module_registry_list_readme_by_id("1.0.0", made.id, ACCOUNT)
    assert got == "b'# VPC'"


@check("upload_module_archive", "it has no body: it sends {} as JSON, which is a 415")
def _(peer: Peer) -> None:
    made = peer.make_module()
    place = (made.name, "aws", "1.0.0", ACCOUNT, 'attachment; filename="vpc.zip"')
    with fails_with(TypeError, "unexpected keyword argument 'body'"):
        peer.modules.module_registry_post_module_artifact(*place, body=ARCHIVE)
    with fails_with(ApiException, "(415)"):
        peer.modules.module_registry_post_module_artifact(*place)


def upload(peer: Peer) -> str:
    """Upload an archive as version 1.0.0 of a new module; return the module's name."""
    made = peer.make_module(storage_type="artifact")
    peer.send(
        "POST",
        f"/iacm/api/modules/{made.name}/aws/1.0.0/upload",
        ARCHIVE,
        {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": 'attachment; filename="vpc.zip"',
        },
    )
    return str(made.name)


@check("list_registry_versions")
def _(peer: Peer) -> None:
    name = upload(peer)
    [module] = peer.modules.module_registry_list_versions(ACCOUNT, name, "aws").modules
    assert [one.module_version for one in module.versions] == ["1.0.0"]


@check("get_registry_download")
def _(peer: Peer) -> None:
    got = peer.modules.module_registry_download(ACCOUNT, upload(peer), "aws", "1.0.0")
    assert got.location.startswith(peer.url)
    with urlopen(got.location) as answer:
        assert answer.read() == ARCHIVE


@check("download_registry_archive", "the text of Python's bytes: b'PK...'")
def _(peer: Peer) -> None:
    name = upload(peer)
    got = peer.modules.module_registry_download(ACCOUNT, name, "aws", "1.0.0")
    [token] = parse_qs(urlsplit(got.location).query)["token"]
    archive = peer.modules.module_registry_get_module(token, ACCOUNT, name, "aws", "1.0.0")
    assert archive == str(ARCHIVE)


@check("enable_, update_ and disable_module_testing")
def _(peer: Peer) -> None:
    made = peer.make_module()
    body = {
        "pipeline_org": "default",
        "pipeline_project": "web",
        "provisioner_type": "tofu",
        "provisioner_version": "1.10",
    }

    def read() -> Any:
        return peer.modules.module_registry_list_modules_by_id(made.id, ACCOUNT)

    peer.modules.module_registry_enable_testing(body, ACCOUNT, made.id)
    assert read().testing_metadata.provisioner_version == "1.10"
    body["provisioner_version"] = "1.11"
    peer.modules.module_registry_update_module_testing(body, ACCOUNT, made.id)
    assert read().testing_metadata.provisioner_version == "1.11"
    peer.modules.module_registry_disable_testing(made.id, ACCOUNT)
    assert read().testing_enabled is False


@check("create_module_testing_pipeline")
def _(peer: Peer) -> None:
    body = {"pipeline_org": "default", "pipeline_project": "web"}
    made = peer.make_module()
    peer.modules.module_registry_create_testing_pipelines(body, ACCOUNT, made.id)


def record_execution(peer: Peer, module_id: str) -> Any:
    """Record an execution of a module."""
    body = {
        "account": ACCOUNT,
        "org": "default",
        "project": "web",
        "pipeline": "test",
        "pipelineExecutionId": "run1",
        "pipelineStageId": "stage1",
        "pipeline_org": "default",
        "pipeline_project": "web",
    }
    return peer.modules.module_registry_create_module_execution(body, module_id)


@check("record_module_execution, send_module_event")
def _(peer: Peer) -> None:
    made = peer.make_module()
    recorded = record_execution(peer, made.id)
    assert (recorded.module_id, recorded.metadata.pipeline) == (made.id, "test")
    metadata = {"pipeline_execution_id": "run1"}
    event = {
        "account": ACCOUNT,
        "org": "default",
        "project": "web",
        "eventType": "passed",
        "metadata": metadata,
    }
    peer.modules.module_registry_send_module_event(event, made.id)
    path = f"/iacm/api/modules/{made.id}/executions"
    [shown] = peer.read(path)
    assert shown["status"] == "passed"


@check("list_module_executions", "it gives dicts: its model of a list has no fields")
def _(peer: Peer) -> None:
    made = peer.make_module()
    record_execution(peer, made.id)
    [listed] = peer.modules.module_registry_list_module_executions_id(
        made.id, ACCOUNT, pipeline_execution_id="run1", status=["running", "passed"]
    )
    assert (type(listed), listed["moduleId"]) == (dict, made.id)


@check("create_, get_, update_, list_ and delete_organizations")
def _(peer: Peer) -> None:
    identifiers = [peer.make_organization() for _ in range(2)]
    listed = peer.organizations.get_organizations(
        org=identifiers, search_term="org", page=0, limit=5, sort="name", order="DESC"
    )
    assert [one.org.identifier for one in listed] == identifiers[::-1]
    org = harness_open_api.Organization(identifier=identifiers[0], name="New", tags={"a": "b"})
    body = harness_open_api.UpdateOrganizationRequest(org=org)
    assert peer.organizations.update_organization(body, identifiers[0]).org.name == "New"
    assert peer.organizations.get_organization_0(identifiers[0]).org.tags == {"a": "b"}
    deleted = peer.organizations.delete_organization_0(identifiers[0])
    assert (deleted.org.name, deleted.harness_managed) == ("New", False)
    with fails_with(ApiException, "(404)"):
        peer.organizations.get_organization_0(identifiers[0])


@check("delete_organization by this name", "it calls another API; v1 is delete_organization_0")
def _(peer: Peer) -> None:
    identifier = peer.make_organization()
    with fails_with(ApiException, "nothing is at /ng/api/organizations/"):
        peer.organizations.delete_organization(identifier, ACCOUNT)
    assert peer.organizations.get_organization_0(identifier).org.identifier == identifier


@check("create_, get_, update_, list_ and delete_projects")
def _(peer: Peer) -> None:
    org = peer.make_organization()
    project = {"identifier": "web", "name": "Web", "color": "#0063F7", "modules": ["CD"]}
    made = peer.projects.create_org_scoped_project({"project": project}, org)
    assert (made.project.org, made.project.modules) == (org, ["CD"])
    [listed] = peer.projects.get_org_scoped_projects(org, project=["web"], sort="name", order="ASC")
    assert listed.project.color == "#0063F7"
    body = {"project": {"identifier": "web", "name": "Other"}}
    assert peer.projects.update_org_scoped_project(body, org, "web").project.name == "Other"
    assert peer.projects.get_org_scoped_project(org, "web").project.name == "Other"
    assert peer.projects.delete_org_scoped_project(org, "web").project.identifier == "web"
    assert peer.projects.get_org_scoped_projects(org) == []


@check("list_projects of a product", "it sends True, which is no boolean of JSON: a 400")
def _(peer: Peer) -> None:
    org = peer.make_organization()
    with fails_with(ApiException, "'True\\' is not of type"):
        peer.projects.get_org_scoped_projects(org, has_module=True, module_type="CD")


@check("all other operations", f"it lacks {', '.join(sorted(LACKING))}")
def _(peer: Peer) -> None:
    apis = (peer.modules, peer.organizations, peer.projects)
    source = "".join(inspect.getsource(type(api)) for api in apis)
    has = {
        (method, strip_names(path))
        for path, method in re.findall(r"'(/[^']*)', '([A-Z]+)',", source)
    }
    described = {
        (method.upper(), strip_names(path)): operation["operationId"]
        for path, item in peer.read("/openapi.json")["paths"].items()
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete")
    }
    lacking = {name for key, name in described.items() if key not in has}
    assert (len(described), lacking) == (45, LACKING), f"it lacks {lacking}"
    uncalled = {name for key, name in described.items() if key not in peer.client.called}
    assert uncalled == LACKING, f"no check calls {uncalled - LACKING}"


def describe(error: Exception) -> str:
    """Tell an error in one line, with the line of the check that it comes from."""
    here = [one for one in extract_tb(error.__traceback__) if one.filename == __file__][-1]
    text = " ".join(str(error).split())
    return f"line {here.lineno}, {here.line}: {type(error).__name__} {text}"


def main() -> int:
    """Run all checks in their order and print the table."""
    peer = Peer(sys.argv[1])
    print(f"harness-open-api {version('harness-open-api')} against {peer.url}\n")
    print("| operation | comes out |\n|---|---|")
    failed = 0
    for one in CHECKS:
        outcome = f"its own fault: {one.fault}" if one.fault else "works"
        try:
            one.run(peer)
        except Exception as error:  # whatever it is, the table says it and goes on
            failed += 1
            outcome = f"NOT SO: {outcome}: {describe(error)}"
        print(f"| {one.operation} | {outcome} |", flush=True)
    peer.client.pool.terminate()
    if failed:
        print(f"\n{failed} of {len(CHECKS)} checks do not hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
