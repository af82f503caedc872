"""Say who wrote the nodes of an effective document: an action of an overlay, or the spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from jsonpath_rfc9535 import JSONPathQuery

from pipeline.document import Document
from pipeline.overlay.query import normalized, select
from pipeline.overlay.read import Overlay
from pipeline.overlay.trace import Origin, trace_origins
from pipeline.values import Location


class Blame(NamedTuple):
    """A node of the effective document and what wrote it last."""

    location: Location
    origin: Origin

    def __str__(self) -> str:
        """Return one line: the place, the node, and the reason."""
        action = self.origin.action
        if action is None:
            reason = "as the spec has it"
        else:
            reason = self.origin.reason or f"action {action.index + 1}, no reason given"
        return f"{self.origin.place}: {normalized(self.location)}: {' '.join(reason.split())}"


def blame(document: Document, overlays: Sequence[Overlay], query: JSONPathQuery) -> list[Blame]:
    """Return, for every node that ``query`` selects in the effective document, its last writer.

    That is the last action that wrote the node or anything in it. Raises BadInput when the
    overlays cannot be applied.
    """
    origins = trace_origins(document, overlays)
    return [
        Blame(match.location, origins.last_change(match.location))
        for match in select(query, origins.root)
    ]
