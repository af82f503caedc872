"""The three states of the specification: as published, as corrected, as the generator sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.document import read_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import read_overlay
from tests.spec.walk import OVERLAYS, SPEC


def corrected(*folders: Path) -> Any:
    """Apply the overlays of some folders, in the order of their names, strictly."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.overlay.yaml"))]
    overlays = [read_overlay(path) for path in paths]
    return apply_overlays(read_document(SPEC), overlays, strict=True).value


@pytest.fixture(scope="session")
def published() -> Any:
    """What Harness publishes."""
    return read_document(SPEC).value


@pytest.fixture(scope="session")
def effective() -> Any:
    """What is true."""
    return corrected(OVERLAYS)


@pytest.fixture(scope="session")
def view() -> Any:
    """What the generator gets."""
    return corrected(OVERLAYS, OVERLAYS / "codegen")
