"""The examples of the documentation run, and say what they should."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness_nextgen import models

from harness_nextgen_sandbox import Options, Sandbox, run_sandbox

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SAID = {
    "asynchronous": ["default", "['module-0', 'module-1', 'module-10'"],
    "failures": ["404 there is no module 'no-such-module' "],
    "formats": ["{'org': {'identifier': 'payments', 'name': 'Payments'}, 'created': "],
    "models": ["2023-08-04", "True True", "{'colour': 'blue'}"],
    "modules": ["vpc 2023-08-04", "['network', 'core']", "vpc A VPC"],
    "options": ["200 application/json 7", "['aws']"],
    "paging": ["120 modules", "page 3: 20 modules", "120 names"],
    "transfers": ["7 of 7", "# A VPC"],
}

START = datetime(2023, 8, 4, tzinfo=UTC)


def fill(sandbox: Sandbox, names: list[str]) -> None:
    """Put modules and an organization into a sandbox."""
    with sandbox.client() as harness:
        for name in names:
            harness.modules.create(models.CreateModuleRequest(name=name, system="aws"))
        default = models.Organization(identifier="default", name="Default")
        harness.organizations.create(models.CreateOrganizationRequest(org=default))


def load(name: str) -> Any:
    """Import an example by its file."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_run() -> None:
    """No example is left out below."""
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(SAID)


@pytest.mark.parametrize("name", SAID)
def test_example_runs(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each example runs against the sandbox and prints what its reader expects."""
    monkeypatch.chdir(tmp_path)
    Path("vpc.tar.gz").write_bytes(b"archive")
    names = ["vpc"] if name == "transfers" else [f"module-{number}" for number in range(120)]
    with run_sandbox(Options(clock=START)) as sandbox:
        fill(sandbox, names)
        for variable, value in sandbox.environment.items():
            monkeypatch.setenv(variable, value)
        example = load(name)
        if inspect.iscoroutinefunction(example.main):
            asyncio.run(example.main())
        else:
            example.main()
    printed = capsys.readouterr().out
    for words in SAID[name]:
        assert words in printed


def test_blocks_of_the_guide_are_parts_of_examples() -> None:
    """What the guide shows is what is run above."""
    guide = (EXAMPLES.parent / "client.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- (\w+)\.py -->\n```python\n(.*?)```", guide, re.DOTALL)
    assert {name for name, _ in blocks} == set(SAID)
    assert guide.count("```python") == len(blocks)
    for name, block in blocks:
        assert block in (EXAMPLES / f"{name}.py").read_text(encoding="utf-8"), name
