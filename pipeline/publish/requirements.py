"""What a wheel depends on: its lowest bounds, and the newest or lowest set that fits, by hash."""

from __future__ import annotations

import email
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipeline.faults import DoesNotHold, Fault, Place

_LOWER = (">=", "~=", "==")


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one package, and the digest of the file that it is installed from."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read_dependencies(wheel: Path, extra: str, python: str) -> list[Requirement]:
    """Return what a wheel and one of its extras need directly, on a version of Python."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    environment = {"extra": extra, "python_version": python, "python_full_version": f"{python}.0"}
    required = [Requirement(text) for text in metadata.get_all("Requires-Dist") or ()]
    return [one for one in required if not one.marker or one.marker.evaluate(environment)]


def pin_lowest(requirements: Iterable[Requirement], wheel: str) -> dict[str, str]:
    """Return the lowest version that each requirement allows, by the name of the package.

    Raises DoesNotHold for a requirement without a lowest version.
    """
    lowest: dict[str, Version] = {}
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        bounds = [one.version for one in requirement.specifier if one.operator in _LOWER]
        if not bounds:
            message = f"{requirement} has no lowest version: write one that works"
            raise DoesNotHold(Fault(Place(wheel), message))
        bound = max(Version(text.removesuffix(".*")) for text in bounds)
        lowest[name] = max(bound, lowest.get(name, bound))
    return {name: str(version) for name, version in lowest.items()}


def read_report(report: str) -> list[Pin]:
    """Return what ``pip install --dry-run --report`` says it would install.

    Raises DoesNotHold for a file without a sha256.
    """
    pins: list[Pin] = []
    items: list[dict[str, Any]] = json.loads(report)["install"]
    for item in items:
        name = canonicalize_name(item["metadata"]["name"])
        version = item["metadata"]["version"]
        digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if not digest:
            message = "pip knows no sha256 of it: it cannot be required by hash"
            raise DoesNotHold(Fault(Place(f"{name} {version}"), message))
        pins.append(Pin(name, version, digest))
    return sorted(pins, key=lambda pin: pin.name)


def write_requirements(pins: Iterable[Pin], path: Path) -> None:
    """Write what ``pip install --require-hashes -r`` reads."""
    text = "".join(f"{pin}\n" for pin in pins)
    path.write_text(text, encoding="utf-8", newline="\n")
