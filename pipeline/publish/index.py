"""A package index: where to upload, where to install from, and who may.

What names it: a section of ``~/.pypirc``, an address, or the environment, as uv and twine have it.
A user name and a password come from the environment, the section or the keyring, in this order.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pipeline.faults import BadInput, Fault, Place

TOKEN_USER = "__token__"
"""The user name that goes with a token."""

_VARIABLES = ("UV_PUBLISH_", "TWINE_")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ENVIRONMENT = "the environment"
_WHERE = (
    "put them into ~/.pypirc, into UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or into the keyring"
)


@dataclass(frozen=True, slots=True)
class Index:
    """An index that takes uploads."""

    name: str
    """What messages call it: never an address with a password in it."""
    upload_url: str
    """Where files are sent (the upload API that twine speaks)."""
    simple_url: str
    """Where installers look (PEP 503), without credentials; empty while it is not known."""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_cert: str = ""
    """A file with the authorities that its certificate is checked by; empty for the usual ones."""
    client_cert: str = ""
    """A file with the certificate and the key that we show it, if it asks for one."""

    @property
    def is_on_loopback(self) -> bool:
        """It runs on this machine: no proxy knows it, and nobody listens in between."""
        return urlsplit(self.upload_url).hostname in _LOOPBACK


def take_settings(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Take what uv and twine read out of an environment, and return it.

    What this program runs later, be it a foreign package, is not to find a password there.
    """
    names = [name for name in environment if name.startswith(_VARIABLES)]
    return {name: environment.pop(name) for name in names}


def find_index(
    argument: str,
    settings: Mapping[str, str],
    pypirc: Path,
    simple_url: str = "",
    *,
    allow_http: bool = False,
) -> Index:
    """Find the index that a name, an address, or nothing (then ``settings``) stands for.

    Raises BadInput for what names none, for an address with a password in it, and where a
    password would go over the network unencrypted.
    """
    place, section = "--index", dict[str, str]()
    if not argument:
        place, argument = _name_by_environment(settings)
    if "/" in argument or ":" in argument:
        url = argument
    else:
        section = _read_section(pypirc, argument)
        place, url = f"[{argument}] in {pypirc}", section.get("repository", "")
        if not url:
            raise BadInput(Fault(Place(place), "has no repository: write where to upload to"))
    _check_address(place, url)
    simple_url = simple_url or settings.get("UV_PUBLISH_CHECK_URL", "")
    if simple_url:
        _check_address("--simple-url", simple_url)
    username, password = _find_credentials(url, settings, section)
    index = Index(
        argument,
        url,
        simple_url,
        username,
        password,
        settings.get("TWINE_CERT") or section.get("ca_cert", ""),
        settings.get("TWINE_CLIENT_CERT") or section.get("client_cert", ""),
    )
    _check_files(index)
    if password and not allow_http and not index.is_on_loopback:
        for one in filter(None, (url, simple_url)):
            if urlsplit(one).scheme == "http":
                message = "would get the password unencrypted: write https, or add --allow-http"
                raise BadInput(Fault(Place(place), message))
    return index


def derive_simple_url(upload_url: str, *, is_devpi: bool) -> str:
    """Derive where installers look from where uploads go, by the habits of the usual servers."""
    base = upload_url.rstrip("/")
    if is_devpi:
        return f"{base}/+simple/"
    for ending in ("/upload", "/legacy"):
        # Azure Artifacts has …/pypi/upload/, what is built on Warehouse has …/legacy/.
        base = base.removesuffix(ending)
    return f"{base}/simple/"


def _name_by_environment(settings: Mapping[str, str]) -> tuple[str, str]:
    for name in ("UV_PUBLISH_URL", "TWINE_REPOSITORY_URL", "TWINE_REPOSITORY"):
        if settings.get(name):
            return name, settings[name]
    message = "names no index: write --index NAME or --index URL, or set UV_PUBLISH_URL"
    raise BadInput(Fault(Place(_ENVIRONMENT), message))


def _check_address(place: str, url: str) -> None:
    """Refuse what is no plain address, without quoting what may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if "@" in parts.netloc or (not host and "@" in url):
        raise BadInput(Fault(Place(place), f"has a user name or a password in it: {_WHERE}"))
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        message = "is no address: write https://HOST/PATH/, or the name of a section of ~/.pypirc"
        raise BadInput(Fault(Place(place), message))
    if parts.query or parts.fragment:
        raise BadInput(Fault(Place(place), "ends in ?… or #…: write the address without that"))


def _read_section(pypirc: Path, name: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(pypirc.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"is not there, so {name!r} names no index: write it, or give an address"
        raise BadInput(Fault(Place(str(pypirc)), message)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(Fault(Place(str(pypirc)), f"cannot be read: {reason}")) from None
    except configparser.Error as error:
        # The error quotes the line, which may be the one with the password.
        place = Place(str(pypirc), _find_line(error))
        message = "is not written as sections of NAME = VALUE: mend this line"
        raise BadInput(Fault(place, message)) from None
    if not parser.has_section(name):
        known = [one for one in parser.sections() if one != "distutils"]
        message = f"has no section [{name}]: it has {', '.join(known) or 'none'}"
        raise BadInput(Fault(Place(str(pypirc)), message))
    return dict(parser.items(name))


def _find_line(error: configparser.Error) -> int | None:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return error.lineno
    if isinstance(error, configparser.ParsingError):
        return int(error.errors[0][0])
    line = getattr(error, "lineno", None)
    return line if isinstance(line, int) else None


def _find_credentials(
    url: str, settings: Mapping[str, str], section: Mapping[str, str]
) -> tuple[str, str]:
    meant = settings.get("UV_PUBLISH_URL") or settings.get("TWINE_REPOSITORY_URL") or url
    # What the environment holds for one index is not to be sent to another one.
    own = settings if meant.rstrip("/") == url.rstrip("/") else dict[str, str]()
    if token := own.get("UV_PUBLISH_TOKEN"):
        return TOKEN_USER, token
    username, password = section.get("username", ""), section.get("password", "")
    for prefix in _VARIABLES:
        if own.get(f"{prefix}PASSWORD"):
            username = own.get(f"{prefix}USERNAME") or username or TOKEN_USER
            return username, own[f"{prefix}PASSWORD"]
    for prefix in _VARIABLES:
        username = own.get(f"{prefix}USERNAME") or username
    if password:
        return username or TOKEN_USER, password
    return _ask_keyring(url, username)


def _ask_keyring(url: str, username: str) -> tuple[str, str]:
    import keyring
    from keyring.errors import KeyringError

    for service in (url, urlsplit(url).netloc):
        try:
            found = keyring.get_credential(service, username or None)
        except KeyringError:
            continue  # none is set up, or it is locked: the index says whether it needs one
        if found is not None and found.password:
            return found.username or username, found.password
    return username, ""


def _check_files(index: Index) -> None:
    for names, path in (
        ("ca_cert in ~/.pypirc or TWINE_CERT", index.ca_cert),
        ("client_cert in ~/.pypirc or TWINE_CLIENT_CERT", index.client_cert),
    ):
        if path and not Path(path).is_file():
            raise BadInput(Fault(Place(path), f"is no file: mend {names}"))
