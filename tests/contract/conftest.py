"""A server that replays, the client that calls it, and a recorder of scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import harness_nextgen
import pytest

from pipeline.contract.calling import MODES, Caller
from pipeline.contract.record import Recorded, record
from pipeline.contract.replay import Replay, replay
from tests.contract.scenarios import make_job, write_scenario


@pytest.fixture(scope="session")
def server() -> Iterator[Replay]:
    """A server that gives recorded answers."""
    with replay() as running:
        yield running


@pytest.fixture(scope="session", params=MODES)
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """The published client, blocking and not."""
    with Caller(harness_nextgen, request.param) as calling:
        yield calling


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Recorded]:
    """Record one scenario of these steps into ``fixtures``."""

    def run(*steps: dict[str, Any], target: str = "sandbox", **options: Any) -> Recorded:
        write_scenario(tmp_path, *steps)
        return record(make_job(tmp_path, target, **options), lambda _: None)

    return run
