"""What must stop ``consume``: each part with a real index, pip, mypy and pytest, on loopback.

That it goes through to the end is seen by ``nox -s consume``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nox
import pytest

from pipeline.cli import main
from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish import trial
from pipeline.publish.consume import CLIENT, Wanted, fetch_wheel
from pipeline.publish.consume_cli import list_direct
from pipeline.publish.distributions import Distributions, render_sums
from pipeline.publish.index import Index
from pipeline.publish.interpreters import find_interpreter, list_supported
from pipeline.publish.isolation import Environment, point_at
from pipeline.publish.loopback import start_index
from pipeline.publish.programs import Programs, Stopped
from pipeline.publish.requirements import Pin, pin_lowest, read_dependencies
from pipeline.publish.upload import digest
from tests.publish.market import NOWHERE, OURS, write_wheel

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
THIS = "{}.{}".format(*sys.version_info)
PROJECT = '[project]\nname = "program"\nversion = "1"\n[tool.mypy]\nfiles = ["program.py"]\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index that also takes a password to read, with a small wheel of ours."""
    folder = tmp_path_factory.mktemp("index")
    with start_index(folder, protect="update,list,download") as index:
        write_wheel(folder / "packages", CLIENT, OURS, ["attrs>=9999"], note="ours")
        yield index


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The same wheel as on the index, byte for byte."""
    return write_wheel(tmp_path, CLIENT, OURS, ["attrs>=9999"], note="ours")


@pytest.fixture
def wanted(index: Index, wheel: Path) -> Wanted:
    """That wheel, to be had from the index."""
    return Wanted(index, OURS, digest(wheel))


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """What runs the programs of a test."""
    return Programs(tmp_path / "programs")


@pytest.fixture
def environment(tmp_path: Path, programs: Programs) -> Environment:
    """An environment with nothing in it."""
    return trial.make_environment(sys.executable, tmp_path / "environment", programs)


@pytest.fixture
def own(tmp_path: Path) -> Environment:
    """The environment of the tests, which has mypy and pytest."""
    return Environment(Path(sys.prefix), tmp_path)


def test_supported_pythons_are_one_list() -> None:
    """What is consumed on is what the tests run on, and what the package says."""
    pyproject = ROOT / "pyproject.toml"
    pythons = nox.project.python_versions(nox.project.load_toml(str(pyproject)))
    assert list_supported(pyproject) == tuple(pythons)
    assert THIS in pythons


def test_interpreter_that_runs_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that only tells how to get that Python is passed over, and so is another Python."""
    scripts = {"a": "exit 127", "b": "echo 3.1 /nowhere", "c": f'exec "{sys.executable}" "$@"'}
    for folder, line in scripts.items():
        script = tmp_path / folder / f"python{THIS}"
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        script.chmod(0o755)
    folders = [str(tmp_path / folder) for folder in scripts]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    assert find_interpreter(THIS) == sys.executable
    monkeypatch.setenv("PATH", os.pathsep.join(folders[:2]))
    assert find_interpreter(THIS) is None


