"""The commands of ``python -m pipeline overlay``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.faults import DONE, BadInput, DoesNotHold, Fault, Place

if TYPE_CHECKING:
    from pipeline.document import Document, Json
    from pipeline.overlay.read import Overlay

# Commands import what they need when they run: `--help` and the other commands stay fast.
# ruff: noqa: PLC0415


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

    unreadable: list[Fault] = []
    invalid: list[Fault] = []
    for path in options.overlays:
        try:
            findings = check_overlay(read_document(path))
        except BadInput as error:
            unreadable += error.faults
            continue
        invalid += findings.faults
        for note in findings.notes:
            print(note, file=sys.stderr)
        if not findings.faults:
            print(f"{path}: valid")
    if unreadable:
        raise BadInput(*unreadable, *invalid)
    if invalid:
        raise DoesNotHold(*invalid)
    return DONE


def _read_all(spec: str, overlays: Sequence[str]) -> tuple[Document, list[Overlay]]:
    """Read a spec and its overlays, and report the faults of all files together."""
    from pipeline.document import read_document
    from pipeline.overlay.read import read_overlay

    faults: list[Fault] = []
    document: Document | None = None
    read: list[Overlay] = []
    try:
        document = read_document(spec)
    except BadInput as error:
        faults += error.faults
    for path in overlays:
        try:
            read.append(read_overlay(path))
        except BadInput as error:
            faults += error.faults
    if document is None or faults:
        raise BadInput(*faults)
    return document, read


def _is_json(document: Document) -> bool:
    return document.path.endswith(".json") or document.text.lstrip()[:1] == "{"


def _write(value: Json, output: str | None, *, as_json: bool) -> None:
    from pipeline.document import render_json, render_yaml

    if output is not None:
        as_json = output.endswith(".json")
    text = render_json(value) if as_json else render_yaml(value)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        return
    _replace_file(Path(output), text)


def _replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old text or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with open(part, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        place = Place(str(path))
        raise BadInput(Fault(place, f"cannot be written: {error.strerror}")) from None
