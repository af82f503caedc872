"""A server that replays, and the client that calls it, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import harness_nextgen
import pytest

from pipeline.contract.calling import MODES, Caller
from pipeline.contract.replay import Replay, replay


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
