"""The least that could stand in for the sandbox: ``python -m benchmarks.bare_server MODULE PAGE``.

Starlette behind the same server, with routes for the same paths, which answers with the texts that
it is given. It reads JSON from a request and looks at nothing in it.
"""

from __future__ import annotations

import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness_nextgen_sandbox.serving import HOST, listen, make_server


def make_app(module: str, page: str) -> Starlette:
    """Make the application."""

    async def get(_: Request) -> Response:
        return Response(module, media_type="application/json")

    async def list_(_: Request) -> Response:
        return Response(page, media_type="application/json")

    async def create(request: Request) -> Response:
        await request.json()
        return Response(module, media_type="application/json")

    return Starlette(
        routes=[
            Route("/iacm/api/modules", list_, methods=["GET"]),
            Route("/iacm/api/modules", create, methods=["POST"]),
            Route("/iacm/api/modules/{module_id}", get, methods=["GET"]),
        ]
    )


if __name__ == "__main__":
    listener = listen(0)
    print(f"http://{HOST}:{listener.getsockname()[1]}", flush=True)
    make_server(make_app(*sys.argv[1:])).run(sockets=[listener])
