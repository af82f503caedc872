"""Inspect a site that was built: it asks nobody, its links lead somewhere, nothing is left out."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.faults import Fault, Place

_LOADING = {
    ("audio", "src"),
    ("embed", "src"),
    ("form", "action"),
    ("iframe", "src"),
    ("image", "href"),
    ("img", "src"),
    ("img", "srcset"),
    ("input", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("track", "src"),
    ("use", "href"),
    ("video", "poster"),
    ("video", "src"),
}
"""Elements and attributes that make a browser ask for something by itself."""
_IN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?\s*((?:https?:)?//[^\s\"')]+)", re.IGNORECASE)
_ENTRY = re.compile(r"(.+?) (\S+:\S+) (-?\d+) (\S*) (.*)")


class _Reader(HTMLParser):
    """What a page of the site asks for, links to, and can be linked at."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one element asks for."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name == "style" and value:
                self.styles.append(value)
            elif (tag, name.removeprefix("xlink:")) in _LOADING:
                self.asked.append(value or "")
            elif (tag, name) == ("a", "href"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        """Note the text of a style."""
        if self.cdata_elem == "style":
            self.styles.append(data)


def inspect_site(folder: Path) -> Iterator[Fault]:
    """Yield what the pages of a site ask other hosts for, and the links between them that fail."""
    pages = {path: _read(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        place = Place(path.relative_to(folder).as_posix())
        for address in (*page.asked, *_list_in_styles(page.styles)):
            if urlsplit(address).netloc:
                yield Fault(place, f"asks another host: {address}")
        for link in page.links:
            if message := _find_fault(path, link, pages):
                yield Fault(place, message)
    for path in sorted(folder.rglob("*.css")):
        place = Place(path.relative_to(folder).as_posix())
        for address in _list_in_styles([path.read_text(encoding="utf-8")]):
            yield Fault(place, f"asks another host: {address}")


def list_documented(folder: Path) -> set[str]:
    """Return the names of all that the reference of a site describes, from its inventory."""
    # Four lines of text, then lines that are compressed: the format of Sphinx's objects.inv.
    content = (folder / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(content).decode().splitlines()
    entries = (_ENTRY.fullmatch(line) for line in lines)
    return {found[1] for found in entries if found and found[2].startswith("py:")}


def _read(path: Path) -> _Reader:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def _list_in_styles(styles: Iterable[str]) -> Iterator[str]:
    for style in styles:
        yield from _IN_STYLE.findall(style)


def _find_fault(path: Path, link: str, pages: dict[Path, _Reader]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return f"a link leads nowhere: {link}"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return f"a link leads to no place of the page: {link}"
    return None
