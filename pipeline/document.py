"""Read and write JSON and YAML documents, and say where in a file a value stands.

YAML is read by the rules of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema):
``on`` is text, ``012`` is twelve and ``2020-01-01`` is text. The reader builds plain data from
libyaml's events, so that depth, size and aliases are bounded before anything is built. Mapping
keys are always text, as in JSON: ``200:`` is the key ``"200"``.
"""

from __future__ import annotations

import io
import json
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

import yaml

from pipeline.faults import BadInput, Fault, Place

Json: TypeAlias = Any
"""Plain data: dict with text keys, list, str, int, float, bool or None."""

Location: TypeAlias = tuple[str | int, ...]
"""The steps from a document's root to a value: member names and list positions."""

DEFAULT_MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 200
MAX_ALIASED_VALUES = 100_000

_OnValue: TypeAlias = Callable[[Location, int, int], None]

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_WORDS: dict[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS = frozenset("+-.0123456789")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a value is an object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Tell whether a value is an array."""
    return isinstance(value, list)


@dataclass
class Document:
    """A document that was read, and the means to place each of its values.

    ``path`` is the file's name as the user gave it, ``value`` the plain data.
    """

    path: str
    value: Json
    text: str = field(repr=False)
    _places: dict[Location, tuple[int, int]] | None = field(default=None, repr=False)

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


def read_document(path: str | Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Document:
    """Read a JSON or YAML file; ``-`` is standard input.

    Raises BadInput, with file, line and column, for a file that is missing, not readable, larger
    than ``max_bytes``, not UTF-8, or not one JSON or YAML document with unique keys.
    """
    name = str(path)
    try:
        if name == "-":
            name = "<stdin>"
            raw = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise BadInput(Fault(Place(name), "no such file: check the path")) from None
    except IsADirectoryError:
        raise BadInput(Fault(Place(name), "is a folder: name a file")) from None
    except OSError as error:
        raise BadInput(Fault(Place(name), f"cannot be read: {error.strerror}")) from None
    except ValueError as error:  # a NUL byte in the path
        raise BadInput(Fault(Place(name), f"is not a path: {error}")) from None
    if len(raw) > max_bytes:
        message = f"is larger than {max_bytes:,} bytes: raise the limit with --max-bytes"
        raise BadInput(Fault(Place(name), message))
    return parse_document(raw, name)


def parse_document(source: str | bytes, path: str) -> Document:
    """Parse the text of a JSON or YAML document; ``path`` is only its name in messages."""
    text = _decode(source, path) if isinstance(source, bytes) else source
    if text.lstrip()[:1] in ("{", "["):
        try:
            return Document(path, _parse_json(text, path), text)
        except json.JSONDecodeError as error:
            if path.endswith(".json"):
                place = Place(path, error.lineno, error.colno)
                raise BadInput(Fault(place, f"is not JSON: {error.msg}")) from None
    return Document(path, _parse_yaml(text, path), text)


def render_json(value: Json) -> str:
    """Render plain data as JSON, two spaces deep, in the order it has."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def render_yaml(value: Json) -> str:
    """Render plain data as YAML that readers of YAML 1.1 and of 1.2 understand alike."""
    writer = _YamlWriter()
    writer.write(value)
    return writer.finish()


class _Dumper(yaml.CSafeDumper):
    """The stock dumper, which quotes what YAML 1.1 would misread, and what only 1.2 would."""


for _name, _pattern in (("int", _INTEGER), ("float", _FLOAT)):
    # The stubs leave this method half typed.
    _Dumper.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        _TAG + _name, _pattern, list("-+.0123456789")
    )


class _YamlWriter:
    """Hands libyaml the events of a value one by one.

    The stock way there, through PyYAML's nodes, gives the same text and takes six times as long.
    """

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._dumper: Any = _Dumper(self._stream, allow_unicode=True, width=100)
        # The keys of a document and many of its texts are the same few.
        self._texts: dict[str, Any] = {}
        self._emit: Callable[[Any], None] = self._dumper.emit
        self._emit(yaml.StreamStartEvent())
        self._emit(yaml.DocumentStartEvent(explicit=False))

    def finish(self) -> str:
        """Return what was written."""
        self._emit(yaml.DocumentEndEvent(explicit=False))
        self._emit(yaml.StreamEndEvent())
        return self._stream.getvalue()

    def write(self, value: Json) -> None:
        """Write a value and all that is in it."""
        if isinstance(value, str):
            self._emit(self._texts.get(value) or self._describe_text(value))
        elif is_object(value):
            self._emit(_MAPPING_START)
            for key, member in value.items():
                self.write(key)
                self.write(member)
            self._emit(_MAPPING_END)
        elif is_array(value):
            self._emit(_SEQUENCE_START)
            for item in value:
                self.write(item)
            self._emit(_SEQUENCE_END)
        else:
            node = self._dumper.represent_data(value)
            self._emit(self._describe(node.tag, node.value, node.style))

    def _describe_text(self, text: str) -> Any:
        event = self._describe(_TAG + "str", text, "|" if "\n" in text else None)
        self._texts[text] = event
        return event

    def _describe(self, tag: str, text: str, style: str | None) -> Any:
        plain, quoted = (
            self._dumper.resolve(yaml.ScalarNode, text, implicit) == tag
            for implicit in ((True, False), (False, True))
        )
        return yaml.ScalarEvent(None, tag, (plain, quoted), text, style=style)


