"""The standard's own cases, from the folder that ``--overlay-conformance`` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.document import read_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.merge import same
from pipeline.overlay.read import read_overlay
from pipeline.overlay.validate import check_overlay

EXPECTED = {"pass": 25, "fail": 42, "sets": 8}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each file or folder of the standard."""
    root: Path = metafunc.config.getoption("--overlay-conformance")
    cases = {
        "accepted": sorted(root.glob("schema/tests/*/pass/*.yaml")),
        "refused": sorted(root.glob("schema/tests/*/fail/*.yaml")),
        "compliant_set": sorted(path.parent for path in root.glob("compliant-sets/*/overlay.yaml")),
    }
    for name, paths in cases.items():
        if name in metafunc.fixturenames:
            ids = ["/".join(path.parts[-3:]) for path in paths]
            metafunc.parametrize(name, paths, ids=ids)


def test_all_cases_are_there(pytestconfig: pytest.Config) -> None:
    """The folder holds as many cases of each kind as the standard has."""
    root: Path = pytestconfig.getoption("--overlay-conformance")
    found = {
        "pass": len(list(root.glob("schema/tests/*/pass/*.yaml"))),
        "fail": len(list(root.glob("schema/tests/*/fail/*.yaml"))),
        "sets": len(list(root.glob("compliant-sets/*/overlay.yaml"))),
    }
    assert found == EXPECTED


def test_what_the_schema_accepts_has_no_fault(accepted: Path) -> None:
    """An overlay that the published schema accepts has no fault."""
    assert check_overlay(read_document(accepted)).faults == []


def test_what_the_schema_refuses_has_a_fault(refused: Path) -> None:
    """An overlay that the published schema refuses has a fault, with its line and column."""
    faults = check_overlay(read_document(refused)).faults
    assert [fault.place.line is not None for fault in faults] == [True] * max(1, len(faults))


def test_the_overlay_of_a_compliant_set_makes_its_output(compliant_set: Path) -> None:
    """Applied to the document of the set, the overlay makes the published result."""
    document = read_document(compliant_set / "openapi.yaml")
    overlay = read_overlay(compliant_set / "overlay.yaml")
    expected = read_document(compliant_set / "output.yaml").value
    assert same(apply_overlays(document, [overlay]).value, expected)
