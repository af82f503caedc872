"""Write a changed document over its old text: what did not change keeps its layout and comments.

The old text is cut where libyaml says that values begin and end. A member that is new or changed
is written in the style of our files; all other text is taken over as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import yaml

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.overlay.merge import same
from pipeline.values import Json, is_array, is_object
from pipeline.yaml_writer import render_yaml

_WIDTH = 100
_STEP = 2
# libyaml writes ``[:0]`` and cannot read it.
_NOT_IN_FLOW = re.compile(r"[\[\]{},:?]")


def rewrite(old: Document, value: Json) -> str:
    """Return the text of ``old``, changed so that it holds ``value``.

    Where a text cannot be changed in place, as with anchors, the whole is written anew.
    """
    if _is_written(old.value, value):
        return old.text
    for write in (_edit_text, _write_anew):
        try:
            text = write(old, value)
            if _is_written(parse_document(text, old.path).value, value):
                return text
        except (BadInput, ValueError, yaml.YAMLError, _CannotEditError):
            # ValueError: no dash was found before an item. YAMLError: JSON that is no YAML.
            continue
    return render_yaml(value)


def _edit_text(old: Document, value: Json) -> str:
    return _Rewriting(old.text).rewrite(_read_nodes(old.text), old.value, value)


def _write_anew(old: Document, value: Json) -> str:
    del old
    return render(value)


def render(value: Json) -> str:
    """Return a whole document in the style of our files."""
    return _render(value, 0) + "\n"


def _is_written(found: Json, value: Json) -> bool:
    """Tell whether two values are the same in the same order."""
    return same(found, value) and _list_keys(found) == _list_keys(value)


def _list_keys(value: Json) -> list[Json]:
    if is_object(value):
        return [[key, _list_keys(member)] for key, member in value.items()]
    return [_list_keys(item) for item in value] if is_array(value) else []


class _CannotEditError(Exception):
    """The text has something that is not edited in place."""


@dataclass(slots=True)
class _Node:
    """A value in a text, from ``start`` up to ``end``, which is before any comment behind it."""

    start: int
    end: int = 0
    flow: bool = False
    column: int = 0
    keys: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    """Of a mapping: the keys, and where each begins and ends."""
    inside: list[_Node] = field(default_factory=list["_Node"])
    """Of a mapping, the members; of a list, the items."""


def _read_nodes(text: str) -> _Node:
    parser: Any = yaml.CSafeLoader(text)
    stack: list[tuple[_Node, bool]] = []
    root: _Node | None = None

    def attach(node: _Node) -> None:
        nonlocal root
        if stack:
            stack[-1][0].inside.append(node)
        else:
            root = node

    while True:
        event = parser.get_event()
        kind: object = event.__class__
        start, end = event.start_mark, event.end_mark
        if kind is yaml.AliasEvent or getattr(event, "anchor", None):
            raise _CannotEditError
        if kind is yaml.ScalarEvent:
            holder, is_mapping = stack[-1] if stack else (None, False)
            if holder and is_mapping and len(holder.keys) == len(holder.inside):
                holder.keys.append((event.value, start.index, end.index))
                continue
            stop = end.index
            if event.style in ("|", ">"):
                # libyaml takes the empty lines behind a block for a part of it.
                stop = start.index + len(text[start.index : stop].rstrip())
            attach(_Node(start.index, stop))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            node = _Node(start.index, flow=bool(event.flow_style), column=start.column)
            attach(node)
            stack.append((node, kind is yaml.MappingStartEvent))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            node, _ = stack.pop()
            node.end = end.index if node.flow or not node.inside else node.inside[-1].end
        elif kind is yaml.StreamEndEvent:
            break
    if root is None:
        raise _CannotEditError
    return root


class _Rewriting:
    def __init__(self, text: str) -> None:
        self._text = text

    def rewrite(self, root: _Node, old: Json, new: Json) -> str:
        if not self._can_edit(root, old, new):
            raise _CannotEditError
        after = self._text[self._end_of_line(root.end) :]
        return self._text[: root.start] + self._edit(root, old, new) + after

    def _can_edit(self, node: _Node, old: Json, new: Json) -> bool:
        both_objects = is_object(old) and is_object(new)
        both_arrays = is_array(old) and is_array(new)
        return bool((both_objects or both_arrays) and old and new and not node.flow)

    def _edit(self, node: _Node, old: Json, new: Json) -> str:
        """Return the new text of a block mapping or list, and what stands behind it on its line."""
        if is_object(old):
            starts = [start for _, start, _ in node.keys]
            places = {name: at for at, name in enumerate(old)}
            pieces = [
                (places.get(name), self._edit_member(node, places[name], old[name], member))
                if name in old
                else (None, _render_member(name, member, node.column))
                for name, member in new.items()
            ]
        else:
            starts = [
                self._text.rindex("-", node.inside[at - 1].end if at else node.start, one.start + 1)
                for at, one in enumerate(node.inside)
            ]
            pieces = [
                (at, _render_item(item, node.column))
                if at is None
                else (at, self._edit_item(node, starts[at], at, old[at], item))
                for at, item in _pair_items(old, new)
            ]
        return self._join(node, starts, pieces)

    def _join(
        self, node: _Node, starts: list[int], pieces: Sequence[tuple[int | None, str]]
    ) -> str:
        """Join the texts of members or items with what stands between them in the old text."""
        ends = [self._end_of_line(one.end) for one in node.inside]
        gaps = [self._text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
        is_airy = sum(gap.count("\n") > 1 for gap in gaps) * 2 > len(gaps)
        plain = ("\n\n" if is_airy else "\n") + " " * node.column
        at_line_start = not self._text[: node.start].rpartition("\n")[2].strip()
        joined = ""
        for at, text in pieces:
            gap = gaps[at - 1] if at else plain
            if not joined:  # and no gap, but for a comment that belongs to what follows
                gap = gap.lstrip() if "#" in gap and at_line_start else ""
            joined += gap + text
        return joined

    def _edit_member(self, node: _Node, at: int, old: Json, new: Json) -> str:
        _, start, key_end = node.keys[at]
        inner = node.inside[at]
        end = self._end_of_line(inner.end)
        if _is_written(old, new):
            return self._text[start:end]
        if self._can_edit(inner, old, new):
            return self._text[start : inner.start] + self._edit(inner, old, new)
        key = self._text[start:key_end]
        keeps_flow = inner.flow and bool(old) and not (is_object(old) and "$ref" in old)
        written = _write_after_colon(new, node.column, len(key), keeps_flow)
        return key + written + self._text[inner.end : end]

    def _edit_item(self, node: _Node, start: int, at: int, old: Json, new: Json) -> str:
        inner = node.inside[at]
        end = self._end_of_line(inner.end)
        if _is_written(old, new):
            return self._text[start:end]
        if self._can_edit(inner, old, new):
            return self._text[start : inner.start] + self._edit(inner, old, new)
        return _render_item(new, node.column) + self._text[inner.end : end]

    def _end_of_line(self, end: int) -> int:
        found = self._text.find("\n", end)
        return len(self._text) if found < 0 else found


def _pair_items(old: list[Json], new: list[Json]) -> list[tuple[int | None, Json]]:
    """Tell of each new item which old one it was; None for one that is written anew."""
    mine, yours = ([json.dumps(item) for item in one] for one in (old, new))
    pairs: list[tuple[int | None, Json]] = []
    matcher = SequenceMatcher(None, mine, yours, autojunk=False)
    for _, start, stop, first, last in matcher.get_opcodes():
        before = list(range(start, stop))
        for at, item in enumerate(new[first:last]):
            pairs.append((before[at] if at < len(before) else None, item))
    return pairs


def _write_after_colon(value: Json, column: int, taken: int, flow: bool = False) -> str:
    """Return what follows a key that stands at ``column`` and takes so many characters."""
    room = _WIDTH - column - taken - 2
    line = _render_line(value, room, flow)
    if line is not None:
        return f": {line}"
    if isinstance(value, str):
        return ": " + _render_text(value, column + _STEP)
    return ":\n" + " " * (column + _STEP) + _render(value, column + _STEP)


def _render_member(name: str, value: Json, column: int) -> str:
    key = _render_scalar(name)
    return key + _write_after_colon(value, column, len(key))


def _render_item(value: Json, column: int) -> str:
    line = _render_line(value, _WIDTH - column - 2, False)
    if line is None and isinstance(value, str):
        line = _render_text(value, column + _STEP)
    return "- " + (_render(value, column + _STEP) if line is None else line)


def _render(value: Json, column: int) -> str:
    """Return a value that begins at ``column``, in block style."""
    if is_object(value) and value:
        lines = [_render_member(name, member, column) for name, member in value.items()]
    elif is_array(value) and value:
        lines = [_render_item(item, column) for item in value]
    else:
        return _render_line(value, 0, True) or ""
    return ("\n" + " " * column).join(lines)


def _render_line(value: Json, room: int, flow: bool) -> str | None:
    """Return a value on one line; None when it has to have several, or looks better so."""
    if is_object(value):
        if value and not (flow or value.keys() == {"$ref"}):
            return None
        members = [
            f"{_render_scalar(key, True)}: {_render_line(member, 10_000, True)}"
            for key, member in value.items()
        ]
        line = "{ " + ", ".join(members) + " }" if members else "{}"
    elif is_array(value):
        if not flow and any(isinstance(item, dict | list) for item in value):
            return None
        line = "[" + ", ".join(str(_render_line(item, 10_000, True)) for item in value) + "]"
    else:
        line = _render_scalar(value, flow)
        if not isinstance(value, str) or flow:
            return line
    return line if len(line) <= room or not value else None


def _render_scalar(value: Json, flow: bool = False) -> str:
    if not isinstance(value, str):
        return render_yaml([value]).removeprefix("- ").rstrip("\n")
    is_plain = len(value) < _WIDTH - 4 and render_yaml([value]) == f"- {value}\n"
    if is_plain and not (flow and _NOT_IN_FLOW.search(value)):
        return value
    return _quote(value)


def _quote(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

    def escape(character: str) -> str:
        if character in escapes:
            return escapes[character]
        if character.isprintable() and character != "\ufeff":
            return character
        code = ord(character)
        return (
            f"\\x{code:02x}"
            if code < 256
            else f"\\u{code:04x}"
            if code < 65536
            else f"\\U{code:08x}"
        )

    return '"' + "".join(map(escape, text)) + '"'


def _render_text(text: str, column: int) -> str:
    """Return a text that is too long for its line."""
    words = text.split(" ")
    if not text.isprintable() or not all(words):
        return _quote(text)
    lines = [words[0]]
    for word in words[1:]:
        if column + len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return ">-\n" + "\n".join(" " * column + line for line in lines)
