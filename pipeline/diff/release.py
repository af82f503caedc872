"""The last release, as far as the next one is judged by it: what users have in their hands.

It is committed in ``spec/released/``, so that a shallow clone has it; a tag only confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.diff.python.surface import parse_python_surface, render_python_surface
from pipeline.document import Document, read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.values import Json, is_object
from pipeline.yaml_writer import render_yaml

if TYPE_CHECKING:
    from pipeline.diff.states import State

_UPSTREAM = "upstream.yaml"
_EFFECTIVE = "openapi.yaml"
_SURFACE = "python.json"
_RELEASE = "release.yaml"
_HEADER = (
    "# What the last release was made of. Written by `python -m pipeline baseline`: do not edit.\n"
)


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its version, both specs and the Python surface."""

    version: str
    source: Document
    document: Document
    surface: Json


def read_release(folder: Path) -> Release | None:
    """Read what is kept of the last release; None before the first. Raises BadInput."""
    if not folder.is_dir():
        return None
    release = read_document(folder / _RELEASE)
    version = release.value.get("version") if is_object(release.value) else None
    if not isinstance(version, str):
        raise BadInput(release.fault((), "must be a mapping with the key 'version'"))
    path = folder / _SURFACE
    try:
        surface = parse_python_surface(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(Fault(Place(str(path)), f"cannot be read: {error}")) from None
    return Release(
        version,
        read_document(folder / _UPSTREAM),
        read_document(folder / _EFFECTIVE),
        surface,
    )


def write_release(folder: Path, version: str, state: State) -> None:
    """Keep a project's state as the release that the next is judged by.

    Raises BadInput where it has no client.
    """
    if state.source is None:
        raise ValueError(f"{state.name} is no project")
    surface = state.read_python_surface()
    if surface is None:
        raise BadInput(Fault(Place(state.name), "has no client: run `nox -s regenerate` before"))
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        _UPSTREAM: _HEADER + render_yaml(state.source.value),
        _EFFECTIVE: _HEADER + render_yaml(state.document.value),
        _SURFACE: render_python_surface(surface),
        _RELEASE: _HEADER + render_yaml({"version": version}),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
