"""The ways to install that docs/install.md shows, each with nothing of it replaced but names."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Protocol

from tests.publish.market import CLIENT, NEEDS, Market, Place, point, read_block

_POETRY = Path(__file__).parents[2] / ".nox" / "poetry"
"""Kept from run to run. It is no part of the group ``tests``: it holds other tools back."""
_PINNED = "poetry==2.5.1"
_PROJECT = """\
[project]
name = "program"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["{asked}"]

"""


class Install(Protocol):
    """A way to install the client, in the version of the market unless another one is asked for."""

    __name__: str

    def __call__(
        self, place: Place, market: Market, *, url: str = "", version: str = "", block: str = ""
    ) -> CompletedProcess[str]:
        """Install from the private index, or from ``url``; return what the last command said."""
        ...


def pip_install(place: Place, *arguments: str, **variables: str) -> CompletedProcess[str]:
    """Run ``pip install`` for the environment of a place."""
    command = (sys.executable, "-I", "-m", "pip", "--python", place.python, "install")
    return place.run(*command, *arguments, **variables)


def install_from_one_index(
    place: Place, market: Market, *, url: str = "", version: str = "", block: str = ""
) -> CompletedProcess[str]:
    """Install with the pip.conf of the page, from an index that hands on other names."""
    text = point(block or read_block("pip.conf"), url or market.handing_on, market.wheel)
    conf = place.write("pip.conf", text)
    return pip_install(place, _ask(version), PIP_CONFIG_FILE=str(conf))


def install_by_digests(
    place: Place, market: Market, *, url: str = "", version: str = "", block: str = ""
) -> CompletedProcess[str]:
    """Install what is listed with digests, by the commands of the page."""
    text = point(block or read_block("client.txt"), url or market.private, market.wheel)
    if version:
        text = text.replace(f"=={market.version}", f"=={version}")
    place.write("client.txt", text)
    listed = "".join(f"{name}=={newest}\n" for name, newest in NEEDS.items())
    place.write("names.txt", listed)
    done = place.run(
        sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes",
        "--index-url", market.public, "names.txt", "--output-file", "requirements.txt",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for line in read_block("pip-digests").splitlines():
        program, *arguments = line.split()
        assert program == "pip"
        command = (sys.executable, "-I", "-m", "pip", "--python", place.python)
        done = place.run(*command, *arguments, PIP_INDEX_URL=market.public)
        if done.returncode:
            break
    return done


def install_with_uv(
    place: Place, market: Market, *, url: str = "", version: str = "", block: str = ""
) -> CompletedProcess[str]:
    """Install a project that has the block of the page."""
    text = point(block or read_block("uv.toml"), url or market.private, market.wheel)
    place.write("pyproject.toml", _PROJECT.format(asked=_ask(version)) + text)
    variables = {"UV_DEFAULT_INDEX": market.public, "UV_PYTHON": str(place.python)}
    return place.run(sys.executable, "-m", "uv", "sync", **variables)


def install_with_poetry(
    place: Place, market: Market, *, url: str = "", version: str = "", block: str = ""
) -> CompletedProcess[str]:
    """Install a project that has the block of the page, and the public index for the usual one."""
    text = point(block or read_block("poetry.toml"), url or market.private, market.wheel)
    public = f'\n[[tool.poetry.source]]\nname = "public"\nurl = "{market.public}"\n'
    place.write("pyproject.toml", _PROJECT.format(asked=_ask(version)) + text + public)
    poetry = provide_poetry()
    return place.run(poetry, "install", "--no-root", "--no-interaction")


@cache
def provide_poetry() -> Path:
    """Install Poetry, from the registry that pip is configured with; return its command."""
    python = _POETRY / "bin" / "python"
    if not python.exists():
        run([sys.executable, "-m", "venv", "--without-pip", str(_POETRY)], check=True)
    pip = [sys.executable, "-I", "-m", "pip", "--python", str(python)]
    run([*pip, "install", "--quiet", "--disable-pip-version-check", _PINNED], check=True)
    return python.with_name("poetry")


def _ask(version: str) -> str:
    return f"{CLIENT}=={version}" if version else CLIENT
