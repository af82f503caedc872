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
