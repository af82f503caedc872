"""What is read is sent back: the same JSON, by way of models that are equal."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness_nextgen_runtime.unset import UNSET
from tests.models.schemas import fitting_object

ROOT = Path(__file__).parents[2]
SPEC = yaml.safe_load((ROOT / "generated/harness_nextgen/openapi.yaml").read_text("utf-8"))
GOLDEN = yaml.safe_load(
    (ROOT / "tests/pipeline/golden/generated/shelf/openapi.yaml").read_text("utf-8")
)
RENAMED = {"File": "FileModel"}
# The members of one are files, which no JSON holds; the other has constants, which refuse what an
# enum would keep, and what is drawn here has such values.
NOT_DRAWN = ("ModuleExampleUpload", "Ticket")


def list_objects(document: Any) -> list[str]:
    """List the component schemas that are objects, each of which is a model."""
    schemas = document["components"]["schemas"]
    return [
        name
        for name, one in schemas.items()
        if name not in NOT_DRAWN and (one.get("type") == "object" or "allOf" in one)
    ]


def write(value: Any) -> str:
    """Write JSON so that 1, 1.0 and true are three things, and the order of members is none."""
    return json.dumps(value, sort_keys=True)


def check(model: Any, value: Any) -> None:
    """Decode and encode a value and hold both ways to be exact."""
    before = write(value)
    decoded = model.from_dict(value)
    assert write(decoded.to_dict()) == before
    assert write(value) == before
    assert model.from_dict(decoded.to_dict()) == decoded
    assert json.loads(before) == decoded.to_dict()
    for same in (copy.copy(decoded), copy.deepcopy(decoded), pickle.loads(pickle.dumps(decoded))):
        assert same == decoded
        assert write(same.to_dict()) == before


EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", list_objects(SPEC))
def test_models_of_the_client(models: ModuleType, name: str) -> None:
    """Every model of the client sends back what it reads, unknown members and values included."""

    @EXAMPLES
    @given(fitting_object(SPEC["components"]["schemas"][name], SPEC))
    def hold(value: Any) -> None:
        check(getattr(models, name), value)

    hold()


@pytest.mark.parametrize("name", list_objects(GOLDEN))
def test_models_of_the_golden_document(shelf: ModuleType, name: str) -> None:
    """The same with a field of every kind, unions and times included."""

    @EXAMPLES
    @given(fitting_object(GOLDEN["components"]["schemas"][name], GOLDEN))
    def hold(value: Any) -> None:
        check(getattr(shelf, RENAMED.get(name, name)), value)

    hold()


def test_every_model_is_tried(models: ModuleType) -> None:
    """The models that no component schema names are those inside others."""
    inner = {name for name in models.__all__ if attrs.has(getattr(models, name))}
    assert inner - set(list_objects(SPEC)) == {
        NOT_DRAWN[0], "ModuleExecutionMetadataTrigger", "ModuleVersionStatuses", "OrganizationTags",
        "ProjectRequestTags", "ProjectTags",
    }  # fmt: skip
    assert set(list_objects(SPEC)) <= inner


@EXAMPLES
@given(st.data())
def test_absent_and_null_stay_apart(models: ModuleType, data: st.DataObject) -> None:
    """An optional member of an answer may be missing or null, and stays what it was."""
    model = models.Module
    least = {"id": "i", "account": "a", "name": "n", "system": "s", "created": 1, "updated": 2}
    optional = [one.name for one in attrs.fields(model) if one.default is UNSET]
    assert len(optional) == 27
    nulls = data.draw(st.sets(st.sampled_from(optional)))
    value = {**least, **dict.fromkeys(nulls)}
    decoded = model.from_dict(value)
    assert decoded.to_dict() == value
    assert {name for name in optional if getattr(decoded, name) is None} == nulls
    assert {name for name in optional if getattr(decoded, name) is UNSET} == {*optional} - nulls
