"""Read JSON and YAML documents, and say where in a file a value stands.

One reader serves both a document's values and their places, so that the two never disagree.
Mapping keys are always text, as in JSON: ``200:`` is the key ``"200"``.
"""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place
from pipeline.values import MAX_DEPTH, TOO_DEEP, Json, Location, RefusedError, is_array, is_object
from pipeline.yaml_reader import HALF_A_PAIR, Places, parse_yaml

DEFAULT_MAX_BYTES = 32 * 1024 * 1024

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass
class Document:
    """A document that was read, and the means to place each of its values.

    ``path`` is the file's name as the user gave it, ``value`` the plain data.
    """

    path: str
    value: Json
    text: str = field(repr=False)
    _places: Places | None = field(default=None, repr=False)

    def place(self, location: Location) -> Place:
        """Return where the value at ``location`` stands: its key, or the list item itself.

        A location that does not exist is placed at its nearest ancestor that does.
        """
        if self._places is None:
            self._places = _index_places(self.text)
        for length in range(len(location), -1, -1):
            if found := self._places.get(location[:length]):
                return Place(self.path, *found)
        return Place(self.path)

    def fault(self, location: Location, message: str) -> Fault:
        """Return a fault placed at ``location``."""
        return Fault(self.place(location), message)


def read_document(
    path: str | Path, *, max_bytes: int | None = None, placed: bool = False
) -> Document:
    """Read a JSON or YAML file; ``-`` is standard input.

    ``placed`` says that places will be asked for: YAML is then read once for both, values and
    places, which takes half as long again as the values alone.

    Raises BadInput, with file, line and column, for a file that is missing, not readable, larger
    than ``max_bytes`` (DEFAULT_MAX_BYTES where none are given), not UTF-8, or not one JSON or YAML
    document with unique keys.
    """
    name = str(path)
    limit = DEFAULT_MAX_BYTES if max_bytes is None else max_bytes
    try:
        if name == "-":
            name = "<stdin>"
            if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  (`<&-`)
                raise BadInput(Fault(Place(name), "is closed: give the document there, or a file"))
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(limit + 1)
    except FileNotFoundError:
        raise BadInput(Fault(Place(name), "no such file: check the path")) from None
    except IsADirectoryError:
        raise BadInput(Fault(Place(name), "is a folder: name a file")) from None
    except OSError as error:
        raise BadInput(Fault(Place(name), f"cannot be read: {error.strerror}")) from None
    except ValueError as error:  # a NUL byte in the path
        raise BadInput(Fault(Place(name), f"is not a path: {error}")) from None
    if len(raw) > limit:
        # Who names no limit has no option for it.
        remedy = "" if max_bytes is None else ": raise the limit with --max-bytes"
        message = f"is larger than {limit:,} bytes{remedy}"
        raise BadInput(Fault(Place(name), message))
    return parse_document(raw, name, placed=placed)


def parse_document(source: str | bytes, path: str, *, placed: bool = False) -> Document:
    """Parse the text of a JSON or YAML document; ``path`` is only its name in messages."""
    text = _decode(source, path) if isinstance(source, bytes) else source
    if text.lstrip()[:1] in ("{", "["):
        try:
            return Document(path, _parse_json(text, path), text)
        except json.JSONDecodeError as error:
            if path.endswith(".json"):
                place = Place(path, error.lineno, error.colno)
                raise BadInput(Fault(place, f"is not JSON: {error.msg}")) from None
    places: Places | None = {} if placed else None
    return Document(path, parse_yaml(text, path, places), text, places)


def render_json(value: Json) -> str:
    """Render plain data as JSON, two spaces deep, in the order it has."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _decode(raw: bytes, path: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        place = Place(path, before.count(b"\n") + 1, column)
        raise BadInput(Fault(place, "is not UTF-8: save the file in that encoding")) from None


def _parse_json(text: str, path: str) -> Json:
    def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        if len(members) < len(pairs):
            seen: set[str] = set()
            name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            raise RefusedError(f"the key {name!r} stands twice in one mapping")
        return members

    def refuse_constant(name: str) -> Json:
        raise RefusedError(f"{name} is not a JSON value")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant)
        _refuse_depth_and_infinity(value)
        if _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RefusedError as error:
        # The JSON parser does not say where; the YAML reader refuses the same and does.
        parse_yaml(_without_surrogates(text), path)
        raise BadInput(Fault(Place(path), str(error))) from None
    except RecursionError:
        raise BadInput(Fault(Place(path), TOO_DEEP)) from None
    except UnicodeEncodeError:
        raise BadInput(Fault(Place(path), HALF_A_PAIR)) from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise BadInput(Fault(Place(path), f"holds a number that is too long: {error}")) from None
    return value


def _refuse_depth_and_infinity(value: Json) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        below: list[Json] = []
        for parent in level:
            if is_object(parent):
                below.extend(parent.values())
            elif is_array(parent):
                below.extend(parent)
            elif isinstance(parent, float) and not math.isfinite(parent):
                raise RefusedError("holds a number that is too large for JSON")
        level = below
    raise RefusedError(TOO_DEEP)


def _without_surrogates(text: str) -> str:
    """Replace the one thing of JSON that libyaml cannot read, at the same width."""
    return _SURROGATE_ESCAPE.sub(r"\\u0041", text)


def _index_places(text: str) -> Places:
    places: Places = {}
    try:
        parse_yaml(_without_surrogates(text) if text.lstrip()[:1] in "{[" else text, "", places)
    except BadInput:
        # A JSON document that YAML does not take keeps the places found up to there.
        places.setdefault((), (1, 1))
    return places
