"""Write text that others chose into Markdown, so that it shows as it is and marks nothing up.

It goes into a file of the repository, where GitHub looks for no mention, reference or bare address:
the text stays as people read it, without the spaces of no width that a comment needs.
"""

from __future__ import annotations

import re

from pipeline.faults import inert_line

# CommonMark, section 6.1: a code span ends at the next run of as many backticks as it began with.
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&]")
_BLOCK_START = re.compile(r"^([-+#=]|\d+(?=[.)]))")


def escape_prose(text: str) -> str:
    """Return a sentence in which code spans stay and all other markup is plain text."""
    line = inert_line(text).strip(" ")
    parts: list[str] = []
    end = 0
    for span in _CODE_SPAN.finditer(line):
        parts += [_escape(line[end : span.start()]), span[0]]
        end = span.end()
    parts.append(_escape(line[end:]))
    return _BLOCK_START.sub(lambda start: _escape_start(start[0]), "".join(parts))


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _escape_start(mark: str) -> str:
    # A digit cannot be escaped; the point behind it can.
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"
