"""The registry protocol, by its text.

https://developer.hashicorp.com/terraform/internals/module-registry-protocol
"""

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from harness_nextgen import errors, models

from harness_nextgen_sandbox.clock import parse_start
from tests.sandbox.running import Asking, run_sandbox

ARCHIVE = b"PK\x05\x06" + bytes(range(256))


def publish(ask: Asking, **scope: str) -> str:
    """Create a module and upload two versions; return the namespace of its source address."""
    body = models.CreateModuleRequest(name="vpc", system="aws", storage_type="artifact")
    made = ask("modules.create", body, **scope)
    for version in ("1.0.0", "1.10.0"):
        ask(
            "onboarding.upload_archive", "vpc", "aws", version, ARCHIVE + version.encode(),
            content_disposition='attachment; filename="vpc.zip"', **scope,
        )  # fmt: skip
    return str(ask("modules.get", made.id).namespace)


def test_client_downloads_what_was_uploaded(ask: Asking) -> None:
    """Versions, location and archive through the client, byte for byte."""
    namespace = publish(ask)
    [module] = ask("registry.list_versions", namespace, "vpc", "aws").modules
    assert [one.version for one in module.versions] == ["1.10.0", "1.0.0"]
    assert [one.module_version for one in module.versions] == ["1.10.0", "1.0.0"]
    answer = ask("registry.with_raw_response.get_download", namespace, "vpc", "aws", "1.0.0")
    location = answer.headers["X-Terraform-Get"]
    assert answer.parse().location == location
    [token] = parse_qs(urlsplit(location).query)["token"]
    archive = ask("registry.download_archive", namespace, "vpc", "aws", "1.0.0", token=token)
    assert archive == ARCHIVE + b"1.0.0"


@pytest.mark.parametrize("scope", [{}, {"scope_org": "default", "scope_project": "my web"}])
def test_terraform_finds_its_way(ask: Asking, scope: dict[str, str]) -> None:
    """Discovery, versions and location with a Bearer token, the file without any credentials."""
    namespace = publish(ask, **scope)
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in namespace)
    token = {"Authorization": f"Bearer pat.{ask.account}.token.secret"}
    with httpx.Client(base_url=str(ask.client.base_url)) as terraform:
        services = terraform.get("/.well-known/terraform.json").json()
        base = f"{services['modules.v1']}{namespace}/vpc/aws"
        versions = terraform.get(f"{base}/versions", headers=token).json()
        newest = versions["modules"][0]["versions"][0]["version"]
        located = terraform.get(f"{base}/{newest}/download", headers=token)
        location = urljoin(str(located.url), located.headers["X-Terraform-Get"])
        assert "archive=zip" in location
        assert terraform.get(location).content == ARCHIVE + b"1.10.0"


def test_token_is_for_one_archive(ask: Asking, http: httpx.Client) -> None:
    """A token opens neither another version nor anything after it was altered."""
    namespace = publish(ask)
    base = f"/iacm/registry/account/{namespace}/vpc/aws"
    location = http.get(f"{base}/1.0.0/download").headers["X-Terraform-Get"]
    [token] = parse_qs(urlsplit(location).query)["token"]
    bare = httpx.Client(base_url=http.base_url)
    with bare:
        for path, sent in (("1.10.0", token), ("1.0.0", token[:-1] + "x"), ("1.0.0", "é")):
            answer = bare.get(f"{base}/{path}/download/file", params={"token": sent})
            assert answer.status_code == 401
        assert bare.get(f"{base}/1.0.0/download").status_code == 401


def test_token_grows_old() -> None:
    """A token is refused some minutes after it was handed out."""
    with run_sandbox(clock=parse_start("2026-01-01")) as running:
        ask = Asking(running.url, "some", "sync")
        namespace = publish(ask)
        answer = ask("registry.get_download", namespace, "vpc", "aws", "1.0.0")
        with httpx.Client() as bare:
            assert bare.get(answer.location).status_code == 200
            for _ in range(300):
                running.store.clock.read()
            assert bare.get(answer.location).status_code == 401
        ask.close()


def test_git_versions_are_located_in_git(ask: Asking) -> None:
    """A version without an archive is where the pipeline said, or in its repository."""
    ask("modules.create", models.CreateModuleRequest(name="vpc", system="aws"))
    ask("onboarding.push_tags", "vpc", "aws", models.PushModuleTagsRequest(tags=["v1.0.0"]))
    place = (ask.account, "vpc", "aws", "1.0.0")
    with pytest.raises(errors.NotFoundError):
        ask("registry.get_download", *place)
    for url, expected in (
        ("", "git::https://git.example.com/vpc?ref=v1.0.0"),
        ("https://example.com/vpc.zip", "https://example.com/vpc.zip"),
    ):
        body = models.PushModuleMetadataRequest(
            metadata="{}", download_url=url, git_tag="v1.0.0",
            repo_url="https://git.example.com/vpc",
        )  # fmt: skip
        ask("onboarding.push_metadata", "vpc", "aws", "1.0.0", body)
        assert ask("registry.get_download", *place).location == expected


@pytest.mark.parametrize("name", ["list_versions", "get_download"])
def test_unknown_module_is_not_found(ask: Asking, name: str) -> None:
    """What is not registered is a 404."""
    version = () if name == "list_versions" else ("1.0.0",)
    with pytest.raises(errors.NotFoundError):
        ask(f"registry.{name}", ask.account, "vpc", "aws", *version)
