"""The sandbox's API page works, and asks nobody but the sandbox.

pytest collects this file when it is named: ``nox -s page``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from selenium.webdriver.common.by import By

from tests.client.described import list_operations
from tests.page.browsing import Page, browse
from tests.sandbox.running import run_command

KEY = "pat.sandbox.token.secret"
WIDE, NARROW = 1280, 390
PARTS = ("method", "path")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a sandbox with modules in it."""
    with run_command("--seed", "30") as (url, _):
        yield url


@pytest.fixture
def width() -> int:
    """Of the window, in pixels."""
    return WIDE


@pytest.fixture
def page(url: str, tmp_path: Path, width: int) -> Iterator[Page]:
    """The page; whatever a test does with it, it may ask nobody but the sandbox."""
    with browse(url, tmp_path, width) as page:
        yield page
        requests = page.read_requests()
        assert f"GET {url}/openapi.json" in requests
        assert [one for one in requests if not one.partition(" ")[2].startswith(f"{url}/")] == []


def test_all_operations_are_shown(page: Page) -> None:
    """The page shows what the spec describes, the server that it is, and nothing goes wrong."""
    shown = [
        tuple(
            block.find_element(By.CSS_SELECTOR, f".opblock-summary-{part}").text for part in PARTS
        )
        for block in page.driver.find_elements(By.CSS_SELECTOR, ".opblock")
    ]
    described = [(one.method, one.path) for one in list_operations()]
    assert len(shown) == 45
    assert sorted((method, path.replace("\u200b", "")) for method, path in shown) == sorted(
        described
    )
    assert page.wait_for(".servers select").text == page.url
    assert page.driver.title == "Harness sandbox"
    assert page.read_console() == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_modules_are_listed(page: Page, url: str, width: int) -> None:
    """With a key and what the page suggests, the list of modules comes from this sandbox."""
    page.authorize(KEY)
    block = page.unfold("list_modules")
    page.try_out(block)
    page.fill(block, "limit", "5")
    answer = page.execute(block)
    query = f"{url}/iacm/api/modules?limit=5&page=1&sort=name%2CASC"
    headers = {"x-api-key": KEY, "Harness-Account": "sandbox"}
    assert (answer.status, answer.url) == ("200", query)
    listed = json.loads(answer.text)
    assert len(listed) == 5
    assert listed == httpx.get(query, headers=headers).json()
    assert f"GET {query}" in page.read_requests()
    assert page.measure_excess() == 0
    assert page.read_console() == []


def test_organization_in_yaml(page: Page, url: str) -> None:
    """An organization is created and answered in YAML."""
    page.authorize(KEY)
    block = page.unfold("create_organization")
    page.try_out(block)
    text = "org: {identifier: paged, name: Made on the page, tags: {on: 'yes'}}"
    page.fill_body(block, "application/yaml", text)
    answer = page.execute(block)
    assert answer.status == "201"
    made = httpx.get(f"{url}/v1/orgs/paged", headers={"x-api-key": KEY}).json()
    assert made["org"] == {"identifier": "paged", "name": "Made on the page", "tags": {"on": "yes"}}
    assert yaml.load(answer.text, yaml.BaseLoader)["org"] == made["org"]
    assert page.read_console() == []


@pytest.mark.parametrize(
    ("operation", "message"),
    [("list_module_connectors", "the API key"), ("list_organizations", "the API key")],
)
def test_errors_are_shown(page: Page, operation: str, message: str) -> None:
    """Without a valid key the page shows what Harness's error says, in either shape."""
    page.authorize("wrong")
    block = page.unfold(operation)
    page.try_out(block)
    answer = page.execute(block)
    assert answer.status == "401"
    assert message in json.loads(answer.text)["message"]
    [complaint] = page.read_console()
    assert "401 (Unauthorized)" in complaint


def test_page_may_ask_nobody_else(page: Page) -> None:
    """The browser itself keeps the page from asking another host."""
    script = """
        const done = arguments[arguments.length - 1];
        document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
        fetch("http://127.0.0.1:9/").then(done, () => {});
    """
    assert page.driver.execute_async_script(script) == "http://127.0.0.1:9/"


@pytest.mark.parametrize("width", [NARROW])
def test_narrow_screen(page: Page, width: int) -> None:
    """On a phone nothing makes the page wider than the screen: dialog, operations, examples."""
    assert page.driver.execute_script("return window.innerWidth") == width
    page.click(".auth-wrapper .authorize")
    assert page.measure_excess() == 0
    page.click(".modal-ux .close-modal")
    for operation in list_operations():
        block = page.unfold(operation.id)
        assert page.measure_excess() == 0, operation.id
        page.try_out(block)
        assert page.measure_excess() == 0, operation.id
        page.fold(block)
