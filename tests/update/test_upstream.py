"""A document that Harness publishes becomes ours: the API arrives, the words stay."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import parse_document
from pipeline.openapi import list_operations, walk_schemas
from pipeline.update.selection import Selection, read_selection
from pipeline.update.upstream import Taken, take_upstream
from tests.update.documents import (
    OURS,
    SELECTION,
    Json,
    copied,
    crowded,
    published,
    reworded,
    said,
    upside_down,
    written_out,
)

pytestmark = pytest.mark.once

SELECTED = read_selection(SELECTION)
AS_PUBLISHED: dict[str, Callable[[Json], Json]] = {
    "the same": lambda value: value,
    "in other words": reworded,
    "written out": written_out,
    "in another order": upside_down,
    "among other products": crowded,
    "all of that": lambda value: upside_down(crowded(reworded(written_out(value)))),
}


def take(value: Json, selection: Selection = SELECTED) -> Taken:
    """Take in a document that Harness publishes."""
    return take_upstream(OURS, published(value), selection)


def changed_lines(taken: Taken) -> list[str]:
    """Return what a reviewer sees: the lines that were removed and added."""
    lines = difflib.ndiff(OURS.text.splitlines(), taken.text.splitlines())
    return [line for line in lines if line[:1] in "+-"]


def module(value: Json) -> Json:
    """Return the schema of a listed module."""
    return value["components"]["schemas"]["ModuleResource"]


@pytest.mark.parametrize("form", AS_PUBLISHED)
def test_nothing_new(form: str) -> None:
    """A document that says nothing new leaves ours as it is, byte for byte."""
    taken = take(AS_PUBLISHED[form](copied()))
    assert taken.text == OURS.text
    assert (taken.gone, taken.new_operations, taken.unworded) == ((), (), ())


@pytest.mark.parametrize("form", AS_PUBLISHED)
def test_one_property(form: str) -> None:
    """A property that is new adds its own lines, and nothing of Harness's words."""
    value = copied()
    module(value)["properties"]["owner"] = {
        "type": "string",
        "description": "Theirs",
        "example": "Theirs",
        "maxLength": 8,
    }
    taken = take(AS_PUBLISHED[form](value))
    assert sorted(changed_lines(taken)) == [
        "+           maxLength: 8",
        "+           type: string",
        "+         owner:",
    ]
    assert taken.unworded == ("#/components/schemas/ModuleResource/properties/owner",)


def test_no_word_of_theirs() -> None:
    """Of a document in which all is new, no word of Harness's gets into ours."""
    value = reworded(written_out(copied()))
    for _, schema in list(walk_schemas(value)):
        if "properties" in schema:
            members = {f"new_{name}": one for name, one in schema["properties"].items()}
            schema["properties"] = {"title": dict(schema, properties={}), **members}
            schema.pop("required", None)
    for one in list_operations(value):
        one.value["responses"]["418"] = {"description": "Theirs", "x-theirs": "Theirs"}
        one.value["tags"] = ["New"]
    value["tags"] = [{"name": "New", "description": "Theirs", "externalDocs": {"url": "Theirs"}}]
    value["servers"] = [{"url": "https://new.example.com", "description": "Theirs"}]
    taken = take(value)
    assert said(taken.value) == said(value)
    assert "theirs" not in taken.text.lower()
    assert taken.value["tags"] == [{"name": "New"}]
    assert taken.value["paths"]["/v1/orgs"]["get"]["responses"]["418"] == {"description": ""}
    assert {
        "#/tags/0",
        "#/servers/0",
        "#/paths/~1v1~1orgs/get/responses/418",
        "#/components/schemas/ModuleResource/properties/new_id",
    } <= set(taken.unworded)


def test_error_of_all_operations() -> None:
    """What changes at every place that shares a component changes once, in the component."""
    value = written_out(copied())
    for one in list_operations(value):
        for response in one.value["responses"].values():
            if goa := response.get("content", {}).pop("application/vnd.goa.error", None):
                response["content"]["application/json"] = goa
    taken = take(value)
    assert len(changed_lines(taken)) == 2 * len(OURS.value["components"]["responses"])


def test_error_of_one_operation() -> None:
    """What changes at one of the places that share a component is written out there."""
    value = written_out(copied())
    del value["paths"]["/iacm/api/modules"]["get"]["responses"]["409"]["content"]
    taken = take(value)
    assert said(taken.value) == said(value)
    assert taken.value["components"] == OURS.value["components"]
    assert len(changed_lines(taken)) == 3


