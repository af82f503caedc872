"""Verify the files of an installed client against its lock, and say what it was made from.

``generation.lock`` lies in the package. It lists every generated file with its digest and, in a
built distribution, everything else that ships. Whoever can write the files can write the lock as
well, so its own digest is printed: compare it with the one that was published.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import Any, cast

LOCK_NAME = "generation.lock"

_UNBUILT = "no built distribution, as in a checkout: only the generated files are verified"
_INSTALL = "install the distribution again"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock says of the files around it."""

    digest: str
    """One digest over all the rest."""
    title: str
    """The distribution and its version; the package's name where none was built."""
    is_built: bool
    files: Mapping[str, str]
    """The digest of each file, by its path from the folder that the packages are in."""
    sources: tuple[tuple[str, str, str], ...]
    """What it was made from: the kind of each, its name, and its digest or version."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not as the lock says."""

    file: str
    message: str

    def __str__(self) -> str:
        return _inert(f"{self.file}: {self.message}")


class LockError(Exception):
    """A lock cannot be believed; the text says why."""


def main(package: str, arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m PACKAGE``: verify it when ``--provenance`` asks for that.

    Returns the exit code: 0 all files hold, 1 one does not, 2 bad usage.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {package}", description="Tell where this client comes from."
    )
    parser.add_argument(
        "--provenance", action="store_true",
        help="verify every file against the digests that it was published with, offline, and say "
        "what it was made from; exits 1 when a file is missing, changed or added",
    )  # fmt: skip
    if not parser.parse_args(arguments).provenance:
        parser.error("nothing to do: --provenance verifies this client")
    folder = cast("Path", files(package)).parent
    try:
        lock = read_lock(folder / package / LOCK_NAME, package)
    except LockError as error:
        print(Finding(f"{package}/{LOCK_NAME}", f"{error}: {_INSTALL}"), file=sys.stderr)
        return 1
    print(_inert(lock.title))
    width = max((len(name) for _, name, _ in lock.sources), default=0)
    for kind, name, value in lock.sources:
        print(_inert(f"{kind:<14} {name:<{width}}  {value}"))
    print(f"{'lock':<14} {LOCK_NAME:<{width}}  {lock.digest}")
    findings = list(find_differences(folder, lock, package))
    if not lock.is_built:
        print(_UNBUILT)
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        return 1
    print(f"{len(lock.files)} files hold")
    return 0


def read_lock(path: Traversable, package: str) -> Lock:
    """Read the lock of a package. Raises LockError when it is not there or was edited."""
    if not path.is_file():
        raise LockError("is missing, and nothing can be verified without it")
    try:
        raw = json.loads(path.read_bytes())
        content = {key: raw[key] for key in raw if key not in ("comment", "digest")}
        if raw["digest"] != digest_content(content):
            raise LockError("the lock was edited, its digest is that of another")
        return _describe(raw, package)
    except OSError as error:
        raise LockError(f"cannot be read, {error.strerror or error}") from None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise LockError("the lock was edited, it is none any more") from None


def find_differences(folder: Traversable, lock: Lock, package: str) -> Iterator[Finding]:
    """Find the files that are missing, changed or added below ``folder``, by their names.

    Python's caches are not judged, and beside the packages only what the lock lists is.
    """
    packages = sorted({name.partition("/")[0] for name in lock.files} | {package})
    present = {
        name: file
        for one in packages
        if not one.endswith(".dist-info") and (folder / one).is_dir()
        for name, file in _walk(folder / one, one)
    }
    present.pop(f"{package}/{LOCK_NAME}", None)
    for name in sorted({*lock.files, *present}):
        digest = lock.files.get(name)
        if digest is None:
            yield Finding(name, f"was added: remove it, or {_INSTALL}")
            continue
        file = present[name] if name in present else folder / name
        try:
            actual = digest_bytes(file.read_bytes()) if file.is_file() else None
        except OSError as error:
            yield Finding(name, f"cannot be read, {error.strerror or error}: {_INSTALL}")
            continue
        if actual is None:
            yield Finding(name, f"is missing: {_INSTALL}")
        elif actual != digest:
            yield Finding(name, f"was changed: {_INSTALL}")


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of a file's text, whichever line ends it has."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def digest_content(content: Mapping[str, Any]) -> str:
    """Return one digest over all that a lock says."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _describe(raw: Mapping[str, Any], package: str) -> Lock:
    inputs: Mapping[str, Any] = raw["inputs"]
    outputs = {f"{package}/{name}": digest for name, digest in raw["outputs"].items()}
    built: Mapping[str, Any] = raw.get("distribution", {})
    held = {**outputs, **built.get("files", {})}
    effective = f"{package}/openapi.yaml"
    sources = [
        *_list_sources("made by", inputs["tools"]),
        *_list_sources("spec", inputs["spec"]),
        *_list_sources("overlay", inputs["overlays"]),
        *_list_sources("template", inputs["templates"]),
        ("effective spec", effective, outputs[effective]),
    ]
    if not all(isinstance(part, str) for part in (*held, *held.values(), *chain(*sources))):
        raise TypeError("a digest is no text")
    title = f"{built['name']} {built['version']}" if built else package
    return Lock(raw["digest"], title, bool(built), held, tuple(sources))


def _list_sources(kind: str, named: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(kind, name, value) for name, value in named.items()]


def _walk(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """List the files below a folder by their names; a link to a folder is no way into it."""
    for one in folder.iterdir():
        below = f"{name}/{one.name}"
        if one.is_dir() and not (isinstance(one, Path) and one.is_symlink()):
            if one.name != "__pycache__":
                yield from _walk(one, below)
        else:
            yield below, one


def _inert(text: str) -> str:
    """Return a text on one line with nothing in it that a terminal would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
