"""The overlay files: each action gives its reason, and the codegen view loses nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from pipeline.document import read_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import read_overlay
from tests.spec.walk import OVERLAYS, SPEC, nodes

CORRECTIONS = sorted(OVERLAYS.glob("*.overlay.yaml"))
CODEGEN = sorted((OVERLAYS / "codegen").glob("*.overlay.yaml"))
FILES = [*CORRECTIONS, *CODEGEN]


def parse(view: Any) -> GeneratorData:
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, Path("view.yaml"), "utf-8", False, None
    )
    data = GeneratorData.from_dict(view, config=config)
    assert isinstance(data, GeneratorData), data
    return data


def warnings(data: GeneratorData) -> list[str]:
    collections = data.endpoint_collections_by_tag.values()
    errors = [error for collection in collections for error in collection.parse_errors]
    return [str(error.detail) for error in [*errors, *data.errors]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_gives_its_reason(path: Path) -> None:
    """Each overlay and each of its actions says why, and each action how we know."""
    overlay = read_document(path).value
    assert overlay["overlay"] == "1.1.0"
    assert overlay["info"]["description"]
    for action in overlay["actions"]:
        assert len(action["description"]) > 8, action["target"]
        assert len(action["x-evidence"]) > 8, action["target"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_targets_state_their_count(path: Path) -> None:
    """An action whose target can select several nodes says how many it expects."""
    for action in read_overlay(path).actions:
        assert action.expects is not None or action.target.singular_query(), action.target


def test_file_names() -> None:
    """Two digits give the order, and the name is short and lower case."""
    shape = re.compile(r"\d\d-[a-z]+(-[a-z]+)*\.overlay\.yaml")
    assert [path.name for path in FILES if not shape.fullmatch(path.name)] == []


@pytest.mark.parametrize("folder", [CORRECTIONS, CODEGEN], ids=["corrections", "codegen"])
def test_order_is_unambiguous(folder: list[Path]) -> None:
    """No two overlays of a folder share a number."""
    numbers = [path.name[:2] for path in folder]
    assert len(numbers) == len(set(numbers)) > 3


def test_generator_takes_everything(view: Any) -> None:
    """The generator makes all 45 operations of the codegen view and warns of nothing."""
    data = parse(view)
    collections = data.endpoint_collections_by_tag.values()
    assert warnings(data) == []
    assert sum(len(collection.endpoints) for collection in collections) == 45


def test_class_names(view: Any) -> None:
    """No class of the client has a name that a generator made up."""
    data = parse(view)
    names = [str(member.class_info.name) for member in [*data.models, *data.enums]]
    assert len(names) > 50
    assert [
        name for name in names if re.search(r"Type\d|Item$|Body$|Harness[A-Z]\w+Module", name)
    ] == []


@pytest.mark.parametrize("path", CODEGEN, ids=lambda path: path.name)
def test_codegen_overlays_are_needed(path: Path) -> None:
    """Without any one of them the generator warns, or names something as it should not."""
    overlays = [read_overlay(other) for other in FILES if other != path]
    data = parse(apply_overlays(read_document(SPEC), overlays).value)
    names = " ".join(str(model.class_info.name) for model in data.models)
    assert warnings(data) or "Type0" in names


def test_codegen_view_changes_no_names(effective: Any, view: Any) -> None:
    """The codegen view differs in how things are said: operations and schemas stay the same."""
    assert set(view["components"]["schemas"]) == set(effective["components"]["schemas"])
    assert list(view["paths"]) == list(effective["paths"])
    kept = [
        [node for location, node in nodes(state["paths"]) if location[-1:] == ("operationId",)]
        for state in (view, effective)
    ]
    assert kept[0] == kept[1]
