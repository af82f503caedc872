"""The registry protocol and the discovery of its address, by their texts.

https://developer.hashicorp.com/terraform/internals/module-registry-protocol
https://developer.hashicorp.com/terraform/internals/remote-service-discovery
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from harness_nextgen import errors, models

from harness_nextgen_sandbox.clock import parse_start
from tests.sandbox.running import Asking, Running, run_sandbox

ARCHIVE = b"PK\x05\x06" + bytes(range(256))


VERSIONS = ("1.0.0", "1.10.0")
protocol = pytest.mark.parametrize("ask", ["sync"], indirect=True)
"""Marks what is about the protocol: one form of the client is enough to upload with."""


def publish(ask: Asking, versions: Iterable[str] = VERSIONS, **scope: str) -> str:
    """Create a module and upload versions; return the namespace of its source address."""
    body = models.CreateModuleRequest(name="vpc", system="aws", storage_type="artifact")
    made = ask("modules.create", body, **scope)
    for version in versions:
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
    scope = {"scope_org": "default"}
    namespace = publish(ask, **scope)
    base = f"/iacm/registry/account/{namespace}/vpc/aws"
    location = http.get(f"{base}/1.0.0/download").headers["X-Terraform-Get"]
    assert http.get(location).content == ARCHIVE + b"1.0.0"
    assert http.get(location, headers={"x-api-key": "pat.other.a.b"}).status_code == 401
    with httpx.Client() as bare:
        for authorization, status in (("Bearer wrong", 401), ("Basic x", 401)):
            headers = {"Authorization": authorization}
            assert bare.get(location, headers=headers).status_code == status
        file, _, query = location.partition("?")
        assert bare.get(file).status_code == 401
        modules = f"{urljoin(location, '/iacm/api/modules')}?{query}"
        assert bare.get(modules, headers={"Harness-Account": "a"}).status_code == 401
    assert http.get(f"{base}/1.0.0/download/file").status_code == 400
    ask("modules.delete_version", ask("modules.list")[0].id, "1.0.0")
    assert http.get(location).status_code == 404
    tags = models.PushModuleTagsRequest(tags=["1.0.0"])
    ask("onboarding.push_tags", "vpc", "aws", tags, **scope)
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
    other = models.PushModuleMetadataRequest(
        metadata="{}", download_url="https://example.com/other.zip", git_tag=""
    )
    ask("onboarding.push_metadata", "vpc", "aws", "0.9.0", other)
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


@pytest.fixture
def terraform(sandbox: Running, ask: Asking) -> Iterator[httpx.Client]:
    """Plain HTTP as Terraform sends it: a Bearer token, and no header of Harness's."""
    token = {"Authorization": f"Bearer pat.{ask.account}.token.secret"}
    headers = {**token, "X-Terraform-Version": "1.11.4"}
    with httpx.Client(base_url=f"{sandbox.url}/iacm/registry/account/", headers=headers) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("token", [None, "Bearer wrong"])
def test_discovery(sandbox: Running, method: str, token: str | None) -> None:
    """Whoever asks finds one base URL, relative to the document, with a slash at its end."""
    headers = {"Authorization": token} if token else {}
    answer = httpx.request(method, f"{sandbox.url}/.well-known/terraform.json", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    if method == "GET":
        [(service, base)] = answer.json().items()
        assert service == "modules.v1"
        assert base.startswith("/")
        assert base.endswith("/")


@protocol
def test_versions_are_ordered_and_are_versions(ask: Asking, terraform: httpx.Client) -> None:
    """The newest is first, by semantic versioning; what is no version is left out."""
    ordered = ["2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "2.0.0-alpha", "1.10.0+5", "1.9", "1.0.0"]
    odd = ["main", "1.0.0.1", "1.0.0-rc..1", "1.0.0-", "1.0.0+a..b", "\u0661.0.0", "1.0.0 "]
    namespace = publish(ask, [*sorted(ordered), *odd])
    answer = terraform.get(f"{namespace}/vpc/aws/versions")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    [module] = answer.json()["modules"]
    assert [one["version"] for one in module["versions"]] == ordered


@protocol
def test_module_without_versions_is_there(ask: Asking, terraform: httpx.Client) -> None:
    """A module that has no version yet is one with an empty list, and not a 404."""
    namespace = publish(ask, [])
    assert terraform.get(f"{namespace}/vpc/aws/versions").json() == {"modules": [{"versions": []}]}


@protocol
@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("1.2", "1.2.0"), ("v3", "3.0.0"), ("2026.01.05", "2026.1.5"), ("1.2-rc.1", "1.2.0-rc.1"),
        ("1.2+b", "1.2.0+b"), ("1.2.3", "1.2.3"),
    ],
)  # fmt: skip
def test_version_in_plain_numbers(
    ask: Asking, terraform: httpx.Client, stored: str, asked: str
) -> None:
    """Terraform reads 1.2 in the list and asks for 1.2.0, which is the same version."""
    namespace = publish(ask, ["1.0.0", stored])
    located = terraform.get(f"{namespace}/vpc/aws/{asked}/download")
    archive = httpx.get(located.headers["X-Terraform-Get"]).content
    assert archive == ARCHIVE + stored.encode()


