"""Pages in a real browser, which finds no host but this one: first of all the API page."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
LIVE = ".live-responses-table"
"""Where the page shows an answer, not what the spec says of it."""
STAND_STILL = """
const [element, done] = arguments;
element.scrollIntoView({block: 'center'});
let before = '', frames = 0;
const look = () => {
  const {x, y, width, height} = element.getBoundingClientRect();
  const place = [x, y, width, height].join();
  frames = place === before ? frames + 1 : 0;
  before = place;
  const shown = document.elementFromPoint(x + width / 2, y + height / 2);
  if (frames >= 3 && element.contains(shown)) done();
  else requestAnimationFrame(look);
};
look();
"""
"""Waits until an element is in sight and keeps its place: what unfolds above it moves it."""
CONTRAST = """
  const channels = (color) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const lightness = (color) => {
    const [r, g, b] = channels(color).slice(0, 3)
      .map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (channels(color)[3] === 255) return color;
    }
    throw new Error("the page has no background");
  };
  const seen = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const color = getComputedStyle(element).color;
    const ground = behind(element);
    const [low, high] = [lightness(color), lightness(ground)].sort((a, b) => a - b);
    seen.set(`${color} on ${ground}`, (high + 0.05) / (low + 0.05));
  }
  return Object.fromEntries(seen);
"""
"""Contrast of each pair of colors that text is shown in, as WCAG 2.2 counts it."""
SECONDS = 30
"""How long to wait for what the page shows; it takes much less."""
_SWITCHES = (
    "--headless",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-first-run",
)


def find_missing() -> str | None:
    """Return the name of what must be installed first."""
    if not any(map(shutil.which, BROWSERS)):
        return "chromium"
    return None if shutil.which(DRIVER) else DRIVER


@dataclass(slots=True)
class Answer:
    """What the page shows of an answer."""

    url: str
    """Where the page says that it asked."""
    status: str
    text: str


@dataclass(slots=True)
class Page:
    """The API page in a window."""

    driver: Chrome
    url: str
    width: int
    """Of the screen, in pixels."""
    requests: list[str] = field(default_factory=list)
    """Method and URL of all that the page has asked the network for, once they were read."""

    def open(self) -> None:
        """Load the page and wait for the operations."""
        self.driver.get(f"{self.url}/ui/")
        self.wait_for(".opblock")

    def wait_for(self, selector: str, inside: WebElement | None = None) -> WebElement:
        """Return the first element that a selector finds, as soon as it is there."""
        wait = WebDriverWait(inside or self.driver, SECONDS, poll_frequency=0.02)
        found: WebElement = wait.until(lambda place: place.find_elements(By.CSS_SELECTOR, selector))
        return found[0]

    def click(self, selector: str, inside: WebElement | None = None) -> None:
        """Click what a selector finds, where a person would see it, once it stands still."""
        element = self.wait_for(selector, inside)
        self.driver.execute_async_script(STAND_STILL, element)
        element.click()

    def authorize(self, key: str) -> None:
        """Enter an API key in the dialog."""
        self.click(".auth-wrapper .authorize")
        self.wait_for(".modal-ux .auth-container input").send_keys(key)
        self.click(".modal-ux .auth-btn-wrapper .authorize")
        self.click(".modal-ux .btn-done")

    def unfold(self, operation_id: str) -> WebElement:
        """Open an operation."""
        block = self.driver.find_element(By.CSS_SELECTOR, f"[id$='-{operation_id}']")
        self.click(".opblock-summary-control", block)
        self.wait_for(".try-out__btn", block)
        return block

    def fold(self, block: WebElement) -> None:
        """Close an operation, and wait until it is closed: what is below it moves up."""
        self.click(".opblock-summary-control", block)
        WebDriverWait(block, SECONDS).until(
            lambda place: not place.find_elements(By.CSS_SELECTOR, ".opblock-body")
        )

    def try_out(self, block: WebElement) -> None:
        """Make the parameters of an operation fields to fill in."""
        self.click(".try-out__btn", block)
        self.wait_for("button.execute", block)

    def fill(self, block: WebElement, name: str, text: str) -> None:
        """Enter a parameter of an operation."""
        field = self.wait_for(f"tr[data-param-name='{name}'] input", block)
        field.clear()
        field.send_keys(text)

    def fill_body(self, block: WebElement, media_type: str, text: str) -> None:
        """Choose the media type of the body and enter it."""
        choice = self.wait_for(".opblock-section-request-body select.content-type", block)
        Select(choice).select_by_visible_text(media_type)
        field = self.wait_for(".opblock-section-request-body textarea", block)
        field.clear()
        field.send_keys(text)

    def execute(self, block: WebElement) -> Answer:
        """Send the request; return what is shown of the answer."""
        self.click("button.execute", block)
        shown = self.wait_for("tr.response .response-col_status", self.wait_for(LIVE, block))
        body = self.wait_for(f"{LIVE} .highlight-code pre, {LIVE} pre.microlight", block)
        url = self.wait_for(".request-url pre", block)
        return Answer(url.text, shown.text.split()[0], str(body.get_property("textContent")))

    def read_requests(self) -> list[str]:
        """Return method and URL of each request that left the browser so far."""
        self.requests += read_requests(self.driver)
        return self.requests

    def read_console(self) -> list[str]:
        """Return what the browser has complained of since it was asked last."""
        return read_console(self.driver)

    def measure_excess(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        return measure_excess(self.driver, self.width)


def read_requests(driver: Chrome) -> list[str]:
    """Return method and URL of each request that left the browser since it was asked last."""
    requests: list[str] = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            params = message["params"]
            request = params.get("request") or {"method": "WS", "url": params["url"]}
            if not request["url"].startswith(("data:", "chrome:", "blob:")):
                requests.append(f"{request['method']} {request['url']}")
    return requests


def read_console(driver: Chrome) -> list[str]:
    """Return what the browser has complained of since it was asked last."""
    return [entry["message"] for entry in driver.get_log("browser")]


def measure_excess(driver: Chrome, width: int) -> int:
    """Return by how many pixels the page is wider than a screen."""
    # Not of window.innerWidth: on a phone that grows with what is too wide.
    return max(0, int(driver.execute_script("return document.documentElement.scrollWidth")) - width)


def set_width(driver: Chrome, width: int) -> None:
    """Give the window the width of a screen or a phone, in pixels."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )


@contextmanager
def start_browser(folder: Path, width: int) -> Iterator[Chrome]:
    """Open a new window; ``folder`` becomes the profile, ``width`` is in pixels."""
    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)))
    for switch in (*_SWITCHES, f"--user-data-dir={folder}"):
        options.add_argument(switch)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to start as root without it
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which(DRIVER)))
    driver.set_script_timeout(SECONDS)
    try:
        set_width(driver, width)
        yield driver
    finally:
        driver.quit()


@contextmanager
def browse(url: str, folder: Path, width: int) -> Iterator[Page]:
    """Open the API page in a new window; ``folder`` becomes the profile."""
    with start_browser(folder, width) as driver:
        page = Page(driver, url, width)
        page.open()
        yield page
