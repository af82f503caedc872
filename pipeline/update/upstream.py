"""Take in a document that Harness publishes: our document anew, and what a person must look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.document import Document
from pipeline.faults import BadInput, Fault
from pipeline.openapi import check_openapi, list_operations, resolve_pointer, walk
from pipeline.update.components import share_components
from pipeline.update.placement import place_alike
from pipeline.update.selection import Gone, Selection, select_operations, without_names
from pipeline.update.wording import keep_wording
from pipeline.update.writing import rewrite
from pipeline.values import Json, Location


@dataclass(frozen=True, slots=True)
class Taken:
    """Our document as the upstream has it now, and what a person must look at."""

    value: Json
    text: str
    """What ``spec/openapi.yaml`` is to hold; the old text where nothing changed."""
    gone: tuple[Gone, ...]
    """Selected operations that the upstream has no more; they are not in ``value``."""
    new_operations: tuple[str, ...]
    """Operations under the prefixes that are neither selected nor ignored."""
    unworded: tuple[str, ...]
    """Pointers into ``value``: what is new, and described upstream in words that are not ours."""


def take_upstream(ours: Document, upstream: Document, selection: Selection) -> Taken:
    """Return what ``ours`` becomes over a new document from upstream.

    What the API is comes from upstream; the words, the order, the layout and the names of what is
    shared stay ours. Nothing is written. Raises BadInput, with places in the upstream's file, when
    it is not OpenAPI 3, has none of the selected operations, or is not valid where it is used.
    """
    selected = select_operations(upstream, selection, ours.value)
    if len(selected.gone) == len(selection.operations):
        message = "has none of the selected operations: is it the document of Harness's API?"
        raise BadInput(upstream.fault(("paths",), message))
    if faults := list(_find_lost_references(selected.value, upstream)):
        raise BadInput(*faults)
    mine = _rename_paths(ours.value, selected.value)
    theirs = share_components(mine, place_alike(mine, selected.value), upstream.path)
    unworded: list[Location] = []
    value = keep_wording(mine, theirs, unworded.append)
    check_openapi(value, upstream.place)
    return Taken(
        value,
        rewrite(ours, value),
        selected.gone,
        selected.new_operations,
        tuple(map(_write_pointer, unworded)),
    )


def _find_lost_references(value: Json, upstream: Document) -> Iterator[Fault]:
    for location, node in walk(value):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        at = (*location, "$ref")
        if not reference.startswith("#/"):
            message = f"the reference {reference!r} leaves the document: bundle it into one file"
            yield upstream.fault(at, message)
            continue
        try:
            resolve_pointer(value, reference)
        except KeyError:
            yield upstream.fault(at, f"the reference {reference!r} points to nothing")


def _rename_paths(ours: Json, theirs: Json) -> Json:
    """Give our paths the names that the same ones have in theirs.

    So our words stay with an operation whose path parameter has another name, or that has moved
    and kept its operationId, once the selection names its new path.
    """
    mine = [path for path in ours["paths"] if path not in theirs["paths"]]
    yours = [path for path in theirs["paths"] if path not in ours["paths"]]
    names: dict[str, str] = {}
    for path in mine:
        ids = _list_ids(ours, path)
        for other in yours:
            alike = without_names(path) == without_names(other)
            if other not in names.values() and (alike or ids & _list_ids(theirs, other)):
                names[path] = other
                break
    paths = {names.get(path, path): item for path, item in ours["paths"].items()}
    return {**ours, "paths": paths} if names else ours


def _list_ids(value: Json, path: str) -> set[str]:
    operations = list_operations({"paths": {path: value["paths"][path]}})
    return {one.operation_id for one in operations if one.operation_id}


def _write_pointer(location: Location) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "#" + "".join(f"/{step}" for step in steps)
