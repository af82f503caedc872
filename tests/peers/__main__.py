"""Let foreign programs use the sandbox: ``python -m tests.peers``; takes pytest's options.

First Harness's own client from PyPI, in an environment of its own, then Terraform or OpenTofu. Exit
1 when a check does not hold, 2 when a program is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.peers.programs import PROGRAMS, find_program
from tests.sandbox.running import run_command

HERE = Path(__file__).parent
OFFICIAL = "harness-open-api==2.0.1"
ENVIRONMENT = HERE.parents[1] / ".nox" / "official-client"
"""Kept from run to run: it has 190 MB."""


def main() -> int:
    """Run both parts; the second also when the first does not hold."""
    try:
        python = install_official(ENVIRONMENT)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip() or str(error)).splitlines()[-1]
        return _miss(f"{OFFICIAL} cannot be installed into {ENVIRONMENT}: {reason}")
    with run_command() as (url, _):
        script = str(HERE / "official_client.py")
        done = subprocess.run([python, "-I", script, url], check=False)
    if find_program() is None:
        return _miss(f"neither {' nor '.join(PROGRAMS)} is on the PATH: install one of them")
    checks = [sys.executable, "-m", "pytest", str(HERE / "check_terraform.py"), *sys.argv[1:]]
    ended = subprocess.run(checks, check=False)
    return 1 if done.returncode or ended.returncode else 0


def install_official(folder: Path) -> Path:
    """Install the client into an environment of its own; return that environment's Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        _run("-m", "venv", "--without-pip", str(folder))
    pip = ("-m", "pip", "--python", str(python), "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", OFFICIAL)
    return python


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)


def _miss(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
