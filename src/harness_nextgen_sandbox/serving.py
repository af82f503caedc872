"""Serve the sandbox on a loopback port."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
"""The one address: the sandbox takes any key, so nobody else may reach it."""


def listen(port: int) -> socket.socket:
    """Return a socket that takes connections on a port, or on a free one for 0; raises OSError."""
    # With the protocol named, asyncio sets TCP_NODELAY on what is accepted; without, an answer
    # whose head and body go out apart waits 40 ms for the client to acknowledge the head.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def make_server(app: ASGIApp) -> uvicorn.Server:
    """Make a server; ``run(sockets=[listen(0)])`` serves until ``should_exit`` is set."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",  # whatever else is installed: what is no HTTP is refused in one way
            interface="asgi3",
            lifespan="off",
            log_config=None,  # the logging of a process is its owner's
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
