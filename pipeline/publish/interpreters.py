"""The supported Pythons, and which of them this machine has; nothing here downloads one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_ASK = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


def list_supported(pyproject: Path) -> tuple[str, ...]:
    """Return the versions that the classifiers of a pyproject.toml name, such as 3.12."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    found = (_CLASSIFIER.fullmatch(classifier) for classifier in project["classifiers"])
    return tuple(match[1] for match in found if match)


def find_interpreters(versions: Iterable[str]) -> dict[str, str | None]:
    """Return for each version the interpreter that the PATH has; None where there is none."""
    return {version: find_interpreter(version) for version in versions}


def find_interpreter(version: str) -> str | None:
    """Return the first pythonX.Y of the PATH that runs and is what it says.

    A manager of versions may put a command there that only tells how to get that version.
    """
    for folder in os.get_exec_path():
        command = shutil.which(f"python{version}", path=folder)
        if not command:
            continue
        done = subprocess.run(
            [command, "-I", "-c", _ASK], capture_output=True, text=True, check=False
        )
        said, _, executable = done.stdout.strip().partition(" ")
        if done.returncode == 0 and said == version:
            return executable
    return None
