"""The checks of a site that was built notice what they are for."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from pipeline.faults import BadInput
from pipeline.site.cli import require_tools
from pipeline.site.inspect import inspect_site, list_documented


@pytest.mark.parametrize(
    "element",
    [
        "<script src='https://cdn.example.com/x.js'></script>",
        "<link rel=stylesheet href='//cdn.example.com/x.css'>",
        "<link rel=preconnect href=https://cdn.example.com>",
        "<img src=http://cdn.example.com/x.png>",
        "<img srcset='//cdn.example.com/x.png 2x'>",
        "<iframe src=https://cdn.example.com></iframe>",
        "<svg><use xlink:href='https://cdn.example.com/x.svg#a'/></svg>",
        "<form action=https://cdn.example.com></form>",
        "<style>@import '//cdn.example.com/x.css';</style>",
        "<style>@font-face { src: url(https://cdn.example.com/x.woff2) }</style>",
        "<p style='background: url(\"//cdn.example.com/x.png\")'>",
    ],
)
def test_foreign_addresses_are_told(tmp_path: Path, element: str) -> None:
    """Whatever a browser would ask another host for by itself is told."""
    (tmp_path / "a.html").write_text(element, encoding="utf-8")
    [fault] = inspect_site(tmp_path)
    assert str(fault).startswith("a.html: asks another host: ")
    assert "//cdn.example.com" in str(fault)


def test_foreign_addresses_in_styles_are_told(tmp_path: Path) -> None:
    """So is what a style asks for that lies beside the pages."""
    (tmp_path / "a.css").write_text("a { src: url( 'https://cdn.example.com/x' ) }", "utf-8")
    [fault] = inspect_site(tmp_path)
    assert str(fault) == "a.css: asks another host: https://cdn.example.com/x"


def test_own_addresses_pass(tmp_path: Path) -> None:
    """What lies beside a page may be asked for, and a person may follow a link to elsewhere."""
    (tmp_path / "b.html").write_text("<p id=here>", encoding="utf-8")
    text = (
        "<link rel=stylesheet href=x.css><img src=data:image/png;base64,AA==>"
        "<a href=https://example.com/>a</a><a href=b.html#here>b</a><a href=#top>c</a><p id=top>"
        "<style>a { background: url(x.png) }</style>"
    )
    (tmp_path / "a.html").write_text(text, encoding="utf-8")
    assert list(inspect_site(tmp_path)) == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("c.html", "a link leads nowhere: c.html"),
        ("a.html#no", "a link leads to no place of the page: a.html#no"),
        ("#no", "a link leads to no place of the page: #no"),
    ],
)
def test_dead_links_are_told(tmp_path: Path, link: str, said: str) -> None:
    """A link to a page or a place that is not there is told."""
    (tmp_path / "a.html").write_text(f"<a href='{link}'>a</a>", encoding="utf-8")
    assert [str(fault) for fault in inspect_site(tmp_path)] == [f"a.html: {said}"]


def test_inventory_is_read(tmp_path: Path) -> None:
    """The names of Python that a site describes are those of its inventory, and no others."""
    head = b"# Sphinx inventory version 2\n# Project: a\n# Version: 1\n# zlib\n"
    entries = b"a.B py:class 1 x.html#$ -\na.B.c py:method 1 x.html#$ -\nsome page std:doc -1 x -\n"
    (tmp_path / "objects.inv").write_bytes(head + zlib.compress(entries))
    assert list_documented(tmp_path) == {"a.B", "a.B.c"}


def test_missing_tools_are_told() -> None:
    """Where Sphinx or its like is not installed, one line says what brings it."""
    require_tools(["json"])
    with pytest.raises(BadInput) as caught:
        require_tools(["json", "no_such_package"])
    brings = "`nox -s docs` brings what the site takes"
    assert str(caught.value) == f"docs: no_such_package is missing: {brings}"
