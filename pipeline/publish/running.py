"""Run other programs so that none of them, and nothing that they wrote, outlives this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_SECONDS = 5.0
"""How long a server may take to end by itself."""


@contextmanager
def clean_up_when_told_to_end() -> Generator[None]:
    """Make signals that end this program unwind it as an exception does.

    By itself only an interrupt does; SIGTERM would leave servers and temporary folders behind. Once
    one has come, others are ignored, so that the second Ctrl-C of a person who is in a hurry, or of
    nox, does not interrupt the cleaning up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What is ignored stays so: nohup, and a shell that starts this in the background, want that.
    heard = [number for number in _ENDING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is _end:  # none came: else the end is near, undisturbed
                signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    for other in _ENDING:
        signal.signal(other, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def run_to_end(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    *,
    shows_errors: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it printed; if we are ended before, so is it.

    ``shows_errors`` lets it write its standard error itself, which shows its progress.
    """
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if shows_errors else subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # a group of its own, which can be ended whole
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            _kill_group(process)
            raise
    return subprocess.CompletedProcess(list(command), process.returncode, output, errors or "")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server, at once where it does not end by itself."""
    process.terminate()
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _kill_group(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
