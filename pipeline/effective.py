"""Build the effective spec: what Harness publishes, corrected by the overlays.

A corrected document is again a Document, whose places are those of the spec's lines and of the
overlay actions that wrote over them, so that every later fault points at what a person can edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.document import Document
from pipeline.faults import BadInput, Fault, Place
from pipeline.overlay.apply import Run, actions_of, apply_overlays, require_object
from pipeline.overlay.merge import copied
from pipeline.overlay.read import Action, Overlay, read_overlay
from pipeline.overlay.trace import Origin, Origins, trace_run
from pipeline.values import Location

_SUFFIXES = (".overlay.yaml", ".overlay.yml", ".overlay.json")


@dataclass(frozen=True, slots=True)
class OverlayFiles:
    """The overlay files of a folder, in the order in which they apply."""

    corrections: tuple[Path, ...] = ()
    """They make the effective spec."""
    codegen: tuple[Path, ...] = ()
    """They make, of that, the view for this generator; from the subfolder ``codegen/``."""


@dataclass
class CorrectedDocument(Document):
    """A document after overlays; ``place`` finds the spec's line or the overlay action's."""

    source: Document = field(kw_only=True, repr=False)
    overlays: Sequence[Overlay] = field(kw_only=True, repr=False)
    faults: tuple[Fault, ...] = field(default=(), kw_only=True, repr=False)
    """What kept actions from being done, where the others were to be done all the same."""
    _origins: Origins | None = field(default=None, kw_only=True, repr=False)

    @property
    def actions(self) -> list[Action]:
        """The actions that made the document of its source, in order."""
        return actions_of(self.overlays)

    def place(self, location: Location) -> Place:
        """Return the line that says what stands at ``location``."""
        return self._trace().place(location)

    def origin(self, location: Location) -> Origin:
        """Return who wrote the value at ``location``."""
        return self._trace().origin(location)

    def last_change(self, location: Location) -> Origin:
        """Return who last wrote the value at ``location`` or anything in it."""
        return self._trace().last_change(location)

    def removals(self, location: Location) -> list[Origin]:
        """Return the actions that may have taken out what is not at ``location``."""
        return self._trace().removals(location)

    def _trace(self) -> Origins:
        if self._origins is None:
            self._origins, _ = trace_run(self.source, self.actions, strict=False)
        return self._origins


def find_overlays(folder: Path | None) -> OverlayFiles:
    """List a folder's overlays by name; BadInput when there is no such folder.

    A YAML or JSON file that is not named like an overlay is refused: it would be passed over.
    """
    if folder is None:
        return OverlayFiles()
    if not folder.is_dir():
        raise BadInput(Fault(Place(str(folder)), "is no folder: name one with --overlays"))
    return OverlayFiles(_list_overlays(folder), _list_overlays(folder / "codegen"))


def correct(
    document: Document, paths: Sequence[Path], *, max_bytes: int, strict: bool = True
) -> CorrectedDocument:
    """Apply overlays in order. Raises BadInput for an overlay that fails.

    It does so for an action that fails, or does nothing, too; if not ``strict``, such an action is
    left out.
    """
    overlays = [read_overlay(path, max_bytes=max_bytes) for path in paths]
    if not strict:
        return correct_as_far_as_possible(document, overlays)
    value = apply_overlays(document, overlays, strict=True).value
    return CorrectedDocument(document.path, value, "", source=document, overlays=overlays)


def correct_as_far_as_possible(
    document: Document, overlays: Sequence[Overlay]
) -> CorrectedDocument:
    """Apply overlays in order, and leave out the actions that cannot be done."""
    require_object(document)
    run = Run(copied(document.value), strict=False)
    for action in actions_of(overlays):
        run.perform(action)
    return CorrectedDocument(
        document.path, run.root, "", source=document, overlays=overlays, faults=tuple(run.faults)
    )


def _list_overlays(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        if path.suffix in (".yaml", ".yml", ".json") and not path.name.endswith(_SUFFIXES):
            message = f"would be passed over: name it {path.stem}.overlay{path.suffix}, or move it"
            raise BadInput(Fault(Place(str(path)), message))
    return tuple(path for path in paths if path.name.endswith(_SUFFIXES))
