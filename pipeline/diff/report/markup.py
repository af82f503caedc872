"""Write text that others wrote as Markdown of GitHub that shows it and does nothing else.

GitHub looks for mentions, references and links in the text that Markdown leaves behind, so that a
backslash before them does not help; a space of no width within them does. In code it looks for
nothing. The rules are those of GitHub Flavored Markdown 0.29 and of GitHub's pages on mentions,
autolinked references and mathematical expressions.
"""

from __future__ import annotations

import re

from pipeline.diff.report.wording import inert_lines, split_code
from pipeline.faults import inert_line

_SPACE = "\u200b"
_INERT = (
    (re.compile("&"), "&amp;"),
    (re.compile("<"), "&lt;"),
    (re.compile(">"), "&gt;"),
    (re.compile(r"[\\`*_\[\]{}|~^]"), r"\\\g<0>"),
    (re.compile(r"\$"), "<span>$</span>"),
    (re.compile(r"[@#]"), rf"\g<0>{_SPACE}"),
    (re.compile(r"(?i)(gh)-(?=\d)"), rf"\1-{_SPACE}"),
    (re.compile(r"(?i)(www)\."), rf"\1{_SPACE}."),
    (re.compile(r":(?=//|[\w+-]+:)"), f":{_SPACE}"),
    # What GitHub takes for a commit is 7 to 40 hexadecimal digits.
    (re.compile(r"\b[0-9a-f](?=[0-9a-f]{6,39}\b)"), rf"\g<0>{_SPACE}"),
)


def write_prose(text: str, limit: int) -> str:
    """Write a sentence on one line; what stands between backticks becomes code."""
    pieces = split_code(clip_text(inert_line(text).strip(" "), limit))
    return "".join(write_code(piece) if is_code else _escape(piece) for piece, is_code in pieces)


def write_code(text: str, limit: int = 300) -> str:
    """Write a name as code on one line."""
    line = clip_text(inert_line(text), limit)
    if not line.strip(" "):
        return ""
    # A backtick at an end would join the fence, and Markdown takes away one space from both ends.
    padding = " " if line[0] in "` " or line[-1] in "` " else ""
    fence = "`" * (_find_longest_run(line) + 1)
    return f"{fence}{padding}{line}{padding}{fence}"


def write_block(text: str, language: str, lines: int, limit: int) -> str:
    """Write text as a block of code, cut after so many lines and characters."""
    kept = inert_lines(text).rstrip("\n").split("\n")
    cut = [clip_text(line, 500) for line in kept[:lines]]
    while len(cut) > 1 and sum(map(len, cut)) > limit:
        cut.pop()
    if len(cut) < len(kept):
        cut.append(f"… {len(kept) - len(cut)} more lines")
    body = "\n".join(cut)
    fence = "`" * max(3, _find_longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def clip_text(text: str, limit: int) -> str:
    """Return at most so many characters of a text."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _find_longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escape(text: str) -> str:
    for pattern, replacement in _INERT:
        text = pattern.sub(replacement, text)
    return text
