"""What no fixture touches is told, and what is left out needs a reason that holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.contract.checks import check_by_spec
from pipeline.contract.coverage import Coverage, cover, list_parts, read_excuses
from pipeline.contract.error_shapes import SHAPES, find_shape
from pipeline.contract.fixture import Fixture
from pipeline.contract.schemas import Part
from pipeline.faults import BadInput
from tests.client.described import SPEC, list_operations
from tests.contract.exchanges import CREATE, DESCRIPTION, GET, LIST, MISSING, make

NAMES = {
    "create": (CREATE, "modules/create_module/one"),
    "get": (GET, "modules/get_module/one"),
    "list": (LIST, "modules/list_modules/one"),
    "missing": (MISSING, "modules/get_module/missing"),
}


def measure(*names: str, excuses: Path | None = None) -> Coverage:
    """Measure what some exchanges touch."""
    fixtures = [make(*NAMES[name]) for name in names]
    return measure_all(fixtures, excuses)


def measure_all(fixtures: list[Fixture], excuses: Path | None = None) -> Coverage:
    """Measure what fixtures touch."""
    touched: set[Part] = set()
    for one in fixtures:
        list(check_by_spec(DESCRIPTION, one, touched))
    return cover(DESCRIPTION, fixtures, touched, read_excuses(excuses) if excuses else [])


def test_parts_are_those_of_the_spec() -> None:
    """Operations, parameters and named schemas come out as another reader counts them."""
    parts = list_parts(DESCRIPTION)
    assert len(parts) == len(set(parts))
    by_kind = {kind: {one.name for one in parts if one.kind == kind} for kind, _ in parts}
    assert by_kind["operation"] == {one.id for one in list_operations()}
    assert by_kind["parameter"] == {
        f"{one.id} {parameter['in']} {parameter['name']}"
        for one in list_operations()
        for parameter in one.parameters
    }
    properties = by_kind["request property"] | by_kind["response property"]
    schemas = SPEC["components"]["schemas"]
    assert properties == {
        f"{schema}.{name}" for schema in schemas for name in schemas[schema].get("properties", {})
    }
    values = by_kind["request enum value"] | by_kind["response enum value"]
    assert values == {
        f"{schema}={value}" for schema in schemas for value in schemas[schema].get("enum", [])
    }


def test_what_is_touched_is_not_missing() -> None:
    """An exchange takes its parts off the list, and no others."""
    nothing, one = measure(), measure("create")
    assert set(nothing.missing) - set(one.missing) == {
        Part("operation", "create_module"),
        Part("parameter", "create_module header Harness-Account"),
        Part("parameter", "create_module query scope_org"),
        Part("request property", "CreateModuleRequest.name"),
        Part("request property", "CreateModuleRequest.system"),
        Part("response enum value", "StorageType=artifact"),
        *(
            Part("response property", f"CreateModuleResponse.{name}")
            for name in ("account", "id", "name", "system", "created", "updated", "storage_type")
        ),
    }
    assert len(nothing.missing) == nothing.parts == one.parts


def test_null_does_not_touch() -> None:
    """A member that is null shows nothing of its type; nor does an error show a success."""
    assert Part("response property", "Module.tags") in measure("get").missing
    missing = measure("missing").missing
    assert Part("operation", "get_module") in missing
    assert Part("error", "404 IacmError") not in missing
    assert Part("shape of an error", "iacm") not in missing


def test_reasons_excuse_and_become_stale(tmp_path: Path) -> None:
    """What is listed with a reason is not missing; what is touched must not be listed."""
    path = tmp_path / "uncovered.yaml"
    path.write_text(
        "response property:\n"
        "  Module.tags: no module of this server has any labels\n"
        "  Module.name: no module of this server has any name\n"
        "operation:\n  nothing: there is no such operation in the spec\n"
    )
    coverage = measure("get", excuses=path)
    assert Part("response property", "Module.tags") not in coverage.missing
    assert coverage.excused == 1
    said = "is touched, or in the spec no more: remove it here"
    assert [str(one.fault) for one in coverage.stale] == [
        f"{path}:3:3: response property Module.name: {said}",
        f"{path}:5:3: operation nothing: {said}",
    ]


@pytest.mark.parametrize("text", ["- a\n", "operation: nothing\n", "operation:\n  a: short\n"])
def test_reasons_have_a_form(tmp_path: Path, text: str) -> None:
    """A list without reasons is refused, with its place."""
    path = tmp_path / "uncovered.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_excuses(path)
    assert str(caught.value).startswith(f"{path}:")


def test_table_counts_fixtures_by_status() -> None:
    """A row for each operation, a column for each status; ``+`` where an answer is shared."""
    fixtures = [make(*NAMES["get"]), make(*NAMES["missing"], shared_by="/iacm/")]
    lines = measure_all(fixtures).table.splitlines()
    assert lines[0].split() == ["operation", "200", "404"]
    rows = {line.split()[0]: line[len(lines[0]) - 7 :] for line in lines[1:]}
    assert len(rows) == len(list_operations())
    assert rows["get_module"] == "  1  1+"
    assert rows["list_modules"] == "      +"
    assert rows["get_project"] == ""


GOA = {"id": "1", "message": "no", "temporary": False, "timeout": False, "fault": False}
PLATFORM = {"status": "ERROR", "code": "X", "message": "no"}
BODIES = {
    "iacm": {"name": "bad", **GOA},
    "policy": {"name": "bad", **GOA, "policy_evaluation": {}},
    "identifier": {"name": "bad", **GOA, "identifier": "vpc"},
    "unnamed": GOA,
    "failure": {**PLATFORM, "errors": [{"fieldId": "a", "error": "b"}]},
    "error": {**PLATFORM, "responseMessages": []},
    "messages": {"responseMessages": []},
    "denied": {**PLATFORM, "responseMessages": [], "failedPermissionChecks": []},
    "platform": {"message": "no", "code": "X", "errors": [{"field_name": "a"}]},
    "gateway": {"code": 5, "error": "no", "message": "no", "details": []},
    "text": "<html>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_told_apart(shape: str) -> None:
    """Each of the eleven shapes is known by its members or its media type."""
    media_type = "text/html" if shape == "text" else "application/json"
    assert find_shape(BODIES[shape], media_type) == shape
