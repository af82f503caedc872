"""Judge an output folder: what is in it, whether it is ours, and how it differs from another."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place
from pipeline.header import MARK
from pipeline.lock import LOCK_NAME, digest_file, read_lock


@dataclass(frozen=True, slots=True)
class Difference:
    """The files that one folder has and another has not, or has otherwise."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def digest_tree(folder: Path) -> dict[str, str]:
    """Return the digest of every file below ``folder``, by relative path, Python's caches aside."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in _walk(folder)}


def digest_output(output: Path, wanted: Iterable[str] = ()) -> dict[str, str]:
    """Return the digests of an output folder, empty if there is none.

    What git ignores is not ours to judge, unless we wrote it or it is ``wanted``: the client may
    lie in a folder that git ignores, as a build folder is.
    """
    if not output.is_dir():
        return {}
    digests = digest_tree(output)
    ours = {*wanted, *_list_written(output)}
    ignored = _list_ignored(output, [name for name in digests if name not in ours])
    return {name: digest for name, digest in digests.items() if name not in ignored}


def compare(old: dict[str, str], new: dict[str, str]) -> Difference:
    """Compare two trees of digests."""
    return Difference(
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
        removed=tuple(name for name in old if name not in new),
    )


def find_package(output: Path) -> Path | None:
    """Return the folder of the package that this tool wrote into ``output``, if it did."""
    if not output.is_dir():
        return None
    for folder in sorted(path for path in output.iterdir() if path.is_dir()):
        if (folder / LOCK_NAME).is_file() or _has_header(folder / "__init__.py"):
            return folder
    return None


def require_ours(output: Path) -> None:
    """Refuse (BadInput) an output folder that is something else than new, empty or ours."""
    if not output.exists():
        return
    if not output.is_dir():
        raise BadInput(Fault(Place(str(output)), "is a file: name a folder with --output"))
    if any(output.iterdir()) and find_package(output) is None:
        message = "was not written by this tool: name an empty or a new folder with --output"
        raise BadInput(Fault(Place(str(output)), message))


def list_strays(output: Path) -> list[str]:
    """List the files in an output folder of ours that somebody else put there.

    The lock knows; without one that can be trusted, what bears our header is ours.
    """
    package = find_package(output)
    if package is None:
        return []
    names = {path.relative_to(output).as_posix(): path for path in _walk(output)}
    if ours := _list_written(output):
        return [name for name in names if name not in ours]
    lock = f"{package.name}/{LOCK_NAME}"
    return [name for name, path in names.items() if name != lock and not _has_header(path)]


def keep_aside(output: Path, strays: list[str]) -> Path:
    """Copy files that are not ours beside the output folder, and return where they are.

    An interrupt takes the copies back: the files are still in the output folder then.
    """
    number = 1
    while (aside := output.parent / f".{output.name}.aside-{number}").exists():
        number += 1
    try:
        for name in strays:
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(output / name, aside / name, follow_symlinks=False)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return aside


def _list_written(output: Path) -> set[str]:
    """List the files that the lock says we wrote; none without a lock that can be trusted."""
    package = find_package(output)
    lock = read_lock(package) if package else None
    if package is None or lock is None:
        return set()
    return {f"{package.name}/{name}" for name in (LOCK_NAME, *lock[1])}


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    return digest_file(path) if path.is_file() else "no file"


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        # A link to a folder is a thing of its own, not a way into it.
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        yield from (Path(root) / name for name in sorted([*files, *links]))


def _list_ignored(folder: Path, names: list[str]) -> set[str]:
    """Ask git which of the files it ignores; none where there is no git."""
    if not names:
        return set()
    try:
        done = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin"],
            cwd=folder,
            input="\0".join(names),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return set()
    return {name for name in done.stdout.split("\0") if name} if done.returncode == 0 else set()


def _has_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK.encode()
    except OSError:
        return False
