"""Take a new upstream document from the file to a reviewed state, in one step or not at all.

The new state grows in a folder of its own: spec, overlays, client. There it is compared with the
present one, its overlays are judged and its client is held to the recorded exchanges. What it comes
to is written at the end, each file in one step.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.contract.contract import check_contract
from pipeline.contract.rendering import import_client
from pipeline.diff.change import Coverage, LedgerEntry, Report, Severity
from pipeline.diff.review import judge_against_release, list_changes
from pipeline.diff.states import State, open_project, open_state
from pipeline.document import DEFAULT_MAX_BYTES, parse_document, read_document
from pipeline.effective import find_overlays
from pipeline.faults import BadInput, Fault
from pipeline.openapi import check_version
from pipeline.output import Difference
from pipeline.overlay.ledger import judge_actions
from pipeline.overlay.read import Overlay, read_overlay
from pipeline.regenerate import Job, Placed, adopt, regenerate
from pipeline.update.fragments import name_fragments, write_fragment
from pipeline.update.selection import Gone, read_selection
from pipeline.update.upstream import take_upstream
from pipeline.writing import replace_file, require_writable

Tell = Callable[[str], None]

SPEC = "spec/openapi.yaml"
SELECTION = "spec/selection.yaml"
OVERLAYS = "overlays"
GENERATED = "generated"
RUNTIME = "src/harness_nextgen_runtime"
PACKAGE = "harness_nextgen"
FIXTURES = "tests/fixtures"
FRAGMENTS = "docs/changes"
_PRESENT = "the present state"
_COMMITTED = "HEAD"


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update found, and what it wrote."""

    report: Report
    gone: tuple[Gone, ...]
    """Selected operations that upstream has no more."""
    unworded: tuple[str, ...]
    """Pointers to what is new and has no words of ours yet."""
    written: tuple[str, ...]
    """The files and folders that were written; none in a dry run, or when nothing changed."""
    placed: Placed | None = None
    """What lay in the place of the client, where one was written."""

    @property
    def holds(self) -> bool:
        """Nothing breaks, overlays and contract still hold, and the version is high enough."""
        report = self.report
        return (
            report.verdict is not Severity.BREAKING
            and not self.gone
            and all(entry.state == "needed" for entry in report.ledger)
            and not (report.coverage and report.coverage.faults)
            and (report.version is None or report.version.holds)
        )


def update(
    root: Path, upstream: str, tell: Tell, *, dry_run: bool, max_bytes: int = DEFAULT_MAX_BYTES
) -> Updated:
    """Take the document ``upstream`` (a file, or ``-``) into the project at ``root``.

    It may have ``max_bytes``. ``tell`` is told each stage as it begins. Raises BadInput, and leaves
    every file as it was, for a document, a selection or an overlay that cannot be used, when no
    client can be made, and where a file cannot be written.
    """
    tell("read the new document")
    new_document = read_document(upstream, max_bytes=max_bytes)
    check_version(new_document)
    ours = read_document(root / SPEC)
    ours.path = SPEC
    taken = take_upstream(ours, new_document, read_selection(_show(root / SELECTION)))
    if taken.text == ours.text and not taken.gone:
        report = Report(_PRESENT, new_document.path, (), new_operations=taken.new_operations)
        return Updated(report, (), (), ())
    tell("judge the overlays")
    ledger = judge_actions(ours, parse_document(taken.text, SPEC), _read_overlays(root))
    with _open_present(root) as old, tempfile.TemporaryDirectory(prefix="update-") as name:
        stage = Path(name)
        _lay_out(root, stage, taken.text)
        tell("make the client")
        _make_client(stage, ledger, tell)
        new = open_project(stage, ".", new_document.path, strict=False)
        tell("compare with the present state")
        changes = list_changes(old, new, tell)
        report = Report(
            old.name,
            new.name,
            changes,
            judge_against_release(root, new, changes, old),
            ledger,
            _check_contract(root, stage, tell),
            taken.new_operations,
        )
        written, placed = ((), None) if dry_run else _write(root, stage, report, tell)
    return Updated(report, taken.gone, taken.unworded, written, placed)


