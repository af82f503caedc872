"""Importing the package costs next to nothing."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"asyncio", "attr", "attrs", "httpx", "ssl", "yaml"}


def test_import_is_light() -> None:
    """``import harness_nextgen`` loads none of what a client needs later."""
    code = "import sys, harness_nextgen; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "harness_nextgen" in loaded
    assert not HEAVY & loaded


def test_names_can_be_completed() -> None:
    """What is imported lazily is listed before it is used, as a shell's completion asks for."""
    script = (
        "import harness_nextgen as package; from harness_nextgen import models, types;"
        "print(*({*one.__all__} - {*dir(one)} for one in (package, models, types)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert output.split() == ["set()"] * 3