def test_renamed_schema() -> None:
    """A schema that only has another name keeps ours; one that changed too has ours and changed."""
    text = json.dumps(copied())
    renamed = json.loads(re.sub(r'(schemas/|")ModuleResource"', r'\1Module"', text))
    assert take(renamed).text == OURS.text
    renamed["components"]["schemas"]["Module"]["properties"]["synced"]["minimum"] = 0
    assert changed_lines(take(renamed)) == ["+           minimum: 0"]


def test_schemas_made_one() -> None:
    """Schemas of ours that became one there stay two, and both have what it has."""
    value = json.loads(
        json.dumps(copied()).replace("schemas/ListModuleByIDResponse", "schemas/ModuleResource")
    )
    del value["components"]["schemas"]["ListModuleByIDResponse"]
    taken = take(value)
    assert said(taken.value) == said(value)
    assert "ListModuleByIDResponse" in taken.value["components"]["schemas"]


def test_foreign_name() -> None:
    """A component of theirs that has the name of another one of ours does not replace it."""
    value = written_out(copied())
    value["components"]["schemas"]["Project"] = {"type": "string", "maxLength": 3}
    value["components"]["schemas"]["TheirProject"] = copied()["components"]["schemas"]["Project"]
    at = value["components"]["schemas"]["ProjectResponse"]["properties"]
    at["project"] = {"$ref": "#/components/schemas/TheirProject"}
    at["code"] = {"$ref": "#/components/schemas/Project"}
    taken = take(value)
    assert said(taken.value) == said(value)
    schemas = taken.value["components"]["schemas"]
    assert schemas["Project"] == OURS.value["components"]["schemas"]["Project"]
    assert schemas["ProjectResponse"]["properties"]["code"] == {
        "$ref": "#/components/schemas/Project2"
    }


def test_recursive_schema() -> None:
    """A schema that comes to hold itself arrives, under our name."""
    value = json.loads(json.dumps(copied()).replace("ModuleResource", "TheirModule"))
    schema = value["components"]["schemas"]["TheirModule"]
    schema["properties"]["parents"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/TheirModule"},
    }
    taken = take(value)
    assert said(taken.value) == said(value)
    assert module(taken.value)["properties"]["parents"]["items"] == {
        "$ref": "#/components/schemas/ModuleResource"
    }


def test_parameters_of_path_items() -> None:
    """A parameter that stands at the path item says the same as one at each operation."""
    value = written_out(copied())
    item = value["paths"]["/v1/orgs/{org}"]
    shared = next(one for one in item["get"]["parameters"] if one["name"] == "org")
    for method in ("get", "put", "delete"):
        item[method]["parameters"].remove(shared)
    item["parameters"] = [shared]
    assert take(value).text == OURS.text


def test_security() -> None:
    """Security at each operation, by another name, is what ours says once."""
    value = copied()
    del value["security"]
    schemes = value["components"]["securitySchemes"]
    schemes["ApiKey"] = schemes.pop("x-api-key")
    for one in list_operations(value):
        one.value["security"] = [{"ApiKey": []}]
    assert take(value).text == OURS.text
    value["paths"]["/v1/orgs"]["get"]["security"] = []
    assert changed_lines(take(value)) == ["+       security: []"]


def test_stated_defaults() -> None:
    """A default that theirs states and ours does not is no change."""
    value = written_out(copied())
    for one in list_operations(value):
        one.value["deprecated"] = False
        for parameter in one.value.get("parameters", []):
            parameter.setdefault("required", False)
            if parameter["in"] == "query":
                parameter |= {"style": "form", "explode": True}
    for _, schema in walk_schemas(value):
        if "$ref" not in schema:
            schema["nullable"] = False
    assert take(value).text == OURS.text


def test_info_and_servers() -> None:
    """The version and the servers are theirs, and what describes them is ours."""
    value = reworded(copied())
    value["info"]["version"] = "1.1"
    value["servers"].append({"url": "https://eu.example.com", "description": "Theirs"})
    taken = take(value)
    assert changed_lines(taken) == [
        '-   version: "1.0"',
        '+   version: "1.1"',
        "+   - url: https://eu.example.com",
    ]
    assert taken.unworded == ("#/servers/2",)


def test_no_servers() -> None:
    """A document that leaves the servers to where it is published does not take ours away."""
    value = copied()
    del value["servers"], value["tags"]
    assert take(value).text == OURS.text


