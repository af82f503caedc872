"""Lay two texts side by side, line by line, and mark what differs in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

Kind = Literal["same", "marked", "gap", "note"]
Piece = tuple[str, bool]
"""A part of a line, and whether it differs."""

_LINES = 300
_CHARACTERS = 1000
_CONTEXT = 3
"""Equal lines that stay around what differs; more are folded."""
_TOKENS = 300
"""Longer lines are marked as a whole: comparing them word by word is slow and shows little."""
_PAIRS = 100
"""More pairs of lines than so are not tried: the lines are paired in their order."""
_FIRST_WORDS = 80
"""Words of a line that tell which line it goes with."""
_ALIKE = 0.5
"""How much two lines must share for their words to be compared."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one side: text, a gap where the other side has more, or a note of ours."""

    kind: Kind
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """Two texts with as many lines each; None where there is no text."""

    old: tuple[Line, ...] | None
    new: tuple[Line, ...] | None


def lay_side_by_side(old: str | None, new: str | None) -> Sides:
    """Align two texts and mark what differs; a text without another one stays unmarked."""
    if old is None or new is None:
        return Sides(*(None if one is None else tuple(map(_keep, _cut(one))) for one in (old, new)))
    pairs = list(_align(_cut(old), _cut(new)))
    return Sides(tuple(left for left, _ in pairs), tuple(right for _, right in pairs))


def _cut(text: str) -> list[str]:
    lines = text.rstrip("\n").split("\n")
    kept = [one if len(one) <= _CHARACTERS else one[:_CHARACTERS] + "…" for one in lines[:_LINES]]
    return kept if len(lines) <= _LINES else [*kept, f"… {len(lines) - _LINES} more lines"]


def _align(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Line, Line]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            first, last = start == 0, end == len(old)
            yield from ((one, one) for one in _fold(old[start:end], first, last))
            continue
        yield from _pair(old[start:end], new[new_start:new_end])


def _pair(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Line, Line]]:
    """Put the two lines side by side that are most alike, then what is before and after them."""
    best, left, right = _find_alike(old, new)
    if best < _ALIKE:
        yield from (_mark(*pair) for pair in zip_longest(old, new))
        return
    yield from _pair(old[:left], new[:right])
    yield _mark(old[left], new[right])
    yield from _pair(old[left + 1 :], new[right + 1 :])


def _find_alike(old: Sequence[str], new: Sequence[str]) -> tuple[float, int, int]:
    if not 0 < len(old) * len(new) <= _PAIRS:
        return 0, 0, 0
    return max(
        (
            (_measure_likeness(one, other), left, right)
            for left, one in enumerate(old)
            for right, other in enumerate(new)
        ),
        key=lambda found: found[0],
    )


@lru_cache(maxsize=_PAIRS)
def _measure_likeness(old: str, new: str) -> float:
    return _compare(*(_split_words(one)[:_FIRST_WORDS] for one in (old, new))).ratio()


def _split_words(line: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", line)


def _compare(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, old[:_TOKENS], new[:_TOKENS], autojunk=False)


def _fold(lines: Sequence[str], first: bool, last: bool) -> Iterator[Line]:
    before, after = 1 if first else _CONTEXT, 1 if last else _CONTEXT
    hidden = len(lines) - before - after
    if hidden <= _CONTEXT:
        yield from map(_keep, lines)
        return
    yield from map(_keep, lines[:before])
    yield Line("note", ((f"⋯ {hidden} equal lines", False),))
    yield from map(_keep, lines[len(lines) - after :])


def _keep(line: str) -> Line:
    return Line("same", ((line, False),))


def _mark(old: str | None, new: str | None) -> tuple[Line, Line]:
    if old is None or new is None:
        return _mark_all(old), _mark_all(new)
    words, new_words = _split_words(old), _split_words(new)
    matcher = _compare(words, new_words)
    if matcher.ratio() < _ALIKE or max(len(words), len(new_words)) > _TOKENS:
        return _mark_all(old), _mark_all(new)
    blocks = matcher.get_opcodes()
    left = [("".join(words[a:b]), tag != "equal") for tag, a, b, _, _ in blocks]
    right = [("".join(new_words[a:b]), tag != "equal") for tag, _, _, a, b in blocks]
    return _join(left), _join(right)


def _mark_all(line: str | None) -> Line:
    return Line("gap") if line is None else Line("marked", ((line, True),))


def _join(pieces: Sequence[Piece]) -> Line:
    return Line("marked", tuple(piece for piece in pieces if piece[0]))
