"""The names that a change is told by are those that the generator gives."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_python_client import strings
from openapi_python_client.strings import ClassName, PythonIdentifier

from pipeline import naming, patches, surface
from pipeline.diff import naming as named
from pipeline.diff.naming import (
    join_subject,
    name_argument,
    name_class,
    name_client,
    name_clients,
    name_field,
    name_method,
    name_subject,
    name_symbol,
    name_thing,
    pascal_case,
    snake_case,
)
from pipeline.diff.operations import list_parameters
from pipeline.diff.python.declarations import Signature, read_declaration
from pipeline.diff.python.surface import read_python_surface, twins_of
from pipeline.diff.states import open_project
from pipeline.diff.tree import Tree
from pipeline.document import read_document
from pipeline.openapi import list_operations
from pipeline.regenerate import Job, regenerate
from pipeline.values import Location
from tests.diff.kinds import document_of, of_all_kinds
from tests.diff.project import PACKAGE, shop, write_project

ROOT = Path(__file__).parents[2]

patches.apply()  # with which the generator makes our client


class Side:
    """An effective spec, and the surface of the client that was made from it."""

    def __init__(self, tree: Tree, read: Any) -> None:
        self.tree = tree
        self.operations: dict[str, list[str]] = read["operations"]
        twins = twins_of(read)
        self.symbols = {one: twins.find(one) for one in twins.list_all()}

    def list_missing_methods(self) -> list[str]:
        """List the operations whose method has another name."""
        client = name_client(self.tree)
        return [
            f"{signature}: {name}"
            for signature, location in self._list_operations()
            if (name := f"{client}.{name_method(self.tree, location)}")
            not in self.operations[signature]
        ]

    def list_missing_arguments(self) -> list[str]:
        """List the parameters whose argument has another name, in a method or in a function."""
        client = name_client(self.tree)
        missing: list[str] = []
        for signature, location in self._list_operations():
            method = f"{client}.{name_method(self.tree, location)}"
            function = f"{self.operations[signature][-1]}.sync_detailed"
            for symbol in (method, function):
                declared = read_declaration(self.symbols[symbol] or "")
                assert isinstance(declared, Signature)
                given = {one.name for one in declared.parameters}
                missing += [
                    f"{symbol}: {name}"
                    for one in list_parameters(self.tree, location).values()
                    if (name := name_argument(str(one.value["name"]))) not in given
                    and not surface.is_setting(one.value)
                ]
        return missing

    def list_missing_models(self) -> tuple[list[str], int]:
        """List the schemas and properties that have another name, and count the schemas."""
        missing: list[str] = []
        count = 0
        for name, schema in self.tree.at(("components", "schemas")).items():
            place: Location = ("components", "schemas", name)
            opened = self.tree.open((place,))
            is_model = opened.list_types() == {"object"} and opened.list_properties()
            if not is_model and not ("enum" in schema and schema.get("type") == "string"):
                continue
            count += 1
            names = [name_symbol(self.tree, place)]
            names += [
                name_symbol(self.tree, (*place, "properties", one))
                for one in opened.list_properties()
            ]
            missing += [str(one) for one in names if one not in self.symbols]
        return missing, count

    def _list_operations(self) -> list[tuple[str, Location]]:
        listed = list_operations(self.tree.value)
        return [(f"{one.method.upper()} {one.path}", one.location) for one in listed]


@cache
def ours() -> Side:
    """The effective spec of this project, and the committed client."""
    document = open_project(ROOT, ".").document
    return Side(Tree(document), read_python_surface(ROOT / "generated/harness_nextgen"))


# Components, tags, operations, parameters and properties by names that cannot stay as they are.
CLASSES = (
    "Any", "Client", "Decoder", "File", "FileTypes", "Get", "IntEnum", "Literal", "Mapping",
    "Model", "Response", "Self", "Unset", "list", "snake_thing", "HTTPThing", "a.b-c", "aPI2Go",
    "Exception", "None", "thing2d", "XMLHttpRequest", "v1.Thing", "URL",
)  # fmt: skip
FIELDS = (
    "from_dict", "to_dict", "to_multipart", "additional_properties", "class", "self", "id", "type",
    "X-Rate-Limit", "camelCase", "HTTPStatus", "1st", "_private", "größe", "a.b", "in",
    "datetime", "true", "list", "async", "$ref-like", "a/b", "with2Numbers", "userIDs", "UNSET",
)  # fmt: skip
ARGUMENTS = (
    "body", "deadline", "format", "headers", "max_retries", "options", "prefetch",
    "progress", "request", "timeout", "class", "self", "id", "filterBy", "page[number]", "_from",
    "1st", "größe", "sort.by", "X-Trace", "builtins", "cast",
)  # fmt: skip
TAGS = (
    "account", "call", "close", "class", "stream", "1st", "Mixed Case", "HTTPThings", "a.b",
    "größe", "_hidden_", "default", "base_url", "list", "self",
)  # fmt: skip
NAMES = ("listThings", "class", "1st", "_x", "a.b.c", "get-thing", "HTTPGet")


def hostile() -> dict[str, Any]:
    """Return a document whose names the generator has to change."""
    value = shop()
    schemas = value["components"]["schemas"]
    for name in CLASSES:
        schemas[name] = {"type": "object", "properties": {"name": {"type": "string"}}}
    schemas["Fields"] = {
        "type": "object",
        "properties": {one: {"type": "string"} for one in FIELDS},
    }
    used = [f"#/components/schemas/{name}" for name in (*CLASSES, "Fields")]
    answer = {
        "type": "object",
        "properties": {f"p{number}": {"$ref": one} for number, one in enumerate(used)},
    }
    paths = value["paths"]
    paths["/all"] = {
        "get": {
            "operationId": "all",
            "tags": ["all"],
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "string"}} for name in ARGUMENTS
            ],
            "responses": {
                "200": {"description": "All.", "content": {"application/json": {"schema": answer}}}
            },
        }
    }
    done = {"responses": {"204": {"description": "Done."}}}
    for number, tag in enumerate(TAGS):
        paths[f"/tags/{number}"] = {"get": {"operationId": f"t{number}", "tags": [tag], **done}}
        extended = {"x-resource": f"r{number}.{tag}", "x-method": tag, "operationId": f"x{number}"}
        paths[f"/resources/{number}"] = {"get": {**extended, **done}}
    for number, name in enumerate(NAMES):
        paths[f"/names/{number}"] = {"post": {"operationId": name, "tags": [f"n{number}"], **done}}
    paths["/un-named/{item_id}/x"] = {
        "delete": {
            "parameters": paths["/items/{item_id}"]["get"]["parameters"],
            **done,
        }
    }
    value["x-client"] = {"class_prefix": "Shop"}
    return value


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Side:
    """The document with hostile names, and the client that was made from it."""
    folder = tmp_path_factory.mktemp("hostile")
    root = write_project(folder, hostile())
    job = Job(root / "spec/openapi.yaml", root / "generated", package=PACKAGE)
    regenerate(job, lambda stage: None)
    document = read_document(root / "spec/openapi.yaml")
    return Side(Tree(document), read_python_surface(root / "generated" / PACKAGE))


def test_methods_are_named_as_generated(theirs: Side) -> None:
    """Each operation has its method by that name, whatever its tag and operationId are."""
    assert len(ours().operations) == 45
    assert ours().list_missing_methods() == []
    assert theirs.list_missing_methods() == []


def test_arguments_are_named_as_generated(theirs: Side) -> None:
    """Each parameter has its argument by that name."""
    assert ours().list_missing_arguments() == []
    assert theirs.list_missing_arguments() == []


def test_models_are_named_as_generated(theirs: Side) -> None:
    """Each component with fields or values has its class, and each property its field."""
    missing, count = ours().list_missing_models()
    assert missing == []
    assert count > 30
    missing, count = theirs.list_missing_models()
    assert missing == []
    assert count == len(CLASSES) + 6


def test_what_is_taken_is_the_generators() -> None:
    """The names that clash with the code around them are the same ones."""
    assert named._TAKEN_IN_METHODS == naming._TAKEN_IN_ENDPOINTS
    fields = {one for one in naming._TAKEN_IN_MODELS if one == snake_case(one)}
    assert fields == named._TAKEN_IN_MODELS
    assert frozenset(naming._TAKEN_CLASSES) == named._TAKEN_CLASSES
    assert named._TAKEN_ON_CLIENTS == surface.TAKEN_ON_CLIENTS
    assert named._TAKEN_ON_RESOURCES == surface.TAKEN_ON_RESOURCES


TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("aAbBzZ09_-. /$éß\\", max_size=20),
    st.lists(
        st.sampled_from(("Harness", "API", "v1", "ID", "id", "_", "-", ".", "2", "class", "list")),
        max_size=5,
    ).map("".join),
)


@settings(max_examples=400)
@given(TEXTS)
def test_texts_become_names_as_in_the_generator(text: str) -> None:
    """Each text is split into words, and made an identifier, as the generator does."""
    compare_names(text)


def compare_names(text: str) -> None:
    """Compare what a text becomes here and in the generator."""
    assert snake_case(text) == strings.snake_case(text)
    assert pascal_case(text) == strings.pascal_case(text)
    field, name = str(PythonIdentifier(text, "field_")), str(ClassName(text, "model_"))
    assert name_field(text) == field + "_" * (field in named._TAKEN_IN_MODELS)
    assert name_argument(text) == field + "_" * (field in named._TAKEN_IN_METHODS)
    assert name_class(text) == name + "Model" * (name in named._TAKEN_CLASSES)


@pytest.mark.parametrize(
    ("text", "field", "argument", "class_name"),
    [
        ("search_term", "search_term", "search_term", "SearchTerm"),
        ("repoURL", "repo_url", "repo_url", "RepoURL"),
        ("class", "class_", "class_", "Class"),
        ("id", "id", "id", "Id"),
        ("to_dict", "to_dict_", "to_dict", "ToDict"),
        ("timeout", "timeout", "timeout_", "Timeout"),
        ("Response", "response", "response", "ResponseModel"),
        ("1st", "field_1st", "field_1st", "Model1st"),
        ("_x", "field_x", "field_x", "X"),
        ("", "field_", "field_", "ModelModel"),
    ],
)
def test_names(text: str, field: str, argument: str, class_name: str) -> None:
    """Some names, as a person would look them up."""
    assert (name_field(text), name_argument(text), name_class(text)) == (
        field,
        argument,
        class_name,
    )


# Places in a sentence, as the document has them: of the document of all kinds.
THINGS, THING = "/things/{thing id}/a~b%41", "`things.get_thing1`"
OTHERS = "`things.post_things_thing_id_ab41`"
SUBJECTS: dict[str, tuple[Location, str]] = {
    "the document": ((), "the API"),
    "info": (("info", "version"), "the API"),
    "servers": (("servers", 0), "the API"),
    "tags": (("tags",), "the API"),
    "security": (("security", 0), "the API"),
    "the version of OpenAPI": (("openapi",), "the document"),
    "an extension": (("x-client", "name"), "`x-client.name`"),
    "a component": (("components", "schemas", "Thing"), "`Thing`"),
    "a property": (("components", "schemas", "Thing", "properties", "size"), "`Thing.size`"),
    "a keyword of one": (
        ("components", "schemas", "Thing", "properties", "size", "maximum"),
        "`Thing.size`",
    ),
    "a property of items in allOf": (
        (
            "components", "schemas", "Tree", "allOf", 1, "properties", "children", "items",
            "properties", "name",
        ),
        "`Tree.children[].name`",
    ),
    "further members": (
        ("components", "schemas", "Thing", "properties", "more", "additionalProperties", "type"),
        "`Thing.more{}`",
    ),
    "a mapping named like a keyword": (
        (
            "components", "schemas", "Thing", "properties", "one", "discriminator", "mapping",
            "items",
        ),
        "`Thing.one`",
    ),
    "a security scheme": (
        ("components", "securitySchemes", "login", "flows"),
        "the security scheme `login`",
    ),
    "a shared parameter": (
        ("components", "parameters", "Trace", "schema"),
        "the header parameter `X-Trace`",
    ),
    "a path's parameter": (("paths", THINGS, "parameters", 0), "the path parameter `thing id`"),
    "a path's shared parameter": (
        ("paths", THINGS, "parameters", 1, "required"),
        "the header parameter `X-Trace`",
    ),
    "a shared answer": (("components", "responses", "Fault"), "the answer `Fault`"),
    "a shared header": (("components", "headers", "Trace", "schema"), "the header `Trace`"),
    "a shared body": (
        (
            "components", "requestBodies", "Upload", "content", "multipart/form-data", "schema",
            "properties", "file",
        ),
        "`file` in the request body `Upload`",
    ),
    "an operation": (("paths", THINGS, "get", "summary"), THING),
    "a parameter": (
        ("paths", THINGS, "get", "parameters", 0, "schema", "items"),
        f"`[]` in the query parameter `größe\n` of {THING}",
    ),
    "a body": (("paths", THINGS, "post", "requestBody"), f"the request body of {OTHERS}"),
    "an answer": (("paths", THINGS, "get", "responses", "200"), f"the answer 200 of {THING}"),
    "one of two media types": (
        ("paths", THINGS, "get", "responses", "200", "content", "application/json", "schema"),
        f"the answer 200 (application/json) of {THING}",
    ),
    "a header of an answer": (
        ("paths", THINGS, "get", "responses", "200", "headers", "X-Left", "schema"),
        f"the header `X-Left` of the answer 200 of {THING}",
    ),
    "the only media type": (
        ("paths", THINGS, "post", "responses", "201", "content", "application/json", "schema"),
        f"the answer 201 of {OTHERS}",
    ),
    "a callback": (
        ("paths", THINGS, "post", "callbacks", "do/ne"),
        f"the callback `do/ne` of {OTHERS}",
    ),
    "the body of a callback": (
        (
            "paths", THINGS, "post", "callbacks", "do/ne", "{$request.body#/url}", "post",
            "requestBody",
        ),
        f"the request body of the callback `do/ne` of {OTHERS}",
    ),
    "the words of a callback": (
        (
            "paths", THINGS, "post", "callbacks", "do/ne", "{$request.body#/url}", "post",
            "summary",
        ),
        f"the request of the callback `do/ne` of {OTHERS}",
    ),
    "a path": (("paths", THINGS, "summary"), f"the path `{THINGS}`"),
    "a webhook": (("webhooks", "came", "post"), "the webhook `came`"),
    "the words of a webhook": (("webhooks", "came", "post", "summary"), "the webhook `came`"),
    "the body of a webhook": (
        ("webhooks", "came", "post", "requestBody"), "the request body of the webhook `came`",
    ),
    "a webhook's path item": (("webhooks", "came", "summary"), "the webhook `came`"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBJECTS)
def test_places_in_a_sentence(name: str) -> None:
    """A place is told as a person does who has the document at hand."""
    location, subject = SUBJECTS[name]
    tree = Tree(document_of(of_all_kinds("3.1.0")))
    assert name_subject(tree, location) == subject


SYMBOLS: dict[Location, str | None] = {
    ("components", "schemas", "Thing"): "models.Thing",
    ("components", "schemas", "Thing", "type"): "models.Thing",
    ("components", "schemas", "Thing", "properties", "a/b~c%41"): "models.Thing.abc41",
    ("components", "schemas", "Tree", "allOf", 1, "properties", "kind", "type"): "models.Tree.kind",
    ("components", "schemas", "Thing", "items", "properties", "kind"): "models.Thing",
    ("components", "schemas"): None,
    ("components", "parameters", "Trace"): None,
    ("paths", THINGS, "get"): None,
}


@pytest.mark.parametrize("location", SYMBOLS)
def test_symbols(location: Location) -> None:
    """A place of a component is seen by its class, or by its own field; another by its methods."""
    assert name_symbol(Tree(document_of(of_all_kinds("3.0.3"))), location) == SYMBOLS[location]


@pytest.mark.parametrize(
    ("location", "thing"),
    [
        (("components", "schemas", "Thing", "properties", "size", "maximum"), "size"),
        (("paths", THINGS, "parameters", 1, "schema"), "X-Trace"),
        (("paths", THINGS, "get", "parameters", 0, "schema", "items"), "größe\n"),
        (("paths", THINGS, "get", "responses"), ""),
        ((), ""),
    ],
)
def test_things(location: Location, thing: str) -> None:
    """What is edited is called as the document does: by its property or parameter."""
    assert name_thing(Tree(document_of(of_all_kinds("3.0.3"))), location) == thing


def test_client_has_its_prefix() -> None:
    """The client is called as the document asks, or Client."""
    value = of_all_kinds("3.0.3")
    for said, name in (({"class_prefix": "Shelf"}, "Shelf"), ({}, "Client"), (1, "Client")):
        value["x-client"] = said
        assert name_client(Tree(document_of(value))) == name
    value["x-client"] = {"class_prefix": "Shelf"}
    assert name_clients(Tree(document_of(value))) == ("Shelf", "errors.ShelfError")
    del value["x-client"]
    assert name_clients(Tree(document_of(value))) == ("Client", "errors.ApiError")


@pytest.mark.parametrize(
    ("did", "sentence"),
    [
        ("was removed", "`x` was removed"),
        ("can be 1 now", "`x` can be 1 now"),
        ("the type changed", "`x`: the type changed"),
        ("wasted nothing", "`x`: wasted nothing"),
    ],
)
def test_sentences(did: str, sentence: str) -> None:
    """What was done to a thing follows it, what was done to a part of it stands after a colon."""
    assert join_subject("`x`", did) == sentence
