"""Organizations and projects, in JSON and in YAML."""

from __future__ import annotations

import httpx
import pytest
import yaml
from harness_nextgen import errors, models

from tests.sandbox.running import Asking


def create_org(ask: Asking, identifier: str, name: str | None = None, **options: str) -> object:
    """Create an organization."""
    org = models.Organization(identifier=identifier, name=name or identifier)
    return ask("organizations.create", models.CreateOrganizationRequest(org=org), **options)


def create_project(ask: Asking, org: str, identifier: str, **more: object) -> object:
    """Create a project."""
    project = {"identifier": identifier, "name": identifier, **more}
    body = models.CreateProjectRequest.from_dict({"project": project})
    return ask("projects.create", org, body)


def test_organization_lives(ask: Asking) -> None:
    """An organization is created, read, replaced and deleted; its deletion answers with it."""
    tags = {"team": "core"}
    org = models.Organization.from_dict(
        {"identifier": "platform", "name": "Platform", "description": "Shared", "tags": tags}
    )
    made = ask("organizations.create", models.CreateOrganizationRequest(org=org))
    assert made.org.to_dict() == org.to_dict()
    assert made.created == made.updated
    assert ask("organizations.get", "platform").org.name == "Platform"
    renamed = models.Organization(identifier="platform", name="Renamed")
    body = models.UpdateOrganizationRequest(org=renamed)
    assert ask("organizations.update", "platform", body).org.to_dict() == renamed.to_dict()
    assert ask("organizations.delete", "platform").org.name == "Renamed"
    for method, arguments in (("get", []), ("update", [body]), ("delete", [])):
        with pytest.raises(errors.NotFoundError, match="platform"):
            ask(f"organizations.{method}", "platform", *arguments)


def test_identifiers_are_unique(ask: Asking) -> None:
    """An identifier is taken once in an account, or once in an organization."""
    create_org(ask, "one")
    create_org(ask, "two")
    with pytest.raises(errors.ConflictError, match="'one'") as caught:
        create_org(ask, "one")
    assert caught.value.details.fields[0].field == "org.identifier"
    create_project(ask, "one", "web")
    create_project(ask, "two", "web")
    with pytest.raises(errors.ConflictError, match="'web'") as caught:
        create_project(ask, "one", "web")
    assert caught.value.details.fields[0].field == "project.identifier"


def test_identifier_cannot_change(ask: Asking) -> None:
    """An update must name the identifier that is in the path."""
    create_org(ask, "one")
    create_project(ask, "one", "web")
    org = models.UpdateOrganizationRequest(org=models.Organization(identifier="b", name="b"))
    with pytest.raises(errors.BadRequestError, match="identifier") as caught:
        ask("organizations.update", "one", org)
    assert caught.value.details.fields[0].field == "org.identifier"
    project = models.UpdateProjectRequest(project=models.ProjectRequest(identifier="b", name="b"))
    with pytest.raises(errors.BadRequestError, match="identifier") as caught:
        ask("projects.update", "one", "web", project)
    assert caught.value.details.fields[0].field == "project.identifier"


def test_organizations_are_listed(ask: Asking) -> None:
    """Organizations are filtered, searched, sorted and walked over pages that count from 0."""
    for number in range(5):
        create_org(ask, f"Org{number}", f"Name {9 - number}")

    def listed(**arguments: object) -> list[str]:
        return [one.org.identifier for one in ask("organizations.list", **arguments)]

    assert listed(limit=2) == ["Org4", "Org3", "Org2", "Org1", "Org0"]
    assert listed(sort="identifier", order="ASC")[0] == "Org0"
    assert listed(sort="created")[0] == "Org4"
    assert listed(sort="created", order="ASC")[0] == "Org0"
    assert listed(sort="name") == ["Org0", "Org1", "Org2", "Org3", "Org4"]
    assert listed(search_term="name 7") == ["Org2"]
    assert listed(search_term="oRG3") == ["Org3"]
    assert listed(org=["Org1", "Org3", "absent"]) == ["Org3", "Org1"]
    assert [one.harness_managed for one in ask("organizations.list")] == [False] * 5


