"""A sandbox for each module of tests, an account in it for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count

import httpx
import pytest

from harness_nextgen_sandbox import Store, open_store
from tests.sandbox.running import Asking, Running, run_sandbox

_numbers = count(1)


NewStore = Callable[[], Store]


@pytest.fixture
def new_store() -> Iterator[NewStore]:
    """Open stores in memory, which are closed after the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_store()))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    """A running sandbox."""
    with run_sandbox() as running:
        yield running


@pytest.fixture
def account() -> str:
    """An account that no other test uses."""
    return f"account{next(_numbers)}"


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, sandbox: Running, account: str) -> Iterator[Asking]:
    """The client, in either form."""
    asking = Asking(sandbox.url, account, request.param)
    yield asking
    asking.close()


@pytest.fixture
def http(sandbox: Running, account: str) -> Iterator[httpx.Client]:
    """Plain HTTP, for what the client never sends."""
    headers = {"x-api-key": f"pat.{account}.token.secret", "Harness-Account": account}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield client
