"""One clean environment: what goes into it, and what must hold in it.

Each step raises DoesNotHold with the reason when it fails.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from subprocess import CompletedProcess

from pipeline.faults import DoesNotHold, Fault, Place
from pipeline.publish.isolation import Environment, keep_settings
from pipeline.publish.programs import Programs
from pipeline.publish.requirements import Pin, read_report, write_requirements

PACKAGES = ("harness_nextgen", "harness_nextgen_runtime", "harness_nextgen_sandbox")
PIP = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input")

_ASK_ORIGIN = f"""
import importlib, sysconfig
print(sysconfig.get_path("purelib"))
for name in {PACKAGES}:
    print(importlib.import_module(name).__file__)
"""
_CONFLICT = "The conflict is caused by:"
_TELLING = ("ERROR: ", "FAILED ")


def make_environment(interpreter: str, folder: Path, programs: Programs) -> Environment:
    """Make an environment with nothing in it, of an interpreter."""
    environment = Environment(folder / "environment", folder / "home")
    environment.home.mkdir(parents=True)
    # Without a pip of its own, which takes seconds to put there: ours installs into it.
    done = programs.run(
        interpreter, "-I", "-m", "venv", "--without-pip", environment.folder,
        cwd=folder, env=keep_settings(),
    )  # fmt: skip
    _require(done, "venv", "no environment can be made")
    return environment


def resolve(
    environment: Environment, asked: Sequence[str], fixed: Mapping[str, str], programs: Programs
) -> list[Pin]:
    """Have pip decide what to install, from the registry that it is configured with.

    ``fixed`` are versions of packages that must be these if they are needed.
    """
    report, constraints = environment.home / "report.json", environment.home / "constraints.txt"
    bounds = "".join(f"{name}=={version}\n" for name, version in fixed.items())
    constraints.write_text(bounds, encoding="utf-8")
    arguments = ("--dry-run", "--ignore-installed", *asked)
    files = ("--report", report, "--constraint", constraints)
    done = _run_pip(environment, keep_settings(), programs, "install", *arguments, *files)
    _require(done, "pip", "finds no dependencies that fit")
    return read_report(report.read_text(encoding="utf-8"))


def install_pins(
    environment: Environment,
    pins: Iterable[Pin],
    settings: Mapping[str, str],
    programs: Programs,
    *options: str,
) -> None:
    """Install packages by their digests, and nothing that they ask for."""
    requirements = environment.home / "requirements.txt"
    write_requirements(pins, requirements)
    arguments = ("install", "--quiet", "--no-deps", *options, "--require-hashes", "-r")
    done = _run_pip(environment, settings, programs, *arguments, requirements)
    _require(done, "pip", "cannot install what has these digests")


def install_file(environment: Environment, wheel: Path, programs: Programs) -> None:
    """Install a wheel by its file, and nothing that it asks for."""
    arguments = ("install", "--quiet", "--no-deps", "--no-index", wheel)
    done = _run_pip(environment, keep_settings(), programs, *arguments)
    _require(done, "pip", f"cannot install {wheel.name}")


def check_dependencies(environment: Environment, programs: Programs) -> None:
    """Everything that is asked for is there, in a version that is allowed."""
    done = _run_pip(environment, keep_settings(), programs, "check")
    _require(done, "pip check", "finds what does not fit")


def check_origin(environment: Environment, programs: Programs) -> None:
    """What is imported is what was installed there, and nothing from elsewhere."""
    done = _run_python(environment, environment.home, programs, "-c", _ASK_ORIGIN)
    _require(done, "import", "fails")
    folder, *files = map(Path, done.stdout.splitlines())
    if not folder.is_relative_to(environment.folder.resolve()):
        raise DoesNotHold(Fault(Place("site-packages"), f"is {folder}, not in the environment"))
    for file in files:
        if not file.is_relative_to(folder):
            raise DoesNotHold(Fault(Place("import"), f"takes {file}, which is not in {folder}"))


def check_provenance(environment: Environment, programs: Programs) -> None:
    """All files that were installed are those that were built."""
    arguments = ("-m", PACKAGES[0], "--provenance")
    done = _run_python(environment, environment.home, programs, *arguments)
    _require(done, " ".join(arguments), "does not hold")


def check_types(environment: Environment, project: Path, programs: Programs) -> None:
    """The types of a project hold against what is installed."""
    done = _run_python(environment, project, programs, "-m", "mypy", "--strict")
    _require(done, "mypy --strict", "finds types of the consumer project that do not hold")


def run_tests(environment: Environment, project: Path, programs: Programs) -> None:
    """The tests of a project pass."""
    arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    done = _run_python(environment, project, programs, *arguments)
    _require(done, "pytest", "finds tests of the consumer project that fail")


def start_commands(environment: Environment, project: Path, programs: Programs) -> None:
    """The commands that a project installs start."""
    read = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    for name in read["project"].get("scripts", {}):
        command = environment.find_script(name)
        done = programs.run(command, "--help", cwd=environment.home, env=environment.isolate())
        _require(done, name, "does not start")


def find_reason(done: CompletedProcess[str]) -> str:
    """Return the line of a program's output that says most of why it failed."""
    errors, output = (_list_lines(text) for text in (done.stderr, done.stdout))
    if _CONFLICT in output:
        # pip's own error names no version; what it says before tells who asks for what.
        causes = output[output.index(_CONFLICT) + 1 :]
        return ", ".join(
            takewhile(lambda line: " depends on " in line or "requested" in line, causes)
        )
    for line in (*errors, *output):
        if line.startswith(_TELLING) or ": error: " in line:
            return line
    return (errors or output or [f"exit code {done.returncode}"])[-1]


def _list_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _run_pip(
    environment: Environment,
    settings: Mapping[str, str],
    programs: Programs,
    *arguments: str | Path,
) -> CompletedProcess[str]:
    command = (*PIP, "--python", environment.python)
    return programs.run(*command, *arguments, cwd=environment.home, env=settings)


def _run_python(
    environment: Environment, folder: Path, programs: Programs, *arguments: str
) -> CompletedProcess[str]:
    # Isolated (-I): neither the folder nor anything of the person who runs us is imported from.
    return programs.run(environment.python, "-I", *arguments, cwd=folder, env=environment.isolate())


def _require(done: CompletedProcess[str], place: str, otherwise: str) -> None:
    if done.returncode:
        raise DoesNotHold(Fault(Place(place), f"{otherwise}: {find_reason(done)}"))
