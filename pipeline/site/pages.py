"""Read the pages of the documentation: their links, what can be linked to, and their code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PAGES = ("*.md", "docs/**/*.md", "overlays/**/*.md", "spec/**/*.md")
"""Where pages are; what begins with + is a fragment of the changelog, and no page."""

_LABEL = re.compile(r"<!-- (.+) -->\s*")
_NO_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or an image, and the line of the paragraph that it stands in."""

    line: int
    target: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code."""

    line: int
    """That of its first line of code."""
    language: str
    """As written behind the fence; empty where nothing is."""
    code: str
    label: str
    """What the comment right above it says; empty without one."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Code within a sentence or a table, and the line of the paragraph that it stands in."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page in Markdown."""

    name: str
    """Its path in the repository, with slashes."""
    text: str
    links: tuple[Link, ...]
    anchors: frozenset[str]
    """What can stand behind # in a link to it, as code hosts and the site name headings."""
    blocks: tuple[Block, ...]
    inline: tuple[Inline, ...]


def read_pages(root: Path) -> list[Page]:
    """Read all pages of a repository, in the order of their names."""
    paths = {path for pattern in PAGES for path in root.glob(pattern)}
    return [read_page(root, path) for path in sorted(paths) if not path.name.startswith("+")]


def read_page(root: Path, path: Path) -> Page:
    """Read one page."""
    text = path.read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return Page(
        path.relative_to(root).as_posix(),
        text,
        tuple(_list_links(tokens)),
        frozenset(_list_anchors(tokens)),
        tuple(_list_blocks(tokens)),
        tuple(_list_inline(tokens)),
    )


def _list_links(tokens: list[Token]) -> Iterator[Link]:
    for line, child in _list_children(tokens):
        if child.type in ("link_open", "image"):
            yield Link(line, str(child.attrGet("href") or child.attrGet("src") or ""))


def _list_inline(tokens: list[Token]) -> Iterator[Inline]:
    for line, child in _list_children(tokens):
        if child.type == "code_inline":
            yield Inline(line, child.content)


def _list_children(tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line  # the cells of a table have none
        for child in token.children or ():
            yield line, child


def _list_anchors(tokens: list[Token]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            title = "".join(child.content for child in inline.children or ())
            slug = _NO_SLUG.sub("", title.lower()).replace(" ", "-")
            number = seen.get(slug, 0)
            seen[slug] = number + 1
            yield f"{slug}-{number}" if number else slug


def _list_blocks(tokens: list[Token]) -> Iterator[Block]:
    before: Token | None = None
    for token in tokens:
        if token.type == "fence":
            found = _LABEL.fullmatch(before.content) if before else None
            start = token.map[0] + 2 if token.map else 1
            language = token.info.split(" ")[0]
            yield Block(start, language, token.content, found[1] if found else "")
        before = token if token.type == "html_block" else None
