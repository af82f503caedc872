"""Measure whole processes, their wall time and memory, and calls within this one."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Command:
    """A command to measure; ``prepare`` runs before each time and does not count."""

    arguments: Sequence[str]
    folder: Path
    prepare: Callable[[], None] = lambda: None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """What its environment has beside this process's."""
    code: int = 0
    """The exit code of a run that went well."""


def time_alternately(commands: Sequence[Command], repetitions: int) -> list[float]:
    """Return the best wall time of each command, in seconds.

    The commands take turns, so that whatever else the machine does meets them alike.
    """
    best = [float("inf")] * len(commands)
    for _ in range(repetitions):
        for number, command in enumerate(commands):
            command.prepare()
            started = time.perf_counter()
            run(command)
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def time_calls(calls: Sequence[Callable[[], object]], repetitions: int) -> list[float]:
    """Return the median time of each call within this process, in seconds; they take turns, too.

    The median, since the best of thousands of short calls is one that met no packet's delay.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repetitions):
        for times, call in zip(taken, calls, strict=True):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in taken]


def measure_memory(command: Command, interval: float = 0.02) -> tuple[float, int]:
    """Return the wall time and the peak memory, in bytes, of a command and all that it starts."""
    command.prepare()
    started = time.perf_counter()
    with subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        root = psutil.Process(process.pid)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(root))
            time.sleep(interval)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command.arguments)
    return seconds, peak


def _resident(root: psutil.Process) -> int:
    total = 0
    try:
        for process in [root, *root.children(recursive=True)]:
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def run(command: Command) -> str:
    """Run a command and return its output; raises SystemExit with what it said when it fails."""
    done = subprocess.run(
        command.arguments,
        cwd=command.folder,
        env={**os.environ, **command.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != command.code:
        said = (done.stderr or done.stdout).strip()
        raise SystemExit(f"{' '.join(command.arguments)} failed: {said}")
    return done.stdout
