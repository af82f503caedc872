"""The review page works from a file and from a server, alone: it loads and sends nothing.

pytest collects this file when it is named: ``nox -s page``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from pipeline.diff.change import Report, Severity
from pipeline.diff.report.forms import render
from pipeline.diff.report.wording import identify_changes
from tests.diff.hostile import ATTACKS, fill
from tests.diff.sample import EMPTY, REPORT, enlarge
from tests.page.browsing import (
    CONTRAST,
    SECONDS,
    measure_excess,
    read_console,
    read_requests,
    set_width,
    start_browser,
)

WIDE, NARROW = 1280, 390
REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "large": enlarge(500),
    "hostile": fill("x".join(ATTACKS)),
}
NAMES = identify_changes(REPORT.changes)


@cache
def write_page(name: str) -> str:
    """Render a report."""
    return render(REPORTS[name], "html")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser."""
    with start_browser(tmp_path_factory.mktemp("profile"), WIDE) as driver:
        yield driver


@pytest.fixture
def page(driver: Chrome, tmp_path: Path) -> Iterator[Review]:
    """The page of the sample; it may ask for nothing, and nothing may go wrong in it."""
    review = Review(driver, tmp_path)
    review.open("sample")
    yield review
    review.check()


class Review:
    """The review page in a window."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        self.url = ""
        driver.get("about:blank")
        read_requests(driver)
        read_console(driver)
        set_width(driver, WIDE)

    def open(self, name: str, fragment: str = "") -> None:
        """Load the page of a report from a file."""
        file = self.folder / f"{name}.html"
        file.write_text(write_page(name), encoding="utf-8")
        self.url = file.as_uri()
        self.driver.get("about:blank")
        self.driver.get(self.url + fragment)

    def check(self) -> None:
        """Fail when the page has asked for anything but itself, or when the browser complains."""
        asked = {one.partition("#")[0] for one in read_requests(self.driver)}
        assert {one for one in asked if "about:blank" not in one} <= {f"GET {self.url}"}
        assert read_console(self.driver) == []

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> list[WebElement]:
        """Return the elements that a selector finds."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """Click the first element that a selector finds."""
        element = self.find(selector)[0]
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def list_shown(self) -> list[str]:
        """Return the names of the changes that are shown."""
        bodies = self.find(".change:not([hidden]) > .body")
        return [str(one.get_attribute("id")) for one in bodies]

    def read_counts(self, facet: str) -> dict[str, int]:
        """Return the counts beside the values of a facet."""
        counts = self.find(f"[data-facet='{facet}']")
        return {str(one.get_attribute("data-value")): int(one.text) for one in counts}

    def read_fragment(self) -> str:
        """Return what follows the page in its address."""
        return str(self.run("return location.hash"))


def name_where(**wanted: object) -> list[str]:
    """Return the names of the changes of the sample whose fields have these values."""
    return [
        name
        for name, change in zip(NAMES, REPORT.changes, strict=True)
        if all(getattr(change, field) == value for field, value in wanted.items())
    ]


@pytest.mark.parametrize("name", REPORTS)
def test_page_loads_alone(driver: Chrome, name: str, tmp_path: Path) -> None:
    """From a server only the page itself is asked for, and the browser has no complaint."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = write_page(name).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    review = Review(driver, tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        review.url = f"http://127.0.0.1:{server.server_port}/"
        driver.get(review.url)
        assert len(review.find(".change")) == len(REPORTS[name].changes)
        assert review.find("#theme")[0].is_displayed()
        server.shutdown()
    assert asked == ["/"]
    review.check()


def test_page_may_do_nothing_else(page: Review) -> None:
    """The browser itself keeps the page from asking a host, and from running another script."""
    script = """
        const done = arguments[arguments.length - 1];
        const blocked = [];
        document.addEventListener("securitypolicyviolation", (event) => {
          blocked.push(event.effectiveDirective);
          if (blocked.length === 3) done(blocked.sort());
        });
        fetch("http://127.0.0.1:9/").catch(() => {});
        const script = document.createElement("script");
        script.append("document.title = 'run'");
        try { document.body.append(script); } catch {}
        const image = new Image();
        image.src = "http://127.0.0.1:9/x.png";
    """
    blocked = page.driver.execute_async_script(script)
    assert {"connect-src", "img-src"} <= set(blocked)
    assert page.driver.title == "Breaking: v0.3.1 → working tree"
    read_console(page.driver)
    read_requests(page.driver)


