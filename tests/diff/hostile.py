"""Texts that try to become markup, and a report that holds one of them everywhere."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.diff.change import (
    Cause,
    Change,
    Coverage,
    LedgerEntry,
    PythonChange,
    Report,
    Severity,
    Spot,
    Version,
)
from pipeline.faults import Place

ATTACKS = (
    "</details>",
    "<details open>",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<!-- ",
    "--> ]]>",
    "{{ 7 * 7 }}{% raw %}",
    "@octocat",
    "@org/team",
    "a@example.org",
    "#123",
    "owner/name#1",
    "GH-7",
    "fixes #9",
    "0123456789abcdef0123456789abcdef01234567",
    "https://example.org/?a=b&c=d",
    "www.example.org",
    "[text](https://example.org)",
    "![image](https://example.org/x.png)",
    "[^1]",
    "`",
    "``",
    "```",
    "\n```\n\n# out\n\n```\n",
    "\n````\n~~~\n",
    "~~~",
    "| a | b |\n|---|---|",
    "\n\n# heading\n\n",
    "\n- [ ] item\n",
    "\n> quote\n",
    "\n---\n",
    "    code",
    "*bold* _thin_ ~~gone~~",
    "$x$ $`y`$ $$z$$",
    ":tada: :+1:",
    "&lt;b&gt; &amp; &#64;octocat",
    "\\",
    "\r",
    "\x1b[31m",
    "\x00",
    "\u2028\u202e\u200b",
    "😀",
    "x" * 3000,
)


def texts() -> st.SearchStrategy[str]:
    """Return any texts, and attacks in any order with any texts between them."""
    parts = st.sampled_from(ATTACKS) | st.text(max_size=8)
    return st.lists(parts, min_size=1, max_size=5).map("".join)


def fill(text: str) -> Report:
    """Return a report with the same text in each field that a document can fill."""
    place = Place(text, 3, 5)
    change = Change(
        rule=text,
        what=text,
        severity=Severity.BREAKING,
        directions=("request",),
        old=Spot(text, place, {text: [text]}),
        new=Spot(text, place, text),
        operations=(text, text),
        resource=text,
        symbols=(text, text),
        caller=text,
        python=(
            PythonChange(text, Severity.BREAKING, text, text, f"{text}+"),
            PythonChange(text, Severity.COMPATIBLE, text, None, text),
        ),
        cause=Cause("overlay", place, text),
    )
    removed = Change(text, text, Severity.DANGEROUS, old=change.old, caller=text)
    nowhere = Change(text, text, Severity.COMPATIBLE)
    return Report(
        old=text,
        new=text,
        changes=(change, removed, nowhere),
        version=Version(text, text, text, "major", holds=False),
        ledger=tuple(
            LedgerEntry(place, text, state, text, text)
            for state in ("conflict", "redundant", "unmatched", "needed")
        ),
        coverage=Coverage(1, 2, 3, (text,)),
        new_operations=(text,),
    )
