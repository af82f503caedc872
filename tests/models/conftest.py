"""The generated packages that the tests of models use."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def models() -> ModuleType:
    """The models of the published client."""
    return importlib.import_module("harness_nextgen.models")


@pytest.fixture(scope="session")
def shelf() -> Iterator[ModuleType]:
    """The models of the golden document, which has a field of each kind."""
    folder = str(ROOT / "tests" / "pipeline" / "golden" / "generated")
    sys.path.insert(0, folder)
    yield importlib.import_module("shelf.models")
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]
