"""What scenarios are played on: a sandbox in this process, or Harness itself."""

from __future__ import annotations

import secrets
import string
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.contract.scenario import SANDBOX
from pipeline.faults import BadInput, Fault, Place

STABLE_PREFIX = "demo_"
"""What the names of a scenario begin with on the sandbox, and in every fixture."""

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
# An account and a key that stand nowhere else, so that each trace of them is one of theirs.
_ACCOUNT = "qW7rZk2LxT9vB4nMs6YpDa"
_KEY = f"pat.{_ACCOUNT}.recorder.uH3cJ8eR5gN1"


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and who asks."""

    name: str
    url: str
    key: str
    account: str
    prefix: str

    def __repr__(self) -> str:
        return f"Target({self.name!r}, {self.url!r})"


@contextmanager
def open_target(name: str) -> Generator[Target]:
    """Give a fresh sandbox, or what the environment names. Raises BadInput without either."""
    if name == SANDBOX:
        with _open_sandbox() as target:
            yield target
    else:
        yield _read_environment(name)


@contextmanager
def _open_sandbox() -> Generator[Target]:
    try:
        from harness_nextgen_sandbox.options import Options
        from harness_nextgen_sandbox.running import run_sandbox
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    with run_sandbox(Options(seed=0, clock=_BEGINNING)) as sandbox:
        yield Target(SANDBOX, sandbox.url, _KEY, _ACCOUNT, STABLE_PREFIX)


def _read_environment(name: str) -> Target:
    try:
        from harness_nextgen import Harness
        from harness_nextgen.client import VENDOR

        from harness_nextgen_runtime.errors import ConfigurationError
        from harness_nextgen_runtime.setup import find_key
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    try:
        with Harness() as client:
            key = find_key(VENDOR, None).reveal()
            return Target(name, client.base_url, key, client.account or "", _make_prefix())
    except ConfigurationError as error:
        raise BadInput(Fault(Place(f"--target {name}"), str(error))) from None


def _make_prefix() -> str:
    # Harness takes letters, digits and _ in identifiers, and no digit at their beginning.
    letters = string.ascii_lowercase + string.digits
    return f"nextgen_{''.join(secrets.choice(letters) for _ in range(10))}_"


def _missing(error: ModuleNotFoundError) -> BadInput:
    message = f"{error.name} is missing: run nox -s record, or pip install -e '.[sandbox]'"
    return BadInput(Fault(Place("record"), message))
