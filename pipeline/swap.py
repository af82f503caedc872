"""Put a finished folder in the place of another in one step, so that a kill leaves one whole.

On Linux the two folders are exchanged by one system call. Elsewhere the old one is renamed away
and the new one into its place; a run that was killed between the two is mended by the next. Runs
that write the same folder hold it, one after the other, while they mend and while they swap.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_PATIENCE = 50
"""Tries, a tenth of a second apart, to remove a leftover; what stays is left to the next run."""
_LOCK_PATIENCE = 600
"""Tries, a tenth of a second apart, to lock a folder that another process has locked."""


def open_workspace(target: Path, remedy: str = "name another folder with --output") -> Path:
    """Make an empty folder beside ``target``, on its filesystem, to be swapped in later.

    Raises BadInput, with the ``remedy``, when the parent folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(
            tempfile.mkdtemp(prefix=f"{_prefix(target)}new-{os.getpid()}-", dir=target.parent)
        )
    except OSError as error:
        message = f"cannot be written: {error.strerror}: {remedy}"
        raise BadInput(Fault(Place(str(target)), message)) from None


def swap_in(new: Path, target: Path) -> None:
    """Put ``new`` at ``target``, and what was there, if anything, where ``new`` was.

    An interrupt in between leaves one of the two at ``target``.
    """
    if not target.exists():
        os.rename(new, target)
        return
    if _exchange(new, target):
        return
    old = target.parent / f"{_prefix(target)}old-{os.getpid()}"
    try:
        os.rename(target, old)
        os.rename(new, target)
    finally:
        if old.exists():
            os.rename(old, new if target.exists() else target)


@contextmanager
def hold(target: Path) -> Generator[None, None, None]:
    """Keep other runs from mending or replacing ``target`` meanwhile; wait for one that does.

    Raises BadInput when it is not let go.
    """
    lock = _lock_parent(target)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _lock_parent(target: Path) -> int | None:
    """Lock the parent folder, which leaves no file behind and ends with the process.

    None where there is nothing to lock: no such folder, or a system or a filesystem without locks.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError:
        return None
    for _ in range(_LOCK_PATIENCE):
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            os.close(folder)
            return None
        else:
            return folder
    os.close(folder)
    message = "is locked by another process: run again when that has ended"
    raise BadInput(Fault(Place(str(target.parent)), message))


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically; False where the system or the filesystem cannot."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    done: int = libc.renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
    )
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), str(other))


def mend(target: Path) -> None:
    """Mend what a killed run left: restore a folder renamed away, remove half-made ones."""
    for leftover in sorted(target.parent.glob(f"{glob.escape(_prefix(target))}*-*")):
        kind, _, rest = leftover.name.removeprefix(_prefix(target)).partition("-")
        owner = rest.split("-")[0]
        if kind not in ("new", "old") or not owner.isdecimal() or _is_running(int(owner)):
            continue
        if kind == "old" and not target.exists():
            os.rename(leftover, target)
        else:
            _remove(leftover)


def _remove(leftover: Path) -> None:
    """Remove what a killed run left; a ruff that outlived it may still be writing there."""
    for _ in range(_PATIENCE):
        shutil.rmtree(leftover, ignore_errors=True)
        if not leftover.exists():
            return
        time.sleep(0.1)


def _is_running(process: int) -> bool:
    if sys.platform == "win32":
        return True  # there, os.kill ends a process; what a killed run left stays
    if process == os.getpid():
        return False  # we have left nothing yet: in a container the numbers come again
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
