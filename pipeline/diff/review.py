"""Gather all that a review needs to know of what lies between two states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.diff.change import Change, Coverage, LedgerEntry, Report, Version
from pipeline.diff.compare import find_changes, sort_changes
from pipeline.diff.states import BASELINE, State, open_project, open_release
from pipeline.faults import DoesNotHold, Fault, Place

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
        judge_against_release(new.root, new, changes, old),
        judge_overlays(old, new),
        measure_coverage(new),
    )


def list_changes(old: State, new: State, tell: Tell) -> list[Change]:
    """Return every change between two states, with its cause, the worst first."""
    changes = find_changes(old.document, new.document)
    if old.source is not None and new.corrections is not None:
        # Bare documents have no causes, and the overlay engine takes as long as comparing them.
        from pipeline.diff.causes import name_causes

        changes = name_causes(changes, old, new)
    if old.source is None or new.source is None:
        return changes  # a bare document has no client
    tell("compare the Python surfaces")
    surface, other = old.read_python_surface(), new.read_python_surface()
    if surface is None or other is None:
        return changes
    from pipeline.diff.join import join_python
    from pipeline.diff.python.changes import compare_python
    from pipeline.diff.python.surface import name_methods

    python, methods = compare_python(surface, other), name_methods(surface, other)
    return sort_changes(join_python(changes, python, methods))


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
        tuple(dict.fromkeys(str(state.name_fault(one.fault)) for one in failures)),
    )


def judge_against_release(
    root: Path | None, new: State, changes: Sequence[Change], old: State
) -> Version | None:
    """Compute the version that a state takes after the last release of the project at ``root``.

    Before the first release, ``changes`` and the version of the old state stand in for it. None
    where there is no version to judge.
    """
    if new.version is None:
        return None
    from pipeline.diff.version import judge_version

    if root is not None and (root / BASELINE).is_dir():
        release = open_release(root)
        changes = list_changes(release, new, _say_nothing)
        return judge_version(changes, release.version, new.version)
    if old.version is None:
        return None
    return judge_version(changes, old.version, new.version)


def check_declared_version(root: Path) -> Version | None:
    """Fail when a project declares a lower version than what changed since its last release takes.

    Returns None before the first release. Raises DoesNotHold for that, and for a tag of a release
    that is not the one that is kept; a tag only confirms it.
    """
    from pipeline.contract.generations import find_release
    from pipeline.diff.version import check_version_declared, parse_version

    if not (root / BASELINE).is_dir():
        return None
    release, state = open_release(root), open_project(root, ".")
    if release.version is None or state.version is None:
        return None
    tag = find_release(root)
    if tag and parse_version(tag) > parse_version(release.version):
        message = f"holds {release.version}, and {tag} is tagged: keep that release there, too"
        raise DoesNotHold(Fault(Place(BASELINE), message))
    version = judge_against_release(root, state, [], release)
    if version is not None:
        check_version_declared(version, Place("pyproject.toml"))
    return version


def _say_nothing(stage: str) -> None:
    """Tell nobody."""


def judge_overlays(old: State, new: State) -> list[LedgerEntry]:
    """Say what each overlay action of the new state is worth over its upstream document."""
    if old.source is None or new.source is None or new.corrections is None:
        return []
    from pipeline.overlay.ledger import judge_actions

    return judge_actions(old.source, new.source, [*new.corrections, *new.codegen])
