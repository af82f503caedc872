"""Measure, and print a table: ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.rows import (
    ROOT,
    Row,
    compare_apply,
    compare_regeneration,
    measure_growth,
    path_with_tools,
)

_PEERS = ("openapi-python-client", "oas-patch", "ruff")


def main() -> int:
    """Measure and print; exit 1 with ``--strict`` when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--corpus", type=Path, metavar="FILE", help="the Harness Code document")
    parser.add_argument("--repeat", type=int, default=5, help="turns for each (default: 5)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is missed")
    options = parser.parse_args()
    os.environ["PATH"] = path_with_tools()
    print(f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, {_describe_machine()}\n")
    print("| what | ours | theirs | value | at most | holds |\n|---|---|---|---|---|---|")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(options.corpus, Path(folder), options.repeat):
            missed += not row.holds
            print(
                f"| {row.what} | {row.ours} | {row.theirs} | {row.value:.2f} | {row.limit:g} "
                f"| {'yes' if row.holds else 'NO'} |",
                flush=True,
            )
    if options.corpus is None:
        print("\nleft out, for want of --corpus FILE: the rows on the Harness Code document")
    if missed:
        print(f"\n{missed} of the limits missed")
    return 1 if missed and options.strict else 0


def measure(corpus: Path | None, folder: Path, repetitions: int) -> Iterator[Row]:
    """Measure everything, each in a folder of its own."""
    names = ("own", "corpus", "apply", "growth")
    own, code, apply, growth = (folder / name for name in names)
    for part in (own, code, apply, growth):
        part.mkdir()
    spec, overlays = ROOT / "spec/openapi.yaml", ROOT / "overlays"
    yield from compare_regeneration("own spec", spec, overlays, 1.25, own, repetitions, 0.35)
    if corpus is not None:
        corpus = corpus.resolve()
        overlays = ROOT / "tests/pipeline/corpus/harness-code/overlays"
        yield from compare_regeneration("Harness Code", corpus, overlays, 1.0, code, repetitions)
        yield from compare_apply(corpus, apply, repetitions)
    yield from measure_growth(growth, repetitions)


def _describe_machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _PEERS)
    return (
        f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {versions}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
