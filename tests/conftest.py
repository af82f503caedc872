"""Options for data that is tested against and not part of this repository.

Modules that need such data end in ``_conformance.py`` or ``_corpus.py``; they are collected only
when their option is given.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

OVERLAY_CONFORMANCE = "--overlay-conformance"
CORPUS = "--corpus"
THOROUGH = "--thorough"

# The same examples in every run, and no clock: a busy machine must not fail a test.
settings.register_profile(
    "project",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("data")
    group.addoption(
        OVERLAY_CONFORMANCE,
        type=Path,
        metavar="DIR",
        help="the cases of the Overlay standard: a folder with schema/ and compliant-sets/",
    )
    group.addoption(CORPUS, type=Path, metavar="FILE", help="a large OpenAPI document, YAML")
    group.addoption(
        THOROUGH, action="store_true", help="try every case where the tests try a fixed sample"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an option that names nothing: tests that silently do not run prove nothing."""
    folder: Path | None = config.getoption(OVERLAY_CONFORMANCE)
    if folder:
        for name in ("schema/tests", "compliant-sets"):
            if not (folder / name).is_dir():
                raise pytest.UsageError(f"{OVERLAY_CONFORMANCE}: {folder / name} is no folder")
    file: Path | None = config.getoption(CORPUS)
    if file and not file.is_file():
        raise pytest.UsageError(f"{CORPUS}: {file} is no file")


def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are processors: one waits for a server or a program."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("once") is None)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the modules whose data is not there."""
    name = collection_path.name
    absent_conformance = name.endswith("_conformance.py") and not config.getoption(
        OVERLAY_CONFORMANCE
    )
    absent_corpus = name.endswith("_corpus.py") and not config.getoption(CORPUS)
    return True if absent_conformance or absent_corpus else None


@pytest.fixture(scope="session")
def corpus(pytestconfig: pytest.Config) -> Path:
    """The file that ``--corpus`` names."""
    file: Path = pytestconfig.getoption(CORPUS)
    return file
