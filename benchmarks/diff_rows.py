"""The measurements of the comparison of two documents, each a whole process."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Command, run, time_alternately
from benchmarks.row import ROOT, Row, compare, show_seconds
from benchmarks.twelve_edits import EDITS, count_told, edit_twelve_times
from pipeline.document import read_document
from pipeline.faults import DOES_NOT_HOLD
from pipeline.yaml_writer import render_yaml

_REDOCLY = "@redocly/cli@2.77.0"
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
"""Without these it asks other hosts, which would be measured along."""


def measure_diff(corpus: Path | None, folder: Path, repetitions: int) -> Iterator[Row | str]:
    """Compare the Harness Code document with an edited copy; a text says what is left out."""
    if corpus is None:
        yield "the rows on the comparison of documents, for want of --corpus FILE"
        return
    old, new = corpus.resolve(), folder / "edited.yaml"
    new.write_text(render_yaml(edit_twelve_times(read_document(old).value)), encoding="utf-8")
    states = ("diff", str(old), str(new))
    ours = Command((sys.executable, "-m", "pipeline", *states), ROOT, code=DOES_NOT_HOLD)
    specshift = Command(
        (str(Path(sys.executable).with_name("specshift")), *states, "--fail-on", "none"), folder
    )
    peers = {"specshift": specshift}
    if redocly := os.environ.get("REDOCLY") or shutil.which("redocly"):
        arguments = (redocly, *states, "--fail-on", "none")
        peers = {"redocly": Command(arguments, folder, variables=_QUIET), **peers}
    else:
        yield f"the row on redocly: npm install {_REDOCLY}, and name its command in REDOCLY"
    yield from compare_diffs(ours, peers, repetitions)


def compare_diffs(ours: Command, peers: dict[str, Command], repetitions: int) -> Iterator[Row]:
    """Compare our comparison with others, of which each must tell what was edited."""
    told = {name: count_told(_find(one)) for name, one in {"ours": ours, **peers}.items()}
    for name, count in told.items():
        # Specshift passes over descriptions.
        if count < len(EDITS) - (name == "specshift"):
            raise SystemExit(f"{name} tells {count} of {len(EDITS)} edits: that is no comparison")
    mine, *others = time_alternately([ours, *peers.values()], repetitions)
    yield Row("diff, twelve edits, in seconds", show_seconds(mine), "", mine, 0.5)
    for name, theirs in zip(peers, others, strict=True):
        what = f"diff, twelve edits, to {name}, which tells {told[name]}"
        yield compare(what, mine, theirs, _LIMITS[name])


_LIMITS = {"redocly": 0.74, "specshift": 0.42}
"""What half a second is to their times on an idle machine with two cores."""


def _find(command: Command) -> list[object]:
    """Return what a tool finds; all of them list it as ``changes``."""
    arguments = (*command.arguments, "--format", "json")
    found: list[object] = json.loads(run(replace(command, arguments=arguments)))["changes"]
    return found
