"""Nothing of a document is lost without a word: each loss names its operation and a remedy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import generator
from pipeline.faults import BadInput
from pipeline.stock import TEMPLATES
from tests.pipeline.small import PACKAGE, document, run, write_project

Edit = Callable[[dict[str, Any]], object]

LOSSES: dict[str, tuple[dict[str, Any], str]] = {
    "content in place of a schema": (
        {"name": "filter", "in": "query", "content": {"application/json": {"schema": {}}}},
        ("the parameter 'filter' of get_item (GET /items/{item_id}) would be lost: "
        "it has 'content' where the generator reads 'schema'"),
    ),
    "another style": (
        {"name": "ids", "in": "query", "style": "pipeDelimited", "explode": False,
         "schema": {"type": "array", "items": {"type": "string"}}},
        ("the parameter 'ids' of get_item (GET /items/{item_id}) would be lost: "
        "the generator writes the style 'form' and not 'pipeDelimited'"),
    ),
    "joined items": (
        {"name": "ids", "in": "query", "explode": False,
         "schema": {"type": "array", "items": {"type": "string"}}},
        ("the parameter 'ids' of get_item (GET /items/{item_id}) would be lost: "
        "the generator repeats the name for each item and does not join them"),
    ),
    "default outside the enum": (
        {"name": "sort", "in": "query",
         "schema": {"type": "string", "enum": ["a", "b"], "default": "c"}},
        ("get_item (GET /items/{item_id}) would be lost: "
        "cannot parse parameter of endpoint get_item:"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "message"), LOSSES.values(), ids=list(LOSSES))
def test_loss_is_an_error(tmp_path: Path, parameter: dict[str, Any], message: str) -> None:
    """What the generator drops, with a warning or in silence, ends the run and says how to mend."""
    value = document()
    value["paths"]["/items/{item_id}"]["get"]["parameters"].append(parameter)
    job = write_project(tmp_path, value)
    with pytest.raises(BadInput) as caught:
        run(job)
    [line] = str(caught.value).splitlines()
    place, _, said = line.partition(": ")
    lines = job.spec.read_text(encoding="utf-8").splitlines()
    row = int(place.removeprefix(f"{job.spec}:").partition(":")[0])
    assert '"get": {' in lines[row - 1]
    assert said.startswith(message)
    assert "; mend it by an overlay: an 'update'" in said
    assert not job.output.exists()


def _operation(**members: Any) -> Edit:
    return lambda value: value["paths"]["/items/{item_id}"]["get"].update(members)


def _item(**members: Any) -> Edit:
    return lambda value: value["components"]["schemas"].update({"Item": members})


def _answer(media_type: str, schema: Any, status: str = "200") -> Edit:
    answer = {"description": "x", "content": {media_type: {"schema": schema}}}
    return _operation(responses={status: answer})


def _body(media_type: str, schema: Any, **media: Any) -> Edit:
    body = {"content": {media_type: {"schema": schema, **media}}}
    return lambda value: value["paths"]["/items"]["post"].update({"requestBody": body})


def _parameter(place: str, schema: Any, **members: Any) -> Edit:
    def edit(value: dict[str, Any]) -> None:
        parameter = {"name": "p", "in": place, "schema": schema, **members}
        value["paths"]["/items/{item_id}"]["get"]["parameters"].append(parameter)

    return edit


def _all(*edits: Edit) -> Edit:
    def edit(value: dict[str, Any]) -> None:
        for one in edits:
            one(value)

    return edit


def _newer(value: dict[str, Any]) -> None:
    value["openapi"] = "3.1.0"


def _add(name: str, **schema: Any) -> Edit:
    return lambda value: value["components"]["schemas"].update({name: schema})


GET = "get_item (GET /items/{item_id})"
POST = "create_item (POST /items)"
ITEM = {"$ref": "#/components/schemas/Item"}
WORD = {"type": "string"}
BYTES = {"type": "string", "format": "binary"}
OBJECT = {"type": "object"}
SCHEMA = "components/schemas/Item"
OTHERS: dict[str, tuple[Edit, str, str]] = {
    "servers of an operation": (
        _operation(servers=[{"url": "https://other.test"}]), "get_item",
        f"{GET} would be lost: it has servers of its own and would be sent to the client's",
    ),
    "servers of a path": (
        lambda value: value["paths"]["/items"].update({"servers": [{"url": "/x"}]}),
        "create_item",
        f"{POST} would be lost: it has servers of its own and would be sent to the client's",
    ),
    "list in a cookie": (
        _parameter("cookie", {"type": "array", "items": WORD}), "get_item",
        f"the parameter 'p' of {GET} would be lost: no style says how to write a list of this kind",
    ),
    "list of objects in a query": (
        _parameter("query", {"type": "array", "items": ITEM}), "get_item",
        f"the parameter 'p' of {GET} would be lost: no style says how to write a list of this kind",
    ),
    "object in a cookie": (
        _parameter("cookie", ITEM), "get_item",
        (f"the parameter 'p' of {GET} would be lost: "
         "the generator does not write an object into a cookie"),
    ),
    "time in a header": (
        _parameter("header", {"type": "string", "format": "date-time"}), "GET /items/{item_id}",
        f"{GET} would be lost: datetime.datetime | Unset is not allowed in header",
    ),
    "encoding of a part": (
        _body("multipart/form-data", OBJECT, encoding={"tags": {"style": "spaceDelimited"}}),
        "create_item",
        (f"the body multipart/form-data of {POST} would be lost: "
         "the generator passes over 'style' of the encoding of 'tags'"),
    ),
    "form that is no object": (
        _body("application/x-www-form-urlencoded", {"type": "array", "items": WORD}),
        "create_item",
        (f"the body application/x-www-form-urlencoded of {POST} would be lost: "
         "the schema list[str] does not fit the content type"),
    ),
    "bytes that are no file": (
        _body("application/octet-stream", ITEM), "create_item",
        (f"the body application/octet-stream of {POST} would be lost: "
         "the schema Item does not fit the content type"),
    ),
    "file in JSON": (
        _all(_item(type="object", properties={"a": BYTES}), _answer("text/plain", WORD),
             lambda value: value["paths"]["/items"]["post"].pop("responses"),
             lambda value: value["paths"]["/items"]["post"].update(
                 {"responses": {"204": {"description": "x"}}})),
        "create_item",
        (f"the body application/json of {POST} would be lost: "
         "the schema 'format: binary' does not fit the content type"),
    ),
    "unknown media type of a body": (
        _body("application/cbor", ITEM), "create_item",
        f"{POST} would be lost: Unsupported content type application/cbor",
    ),
    "number as text": (
        _answer("text/plain", {"type": "integer", "enum": [1, 2]}), "get_item",
        (f"response 200 of {GET} would be lost: "
         "the schema GetItemResponse200 does not fit the content type"),
    ),
    "object as bytes": (
        _answer("application/octet-stream", ITEM, "2XX"), "get_item",
        f"response 2XX of {GET} would be lost: the schema Item does not fit the content type",
    ),
    "discriminator": (
        _all(_add("Other", type="object", properties={"kind": WORD}),
             _answer("application/json", {
                 "oneOf": [ITEM, {"$ref": "#/components/schemas/Other"}],
                 "discriminator": {"propertyName": "kind"}})),
        "get_item",
        f"a schema of {GET} would be lost: the generator does not read the discriminator 'kind'",
    ),
    "properties beside alternatives": (
        _item(properties={"a": WORD}, oneOf=[OBJECT, WORD]), SCHEMA,
        f"{SCHEMA} would be lost: the generator passes over 'properties' beside 'oneOf'",
    ),
    "parts beside alternatives": (
        _all(_add("Other", **OBJECT),
             _item(allOf=[{"$ref": "#/components/schemas/Other"}], anyOf=[OBJECT, WORD])),
        SCHEMA,
        f"{SCHEMA} would be lost: the generator passes over 'allOf' beside 'anyOf'",
    ),
    "alternatives inside parts": (
        _item(allOf=[OBJECT, {"oneOf": [OBJECT, WORD]}]), SCHEMA,
        f"{SCHEMA} would be lost: the generator passes over 'oneOf' inside 'allOf'",
    ),
    "constant number as text": (
        _all(_newer, _answer("text/plain", {"const": 1})), "get_item",
        (f"response 200 of {GET} would be lost: "
         "the schema Literal[1] does not fit the content type"),
    ),
    "reference to a part of a component": (
        _add("Odd", **{"$ref": "#/components/schemas/Item/properties/name"}),
        "components/schemas/Odd",
        ("components/schemas/Odd would be lost: the generator takes references to components only, "
         "and not '#/components/schemas/Item/properties/name'"),
    ),
    "two properties of one name": (
        _add("Odd", type="object", properties={"+1": WORD, "-1": WORD}), "components/schemas/Odd",
        ("components/schemas/Odd would be lost: Unable to process schema /components/schemas/Odd: "
         "Properties … and … have the same python_name Failure to process schema has resulted in "
         "the removal of: /components/schemas/Odd"),
    ),
    "two schemas of one name": (
        _add("item", **OBJECT), "components/schemas/item",
        ("components/schemas/item would be lost: Unable to parse schema "
         "/components/schemas/item "
         'Attempted to generate duplicate models with name "Item"'),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "name", "message"), OTHERS.values(), ids=list(OTHERS))
def test_every_other_loss(tmp_path: Path, edit: Edit, name: str, message: str) -> None:
    """Each is told once, at its place, with a remedy of its own, and can be allowed by name."""
    value = document()
    edit(value)
    job = write_project(tmp_path, value)
    with pytest.raises(BadInput) as caught:
        run(job)
    said = [str(fault.message) for fault in caught.value.faults]
    assert [line.partition("; mend it by an overlay: ")[0] for line in said] == [message]
    remedy = said[0].partition("; mend it by an overlay: ")[2]
    assert remedy.startswith(("an 'update' ", "a 'remove' "))
    assert "what is named here" not in remedy
    assert caught.value.faults[0].place.line
    report = run(replace(job, allowed_losses=frozenset({name})))
    assert report.made is not None
    assert [loss.message for loss in report.made.generated.losses] == said


@pytest.mark.parametrize("schema", [{"enum": ["a"]}, {"const": "a"}, {"format": "date"}])
def test_words_as_text_are_no_loss(tmp_path: Path, schema: dict[str, Any]) -> None:
    """What is written as text in JSON can be read from a text too."""
    value = document(openapi="3.1.0")
    _answer("text/plain", {"type": "string", **schema})(value)
    report = run(write_project(tmp_path, value))
    assert report.made is not None
    assert report.made.generated.losses == ()


def test_lost_schema_takes_its_operations_along(tmp_path: Path) -> None:
    """With a schema that is lost, each operation and response that uses it is told."""
    value = document()
    _item(type="object", properties={"+1": WORD, "-1": WORD})(value)
    _operation(responses={
        "200": {"description": "x", "content": {"application/json": {"schema": ITEM}}},
        "204": {"description": "x"},
    })(value)  # fmt: skip
    with pytest.raises(BadInput) as caught:
        run(write_project(tmp_path, value))
    said = [
        fault.message.partition("; mend it by an overlay: ")[0] for fault in caught.value.faults
    ]
    lost = "would be lost: it uses a schema that would be lost"
    assert said[:2] == [f"{POST} {lost}", f"response 200 of {GET} {lost}"]
    assert said[2].startswith("components/schemas/Item would be lost: Unable to process schema")
    assert len(said) == 3


def test_one_allowance_is_for_one_loss(tmp_path: Path) -> None:
    """What is allowed to be lost takes nothing else with it."""
    value = document()
    _operation(servers=[{"url": "https://other.test"}])(value)
    _body("application/cbor", ITEM)(value)
    job = write_project(tmp_path, value)
    with pytest.raises(BadInput) as caught:
        run(replace(job, allowed_losses=frozenset({"get_item"})))
    [fault] = caught.value.faults
    assert fault.message.startswith(POST)


def test_discriminator_that_alternatives_tell_is_no_loss(tmp_path: Path) -> None:
    """Alternatives whose discriminator has one value each are told apart by it."""
    value = document()
    for name in ("Cat", "Dog"):
        kind = {"type": "string", "enum": [name]}
        _add(name, type="object", required=["kind"], properties={"kind": kind})(value)
    references = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    schema = {"oneOf": references, "discriminator": {"propertyName": "kind"}}
    _item(type="object", properties={"pet": schema})(value)
    run(write_project(tmp_path, value))
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'out')!r})\n"
        f"from {PACKAGE}.models import Item\n"
        "pets = [Item.from_dict({'pet': {'kind': kind}}).pet for kind in ('Cat', 'Dog', 'Elk')]\n"
        "print([(type(pet).__name__, pet.kind.value) for pet in pets])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[('Cat', 'Cat'), ('Dog', 'Dog'), ('Cat', 'Elk')]\n"


@pytest.mark.parametrize("function", ["sync_detailed", "asyncio_detailed"])
def test_template_that_drops_a_function_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """A template that leaves out one operation's function fails the run with its name."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    path = templates / "endpoint_module.py.jinja"
    text = path.read_text(encoding="utf-8")
    renamed = "{{ 'gone' if endpoint.name == 'get_item' else '" + function + "' }}("
    assert text.count(f"def {function}(") == 1
    path.write_text(text.replace(f"{function}(", renamed), encoding="utf-8")
    monkeypatch.setattr(generator, "TEMPLATES", templates)
    job = write_project(tmp_path)
    with pytest.raises(BadInput) as caught:
        run(job)
    [fault] = caught.value.faults
    assert fault.message == f"{GET} has no function in the client: a template leaves it out"
    assert not job.output.exists()


