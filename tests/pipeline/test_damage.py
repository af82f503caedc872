"""However a document is damaged, it comes out as code that compiles, or is refused at a place."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.document import parse_document, read_document
from pipeline.effective import correct
from pipeline.faults import BadInput
from pipeline.generator import generate_package
from pipeline.openapi import check_openapi, check_version, inline_path_items
from pipeline.simplify import simplify

GOLDEN = Path(__file__).parent / "golden/openapi.yaml"
WHOLE: Any = read_document(GOLDEN).value

VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, "", "x", "null", "object", "array", "path", "é",
    "__init__", "#/components/schemas/Loan", "#/components/schemas/State", "#/paths/~1mine",
    [], [1], ["a", "a"], [None], [[]], {}, {"x": 1}, {"$ref": "#/components/schemas/Loan"},
    {"type": "string"}, {"type": "array"}, {"allOf": [{}]}, {"oneOf": []}, {"enum": [1, "a"]},
    {"const": None}, {"type": ["string", "null"]},
]  # fmt: skip
KEYS = [
    "$ref", "additionalProperties", "allOf", "anyOf", "const", "content", "default",
    "discriminator", "encoding", "enum", "example", "explode", "format", "in", "items", "name",
    "not", "nullable", "oneOf", "operationId", "parameters", "patternProperties", "prefixItems",
    "properties", "requestBody", "required", "responses", "schema", "servers", "style", "tags",
    "title", "type", "x-enum-varnames",
]  # fmt: skip


def list_nodes(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the locations of everything in a document."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    return [at, *(place for key, member in members for place in list_nodes(member, (*at, key)))]


NODES = list_nodes(WHOLE)[1:]


def find(value: Any, place: tuple[Any, ...]) -> Any:
    """Return what is at a place, or None when an earlier edit took it away."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def edit(value: Any, kind: str, place: tuple[Any, ...], key: str, other: Any) -> None:
    """Damage a document in place: replace, remove, rename or add something."""
    parent = find(value, place[:-1])
    if find(value, place) is None or not isinstance(parent, dict | list):
        return
    if kind == "replace":
        parent[place[-1]] = copy.deepcopy(other)
    elif kind == "remove":
        del parent[place[-1]]
    elif kind == "rename" and isinstance(parent, dict):
        parent[key] = parent.pop(place[-1])
    elif isinstance(parent[place[-1]], dict):
        parent[place[-1]][key] = copy.deepcopy(other)


def generate(value: Any, folder: Path) -> None:
    """Run all of the pipeline that reads a document, short of laying the code out."""
    spec = parse_document(json.dumps(value, indent=1), "damaged.json")
    check_version(spec)
    effective = correct(spec, (), max_bytes=10**8)
    check_openapi(effective.value, effective.place)
    generate_package(
        inline_path_items(effective.value),
        simplify(effective.value),
        folder,
        "damaged",
        effective.place,
        frozenset(),
    )


def compile_all(folder: Path) -> int:
    """Compile every file below a folder and return how many there are."""
    paths = list(folder.rglob("*.py"))
    for path in paths:
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
    return len(paths)


EDITS = st.tuples(
    st.sampled_from(["replace", "remove", "rename", "add"]),
    st.sampled_from(NODES),
    st.sampled_from(KEYS),
    st.sampled_from(VALUES),
)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(edits=st.lists(EDITS, min_size=1, max_size=3))
def test_damaged_document_compiles_or_is_refused(
    tmp_path: Path, version: str, edits: list[tuple[str, tuple[Any, ...], str, Any]]
) -> None:
    """Nothing but BadInput is raised, each fault has a line, and the generator breaks nowhere."""
    value = copy.deepcopy(WHOLE)
    value["openapi"] = version
    for one in edits:
        edit(value, *one)
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        generate(value, folder)
    except BadInput as error:
        for fault in error.faults:
            assert fault.place.line, fault
            assert fault.place.file == "damaged.json"
            assert "breaks down" not in fault.message
            assert "object at 0x" not in fault.message
        return
    compile_all(folder)


def test_undamaged_document_compiles(tmp_path: Path) -> None:
    """What is damaged above is whole before, in both versions."""
    for version in ("3.0.3", "3.1.0"):
        generate({**WHOLE, "openapi": version}, tmp_path / version)
        assert compile_all(tmp_path / version) > 30