def test_facets(page: Review) -> None:
    """Clicking a value shows the changes that have it, and the counts beside the others follow."""
    assert page.list_shown() == NAMES
    assert page.read_counts("cause") == {"upstream": 6, "overlay": 2, "generator": 1}
    page.click("[name='severity'][value='dangerous']")
    assert page.list_shown() == name_where(severity=Severity.DANGEROUS)
    assert page.find("#shown")[0].text == "3 of 9"
    assert page.read_counts("severity") == {"breaking": 3, "dangerous": 3, "compatible": 3}
    assert page.read_counts("cause") == {"upstream": 2, "overlay": 1, "generator": 0}
    page.click("[name='cause'][value='overlay']")
    assert page.list_shown() == [NAMES[4]]
    assert page.read_counts("severity") == {"breaking": 1, "dangerous": 1, "compatible": 0}
    assert page.read_counts("direction") == {"request": 0, "response": 1, "neither": 0}
    page.click("[name='severity'][value='breaking']")
    assert page.list_shown() == [NAMES[1], NAMES[4]]
    shown = [one.text for one in page.find(".severity.group:not([hidden]) > h3")]
    assert shown == ["Breaking 1", "Dangerous 1"]
    page.click("button[type='reset']")
    WebDriverWait(page.driver, SECONDS).until(lambda _: page.list_shown() == NAMES)
    assert page.read_fragment() == ""


def test_resource(page: Review) -> None:
    """A resource is chosen from a list, which has the whole client as one of its own."""
    choice = Select(page.find("[name='resource']")[0])
    assert [one.text for one in choice.options] == [
        "All",
        "the whole client (1)",
        "modules (5)",
        "modules.testing (1)",
        "organizations (1)",
        "registry (1)",
    ]
    choice.select_by_value("modules.testing")
    assert page.list_shown() == name_where(resource="modules.testing")
    choice.select_by_value("*")
    assert page.list_shown() == name_where(resource="")
    assert page.read_fragment() == "#?resource=*"


def test_search(page: Review) -> None:
    """Typing finds every word in all that is said of a change, and in the overlays."""
    page.press("/")
    field = page.driver.switch_to.active_element
    assert field.get_attribute("name") == "q"
    field.send_keys("NULL terraform")
    assert page.list_shown() == []
    assert page.find("#none")[0].is_displayed()
    field.clear()
    field.send_keys("terraform  PROVIDER")
    assert page.list_shown() == name_where(rule="operation-renamed")
    assert page.find("#shown")[0].text == "1 of 9"
    field.clear()
    field.send_keys("oci registries")
    assert page.list_shown() == []
    assert [one.text for one in page.find(".state:not([hidden]) h3")] == ["Redundant 1"]


def test_ledger(page: Review) -> None:
    """The overlays' actions are filtered by what they are worth."""
    assert page.read_counts("state") == {
        "conflict": 1,
        "unmatched": 1,
        "redundant": 1,
        "needed": 40,
    }
    assert len(page.find(".entry:not([hidden])")) == 43
    page.click("[name='state'][value='needed']")
    shown = [one for one in page.find(".entry") if one.is_displayed()]
    assert len(shown) == 40
    assert "50-descriptions.overlay.yaml:361:5" in shown[0].text
    assert page.list_shown() == NAMES


def test_view_is_shared(page: Review) -> None:
    """The address holds what is chosen and typed, and gives it back to whoever opens it."""
    page.click("[name='severity'][value='compatible']")
    page.click("[name='direction'][value='request']")
    page.find("[name='q']")[0].send_keys("a&b=#?c")
    fragment = page.read_fragment()
    assert fragment == "#?q=a%26b%3D%23%3Fc&severity=compatible&direction=request"
    page.open("sample", fragment)
    assert page.find("[name='q']")[0].get_attribute("value") == "a&b=#?c"
    assert page.list_shown() == []
    page.open("sample", "#?severity=compatible&direction=request")
    assert page.list_shown() == name_where(severity=Severity.COMPATIBLE, directions=("request",))
    page.run("location.hash = '#?cause=generator'")
    generated = name_where(rule="declaration-changed")
    WebDriverWait(page.driver, SECONDS).until(lambda _: page.list_shown() == generated)


