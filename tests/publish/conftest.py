"""One build, which the tests of a run share: none of them writes to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.publish.distributions import Distributions
from tests.publish.project import build, write_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project in a repository of its own."""
    return write_project(tmp_path_factory.mktemp("project") / "project")


@pytest.fixture(scope="session")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """What is built from it."""
    return build(project, tmp_path_factory.mktemp("built"))
