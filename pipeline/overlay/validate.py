"""Check an overlay against the standard, sections 4.4.1 to 4.4.3, and say where each fault is."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.document import Document
from pipeline.faults import Fault, Place
from pipeline.overlay.query import QueryError, compile_query
from pipeline.values import Json, Location, is_array, is_object

_VERSION = re.compile(r"1\.([01])\.[0-9]+")
# Compiled when an overlay has them to check, which few have: starting is to be fast.
_DASHED_NAME = r"\.([A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+)"
_URI_REFERENCE = r"""
    (?: [A-Za-z][A-Za-z0-9+.-]*: | (?![^/?#]*:) )    # a scheme, or no colon in the first segment
    (?: // (?: [\w.~!$&'()*+,;=:@-] | %[0-9A-Fa-f]{2} | \[[\w.~!$&'()*+,;=:-]+\] )* (?=[/?#]|\Z) )?
    (?: [\w.~!$&'()*+,;=:@/-] | %[0-9A-Fa-f]{2} )*
    (?: \? (?: [\w.~!$&'()*+,;=:@/?-] | %[0-9A-Fa-f]{2} )* )?
    (?: \# (?: [\w.~!$&'()*+,;=:@/?-] | %[0-9A-Fa-f]{2} )* )?
    """


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with an overlay, in the order of the file."""

    faults: list[Fault]
    """What the standard refuses."""
    notes: list[Fault]
    """What its text refuses and its own examples do: valid to its schemas, useless to apply."""


def check_overlay(document: Document) -> Findings:
    """Check an overlay against the version of the standard that it declares.

    Faults are what the published schemas refuse, and what only the text does: a target or copy
    that is not JSONPath by RFC 9535, and an action with ``update`` and ``copy``, of which each
    makes the other void. A note is a name like ``x-name`` after a dot: examples of the standard
    have it, RFC 9535 does not.
    """
    check = _Check(document)
    check.overlay()
    return Findings(sorted(check.faults, key=_in_file), sorted(check.notes, key=_in_file))


def _in_file(fault: Fault) -> tuple[int, int]:
    return fault.place.line or 0, fault.place.column or 0


def minor_version(document: Document) -> int:
    """Return 0 for a valid overlay that declares 1.0.x, 1 for one that declares 1.1.x."""
    return int(document.value["overlay"].split(".")[1])


class _Check:
    """The faults of one overlay, collected."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        # What declares no known version is checked by the newer one, which allows more.
        self.minor = 1

    def overlay(self) -> None:
        overlay = self.document.value
        if not self._is_mapping(overlay, ()):
            return
        self._version(overlay)
        self._names(overlay, ("overlay", "info", "extends", "actions"), ())
        self._info(overlay)
        extends = overlay.get("extends", "")
        if self._is_text(extends, ("extends",)) and not _is_uri_reference(extends):
            self._fault(
                ("extends",), f"extends is no URI reference: escape {extends!r} (a space is %20)"
            )
        self._actions(overlay)

    def _version(self, overlay: dict[str, Json]) -> None:
        if not self._is_there(overlay, "overlay", ()):
            return
        version = overlay["overlay"]
        if not self._is_text(version, ("overlay",)):
            return
        known = _VERSION.fullmatch(version)
        if known:
            self.minor = int(known[1])
        else:
            self._fault(
                ("overlay",), f"overlay {version!r} is no known version: write 1.0.0 or 1.1.0"
            )

    def _info(self, overlay: dict[str, Json]) -> None:
        if not self._is_there(overlay, "info", ()):
            return
        info = overlay["info"]
        if not self._is_mapping(info, ("info",)):
            return
        for name in ("title", "version"):
            if self._is_there(info, name, ("info",)):
                self._is_text(info[name], ("info", name))
        known: tuple[str, ...] = ("title", "version")
        if self.minor >= 1:
            known = (*known, "description")
            self._is_text(info.get("description", ""), ("info", "description"))
        self._names(info, known, ("info",))

    def _actions(self, overlay: dict[str, Json]) -> None:
        if not self._is_there(overlay, "actions", ()):
            return
        actions = overlay["actions"]
        if not is_array(actions):
            self._fault(("actions",), f"actions is {_a(actions)}: write a list")
            return
        if not actions:
            self._fault(("actions",), "actions is empty: an overlay has at least one")
        first: dict[Hashable, int] = {}
        for index, action in enumerate(actions):
            location = ("actions", index)
            twin = first.setdefault(_frozen(action), index)
            if twin != index:
                line = self.document.place(("actions", twin)).line
                self._fault(location, f"this action stands on line {line} already: remove one")
            elif self._is_mapping(action, location):
                self._action(action, location)

    def _action(self, action: dict[str, Json], location: Location) -> None:
        known: tuple[str, ...] = ("target", "description", "update", "remove")
        if self._is_there(action, "target", location):
            self._query(action["target"], (*location, "target"))
        if self.minor >= 1:
            known = (*known, "copy")
            if "copy" in action:
                self._query(action["copy"], (*location, "copy"))
        self._names(action, known, location)
        self._is_text(action.get("description", ""), (*location, "description"))
        remove = action.get("remove", False)
        if not isinstance(remove, bool):
            self._fault((*location, "remove"), f"remove is {_a(remove)}: write true or false")
        if self.minor >= 1 and "update" in action and "copy" in action and remove is not True:
            self._fault(location, "update and copy make each other void: make two actions of it")

    def _query(self, expression: Json, location: Location) -> None:
        if not self._is_text(expression, location):
            return
        try:
            compile_query(expression)
        except QueryError as error:
            place, spot = _place_within(self.document, location, expression, error.position)
            what = f"{expression!r} is not JSONPath{spot}: {error.message}"
            if mended := _with_dashed_names_quoted(expression):
                self.notes.append(Fault(place, f"{what}: write {mended}"))
            else:
                self.faults.append(Fault(place, f"{what}: correct it by RFC 9535"))

    def _names(self, mapping: dict[str, Json], known: Iterable[str], location: Location) -> None:
        for name in mapping:
            if name not in known and not name.startswith("x-"):
                self._fault(
                    (*location, name),
                    f"{name!r} is unknown to Overlay 1.{self.minor}: use {', '.join(known)}, "
                    "or a name that starts with x-",
                )

    def _is_there(self, mapping: dict[str, Json], name: str, location: Location) -> bool:
        if name not in mapping:
            self._fault(location, f"{_named(location)} lacks {name!r}: add it")
        return name in mapping

    def _is_text(self, value: Json, location: Location) -> bool:
        if not isinstance(value, str):
            advice = "put it in quotes" if isinstance(value, bool | int | float) else "write text"
            self._fault(location, f"{_named(location)} is {_a(value)} and must be text: {advice}")
        return isinstance(value, str)

    def _is_mapping(self, value: Json, location: Location) -> bool:
        if not is_object(value):
            self._fault(location, f"{_named(location)} is {_a(value)}: write a mapping")
        return is_object(value)

    def _fault(self, location: Location, message: str) -> None:
        self.faults.append(self.document.fault(location, message))


def _is_uri_reference(text: str) -> bool:
    return re.fullmatch(_URI_REFERENCE, text, re.VERBOSE | re.ASCII) is not None


def _named(location: Location) -> str:
    if not location:
        return "the overlay"
    step = location[-1]
    return step if isinstance(step, str) else f"action {step + 1}"


def _a(value: Json) -> str:
    names: dict[type[Any], str] = {
        dict: "a mapping", list: "a list", str: "text", bool: "true or false",
        int: "a number", float: "a number", type(None): "null",
    }  # fmt: skip
    return names[type(value)]


def _frozen(value: Json) -> Hashable:
    """Return a key that is equal for equal values: key order aside, 1 is 1.0 and is not true."""
    if is_object(value):
        return frozenset((name, _frozen(member)) for name, member in value.items())
    if is_array(value):
        return tuple(_frozen(item) for item in value)
    return (isinstance(value, bool), value)


def _with_dashed_names_quoted(expression: str) -> str | None:
    """Return the expression with ``.x-name`` as ``['x-name']`` if that makes it JSONPath."""
    mended = re.sub(_DASHED_NAME, r"['\1']", expression)
    try:
        compile_query(mended)
    except QueryError:
        return None
    return mended


def _place_within(
    document: Document, location: Location, expression: str, position: int
) -> tuple[Place, str]:
    """Return the place of one character of a text value, and words for where the file hides it.

    The value stands behind its key on one line unless it is folded or its quotes are escaped.
    """
    key = document.place(location)
    if key.line and key.column:
        line = document.text.splitlines()[key.line - 1]
        start = line.find(expression, key.column - 1 + len(str(location[-1])))
        if expression and start >= 0:
            return Place(key.file, key.line, start + position + 1), ""
    return key, f" at its character {position + 1}"
