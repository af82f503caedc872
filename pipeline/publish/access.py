"""How pip reaches an index: its password, its certificates, and no proxy to this machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.publish.index import Index


def give_access(index: Index, folder: Path) -> dict[str, str]:
    """Return the variables by which pip reaches an index.

    The password is in none of them, but in a file in ``folder`` that only we can read. Without
    one, pip looks where it always does: netrc and keyring.
    """
    variables: dict[str, str] = {}
    host = urlsplit(index.simple_url).hostname or ""
    if index.ca_cert:
        variables["PIP_CERT"] = index.ca_cert
    if index.client_cert:
        variables["PIP_CLIENT_CERT"] = index.client_cert
    if index.is_on_loopback:
        for name in ("NO_PROXY", "no_proxy"):
            others = os.environ.get(name)
            variables[name] = f"{others},{host}" if others else host
    if index.password:
        netrc = folder / "netrc"
        netrc.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        user, password = map(_quote, (index.username, index.password))
        entry = f"machine {host} login {user} password {password}\n"
        netrc.write_text(entry, encoding="utf-8")
        variables["NETRC"] = str(netrc)
    return variables


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
