"""The contract across releases: the fixtures of one against the client of the other.

A program that was written with the last release meets the server of today, so the client of that
release is called as today's fixtures say; and it is to go on with today's client, so that is held
to the fixtures of that release. The last release is the newest tag ``v…`` of the repository.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipeline.contract.calling import MODES, Caller
from pipeline.contract.checks import (
    Failure,
    check_by_client,
    check_by_spec,
    check_models,
    compare,
    list_conversations,
    make_call,
)
from pipeline.contract.description import Description
from pipeline.contract.fixture import read_fixtures
from pipeline.contract.replay import replay
from pipeline.document import read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.git import lay_out, run_git

_CLIENT = ("generated/harness_nextgen", "src/harness_nextgen_runtime")
_FIXTURES = "tests/fixtures"
# A client that is older than a method, an argument or a member cannot be called with it.
_NEWER = frozenset({"AttributeError", "ConfigurationError", "TypeError", "UnmodelledArgumentError"})


# Importing the pipeline puts the runtime of this checkout first on the path; the released one goes
# before it.
_CALL = """
import sys
import pipeline
fixtures, *folders = sys.argv[1:]
sys.path[:0] = folders
from pipeline.contract.generations import main
main([fixtures])
"""


@dataclass(frozen=True, slots=True)
class Generations:
    """What came of the fixtures of one release against the client of the other."""

    release: str
    calls: int
    """Calls of today's fixtures that the released client can make."""
    newer: int
    """Calls that it cannot make yet."""
    released: int
    """Fixtures of the release that today's client was held to."""
    faults: tuple[Fault, ...]


def find_release(root: Path) -> str | None:
    """Return the newest tag of a release below the present commit; None where there is none."""
    found = run_git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    return found.decode().strip() if found else None


def compare_generations(root: Path, release: str, package: ModuleType) -> Generations:
    """Hold each client to the fixtures of the other.

    Raises BadInput when the release cannot be read.
    """
    with _check_out(root, release) as folder:
        calls, newer, faults = _check_released_client(root, folder)
        released, more = _check_released_fixtures(root, folder / _FIXTURES, package)
    return Generations(release, calls, newer, released, (*faults, *more))


def check_client(fixtures: Path) -> Iterator[tuple[bool, list[str]]]:
    """Call the client that is imported here as fixtures say.

    Yields for each call whether the client has what it needs, and what does not hold.
    """
    package = import_module("harness_nextgen")
    conversations = list_conversations(read_fixtures(fixtures))
    with replay() as server:
        for mode in MODES:
            with Caller(package, mode) as caller:
                for one in conversations:
                    if one.first.call.by_hand or one.first.call.refuses is not None:
                        continue
                    outcome, received = make_call(caller, server, one)
                    said = [
                        str(failure.fault)
                        for failure in compare(one, outcome, received)
                        if failure.check != "f"  # what is new is nothing to an older program
                    ]
                    yield outcome.refused not in _NEWER, said


def main(arguments: list[str]) -> None:
    """Check the client on the path, and write what ``check_client`` finds as JSON."""
    print(json.dumps(list(check_client(Path(arguments[0])))))


def _check_released_client(root: Path, folder: Path) -> tuple[int, int, list[Fault]]:
    # A process of its own: the released client brings its own runtime.
    path = [str(folder / Path(name).parent) for name in _CLIENT]
    done = subprocess.run(
        [sys.executable, "-c", _CALL, str(root / _FIXTURES), *path],
        cwd=root,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BadInput(Fault(Place(str(folder)), "the released client cannot be called: see above"))
    results: list[tuple[bool, list[str]]] = json.loads(done.stdout)
    known = [said for is_known, said in results if is_known]
    faults = [
        Fault(Place("the released client"), text) for said in known for text in dict.fromkeys(said)
    ]
    return len(known), len(results) - len(known), faults


def _check_released_fixtures(
    root: Path, folder: Path, package: ModuleType
) -> tuple[int, list[Fault]]:
    if not folder.is_dir():
        return 0, []
    description = Description(read_document(root / "generated/harness_nextgen/openapi.yaml").value)
    fixtures = read_fixtures(folder)
    failures: list[Failure] = []
    for one in fixtures:
        failures += check_by_spec(description, one, set())
        if one.operation_id in description.operations:
            failures += check_models(package, description, one)
    with replay() as server:
        for mode in MODES:
            with Caller(package, mode) as caller:
                for conversation in list_conversations(fixtures):
                    failures += check_by_client(caller, server, conversation)
    place = Place("a fixture of the last release")
    said = (f"{one.fixture.name}: ({one.check}) {one.mark}: {one.message}" for one in failures)
    return len(fixtures), [Fault(place, text) for text in dict.fromkeys(said)]


@contextmanager
def _check_out(root: Path, release: str) -> Generator[Path]:
    """Lay the client and the fixtures of a release out in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        lay_out(root, release, [*_CLIENT, _FIXTURES], Path(name))
        yield Path(name)
