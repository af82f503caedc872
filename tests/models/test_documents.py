"""Documents that ask for much: every kind of value, and names that clash with the code's own."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings

from harness_nextgen_runtime.decoding import Mismatch
from pipeline.regenerate import Job
from tests.models.schemas import fitting_object
from tests.models.test_round_trip import check
from tests.pipeline.small import run

ROOT = Path(__file__).parents[2]
TEXT = {"type": "string"}
DATE = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
UUID = {"type": "string", "format": "uuid"}
NUMBER = {"type": "number"}
INTEGER = {"type": "integer"}
NULL = {"type": "null"}


def ref(name: str) -> dict[str, str]:
    """Refer to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def items(schema: Any) -> dict[str, Any]:
    """Describe a list."""
    return {"type": "array", "items": schema}


def values(schema: Any) -> dict[str, Any]:
    """Describe a map."""
    return {"type": "object", "additionalProperties": schema}


def either(*schemas: Any) -> dict[str, Any]:
    """Describe one of several."""
    return {"oneOf": list(schemas)}


KINDS: dict[str, Any] = {
    "text_or_moment": either(TEXT, MOMENT),
    "date_or_moment": either(DATE, MOMENT),
    "moment_or_date": either(MOMENT, DATE),
    "uuid_or_text": either(UUID, TEXT),
    "number": NUMBER,
    "number_or_null": either(NUMBER, NULL),
    "integer_or_number": either(NUMBER, INTEGER),
    "flag_or_integer": either({"type": "boolean"}, INTEGER),
    "fixed_text": {"const": "yes"},
    "fixed_number": {"const": 1},
    "fixed_flag": {"const": True},
    "fixed_or_number": either({"const": "yes"}, NUMBER),
    "nothing": NULL,
    "color": ref("Color"),
    "level": ref("Level"),
    "color_or_text": either(ref("Color"), TEXT),
    "color_or_null": either(ref("Color"), NULL),
    "level_or_number": either(ref("Level"), NUMBER),
    "color_or_date": either(ref("Color"), DATE),
    "inner": ref("Inner"),
    "inner_or_kinds": either(ref("Inner"), ref("Kinds")),
    "lists": items(items(either(DATE, ref("Inner")))),
    "list_or_text": either(items(UUID), TEXT),
    "map": values(MOMENT),
    "map_of_lists": values(items(ref("Inner"))),
    "map_of_maps": values(values(either(UUID, INTEGER))),
    "map_of_anything": values({}),
    "anything": {},
    "many": either(ref("Inner"), DATE, UUID, INTEGER, items(TEXT), TEXT),
}
REQUIRED = {
    "wanted_" + name: KINDS[name]
    for name in (
        "anything", "color", "number", "number_or_null", "date_or_moment", "fixed_text", "lists",
        "map", "nothing",
    )
}  # fmt: skip
CLASHES = [
    "from_dict", "to_dict", "to_multipart", "self", "cls", "data", "additional_properties", "field",
    "fields", "define", "UNSET", "unset", "type", "class", "__class__", "__init__",
    "__slots__", "list", "str", "dict", "int", "bool", "object", "property", "datetime", "date",
    "Any", "any", "UUID", "uuid", "Literal", "literal", "File", "file", "Model", "model", "members",
    "value", "text", "optional", "list_of", "one_of", "read_timestamp", "split_commas", "_decode",
    "_renamed", "_fields", "_absent", "field_decode", "attrs", "None", "True", "import", "match",
    "id", "fooBar", "foo_bar", "a/b", "日", "Decoder", "super", "classmethod", "new",
    "inner", "Inner",
]  # fmt: skip
CLASSES = [
    "Model", "MapModel", "Decoder", "Unset", "UUID", "Any", "File", "Literal", "List",
    "Str", "Date", "Text", "Object", "Property", "Mismatch", "OpenStrEnum",
]  # fmt: skip
TIMED = {
    "created": {"type": "integer", "x-timestamp": "milliseconds"},
    "updated": {"type": "integer", "x-timestamp": "seconds"},
    "updated_at": TEXT,
    "tags": {"type": "string", "x-comma-separated": True},
    "categories": {"type": "string", "x-comma-separated": True},
    "odd": {"type": "string", "x-timestamp": "milliseconds"},
    "seen": {"type": "integer", "x-timestamp": "fortnights"},
}
SCHEMAS: dict[str, Any] = {
    "Kinds": {"type": "object", "properties": {**REQUIRED, **KINDS}, "required": list(REQUIRED)},
    "Inner": {"type": "object", "properties": {"a": INTEGER}, "required": ["a"]},
    "Color": {"type": "string", "enum": ["red", "blue"]},
    "Level": {"type": "integer", "enum": [1, 2]},
    "Clashes": {
        "type": "object",
        "properties": {
            **{name: [TEXT, items(UUID), MOMENT][at % 3] for at, name in enumerate(CLASHES)},
            **{f"of_{name}": ref(name) for name in CLASSES},
        },
    },
    **{name: {"type": "object", "properties": {"x": TEXT}} for name in CLASSES},
    "Timed": {"type": "object", "properties": TIMED},
    "Base": {"type": "object", "properties": {"begun": ref("Milliseconds")}},
    "Milliseconds": TIMED["created"],
    "Derived": {"allOf": [ref("Base"), {"properties": {"labels": TIMED["tags"]}}]},
    "Asked": {"type": "object", "properties": {"note": TEXT}},
}
ANSWERED = ["Kinds", "Clashes", "Timed", "Derived"]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Hard", "version": "1"},
    "paths": {
        "/asked": {
            "put": {
                "requestBody": {"content": {"application/json": {"schema": ref("Asked")}}},
                "responses": {"204": {"description": "Taken."}},
            }
        },
        **{
            f"/{name}": {
                "get": {
                    "responses": {
                        "200": {
                            "description": name,
                            "content": {"application/json": {"schema": items(ref(name))}},
                        }
                    }
                }
            }
            for name in ANSWERED
        },
    },
    "components": {"schemas": SCHEMAS},
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the client that is generated from the document."""
    folder = tmp_path_factory.mktemp("hard")
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    run(Job(spec=folder / "openapi.json", output=folder / "out", package="hard"))
    return folder / "out"


@pytest.fixture(scope="session")
def hard(folder: Path) -> Iterator[ModuleType]:
    """The models of that client."""
    sys.path.insert(0, str(folder))
    yield importlib.import_module("hard.models")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "hard"]:
        del sys.modules[name]


WANTED: dict[str, Any] = {
    "wanted_anything": [None],
    "wanted_color": "red",
    "wanted_number": 1,
    "wanted_number_or_null": None,
    "wanted_date_or_moment": "2024-01-02",
    "wanted_fixed_text": "yes",
    "wanted_lists": [[]],
    "wanted_map": {},
    "wanted_nothing": None,
}
EXAMPLES = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("name", ["Kinds", "Clashes", "Timed", "Derived", "Asked"])
def test_everything_is_sent_back(hard: ModuleType, name: str) -> None:
    """Every kind of value, under every name, comes back as it was."""

    @EXAMPLES
    @given(fitting_object(SCHEMAS[name], DOCUMENT))
    def hold(value: Any) -> None:
        check(getattr(hard, name), value)

    hold()


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("text_or_moment", "2024-01-02T03:04:05+00:00", "SpelledDateTime"),
        ("text_or_moment", "2024-01-02", "str"),
        ("text_or_moment", "20240102T030405Z", "str"),
        ("date_or_moment", "2024-01-02", "date"),
        ("date_or_moment", "2024-01-02T00:00:00Z", "datetime"),
        ("moment_or_date", "2024-01-02", "date"),
        ("moment_or_date", "2024-01-02T00:00:00Z", "datetime"),
        ("uuid_or_text", "11111111-2222-3333-4444-55555555555a", "UUID"),
        ("uuid_or_text", "11111111-2222-3333-4444-55555555555A", "SpelledUuid"),
        ("uuid_or_text", "{11111111-2222-3333-4444-55555555555a}", "str"),
        ("uuid_or_text", "1111111122223333444455555555555a", "str"),
        ("number", 1, "int"),
        ("number", 1.0, "float"),
        ("flag_or_integer", True, "bool"),
        ("flag_or_integer", 1, "int"),
        ("color", "mauve", "Color"),
        ("level", 7, "Level"),
        ("color_or_text", "red", "Color"),
        ("color_or_text", "mauve", "str"),
        ("color_or_date", "mauve", "Color"),
        ("color_or_date", "2024-01-02", "date"),
        ("level_or_number", 2, "Level"),
        ("level_or_number", 3, "int"),
        ("level_or_number", 2.5, "float"),
        ("inner_or_kinds", {"a": 1}, "Inner"),
        ("inner_or_kinds", WANTED, "Kinds"),
        ("many", "x", "str"),
        ("many", ["x"], "list"),
    ],
)
def test_value_decides_its_kind(hard: ModuleType, name: str, given: Any, kind: str) -> None:
    """Of several kinds, a value becomes the one whose form it has."""
    decoded = hard.Kinds.from_dict({**WANTED, name: given})
    assert type(getattr(decoded, name)).__name__ == kind


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "1"}, "/number: expected a number, found a text"),
        ({"number": True}, "/number: expected a number, found true or false"),
        ({"level": True}, "/level: expected a whole number, found true or false"),
        ({"level": 1.5}, "/level: expected a whole number, found a number"),
        ({"color": 1}, "/color: expected a text, found a number"),
        ({"fixed_text": "no"}, "/fixed_text: expected \"yes\", found a text"),
        ({"fixed_number": True}, "/fixed_number: expected 1, found true or false"),
        ({"fixed_flag": 1}, "/fixed_flag: expected true, found a number"),
        ({"nothing": 0}, "/nothing: expected null, found a number"),
        ({"inner": {}}, "/inner/a: expected a whole number, found nothing"),
        ({"inner": {"a": None}}, "/inner/a: expected a whole number, found null"),
        ({"inner": []}, "/inner: expected an object, found a list"),
        ({"map": {"a/b": "x"}}, "/map/a~1b: expected a date and time, found 'x'"),
        ({"map": {"a~b": 1}}, "/map/a~0b: expected a date and time, found a number"),
        ({"map_of_lists": {"": [{"a": 1}, {}]}},
         "/map_of_lists//1/a: expected a whole number, found nothing"),
        ({"lists": [[], ["2024-01-02", {"a": "x"}]]},
         "/lists/1/1/a: expected a whole number, found a text"),
        ({"lists": [[], ["2024-01-02", 5]]},
         "/lists/1/1: expected a date or an object, found a number"),
        ({"date_or_moment": "2024-02-30"},
         "/date_or_moment: expected a date or a date and time, found a text"),
        ({"wanted_color": None}, "/wanted_color: expected a text, found null"),
    ],
)  # fmt: skip
def test_mismatch_names_its_place(hard: ModuleType, change: Any, said: str) -> None:
    """What does not fit is named by its JSON pointer, however deep it is."""
    with pytest.raises(Mismatch) as caught:
        hard.Kinds.from_dict({**WANTED, **change})
    assert str(caught.value) == said
    assert caught.value.pointer == said.partition(":")[0]


@pytest.mark.parametrize("name", list(WANTED))
def test_required_member_must_be_there(hard: ModuleType, name: str) -> None:
    """A required member that is missing is named, whatever its kind, even one that may be null."""
    missing = {key: value for key, value in WANTED.items() if key != name}
    with pytest.raises(Mismatch, match="found nothing") as caught:
        hard.Kinds.from_dict(missing)
    assert caught.value.pointer == f"/{name}"


def test_null_is_taken_in_answers_only(hard: ModuleType) -> None:
    """An optional member may be null in what the server sends, not in what is only sent to it."""
    assert hard.Inner.from_dict({"a": 1, "b": None})["b"] is None
    assert hard.Kinds.from_dict({**WANTED, "inner": None}).inner is None
    with pytest.raises(Mismatch, match="/note: expected a text, found null"):
        hard.Asked.from_dict({"note": None})


def test_helpers(hard: ModuleType) -> None:
    """Timestamps and joined lists have a property of another form, unless its name is taken."""
    timed = hard.Timed.from_dict(
        {"created": 1691150743950, "updated": 5, "updated_at": "x", "tags": " a, b,,c "}
    )
    assert timed.created_at == datetime.datetime(2023, 8, 4, 12, 5, 43, 950000, datetime.UTC)
    assert timed.updated_at == "x"
    assert "``updated_at`` is a field of its own" in hard.Timed.__doc__
    assert timed.tag_list == ["a", "b", "c"]
    assert timed.category_list == []
    assert not hasattr(timed, "odd_at")
    assert not hasattr(timed, "seen_at")
    derived = hard.Derived.from_dict({"begun": 0, "labels": ""})
    assert derived.begun_at == datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert derived.label_list == []


def test_every_name_is_kept(hard: ModuleType) -> None:
    """Each member has a field of its own, and none hides what a model does."""
    fields = [one.name for one in attrs.fields(hard.Clashes)]
    assert len(set(fields)) == len(CLASHES) + len(CLASSES) + 1
    assert callable(hard.Clashes().to_dict)
    assert hard.Clashes(id="x").to_dict() == {"id": "x"}


def test_types_are_right(folder: Path) -> None:
    """mypy --strict finds nothing in the client of such a document."""
    paths = [str(folder), str(ROOT / "src")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", os.devnull,
         str(folder / "hard")],
        env={**os.environ, "MYPYPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.startswith("Success"), done.stdout
