"""Let foreign programs use the sandbox: ``python -m tests.peers``; takes pytest's options.

First Harness's own client from PyPI, in an environment of its own, then Terraform or OpenTofu. Last
redocly's diff, which never meets the sandbox: it judges the pairs that our own diff is tested on.
Exit 1 when a check does not hold, 2 when a program is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.peers.programs import PROGRAMS, find_program
from tests.peers.redocly import PACKAGE, compare_verdicts, install_redocly, list_absent
from tests.sandbox.running import run_command

HERE = Path(__file__).parent
OFFICIAL = "harness-open-api==2.0.1"
ENVIRONMENT = HERE.parents[1] / ".nox" / "official-client"
"""Kept from run to run: it has 190 MB."""
REDOCLY = HERE.parents[1] / ".nox" / "redocly"
"""Kept, too: 15 MB."""


def main() -> int:
    """Run all parts, each also when one before it does not hold."""
    if absent := list_absent():
        return _miss(f"{', '.join(absent)}: not on the PATH: install Node.js 20.19 or later")
    try:
        python = install_official(ENVIRONMENT)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip() or str(error)).splitlines()[-1]
        return _miss(f"{OFFICIAL} cannot be installed into {ENVIRONMENT}: {reason}")
    try:
        install_redocly(REDOCLY)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip() or str(error)).splitlines()[-1]
        return _miss(f"{PACKAGE} cannot be installed into {REDOCLY}: {reason}")
    with run_command() as (url, _):
        script = str(HERE / "official_client.py")
        done = subprocess.run([python, "-I", script, url], check=False)
    if find_program() is None:
        return _miss(f"neither {' nor '.join(PROGRAMS)} is on the PATH: install one of them")
    checks = [sys.executable, "-m", "pytest", str(HERE / "check_terraform.py"), *sys.argv[1:]]
    ended = subprocess.run(checks, check=False)
    faults = compare_verdicts(REDOCLY)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if done.returncode or ended.returncode or faults else 0


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
