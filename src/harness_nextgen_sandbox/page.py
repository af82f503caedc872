"""The API page: Swagger UI, which connexion serves, in a page of the sandbox's own.

connexion's page has no width for small screens, an empty list of servers, and a field to load the
description of any other API.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from starlette.responses import HTMLResponse, Response

PATHS = ("/ui/", "/ui/index.html")

_POLICY = (
    "default-src 'none'; connect-src 'self'; font-src 'self' data:; img-src 'self' data:;"
    " script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)
"""What the page may load and ask: nothing but this sandbox, whoever writes its description."""


def show_page() -> Response:
    """Return the page."""
    return HTMLResponse(_read_page(), headers={"Content-Security-Policy": _POLICY})


@cache
def _read_page() -> str:
    return files("harness_nextgen_sandbox").joinpath("page.html").read_text(encoding="utf-8")
