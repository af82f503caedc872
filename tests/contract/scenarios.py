"""Write scenarios for tests, and read what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.contract.record import Job
from pipeline.yaml_writer import render_yaml
from tests.contract.exchanges import SPEC


def make_job(folder: Path, target: str = "sandbox", **options: Any) -> Job:
    """Make the job of recording the scenarios of a folder."""
    return Job(SPEC, folder / "scenarios", folder / "fixtures", target, **options)


def write_scenario(folder: Path, *steps: dict[str, Any]) -> None:
    """Write a scenario."""
    (folder / "scenarios").mkdir(exist_ok=True)
    text = render_yaml({"steps": list(steps)})
    (folder / "scenarios/one.yaml").write_text(text, encoding="utf-8")


def read_all(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
