"""Read YAML by the rules of its version 1.2's core schema, within bounds.

``on`` is text there, ``012`` is twelve and ``2020-01-01`` is text
(https://yaml.org/spec/1.2.2/#103-core-schema). Plain data is built from libyaml's events, so that
depth, duplicate keys and aliases are bounded before anything is built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import yaml

from pipeline.faults import BadInput, Fault, Place
from pipeline.values import MAX_DEPTH, TOO_DEEP, Json, Location, RefusedError, is_array, is_object

MAX_ALIASED_VALUES = 100_000
HALF_A_PAIR = "holds half a surrogate pair, which is no character"

Places: TypeAlias = dict[Location, tuple[int, int]]
"""The line and the column, from 1 on, at which each value begins: its key, or the list item."""

TAG = "tag:yaml.org,2002:"
INTEGER = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_WORDS: dict[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS = frozenset("+-.0123456789")


class _Frame:
    """A mapping or list that is being filled."""

    __slots__ = ("anchor", "container", "key", "takes_key")

    def __init__(self, container: Json, anchor: str | None) -> None:
        self.container = container
        self.anchor = anchor
        self.key: str | None = None
        self.takes_key: bool = is_object(container)
        """What comes next is a member's key."""


def parse_yaml(text: str, path: str, places: Places | None = None) -> Json:
    """Build plain data from libyaml's events; note in ``places`` where each value stands."""
    try:
        return _build(yaml.CSafeLoader(text), path, places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        said = " ".join(part for part in (error.context, error.problem) if part)
        # libyaml 0.2.6 has a limit of its own, which it meets while it looks ahead.
        too_deep = "maximum nesting depth" in said
        raise BadInput(Fault(place, TOO_DEEP if too_deep else f"is not YAML: {said}")) from None
    except yaml.reader.ReaderError as error:
        raise BadInput(Fault(_place_of_character(text, path, error), _said(error))) from None
    except yaml.YAMLError as error:
        raise BadInput(Fault(Place(path), f"is not YAML: {error}")) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise BadInput(Fault(Place(path, line), HALF_A_PAIR)) from None


def _said(error: yaml.reader.ReaderError) -> str:
    return f"is not YAML: {error.reason}"


def _place_of_character(text: str, path: str, error: yaml.reader.ReaderError) -> Place:
    # libyaml counts bytes of UTF-8 here.
    before = text.encode("utf-8", "surrogatepass")[: error.position].decode("utf-8", "ignore")
    return Place(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _build(parser: Any, path: str, places: Places | None) -> Json:
    # An explicit stack: libyaml's own composer recurses and a deep document would crash it.
    stack: list[_Frame] = []
    anchors: dict[str, Json] = {}
    open_anchors: set[str] = set()
    copy = _bounded_copier()
    documents = 0
    noting, found = places is not None, places if places is not None else {}
    steps: list[str | int] = []
    root: Json = None

    def refuse(event: Any, message: str) -> BadInput:
        mark = event.start_mark
        return BadInput(Fault(Place(path, mark.line + 1, mark.column + 1), message))

    def note(location: Location, event: Any) -> None:
        mark = event.start_mark
        found[location] = mark.line + 1, mark.column + 1

    def attach(value: Json, event: Any) -> None:
        """Put a value where it belongs: the next member, the next item, or the root."""
        nonlocal root
        if not stack:
            root = value
            if noting:
                note((), event)
            return
        frame = stack[-1]
        if frame.key is None:
            if noting:
                note((*steps, len(frame.container)), event)
            frame.container.append(value)
        else:
            frame.container[frame.key] = value
            frame.key = None
            frame.takes_key = True

    while True:
        event = parser.get_event()
        kind: object = event.__class__
        if kind is yaml.ScalarEvent:
            if stack and stack[-1].takes_key:
                frame = stack[-1]
                key: str = event.value
                if key in frame.container:
                    raise refuse(event, f"the key {key!r} stands twice in one mapping")
                if key == "<<" and event.implicit[0]:
                    raise refuse(event, "merge keys (<<) are not YAML 1.2: write the members out")
                frame.key = key
                frame.takes_key = False
                if event.anchor:
                    anchors[event.anchor] = key
                if noting:
                    note((*steps, key), event)
                continue
            try:
                value = _scalar(event)
            except ValueError as error:
                raise refuse(event, str(error)) from None
            if event.anchor:
                anchors[event.anchor] = value
            attach(value, event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if stack and stack[-1].takes_key:
                raise refuse(event, "a mapping's key must be text")
            if len(stack) >= MAX_DEPTH:
                raise refuse(event, TOO_DEEP)
            wanted = "map" if kind is yaml.MappingStartEvent else "seq"
            if event.tag not in (None, "!", TAG + wanted):
                raise refuse(event, f"the tag {event.tag!r} has no meaning in JSON: remove it")
            container: Json = {} if kind is yaml.MappingStartEvent else []
            if noting and stack:
                parent = stack[-1]
                step = len(parent.container) if parent.key is None else parent.key
                attach(container, event)
                steps.append(step)
            else:
                attach(container, event)
            if event.anchor:
                anchors.pop(event.anchor, None)
                open_anchors.add(event.anchor)
            stack.append(_Frame(container, event.anchor))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            frame = stack.pop()
            if noting and stack:
                steps.pop()
            if frame.anchor:
                open_anchors.discard(frame.anchor)
                anchors[frame.anchor] = frame.container
        elif kind is yaml.AliasEvent:
            if event.anchor in open_anchors:
                raise refuse(event, f"the alias *{event.anchor} stands inside itself")
            if event.anchor not in anchors:
                raise refuse(event, f"the alias *{event.anchor} has no anchor")
            if stack and stack[-1].takes_key:
                raise refuse(event, "an alias cannot be a mapping's key here: write the key out")
            try:
                value = copy(anchors[event.anchor], len(stack))
            except RefusedError as error:
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
    if tag == TAG + "str":
        return text
    value = _resolve(text)
    expected = {"null": type(None), "bool": bool, "int": int, "float": float}
    kind = expected.get(tag.removeprefix(TAG)) if tag.startswith(TAG) else None
    if kind is None:
        raise ValueError(f"the tag {tag!r} has no meaning in JSON: remove it")
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ValueError(f"{text!r} does not fit its tag {tag.removeprefix(TAG)!r}")
    return value


def _resolve(text: str) -> Json:
    """Give a plain scalar its type by the core schema of YAML 1.2."""
    if text[:1] not in _NUMBER_STARTS:
        return _WORDS.get(text, text) if len(text) < 6 else text
    if INTEGER.match(text):
        if len(text) > 400:
            raise ValueError("holds a number that is too long")
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if FLOAT.match(text):
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
            raise RefusedError(f"aliases expand to more than {MAX_ALIASED_VALUES:,} values")
        if isinstance(value, dict | list) and depth >= MAX_DEPTH:
            raise RefusedError(TOO_DEEP)
        if is_object(value):
            return {key: copy(member, depth + 1) for key, member in value.items()}
        if is_array(value):
            return [copy(item, depth + 1) for item in value]
        return leaf

    return copy