def test_operation_without_a_file_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation whose module was not written fails the run, whatever the generator said."""
    build = generator.Project.build

    def forget(project: generator.Project) -> object:
        errors = build(project)
        next(project.project_dir.glob("api/items/get_item.py")).unlink()
        return errors

    monkeypatch.setattr(generator.Project, "build", forget)
    with pytest.raises(BadInput, match=r"get_item \(GET /items/\{item_id\}\) has no function in"):
        run(write_project(tmp_path))


@pytest.mark.parametrize(
    ("culprit", "message", "key"),
    [
        ("/items/{item_id}", f"the generator breaks down at {GET} or a schema it uses", '"get": {'),
        ("/items", f"the generator breaks down at {POST} or a schema it uses", '"post": {'),
        ("", "the generator breaks down at these schemas", '"schemas": {'),
    ],
)
def test_breakdown_names_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, culprit: str, message: str, key: str
) -> None:
    """An error of the generator's own is told at the operation that is enough to raise it."""
    works = generator.GeneratorData.from_dict

    def break_down(value: dict[str, Any], **options: Any) -> object:
        if not culprit or culprit in value["paths"]:
            raise LookupError("a\nb")
        return works(value, **options)

    monkeypatch.setattr(generator.GeneratorData, "from_dict", break_down)
    job = write_project(tmp_path)
    with pytest.raises(BadInput) as caught:
        run(job)
    [fault] = caught.value.faults
    assert fault.message == f"{message} (LookupError: a b)"
    assert fault.place.line
    assert key in job.spec.read_text(encoding="utf-8").splitlines()[fault.place.line - 1]
    assert not job.output.exists()
