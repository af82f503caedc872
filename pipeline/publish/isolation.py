"""Environments that nothing of the person who runs us gets into, and pip for them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.publish.index import Index

_OURS = ("PYTHON", "HARNESS_", "MYPY", "PYTEST", "COVERAGE", "VIRTUAL_ENV", "__PYVENV", "CONDA")
"""Beginnings of names that would change what an isolated program does."""
_ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN")
"""Settings that have pip install somewhere else."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, and a home of its own for the programs in it."""

    folder: Path
    home: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.find_script("python")

    def find_script(self, name: str) -> Path:
        """Return where a command of it is."""
        folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
        return self.folder / folder / f"{name}{suffix}"

    def isolate(self) -> dict[str, str]:
        """Return the environment of a program that must see nothing else of this machine."""
        home = str(self.home)
        own = {"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        path = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", os.defpath)))
        return keep_settings() | own | {"PATH": path, "PYTHONNOUSERSITE": "1"}


def keep_settings() -> dict[str, str]:
    """Return our environment without what leads Python or pip elsewhere.

    The registry, certificates and proxies that the machine's pip is configured with stay.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name not in _ELSEWHERE
    }


def point_at(index: Index, folder: Path) -> dict[str, str]:
    """Return the environment of a pip that knows this index alone, whatever is configured.

    The environment wins over pip's files; an empty value would not, so each setting names the
    index again, or ``folder``, which is empty but for the password, where there is one. Without
    one, pip looks where it always does: netrc and keyring.
    """
    links = folder / "no-links"
    links.mkdir(parents=True, exist_ok=True)
    environment = keep_settings() | {
        "PIP_INDEX_URL": index.simple_url,
        "PIP_EXTRA_INDEX_URL": index.simple_url,
        "PIP_FIND_LINKS": str(links),
        "PIP_NO_INDEX": "0",
    }
    host = urlsplit(index.simple_url).hostname or ""
    if index.ca_cert:
        environment["PIP_CERT"] = index.ca_cert
    if index.client_cert:
        environment["PIP_CLIENT_CERT"] = index.client_cert
    if index.is_on_loopback:
        direct = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
        environment["no_proxy"] = f"{direct},{host}".removeprefix(",")
    if index.password:
        netrc = folder / "netrc"
        netrc.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        user, password = map(_quote, (index.username, index.password))
        entry = f"machine {host} login {user} password {password}\n"
        netrc.write_text(entry, encoding="utf-8")
        environment["NETRC"] = str(netrc)
    return environment


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
