"""The pytest plugin: the fixture ``harness_sandbox``.

pytest imports this module in every project that has the package installed, so it imports nothing
else before the fixture is used, and does no harm without the extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness_nextgen_sandbox import Options, Sandbox

MARKER = "harness_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    text = f"{MARKER}(**options): the options of the test's sandbox, as Options takes them"
    config.addinivalue_line("markers", text)


@pytest.fixture
def harness_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A local Harness of this test's own, on a loopback port.

    The environment of clients names it while the test runs, so that ``Harness()`` uses it.
    ``@pytest.mark.harness_sandbox(seed=50)`` chooses its options.
    """
    _require_extra()
    from harness_nextgen_sandbox.running import run_sandbox

    options = _read_options(request)
    with run_sandbox(options) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        yield sandbox


def _require_extra() -> None:
    missing = None
    try:
        import_module("harness_nextgen_sandbox.running")
    except ModuleNotFoundError as error:
        missing = error.name
    if missing:  # said outside of the handler: pytest shows what is being handled
        pytest.fail(f"{missing} is missing: pip install 'harness-nextgen[sandbox]'", pytrace=False)


def _read_options(request: pytest.FixtureRequest) -> Options:
    from harness_nextgen_sandbox import Options

    marker = request.node.get_closest_marker(MARKER)
    if marker is None:
        return Options()
    try:
        return Options(*marker.args, **marker.kwargs)
    except TypeError as error:
        fault = str(error)
    pytest.fail(f"@pytest.mark.{MARKER}: {fault}", pytrace=False)
