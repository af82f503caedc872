"""A sandbox for each module of tests, an account in it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.sandbox.running import Asking, Running, run_sandbox

_numbers = count(1)


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
