"""Read overlays: documents of sections 4.4.1 to 4.4.3, valid and with their queries compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from jsonpath_rfc9535 import JSONPathQuery

from pipeline.document import DEFAULT_MAX_BYTES, Document, read_document
from pipeline.faults import BadInput, Place
from pipeline.overlay.query import compile_query
from pipeline.overlay.validate import check_overlay, minor_version
from pipeline.values import Json


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One action of an overlay: what it selects and what it does there.

    ``verb`` is what the action comes down to: ``remove: true`` beats the others, and an action
    may do nothing at all. ``expects`` is the ``x-expect-matches`` of the file, if any.
    """

    document: Document = field(repr=False)
    index: int
    minor: int
    target: JSONPathQuery
    verb: Literal["update", "copy", "remove", "nothing"]
    update: Json = None
    source: JSONPathQuery | None = None
    description: str | None = None
    expects: Json = None

    def place(self, *steps: str | int) -> Place:
        """Return where the action stands in its overlay, or what lies ``steps`` below it."""
        return self.document.place(("actions", self.index, *steps))


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A valid overlay; ``minor`` is 0 for Overlay 1.0 and 1 for 1.1."""

    document: Document = field(repr=False)
    minor: int
    title: str
    extends: str | None
    actions: tuple[Action, ...]


def read_overlay(path: str | Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Overlay:
    """Read and check an overlay file, JSON or YAML; raises BadInput with all its faults."""
    return overlay_of(read_document(path, max_bytes=max_bytes))


def overlay_of(document: Document) -> Overlay:
    """Make an overlay of a document that was read; raises BadInput with all its faults."""
    findings = check_overlay(document)
    if refused := [*findings.faults, *findings.notes]:
        raise BadInput(*refused)
    value = document.value
    minor = minor_version(document)
    return Overlay(
        document=document,
        minor=minor,
        title=value["info"]["title"],
        extends=value.get("extends"),
        actions=tuple(
            _action_of(document, index, minor, action)
            for index, action in enumerate(value["actions"])
        ),
    )


def _action_of(document: Document, index: int, minor: int, action: dict[str, Json]) -> Action:
    verb: Literal["update", "copy", "remove", "nothing"] = "nothing"
    if action.get("remove", False):
        verb = "remove"
    elif "update" in action:
        verb = "update"
    elif "copy" in action:
        verb = "copy"
    return Action(
        document=document,
        index=index,
        minor=minor,
        target=compile_query(action["target"]),
        verb=verb,
        update=action.get("update"),
        source=compile_query(action["copy"]) if "copy" in action else None,
        description=action.get("description"),
        expects=action.get("x-expect-matches"),
    )