def test_no_interpreter_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where none is on the PATH, nothing was consumed, and that is said."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["consume", "--python", THIS]) == 2
    assert capsys.readouterr().err == f"python: none of {THIS} is on the PATH: install one\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--python", "3.9"], "--python: 3.9 is not supported: choose from 3.11, "),
        (["--version", "1.0"], "--version: needs --index: "),
        (["--sums", "SHA256SUMS"], "--sums: needs --index: "),
        (["--index", "https://packages.example.com/simple/"], "--index: needs --version: "),
        (
            ["--index", "https://me:hunter2@packages.example.com/simple/", "--version", "1.0"],
            "--index: has a user name or a password in it: ",
        ),
    ],
)
def test_usage(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Options that cannot be meant are refused, and no password is repeated."""
    assert main(["consume", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith(message)
    assert "hunter2" not in said


def test_wheel_comes_from_the_index(
    wanted: Wanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: Programs
) -> None:
    """By the password of the index, and not from what pip is configured with beside it."""
    write_wheel(tmp_path, CLIENT, f"{OURS}-9", note="decoy")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", NOWHERE)
    assert digest(fetch_wheel(wanted, tmp_path, programs)) == wanted.sha256


def test_wheel_that_was_tampered_with(wanted: Wanted, tmp_path: Path, programs: Programs) -> None:
    """What the index serves must be what was built."""
    other = replace(wanted, sha256="0" * 64)
    with pytest.raises(DoesNotHold, match=r"serves another harness_nextgen-1\.0\.0-.* its sha"):
        fetch_wheel(other, tmp_path, programs)


def test_index_that_gives_nothing(wanted: Wanted, tmp_path: Path, programs: Programs) -> None:
    """An index that cannot be reached, lacks the version, or does not know us, is named."""
    for other in (
        replace(wanted, index=replace(wanted.index, simple_url=NOWHERE)),
        replace(wanted, version="99.0.0"),
        replace(wanted, index=replace(wanted.index, password="hunter2")),
    ):
        with pytest.raises(BadInput, match=r"the index on loopback: does not give .*==") as caught:
            fetch_wheel(other, tmp_path, programs)
        assert "hunter2" not in str(caught.value)


def test_install_takes_the_digest(
    environment: Environment, wanted: Wanted, tmp_path: Path, programs: Programs
) -> None:
    """pip itself refuses a file that has another digest than is required."""
    access = point_at(wanted.index, tmp_path / "pip")
    with pytest.raises(DoesNotHold, match=r"pip: cannot install what has these digests: ERROR: "):
        trial.install_pins(environment, [Pin(CLIENT, OURS, "0" * 64)], access, programs)
    trial.install_pins(environment, [Pin(CLIENT, OURS, wanted.sha256)], access, programs)


def test_dependencies_that_are_missing(
    environment: Environment, wheel: Path, programs: Programs
) -> None:
    """``pip check`` is asked."""
    trial.install_file(environment, wheel, programs)
    with pytest.raises(DoesNotHold, match=r"pip check: finds what does not fit: .*attrs"):
        trial.check_dependencies(environment, programs)


def test_installed_file_that_was_tampered_with(
    environment: Environment, built: Distributions, programs: Programs
) -> None:
    """Provenance holds after an installation, and no more once a file was changed."""
    trial.install_file(environment, built.wheel, programs)
    trial.check_provenance(environment, programs)
    [changed] = environment.folder.glob("lib/*/site-packages/harness_nextgen/client.py")
    with changed.open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    with pytest.raises(DoesNotHold, match=r"--provenance: does not hold: .*client\.py"):
        trial.check_provenance(environment, programs)


def test_package_from_elsewhere(
    environment: Environment,
    built: Distributions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    programs: Programs,
) -> None:
    """The environment's own package is imported whatever is set, and no other one is accepted."""
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(built.wheel) as archive:
        archive.extractall(elsewhere)
    for record in elsewhere.glob("*.dist-info"):
        shutil.rmtree(record)  # or pip would find that it is installed
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    with pytest.raises(DoesNotHold, match="import: fails: ModuleNotFoundError"):
        trial.check_origin(environment, programs)
    [site] = environment.folder.glob("lib/*/site-packages")
    (site / "elsewhere.pth").write_text(f"{elsewhere}\n", encoding="utf-8")
    with pytest.raises(DoesNotHold, match=rf"import: takes {re.escape(str(elsewhere))}"):
        trial.check_origin(environment, programs)
    trial.install_file(environment, built.wheel, programs)
    trial.check_origin(environment, programs)


def test_lowest_versions_are_those_of_the_wheel(built: Distributions) -> None:
    """Every direct dependency has a lowest version, those of the extra included."""
    lowest = pin_lowest(read_dependencies(built.wheel, "sandbox", THIS), built.wheel.name)
    assert list(lowest) == list_direct(ROOT / "pyproject.toml")
    assert lowest["httpx"] == "0.27"


def test_dependency_without_a_lowest_version(tmp_path: Path) -> None:
    """A bound that is missing cannot be tried."""
    wheel = write_wheel(tmp_path, CLIENT, OURS, ["attrs<30"])
    with pytest.raises(DoesNotHold, match="attrs<30 has no lowest version: write one that works"):
        pin_lowest(read_dependencies(wheel, "sandbox", THIS), wheel.name)


def test_dependencies_that_nothing_satisfies(
    wanted: Wanted,
    wheel: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The whole command, with an index that is configured: the table and a line for each tells."""
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(render_sums([wheel]), encoding="utf-8")
    for name in ("attrs", "httpx", "mypy", "pytest"):
        write_wheel(tmp_path, name, "26.0.0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # nothing is asked outside of this machine
    monkeypatch.setenv("UV_PUBLISH_USERNAME", wanted.index.username)
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", wanted.index.password)
    options = ["--version", OURS, "--sums", str(sums), "--python", THIS]
    assert main(["consume", "--index", wanted.index.simple_url, *options]) == 1
    output, errors = capsys.readouterr()
    head, *rows = output.splitlines()
    assert head.split()[:3] == ["Python", "dependencies", "attrs"]
    assert [row.split()[:2] for row in rows] == [[THIS, "newest"], [THIS, "lowest"]]
    assert all(row.endswith(" FAILED") for row in rows)
    faults = [line for line in errors.splitlines() if not line.endswith("…")]
    assert len(faults) == 2
    for edge, fault in zip(("newest", "lowest"), faults, strict=True):
        assert fault.startswith(f"Python {THIS}, {edge} dependencies: pip: finds no dependencies ")
        assert "attrs>=9999" in fault
    assert wanted.index.password not in output + errors


def test_types_that_do_not_hold(own: Environment, tmp_path: Path, programs: Programs) -> None:
    """A consumer project whose types are wrong fails, with the line."""
    project = write_project(tmp_path, 'def count() -> int:\n    return "one"\n')
    message = r"mypy --strict: finds types of the consumer project .*: program\.py:2: error: "
    with pytest.raises(DoesNotHold, match=message):
        trial.check_types(own, project, programs)
    write_project(tmp_path, "def count() -> int:\n    return 1\n")
    trial.check_types(own, project, programs)


def test_tests_that_fail(own: Environment, tmp_path: Path, programs: Programs) -> None:
    """A consumer project whose tests fail, fails, with the name of the first."""
    project = write_project(tmp_path, "")
    (project / "test_program.py").write_text("def test_it():\n    assert 1 > 2\n", encoding="utf-8")
    with pytest.raises(
        DoesNotHold, match=r"pytest: finds tests .* FAILED test_program\.py::test_it"
    ):
        trial.run_tests(own, project, programs)


def test_programs_are_stopped(tmp_path: Path, programs: Programs) -> None:
    """What runs is ended with what it started, and nothing starts afterwards."""
    began = tmp_path / "began"
    script = f"sleep 600 & echo > '{began}'; wait"

    def stop() -> None:
        while not began.exists():
            pass
        programs.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    done = programs.run("sh", "-c", script, cwd=tmp_path, env=os.environ)
    thread.join()
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(Stopped):
        programs.run("true", cwd=tmp_path, env=os.environ)


# A shell that starts a job in the background has it ignore interrupts, our subject here.
INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pipeline.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle: the index, the programs and the folder are gone."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a registry that never answers
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("", "generated", "src")),
            "TMPDIR": str(temporary),
            "PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/simple/",
        }
        command = [sys.executable, "-c", INTERRUPTIBLE, "consume", "--python", THIS]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as run:  # fmt: skip
            connection, _ = silent.accept()  # pip asks: the middle of a run
            before = find_processes(temporary)
            run.send_signal(signal.SIGINT)
            output, errors = run.communicate()
        with connection, suppress(ConnectionResetError):
            while connection.recv(65536):  # to the end: pip is gone
                pass
    assert before
    assert run.returncode == 130, errors
    assert errors.splitlines()[-1] == "interrupted: no file is half written"
    assert output == ""
    assert list(temporary.iterdir()) == []
    assert find_processes(temporary) == []


def find_processes(folder: Path) -> list[str]:
    """Find the processes that have to do with a folder."""
    done = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if str(folder) in line]


def write_project(folder: Path, text: str) -> Path:
    """Write a project with one module."""
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (project / "program.py").write_text(text, encoding="utf-8")
    return project
