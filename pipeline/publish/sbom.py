"""Write the bill of materials of a wheel: CycloneDX 1.6, read from nothing but the wheel.

The same wheel gives the same bytes. What it depends on is a range, which CycloneDX 1.6 has no
place for: each component has its requirements as properties, as the wheel's metadata words them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
import zipfile
from datetime import UTC, datetime
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness_nextgen_runtime.provenance import LOCK_NAME
from pipeline.values import Json

SUFFIX = ".cdx.json"

_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_REFERENCES = {"Harness": "website", "Harness Documentation": "documentation"}


def render_sbom(wheel: Path, seconds: int) -> str:
    """Render the bill of materials of a wheel that was built from a commit of that time."""
    with zipfile.ZipFile(wheel) as archive:
        [lock] = (name for name in archive.namelist() if name.endswith(f"/{LOCK_NAME}"))
        [folder] = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        made: Json = json.loads(archive.read(lock))
        metadata = _read(archive, f"{folder}/METADATA")
        builder = str(_read(archive, f"{folder}/WHEEL")["Generator"]).split()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    tools = {**made["inputs"]["tools"], builder[0]: builder[1]}
    libraries = _describe_libraries(metadata)
    subject = _describe_subject(metadata, digest, made["digest"])
    bill = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, f"sha256:{digest}").urn,
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).isoformat(),
            "lifecycles": [{"phase": "build"}],
            "component": subject,
        },
        "components": libraries,
        "dependencies": [
            {"ref": subject["bom-ref"], "dependsOn": [one["bom-ref"] for one in libraries]},
            *({"ref": one["bom-ref"]} for one in libraries),
        ],
        # How it was made: what wrote the code, laid it out, and packed it.
        "formulation": [
            {"components": [_describe_tool(name, tools[name]) for name in sorted(tools)]}
        ],
    }
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def _read(archive: zipfile.ZipFile, name: str) -> Message:
    return message_from_string(archive.read(name).decode("utf-8"))


def _describe_subject(metadata: Message, digest: str, lock: str) -> dict[str, Any]:
    name, version = metadata["Name"], metadata["Version"]
    address = f"pkg:pypi/{canonicalize_name(name)}@{version}"
    urls = (value.split(", ", 1) for value in metadata.get_all("Project-URL", []))
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "description": metadata["Summary"],
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": [{"expression": metadata["License-Expression"]}],
        "purl": address,
        "externalReferences": [
            {"type": _REFERENCES.get(title, "other"), "url": url, "comment": title}
            for title, url in urls
        ],
        "properties": [{"name": f"{name}:{LOCK_NAME}", "value": lock}],
    }


def _describe_libraries(metadata: Message) -> list[dict[str, Any]]:
    """Describe what the wheel requires; what only an extra does is optional."""
    required: dict[str, list[str]] = {}
    for text in metadata.get_all("Requires-Dist", []):
        required.setdefault(canonicalize_name(Requirement(text).name), []).append(text)
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}",
            "name": name,
            "scope": "required" if any(map(_is_required, requirements)) else "optional",
            "purl": f"pkg:pypi/{name}",
            "properties": [
                {"name": f"{metadata['Name']}:requirement", "value": text} for text in requirements
            ],
        }
        for name, requirements in sorted(required.items())
    ]


def _is_required(text: str) -> bool:
    marker = Requirement(text).marker
    return marker is None or marker.evaluate({"extra": ""})


def _describe_tool(name: str, version: str) -> dict[str, Any]:
    address = f"pkg:pypi/{canonicalize_name(name)}@{version}"
    return {
        "type": "application",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
    }
