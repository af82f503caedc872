"""Would the fixtures notice? Change the spec in one place, make the client anew, and hold both.

Each mutant is judged twice: by the checks against the changed spec (a, b, f), and by those against
the client that is made of it (c, d, e, f). It is killed when either notices. Of a client only the
operations that the change reaches are made, a few at a time, until one of them notices.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.contract.calling import Caller
from pipeline.contract.checks import (
    Failure,
    check_by_client,
    check_by_spec,
    check_models,
    check_shared_answer,
    list_conversations,
)
from pipeline.contract.contract import pick_calls
from pipeline.contract.description import Description
from pipeline.contract.fixture import read_fixtures
from pipeline.contract.forms import require_form
from pipeline.contract.mutants import Mutant, list_mutants
from pipeline.contract.rendering import forget_client, import_client, render_client
from pipeline.contract.replay import replay
from pipeline.document import DEFAULT_MAX_BYTES, read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.overlay.read import read_overlay

_AT_ONCE = 3
"""Operations that are rendered together."""

_EXCUSES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["kind", "where", "reason"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string"},
            "where": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "reason": {"type": "string", "minLength": 20},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a mutant fared; a text is the first check that noticed it, or that it is refused."""

    mutant: Mutant
    by_spec: str | None
    by_client: str | None

    @property
    def is_killed(self) -> bool:
        """Whether anything noticed."""
        return self.by_spec is not None or self.by_client is not None


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that mutants are made of and held to."""

    spec: Path
    codegen: tuple[Path, ...]
    """The overlays that make the generator's view."""
    fixtures: Path


class Judge:
    """Judges mutants one by one; close it after use."""

    def __init__(self, sources: Sources) -> None:
        self._effective = read_document(sources.spec).value
        self._codegen = [
            read_overlay(path, max_bytes=DEFAULT_MAX_BYTES) for path in sources.codegen
        ]
        self._fixtures = read_fixtures(sources.fixtures)
        self._shared = [one for one in self._fixtures if one.shared_by]
        self._conversations = list_conversations(self._fixtures)
        self._calls = pick_calls(self._conversations)
        self._stack = ExitStack()
        self._server = self._stack.enter_context(replay())
        # Of no use before a client is made.
        self._caller = self._stack.enter_context(Caller(ModuleType("none"), "sync"))
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory("-mutants")))
        self._numbers = count(1)
        self.mutants = list_mutants(self._effective)

    def close(self) -> None:
        """Stop the server and remove the clients."""
        self._stack.close()

    def judge(self, mutant: Mutant) -> Verdict:
        """Tell what notices a mutant."""
        changed = mutant.change(self._effective)
        by_spec = next(self._check_spec(changed, mutant), None)
        return Verdict(mutant, _show(by_spec), self._judge_client(changed, mutant))

    def _check_spec(self, changed: object, mutant: Mutant) -> Iterator[Failure]:
        description = Description(changed)
        for one in self._fixtures:
            if one.operation_id in mutant.operations:
                yield from check_by_spec(description, one, set(), mutant.operations)
        for one in self._shared:
            if one.operation_id not in mutant.operations:
                yield from check_by_spec(description, one, set(), mutant.operations)

    def _judge_client(self, changed: object, mutant: Mutant) -> str | None:
        description = Description(changed)
        for operations in _batch(mutant.operations):
            package = f"mutant_{os.getpid()}_{next(self._numbers)}"
            try:
                render_client(changed, self._codegen, operations, self._folder, package)
            except BadInput as error:
                return f"the pipeline refuses it: {error.faults[0].message}"
            try:
                client = import_client(self._folder, package)
                found = next(self._check_client(client, description, set(operations)), None)
            finally:
                forget_client(package)
                shutil.rmtree(self._folder / package, ignore_errors=True)
            if found is not None:
                return _show(found)
        return None

    def _check_client(
        self, client: ModuleType, description: Description, operations: set[str]
    ) -> Iterator[Failure]:
        self._caller.use(client)
        for one in self._conversations:
            if one.first.operation_id in operations:
                yield from check_by_client(self._caller, self._server, one)
                for fixture in one.fixtures:
                    yield from check_models(client, description, fixture)
        for error in self._shared:
            for name in operations & self._calls.keys():
                operation = description.operations[name]
                if operation.path.startswith(str(error.shared_by)):
                    yield from check_shared_answer(
                        self._caller, self._server, error, self._calls[name]
                    )


