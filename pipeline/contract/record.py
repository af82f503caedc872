"""Record fixtures from a target, or check whether the target still answers as recorded."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from pipeline.contract.description import Description
from pipeline.contract.drift import compare_shapes
from pipeline.contract.fixture import Fixture, read_fixtures
from pipeline.contract.playing import Performance, play
from pipeline.contract.scenario import read_scenarios
from pipeline.contract.targets import open_target
from pipeline.contract.writing import Made, compare_with_files, make_fixtures, write_files
from pipeline.faults import BadInput, DoesNotHold, Fault, Place

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to play where, and which fixtures it is about."""

    spec: Path
    scenarios: Path
    fixtures: Path
    target: str
    operations: frozenset[str] = frozenset()
    """Of these alone fixtures are written; of all where there are none."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording did."""

    written: tuple[Path, ...]
    unchanged: int
    better: int
    faults: tuple[Fault, ...]
    """What could not be removed again, and fixtures that no step makes."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What a check found."""

    compared: int
    left_out: int
    """Fixtures that no step of this target makes."""
    faults: tuple[Fault, ...]


def record(job: Job, tell: Tell) -> Recorded:
    """Play all scenarios and write the fixtures that changed.

    Nothing is written unless every step went as it says and no fixture holds a secret. Raises
    BadInput for scenarios that cannot be read, and DoesNotHold for steps that went otherwise.
    """
    description = Description.read(job.spec)
    _require_operations(job.operations, description)
    date = datetime.now(UTC).date().isoformat()
    made: list[Made] = []
    faults: list[Fault] = []
    left: list[Fault] = []
    for performance in _play_all(job, description, left, tell):
        faults += [played.fault for played in performance.played if played.fault]
        if faults:
            break
        for one in make_fixtures(performance, description, date):
            if isinstance(one, Fault):
                faults.append(one)
            else:
                made.append(one)
    if faults:
        raise DoesNotHold(*faults, *left)
    writing = compare_with_files(made, job.fixtures, job.target, job.operations)
    write_files(writing.changed)
    return Recorded(
        tuple(writing.changed), writing.unchanged, writing.better, (*left, *writing.strays)
    )


def check_drift(job: Job, tell: Tell) -> Drift:
    """Play all scenarios and compare the answers with the fixtures; writes nothing.

    Raises BadInput for scenarios or fixtures that cannot be read.
    """
    description = Description.read(job.spec)
    _require_operations(job.operations, description)
    known = {one.name: one for one in read_fixtures(job.fixtures)}
    faults: list[Fault] = []
    compared: set[str] = set()
    for performance in _play_all(job, description, faults, tell, go_on=True):
        for played in performance.played:
            pairs = list(zip(played.step.cases, played.exchanges, strict=False))
            pairs += [(name, played.exchanges[-1]) for name in played.step.compare
                      if played.exchanges]  # fmt: skip
            if played.fault and not any(name in known for name, _ in pairs):
                faults.append(played.fault)
            for name, (_, answer) in pairs:
                if name in known and _is_chosen(known[name], job):
                    compared.add(name)
                    faults += compare_shapes(known[name], answer)
    chosen = [one for one in known.values() if _is_chosen(one, job)]
    return Drift(len(compared), len(chosen) - len(compared), tuple(dict.fromkeys(faults)))


def _is_chosen(fixture: Fixture, job: Job) -> bool:
    return not job.operations or fixture.operation_id in job.operations


def _play_all(
    job: Job, description: Description, left: list[Fault], tell: Tell, *, go_on: bool = False
) -> Generator[Performance]:
    scenarios = read_scenarios(job.scenarios, description)
    with _stop_between_steps() as stop:
        for scenario in scenarios:
            if not scenario.list_steps(job.target):
                continue
            with open_target(job.target) as target:
                yield play(
                    scenario,
                    description,
                    target,
                    stop=stop,
                    leave=left.append,
                    go_on=go_on,
                    tell=tell,
                )


@contextmanager
def _stop_between_steps() -> Generator[Callable[[], None]]:
    """Let a first signal end the run after the step under way, so that all can be undone.

    A second one ends it at once.
    """
    asked = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def stop() -> None:
        if asked:
            raise KeyboardInterrupt

    before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _require_operations(operations: frozenset[str], description: Description) -> None:
    for name in sorted(operations - description.operations.keys()):
        near = difflib.get_close_matches(name, description.operations, n=1)
        hint = f": did you mean {near[0]}?" if near else ""
        raise BadInput(Fault(Place("--operations"), f"there is no operation {name!r}{hint}"))
