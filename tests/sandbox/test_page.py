"""The API page, as far as it shows without a browser; ``nox -s page`` tries it in one."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from harness_nextgen_sandbox import open_app
from tests.sandbox.conftest import NewStore
from tests.sandbox.running import Running


@pytest.mark.parametrize("path", ["/", "/ui", "/ui/", "/ui/index.html"])
def test_page_needs_no_network(sandbox: Running, path: str) -> None:
    """The page and all that it loads come from the sandbox itself, without a key."""
    page = httpx.get(sandbox.url + path, follow_redirects=True)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"|fetch\("([^"]+)"\)', page.text)
    assert len(loaded) == 4
    for address in map("".join, loaded):
        url = urljoin(str(page.url), address)
        assert url.startswith(f"{sandbox.url}/")
        assert httpx.get(url).status_code == 200


def test_page_may_ask_nobody_else(sandbox: Running) -> None:
    """The browser is told to keep the page to its own host."""
    policy = httpx.head(f"{sandbox.url}/ui/").headers["content-security-policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert (parts["default-src"], parts["connect-src"]) == ("'none'", "'self'")
    assert all("*" not in sources and "http" not in sources for sources in parts.values())


def test_description_names_no_other_server(sandbox: Running) -> None:
    """What is tried out with the description that is served does not go to Harness."""
    assert httpx.get(f"{sandbox.url}/openapi.json").json()["servers"] == [{"url": ""}]


def test_page_inside_another_application(new_store: NewStore) -> None:
    """Where an application mounts the sandbox, the page stays below the place of the mount."""
    mounted = Starlette(routes=[Mount("/box", open_app(new_store()))])

    async def fetch(*paths: str) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=mounted)
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            return [await client.get(path, follow_redirects=True) for path in paths]

    answers = asyncio.run(fetch("/box/", "/box/ui", "/box/ui/swagger-ui.css", "/box/openapi.json"))
    assert [one.status_code for one in answers] == [200] * 4
    assert [one.url.path for one in answers[:2]] == ["/box/ui/", "/box/ui/"]
