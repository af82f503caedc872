"""A real index on this machine, protected by a password, that is gone when it is not needed."""

from __future__ import annotations

import hashlib
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from pipeline.faults import BadInput, Fault, Place
from pipeline.publish.index import Index
from pipeline.publish.running import stop

_HOST = "127.0.0.1"
_USER = "maintainer"
_SECONDS = 30.0


@contextmanager
def start_index(
    folder: Path, *, protect: str = "update", fallback: str | None = None
) -> Generator[Index]:
    """Run pypiserver on a free loopback port until the block ends; files are kept in ``folder``.

    ``protect`` lists what takes the password, by pypiserver's words: ``update``, ``list``,
    ``download``, joined by commas. ``fallback`` is the simple page of an index that has what this
    one has nothing of; None: there is none. Raises BadInput when it does not start.
    """
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    # SHA-1 will do for a password that nobody can guess, and that is gone with the index.
    digest = b64encode(hashlib.sha1(password.encode()).digest()).decode()
    (folder / "users").write_text(f"{_USER}:{{SHA}}{digest}\n", encoding="utf-8")
    port = _find_port()
    where = ("--fallback-url", fallback) if fallback else ("--disable-fallback",)
    log = folder / "index.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                sys.executable, "-m", "pypiserver", "run", "--interface", _HOST,
                "--port", str(port), "--passwords", str(folder / "users"),
                "--authenticate", protect, *where, str(packages),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for(server, f"http://{_HOST}:{port}/health", log)
        url = f"http://{_HOST}:{port}"
        yield Index("the index on loopback", f"{url}/", f"{url}/simple/", _USER, password)
    finally:
        stop(server)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    with httpx.Client(timeout=2, trust_env=False) as client:
        while server.poll() is None and time.monotonic() < until:
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [""])[-1]
    raise BadInput(Fault(Place("the index on loopback"), f"does not start: {last}"))
