"""This project in repositories of its own, and one build: the tests of a run share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.publish.distributions import Distributions
from tests.publish.project import build, write_project
from tests.publish.projects import copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build takes of this project, in a repository of its own."""
    return write_project(tmp_path_factory.mktemp("project") / "project")


@pytest.fixture(scope="session")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """What is built from it."""
    return build(project, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole of this project, committed; tests clone it."""
    return copy_project(tmp_path_factory.mktemp("real"))