def test_project_lives(ask: Asking) -> None:
    """A project is created, read, replaced and deleted; its deletion answers with it."""
    create_org(ask, "one")
    made = create_project(ask, "one", "web", color="#0063F7", modules=["CD", "NEW"])
    assert made.project.org == "one"  # type: ignore[attr-defined]
    got = ask("projects.get", "one", "web").project
    assert (got.color, [str(one) for one in got.modules]) == ("#0063F7", ["CD", "NEW"])
    renamed = models.ProjectRequest(identifier="web", name="Web")
    updated = ask("projects.update", "one", "web", models.UpdateProjectRequest(project=renamed))
    assert updated.project.to_dict() == {**renamed.to_dict(), "org": "one"}
    assert ask("projects.delete", "one", "web").project.name == "Web"
    with pytest.raises(errors.NotFoundError, match="'web'"):
        ask("projects.get", "one", "web")


def test_projects_are_listed(ask: Asking) -> None:
    """Projects of one organization are filtered by identifier, product and favourites."""
    create_org(ask, "one")
    create_org(ask, "two")
    create_project(ask, "one", "a", modules=["CD"])
    create_project(ask, "one", "b", modules=["CI"])
    create_project(ask, "two", "c")

    def listed(**arguments: object) -> list[str]:
        return [one.project.identifier for one in ask("projects.list", "one", **arguments)]

    assert listed() == ["a", "b"]
    assert listed(limit=1) == ["a", "b"]
    assert listed(sort="identifier") == ["b", "a"]
    assert listed(project=["b", "c"]) == ["b"]
    assert listed(search_term="B") == ["b"]
    assert listed(search_term="x") == []
    assert listed(module_type="CD") == ["a"]
    assert listed(module_type="CD", has_module=False) == ["b"]
    assert listed(only_favorites=True) == []
    assert listed(only_favorites=False) == ["a", "b"]
    assert [one.is_favorite for one in ask("projects.list", "one")] == [False, False]
    with pytest.raises(errors.NotFoundError):
        ask("projects.list", "absent")


def test_projects_are_searched_by_name_and_identifier(ask: Asking) -> None:
    """A search finds a part of either, whatever the case."""
    create_org(ask, "one")
    for identifier, name in (("Web", "Front End"), ("core", "Back End"), ("data", "Webhooks")):
        project = models.ProjectRequest(identifier=identifier, name=name)
        ask("projects.create", "one", models.CreateProjectRequest(project=project))

    def found(term: str) -> list[str]:
        projects = ask("projects.list", "one", search_term=term)
        return [one.project.identifier for one in projects]

    assert found("WEB") == ["Web", "data"]
    assert found("back end") == ["core"]


def test_projects_go_with_their_organization(ask: Asking) -> None:
    """An organization that is not empty is deleted with its projects."""
    create_org(ask, "one")
    create_project(ask, "one", "web")
    ask("organizations.delete", "one")
    create_org(ask, "one")
    assert list(ask("projects.list", "one")) == []


def test_yaml_through_the_client(ask: Asking) -> None:
    """With format="yaml" requests and answers are YAML, and mean the same."""
    made = create_org(ask, "yes", "On", format="yaml")
    assert made.org.to_dict() == {"identifier": "yes", "name": "On"}  # type: ignore[attr-defined]
    [found] = ask("organizations.list", format="yaml")
    assert found.org.name == "On"
    assert ask("organizations.get", "yes", format="yaml").org.name == "On"
    assert ask("organizations.delete", "yes", format="yaml").org.identifier == "yes"


