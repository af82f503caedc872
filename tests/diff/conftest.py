"""What the tests of the comparison share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages are made, each once."""
    return tmp_path_factory.mktemp("clients")
