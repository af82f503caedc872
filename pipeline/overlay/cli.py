"""The commands of ``python -m pipeline overlay``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipeline.faults import DOES_NOT_HOLD, DONE, BadInput, DoesNotHold, Fault, Place, inert_line

if TYPE_CHECKING:
    from pipeline.document import Document
    from pipeline.overlay.read import Overlay
    from pipeline.values import Json

_T = TypeVar("_T")

# Commands import what they need when they run: `--help` and the other commands stay fast.


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the overlay commands to ``parser``; each sets ``func``, which returns the exit code."""
    commands = parser.add_subparsers(dest="overlay_command", required=True, metavar="COMMAND")

    apply = _add(
        commands,
        "apply",
        "apply overlays to an API description",
        "Apply overlays in order and write the result: as JSON when OUT ends with .json or, "
        "without OUT, when SPEC is JSON, else as YAML. Nothing is written when anything fails.",
    )
    _add_spec_and_overlays(apply)
    apply.add_argument("-o", "--output", metavar="OUT", help="write here, not to standard output")
    apply.add_argument(
        "--strict",
        action="store_true",
        help="also fail on an action that matches nothing, changes nothing, or does not match "
        "the number of nodes in its x-expect-matches",
    )
    apply.set_defaults(func=_apply)

    validate = _add(
        commands,
        "validate",
        "check overlays against the standard",
        "Check overlays against Overlay 1.0 or 1.1, whichever they declare. "
        "Exits 1 and prints a line for each fault when one is not valid.",
    )
    _add_overlays(validate)
    validate.set_defaults(func=_validate)

    compare = _add(
        commands,
        "compare",
        "write the overlay that turns one document into another",
        "Write an Overlay 1.1.0 that turns OLD into NEW, equal up to key order. "
        "Says so and writes nothing when they are equal.",
    )
    compare.add_argument("old", metavar="OLD", help="document to start from, or -")
    compare.add_argument("new", metavar="NEW", help="document to arrive at, or -")
    compare.add_argument("-o", "--output", metavar="OUT", help="write here, not to standard output")
    compare.set_defaults(func=_compare)

    blame = _add(
        commands,
        "blame",
        "say which action wrote a node, and why",
        "For every node that JSONPATH selects after all overlays, print the file, line and reason "
        "of the action that last wrote it or something in it, or else its line in SPEC.",
    )
    _add_spec_and_overlays(blame)
    blame.add_argument("--at", metavar="JSONPATH", required=True, help="the nodes to explain")
    blame.set_defaults(func=_blame)

    ledger = _add(
        commands,
        "ledger",
        "say which actions a new upstream document still needs",
        "Judge the actions of OVERLAYs, made for OLD, over NEW, and print a line for each: needed; "
        "redundant, NEW has it now; unmatched, it matches nothing in NEW any more, with the "
        "nearest node; or conflict, the node was edited in NEW too, another number of nodes match "
        "than x-expect-matches says, or the action cannot be done. All overlays belong in one "
        "call, in order: an action is judged on what those before it left. Exits 0 when all "
        "actions are needed, 1 when one is not.",
    )
    ledger.add_argument("old", metavar="OLD", help="document that the overlays were made for, or -")
    ledger.add_argument("new", metavar="NEW", help="document to judge them over, or -")
    _add_overlays(ledger)
    ledger.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="a line for each action, or one JSON object (default: text)",
    )
    ledger.set_defaults(func=_ledger)

    new = _add(
        commands,
        "new",
        "start an overlay with the fields to fill",
        "Write FOLDER/NAME.overlay.yaml, a valid overlay to fill. Never overwrites a file.",
    )
    new.add_argument("name", metavar="NAME", help="a-z, 0-9 and - . _ between them")
    new.add_argument(
        "--folder", type=Path, default=Path("overlays"), help="where to put it (default: overlays)"
    )
    new.set_defaults(func=_new)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],  # pyright: ignore[reportPrivateUsage]
    name: str,
    summary: str,
    description: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=summary, description=description)


def _add_spec_and_overlays(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="OpenAPI document, or - for standard input")
    _add_overlays(parser)


