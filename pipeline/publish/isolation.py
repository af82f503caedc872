"""Environments that nothing of the person who runs us gets into, and pip for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.publish.access import give_access
from pipeline.publish.index import Index

_OURS = ("PYTHON", "HARNESS_", "MYPY", "PYTEST", "COVERAGE", "VIRTUAL_ENV", "__PYVENV", "CONDA")
"""Beginnings of names that would change what an isolated program does."""
_ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN")
"""Settings that have pip install somewhere else."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, and a home of its own for the programs in it."""

    folder: Path
    home: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.find_script("python")

    def find_script(self, name: str) -> Path:
        """Return where a command of it is."""
        folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
        return self.folder / folder / f"{name}{suffix}"

    def isolate(self) -> dict[str, str]:
        """Return the environment of a program that must see nothing else of this machine."""
        home = str(self.home)
        own = {"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
        path = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", os.defpath)))
        return keep_settings() | own | {"PATH": path, "PYTHONNOUSERSITE": "1"}


def keep_settings() -> dict[str, str]:
    """Return our environment without what leads Python or pip elsewhere.

    The registry, certificates and proxies that the machine's pip is configured with stay.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name not in _ELSEWHERE
    }


def point_at(index: Index, folder: Path) -> dict[str, str]:
    """Return the environment of a pip that knows this index alone, whatever is configured.

    The environment wins over pip's files; an empty value would not, so each setting names the
    index again, or ``folder``, which is empty but for the password, where there is one.
    """
    links = folder / "no-links"
    links.mkdir(parents=True, exist_ok=True)
    alone = {
        "PIP_INDEX_URL": index.simple_url,
        "PIP_EXTRA_INDEX_URL": index.simple_url,
        "PIP_FIND_LINKS": str(links),
        "PIP_NO_INDEX": "0",
    }
    return keep_settings() | alone | give_access(index, folder)
