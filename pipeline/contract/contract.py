"""Check a client and the effective spec against all fixtures: the contract as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.contract.calling import MODES, Caller
from pipeline.contract.checks import (
    Conversation,
    Failure,
    check_by_client,
    check_by_spec,
    check_models,
    check_shared_answer,
    list_conversations,
)
from pipeline.contract.coverage import Coverage, cover, read_excuses
from pipeline.contract.description import Description
from pipeline.contract.fixture import INDEX, UNCOVERED, Fixture, read_fixtures
from pipeline.contract.forms import require_form
from pipeline.contract.forward import check_change, list_changes
from pipeline.contract.replay import Replay, replay
from pipeline.contract.schemas import Part
from pipeline.document import read_document
from pipeline.faults import Fault
from pipeline.yaml_writer import render_yaml

Tell = Callable[[str], None]

_INDEX: dict[str, Any] = {
    "type": "object",
    "required": ["spec"],
    "additionalProperties": False,
    "properties": {"spec": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}},
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run over all fixtures found."""

    fixtures: int
    exchanges: int
    """Times that a client was given a recorded answer."""
    changed: int
    """Times that it was given a changed one."""
    faults: tuple[Fault, ...]
    coverage: Coverage
    digest: str
    is_accepted: bool
    """The fixtures were last found to hold for this very spec."""


def check_contract(spec: Path, folder: Path, package: ModuleType, tell: Tell) -> Report:
    """Make all checks on all fixtures of a folder.

    ``spec`` is the effective spec, ``package`` the client that was made of it. Raises BadInput for
    a fixture, a list of exceptions or an index that cannot be read.
    """
    # An operation that has no name of ours yet is checked like any other.
    description = Description(read_document(spec).value)
    fixtures = read_fixtures(folder)
    excuses = read_excuses(folder / UNCOVERED)
    touched: set[Part] = set()
    tell(f"check {len(fixtures)} fixtures against the spec")
    failures = [failure for one in fixtures for failure in check_by_spec(description, one, touched)]
    # That an operation is gone is told of its fixtures by now; there is no more to check of them.
    present = [one for one in fixtures if one.operation_id in description.operations]
    failures += [failure for one in present for failure in check_models(package, description, one)]
    exchanges = changed = 0
    with replay() as server:
        for mode in MODES:
            tell(f"give their answers to the client ({mode})")
            with Caller(package, mode) as caller:
                for found in check_conversations(caller, server, description, present):
                    exchanges += 1
                    failures += found
        tell("give it changed answers")
        # What does not hold as it was recorded shows nothing new when it is changed.
        broken = {failure.fixture.name for failure in failures}
        with Caller(package, MODES[0]) as caller:
            for one in list_changeable(present):
                if one.name in broken:
                    continue
                for change in list_changes(description, one):
                    changed += 1
                    failures += check_change(caller, server, one, change)
    coverage = cover(description, fixtures, touched, excuses)
    digest = digest_spec(spec)
    return Report(
        len(fixtures),
        exchanges,
        changed,
        tuple(dict.fromkeys(failure.fault for failure in failures)),
        coverage,
        digest,
        read_index(folder) == digest,
    )


def check_conversations(
    caller: Caller, server: Replay, description: Description, fixtures: list[Fixture]
) -> Iterator[list[Failure]]:
    """Make every call of the fixtures, and give each shared error to every operation once."""
    conversations = list_conversations(fixtures)
    for one in conversations:
        yield list(check_by_client(caller, server, one))
    calls = pick_calls(conversations)
    for error in (one for one in fixtures if one.shared_by):
        for name, operation in description.operations.items():
            if operation.path.startswith(str(error.shared_by)) and name in calls:
                yield list(check_shared_answer(caller, server, error, calls[name]))


def pick_calls(conversations: list[Conversation]) -> dict[str, Fixture]:
    """Pick one call of each operation: the first that succeeds."""
    calls: dict[str, Fixture] = {}
    for one in conversations:
        first = one.first
        if first.response.status < 300:
            calls.setdefault(first.operation_id, first)
    return calls


def list_changeable(fixtures: list[Fixture]) -> list[Fixture]:
    """List the fixtures whose answers can be changed: those of calls of one request."""
    conversations = list_conversations(fixtures)
    alone = [one.first for one in conversations if len(one.fixtures) == 1]
    return [one for one in alone if one.call.refuses is None and not one.call.by_hand]


def digest_spec(spec: Path) -> str:
    """Return the digest of the effective spec, as the index holds it."""
    return f"sha256:{hashlib.sha256(spec.read_bytes()).hexdigest()}"


def read_index(folder: Path) -> str | None:
    """Return the digest of the spec that the fixtures were last checked against, if there is one.

    Raises BadInput.
    """
    path = folder / INDEX
    if not path.is_file():
        return None
    document = read_document(path)
    require_form(document, _INDEX)
    return str(document.value["spec"])


def write_index(folder: Path, digest: str) -> None:
    """Note the spec that the fixtures were found to hold for."""
    text = (
        "# The effective spec that the fixtures were last found to hold for; written by\n"
        f"# `nox -s contract -- --accept`.\n{render_yaml({'spec': digest})}"
    )
    (folder / INDEX).write_text(text, encoding="utf-8", newline="\n")
