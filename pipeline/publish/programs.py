"""Run programs side by side, so that all of them can be stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path


class Stopped(Exception):
    """A program was to be started after ``Programs.stop``."""


class Programs:
    """The programs that are running; any thread may run one and wait for it."""

    def __init__(self, folder: Path) -> None:
        """Begin with none; ``folder`` is for what they keep for a while and cannot clean up."""
        self._scratch = folder / "scratch"
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def run(
        self, *command: str | Path, cwd: Path, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return what it said; raises Stopped after ``stop``."""
        with self._lock:
            if self._stopped:
                raise Stopped
            # A session of its own: Ctrl-C comes to us alone, and we stop it when we are ready.
            scratch = {name: str(self._scratch) for name in ("TMPDIR", "TEMP", "TMP")}
            program = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd, env={**env, **scratch}, text=True, encoding="utf-8", errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
            self._running.add(program)
        try:
            output, errors = program.communicate()
        finally:
            with self._lock:
                self._running.discard(program)
        return subprocess.CompletedProcess(program.args, program.returncode, output, errors)

    def stop(self) -> None:
        """End what is running, with all that it started, and start nothing more."""
        with self._lock:
            self._stopped = True
            for program in self._running:
                _end(program)


def _end(program: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        program.kill()
        return
    with contextlib.suppress(ProcessLookupError):  # it ended by itself
        os.killpg(program.pid, signal.SIGKILL)
