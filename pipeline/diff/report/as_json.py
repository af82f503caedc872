"""A report for programs; ``docs/report.schema.json`` describes it."""

from __future__ import annotations

import json

from pipeline.diff.change import Change, LedgerEntry, PythonChange, Report, Spot
from pipeline.diff.report.wording import count_severities, identify_changes
from pipeline.faults import Place
from pipeline.values import Json

FORMAT = 1
"""Goes up when a program that reads reports must change."""


def render_json(report: Report) -> str:
    """Render all of a report; equal reports give equal bytes, all of them ASCII."""
    return json.dumps(_describe_report(report), indent=2) + "\n"


def _describe_report(report: Report) -> Json:
    version, coverage = report.version, report.coverage
    return {
        "format": FORMAT,
        "old": report.old,
        "new": report.new,
        "verdict": str(report.verdict),
        "counts": {str(one): count for one, count in count_severities(report.changes).items()},
        "version": version
        and {
            "released": version.released,
            "declared": version.declared,
            "demanded": version.demanded,
            "bump": version.bump,
            "holds": version.holds,
        },
        "changes": [
            _describe_change(name, change)
            for name, change in zip(identify_changes(report.changes), report.changes, strict=True)
        ],
        "ledger": [_describe_entry(entry) for entry in report.ledger],
        "coverage": coverage
        and {
            "covered": coverage.covered,
            "parts": coverage.parts,
            "fixtures": coverage.fixtures,
            "faults": list(coverage.faults),
        },
        "new_operations": list(report.new_operations),
    }


def _describe_change(name: str, change: Change) -> Json:
    return {
        "id": name,
        "rule": change.rule,
        "what": change.what,
        "severity": str(change.severity),
        "directions": list(change.directions),
        "old": change.old and _describe_spot(change.old),
        "new": change.new and _describe_spot(change.new),
        "operations": list(change.operations),
        "resource": change.resource,
        "symbols": list(change.symbols),
        "caller": change.caller,
        "python": [_describe_python(one) for one in change.python],
        "cause": {
            "by": change.cause.by,
            "place": change.cause.place and _describe_place(change.cause.place),
            "reason": change.cause.reason,
        },
    }


def _describe_spot(spot: Spot) -> Json:
    return {
        "pointer": spot.pointer,
        "place": _describe_place(spot.place),
        "value": spot.value,
    }


def _describe_place(place: Place) -> Json:
    return {"file": place.file, "line": place.line, "column": place.column}


def _describe_python(change: PythonChange) -> Json:
    return {
        "symbol": change.symbol,
        "severity": str(change.severity),
        "what": change.what,
        "before": change.before,
        "after": change.after,
    }


def _describe_entry(entry: LedgerEntry) -> Json:
    return {
        "place": _describe_place(entry.place),
        "target": entry.target,
        "state": entry.state,
        "note": entry.note,
        "reason": entry.reason,
    }
