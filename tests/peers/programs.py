"""The programs that take modules from a registry."""

from __future__ import annotations

import shutil

PROGRAMS = ("terraform", "tofu")


def find_program() -> str | None:
    """Return the path of the first that is there."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)