def test_change_is_shared(page: Review) -> None:
    """A link to a change opens it, brings it into view and shows it when a filter hides it."""
    [name] = name_where(rule="parameter-added")
    page.open("sample", f"#{name}")
    change = page.driver.find_element(By.ID, name)
    assert change.is_displayed()
    assert page.driver.switch_to.active_element == change
    place = "const {top} = arguments[0].getBoundingClientRect(); return top"
    assert 0 <= page.run(place, change) < 900
    page.click("[name='severity'][value='breaking']")
    assert not change.is_displayed()
    page.run(f"location.hash = '#{name}'")
    WebDriverWait(page.driver, SECONDS).until(lambda _: change.is_displayed())
    assert page.list_shown() == NAMES
    page.click("[data-open='false']")
    # As in a browser that does not open what a fragment names by itself.
    page.run(f"history.replaceState(null, '', '#{name}'); dispatchEvent(new Event('hashchange'))")
    assert change.is_displayed()
    [link] = page.find(f"a[href='#{name}']")
    assert link.text == "link to this change"
    page.open("sample", "#nothing-here")
    assert page.list_shown() == NAMES


def test_all_open_and_close(page: Review) -> None:
    """Buttons open and close the changes that are shown, and no other."""
    assert len(page.find(".change[open]")) == 6
    page.click("[data-open='false']")
    assert page.find(".change[open]") == []
    page.click("[name='severity'][value='compatible']")
    page.click("[data-open='true']")
    assert len(page.find(".change[open]")) == 3


def test_keyboard(page: Review) -> None:
    """The first stop leads to the changes; each stop is seen; Enter opens and closes a change."""
    page.press(Keys.TAB)
    assert page.driver.switch_to.active_element.text == "Skip to the changes"
    stops = 0
    while page.driver.switch_to.active_element.tag_name != "summary":
        outline = "return getComputedStyle(document.activeElement).outlineStyle"
        assert page.run(outline) != "none"
        page.press(Keys.TAB)
        stops += 1
        assert stops < 30
    assert stops > 10
    change = page.find(".change")[0]
    assert change.get_attribute("open") is not None
    page.press(Keys.ENTER)
    assert change.get_attribute("open") is None
    page.press(Keys.ENTER)
    assert change.get_attribute("open") is not None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(page: Review, theme: str) -> None:
    """In both themes, chosen by the system or the reader, all text has the contrast of AA."""
    media = [{"name": "prefers-color-scheme", "value": theme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    page.run("for (const one of document.querySelectorAll('details')) one.open = true")
    by_system = page.run(CONTRAST)
    assert len(by_system) >= 10
    assert {pair: ratio for pair, ratio in by_system.items() if ratio < 4.5} == {}
    other = {"light": "dark", "dark": "light"}[theme]
    page.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{**media[0], "value": other}]}
    )
    assert page.run(CONTRAST).keys().isdisjoint(by_system)
    while page.find("#theme")[0].text != f"Theme: {theme}":
        page.click("#theme")
    assert page.run(CONTRAST) == by_system
    page.driver.refresh()
    assert page.find("#theme")[0].text == f"Theme: {theme}"
    page.run("localStorage.clear()")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [320, NARROW, 700, WIDE])
@pytest.mark.parametrize("name", REPORTS)
def test_no_overflow(driver: Chrome, tmp_path: Path, name: str, width: int) -> None:
    """On no screen is the page wider than the screen, even with all of it open."""
    review = Review(driver, tmp_path)
    set_width(driver, width)
    review.open(name)
    assert measure_excess(driver, width) == 0
    review.run("for (const one of document.querySelectorAll('details')) one.open = true")
    assert measure_excess(driver, width) == 0
    review.check()


