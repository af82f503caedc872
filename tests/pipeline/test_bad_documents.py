"""Each folder of ``bad/`` is a project that is refused, with the exact lines that say why."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from tests.pipeline.small import digest, document, run, write_project

CASES = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=[path.name for path in CASES])
def test_project_is_refused(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said names file, line and column; no file is written, no network is asked."""

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    project = tmp_path / "project"
    shutil.copytree(case, project)
    monkeypatch.chdir(project)
    before = digest(project)
    options = ["--spec", "openapi.yaml", "--output", "out"]
    if Path("overlays").is_dir():
        options += ["--overlays", "overlays"]
    assert main(["regenerate", *options]) == 2
    captured = capsys.readouterr()
    said = [line for line in captured.err.splitlines() if not line.endswith(" …")]
    assert said == Path("expected.txt").read_text(encoding="utf-8").splitlines()
    assert captured.out == ""
    assert digest(project) == before
    assert sorted(path.name for path in project.glob("*out*")) == []


@pytest.mark.parametrize("name", ["parameters", "pathItems", "requestBody", "responses"])
def test_property_named_like_a_keyword_is_taken(tmp_path: Path, name: str) -> None:
    """A property may have the name of a member of OpenAPI and refer to any schema."""
    value = document()
    reference = {"$ref": "#/components/schemas/Part"}
    schemas = value["components"]["schemas"]
    schemas["Part"] = {"type": "object"}
    schemas["Item"]["properties"][name] = {"type": "array", "items": reference}
    report = run(write_project(tmp_path, value))
    assert report.made is not None
    assert report.made.generated.operations == 2
