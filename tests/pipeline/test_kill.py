"""A run that is killed leaves the old client or the new one, whole, and the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import swap
from pipeline.regenerate import Job
from tests.pipeline.small import PACKAGE, digest, document, run, run_check, write_project

ROOT = Path(__file__).parents[2]

# Runs the command and kills itself in the middle of the named function, before or after it works.
DIE_IN = """
import os, shutil, signal, sys
from pipeline import layout, lock, output, regenerate, swap
from pipeline.cli import main
module, name, moment = sys.argv[1].split(":")
owner = {"swap": swap, "os": os, "layout": layout, "shutil": shutil}[module]
works = getattr(owner, name)

def die(*arguments, **options):
    if moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    works(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, die)
if sys.argv[2] == "slow":
    swap._exchange = lambda one, other: False
sys.exit(main(sys.argv[3:]))
"""


def arguments_of(job: Job) -> list[str]:
    """Return the command line of a job."""
    return [
        "regenerate", "--spec", str(job.spec), "--overlays", str(job.overlays),
        "--output", str(job.output), "--package", PACKAGE,
    ]  # fmt: skip


def prepare(folder: Path) -> tuple[Job, dict[str, str], dict[str, str]]:
    """Generate a client, change the spec, and return the trees before and after."""
    changed = document(info={"title": "Another shop", "version": "2"})
    other = write_project(folder / "other", changed)
    run(other)
    job = write_project(folder / "project")
    run(job)
    old = digest(job.output)
    write_project(folder / "project", changed)
    return job, old, digest(other.output)


def recover(job: Job, new: dict[str, str]) -> None:
    """Run again, and find the new client and nothing beside it."""
    run(job)
    assert digest(job.output) == new
    run_check(job)
    assert list(job.output.parent.glob(".out.*")) == []


MOMENTS = [
    "layout:lay_out:before", "layout:lay_out:after", "swap:open_workspace:after",
    "swap:swap_in:before", "swap:swap_in:after", "swap:_exchange:before", "swap:_exchange:after",
    "shutil:rmtree:before", "shutil:rmtree:after",
]  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_leaves_a_whole_client(tmp_path: Path, moment: str) -> None:
    """Killed around each step of the swap, the folder holds one of the two clients."""
    job, old, new = prepare(tmp_path)
    command = [sys.executable, "-c", DIE_IN, moment, "fast", *arguments_of(job)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert digest(job.output) in (old, new)
    recover(job, new)


@pytest.mark.parametrize("moment", ["os:rename:before", "os:rename:after"])
def test_kill_between_two_renames_is_mended(tmp_path: Path, moment: str) -> None:
    """Where folders cannot be exchanged, the next run restores what was renamed away."""
    job, old, new = prepare(tmp_path)
    command = [sys.executable, "-c", DIE_IN, moment, "slow", *arguments_of(job)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    if job.output.exists():
        assert digest(job.output) == old
    else:
        [aside] = job.output.parent.glob(".out.old-*")
        assert digest(aside) == old
    recover(job, new)


def test_kill_at_any_time_leaves_a_whole_client(tmp_path: Path) -> None:
    """Killed at moments spread over its run, a process leaves one of the two clients."""
    job, old, new = prepare(tmp_path)
    command = [sys.executable, "-m", "pipeline", *arguments_of(job)]
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    whole = time.monotonic() - started
    trees: list[dict[str, str]] = []
    for step in range(8):
        job, old, new = prepare(tmp_path / str(step))
        command = [sys.executable, "-m", "pipeline", *arguments_of(job)]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(whole * step / 8)  # at step 0 it cannot have begun
            process.kill()
        trees.append(digest(job.output))
        assert trees[-1] in (old, new)
        recover(job, new)
    assert trees[0] == old


def test_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    """Interrupted from the keyboard, the command says so, exits 130 and takes its folder along."""
    job, old, _ = prepare(tmp_path)
    script = DIE_IN.replace("SIGKILL", "SIGINT")
    command = [sys.executable, "-c", script + "\n", "layout:lay_out:before", "fast"]
    interrupted = subprocess.run(
        [*command, *arguments_of(job)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert interrupted.returncode == 130
    assert interrupted.stderr.splitlines()[-1] == "interrupted: no file is half written"
    assert digest(job.output) == old
    assert list(job.output.parent.glob(".out.*")) == []


def test_two_runs_at_once_leave_one_whole_client(tmp_path: Path) -> None:
    """Two processes that write the same folder leave one whole client and no leftovers."""
    job, _, new = prepare(tmp_path)
    command = [sys.executable, "-m", "pipeline", *arguments_of(job)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate() and process.returncode for process in both] == [0, 0]
    assert digest(job.output) == new
    assert list(job.output.parent.glob(".out.*")) == []


def test_exchange_failing_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the system call the new client takes its place by two renames."""
    job, _, new = prepare(tmp_path)
    never: Callable[[Path, Path], bool] = lambda one, other: False  # noqa: E731
    monkeypatch.setattr(swap, "_exchange", never)
    recover(job, new)


WRITE_FOR_A_WHILE = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
end = time.monotonic() + 1
number = 0
while time.monotonic() < end:
    number += 1
    try:
        folder.mkdir(exist_ok=True)
        (folder / str(number)).write_text("x")
    except OSError:
        pass
"""


@pytest.mark.parametrize("name", ["out", "out[1]"])
def test_leftover_that_is_still_written_is_removed(tmp_path: Path, name: str) -> None:
    """A ruff that outlives its killed run ends no later run, whatever the folder is called."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    leftover = tmp_path / f".{name}.new-{ended.pid}-x"
    leftover.mkdir()
    command = [sys.executable, "-c", WRITE_FOR_A_WHILE, str(leftover)]
    with subprocess.Popen(command):
        deadline = time.monotonic() + 30
        while not any(leftover.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.01)
        swap.mend(tmp_path / name)
    swap.mend(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_running_process_stay(tmp_path: Path) -> None:
    """A folder that another running process is filling is not taken for a leftover."""
    job, _, new = prepare(tmp_path)
    busy = job.output.parent / f".out.new-{os.getppid()}-x"
    busy.mkdir()
    run(job)
    assert digest(job.output) == new
    assert busy.is_dir()
