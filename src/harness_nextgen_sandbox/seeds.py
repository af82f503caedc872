"""Realistic modules to look at: the first N of one fixed sequence, the same in every run.

Modules are made by the handlers of the API, so that nothing is there which requests could not
have made, at fixed times in 2025.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from harness_nextgen_sandbox.clock import Clock, parse_start
from harness_nextgen_sandbox.exchange import Answer, Call
from harness_nextgen_sandbox.handlers import (
    lifecycle,
    modules,
    onboarding,
    organizations,
    projects,
    testing,
)
from harness_nextgen_sandbox.keys import ACCOUNT
from harness_nextgen_sandbox.multipart import Part
from harness_nextgen_sandbox.store import Store

_START = parse_start("2025-01-06T09:00:00Z")
_HOURS_APART = 7

_ORGANIZATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "default": ("Default Organization", {}),
    "platform": ("Platform Engineering", {"networking": "Networking", "runtime": "Runtime"}),
    "payments": ("Payments", {"ledger": "Ledger", "checkout": "Checkout"}),
}
# None in the organization "default": there is room for what a reader of an example creates.
_SCOPES = (
    ("", ""),
    ("platform", ""),
    ("platform", "networking"),
    ("platform", "runtime"),
    ("payments", "ledger"),
    ("payments", "checkout"),
)
_KINDS = (
    ("vpc", "aws", "A VPC with public and private subnets", "network,core"),
    ("eks-cluster", "aws", "A Kubernetes cluster with managed node groups", "kubernetes,compute"),
    ("s3-bucket", "aws", "A private bucket with versioning and encryption", "storage"),
    ("rds-postgres", "aws", "A PostgreSQL database with backups", "database"),
    ("iam-role", "aws", "A role that workloads assume through OIDC", "security,iam"),
    ("vnet", "azurerm", "A virtual network with peering", "network,core"),
    ("aks-cluster", "azurerm", "A Kubernetes cluster with system and user pools", "kubernetes"),
    ("key-vault", "azurerm", "A vault with private endpoints", "security"),
    ("gke-cluster", "google", "A private Kubernetes cluster", "kubernetes,compute"),
    ("cloud-sql", "google", "A database with high availability", "database"),
    ("dns-zone", "cloudflare", "A zone with its records", "network,dns"),
    ("namespace", "kubernetes", "A namespace with quotas and network policies", "kubernetes"),
    ("dashboards", "datadog", "Dashboards and monitors of a service", "observability"),
    ("team", "github", "A team with its repositories", "access"),
)
_QUALIFIERS = ("", "-standard", "-regulated", "-sandbox", "-legacy")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where requests of the fill go to."""

    db: sqlite3.Connection
    store: Store

    def send(
        self, handler: Callable[[Call], Answer], body: Any = None, **parameters: Any
    ) -> Answer:
        """Have a request handled as if it had come."""
        return handler(Call(self.db, self.store, ACCOUNT, parameters, body, ""))


def fill(store: Store, count: int) -> None:
    """Put the first ``count`` modules into an empty store; one that has any stays as it is."""
    with store.transaction() as db:
        if not count or db.execute("SELECT EXISTS (SELECT 1 FROM modules)").fetchone()[0]:
            return
        _add_organizations(_Place(db, store.at(Clock(_START))))
        for index in range(count):
            start = _START.timestamp() + (index + 1) * _HOURS_APART * 3600
            moment = type(_START).fromtimestamp(start, _START.tzinfo)
            _add_module(_Place(db, store.at(Clock(moment))), index)


def _add_organizations(place: _Place) -> None:
    known = organizations.list_organizations
    found = place.send(known, limit=1000, page=0).body
    there = {one["org"]["identifier"] for one in found}
    for identifier, (name, members) in _ORGANIZATIONS.items():
        if identifier in there:
            continue
        org = {"identifier": identifier, "name": name}
        place.send(organizations.create_organization, {"org": org})
        for project, title in members.items():
            body = {"project": {"identifier": project, "name": title, "modules": ["CD", "CI"]}}
            place.send(projects.create_project, body, org=identifier)