@protocol
def test_exact_version_goes_first(ask: Asking, terraform: httpx.Client) -> None:
    """Of two that mean the same, the one that is written as asked for is taken."""
    namespace = publish(ask, ["1.2", "1.2.0"])
    for version in ("1.2", "1.2.0"):
        located = terraform.get(f"{namespace}/vpc/aws/{version}/download")
        assert httpx.get(located.headers["X-Terraform-Get"]).content == ARCHIVE + version.encode()


@protocol
def test_location_is_also_in_the_body(ask: Asking, terraform: httpx.Client) -> None:
    """The answer is a 200 with a body, as Harness says; the protocol takes it like a 204."""
    answer = terraform.get(f"{publish(ask)}/vpc/aws/1.0.0/download")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {"location": answer.headers["X-Terraform-Get"]}


@protocol
@pytest.mark.parametrize("host", ["my_host:80", "a b", ""])
def test_location_without_a_host(ask: Asking, terraform: httpx.Client, host: str) -> None:
    """A header Host that is no plain host makes the location relative, and never gets into it."""
    answer = terraform.get(f"{publish(ask)}/vpc/aws/1.0.0/download", headers={"Host": host})
    location = answer.headers["X-Terraform-Get"]
    assert location.startswith("/iacm/registry/account/")
    assert httpx.get(urljoin(str(answer.url), location)).content == ARCHIVE + b"1.0.0"


@protocol
@pytest.mark.parametrize(
    "path",
    [
        "NAMESPACE/absent/aws/versions", "NAMESPACE/vpc/absent/versions",
        "another/vpc/aws/versions", "NAMESPACE/vpc/aws/1.0.1/download",
        "NAMESPACE/absent/aws/1.0.0/download",
        "another/vpc/aws/1.0.0/download", "NAMESPACE/vpc/aws/download", "NAMESPACE/vpc/aws", "",
    ],
)  # fmt: skip
def test_not_found(ask: Asking, terraform: httpx.Client, path: str) -> None:
    """What is not there is a 404, and so is a path that is no part of the protocol."""
    answer = terraform.get(path.replace("NAMESPACE", publish(ask)))
    assert (answer.status_code, answer.json()["name"]) == (404, "not_found")


@protocol
def test_other_accounts_find_nothing(ask: Asking, terraform: httpx.Client) -> None:
    """The key of another account is told that no such module is there."""
    namespace = publish(ask)
    terraform.headers["Authorization"] = "Bearer pat.another.token.secret"
    for path in ("versions", "1.0.0/download"):
        assert terraform.get(f"{namespace}/vpc/aws/{path}").status_code == 404


@protocol
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer KEY", 200), ("bearer KEY", 200), ("Bearer   KEY", 200), ("Basic KEY", 401),
        ("KEY", 401), ("Bearer", 401), ("Bearer wrong", 401), (None, 401),
    ],
)  # fmt: skip
def test_authorization(
    ask: Asking, terraform: httpx.Client, authorization: str | None, status: int
) -> None:
    """The token comes as Bearer, in any case; anything else is a 401."""
    namespace = publish(ask)
    key = terraform.headers.pop("Authorization").removeprefix("Bearer ")
    if authorization is not None:
        terraform.headers["Authorization"] = authorization.replace("KEY", key)
    for path in ("versions", "1.0.0/download"):
        assert terraform.get(f"{namespace}/vpc/aws/{path}").status_code == status


@protocol
@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html", "application/yaml"])
def test_accept(ask: Asking, terraform: httpx.Client, accept: str) -> None:
    """The registry speaks JSON and nothing else, whatever the client would like."""
    namespace = publish(ask)
    for path in ("versions", "1.0.0/download"):
        answer = terraform.get(f"{namespace}/vpc/aws/{path}", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@protocol
def test_archive_as_it_is_fetched(ask: Asking, terraform: httpx.Client) -> None:
    """HEAD, a parameter that go-getter adds and a range that it asks for change nothing."""
    answer = terraform.get(f"{publish(ask)}/vpc/aws/1.0.0/download")
    location = answer.headers["X-Terraform-Get"]
    head = httpx.head(location)
    assert (head.status_code, int(head.headers["content-length"])) == (200, len(ARCHIVE) + 5)
    assert "accept-ranges" not in head.headers
    for fetched in (
        httpx.get(location, params=httpx.URL(location).params.add("terraform-get", "1")),
        httpx.get(location, headers={"Range": "bytes=9-"}),
    ):
        assert (fetched.status_code, fetched.content) == (200, ARCHIVE + b"1.0.0")


@pytest.mark.parametrize("name", ["list_versions", "get_download"])
@pytest.mark.parametrize(
    "change",
    [{"namespace": "other"}, {"name": "other"}, {"system": "google"}, {"version": "1.0.1"}],
)
def test_what_is_not_registered_is_not_found(
    ask: Asking, name: str, change: dict[str, str]
) -> None:
    """A module is found by namespace, name and system together, in the account of the key."""
    known = {"namespace": publish(ask), "name": "vpc", "system": "aws", "version": "1.0.0"}
    count = 3 if name == "list_versions" else 4
    assert ask(f"registry.{name}", *list(known.values())[:count])
    place = list({**known, **change}.values())[:count]
    if place != list(known.values())[:count]:
        with pytest.raises(errors.NotFoundError):
            ask(f"registry.{name}", *place)
    other = Asking(str(ask.client.base_url), "other", ask.mode)
    with pytest.raises(errors.NotFoundError):
        other(f"registry.{name}", *list(known.values())[:count])
    other.close()
