"""The README works as written; tests/site/ checks its links and commands, as of any page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness_nextgen import models

from harness_nextgen_sandbox import Sandbox, run_sandbox

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_example_runs() -> None:
    """The example lists, creates and deletes modules of the sandbox, and leaves nothing behind."""
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    with run_sandbox() as sandbox, sandbox.client() as harness:
        for name in ("vpc", "other"):
            harness.modules.create(models.CreateModuleRequest(name=name, system="aws"))
        before = [module.to_dict() for module in harness.modules.list()]
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", example],
            env={**os.environ, **sandbox.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        after = [module.to_dict() for module in harness.modules.list()]
        with sandbox.store.transaction() as db:
            [(created,)] = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'modules'")
    assert (done.stdout, done.stderr) == ("vpc aws\n", "")
    assert created == 3
    assert after == before


@pytest.mark.harness_sandbox(seed=700)
def test_example_runs_where_modules_are(harness_sandbox: Sandbox) -> None:
    """Where the sandbox was filled, the example finds room for what it creates."""
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    command = [sys.executable, "-W", "error", "-c", example]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 1
    with harness_sandbox.client() as harness:
        assert harness.modules.list().total == 700


def test_overlay_commands_exist() -> None:
    """The overlay commands of the table are those of the command line."""
    page = (ROOT / "overlays/README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `overlay (\w+) ", page, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "overlay", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    offered = set(re.findall(r"^    (\w+) ", done.stdout, re.MULTILINE))
    assert named == offered
