"""The command ``docs``: check the links of the pages and make the site of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from pipeline.faults import DONE, BadInput, DoesNotHold, Fault, Place

_ROOT = Path(__file__).resolve().parents[2]
_SITE = "site"
_TOOLS = ("furo", "markdown_it", "myst_parser", "sphinx")


def add_commands(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command."""
    summary = "make the site of the documentation"
    parser = add_parser(
        "docs",
        help=summary,
        description="Make the site of the documentation. Exits 1 for a link that leads nowhere, a "
        "warning, a page that asks another host, or a public name that the reference leaves out; "
        "the site that was there stays then. Links to other hosts are listed.",
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=_ROOT / _SITE, metavar="DIR",
        help=f"the folder that gets the site (default: {_SITE}/)",
    )  # fmt: skip
    parser.add_argument(
        "--external", action="store_true",
        help="ask other hosts whether the pages that we link to are there; takes a network",
    )  # fmt: skip
    parser.set_defaults(func=run_docs)


def run_docs(options: argparse.Namespace) -> int:
    """Check the links, make the site, and tell what was found."""
    require_tools(_TOOLS)
    from pipeline.site.build import build_site
    from pipeline.site.links import ask, check_links, list_external
    from pipeline.site.pages import read_pages

    pages = read_pages(_ROOT)
    faults = check_links(_ROOT, pages)
    external = list_external(pages)
    if options.external and not faults:
        faults += ask(external)
    if faults:
        raise DoesNotHold(*faults)
    built = build_site(_ROOT, options.output)
    for address, place in external.items():
        print(f"{place}: links to {address}")
    links = sum(len(page.links) for page in pages)
    said = "all answered" if options.external else "not asked, which `--external` does"
    print(f"{links} links on {len(pages)} pages lead somewhere; {len(external)} to others, {said}")
    print(f"{options.output / 'index.html'}: {built} pages")
    return DONE


def require_tools(names: Iterable[str]) -> None:
    """Raise BadInput, which tells where they come from, for packages that are not installed."""
    if missing := [name for name in names if find_spec(name) is None]:
        message = f"{', '.join(missing)} is missing: `nox -s docs` brings what the site takes"
        raise BadInput(Fault(Place("docs"), message))