@dataclass(frozen=True, slots=True)
class Excuse:
    """A mutant that nothing can tell from the spec, and why; those of one reason are a class."""

    label: str
    """The label of one mutant of the class."""
    reason: str
    fault: Fault
    """What to say when that mutant is killed."""


def read_excuses(path: Path) -> list[Excuse]:
    """Read the classes of mutants that may survive. Raises BadInput."""
    if not path.is_file():
        return []
    document = read_document(path)
    require_form(document, _EXCUSES)
    return [
        Excuse(
            f"{one['kind']} {name}",
            f"{one['kind']}: {one['reason']}",
            document.fault(
                (position, "where", number), f"{name}: no such mutant survives: remove it here"
            ),
        )
        for position, one in enumerate(document.value)
        for number, name in enumerate(one["where"])
    ]


def pick_sample(mutants: Sequence[Mutant], size: int) -> list[Mutant]:
    """Pick mutants evenly from all kinds: always the same."""
    return [mutants[number * len(mutants) // size] for number in range(min(size, len(mutants)))]


def judge_all(
    sources: Sources, jobs: int, tell: Callable[[str], None], size: int | None = None
) -> list[Verdict]:
    """Judge all mutants, or a sample of some size, in so many processes."""
    mutants = list_mutants(read_document(sources.spec).value)
    numbers = list(range(len(mutants)))
    if size is not None:
        places = {one.label: number for number, one in enumerate(mutants)}
        numbers = [places[one.label] for one in pick_sample(mutants, size)]
    verdicts: list[Verdict] = []
    # Not forked: this process may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (sources,)) as pool:
        for verdict in pool.map(_judge, numbers, chunksize=8):
            verdicts.append(verdict)
            if len(verdicts) % 50 == 0:
                tell(f"judge {len(verdicts)} of {len(numbers)} mutants")
    return verdicts


_judges: list[Judge] = []


def _start(sources: Sources) -> None:
    _judges.append(Judge(sources))


def _judge(number: int) -> Verdict:
    judge = _judges[0]
    return judge.judge(judge.mutants[number])


def draw_table(verdicts: Iterable[Verdict]) -> str:
    """Draw a table of the mutants by kind: how many there are, and what noticed them."""
    counts: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, None] = {}
    for one in verdicts:
        kinds[one.mutant.kind] = None
        counts[one.mutant.kind, "mutants"] += 1
        counts[one.mutant.kind, "killed"] += one.is_killed
        counts[one.mutant.kind, "by spec"] += one.by_spec is not None
        counts[one.mutant.kind, "by client"] += one.by_client is not None
    columns = ("mutants", "killed", "by spec", "by client")
    width = max(map(len, kinds), default=0)
    lines = [" ".join(["".ljust(width), *(one.rjust(9) for one in columns)])]
    for kind in kinds:
        numbers = [str(counts[kind, column]).rjust(9) for column in columns]
        lines.append(" ".join([kind.ljust(width), *numbers]))
    totals = [str(sum(counts[kind, column] for kind in kinds)).rjust(9) for column in columns]
    lines.append(" ".join(["all".ljust(width), *totals]))
    return "\n".join(lines)


def list_survivors(
    verdicts: list[Verdict], excuses: list[Excuse], place: Place, *, whole: bool
) -> tuple[Counter[str], list[Fault]]:
    """Count the survivors by reason, and list those without one; with ``whole``, idle reasons."""
    by_reason: Counter[str] = Counter()
    faults: list[Fault] = []
    by_label = {one.label: one for one in excuses}
    survived: set[str] = set()
    for one in verdicts:
        if one.is_killed:
            continue
        survived.add(one.mutant.label)
        excuse = by_label.get(one.mutant.label)
        if excuse is None:
            message = f"survives: {one.mutant.label}: record an exchange that tells it apart"
            faults.append(Fault(place, message))
        else:
            by_reason[excuse.reason] += 1
    if whole:
        faults += [one.fault for one in excuses if one.label not in survived]
    return by_reason, faults


def _batch(operations: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sorted(operations))
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _show(failure: Failure | None) -> str | None:
    return None if failure is None else f"{failure.fixture.name}: ({failure.check}) {failure.mark}"
