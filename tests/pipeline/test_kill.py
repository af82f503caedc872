"""A run that is killed leaves the old client or the new one, whole, and the next run works."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import swap
from pipeline.faults import BadInput
from pipeline.regenerate import Job, regenerate
from tests.pipeline.small import PACKAGE, digest, document, run, run_check, write_project

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]

# Runs the command and kills itself in the middle of the named function, before or after it works;
# "os:rename:after:2" is the second time that it is called.
DIE_IN = """
import os, shutil, signal, sys
from pipeline import layout, lock, output, regenerate, swap
from pipeline.cli import main
module, name, moment, time = f"{sys.argv[1]}:1".split(":")[:4]
owner = {"swap": swap, "os": os, "layout": layout, "shutil": shutil}[module]
works = getattr(owner, name)
calls = 0
# A shell that starts a job in the background has it ignore interrupts; here they are the subject.
signal.signal(signal.SIGINT, signal.default_int_handler)

def die(*arguments, **options):
    global calls
    calls += 1
    if calls != int(time):
        return works(*arguments, **options)
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


class RefusingLibrary:
    """A C library whose renameat2 fails with a code."""

    def __init__(self, code: int) -> None:
        self._code = code

    def renameat2(self, *_: object) -> int:
        """Fail as the system call does."""
        ctypes.set_errno(self._code)
        return -1


def recover(job: Job, new: dict[str, str]) -> None:
    """Run again, and find the new client and nothing beside it."""
    run(job)
    assert digest(job.output) == new
    run_check(job)
    assert list(job.output.parent.glob(".out.*")) == []


