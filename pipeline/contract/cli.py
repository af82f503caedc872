"""The commands of the contract: ``contract`` checks it, ``record`` makes its fixtures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.faults import DONE, DoesNotHold, Fault, Place
from pipeline.regenerate_cli import show_progress

if TYPE_CHECKING:
    from pipeline.contract.contract import Report
    from pipeline.contract.generations import Generations

_ROOT = Path(__file__).resolve().parents[2]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of the contract."""
    summary = "check the client and the effective spec against the recorded exchanges"
    parser = add_parser("contract", help=summary, description=summary)
    parser.add_argument(
        "--fixtures", type=Path, default=show_path("tests/fixtures"), metavar="DIR",
        help="the recorded exchanges (default: tests/fixtures)",
    )  # fmt: skip
    parser.add_argument(
        "--accept", action="store_true",
        help="note in DIR/index.yaml that the fixtures hold for this spec, if they do",
    )  # fmt: skip
    parser.add_argument(
        "--mutate", action="store_true",
        help="instead, change the spec in one place at a time, and tell which changes the "
        "exchanges notice",
    )  # fmt: skip
    parser.add_argument(
        "--sample", type=int, metavar="N", help="with --mutate: so many changes, always the same"
    )
    parser.set_defaults(func=run_contract)

    summary = "play the scenarios through the client and write what came of them as fixtures"
    parser = add_parser("record", help=summary, description=summary)
    parser.add_argument(
        "--target", choices=("sandbox", "live"), default="sandbox",
        help="a local Harness, a fresh one for each scenario, or the account that HARNESS_API_KEY, "
        "HARNESS_ACCOUNT_ID and HARNESS_BASE_URL name (default: sandbox)",
    )  # fmt: skip
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing, and tell where answers have another shape than the fixtures",
    )  # fmt: skip
    parser.add_argument(
        "--operations", nargs="+", default=[], metavar="ID",
        help="only the fixtures of these operations (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--scenarios", type=Path, default=show_path("tests/scenarios"), metavar="DIR",
        help="what to play (default: tests/scenarios)",
    )  # fmt: skip
    parser.add_argument(
        "--fixtures", type=Path, default=show_path("tests/fixtures"), metavar="DIR",
        help="where the fixtures are (default: tests/fixtures)",
    )  # fmt: skip
    parser.set_defaults(func=run_record)


def run_contract(options: argparse.Namespace) -> int:
    """Check the contract, print the coverage, and say what does not hold."""
    if options.mutate:
        return run_mutants(options)

    from pipeline.contract.contract import check_contract, write_index

    package = import_module("harness_nextgen")
    spec = _show_spec()
    with show_progress() as tell:
        report = check_contract(spec, options.fixtures, package, tell)
    print(report.coverage.table)
    print(describe(report))
    faults = list_faults(report, options.fixtures, accept=options.accept)
    with show_progress() as tell:
        generations = _compare_with_release(package, tell)
    print(describe_generations(generations))
    faults += generations.faults if generations else ()
    if faults:
        sys.stdout.flush()
        raise DoesNotHold(*faults)
    if options.accept and not report.is_accepted:
        write_index(options.fixtures, report.digest)
    return DONE


def run_mutants(options: argparse.Namespace) -> int:
    """Judge mutants of the spec, print what was noticed, and say what was not and why."""
    from pipeline.contract import mutation
    from pipeline.contract.fixture import SURVIVORS
    from pipeline.effective import find_overlays

    codegen = find_overlays(show_path("overlays")).codegen
    sources = mutation.Sources(_show_spec(), codegen, options.fixtures)
    place = options.fixtures / SURVIVORS
    excuses = mutation.read_excuses(place)
    started = time.monotonic()
    with show_progress() as tell:
        verdicts = mutation.judge_all(sources, os.cpu_count() or 1, tell, options.sample)
    reasons, faults = mutation.list_survivors(
        verdicts, excuses, Place(str(place)), whole=options.sample is None
    )
    print(mutation.draw_table(verdicts))
    for reason, number in reasons.items():
        print(f"{number} survive, {reason}")
    print(f"{len(verdicts)} mutants in {time.monotonic() - started:.0f} s")
    if faults:
        sys.stdout.flush()
        raise DoesNotHold(*faults)
    return DONE


def run_record(options: argparse.Namespace) -> int:
    """Record fixtures, or check that the target still answers as recorded."""
    from pipeline.contract import record

    job = record.Job(
        _show_spec(),
        options.scenarios,
        options.fixtures,
        options.target,
        frozenset(options.operations),
    )
    with show_progress() as tell:
        if options.check:
            drift = record.check_drift(job, tell)
            said = f"{drift.compared} fixtures compared, {drift.left_out} that no step makes here"
            faults = drift.faults
        else:
            recorded = record.record(job, tell)
            said = f"{len(recorded.written)} fixtures written, {recorded.unchanged} unchanged"
            if recorded.better:
                said += f", {recorded.better} of a better source kept"
            faults = recorded.faults
    print(said, flush=True)
    if faults:
        raise DoesNotHold(*faults)
    return DONE


def _show_spec() -> Path:
    return show_path("generated/harness_nextgen/openapi.yaml")


def _compare_with_release(package: ModuleType, tell: Callable[[str], None]) -> Generations | None:
    from pipeline.contract.generations import compare_generations, find_release

    release = find_release(_ROOT)
    if release is None:
        return None
    tell(f"compare with {release}")
    return compare_generations(_ROOT, release, package)


def describe_generations(generations: Generations | None) -> str:
    """Say what was compared with the last release."""
    if generations is None:
        return "generations: there is no release yet (no tag v…), so there is nothing to compare"
    return (
        f"generations: the client of {generations.release} was called {generations.calls} times "
        f"({generations.newer} more need what it does not have), this one was held to its "
        f"{generations.released} fixtures"
    )


def describe(report: Report) -> str:
    """Say in a few lines what was checked."""
    coverage = report.coverage
    touched = coverage.parts - coverage.excused - len(coverage.missing)
    return (
        f"{report.fixtures} fixtures: {report.exchanges} calls with their answers, "
        f"{report.changed} with changed ones\n"
        f"coverage: {touched} of {coverage.parts} parts of the spec, "
        f"{coverage.excused} left out with a reason, {len(coverage.missing)} missing"
    )


def list_faults(report: Report, folder: Path, *, accept: bool) -> list[Fault]:
    """List all that does not hold."""
    from pipeline.contract.fixture import INDEX

    faults = list(report.faults)
    faults += [
        Fault(Place(str(folder)), f"no fixture touches {part.kind} {part.name}: record one")
        for part in report.coverage.missing
    ]
    faults += [one.fault for one in report.coverage.stale]
    if not report.is_accepted and not accept and not faults:
        message = "was written for another spec: run `nox -s contract -- --accept`"
        faults.append(Fault(Place(str(folder / INDEX)), message))
    return faults


def show_path(name: str) -> Path:
    """Name a file of the checkout as a person in it would."""
    path = _ROOT / name
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
