"""Hold the client that is installed in this environment to the contract.

Runs in the clean environment, in a checkout without the sources of the client, and prints what it
found as JSON.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.contract.cli import describe, describe_generations, list_faults
from pipeline.contract.contract import check_contract
from pipeline.contract.generations import compare_generations, find_release
from pipeline.faults import BadInput
from pipeline.regenerate_cli import show_progress

_PACKAGES = ("harness_nextgen", "harness_nextgen_runtime")


@dataclass(frozen=True, slots=True)
class Found:
    """What the contract says of the installed client, and where that came from."""

    version: str
    folder: str
    """Where the packages are installed."""
    imported: int
    """How many modules of them were used."""
    elsewhere: tuple[str, ...]
    """Files of modules that came from somewhere else: then the wheel was not what was tested."""
    said: tuple[str, ...]
    faults: tuple[str, ...]


def check_installed(project: str) -> Found:
    """Check the contract of the installed client by the fixtures of the checkout that we are in."""
    root, fixtures = Path(), Path("tests/fixtures")
    package = import_module(_PACKAGES[0])
    spec = Path(str(package.__file__)).parent / "openapi.yaml"
    with show_progress() as tell:
        report = check_contract(spec, fixtures, package, tell)
        release = find_release(root)
        generations = compare_generations(root, release, package) if release else None
    faults = list_faults(report, fixtures, accept=False)
    faults += generations.faults if generations else ()
    folder = Path(sysconfig.get_path("purelib")).resolve()
    files = [_find_file(module) for module in list_modules()]
    return Found(
        metadata.version(project),
        str(folder),
        len(files),
        tuple(str(file) for file in files if not file.is_relative_to(folder)),
        (*describe(report).splitlines(), describe_generations(generations)),
        tuple(str(fault) for fault in faults),
    )


def read_found(text: str) -> Found:
    """Read what ``main`` printed."""
    value: dict[str, Any] = json.loads(text)
    for name in ("elsewhere", "said", "faults"):
        value[name] = tuple(value[name])
    return Found(**value)


def list_modules() -> list[ModuleType]:
    """List the modules of the client and its runtime that are imported by now."""
    return [module for name, module in sys.modules.items() if name.split(".")[0] in _PACKAGES]


def main(arguments: list[str]) -> int:
    """Check, and print what was found."""
    try:
        found = check_installed(arguments[0])
    except BadInput as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(asdict(found)))
    return 0


def _find_file(module: ModuleType) -> Path:
    return Path(str(module.__file__)).resolve()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
