"""The bill of materials: valid by CycloneDX's schema, true of the wheel, always the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pipeline.publish.distributions import Distributions
from pipeline.publish.sbom import render_sbom
from pipeline.values import Json
from tests.publish.project import ROOT, VERSION

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def bill(built: Distributions) -> Json:
    """The bill of materials."""
    return json.loads(built.sbom.read_text(encoding="utf-8"))


def pick(components: list[Json], *keys: str) -> dict[str, tuple[Any, ...]]:
    """Return some values of each component, by its name."""
    return {one["name"]: tuple(one[key] for key in keys) for one in components}


def test_it_is_valid(built: Distributions) -> None:
    """It holds to the strict schema of CycloneDX 1.6, which notices a fault."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    text = built.sbom.read_text(encoding="utf-8")
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"scope": "required"', '"scope": "yes"')) is not None


def test_it_tells_of_the_wheel(bill: Json, built: Distributions) -> None:
    """It names the wheel by its version and digest, and when the commit was made."""
    assert (bill["specVersion"], bill["version"]) == ("1.6", 1)
    assert bill["metadata"]["timestamp"] == "2026-02-03T04:05:06+00:00"
    subject = bill["metadata"]["component"]
    digest = hashlib.sha256(built.wheel.read_bytes()).hexdigest()
    assert pick([subject], "version", "purl", "hashes", "licenses") == {
        "harness-nextgen": (
            VERSION,
            f"pkg:pypi/harness-nextgen@{VERSION}",
            [{"alg": "SHA-256", "content": digest}],
            [{"expression": "Apache-2.0"}],
        )
    }
    assert built.sbom.name == f"harness_nextgen-{VERSION}.cdx.json"


def test_it_lists_what_is_required(bill: Json) -> None:
    """It lists each dependency with the versions that are allowed; those of extras are optional."""
    assert {name: scope for name, (scope,) in pick(bill["components"], "scope").items()} == {
        "attrs": "required",
        "connexion": "optional",
        "httpx": "required",
        "jsonschema": "optional",
        "python-multipart": "optional",
        "pyyaml": "optional",
        "starlette": "optional",
        "uvicorn": "optional",
    }
    requirements = {
        name: [one["value"] for one in properties]
        for name, (properties,) in pick(bill["components"], "properties").items()
    }
    assert requirements["httpx"] == ["httpx<0.29,>=0.27"]
    assert requirements["pyyaml"] == [
        "pyyaml>=6.0.2; extra == 'sandbox'",
        "pyyaml>=6.0.2; extra == 'yaml'",
    ]
    [subject, *rest] = bill["dependencies"]
    assert subject["dependsOn"] == [one["ref"] for one in rest]
    assert len(rest) == len(bill["components"])


def test_it_lists_the_tools(bill: Json) -> None:
    """What wrote the code, laid it out and packed it is there with its exact version."""
    lock = json.loads((ROOT / "generated/harness_nextgen/generation.lock").read_bytes())
    [formula] = bill["formulation"]
    tools = {name: one for name, (one,) in pick(formula["components"], "version").items()}
    assert {"hatchling", "openapi-python-client", "ruff"} < set(tools)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires = ["hatchling=={tools.pop("hatchling")}"]' in pyproject
    assert tools == lock["inputs"]["tools"]


def test_it_is_always_the_same(bill: Json, built: Distributions, tmp_path: Path) -> None:
    """The same wheel gives the same bytes and number, and another one another number."""
    text = built.sbom.read_text(encoding="utf-8")
    other = tmp_path / built.wheel.name
    other.write_bytes(built.wheel.read_bytes())
    assert render_sbom(other, 1770091506) == text
    with other.open("ab") as file:
        file.write(b"\0")
    assert json.loads(render_sbom(other, 1770091506))["serialNumber"] != bill["serialNumber"]