_MAPPING_START = yaml.MappingStartEvent(None, _TAG + "map", True, flow_style=False)
_MAPPING_END = yaml.MappingEndEvent()
_SEQUENCE_START = yaml.SequenceStartEvent(None, _TAG + "seq", True, flow_style=False)
_SEQUENCE_END = yaml.SequenceEndEvent()


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
            raise _Refused(f"the key {name!r} stands twice in one mapping")
        return members

    def refuse_constant(name: str) -> Json:
        raise _Refused(f"{name} is not a JSON value")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse_constant)
        _refuse_depth_and_infinity(value)
        if _SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except _Refused as error:
        # The JSON parser does not say where; the YAML reader refuses the same and does.
        _parse_yaml(_without_surrogates(text), path)
        raise BadInput(Fault(Place(path), str(error))) from None
    except RecursionError:
        raise BadInput(Fault(Place(path), _TOO_DEEP)) from None
    except UnicodeEncodeError:
        raise BadInput(Fault(Place(path), _HALF_A_PAIR)) from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise BadInput(Fault(Place(path), f"holds a number that is too long: {error}")) from None
    return value


_HALF_A_PAIR = "holds half a surrogate pair, which is no character"
_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep: no API description is"


class _Refused(Exception):
    """A value that JSON's own parser takes and this project does not."""


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
                raise _Refused("holds a number that is too large for JSON")
        level = below
    raise _Refused(_TOO_DEEP)


def _without_surrogates(text: str) -> str:
    """Replace the one thing of JSON that libyaml cannot read, at the same width."""
    return _SURROGATE_ESCAPE.sub(r"\\u0041", text)


def _index_places(text: str) -> dict[Location, tuple[int, int]]:
    places: dict[Location, tuple[int, int]] = {}

    def remember(location: Location, line: int, column: int) -> None:
        places[location] = (line, column)

    try:
        _parse_yaml(_without_surrogates(text) if text.lstrip()[:1] in "{[" else text, "", remember)
    except BadInput:
        # A JSON document that YAML does not take keeps the places found up to there.
        places.setdefault((), (1, 1))
    return places


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "container", "key")

    def __init__(self, container: Json, anchor: str | None) -> None:
        self.container = container
        self.anchor = anchor
        self.key: str | None = None


