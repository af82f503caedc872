"""Write a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: a reader sees the old text or the new one."""
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
