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
        assert terraform.head("/.well-known/terraform.json").status_code == 200
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


@pytest.mark.parametrize(
    ("start", "query"),
    [
        (b"PK", "&archive=zip"), (b"\x1f\x8b", "&archive=tar.gz"), (b"BZh9", "&archive=tar.bz2"),
        (b"\xfd7zXZ\x00", "&archive=tar.xz"), (b"other", ""), (b"", ""),
    ],
)  # fmt: skip
def test_location_tells_the_kind_of_archive(ask: Asking, start: bytes, query: str) -> None:
    """What go-getter cannot see from a file name is in the query; an upload replaces another."""
    publish(ask)
    disposition = {"content_disposition": "attachment"}
    ask("onboarding.upload_archive", "vpc", "aws", "1.0.0", start, **disposition)
    place = (ask.account, "vpc", "aws", "v1.0.0")
    location = ask("registry.get_download", *place).location
    assert location.partition("token=")[2].partition("&")[2] == query.removeprefix("&")
    with httpx.Client() as bare:
        assert bare.get(location).content == start


def test_token_and_key_are_of_one_account(ask: Asking, http: httpx.Client) -> None:
    """A token opens nothing for the key of another account, and a key nothing without a token."""
    namespace = publish(ask)
    base = f"/iacm/registry/account/{namespace}/vpc/aws"
    location = http.get(f"{base}/1.0.0/download").headers["X-Terraform-Get"]
    assert http.get(location).content == ARCHIVE + b"1.0.0"
    assert http.get(location, headers={"x-api-key": "pat.other.a.b"}).status_code == 401
    with httpx.Client() as bare:
        for authorization, status in (("Bearer wrong", 401), ("Basic x", 401)):
            headers = {"Authorization": authorization}
            assert bare.get(location, headers=headers).status_code == status
    assert http.get(f"{base}/1.0.0/download/file").status_code == 400
    ask("modules.delete_version", ask("modules.list")[0].id, "1.0.0")
    assert http.get(location).status_code == 404
    ask("onboarding.push_tags", "vpc", "aws", models.PushModuleTagsRequest(tags=["1.0.0"]))
    answer = http.get(location)
    assert answer.status_code == 404
    assert answer.json()["message"] == "there is no archive of version '1.0.0'"


def test_origin_is_the_one_that_was_asked(http: httpx.Client, ask: Asking) -> None:
    """A location begins as the client wrote the host, or with a slash where that cannot be."""
    base = f"/iacm/registry/account/{publish(ask)}/vpc/aws/1.0.0/download"
    for host, origin in (
        ("localhost:8808", "http://localhost:8808/"), ("[::1]:80", "http://[::1]:80/"),
        ("sandbox", "http://sandbox/"), ("a b", "/"), ("x:y", "/"), ("a/b", "/"),
    ):  # fmt: skip
        location = http.get(base, headers={"Host": host}).headers["X-Terraform-Get"]
        assert location.startswith(f"{origin}iacm/")


def test_only_versions_are_listed(ask: Asking) -> None:
    """Terraform is told of no version that it could not read."""
    namespace = publish(ask)
    ask("onboarding.upload_readme", "vpc", "aws", "main", "text")
    assert ask("modules.list")[0].versions == ["main", "1.0.0", "1.10.0"]
    [listed] = ask("registry.list_versions", namespace, "vpc", "aws").modules
    assert [one.version for one in listed.versions] == ["1.10.0", "1.0.0"]


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
    for url in ("https://example.com/é", "https://example.com/a\nb"):
        body = models.PushModuleMetadataRequest(metadata="", download_url=url, git_tag="v1.0.0")
        ask("onboarding.push_metadata", "vpc", "aws", "1.0.0", body)
        with pytest.raises(errors.NotFoundError, match="archive"):
            ask("registry.get_download", *place)


@pytest.mark.parametrize("name", ["list_versions", "get_download"])
def test_unknown_module_is_not_found(ask: Asking, name: str) -> None:
    """What is not registered is a 404."""
    version = () if name == "list_versions" else ("1.0.0",)
    with pytest.raises(errors.NotFoundError):
        ask(f"registry.{name}", ask.account, "vpc", "aws", *version)
