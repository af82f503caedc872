"""A report as one page of HTML that needs nothing else, and may load and send nothing.

The page is complete without its script, which adds filters and search. The Content-Security-Policy
admits the one style and the one script by their digests (CSP level 3, section 6.7.3), so that a
text that got past the escaping could still do nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.diff.change import Change, LedgerEntry, PythonChange, Report, Severity, Spot
from pipeline.diff.report.marks import Sides, lay_side_by_side
from pipeline.diff.report.wording import (
    AUTHORS,
    LEDGER_STATES,
    UNCHANGED,
    VERDICTS,
    WORST_FIRST,
    count_of,
    describe_counts,
    describe_coverage,
    describe_states,
    describe_version,
    find_percentage,
    identify_changes,
    inert_lines,
    split_code,
)
from pipeline.yaml_writer import render_yaml

_FOLDER = Path(__file__).with_name("page")
_OPEN = 25
"""With more changes than so, the page begins with all of them closed."""
_WHOLE_CLIENT = "*"
"""The resource of what belongs to none."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A change and the name that links to it."""

    name: str
    change: Change

    @property
    def resource(self) -> str:
        return self.change.resource or _WHOLE_CLIENT

    @property
    def directions(self) -> Sequence[str]:
        return self.change.directions or ("neither",)


def render_page(report: Report) -> str:
    """Render a report as a page; equal reports give equal bytes."""
    style, script = (
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    named = [
        _Named(name, change)
        for name, change in zip(identify_changes(report.changes), report.changes, strict=True)
    ]
    return (
        _open_templates()
        .get_template("page.html.jinja")
        .render(
            report=report,
            policy=_write_policy(style, script),
            style=Markup(style),
            script=Markup(script),
            groups=_group_changes(named),
            facets=_count_facets(named),
            ledger=_group_ledger(report.ledger),
            opened=len(report.changes) <= _OPEN,
        )
    )


@cache
def _open_templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_inert,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    functions: dict[str, Any] = {
        "AUTHORS": AUTHORS,
        "UNCHANGED": UNCHANGED,
        "VERDICTS": VERDICTS,
        "WHOLE_CLIENT": _WHOLE_CLIENT,
        "Severity": Severity,
        "compare_declarations": _compare_declarations,
        "compare_values": _compare_values,
        "count_of": count_of,
        "describe_counts": describe_counts,
        "describe_coverage": describe_coverage,
        "describe_states": describe_states,
        "describe_version": describe_version,
        "find_percentage": find_percentage,
    }
    environment.globals.update(functions)
    filters: dict[str, Any] = {"pieces": split_code, "sentence": _begin_sentence}
    environment.filters.update(filters)
    return environment


def _make_inert(value: Any) -> Any:
    """Escape control characters, which HTML forbids, in all that is not markup of our own."""
    return inert_lines(value) if type(value) is str else value


def _begin_sentence(text: str) -> str:
    return text[0].upper() + text[1:] if text[:1].isascii() and text else text


def _write_policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _group_changes(named: Sequence[_Named]) -> dict[Severity, dict[str, list[_Named]]]:
    groups: dict[Severity, dict[str, list[_Named]]] = {one: {} for one in WORST_FIRST}
    for one in named:
        groups[one.change.severity].setdefault(one.resource, []).append(one)
    return {severity: resources for severity, resources in groups.items() if resources}


def _group_ledger(ledger: Sequence[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    groups = {state: [one for one in ledger if one.state == state] for state in LEDGER_STATES}
    return {state: entries for state, entries in groups.items() if entries}


def _count_facets(named: Sequence[_Named]) -> dict[str, dict[str, int]]:
    """Count the changes for each value that one may filter by."""
    severities = Counter(str(one.change.severity) for one in named)
    causes = Counter(one.change.cause.by for one in named)
    directions = Counter(direction for one in named for direction in one.directions)
    resources = Counter(one.resource for one in named)
    return {
        "severity": {str(one): severities[str(one)] for one in WORST_FIRST},
        "cause": {by: causes[by] for by in AUTHORS if causes[by]},
        "direction": {
            one: directions[one] for one in ("request", "response", "neither") if directions[one]
        },
        "resource": dict(sorted(resources.items())),
    }


def _compare_values(change: Change) -> Sides:
    return lay_side_by_side(_show_value(change.old), _show_value(change.new))


def _show_value(spot: Spot | None) -> str | None:
    return render_yaml(spot.value) if spot else None


def _compare_declarations(change: PythonChange) -> Sides:
    return lay_side_by_side(change.before, change.after)
