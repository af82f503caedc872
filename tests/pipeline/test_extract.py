"""Operations are cut out of a document with all that they need, in order, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.document import parse_document, read_document
from pipeline.extract import extract_operations, reach_components
from pipeline.faults import Place
from pipeline.openapi import check_openapi, list_operations, walk

ROOT = Path(__file__).parents[2]
EFFECTIVE = ROOT / "generated" / "harness_nextgen" / "openapi.yaml"
SHOP = """
openapi: {version}
x-first: stays
info: {{title: Shop, version: '1'}}
security: [{{key: []}}]
tags: [{{name: unused}}]
paths:
  x-between: stays
  /things/{{id}}:
    summary: One thing
    parameters:
    - $ref: '#/components/parameters/Id'
    get:
      operationId: get_thing
      responses:
        '200':
          $ref: '#/components/responses/Thing'
    delete:
      operationId: delete_thing
      security: [{{token: []}}]
      responses:
        '204': {{description: Gone.}}
        '404':
          description: Nothing there.
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/Fault'}}
  /animals:
    post:
      operationId: add_animal
      requestBody:
        content:
          application/json:
            schema: {{$ref: '#/components/schemas/Animal'}}
            examples:
              typical: {{$ref: '#/components/examples/Typical'}}
              data: {{value: {{$ref: '#/components/schemas/Fault'}}}}
      responses:
        '200':
          $ref: '#/paths/~1animals~1{{name}}/get/responses/200'
  /animals/{{name}}:
    get:
      operationId: get_animal
      parameters:
      - {{name: name, in: path, required: true, schema: {{type: string}}}}
      responses:
        '200':
          description: An animal.
          headers:
            Age: {{$ref: '#/components/headers/Age'}}
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/Animal'}}
components:
  x-between: stays
  securitySchemes:
    key: {{type: apiKey, in: header, name: key}}
    token: {{type: http, scheme: bearer}}
    other: {{type: http, scheme: basic}}
  headers:
    Age: {{schema: {{$ref: '#/components/schemas/Age'}}}}
  parameters:
    Id: {{name: id, in: path, required: true, schema: {{$ref: '#/components/schemas/Id'}}}}
  links:
    Away: {{operationId: delete_thing}}
  responses:
    Thing:
      description: A thing.
      content:
        application/json:
          schema: {{$ref: '#/components/schemas/Thing'}}
      links:
        self: {{operationId: get_thing}}
        delete: {{operationId: delete_thing}}
        shared: {{$ref: '#/components/links/Away'}}
        pointer: {{operationRef: '#/paths/~1things~1{{id}}/delete'}}
        elsewhere: {{operationRef: 'https://example.org/openapi.yaml#/paths/~1x/get'}}
  examples:
    Typical: {{value: {{$ref: '#/components/schemas/Fault'}}}}
  schemas:
    Age: {{type: integer}}
    Fault: {{type: object}}
    Id: {{type: string}}
    Thing:
      type: object
      properties:
        parts: {{type: array, items: {{$ref: '#/components/schemas/Thing'}}}}
        fault: {{type: object, example: {{$ref: '#/components/schemas/Fault'}}}}
        links: {{type: object, properties: {{delete: {{type: string}}}}}}
    Animal:
      type: object
      required: [kind]
      properties: {{kind: {{type: string}}}}
      discriminator:
        propertyName: kind
        mapping: {{cat: '#/components/schemas/Cat', dog: Dog}}
    Cat: {{allOf: [{{$ref: '#/components/schemas/Animal'}}]}}
    Dog: {{allOf: [{{$ref: '#/components/schemas/Animal'}}]}}
    Cow: {{allOf: [{{$ref: '#/components/schemas/Animal'}}]}}