def test_answer_has_the_format_of_the_request(http: httpx.Client) -> None:
    """YAML is answered in YAML and JSON in JSON; without a body the header Accept decides."""
    body = b"org: {identifier: one, name: One, tags: {since: '2026-01-01', on: off}}"
    made = http.post("/v1/orgs", content=body, headers={"Content-Type": "application/yaml"})
    assert (made.status_code, made.headers["content-type"]) == (201, "application/yaml")
    assert yaml.safe_load(made.content)["org"]["tags"] == {"since": "2026-01-01", "on": "off"}
    got = http.get("/v1/orgs/one")
    assert got.headers["content-type"] == "application/json"
    got = http.get("/v1/orgs/one", headers={"Accept": "application/yaml"})
    assert got.headers["content-type"] == "application/yaml"
    for accept, expected in (
        ("application/json, application/yaml", "json"), ("text/html, APPLICATION/YAML;q=1", "yaml"),
        ("application/yaml, application/json", "yaml"), ("*/*", "json"),
    ):  # fmt: skip
        got = http.get("/v1/orgs/one", headers={"Accept": accept})
        assert got.headers["content-type"] == f"application/{expected}"
    # The Module Registry has no YAML.
    got = http.get("/iacm/api/modules", headers={"Accept": "application/yaml"})
    assert got.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"org: [", b"\xff\xfe", b"", b"org: {identifier: !!python/name:os.system , name: a}",
        b"org: &a {identifier: x, name: y, tags: *a}", b"- 1", b"{1: 2}", b"a: b\n---\nc: d\n",
    ],
)  # fmt: skip
def test_bad_yaml(http: httpx.Client, body: bytes) -> None:
    """What is no YAML, or means nothing that JSON can say, is a 400."""
    answer = http.post("/v1/orgs", content=body, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"org": {"identifier": "a"}}, "org.name"), ({}, "org"), ([], "body"),
        ({"org": {"identifier": "1", "name": "a"}}, "org.identifier"),
        ({"org": {"identifier": "a", "name": "a", "tags": {"x": 1}}}, "org.tags.x"),
    ],
)  # fmt: skip
def test_bad_members_of_organizations(http: httpx.Client, body: object, field: str) -> None:
    """A 400 of organizations names the member of the body, and says the same in its message."""
    answer = http.post("/v1/orgs", json=body)
    assert answer.status_code == 400
    [found] = answer.json()["errors"]
    assert (found["field_name"], found["message"]) == (field, answer.json()["message"])
    assert field in found["message"]


def test_unfolding_yaml(http: httpx.Client) -> None:
    """A small text whose aliases unfold endlessly is refused, not unfolded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    body = "\n".join(lines).encode()
    answer = http.post("/v1/orgs", content=body, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 400
    assert "too many values" in answer.json()["message"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=-1", "page"), ("limit=0", "limit"), ("limit=1001", "limit"), ("page=x", "page"),
        ("sort=colour", "sort"), ("sort=name&order=up", "order"),
    ],
)  # fmt: skip
def test_bad_query_of_organizations(http: httpx.Client, query: str, name: str) -> None:
    """A 400 of organizations names the parameter, in the platform's shape."""
    answer = http.get(f"/v1/orgs?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field_name"] == name


def test_page_headers_of_organizations(ask: Asking, http: httpx.Client) -> None:
    """Pages count from 0 and tell their totals under the platform's names."""
    for number in range(3):
        create_org(ask, f"org{number}")
    answer = http.get("/v1/orgs?limit=2&page=1")
    assert len(answer.json()) == 1
    headers = [answer.headers[f"X-{name}"] for name in ("Total-Elements", "Page-Number")]
    assert [*headers, answer.headers["X-Page-Size"]] == ["3", "1", "2"]


def test_page_far_beyond_the_end(ask: Asking, http: httpx.Client) -> None:
    """A page that is not there is empty, however large its number: the spec has no bound."""
    create_org(ask, "one")
    for page in (1, 2**63, 10**30):
        answer = http.get(f"/v1/orgs?page={page}")
        assert (answer.status_code, answer.json()) == (200, [])
        assert answer.headers["X-Page-Number"] == str(page)
