"""Use the client as somebody else would: from the index, in clean environments, in a program.

Each supported Python of the machine gets two environments, one with the newest dependencies that
the wheel allows and one with the lowest. The client comes from the index alone and everything else
from the registry that the machine's pip is configured with, both by hash, so that neither can
stand in for the other.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.publish import trial
from pipeline.publish.index import Index
from pipeline.publish.isolation import Environment, keep_settings, point_at
from pipeline.publish.programs import Programs
from pipeline.publish.requirements import Pin, pin_lowest, read_dependencies
from pipeline.publish.upload import digest

CLIENT = "harness-nextgen"
EXTRA = "sandbox"
NEWEST, LOWEST = "newest", "lowest"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is consumed: a version on an index, and what the build says its wheel is."""

    index: Index
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one environment."""

    python: str
    edge: str
    """Which dependencies it got: the newest or the lowest."""
    pins: tuple[Pin, ...] = ()
    """What was installed beside the client, as far as it came."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Kit:
    """What all environments of a run share."""

    wanted: Wanted
    wheel: Path
    """Ours, as the index served it."""
    project: Path
    """The consumer project."""
    project_wheel: Path
    folder: Path
    programs: Programs
    tell: Tell


def consume(
    wanted: Wanted, interpreters: Mapping[str, str], project: Path, folder: Path, tell: Tell
) -> list[Outcome]:
    """Install a version from an index everywhere, and run a consumer project with it.

    ``interpreters`` are found by their versions; ``folder`` is an empty one outside the checkout.
    An environment in which something does not hold does not keep the others from being tried.
    Raises BadInput when the index cannot be used, and DoesNotHold when the wheel on it is another
    one than was built.
    """
    programs = Programs(folder)
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    try:
        tell(f"fetching {CLIENT} {wanted.version} from {wanted.index.name}")
        wheel = fetch_wheel(wanted, folder, programs)
        tell("building the consumer project")
        copy = folder / "consumer"
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        built = build_project(copy, folder / "built", programs)
        kit = _Kit(wanted, wheel, copy, built, folder, programs, tell)
        jobs = [
            pool.submit(_try_environment, kit, python, interpreter, edge)
            for python, interpreter in interpreters.items()
            for edge in (NEWEST, LOWEST)
        ]
        return [job.result() for job in jobs]
    finally:
        programs.stop()
        pool.shutdown(cancel_futures=True)


def fetch_wheel(wanted: Wanted, folder: Path, programs: Programs) -> Path:
    """Download our wheel from the index into a folder.

    Raises BadInput when the index does not give it, and DoesNotHold for another one than was built.
    """
    place, asked = Place(wanted.index.name), f"{CLIENT}=={wanted.version}"
    served = folder / "served"
    done = programs.run(
        *trial.PIP, "download", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--no-cache-dir", "--retries", "1", "--dest", served, asked,
        cwd=folder, env=point_at(wanted.index, folder / "pip"),
    )  # fmt: skip
    if done.returncode:
        raise BadInput(Fault(place, f"does not give {asked}: {trial.find_reason(done)}"))
    [wheel] = served.glob("*.whl")
    if (found := digest(wheel)) != wanted.sha256:
        message = f"serves another {wheel.name} than was built: its sha256 is {found}, not "
        raise DoesNotHold(Fault(place, f"{message}{wanted.sha256}"))
    return wheel


def build_project(project: Path, folder: Path, programs: Programs) -> Path:
    """Build the wheel of a project into a folder; raises BadInput when that fails."""
    done = programs.run(
        sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", folder,
        cwd=project, env=keep_settings(),
    )  # fmt: skip
    if done.returncode:
        message = f"cannot be built: {trial.find_reason(done)}"
        raise BadInput(Fault(Place(str(project)), message))
    [wheel] = folder.glob("*.whl")
    return wheel


def read_needs(pyproject: Path) -> list[str]:
    """Return what a project and its group ``dev`` ask for, without the client itself."""
    read = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    texts = [*read["project"]["dependencies"], *read["dependency-groups"]["dev"]]
    return [text for text in texts if canonicalize_name(Requirement(text).name) != CLIENT]


def _try_environment(kit: _Kit, python: str, interpreter: str, edge: str) -> Outcome:
    place = f"Python {python}, {edge} dependencies"
    folder = kit.folder / f"{python}-{edge}"
    pins: list[Pin] = []

    def tell(stage: str) -> None:
        kit.tell(f"{place}: {stage}")

    try:
        tell("resolving")
        environment = trial.make_environment(interpreter, folder, kit.programs)
        pins += _resolve(kit, environment, python, edge)
        tell("installing")
        _install(kit, environment, pins)
        tell("checking the installation")
        trial.check_dependencies(environment, kit.programs)
        trial.check_origin(environment, kit.programs)
        trial.check_provenance(environment, kit.programs)
        tell("checking the types of the consumer project")
        copy = folder / "project"
        shutil.copytree(kit.project, copy)
        trial.check_types(environment, copy, kit.programs)
        tell("running the tests of the consumer project")
        trial.run_tests(environment, copy, kit.programs)
        trial.start_commands(environment, copy, kit.programs)
    except DoesNotHold as faults:
        [fault] = faults.faults
        tell("FAILED")
        return Outcome(python, edge, tuple(pins), Fault(Place(place), str(fault)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tell("done")
    return Outcome(python, edge, tuple(pins))


def _resolve(kit: _Kit, environment: Environment, python: str, edge: str) -> list[Pin]:
    """Decide what goes with our wheel; it is in that by its file, never by its name."""
    lowest: dict[str, str] = {}
    if edge == LOWEST:
        lowest = pin_lowest(read_dependencies(kit.wheel, EXTRA, python), kit.wheel.name)
    asked = [f"{CLIENT}[{EXTRA}] @ {kit.wheel.as_uri()}"]
    asked += read_needs(kit.project / "pyproject.toml")
    pins = trial.resolve(environment, asked, lowest, kit.programs)
    return [pin for pin in pins if pin.name != CLIENT]


def _install(kit: _Kit, environment: Environment, pins: Sequence[Pin]) -> None:
    """Install the client from the index, the rest from the registry, then the project."""
    own = Pin(CLIENT, kit.wanted.version, kit.wanted.sha256)
    access = point_at(kit.wanted.index, environment.home / "pip")
    # Most of what is installed is never imported here: compiling it would take a third of the time.
    trial.install_pins(environment, pins, keep_settings(), kit.programs, "--no-compile")
    trial.install_pins(environment, [own], access, kit.programs, "--no-cache-dir")
    trial.install_file(environment, kit.project_wheel, kit.programs)
