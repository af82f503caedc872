"""Put a finished folder in the place of another in one step, so that a kill leaves one whole.

On Linux the two folders are exchanged by one system call. Elsewhere the old one is renamed away
and the new one into its place; a run that was killed between the two is mended by the next.
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
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_PATIENCE = 50
"""Tries, a tenth of a second apart, to remove a leftover; what stays is left to the next run."""


def open_workspace(target: Path) -> Path:
    """Make an empty folder beside ``target``, on its filesystem, to be swapped in later.

    Raises BadInput when the parent folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(
            tempfile.mkdtemp(prefix=f"{_prefix(target)}new-{os.getpid()}-", dir=target.parent)
        )
    except OSError as error:
        message = f"cannot be written: {error.strerror}: name another folder with --output"
        raise BadInput(Fault(Place(str(target)), message)) from None


def swap_in(new: Path, target: Path) -> Path | None:
    """Put ``new`` at ``target``; return where the old folder is now, or None if there was none."""
    if not target.exists():
        os.rename(new, target)
        return None
    if _exchange(new, target):
        return new
    old = target.parent / f"{_prefix(target)}old-{os.getpid()}"
    os.rename(target, old)
    os.rename(new, target)
    return old


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
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
