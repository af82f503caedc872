"""What the benchmarks ask of a comparison: twelve edits of a large upstream document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.twelve_edits import EDITS, count_told, edit_twelve_times
from pipeline.cli import main
from pipeline.document import read_document
from pipeline.yaml_writer import render_yaml


def test_each_edit_is_told_once(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is one change for each edit, which the benchmark recognises, and nothing else."""
    edited = tmp_path / "edited.yaml"
    edited.write_text(render_yaml(edit_twelve_times(read_document(corpus).value)), "utf-8")
    assert main(["diff", str(corpus), str(edited), "--format", "json"]) == 1
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert len(changes) == len(EDITS)
    assert count_told(changes) == len(EDITS)
    assert {one["severity"] for one in changes} == {"breaking", "dangerous", "compatible"}