def test_sides(page: Review) -> None:
    """Before and after stand beside each other, on a narrow screen below each other."""
    place = """
        const sides = arguments[0].querySelectorAll(".side");
        return Array.from(sides, (one) => one.getBoundingClientRect()).map(({x, y}) => [x, y]);
    """
    pair = page.find(".change[open] .sides")[0]
    (left, top), (right, other_top) = page.run(place, pair)
    assert (left < right, top == other_top) == (True, True)
    set_width(page.driver, NARROW)
    (left, top), (right, other_top) = page.run(place, pair)
    assert (left == right, top < other_top) == (True, True)


def test_differences_are_marked(page: Review) -> None:
    """What is new in a value is marked as inserted, what is gone as deleted."""
    [name] = name_where(rule="enum-value-added")
    body = page.driver.find_element(By.ID, name)
    assert [one.text for one in body.find_elements(By.TAG_NAME, "ins")] == ["- oci_image"]
    assert body.find_elements(By.TAG_NAME, "del") == []


def test_without_scripts(driver: Chrome, tmp_path: Path) -> None:
    """Without scripts all is there, controls that would do nothing are not, a change opens."""
    review = Review(driver, tmp_path)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        [name] = name_where(rule="parameter-added")
        file = tmp_path / "sample.html"
        file.write_text(write_page("sample"), encoding="utf-8")
        review.url = file.as_uri()
        driver.get(f"{review.url}#{name}")
        assert not review.find("#filter")[0].is_displayed()
        assert not review.find("#theme")[0].is_displayed()
        assert not review.find(".states-filter")[0].is_displayed()
        assert all(one.is_displayed() for one in review.find(".change > summary"))
        assert driver.find_element(By.ID, name).is_displayed()
        closed = review.find(".change:not([open])")[0]
        closed.find_element(By.TAG_NAME, "summary").click()
        assert closed.get_attribute("open") is not None
        review.check()
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_print(page: Review) -> None:
    """On paper the controls are gone and what is closed on the screen is there."""
    page.click("[data-open='false']")
    visible = "return arguments[0].checkVisibility()"
    body = page.find(".change > .body")[0]
    assert not page.run(visible, body)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.run(visible, body)
    assert not page.find("#filter")[0].is_displayed()
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_many_changes(driver: Chrome, tmp_path: Path) -> None:
    """Five hundred changes are counted, filtered and searched; the page begins with all closed."""
    review = Review(driver, tmp_path)
    review.open("large")
    report: Report = REPORTS["large"]
    assert review.find(".change[open]") == []
    assert review.find("#shown")[0].text == "500"
    review.click("[name='severity'][value='breaking']")
    breaking = sum(one.severity == Severity.BREAKING for one in report.changes)
    assert review.find("#shown")[0].text == f"{breaking} of 500"
    review.find("[name='q']")[0].send_keys("call_144")
    assert review.find("#shown")[0].text == "1 of 500"
    assert len(review.list_shown()) == 1
    review.check()


def test_no_changes(driver: Chrome, tmp_path: Path) -> None:
    """Without changes the page says so, and has nothing to filter."""
    review = Review(driver, tmp_path)
    review.open("empty")
    assert review.find("h1")[0].text.startswith("No changes")
    assert "Programs that worked before go on as they did." in review.find("main")[0].text
    assert not review.find("#filter")[0].is_displayed()
    review.check()


def test_hostile_texts(driver: Chrome, tmp_path: Path) -> None:
    """What a document says is shown as text: nothing of it runs, and no element is made of it."""
    review = Review(driver, tmp_path)
    review.open("hostile")
    assert len(review.find("script")) == 1
    Select(review.find("[name='resource']")[0]).select_by_index(2)
    assert len(review.list_shown()) == 1
    review.click("button[type='reset']")
    assert review.find("img, iframe, object, main svg:not(.bar)") == []
    assert "<script>alert(1)</script>" in review.find(".change .body dd")[0].text
    review.find("[name='q']")[0].send_keys("</script><script>alert(1)")
    assert len(review.list_shown()) == 3
    review.check()
