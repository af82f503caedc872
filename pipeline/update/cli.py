"""The command ``update``: take in a document that Harness publishes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.document import DEFAULT_MAX_BYTES
from pipeline.faults import DOES_NOT_HOLD, DONE, inert_line
from pipeline.regenerate_cli import describe_strays, positive

if TYPE_CHECKING:
    from pipeline.update.update import Updated

_ROOT = Path(__file__).resolve().parents[2]


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command of the update."""
    summary = "take in a new document from upstream: spec, overlays, client, contract, changes"
    parser = add_parser(
        "update",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. Writes spec/openapi.yaml, generated/ and "
        "entries for the changelog in docs/changes/, at the end and only when a client can be "
        "made. Exits 1 when a person has to act: something breaks callers, an overlay does not fit "
        "any more, the contract does not hold, or the version is too low.",
    )
    parser.add_argument("document", metavar="NEW", help="the new document, or - for standard input")
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what would come of it, and write nothing"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write what is told as Markdown, too"
    )
    parser.add_argument(
        "--max-bytes", type=positive, default=DEFAULT_MAX_BYTES, metavar="N",
        help="refuse a larger document (default: %(default)s)",
    )  # fmt: skip
    parser.set_defaults(func=run_update)


def run_update(options: argparse.Namespace) -> int:
    """Update and tell what came of it."""
    from pipeline.diff.report.forms import render
    from pipeline.regenerate_cli import show_progress
    from pipeline.update.update import update
    from pipeline.writing import replace_file, require_writable

    wants_report = bool(options.report) and not options.dry_run
    if wants_report:
        # It is written last: what keeps it from being written is told before all else is.
        require_writable(options.report)
    with show_progress() as tell:
        updated = update(
            _ROOT,
            options.document,
            tell,
            dry_run=options.dry_run,
            max_bytes=options.max_bytes,
        )
    lines = describe(updated, dry_run=options.dry_run)
    if wants_report:
        replace_file(options.report, _write_report(updated, lines))
    print(render(updated.report, "text"), end="")
    print("\n".join(lines))
    return DONE if updated.holds else DOES_NOT_HOLD


def describe(updated: Updated, *, dry_run: bool) -> list[str]:
    """Say what was written, and what a person has to do now."""
    lines = [inert_line(f"gone upstream: {one}") for one in updated.gone]
    lines += [inert_line(f"no words of ours yet: {pointer}") for pointer in updated.unworded]
    if dry_run:
        lines.append("written: nothing, as asked")
    elif updated.written:
        lines += ["written:", *(f"  {name}" for name in updated.written)]
        if updated.placed and updated.placed.aside:
            lines.append(describe_strays(updated.placed.strays, updated.placed.aside))
    else:
        lines.append("written: nothing, since nothing changed for us")
    if steps := list(_list_steps(updated, dry_run=dry_run)):
        lines += ["next:", *(f"  {step}" for step in steps)]
    return lines


def _list_steps(updated: Updated, *, dry_run: bool) -> list[str]:
    report = updated.report
    steps: list[str] = []
    if any(one.has_moved for one in updated.gone):
        if updated.written:
            steps.append(
                "take back what was written: the old spec has our words for what has moved"
            )
        steps.append("name what has moved in spec/selection.yaml, as it is now, and update again")
    if any(not one.has_moved for one in updated.gone):
        steps.append("take what is gone out of spec/selection.yaml")
    if any(entry.state != "needed" for entry in report.ledger):
        steps.append("mend the overlays that do not fit any more, then `nox -s regenerate`")
    if updated.unworded:
        steps.append("describe what is new in spec/openapi.yaml in our words")
    if report.coverage and report.coverage.faults:
        steps.append("look at what does not hold: `nox -s contract`")
    if report.version and not report.version.holds:
        steps.append(f"declare the version {report.version.demanded} in pyproject.toml")
    if updated.written or (dry_run and report.changes):
        steps.append("review: `nox -s diff -- HEAD --format html`")
        steps.append("when the contract holds: `nox -s contract -- --accept`")
    return steps


def _write_report(updated: Updated, lines: Sequence[str]) -> str:
    """Write the review as Markdown, and what was told after it, as far as GitHub takes it."""
    from pipeline.diff.report.as_markdown import LIMIT
    from pipeline.diff.report.forms import render
    from pipeline.diff.report.markup import write_block

    review = render(updated.report, "markdown")
    block = write_block("\n".join(lines), "text", lines=200, limit=20_000)
    rest = f"\n### What is left to do\n\n{block}\n"
    return review + rest if len((review + rest).encode()) <= LIMIT else review
