"""A clean environment: the wheel and what it needs, and nothing of the checkout."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZipFile

from packaging.requirements import Requirement

from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.publish.access import give_access
from pipeline.publish.index import Index
from pipeline.publish.running import run_to_end
from pipeline.publish.upload import digest

_OURS = ("PYTHON", "HARNESS_", "VIRTUAL_ENV", "UV_", "TWINE_")
"""Variables that change what a Python imports or a client does, or that hold secrets."""
_OF_THE_MACHINE = ("PIP_PROXY", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT")
_PLACE = "the clean environment"


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """The variables that programs in it get."""
        return list_variables(self.folder.parent / "tmp")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def list_variables(scratch: Path) -> dict[str, str]:
    """Return the variables of this process, without those that point programs to something.

    What programs leave behind that are ended in the middle goes into ``scratch``.
    """
    scratch.mkdir(exist_ok=True)
    variables = {name: text for name, text in os.environ.items() if not name.startswith(_OURS)}
    return {**variables, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}


def make_environment(folder: Path) -> Environment:
    """Make a virtual environment with nothing in it, of the Python that runs this.

    Raises BadInput when that cannot be.
    """
    environment = Environment(folder)
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    done = run_to_end(command, folder.parent, environment.variables)
    if done.returncode:
        said = _last_line(done.stderr or done.stdout)
        raise BadInput(Fault(Place(_PLACE), f"cannot be made: {said}"))
    return environment


def install_dependencies(environment: Environment, checkout: Path, wheel: Path) -> None:
    """Install what a wheel and the pipeline of a checkout need, from the machine's registry.

    That is the one that pip is configured with. Raises BadInput when it does not have them.
    """
    needed = [*read_needed(wheel), *_read_group(checkout, "pipeline")]
    _install(environment, environment.variables, needed, "the registry that pip is set up with")


def install_wheel(environment: Environment, wheel: Path) -> None:
    """Install a wheel by its file. Raises BadInput when pip does not take it."""
    arguments = ["--no-deps", "--no-index", "--force-reinstall", str(wheel)]
    _install(environment, environment.variables, arguments, wheel.name)


def install_published(
    environment: Environment, index: Index, project: str, version: str, wheel: Path
) -> None:
    """Install a wheel from an index, and only from there, by the digest of what was built.

    Raises DoesNotHold when the index does not give these very bytes.
    """
    variables = {
        name: text
        for name, text in environment.variables.items()
        if not name.startswith("PIP_") or name in _OF_THE_MACHINE
    }
    variables["PIP_CONFIG_FILE"] = os.devnull  # no other index, no folder of wheels
    variables |= give_access(index, environment.folder)
    wanted = environment.folder / "published.txt"
    wanted.write_text(f"{project}=={version} --hash=sha256:{digest(wheel)}\n", encoding="utf-8")
    arguments = [
        "--no-deps", "--no-cache-dir", "--force-reinstall", "--only-binary=:all:",
        "--require-hashes", "--index-url", index.simple_url, "-r", str(wanted),
    ]  # fmt: skip
    if urlsplit(index.simple_url).scheme == "http":
        arguments += ["--trusted-host", urlsplit(index.simple_url).netloc]
    try:
        _install(environment, variables, arguments, index.name)
    except BadInput as error:
        raise DoesNotHold(*error.faults) from None


def read_needed(wheel: Path) -> list[str]:
    """Return what a wheel requires, its extras aside."""
    with ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    needed: list[str] = metadata.get_all("Requires-Dist") or []
    return [one for one in needed if "extra" not in str(Requirement(one).marker)]


def _read_group(checkout: Path, group: str) -> list[str]:
    groups = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    needed: list[str] = groups["dependency-groups"][group]
    return needed


def _install(
    environment: Environment, variables: Mapping[str, str], arguments: list[str], source: str
) -> None:
    command = [
        sys.executable, "-m", "pip", "--python", str(environment.python), "--no-input",
        "--disable-pip-version-check", "install", "--quiet", *arguments,
    ]  # fmt: skip
    done = run_to_end(command, environment.folder, variables)
    if done.returncode:
        message = f"gets nothing from {source}: pip says: {_last_line(done.stderr)}"
        raise BadInput(Fault(Place(_PLACE), message))


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["nothing"])[-1].removeprefix("ERROR: ")
