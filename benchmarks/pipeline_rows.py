"""The measurements of the pipeline, one function for each group of rows of the table."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Command, measure_memory, time_alternately
from benchmarks.row import ROOT, Row, compare
from benchmarks.synthetic import synthesize
from pipeline.document import DEFAULT_MAX_BYTES, read_document, render_json
from pipeline.effective import correct, find_overlays
from pipeline.values import Json
from pipeline.yaml_writer import render_yaml

_BIN = Path(sys.executable).parent
_PIPELINE = (sys.executable, "-m", "pipeline")


def measure_pipeline(corpus: Path | None, folder: Path, repetitions: int) -> Iterator[Row | str]:
    """Measure everything about the pipeline; a text says what is left out, and why."""
    names = ("own", "corpus", "apply", "growth")
    own, code, apply, growth = (folder / name for name in names)
    for part in (own, code, apply, growth):
        part.mkdir()
    spec, overlays = ROOT / "spec/openapi.yaml", ROOT / "overlays"
    yield from compare_regeneration("own spec", spec, overlays, 1.25, own, repetitions, 0.35)
    if corpus is None:
        yield "the rows on the Harness Code document, for want of --corpus FILE"
    else:
        corpus = corpus.resolve()
        overlays = ROOT / "tests/pipeline/corpus/harness-code/overlays"
        yield from compare_regeneration("Harness Code", corpus, overlays, 1.0, code, repetitions)
        yield from compare_apply(corpus, apply, repetitions)
    yield from measure_growth(growth, repetitions)


def compare_regeneration(
    title: str,
    spec: Path,
    overlays: Path,
    limit: float,
    folder: Path,
    repetitions: int,
    limit_unchanged: float | None = None,
) -> Iterator[Row]:
    """Compare a whole regeneration with the stock generator on what the overlays make.

    The stock generator gets the codegen view, so that it has no more to warn of than we have.
    """
    view = folder / "view.yaml"
    view.write_text(render_yaml(_view(spec, overlays)), encoding="utf-8")
    output, stock = folder / "ours", folder / "stock"
    arguments = ("--spec", str(spec), "--overlays", str(overlays), "--output", str(output))
    ours = Command((*_PIPELINE, "regenerate", *arguments), ROOT, lambda: _remove(output))
    theirs = Command(
        (
            str(_BIN / "openapi-python-client"), "generate", "--path", str(view),
            "--meta", "none", "--output-path", str(stock),
        ),
        folder,
        lambda: _remove(stock),
    )  # fmt: skip
    mine, peer = time_alternately([ours, theirs], repetitions)
    yield compare(f"regenerate, {title}, to stock generate", mine, peer, limit)
    if limit_unchanged is not None:
        again = Command(ours.arguments, ROOT)
        unchanged, peer = time_alternately([again, theirs], repetitions)
        yield compare("the same, nothing changed", unchanged, peer, limit_unchanged)


def compare_apply(spec: Path, folder: Path, repetitions: int) -> Iterator[Row]:
    """Compare the application of ten actions with oas-patch's."""
    overlay = folder / "ten.overlay.yaml"
    overlay.write_text(render_yaml(_ten_actions(read_document(spec).value)), encoding="utf-8")
    out = str(folder / "applied.yaml")
    ours = Command((*_PIPELINE, "overlay", "apply", str(spec), str(overlay), "-o", out), ROOT)
    theirs = Command(
        (str(_BIN / "oas-patch"), "overlay", str(spec), str(overlay), "-o", out), folder
    )
    mine, peer = time_alternately([ours, theirs], repetitions)
    yield compare("overlay apply, ten actions, to oas-patch", mine, peer, 0.25)


def measure_growth(folder: Path, repetitions: int) -> Iterator[Row]:
    """Measure how time and memory grow from 450 operations to 4,500."""
    commands: list[Command] = []
    for count in (450, 4500):
        spec, output = folder / f"{count}.json", folder / f"out-{count}"
        spec.write_text(render_json(synthesize(count)), encoding="utf-8")
        arguments = ("--spec", str(spec), "--output", str(output), "--package", "synthetic")
        commands.append(
            Command(
                (*_PIPELINE, "regenerate", *arguments),
                ROOT,
                lambda output=output: _remove(output),  # type: ignore[misc]
            )
        )
    small, large = time_alternately(commands, max(2, repetitions // 2))
    _, peak = measure_memory(commands[1])
    power = math.log10(large / small)
    yield Row(
        "4,500 operations to 450, power of growth", f"{large:.2f} s", f"{small:.2f} s", power, 1.1
    )
    yield Row("4,500 operations, peak memory in GB", f"{peak / 1e9:.2f} GB", "", peak / 1e9, 1.0)


def _view(spec: Path, overlays: Path) -> Json:
    files = find_overlays(overlays)
    paths = [*files.corrections, *files.codegen]
    return correct(read_document(spec), paths, max_bytes=DEFAULT_MAX_BYTES).value


def _ten_actions(value: Json) -> Json:
    """Write an overlay of ten actions: on the document, on all operations and on single ones."""
    paths = list(value["paths"])[:6]
    actions: list[Json] = [
        {"target": "$.info", "update": {"x-reviewed": True}},
        {"target": "$.paths.*.get", "update": {"x-reviewed": True}},
        {"target": "$.paths.*.post", "update": {"x-reviewed": True}},
        {"target": "$.servers", "remove": True},
    ]
    actions += [{"target": f"$.paths['{path}']", "update": {"x-team": "a"}} for path in paths]
    return {"overlay": "1.0.0", "info": {"title": "Ten", "version": "1"}, "actions": actions}


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def path_with_tools() -> str:
    """Return a PATH on which the tools of this environment come first, as stock hooks need."""
    return f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"
