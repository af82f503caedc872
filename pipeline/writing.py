"""Write a file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old text or the new one.

    Raises BadInput where it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")  # a pipe, a terminal, /dev/null
            return
        target = path.resolve()  # what a link points to is written, the link stays
        part = target.parent / f".{target.name}.{os.getpid()}.part"
        try:
            with open(part, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise BadInput(Fault(Place(str(path)), message)) from None


def require_writable(path: Path) -> None:
    """Raise BadInput where ``replace_file`` could not write; nothing is changed.

    Who writes several files asks before the first.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not path.exists() or path.is_file():
            with tempfile.TemporaryFile(dir=path.resolve().parent):
                pass
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise BadInput(Fault(Place(str(path)), message)) from None