def _add_overlays(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overlays", metavar="OVERLAY", nargs="+", help="overlay, JSON or YAML")


def _apply(options: argparse.Namespace) -> int:
    from pipeline.overlay.apply import apply_overlays

    spec, overlays = _read_all(options.spec, options.overlays)
    applied = apply_overlays(spec, overlays, strict=options.strict)
    _write(applied.value, options.output, as_json=_is_json(spec))
    return DONE


def _validate(options: argparse.Namespace) -> int:
    from pipeline.document import read_document
    from pipeline.overlay.validate import check_overlay

    documents, unreadable = _read_each(read_document, *options.overlays)
    invalid: list[Fault] = []
    for document in documents:
        findings = check_overlay(document)
        invalid += findings.faults
        for note in findings.notes:
            print(note, file=sys.stderr)
        if not findings.faults:
            print(f"{document.path}: valid")
    if unreadable:
        raise BadInput(*unreadable, *invalid)
    if invalid:
        raise DoesNotHold(*invalid)
    return DONE


def _compare(options: argparse.Namespace) -> int:
    from pipeline.document import read_document
    from pipeline.overlay.compare import compare

    documents, faults = _read_each(read_document, options.old, options.new)
    if faults:
        raise BadInput(*faults)
    old, new = documents
    overlay = compare(old, new)
    if overlay is None:
        print(f"{old.path} and {new.path} are equal")
    else:
        _write(overlay, options.output, as_json=_is_json(old))
    return DONE


def _blame(options: argparse.Namespace) -> int:
    from pipeline.overlay.blame import blame
    from pipeline.overlay.query import QueryError, compile_query

    try:
        query = compile_query(options.at)
    except QueryError as error:
        message = f"{options.at!r} is not JSONPath at its character {error.position + 1}: "
        raise BadInput(Fault(Place("--at"), message + error.message)) from None
    spec, overlays = _read_all(options.spec, options.overlays)
    lines = blame(spec, overlays, query)
    if not lines:
        raise DoesNotHold(Fault(Place("--at"), f"{options.at} selects nothing: correct it"))
    for line in lines:
        print(inert_line(str(line)))
    return DONE


def _ledger(options: argparse.Namespace) -> int:
    from pipeline.document import read_document, render_json
    from pipeline.overlay.ledger import count_states, judge_actions
    from pipeline.overlay.read import read_overlay

    documents, faults = _read_each(read_document, options.old, options.new)
    overlays, overlay_faults = _read_each(read_overlay, *options.overlays)
    if faults or overlay_faults:
        raise BadInput(*faults, *overlay_faults)
    old, new = documents
    entries = judge_actions(old, new, overlays)
    counts = count_states(entries)
    if options.format == "json":
        actions = [
            {
                "file": entry.place.file,
                "line": entry.place.line,
                "column": entry.place.column,
                "target": entry.target,
                "state": entry.state,
                "note": entry.note,
                "reason": entry.reason,
            }
            for entry in entries
        ]
        print(render_json({"actions": actions, "summary": counts}), end="")
    else:
        for entry in entries:
            place = f"{entry.place.file}:{entry.place.line}"
            note = f": {entry.note}" if entry.note else ""
            print(inert_line(f"{place}: {entry.state}: {entry.target}{note}"))
        summary = ", ".join(f"{count} {state}" for state, count in counts.items())
        print(f"{len(entries)} action{'' if len(entries) == 1 else 's'}: {summary}")
    return DONE if counts["needed"] == len(entries) else DOES_NOT_HOLD


def _new(options: argparse.Namespace) -> int:
    from pipeline.overlay.skeleton import create_overlay

    print(create_overlay(options.name, options.folder))
    return DONE


def _read_all(spec: str, overlays: Sequence[str]) -> tuple[Document, list[Overlay]]:
    """Read a spec and its overlays, and report the faults of all files together."""
    from pipeline.document import read_document
    from pipeline.overlay.read import read_overlay

    documents, spec_faults = _read_each(read_document, spec)
    read, overlay_faults = _read_each(read_overlay, *overlays)
    if faults := spec_faults + overlay_faults:
        raise BadInput(*faults)
    return documents[0], read


def _read_each(read: Callable[[str], _T], *paths: str) -> tuple[list[_T], list[Fault]]:
    """Read every path; return what could be read, and the faults of the others."""
    results: list[_T] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            results.append(read(path))
        except BadInput as error:
            faults += error.faults
    return results, faults


def _is_json(document: Document) -> bool:
    return document.path.endswith(".json") or document.text.lstrip()[:1] == "{"


def _write(value: Json, output: str | None, *, as_json: bool) -> None:
    from pipeline.document import render_json
    from pipeline.yaml_writer import render_yaml

    if output is not None:
        as_json = output.endswith(".json")
    text = render_json(value) if as_json else render_yaml(value)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        return
    from pipeline.writing import replace_file

    replace_file(Path(output), text)
