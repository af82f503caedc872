"""Upload files to an index by twine's library: no command and no environment has the password."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.publish.index import Index
from pipeline.publish.listing import (
    Listed,
    check_status,
    digest_listed,
    list_files,
    name_failure,
)

if TYPE_CHECKING:
    import requests

Tell = Callable[[str], None]

_CONNECT, _READ = 20.0, 600.0
_LISTED_WITHIN = 60.0
"""Seconds that an index may take to list what it was sent: some write their pages afterwards."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was sent, and what was there already, byte for byte."""

    sent: tuple[Path, ...]
    kept: tuple[Path, ...]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_there(index: Index, project: str, version: str, files: Sequence[Path]) -> list[Path]:
    """Return those of the files that an index has already.

    Raises DoesNotHold where it has other bytes of this version: what somebody may have installed
    never changes. Raises BadInput when the index cannot be asked.
    """
    ours = {path.name: path for path in files}
    there: list[Path] = []
    faults: list[Fault] = []
    for listed in list_files(index, project):
        path = ours.get(listed.name)
        if path is not None:
            if digest_listed(index, listed, path.stat().st_size) == digest(path):
                there.append(path)
                continue
            faults.append(_other_bytes(index, listed, "with other bytes"))
        elif _read_version(listed.name) == Version(version):
            faults.append(_other_bytes(index, listed, "which this build does not make"))
    if faults:
        raise DoesNotHold(*faults)
    return there


def upload(index: Index, project: str, version: str, files: Sequence[Path], tell: Tell) -> Uploaded:
    """Send the files that an index has not got yet, and see that it lists them all.

    Can be repeated after it broke in the middle. Raises DoesNotHold for what ``find_there`` does,
    and BadInput when the index cannot be reached or refuses.
    """
    there = find_there(index, project, version, files)
    sent: list[Path] = []
    for path in files:
        if path in there:
            continue
        tell(f"upload {path.name} ({path.stat().st_size / 1024:.0f} KiB)")
        try:
            _send(index, path)
        except BadInput:
            # The answer may be what was lost, or somebody else was a moment faster.
            if not _is_there(index, project, version, files, path):
                raise
        sent.append(path)
    _wait_until_listed(index, project, version, files, tell)
    return Uploaded(tuple(sent), tuple(there))


def _is_there(index: Index, project: str, version: str, files: Sequence[Path], path: Path) -> bool:
    try:
        return path in find_there(index, project, version, files)
    except (BadInput, DoesNotHold):
        return False


def _wait_until_listed(
    index: Index, project: str, version: str, files: Sequence[Path], tell: Tell
) -> None:
    until = time.monotonic() + _LISTED_WITHIN
    while missing := set(files) - set(find_there(index, project, version, files)):
        if time.monotonic() > until:
            names = ", ".join(sorted(path.name for path in missing))
            message = f"took {names} and does not list it: is {index.simple_url} its simple page?"
            raise BadInput(Fault(Place(index.name), message))
        tell("wait until the index lists it")
        time.sleep(1)


def _send(index: Index, path: Path) -> None:
    import requests
    from requests.auth import HTTPBasicAuth
    from twine.package import PackageFile
    from twine.repository import Repository

    logging.getLogger("twine").addHandler(logging.NullHandler())  # its warnings are told below
    package = PackageFile.from_filename(str(path), None)
    repository = Repository(
        index.upload_url,
        index.username if index.password else None,
        index.password,
        disable_progress_bar=True,
    )
    repository.set_certificate_authority(index.ca_cert)
    repository.set_client_certificate(index.client_cert)
    session = repository.session
    session.trust_env = not index.is_on_loopback
    if index.password:
        # As bytes: of a text requests takes what Latin-1 has, and nothing else.
        session.auth = HTTPBasicAuth(index.username.encode(), index.password.encode())
    for scheme in ("http://", "https://"):
        session.mount(scheme, _make_patient_adapter())
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it tells of itself what we tell
            answer = repository.upload(package)
    except requests.RequestException as error:
        raise BadInput(Fault(Place(index.name), name_failure(error))) from None
    finally:
        repository.close()
    _check_answer(index, path, answer)


def _check_answer(index: Index, path: Path, answer: requests.Response) -> None:
    status = answer.status_code
    if 300 <= status < 400:
        message = f"sends uploads on to another address ({status}): give that one"
        raise BadInput(Fault(Place(index.name), message))
    if status in (404, 405, 501):
        message = f"takes no uploads at {index.upload_url} ({status}): look up its upload address"
        raise BadInput(Fault(Place(index.name), message))
    if status in (400, 409, 413, 422):
        reason = _hide(index, answer.reason or "no reason given")
        message = f"refuses {path.name} ({status} {reason}): what it has of it stays as it is"
        raise BadInput(Fault(Place(index.name), message))
    check_status(status, index)


def _hide(index: Index, text: str) -> str:
    """Return what a server says without the password, should it say that."""
    pair = base64.b64encode(f"{index.username}:{index.password}".encode()).decode()
    for secret in filter(None, (index.password, pair)):
        text = text.replace(secret, "…")
    return text[:200]


def _make_patient_adapter() -> Any:
    """Make what sends requests, with a limit to waiting, which twine has not."""
    from requests.adapters import HTTPAdapter

    class Patient(HTTPAdapter):
        def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
            options["timeout"] = options.get("timeout") or (_CONNECT, _READ)
            return super().send(request, *arguments, **options)

    return Patient()


def _read_version(name: str) -> Version | None:
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[1]
        return parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _other_bytes(index: Index, listed: Listed, how: str) -> Fault:
    message = f"has {listed.name} already, {how}: raise the version, what is published stays"
    return Fault(Place(index.name), message)
