"""Run what the documentation shows, and the checks that take Sphinx: ``python -m tests.site``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = (
    # Not the folder: pytest leaves out a file that is named beside its own folder.
    *map(str, sorted(Path(__file__).parent.glob("test_*.py"))),
    "tests/site/check_build.py",
    "tests/client/test_examples.py",
    "tests/sandbox/test_plugin.py",
    "tests/test_readme.py",
    "tests/update/test_worked_example.py",
)


def main() -> int:
    """Run the tests of all that pages show."""
    command = [sys.executable, "-m", "pytest", *SHOWN, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