x-last: stays
"""


@pytest.fixture(params=["3.0.3", "3.1.0"])
def shop(request: pytest.FixtureRequest) -> Any:
    return parse_document(SHOP.format(version=request.param), "shop.yaml").value


@pytest.fixture(scope="module")
def effective() -> Any:
    return read_document(EFFECTIVE).value


def place(location: Any) -> Place:
    return Place(str(location))


def components(document: Any) -> set[str]:
    return {
        f"{section}/{name}"
        for section, members in document.get("components", {}).items()
        if not section.startswith("x-")
        for name in members
    }


def references(document: Any) -> set[str]:
    return {node["$ref"] for _, node in walk(document) if "$ref" in node}


def test_keeps_what_is_reached_and_nothing_else(shop: Any) -> None:
    check_openapi(shop, place)
    cut = extract_operations(shop, {"get_thing"})
    check_openapi(cut, place)
    assert components(cut) == {
        "parameters/Id", "responses/Thing", "schemas/Id", "schemas/Thing", "securitySchemes/key",
    }  # fmt: skip
    assert list(cut) == list(shop)
    assert list(cut["components"]) == [
        "x-between",
        "securitySchemes",
        "parameters",
        "responses",
        "schemas",
    ]
    assert list(cut["paths"]) == ["x-between", "/things/{id}"]
    assert list(cut["paths"]["/things/{id}"]) == ["summary", "parameters", "get"]
    assert cut["tags"] == shop["tags"]
    assert cut["components"]["schemas"]["Thing"] == shop["components"]["schemas"]["Thing"]


def test_drops_links_to_what_is_gone(shop: Any) -> None:
    cut = extract_operations(shop, {"get_thing"})
    assert list(cut["components"]["responses"]["Thing"]["links"]) == ["self", "elsewhere"]
    both = extract_operations(shop, {"get_thing", "delete_thing"})
    assert both["components"]["responses"] == shop["components"]["responses"]
    assert "links/Away" in components(both)


def test_drops_links_that_are_empty_then(shop: Any) -> None:
    del shop["components"]["responses"]["Thing"]["links"]["self"]
    del shop["components"]["responses"]["Thing"]["links"]["elsewhere"]
    cut = extract_operations(shop, {"get_thing"})
    assert list(cut["components"]["responses"]["Thing"]) == ["description", "content"]


def test_keeps_schemes_named_by_the_document_and_by_the_operation(shop: Any) -> None:
    cut = extract_operations(shop, {"delete_thing"})
    assert components(cut) == {
        "parameters/Id", "schemas/Fault", "schemas/Id", "securitySchemes/key",
        "securitySchemes/token",
    }  # fmt: skip


def test_follows_discriminators_and_examples_and_reads_data_as_data(shop: Any) -> None:
    cut = extract_operations(shop, {"get_animal", "add_animal"})
    check_openapi(cut, place)
    assert components(cut) == {
        "examples/Typical", "headers/Age", "schemas/Age", "schemas/Animal", "schemas/Cat",
        "schemas/Dog", "securitySchemes/key",
    }  # fmt: skip
    assert "#/paths/~1animals~1{name}/get/responses/200" in references(cut)


def test_writes_out_what_an_operation_that_goes_describes(shop: Any) -> None:
    cut = extract_operations(shop, {"add_animal"})
    check_openapi(cut, place)
    described = shop["paths"]["/animals/{name}"]["get"]["responses"]["200"]
    assert cut["paths"]["/animals"]["post"]["responses"]["200"] == described
    assert {"headers/Age", "schemas/Age"} <= components(cut)


def test_refuses_a_lost_reference_that_leads_back_to_itself(shop: Any) -> None:
    content = shop["paths"]["/animals/{name}"]["get"]["responses"]["200"]["content"]
    reference = "#/paths/~1animals~1{name}/get/responses/200/content/application~1json/schema"
    content["application/json"]["schema"] = {"type": "array", "items": {"$ref": reference}}
    assert extract_operations(shop, {"get_animal"})["paths"].keys() >= {"/animals/{name}"}
    with pytest.raises(ValueError, match="leads back to itself"):
        extract_operations(shop, {"add_animal"})


def test_takes_a_predicate(shop: Any) -> None:
    cut = extract_operations(shop, lambda operation: operation.method == "delete")
    assert [str(one.operation_id) for one in list_operations(cut)] == ["delete_thing"]


def test_keeps_nothing_when_told_so(shop: Any) -> None:
    cut = extract_operations(shop, ())
    assert cut["paths"] == {"x-between": "stays"}
    assert components(cut) == {"securitySchemes/key"}


def test_names_operations_that_are_not_there(shop: Any) -> None:
    with pytest.raises(ValueError, match="no operation is named buy, sell"):
        extract_operations(shop, {"get_thing", "sell", "buy"})


def test_reads_path_items_by_reference_and_leaves_webhooks_out(shop: Any) -> None:
    shop["openapi"] = "3.1.0"
    shop["components"]["pathItems"] = {"Thing": shop["paths"].pop("/things/{id}")}
    shop["paths"]["/things/{id}"] = {"$ref": "#/components/pathItems/Thing"}
    shop["webhooks"] = {"fault": {"post": {"operationId": "hear_fault"}}}
    cut = extract_operations(shop, {"get_thing"})
    check_openapi(cut, place)
    assert list(cut["paths"]["/things/{id}"]) == ["summary", "parameters", "get"]
    assert "webhooks" not in cut
    assert "pathItems/Thing" not in components(cut)


def test_leaves_its_input_alone(shop: Any) -> None:
    before = parse_document(SHOP.format(version=shop["openapi"]), "shop.yaml").value
    for operation in list_operations(shop):
        extract_operations(shop, {str(operation.operation_id)})
    assert shop == before


def test_every_operation_of_the_effective_spec_stands_alone(effective: Any) -> None:
    together: set[str] = set()
    for operation in list_operations(effective):
        cut = extract_operations(effective, {str(operation.operation_id)})
        check_openapi(cut, place)
        assert [one.value["operationId"] for one in list_operations(cut)] == [
            operation.operation_id
        ]
        reached = reach_components([cut["paths"], {"security": cut["security"]}], effective)
        assert components(cut) == {f"{section}/{name}" for section, name in reached}
        together |= components(cut)
    assert together == components(effective)


def test_all_operations_are_the_effective_spec(effective: Any) -> None:
    whole = extract_operations(effective, lambda _: True)
    assert whole == effective
    assert list(whole["components"]["schemas"]) == list(effective["components"]["schemas"])
