"""Check where the links of pages lead: to files and headings of the repository, or elsewhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.faults import Fault, Place
from pipeline.site.pages import Link, Page

_SECONDS = 20


def check_links(root: Path, pages: Iterable[Page]) -> list[Fault]:
    """Find the links that lead nowhere; those to other hosts are looked at, but not followed."""
    by_name = {page.name: page for page in pages}
    return [
        Fault(Place(page.name, link.line), message)
        for page in by_name.values()
        for link in page.links
        if (message := _find_fault(root, by_name, page, link))
    ]


def list_external(pages: Iterable[Page]) -> dict[str, Place]:
    """Return the addresses of other hosts that pages link to, each with its first place."""
    found: dict[str, Place] = {}
    for page in pages:
        for link in page.links:
            if urlsplit(link.target).scheme:
                found.setdefault(link.target, Place(page.name, link.line))
    return found


def ask(addresses: dict[str, Place]) -> Iterator[Fault]:
    """Ask for each address, which takes a network; yield those that do not answer with a page."""
    import httpx

    with httpx.Client(follow_redirects=True, timeout=_SECONDS) as http:
        for address, place in addresses.items():
            try:
                status = http.get(address).status_code
            except httpx.HTTPError as error:
                yield Fault(place, f"{address} cannot be reached: {error}")
            else:
                if status >= 400:
                    yield Fault(place, f"{address} answers with {status}")


def _find_fault(root: Path, pages: dict[str, Page], page: Page, link: Link) -> str | None:
    parts = urlsplit(link.target)
    if parts.scheme or parts.netloc:
        return _judge_form(link.target)
    if not parts.path and not parts.fragment:
        return "the link is empty"
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), unquote(parts.path)))
    if not parts.path:
        name = page.name
    if name.startswith(("/", "../")):
        return f"{link.target} leaves the repository"
    target = root / name
    if target.is_dir():
        return f"{link.target} is a folder: link to a file in it, since a site shows no folders"
    if not target.is_file():
        return f"{link.target} is not there"
    if parts.fragment and name in pages and unquote(parts.fragment) not in pages[name].anchors:
        return f"{name} has no heading #{parts.fragment}"
    if parts.fragment and name not in pages:
        return f"{name} is no page, so nothing in it can be linked to"
    return None


def _judge_form(address: str) -> str | None:
    parts = urlsplit(address)
    if parts.scheme != "https":
        return f"{address} is not https"
    if "." not in (parts.hostname or "") or "@" in parts.netloc:
        return f"{address} names no host"
    return None
