"""A report for a terminal: one finding a line, and a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.diff.change import Change, LedgerEntry, Report, Severity
from pipeline.diff.report.wording import (
    UNCHANGED,
    describe_cause,
    describe_counts,
    describe_coverage,
    describe_states,
    describe_version,
    find_place,
)
from pipeline.faults import inert_line

_INDENT = "    "
_SHOWN = 10
"""As many faults of the contract are told: one edit can make hundreds."""
_NAMED = 3
"""As many Python names: a schema that all operations use touches dozens."""
_COLORS = {Severity.BREAKING: "1;31", Severity.DANGEROUS: "1;33", Severity.COMPATIBLE: "32"}


def render_text(report: Report, *, color: bool = False) -> str:
    """Render a report as lines, ``file:line:column: severity: what [symbol] (cause)``."""
    lines = [line for change in report.changes for line in _write_change(report, change, color)]
    lines += [_write_entry(entry) for entry in report.ledger if entry.state != "needed"]
    faults = _list_faults(report)
    lines += [f"contract: {inert_line(fault)}" for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"contract: and {len(faults) - _SHOWN} more: `nox -s contract` lists all")
    lines += [f"not selected: {inert_line(name)}" for name in report.new_operations]
    if lines:
        lines.append("")
    return "\n".join([*lines, *_summarize(report, color)]) + "\n"


def _write_change(report: Report, change: Change, color: bool) -> Iterator[str]:
    place = find_place(change) or report.new
    symbols = f" [{_list_names(change.symbols)}]" if change.symbols else ""
    cause = describe_cause(change.cause)
    if change.new is None and change.old is not None:
        cause += f"; the place is in {report.old}"
    severity = _paint(str(change.severity), change.severity, color)
    what = inert_line(f"{change.what}{symbols} ({cause})")
    yield f"{inert_line(str(place))}: {severity}: {what}"
    python = () if change.caller else (f"{one.symbol}: {one.what}" for one in change.python)
    for detail in (change.caller, *python, change.cause.reason):
        if detail:
            yield _INDENT + inert_line(detail)


def _write_entry(entry: LedgerEntry) -> str:
    note = f": {entry.note}" if entry.note else ""
    return inert_line(f"{entry.place}: {entry.state}: {entry.target}{note}")


def _list_names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _list_faults(report: Report) -> tuple[str, ...]:
    return report.coverage.faults if report.coverage else ()


def _summarize(report: Report, color: bool) -> Iterator[str]:
    states = inert_line(f"{report.old} -> {report.new}")
    if report.changes:
        verdict = _paint(str(report.verdict), report.verdict, color)
        yield f"{states}: {verdict}: {describe_counts(report.changes)}"
    else:
        yield f"{states}: {UNCHANGED}"
    if report.ledger:
        yield f"overlays: {describe_states(report.ledger)}"
    if report.coverage:
        yield f"contract: {describe_coverage(report.coverage)}"
    if report.version:
        yield f"version: {inert_line(describe_version(report.version))}"


def _paint(text: str, severity: Severity, color: bool) -> str:
    return f"\x1b[{_COLORS[severity]}m{text}\x1b[0m" if color else text
