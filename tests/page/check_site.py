"""The site of the documentation in a browser: it asks nobody, fits a phone, and can be read.

pytest collects this file when it is named: ``nox -s page``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from pipeline.site.build import build_site
from tests.page.browsing import (
    CONTRAST,
    measure_excess,
    read_console,
    read_requests,
    set_width,
    start_browser,
)

ROOT = Path(__file__).parents[2]
WIDE, NARROW = 1280, 390
READ = ("docs/getting-started.html", "docs/client.html", "docs/reference/errors.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this checkout."""
    folder = tmp_path_factory.mktemp("built") / "site"
    build_site(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser."""
    with start_browser(tmp_path_factory.mktemp("profile"), WIDE) as driver:
        yield driver


def open_page(driver: Chrome, path: Path) -> None:
    """Show a page; it may ask for files beside it alone, and nothing may go wrong in it."""
    driver.get("about:blank")
    read_requests(driver)
    read_console(driver)
    driver.get(path.as_uri())
    asked = read_requests(driver)
    assert asked
    assert [one for one in asked if not one.startswith("GET file:")] == []
    assert read_console(driver) == []


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_pages_fit(site: Path, driver: Chrome, width: int) -> None:
    """No page asks another host, complains, or is wider than the screen of a phone or a desk."""
    set_width(driver, width)
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    for path in pages:
        open_page(driver, path)
        assert measure_excess(driver, width) == 0, path.name


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", READ)
def test_contrast(site: Path, driver: Chrome, name: str, theme: str) -> None:
    """In both themes, all text has the contrast of AA."""
    set_width(driver, WIDE)
    media = [{"name": "prefers-color-scheme", "value": theme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    open_page(driver, site / name)
    ratios = driver.execute_script(CONTRAST)
    assert len(ratios) >= 5
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def test_search_finds(site: Path, driver: Chrome) -> None:
    """The search of the site finds a method, without a server."""
    set_width(driver, WIDE)
    open_page(driver, site / "search.html")
    driver.get(f"{(site / 'search.html').as_uri()}?q=delete_version")
    found = "return document.querySelectorAll('#search-results a').length"
    done = "const [done] = arguments; const look = () => { if ((() => {%s})()) done(true);"
    script = f"{done % found} else setTimeout(look, 50); }}; look();"
    assert driver.execute_async_script(script)
