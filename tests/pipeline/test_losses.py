"""Nothing of a document is lost without a word: each loss names its operation and a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import generator
from pipeline.faults import BadInput
from tests.pipeline.small import document, run, write_project

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
