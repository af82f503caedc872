"""The consumer project of the documentation, run from the checkout; ``consume`` installs it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONSUMER = ROOT / "docs" / "examples" / "consumer"


def test_its_tests_pass() -> None:
    """The tests that a reader would run pass, warnings being errors."""
    sources = (CONSUMER / "src", ROOT / "generated", ROOT / "src")
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, sources))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(CONSUMER)],
        capture_output=True, text=True, check=False, timeout=120, cwd=CONSUMER, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_it_asks_for_the_client_by_name() -> None:
    """The program needs the client alone; the sandbox is for its tests."""
    read = tomllib.loads((CONSUMER / "pyproject.toml").read_text(encoding="utf-8"))
    assert read["project"]["dependencies"] == ["harness-nextgen"]
    assert "harness-nextgen[sandbox]" in read["dependency-groups"]["dev"]