# The generator removes two trees before the old client is removed.
MOMENTS = [
    "layout:lay_out:before", "layout:lay_out:after", "swap:open_workspace:after",
    "swap:swap_in:before", "swap:swap_in:after", "swap:_exchange:before", "swap:_exchange:after",
    "shutil:rmtree:before:3", "shutil:rmtree:after:3",
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


@pytest.mark.parametrize(
    "moment", ["os:rename:before", "os:rename:after", "os:rename:before:3", "os:rename:after:3"]
)
def test_kill_between_two_renames_is_mended(tmp_path: Path, moment: str) -> None:
    """Where folders cannot be exchanged, the next run restores what was renamed away."""
    job, old, new = prepare(tmp_path)
    command = [sys.executable, "-c", DIE_IN, moment, "slow", *arguments_of(job)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    if job.output.exists():
        assert digest(job.output) == (new if moment.endswith("3") else old)
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


INTERRUPTS = {
    "layout:lay_out:before fast": "old",
    "swap:swap_in:before fast": "old",
    "swap:_exchange:before fast": "old",
    "swap:_exchange:after fast": "new",
    "swap:swap_in:after fast": "new",
    "swap:swap_in:before slow": "old",
    "os:rename:before slow": "old",
    "os:rename:after slow": "old",
    "os:rename:before:2 slow": "old",
    "os:rename:after:2 slow": "new",
    "swap:swap_in:after slow": "new",
}


@pytest.mark.parametrize(("moment", "left"), INTERRUPTS.items())
def test_interrupt_leaves_one_whole_client(tmp_path: Path, moment: str, left: str) -> None:
    """Interrupted from the keyboard, the command says so, exits 130 and takes its folder along."""
    job, old, new = prepare(tmp_path)
    interrupted = interrupt(job, *moment.split())
    assert interrupted.returncode == 130
    assert interrupted.stderr.splitlines()[-1] == "interrupted: no file is half written"
    assert digest(job.output) == {"old": old, "new": new}[left]
    assert list(job.output.parent.glob(".out.*")) == []
    recover(job, new)


def test_interrupted_removal_of_the_old_client_is_finished_by_the_next_run(tmp_path: Path) -> None:
    """Interrupted when the new client is in place, the command leaves it there."""
    job, _, new = prepare(tmp_path)
    interrupted = interrupt(job, "shutil:rmtree:before:3", "slow")
    assert interrupted.returncode == 130
    assert interrupted.stderr.splitlines()[-1] == "interrupted: no file is half written"
    assert digest(job.output) == new
    recover(job, new)


def interrupt(job: Job, moment: str, speed: str) -> subprocess.CompletedProcess[str]:
    """Run a job that is interrupted from the keyboard at a moment of DIE_IN."""
    script = DIE_IN.replace("SIGKILL", "SIGINT")
    command = [sys.executable, "-c", script, moment, speed, *arguments_of(job)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


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


# Runs the command where folders cannot be exchanged, meets another that does the same in the named
# function, and takes its time with every rename.
MEET_IN = """
import os, pathlib, sys, time
from pipeline import layout, regenerate, swap
from pipeline.cli import main
module, name = sys.argv[1].split(":")
owner = {"layout": layout, "regenerate": regenerate}[module]
meeting = pathlib.Path(sys.argv[2])
works, rename = getattr(owner, name), os.rename

def meet(*arguments, **options):
    done = works(*arguments, **options)
    (meeting / str(os.getpid())).touch()
    deadline = time.monotonic() + 30
    while len(list(meeting.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return done

def rename_slowly(old, new):
    time.sleep(0.3)
    rename(old, new)
    time.sleep(0.3)

setattr(owner, name, meet)
swap._exchange = lambda one, other: False
os.rename = rename_slowly
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.parametrize(
    ("there", "place"),
    [
        ("a client", "layout:set_modes"),
        ("no client", "layout:set_modes"),
        ("one renamed away", "regenerate:find_overlays"),
    ],
)
def test_two_runs_that_meet_leave_one_whole_client(tmp_path: Path, there: str, place: str) -> None:
    """Where folders cannot be exchanged, two processes mend and rename one after the other."""
    job, _, new = prepare(tmp_path)
    if there == "one renamed away":
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            pass
        job.output.rename(job.output.parent / f".out.old-{ended.pid}")
    elif there == "no client":
        shutil.rmtree(job.output)
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    command = [sys.executable, "-c", MEET_IN, place, str(meeting), *arguments_of(job)]
    both = [
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(list(meeting.iterdir())) == 2
    assert digest(job.output) == new
    assert list(job.output.parent.glob(".out.*")) == []


def test_folder_that_stays_locked_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not wait for ever for a process that holds the folder, and changes nothing."""
    job, old, new = prepare(tmp_path)
    monkeypatch.setattr(swap, "_LOCK_PATIENCE", 2)
    with swap.hold(job.output), pytest.raises(BadInput) as caught:
        run(job)
    message = "is locked by another process: run again when that has ended"
    assert str(caught.value) == f"{job.output.parent}: {message}"
    assert digest(job.output) == old
    assert list(job.output.parent.glob(".out.*")) == []
    recover(job, new)


def test_folder_on_a_filesystem_without_locks_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a folder cannot be locked, a run goes on without."""

    def refuse(folder: int, operation: int) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    job, _, new = prepare(tmp_path)
    monkeypatch.setattr("fcntl.flock", refuse)
    recover(job, new)


def test_folder_that_is_filled_during_a_run_is_left_alone(tmp_path: Path) -> None:
    """What somebody put into a new folder while the client was made is not replaced by it."""
    job = write_project(tmp_path)

    def fill(stage: str) -> None:
        if stage == "put it in place":
            job.output.mkdir()
            (job.output / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(BadInput, match="was not written by this tool"):
        regenerate(job, fill)
    assert digest(job.output).keys() == {"thesis.txt"}
    assert list(tmp_path.glob(".out.*")) == []


def test_interrupted_copy_of_a_stray_file_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while it keeps files aside, a run leaves no half of them there."""
    job, old, _ = prepare(tmp_path)
    mine = job.output / "mine.txt"
    mine.write_text("precious", encoding="utf-8")

    def interrupt_copy(source: Path, copy: Path, **options: bool) -> None:
        copy.write_text("prec", encoding="utf-8")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copy2", interrupt_copy)
        with pytest.raises(KeyboardInterrupt):
            run(job)
    assert list(job.output.parent.glob(".out.*")) == []
    assert mine.read_text(encoding="utf-8") == "precious"
    mine.unlink()
    assert digest(job.output) == old


def test_exchange_failing_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the system call the new client takes its place by two renames."""
    job, _, new = prepare(tmp_path)
    never: Callable[[Path, Path], bool] = lambda one, other: False  # noqa: E731
    monkeypatch.setattr(swap, "_exchange", never)
    recover(job, new)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody asks for the system call")
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_filesystem_that_cannot_exchange_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Where the system call says that it cannot, the new client still takes its place."""
    job, _, new = prepare(tmp_path)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: RefusingLibrary(code))
    recover(job, new)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody asks for the system call")
def test_failing_exchange_leaves_the_old_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system call fails for another reason, the run says so and changes nothing."""
    job, old, _ = prepare(tmp_path)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: RefusingLibrary(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        run(job)
    assert digest(job.output) == old
    assert list(job.output.parent.glob(".out.*")) == []


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


@pytest.mark.parametrize("there", [True, False])
def test_leftovers_of_an_earlier_process_of_our_number_are_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """In a container each run may have the same number as the one that was killed."""
    job, old, new = prepare(tmp_path)
    monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    aside = job.output.parent / f".out.old-{os.getpid()}"
    shutil.copytree(job.output, aside)
    if not there:
        shutil.rmtree(job.output)
    swap.mend(job.output)
    assert digest(job.output) == old
    recover(job, new)
