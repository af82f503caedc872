"""The effective spec: what holds for every operation, schema and extension of it."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.spec.walk import (
    answer_schemas,
    by_name,
    faults_of,
    nodes,
    operations,
    parameters,
    reachable,
    references,
    resolve,
)

PAGED = {"list_modules", "list_module_executions", "list_organizations", "list_projects"}
PLATFORM = ("organizations", "projects")


def is_python_name(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z][a-z0-9_]*", name)) and not keyword.iskeyword(name)


def inline_enums(schema: Any) -> list[Any]:
    return [node for _, node in nodes(schema) if isinstance(node, dict) and "enum" in node]


def test_valid(effective: Any) -> None:
    """It is valid OpenAPI 3.0.3."""
    assert effective["openapi"] == "3.0.3"
    validate(effective)


def test_all_operations(effective: Any, published: Any) -> None:
    """No operation is lost or invented: the same methods and paths, up to the name of the id."""

    def normalized(document: Any) -> set[tuple[str, str]]:
        return {
            (method, re.sub(r"\{(id|moduleId)\}", "{module_id}", path))
            for method, path in operations(document)
        }

    assert len(operations(effective)) == 45
    assert normalized(effective) == normalized(published)


def test_operation_ids(effective: Any) -> None:
    """Every operationId is a Python name that no other operation has."""
    names = [operation["operationId"] for operation in operations(effective).values()]
    assert [name for name in names if not is_python_name(name)] == []
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_methods(effective: Any) -> None:
    """Every operation has a method of its own, on a resource whose names are Python names."""
    methods = [
        (operation["x-resource"], operation["x-method"])
        for operation in operations(effective).values()
    ]
    for resource, method in methods:
        assert all(is_python_name(name) for name in (*resource.split("."), method))
    assert [method for method, count in Counter(methods).items() if count > 1] == []


def test_methods_do_not_hide_resources(effective: Any) -> None:
    """No method has the name of a resource below its own."""
    resources = {operation["x-resource"] for operation in operations(effective).values()}
    for operation in operations(effective).values():
        assert f"{operation['x-resource']}.{operation['x-method']}" not in resources


def test_tags(effective: Any) -> None:
    """The one tag of an operation is its top-level resource, and the document declares it."""
    declared = [tag["name"] for tag in effective["tags"]]
    found = []
    for operation in operations(effective).values():
        assert operation["tags"] == [operation["x-resource"].split(".")[0]]
        found += operation["tags"]
    assert sorted(declared) == sorted(set(found))


def test_references(effective: Any) -> None:
    """Every reference leads somewhere, and every component is referred to."""
    found = references(effective)
    for reference in found:
        resolve(effective, {"$ref": reference})
    used = reachable(effective, effective["paths"])
    declared = {
        f"#/components/{kind}/{name}"
        for kind in ("parameters", "responses", "schemas")
        for name in effective["components"][kind]
    }
    assert declared == used == found


def test_one_spelling_of_the_id(effective: Any) -> None:
    """A module id is {module_id} in every path, and a string."""
    for (_, path), operation in operations(effective).items():
        templated = re.findall(r"\{(\w+)\}", path)
        declared = [p for p in parameters(effective, operation) if p["in"] == "path"]
        assert sorted(templated) == sorted(parameter["name"] for parameter in declared)
        assert {parameter["schema"]["type"] for parameter in declared} <= {"string"}
        assert not {"id", "moduleId"} & set(templated)
        assert ("{module_id}" in path) == bool(re.search(r"/modules/\{module_id\}", path))


def test_errors(effective: Any) -> None:
    """Every operation declares 429 and a default error, in the shape of its service."""
    for name, operation in by_name(effective).items():
        platform = operation["x-resource"] in PLATFORM
        for status, kind in (("429", "TooManyRequestsError"), ("default", "UnexpectedError")):
            expected = f"#/components/responses/{'Platform' if platform else ''}{kind}"
            assert operation["responses"][status] == {"$ref": expected}, (name, status)
            content = resolve(effective, {"$ref": expected})["content"]
            media = "application/json" if platform else "application/vnd.goa.error"
            schema = "PlatformError" if platform else "IacmError"
            assert content[media]["schema"] == {"$ref": f"#/components/schemas/{schema}"}
            assert {"text/plain", "text/html"} <= set(content)


def test_errors_of_the_registry(effective: Any) -> None:
    """The ten published errors of the registry stay, 499 and their media type included."""
    published = {"400", "401", "403", "404", "408", "409", "423", "499", "500", "502"}
    for name, operation in by_name(effective).items():
        if operation["x-resource"] in PLATFORM:
            continue
        assert published <= set(operation["responses"]), name
        for status in published:
            answer = resolve(effective, operation["responses"][status])
            assert list(answer["content"]) == ["application/vnd.goa.error"]


def test_errors_of_the_platform(effective: Any) -> None:
    """Organizations and projects declare errors: 404 below a path, 415 with a body."""
    for (_, path), operation in operations(effective).items():
        if operation["x-resource"] not in PLATFORM:
            continue
        assert {"400", "401", "403", "500"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) == ("{" in path)
        assert ("415" in operation["responses"]) == ("requestBody" in operation)


def test_yaml_stays(effective: Any) -> None:
    """Organizations and projects still speak YAML beside JSON."""
    for operation in operations(effective).values():
        if operation["x-resource"] not in PLATFORM:
            continue
        bodies = [operation["responses"][s] for s in ("200", "201") if s in operation["responses"]]
        bodies += [operation["requestBody"]] if "requestBody" in operation else []
        for body in bodies:
            content = body["content"]
            assert content["application/yaml"]["schema"] == content["application/json"]["schema"]


def test_no_defaults_in_answers(effective: Any) -> None:
    """No schema of an answer has a default, so no client invents what the server left out."""
    for name, schema in answer_schemas(effective).items():
        for location, node in nodes(schema):
            assert not (isinstance(node, dict) and "default" in node), (name, location)


def test_defaults_of_requests_stay(effective: Any) -> None:
    """Requests keep the defaults that the server applies."""
    schemas = effective["components"]["schemas"]
    for name in ("CreateModuleRequest", "UpdateModuleRequest"):
        found = {key: value.get("default") for key, value in schemas[name]["properties"].items()}
        assert {key: value for key, value in found.items() if value is not None} == {
            "storage_type": "git_reference",
            "repository_path": "",
            "onboarding_pipeline_sync": False,
        }


def test_required_names_exist(effective: Any) -> None:
    """What a schema requires is one of its properties."""
    for location, node in nodes(effective["components"]["schemas"]):
        if isinstance(node, dict) and isinstance(node.get("required"), list):
            assert set(node["required"]) <= set(node["properties"]), location


def test_module_of_the_account(effective: Any) -> None:
    """A module with nulls, an unknown storage type and no time of synchronization is valid."""
    module = {
        "account": "a", "id": "4640", "name": "vpc", "system": "aws", "created": 1, "updated": 1,
        "org": None, "project": None, "scope_org": None, "scope_project": None,
        "description": None, "storage_type": "harness", "testing_metadata": None, "versions": None,
    }  # fmt: skip
    schema = {"$ref": "#/components/schemas/Module"}
    assert faults_of(effective, schema, module) == []
    assert faults_of(effective, schema, {**module, "name": None}) != []


def test_open_enums(effective: Any) -> None:
    """No answer has a closed set of values: each enum is named and stands beside string."""
    enums = {
        f"#/components/schemas/{name}"
        for name, schema in effective["components"]["schemas"].items()
        if "enum" in schema
    }
    assert len(enums) == 8
    assert inline_enums(effective["paths"]) == []
    for name, schema in answer_schemas(effective).items():
        if name in enums:
            continue
        assert inline_enums(schema) == [], name
    for location, node in nodes(effective):
        if isinstance(node, dict) and node.get("$ref") in enums:
            union = effective
            for step in location[:-1]:
                union = union[step]
            assert location[-2] == "anyOf", location
            assert "string" in [member.get("type") for member in union], location


def test_paging(effective: Any) -> None:
    """Operations with pages say how to walk them, in agreement with their parameters."""
    found = by_name(effective)
    assert {name for name in found if "x-pagination" in found[name]} == PAGED
    for name, operation in found.items():
        declared = {p["name"]: p["schema"] for p in parameters(effective, operation)}
        assert ({"page", "limit"} <= set(declared)) == (name in PAGED)
        if name not in PAGED:
            continue
        paging = operation["x-pagination"]
        page, size = paging["page"], paging["size"]
        assert declared[page["parameter"]]["default"] == page["first"]
        assert declared[size["parameter"]]["default"] == size["default"]
        assert declared[size["parameter"]]["maximum"] == size["maximum"]
        assert size["default"] <= size["safe_maximum"] <= size["maximum"]
        answer = operation["responses"]["200"]
        assert answer["content"]["application/json"]["schema"]["type"] == "array"
        named = {header for headers in paging["headers"].values() for header in headers}
        assert {header.lower() for header in answer["headers"]} <= {n.lower() for n in named}


@pytest.mark.parametrize("name", ["list_modules", "list_module_executions"])
def test_paging_headers_of_both_styles(effective: Any, name: str) -> None:
    """Lists of the registry declare the headers of the API page beside their own."""
    headers = set(by_name(effective)[name]["responses"]["200"]["headers"])
    own = {"x-total-items", "x-total-pages", "x-page-size"}
    assert headers == own | {"X-Total-Elements", "X-Page-Number"}


def test_array_parameters(effective: Any) -> None:
    """Arrays in a query say that the key is repeated, and nothing allows an empty value."""
    for operation in operations(effective).values():
        for parameter in parameters(effective, operation):
            assert "allowEmptyValue" not in parameter
            if parameter["schema"].get("type") == "array":
                assert (parameter["style"], parameter["explode"]) == ("form", True)


def test_bodies(effective: Any) -> None:
    """Every upload takes a body, and no header that the body decides is a parameter."""
    media = {
        "upload_module_readme": "text/markdown",
        "upload_module_archive": "application/octet-stream",
        "upload_module_example": "multipart/form-data",
    }
    found = by_name(effective)
    for name, operation in found.items():
        declared = {parameter["name"] for parameter in parameters(effective, operation)}
        assert not {"Content-Type", "Content-Length"} & declared, name
        assert ("Content-Disposition" in declared) == (name == "upload_module_archive")
        if name in media:
            assert list(operation["requestBody"]["content"]) == [media[name]]


def test_no_binary_json(effective: Any) -> None:
    """JSON is never binary."""
    for location, node in nodes(effective):
        if location[-1:] == ("application/json",):
            assert node["schema"].get("format") != "binary", location


def test_optional_bodies(effective: Any) -> None:
    """Updating a module and locating an archive may answer with or without a body."""
    found = by_name(effective)
    for name in ("update_module", "get_registry_download"):
        answers = found[name]["responses"]
        assert answers["200"]["x-optional-body"] is True
        assert "content" in answers["200"]
        assert "content" not in answers["204"]
    marked = [name for name in found if "x-optional-body" in str(found[name])]
    assert sorted(marked) == ["get_registry_download", "update_module"]
    assert "X-Terraform-Get" in found["get_registry_download"]["responses"]["204"]["headers"]


def test_times(effective: Any) -> None:
    """Times are marked as such and their examples are dates of this century."""
    marked = 0
    for location, node in nodes(effective["components"]["schemas"]):
        if isinstance(node, dict) and location[-1:] in {("created",), ("updated",), ("synced",)}:
            marked += 1
            assert node["x-timestamp"] == "milliseconds"
            year = datetime.fromtimestamp(node["example"] / 1000, UTC).year
            assert 2000 < year < 2100
    assert marked == 10


def test_account(effective: Any) -> None:
    """The account header is a setting of the client, required by the registry alone."""
    declared = effective["components"]["parameters"]
    accounts = {n: p for n, p in declared.items() if p["name"] == "Harness-Account"}
    assert {name: p["x-client-setting"] for name, p in accounts.items()} == {
        "HarnessAccount": "account",
        "HarnessAccountOptional": "account",
    }
    assert accounts["HarnessAccount"]["required"] is True
    assert "required" not in accounts["HarnessAccountOptional"]


@pytest.mark.parametrize(
    ("token", "account"),
    [("pat.ABC123.x.y", "ABC123"), ("sat.ABC-1_2.x", "ABC-1_2"), ("pat..x", None), ("key", None)],
)
def test_account_of_a_token(effective: Any, token: str, account: str | None) -> None:
    """The account is found in a personal token and in that of a service account."""
    found = re.match(effective["x-client"]["account"]["from_api_key"], token)
    assert (found[1] if found else None) == account


def test_client(effective: Any) -> None:
    """The extension for clients names headers that the document declares."""
    client = effective["x-client"]
    schemes = effective["components"]["securitySchemes"]
    assert client["api_key"]["header"] == schemes["x-api-key"]["name"]
    headers = {p["name"] for p in effective["components"]["parameters"].values()}
    assert client["account"]["header"] in headers
    assert client["class_prefix"] == "Harness"
    assert [client[key]["environment"] for key in ("api_key", "account", "base_url")] == [
        "HARNESS_API_KEY",
        "HARNESS_ACCOUNT_ID",
        "HARNESS_BASE_URL",
    ]


def test_security(effective: Any) -> None:
    """The registry protocol accepts a Bearer token, and its download token is a secret."""
    for name, operation in by_name(effective).items():
        bearer = {"bearer": []} in operation.get("security", [])
        assert bearer == (operation["x-resource"] == "registry"), name
        for parameter in parameters(effective, operation):
            assert parameter.get("x-secret", False) == (parameter["name"] == "token")


def test_no_filler(effective: Any) -> None:
    """Outside of what the API page prints, no example is filler Latin."""
    latin = re.compile(r"\b(quia|qui|vel|aut|velit|dolorum|voluptas|sit)\b", re.IGNORECASE)
    found = [
        location
        for location, node in nodes(effective)
        if isinstance(node, str) and "api-page" not in location and latin.search(node)
    ]
    assert found == []
