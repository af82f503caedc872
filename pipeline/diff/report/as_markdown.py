"""A report as the text of a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.diff.change import Change, LedgerEntry, PythonChange, Report, Severity
from pipeline.diff.report.markup import write_block, write_code, write_prose
from pipeline.diff.report.wording import (
    AUTHORS,
    LEDGER_STATES,
    UNCHANGED,
    VERDICTS,
    count_severities,
    count_states,
    describe_counts,
    describe_coverage,
    describe_states,
    describe_version,
)

LIMIT = 65_536
"""What GitHub takes as the body of a pull request. We count bytes, which are no fewer."""
_SENTENCE = 400
"""Characters of a sentence that are shown."""
_NAMES = 6
"""Names of a list that are shown."""
_MARKS = {Severity.BREAKING: "🔴", Severity.DANGEROUS: "🟠", Severity.COMPATIBLE: "🟢"}


@dataclass(slots=True)
class _Section:
    """A part of the text that can lose what comes last in it."""

    opening: str
    blocks: Sequence[str]
    closing: str = ""
    shown: list[str] = field(default_factory=list[str])

    def render(self) -> str:
        left_out = len(self.blocks) - len(self.shown)
        note = f"\n_{left_out} more are left out: the text would be too long for GitHub._\n"
        return "".join((self.opening, *self.shown, note if left_out else "", self.closing))


def render_markdown(report: Report) -> str:
    """Render a report, the worst first; what GitHub would not take any more is left out."""
    head = "".join(f"{line}\n" for line in _write_head(report))
    breaking, dangerous, compatible = (
        _write_changes(report, severity) for severity in count_severities(report.changes)
    )
    overlays = _write_ledger(report.ledger)
    contract = _list_items(
        "### Contract: what does not hold", report.coverage.faults if report.coverage else ()
    )
    operations = _list_items(
        "### New operations of upstream that are not selected", report.new_operations, write_code
    )
    sections = [breaking, dangerous, compatible, contract, overlays, operations]
    _fill([breaking, dangerous, contract, overlays, operations, compatible], _measure(head))
    return head + "".join(section.render() for section in sections if section.blocks)


def _fill(sections: Sequence[_Section], used: int) -> None:
    """Show what fits; after the first block that does not, nothing of less weight is shown."""
    used += sum(_measure(section.render()) for section in sections if section.blocks)
    for section in sections:
        for block in section.blocks:
            used += _measure(block)
            if used > LIMIT:
                return
            section.shown.append(block)


def _measure(text: str) -> int:
    return len(text.encode())


def _write_head(report: Report) -> Iterator[str]:
    bump = f", {report.version.bump} bump" if report.version else ""
    title = f"API review: {report.verdict}{bump}".replace("none bump", "no bump")
    yield f"## {_MARKS[report.verdict]} {title}"
    yield ""
    states = f"{write_code(report.old)} → {write_code(report.new)}"
    if report.changes:
        yield f"{states}: **{describe_counts(report.changes)}.** {VERDICTS[report.verdict]}"
    else:
        yield f"{states}: {UNCHANGED}"
    yield ""
    if report.version:
        mark = "" if report.version.holds else "⚠️ "
        yield f"- **Version:** {mark}{write_prose(describe_version(report.version), _SENTENCE)}"
    if report.ledger:
        yield f"- **Overlays:** {describe_states(report.ledger)}"
    if report.coverage:
        yield f"- **Contract:** {describe_coverage(report.coverage)}"
    if report.new_operations:
        yield f"- **New operations, not selected:** {len(report.new_operations):,}"


def _write_changes(report: Report, severity: Severity) -> _Section:
    blocks = [_write_change(report, one) for one in report.changes if one.severity == severity]
    title = f"{_MARKS[severity]} {str(severity).capitalize()} ({len(blocks):,})"
    if severity == Severity.COMPATIBLE:
        opening = f"\n<details>\n<summary>{title}</summary>\n"
        return _Section(opening, blocks, "\n</details>\n")
    return _Section(f"\n### {title}\n", blocks)


def _write_change(report: Report, change: Change) -> str:
    lines = [f"#### {write_prose(change.what, _SENTENCE) or write_code(change.rule)}", ""]
    lines += (f"- **{label}:** {text}" for label, text in _list_facts(report, change) if text)
    for one in change.python[:_NAMES]:
        lines += ["", *_write_declarations(one)]
    if len(change.python) > _NAMES:
        lines += ["", f"{len(change.python) - _NAMES} more names changed with it."]
    return "\n" + "\n".join(lines) + "\n"


def _list_facts(report: Report, change: Change) -> Iterator[tuple[str, str]]:
    if spot := change.new or change.old:
        state = "" if change.new else f" in {write_code(report.old)}"
        yield "Where", f"{write_code(str(spot.place))}{state}, {write_code(spot.pointer)}"
    yield "Python", _list_names(change.symbols)
    yield "Callers", write_prose(change.caller, _SENTENCE)
    yield "Operations", _list_names(change.operations)
    cause = AUTHORS[change.cause.by]
    if change.cause.place:
        cause += f" {write_code(str(change.cause.place))}"
    if change.cause.reason:
        cause += f": {write_prose(change.cause.reason, _SENTENCE)}"
    yield "Cause", cause


def _write_declarations(change: PythonChange) -> Iterator[str]:
    yield f"{write_code(change.symbol)}: {write_prose(change.what, _SENTENCE)}"
    sides = (("before", change.before), ("after", change.after))
    texts = [f"# {side}\n{text.rstrip()}" for side, text in sides if text is not None]
    if texts:
        yield ""
        yield write_block("\n".join(texts), "python", lines=60, limit=4000)


def _write_ledger(ledger: Sequence[LedgerEntry]) -> _Section:
    entries = sorted(
        (one for one in ledger if one.state != "needed"),
        key=lambda one: LEDGER_STATES.index(one.state),
    )
    blocks = [_write_entry(one) for one in entries]
    needed = count_states(ledger)["needed"]
    closing = f"\n{needed:,} more are needed as they are.\n" if needed else ""
    return _Section("\n### Overlays to look at\n\n", blocks, closing)


def _write_entry(entry: LedgerEntry) -> str:
    parts = [f"- **{entry.state}** {write_code(str(entry.place))} {write_code(entry.target)}"]
    if entry.note:
        parts.append(f": {write_prose(entry.note, _SENTENCE)}")
    if entry.reason:
        parts.append(f"<br>Its reason: {write_prose(entry.reason, _SENTENCE)}")
    return "".join(parts) + "\n"


def _list_items(
    title: str, items: Sequence[str], write: Callable[[str], str] | None = None
) -> _Section:
    blocks = [f"- {write(one) if write else write_prose(one, _SENTENCE)}\n" for one in items]
    return _Section(f"\n{title}\n\n", blocks)


def _list_names(names: Sequence[str]) -> str:
    shown = ", ".join(filter(None, map(write_code, names[:_NAMES])))
    return shown if len(names) <= _NAMES else f"{shown} and {len(names) - _NAMES} more"