def test_gone() -> None:
    """An operation that is gone is told and taken out, with what only it needed."""
    value = copied()
    del value["paths"]["/iacm/api/modules/lifecycle/batch-check"]
    taken = take(value)
    (gone,) = taken.gone
    assert gone.operation == "POST /iacm/api/modules/lifecycle/batch-check"
    assert said(taken.value) == said(value)
    lost = OURS.value["components"]["schemas"].keys() - taken.value["components"]["schemas"].keys()
    assert lost == {
        "BatchCheckModuleLifecycleRequest",
        "BatchCheckModuleLifecycleResponse",
        "ModuleLifecycleBatchCheckItem",
        "ModuleLifecycleBatchCheckResult",
    }
    assert all(line.startswith("-") for line in changed_lines(taken))


@pytest.mark.parametrize(
    "path", ["/iacm/api/modules/{module}/sync", "/iacm/api/v2/modules/{id}/sync"]
)
def test_words_follow_a_path(path: str) -> None:
    """An operation that has moved keeps our words once the selection names its new path."""
    value = copied()
    item = value["paths"].pop("/iacm/api/modules/{id}/sync")
    value["paths"][path] = item
    if "{module}" in path:
        item["post"]["parameters"][0] = {
            "name": "module",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
        }
    (gone,) = take(value).gone
    assert gone.note.startswith(f"is POST {path} now")
    operations = tuple(
        f"POST {path}" if one == gone.operation else one for one in SELECTED.operations
    )
    taken = take(reworded(value), Selection(operations, SELECTED.prefixes))
    before = OURS.value["paths"]["/iacm/api/modules/{id}/sync"]["post"]
    assert taken.value["paths"][path]["post"]["description"] == before["description"]


EDITS = st.tuples(
    st.sampled_from(
        [
            "limit",
            "property",
            "no property",
            "enum",
            "reference",
            "answer",
            "parameter",
            "operation",
        ]
    ),
    st.integers(0, 10_000),
    st.sampled_from(["description", "summary", "x-new", "title", "enum", "required"]),
    st.lists(st.text(max_size=3), min_size=1, unique=True),
)


def edit(value: Json, kind: str, at: int, name: str, values: list[str]) -> None:
    """Change what a document says at one of its places."""
    operations = list_operations(value)
    operation = operations[at % len(operations)].value
    schemas = [one for _, one in walk_schemas(value) if "$ref" not in one]
    schema = schemas[at % len(schemas)]
    match kind:
        case "limit":
            schema["maxLength"] = 10_000 + at
        case "property":
            property_ = {"type": "string", "description": "Theirs"}
            schema.setdefault("properties", {})[name] = property_
        case "no property" if schema.get("properties"):
            names = sorted(schema["properties"])
            del schema["properties"][names[at % len(names)]]
        case "enum":
            schema["enum"] = values
        case "reference":
            names = sorted(value["components"]["schemas"])
            before = dict(schema)
            schema.clear()
            schema["$ref"] = f"#/components/schemas/{names[at % len(names)]}"
            if leads_to_itself(schema, value):
                schema.clear()
                schema |= before
        case "answer":
            operation["responses"]["599"] = {"description": "Theirs"}
        case "parameter":
            parameters = operation.setdefault("parameters", [])
            if not any(one.get("name") == name for one in parameters):
                schema = {"type": "integer", "description": "Theirs"}
                parameters.insert(0, {"name": name, "in": "cookie", "schema": schema})
        case _:
            operation["deprecated"] = True


def leads_to_itself(schema: Json, value: Json) -> bool:
    """Tell whether a reference is one to itself, by whatever detour."""
    seen: list[str] = []
    while "$ref" in schema:
        if schema["$ref"] in seen:
            return True
        seen.append(schema["$ref"])
        schema = value["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return False


@given(
    st.lists(EDITS, min_size=1, max_size=4), st.booleans(), st.sampled_from(sorted(AS_PUBLISHED))
)
@settings(max_examples=12, deadline=None)
def test_changes_arrive(edits: list[tuple[str, int, str, list[str]]], out: bool, form: str) -> None:
    """Whatever changes, and however it is published: ours says the same then, in our words."""
    value = written_out(copied()) if out else copied()
    for one in edits:
        edit(value, *one)
    taken = take(AS_PUBLISHED[form](value))
    assert said(taken.value) == said(value)
    assert "Theirs" not in taken.text
    assert parse_document(taken.text, "openapi.yaml").value == taken.value
