"""What ``redocly diff`` says of the pairs of ``tests/diff/pairs/``, against their labels.

It knows three verdicts, we four. What is compatible and what is no change at all do callers no
harm, and count as the same. What we call dangerous is between: both of its words are taken for it.
All else that differs stands in ``redocly-differences.yaml`` with a reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.document import read_document
from tests.diff.reading import Step, list_steps, read_pairs

PACKAGE = "@redocly/cli@2.77.0"
PROGRAMS = ("node", "npm")
DIFFERENCES = Path(__file__).parent / "redocly-differences.yaml"
_DRIVER = Path(__file__).parent / "redocly.mjs"
_CLI = Path("node_modules/@redocly/cli/lib/index.js")
_AT_ONCE = 2
_IN_ONE_PROCESS = 200
"""Each keeps about a megabyte."""
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def list_absent() -> list[str]:
    """List the programs that are needed and not on the PATH."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def install_redocly(folder: Path) -> None:
    """Install redocly into a folder of its own; CalledProcessError where npm cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder))
    subprocess.run(
        ["npm", "install", *options, PACKAGE], check=True, capture_output=True, text=True
    )


def compare_verdicts(folder: Path) -> list[str]:
    """Return a line for each difference without a reason, and each reason without a difference."""
    steps = list_steps(read_pairs())
    with TemporaryDirectory() as work:
        said = ask_redocly(folder, steps, Path(work))
    known = read_differences()
    print(f"{PACKAGE}: {len(steps)} comparisons, {len(known)} known differences")
    return find_faults(steps, said, known)


def ask_redocly(folder: Path, steps: list[Step], work: Path) -> dict[str, str]:
    """Return redocly's verdict by the name of the step; one that it gives none for is left out."""
    outputs: dict[str, Path] = {}
    tasks: list[list[str]] = []
    for number, step in enumerate(steps):
        old, new, output = (work / f"{number}-{part}.json" for part in ("old", "new", "said"))
        old.write_text(step.old.text, encoding="utf-8")
        new.write_text(step.new.text, encoding="utf-8")
        outputs[step.name] = output
        tasks.append([str(old), str(new), str(output)])
    batches: list[Path] = []
    for start in range(0, len(tasks), _IN_ONE_PROCESS):
        batch = work / f"tasks-{start}.json"
        batch.write_text(json.dumps(tasks[start : start + _IN_ONE_PROCESS]), encoding="utf-8")
        batches.append(batch)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda batch: _run_driver(folder / _CLI, batch, work), batches))
    return {
        name: read_verdict(json.loads(output.read_bytes()))
        for name, output in outputs.items()
        if output.exists()
    }


def _run_driver(cli: Path, tasks: Path, work: Path) -> None:
    # The folder has no configuration of redocly's.
    subprocess.run(
        ["node", str(_DRIVER), str(cli), str(tasks)],
        check=False,
        cwd=work,
        env={**os.environ, **_QUIET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def read_verdict(report: Mapping[str, Any]) -> str:
    """Translate the bump that a report asks for."""
    if not report["changes"]:
        return "none"
    return "breaking" if report["bump"] == "major" else "compatible"


def read_differences(path: Path = DIFFERENCES) -> dict[str, str]:
    """Read what redocly says otherwise, by the name of the step."""
    known: dict[str, str] = {}
    for group in read_document(path).value:
        for name in group["steps"]:
            if name in known:
                raise ValueError(f"{path.name}: {name!r} stands there twice")
            known[name] = group["says"]
    return known


def find_faults(
    steps: Iterable[Step], said: Mapping[str, str], known: Mapping[str, str]
) -> list[str]:
    """List what the known differences do not explain, and those that there are no more."""
    faults: list[str] = []
    left = dict(known)
    for step in steps:
        verdict = said.get(step.name)
        expected = left.pop(step.name, None)
        if verdict is None:
            faults.append(f"{step.name}: redocly ended without a verdict")
        elif _agree(step.verdict, verdict):
            if expected is not None:
                faults.append(f"{step.name}: redocly agrees now: remove the difference")
        elif expected is None:
            message = f"redocly says {verdict}, we {step.verdict}: correct the label or say why"
            faults.append(f"{step.name}: {message}")
        elif not _agree(expected, verdict):
            faults.append(f"{step.name}: redocly says {verdict}, the difference {expected}")
    return faults + [f"{name}: there is no such step: remove the difference" for name in left]


def _agree(ours: str, theirs: str) -> bool:
    return ours == "dangerous" or (ours == "breaking") == (theirs == "breaking")