def _add_module(place: _Place, index: int) -> None:
    random = Random(f"harness-sandbox/{index}")
    name, system, description, tags = _KINDS[index % len(_KINDS)]
    round_ = index // len(_KINDS)
    org, project = _SCOPES[round_ % len(_SCOPES)]
    name += _QUALIFIERS[round_ // len(_SCOPES) % len(_QUALIFIERS)]
    if turn := round_ // (len(_SCOPES) * len(_QUALIFIERS)):
        name += f"-{turn + 1}"
    artifact = index % 3 == 0
    scope = {"scope_org": org, "scope_project": project}
    body = {
        "name": name,
        "system": system,
        "description": f"{description}.",
        "tags": tags,
        "storage_type": "artifact" if artifact else "git_reference",
        "repository": f"terraform-{system}-{name}",
        "repository_branch": "main",
        "repository_connector": random.choice(("account.github", "account.gitlab", "org.code")),
        "git_tag_style": "v*",
    }
    module_id = place.send(modules.create_module, body, **scope).body["id"]
    versions = _make_versions(random)
    named = {"name": name, "system": system, **scope}
    place.send(onboarding.push_module_tags, {"tags": [f"v{one}" for one in versions]}, **named)
    for version in versions:
        _add_version(place, body, {**named, "version": version}, archive=artifact)
    if index % 4 == 0:
        place.send(lifecycle.set_module_lifecycle, dict(_RULE), module_id=module_id)
    if index % 5 == 0:
        place.send(testing.enable_module_testing, dict(_TESTING), module_id=module_id)


_RULE = {
    "supported_count": 2,
    "warning_count": 1,
    "supported_action": "no_action",
    "warning_action": "warn",
    "deprecated_action": "fail",
}
_TESTING = {
    "pipeline_org": "platform",
    "pipeline_project": "runtime",
    "pipeline_id": ["module_tests"],
    "provider_connector": "account.aws",
    "provisioner_type": "tofu",
    "provisioner_version": "1.9.4",
}


def _make_versions(random: Random) -> list[str]:
    numbers = [1, 0, 0]
    versions = ["1.0.0"]
    for _ in range(random.randrange(6)):
        step = random.choice((0, 1, 1, 2, 2))
        numbers = [*numbers[:step], numbers[step] + 1, *([0] * (2 - step))]
        versions.append(".".join(map(str, numbers)))
    return versions


def _add_version(
    place: _Place, module: dict[str, Any], named: dict[str, Any], *, archive: bool
) -> None:
    readme = f"# {module['name']}\n\n{module['description']}\n"
    place.send(onboarding.upload_module_readme, readme.encode(), **named)
    source = 'variable "name" {\n  type = string\n}\n'
    if archive:
        place.send(onboarding.upload_module_archive, _make_zip({"main.tf": source}), **named)
    repo_url = f"https://git.example.com/{module['repository']}"
    body = {
        "metadata": json.dumps(_describe(module["system"])),
        "download_url": "",
        "git_tag": f"v{named['version']}",
        "repo_url": repo_url,
        "examples_paths": ["examples/basic"],
    }
    place.send(onboarding.push_module_metadata, body, **named)
    example = Part("main.tf", "main.tf", b'module "this" {\n  source = "../.."\n}\n')
    place.send(onboarding.upload_module_example, [example], path="examples/basic", **named)


def _describe(system: str) -> dict[str, Any]:
    return {
        "variables": [
            {
                "variable_name": "name",
                "variable_type": "string",
                "variable_description": "Prefix of all names.",
                "variable_required": True,
                "variable_sensitive": False,
            }
        ],
        "outputs": [{"output_name": "id", "output_description": "Id of what was made."}],
        "providers": [
            {
                "provider_name": system,
                "provider_source": f"hashicorp/{system}",
                "provider_version": ">= 4.0",
            }
        ],
        "resources": [{"resource_name": "this", "resource_type": f"{system}_thing"}],
    }


def _make_zip(files: dict[str, str]) -> bytes:
    """Make an archive that has the same bytes in every run."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 6, 9, 0, 0)), text)
    return content.getvalue()
