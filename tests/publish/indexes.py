"""Real indexes and what stands between them and us: pypiserver, devpi, TLS, broken connections."""

from __future__ import annotations

import io
import os
import secrets
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from pipeline.publish.index import Index

PROJECT = "harness-nextgen"
_LIMIT = 65536
# Devpi spends seconds on making a key out of its secret, which is gone with the test.
_QUICKLY = ("--argon2-memory-cost=8", "--argon2-parallelism=1", "--argon2-time-cost=1")


def make_files(folder: Path, version: str, note: str = "") -> tuple[Path, Path]:
    """Make a small wheel and sdist of the project; another ``note`` makes other bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"harness_nextgen-{version}"
    metadata = f"Metadata-Version: 2.4\nName: {PROJECT}\nVersion: {version}\n\n{note}\n"
    wheel, sdist = folder / f"{stem}-py3-none-any.whl", folder / f"{stem}.tar.gz"
    kind = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("harness_nextgen/__init__.py", f"NOTE = {note!r}\n")
        archive.writestr("harness_nextgen/weight.bin", secrets.token_bytes(_LIMIT))
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", kind)
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    with tarfile.open(sdist, "w:gz") as archive:
        weight = secrets.token_bytes(_LIMIT)
        for name, content in (("PKG-INFO", metadata.encode()), ("weight.bin", weight)):
            member = tarfile.TarInfo(f"{stem}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return wheel, sdist


@contextmanager
def start_devpi(folder: Path, *, asks: bool = False) -> Generator[str]:
    """Run devpi with nothing in it; gives its address. Root's password: root.

    It asks nobody, unless ``asks``: then its mirrors do, which have to be made.
    """
    server, home = folder / "server", folder / "home"
    home.mkdir(parents=True)
    environment = {**os.environ, "HOME": str(home)}
    scripts = Path(sys.executable).parent
    initialize = [
        scripts / "devpi-init", "--serverdir", server, "--no-root-pypi", "--root-passwd", "root",
    ]  # fmt: skip
    subprocess.run(initialize, check=True, capture_output=True, env=environment)
    port = find_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                scripts / "devpi-server", "--serverdir", server, "--host", "127.0.0.1",
                "--port", str(port), "--threads", "4", *_QUICKLY,
                *([] if asks else ["--offline-mode"]),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/+api", process)
        yield url
    finally:
        process.terminate()
        process.wait()


def find_port() -> int:
    """Find a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    with httpx.Client(timeout=5, trust_env=False) as client:
        while process.poll() is None:
            with suppress(httpx.TransportError):
                client.get(url)
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    raise AssertionError(f"the server of {url} ended")


def move(index: Index, url: str) -> Index:
    """Return an index that is reached by another address, with the same paths."""
    upload_url = url + urlsplit(index.upload_url).path
    return replace(index, upload_url=upload_url, simple_url=url + urlsplit(index.simple_url).path)


@dataclass
class Relay:
    """A server that hands connections on, and cuts uploads."""

    url: str
    cuts: set[int] = field(default_factory=set[int])
    """Which uploads, counted from 1, are cut in the middle of the file."""
    loses: set[int] = field(default_factory=set[int])
    """Those whose answer does not come back, although the index has the file."""
    uploads: int = 0


@contextmanager
def start_relay(target: str, context: ssl.SSLContext | None = None) -> Generator[Relay]:
    """Stand between an index and us, with TLS where there is a ``context``."""
    address = (str(urlsplit(target).hostname), int(urlsplit(target).port or 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        scheme = "https" if context else "http"
        relay = Relay(f"{scheme}://127.0.0.1:{server.getsockname()[1]}")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client = server.accept()[0]
                    threading.Thread(
                        target=_hand_on, args=(relay, client, address, context), daemon=True
                    ).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _hand_on(
    relay: Relay, client: socket.socket, address: tuple[str, int], context: ssl.SSLContext | None
) -> None:
    if context:
        client = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
    with client, suppress(OSError), socket.create_connection(address) as upstream:
        if isinstance(client, ssl.SSLSocket):
            client.do_handshake()
        first = client.recv(_LIMIT)
        number = 0
        if first.startswith(b"POST"):
            relay.uploads += 1
            number = relay.uploads
        upstream.sendall(first)
        back = threading.Thread(
            target=_copy, args=(upstream, client, number in relay.loses), daemon=True
        )
        back.start()
        sent = len(first)
        while data := client.recv(_LIMIT // 4):
            sent += len(data)
            if number in relay.cuts and sent > _LIMIT // 2:
                break  # both sides are closed, in the middle of the file
            upstream.sendall(data)
        with suppress(OSError):
            upstream.shutdown(socket.SHUT_WR)
        if number not in relay.cuts:
            back.join()


def _copy(source: socket.socket, target: socket.socket, loses: bool) -> None:
    with suppress(OSError):
        while data := source.recv(_LIMIT):
            if loses:
                target.shutdown(socket.SHUT_RDWR)
                return
            target.sendall(data)
