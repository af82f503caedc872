"""Run ``publish`` for another project than this one: ``python -m tests.publish.command ROOT …``.

What it needs of the package registry is lent by the environment of the tests, unless ``--registry``
stands before the arguments.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.cli import main
from pipeline.publish import cli, publish
from tests.publish.projects import ROOT, borrow


def start(root: Path, *arguments: str, home: Path, **settings: str) -> subprocess.Popen[str]:
    """Start the command with a home and a folder for temporary files of its own."""
    for name in ("tmp", "home"):
        (home / name).mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HOME": str(home / "home"),
        "TMPDIR": str(home / "tmp"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **settings,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.publish.command", str(root), *arguments],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    root: Path, *arguments: str, home: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    with start(root, *arguments, home=home, **settings) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def list_processes(mark: str) -> dict[int, str]:
    """List the processes that have ``mark`` in their command line, by their number."""
    found: dict[int, str] = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mark in line:
            found[int(path.parent.name)] = line
    return found


if __name__ == "__main__":
    # A shell that starts a job in the background has it ignore interrupts, our subject here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    root, *rest = sys.argv[1:]
    cli._ROOT = Path(root)
    if rest[:1] == ["--registry"]:
        del rest[0]
    else:
        publish.install_dependencies = borrow
    raise SystemExit(main(["publish", *rest]))