def _parse_yaml(text: str, path: str, on_value: _OnValue | None = None) -> Json:
    """Build plain data from libyaml's events; tell ``on_value`` where each value stands."""
    try:
        return _build(yaml.CSafeLoader(text), path, on_value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise BadInput(Fault(place, f"is not YAML: {said}")) from None
    except yaml.reader.ReaderError as error:
        raise BadInput(Fault(_place_of_character(text, path, error), _said(error))) from None
    except yaml.YAMLError as error:
        raise BadInput(Fault(Place(path), f"is not YAML: {error}")) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise BadInput(Fault(Place(path, line), _HALF_A_PAIR)) from None


def _said(error: yaml.reader.ReaderError) -> str:
    return f"is not YAML: {error.reason}"


def _place_of_character(text: str, path: str, error: yaml.reader.ReaderError) -> Place:
    # libyaml counts bytes of UTF-8 here.
    before = text.encode("utf-8", "surrogatepass")[: error.position].decode("utf-8", "ignore")
    return Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _build(parser: Any, path: str, on_value: _OnValue | None) -> Json:
    # An explicit stack: libyaml's own composer recurses and a deep document would crash it.
    stack: list[_Frame] = []
    anchors: dict[str, Json] = {}
    open_anchors: set[str] = set()
    copy = _bounded_copier()
    documents = 0
    steps: list[str | int] = []
    root: Json = None

    def refuse(event: Any, message: str) -> BadInput:
        mark = event.start_mark
        return BadInput(Fault(Place(path, mark.line + 1, mark.column + 1), message))

    def attach(value: Json, event: Any) -> None:
        """Put a value where it belongs: the next member, the next item, or the root."""
        nonlocal root
        if not stack:
            root = value
            if on_value:
                on_value((), event.start_mark.line + 1, event.start_mark.column + 1)
            return
        frame = stack[-1]
        if is_array(frame.container):
            if on_value:
                steps.append(len(frame.container))
                on_value(tuple(steps), event.start_mark.line + 1, event.start_mark.column + 1)
                steps.pop()
            frame.container.append(value)
        else:
            frame.container[frame.key] = value
            frame.key = None

    while True:
        event = parser.get_event()
        kind: object = event.__class__
        if kind is yaml.ScalarEvent:
            if stack and is_object(stack[-1].container) and stack[-1].key is None:
                frame = stack[-1]
                key: str = event.value
                if key in frame.container:
                    raise refuse(event, f"the key {key!r} stands twice in one mapping")
                if key == "<<" and event.implicit[0]:
                    raise refuse(event, "merge keys (<<) are not YAML 1.2: write the members out")
                frame.key = key
                if event.anchor:
                    anchors[event.anchor] = key
                if on_value:
                    mark = event.start_mark
                    on_value((*steps, key), mark.line + 1, mark.column + 1)
                continue
            try:
                value = _scalar(event)
            except ValueError as error:
                raise refuse(event, str(error)) from None
            if event.anchor:
                anchors[event.anchor] = value
            attach(value, event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if stack and is_object(stack[-1].container) and stack[-1].key is None:
                raise refuse(event, "a mapping's key must be text")
            if len(stack) >= MAX_DEPTH:
                raise refuse(event, _TOO_DEEP)
            wanted = "map" if kind is yaml.MappingStartEvent else "seq"
            if event.tag not in (None, "!", _TAG + wanted):
                raise refuse(event, f"the tag {event.tag!r} has no meaning in JSON: remove it")
            container: Json = {} if kind is yaml.MappingStartEvent else []
            if on_value and stack:
                parent = stack[-1]
                is_list = is_array(parent.container)
                step = len(parent.container) if is_list else parent.key
                attach(container, event)
                steps.append(step)  # type: ignore[arg-type]
            else:
                attach(container, event)
            if event.anchor:
                anchors.pop(event.anchor, None)
                open_anchors.add(event.anchor)
            stack.append(_Frame(container, event.anchor))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            frame = stack.pop()
            if on_value and stack:
                steps.pop()
            if frame.anchor:
                open_anchors.discard(frame.anchor)
                anchors[frame.anchor] = frame.container
        elif kind is yaml.AliasEvent:
            if event.anchor in open_anchors:
                raise refuse(event, f"the alias *{event.anchor} stands inside itself")
            if event.anchor not in anchors:
                raise refuse(event, f"the alias *{event.anchor} has no anchor")
            if stack and is_object(stack[-1].container) and stack[-1].key is None:
                raise refuse(event, "an alias cannot be a mapping's key here: write the key out")
            try:
                value = copy(anchors[event.anchor], len(stack))
            except _Refused as error:
                raise refuse(event, str(error)) from None
            attach(value, event)
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise refuse(event, "holds a second YAML document: keep one in a file")
        elif kind is yaml.StreamEndEvent:
            break
    if documents == 0:
        raise BadInput(Fault(Place(path), "is empty: it must hold a JSON or YAML document"))
    return root


def _scalar(event: Any) -> Json:
    text: str = event.value
    tag: str | None = event.tag
    if tag is None or tag == "!":
        return _resolve(text) if event.implicit[0] and tag is None else text
    if tag == _TAG + "str":
        return text
    value = _resolve(text)
    expected = {"null": type(None), "bool": bool, "int": int, "float": float}
    kind = expected.get(tag.removeprefix(_TAG)) if tag.startswith(_TAG) else None
    if kind is None:
        raise ValueError(f"the tag {tag!r} has no meaning in JSON: remove it")
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ValueError(f"{text!r} does not fit its tag {tag.removeprefix(_TAG)!r}")
    return value


def _resolve(text: str) -> Json:
    """Give a plain scalar its type by the core schema of YAML 1.2."""
    if text[:1] not in _NUMBER_STARTS:
        return _WORDS.get(text, text) if len(text) < 6 else text
    if _INTEGER.match(text):
        if len(text) > 400:
            raise ValueError("holds a number that is too long")
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.match(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is too large for JSON")
        return number
    if _NOT_FINITE.match(text):
        raise ValueError(f"{text} is not a JSON number: quote it if it is text")
    return text


def _bounded_copier() -> Callable[[Json, int], Json]:
    """Return a function that copies aliased data and refuses what grows too large or deep."""
    copied = 0

    def copy(value: Json, depth: int) -> Json:
        nonlocal copied
        leaf = value
        copied += 1
        if copied > MAX_ALIASED_VALUES:
            raise _Refused(f"aliases expand to more than {MAX_ALIASED_VALUES:,} values")
        if isinstance(value, dict | list) and depth >= MAX_DEPTH:
            raise _Refused(_TOO_DEEP)
        if is_object(value):
            return {key: copy(member, depth + 1) for key, member in value.items()}
        if is_array(value):
            return [copy(item, depth + 1) for item in value]
        return leaf

    return copy