def _read_overlays(root: Path) -> list[Overlay]:
    files = find_overlays(_show(root / OVERLAYS))
    return [read_overlay(path) for path in (*files.corrections, *files.codegen)]


@contextmanager
def _open_present(root: Path) -> Generator[State]:
    """Open the state that the new one is compared with: the present one.

    Overlays may be mended for the new document before it is taken in, and do not fit the present
    one then; what was before is the last commit.
    """
    with ExitStack() as stack:
        try:
            old = open_project(root, ".", _PRESENT)
        except BadInput as error:
            try:
                old = stack.enter_context(open_state(_COMMITTED, root))
            except BadInput:
                raise error from None
        yield old


def _lay_out(root: Path, stage: Path, spec: str) -> None:
    (stage / SPEC).parent.mkdir(parents=True)
    (stage / SPEC).write_text(spec, encoding="utf-8", newline="\n")
    shutil.copytree(root / OVERLAYS, stage / OVERLAYS)
    shutil.copytree(root / RUNTIME, stage / RUNTIME)
    shutil.copy(root / "pyproject.toml", stage)


def _make_client(stage: Path, ledger: Sequence[LedgerEntry], tell: Tell) -> None:
    """Make the client of the new state; what keeps it from being made is told with the ledger.

    The overlays' actions that do not fit any more are most often why.
    """
    job = Job(
        spec=stage / SPEC,
        overlays=stage / OVERLAYS,
        output=stage / GENERATED,
        package=PACKAGE,
        strict=False,
    )
    try:
        regenerate(job, tell)
    except BadInput as error:
        faults = [
            Fault(replace(one.place, file=_drop_folder(one.place.file, stage)), one.message)
            for one in error.faults
        ]
        faults += [
            Fault(one.place, f"{one.state}: {one.note or one.target}")
            for one in ledger
            if one.state != "needed"
        ]
        raise BadInput(*faults) from None


def _drop_folder(name: str, folder: Path) -> str:
    path = Path(name)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else name


def _check_contract(root: Path, stage: Path, tell: Tell) -> Coverage | None:
    """Hold the new client and the new spec to the recorded exchanges."""
    if not (root / FIXTURES).is_dir():
        return None
    folder = stage / GENERATED
    package = import_client(folder, PACKAGE)
    fixtures = _show(root / FIXTURES)
    found = check_contract(folder / PACKAGE / "openapi.yaml", fixtures, package, tell)
    covered = found.coverage
    return Coverage(
        covered.parts - covered.excused - len(covered.missing),
        covered.parts,
        found.fixtures,
        tuple(map(str, found.faults)),
    )


def _write(
    root: Path, stage: Path, report: Report, tell: Tell
) -> tuple[tuple[str, ...], Placed | None]:
    """Write the news for users, the new client and the spec; says what was written.

    The spec comes last: while it is the old one, the next run does all of this again. What cannot
    be written leaves nothing behind.
    """
    tell("write what is new")
    require_writable(_show(root / SPEC))
    with _write_news(root / FRAGMENTS, report) as news:
        client = adopt(stage / GENERATED, root / GENERATED)
    replace_file(root / SPEC, (stage / SPEC).read_text(encoding="utf-8"))
    names = [one.relative_to(root).as_posix() for one in news]
    package = [f"{GENERATED}/{PACKAGE}"] if _count(client.difference) else []
    return (SPEC, *package, *names), client


@contextmanager
def _write_news(folder: Path, report: Report) -> Generator[list[Path]]:
    """Write an entry for each change that users notice; takes them back if what follows fails."""
    present = set(folder.iterdir()) if folder.is_dir() else set[Path]()
    news: list[Path] = []
    try:
        for kind, text in name_fragments(report.changes):
            news.append(write_fragment(folder, text, kind))
        yield news
    except BaseException:
        for path in set(news) - present:
            path.unlink(missing_ok=True)
        raise


def _show(path: Path) -> Path:
    """Name a path as a person in the checkout would."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _count(difference: Difference) -> int:
    return len(difference.added) + len(difference.changed) + len(difference.removed)
