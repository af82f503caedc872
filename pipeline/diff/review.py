"""Gather all that a review needs to know of what lies between two states."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.diff.causes import name_causes
from pipeline.diff.change import Change, Coverage, LedgerEntry, Report, Version
from pipeline.diff.compare import find_changes, sort_changes
from pipeline.diff.join import join_python
from pipeline.diff.states import State

Tell = Callable[[str], None]


def review(old: State, new: State, tell: Tell) -> Report:
    """Compare two states in all that is known of both of them.

    Of projects that is the Python surface, the causes, the version, the overlays' ledger and the
    coverage of the recorded exchanges, too. ``tell`` is told each stage as it begins. Raises
    BadInput for overlays, fixtures or a package that cannot be read.
    """
    tell("compare the documents")
    changes = list_changes(old, new, tell)
    return Report(
        old.name,
        new.name,
        changes,
        _judge_version(changes, old, new),
        _judge_overlays(old, new),
        measure_coverage(new),
    )


def list_changes(old: State, new: State, tell: Tell) -> list[Change]:
    """Return every change between two states, with its cause, the worst first."""
    changes = name_causes(find_changes(old.document, new.document), old, new)
    if (old.root is None and old.source is None) or new.root is None:
        return changes
    tell("compare the Python surfaces")
    surface, other = old.read_python_surface(), new.read_python_surface()
    if surface is None or other is None:
        return changes
    from pipeline.diff.python_changes import compare_python

    return sort_changes(join_python(changes, compare_python(surface, other)))


def measure_coverage(state: State) -> Coverage | None:
    """Return how much of a project's effective spec its recorded exchanges show."""
    folder = state.root and state.root / "tests/fixtures"
    if folder is None or not folder.is_dir():
        return None
    from pipeline.contract.checks import check_by_spec
    from pipeline.contract.coverage import cover, read_excuses
    from pipeline.contract.description import Description
    from pipeline.contract.fixture import UNCOVERED, read_fixtures
    from pipeline.contract.schemas import Part

    description = Description(state.document.value)
    fixtures = read_fixtures(folder)
    touched: set[Part] = set()
    failures = [failure for one in fixtures for failure in check_by_spec(description, one, touched)]
    covered = cover(description, fixtures, touched, read_excuses(folder / UNCOVERED))
    return Coverage(
        covered.parts - covered.excused - len(covered.missing),
        covered.parts,
        len(fixtures),
        tuple(dict.fromkeys(str(one.fault) for one in failures)),
    )


def _judge_version(changes: list[Change], old: State, new: State) -> Version | None:
    if old.version is None or new.version is None:
        return None
    from pipeline.diff.version import judge_version

    return judge_version(changes, old.version, new.version)


def _judge_overlays(old: State, new: State) -> list[LedgerEntry]:
    if old.source is None or new.source is None or new.corrections is None:
        return []
    from pipeline.overlay.ledger import judge_actions

    return judge_actions(old.source, new.source, [*new.corrections, *new.codegen])
