"""Measure, and print a table: ``python -m benchmarks --help``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.client_rows import measure_client
from benchmarks.diff_rows import measure_diff
from benchmarks.pipeline_rows import measure_pipeline, path_with_tools
from benchmarks.row import Row
from benchmarks.sandbox_rows import measure_sandbox

_PEERS = (
    "openapi-python-client", "oas-patch", "specshift", "ruff", "httpx", "pydantic", "starlette",
    "uvicorn",
)  # fmt: skip
_PARTS = ("pipeline", "diff", "client", "sandbox")


def main() -> int:
    """Measure and print; exit 1 with ``--strict`` when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "part", nargs="*", metavar="PART", help=f"of {', '.join(_PARTS)}; default: all"
    )
    parser.add_argument("--corpus", type=Path, metavar="FILE", help="the Harness Code document")
    parser.add_argument("--repeat", type=int, default=5, help="turns for each (default: 5)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is missed")
    options = parser.parse_args()
    parts = options.part or _PARTS
    if unknown := set(parts) - set(_PARTS):
        parser.error(f"there is no part {', '.join(unknown)}: say {' or '.join(_PARTS)}")
    os.environ["PATH"] = path_with_tools()
    print(f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, {_describe_machine()}\n")
    print("| what | ours | theirs | value | at most | holds |\n|---|---|---|---|---|---|")
    missed = 0
    left_out: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(parts, options.corpus, Path(folder), options.repeat):
            if isinstance(row, str):
                left_out.append(row)
                continue
            missed += not row.holds
            print(
                f"| {row.what} | {row.ours} | {row.theirs} | {row.value:.2f} | {row.limit:.3g} "
                f"| {'yes' if row.holds else 'NO'} |",
                flush=True,
            )
    for reason in left_out:
        print(f"\nleft out: {reason}")
    if missed:
        print(f"\n{missed} of the limits missed")
    return 1 if missed and options.strict else 0


def measure(
    parts: Sequence[str], corpus: Path | None, folder: Path, repetitions: int
) -> Iterator[Row | str]:
    """Measure these parts; a text says what is left out, and why."""
    if "pipeline" in parts:
        yield from measure_pipeline(corpus, folder, repetitions)
    if "diff" in parts:
        yield from measure_diff(corpus, folder, repetitions)
    if "client" in parts:
        yield from measure_client(folder, repetitions)
    if "sandbox" in parts:
        yield from measure_sandbox(repetitions)


def _describe_machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _PEERS)
    return (
        f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {versions}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
