"""The main job: spec and overlays in, a Python client out; and its twin that only checks.

Reading stops at the first stage that fails, and nothing is written before everything holds: the
client grows in a folder of its own and takes the place of the old one in one step.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pipeline.document import DEFAULT_MAX_BYTES, Document, read_document
from pipeline.effective import CorrectedDocument, OverlayFiles, correct, find_overlays
from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.header import HEADER
from pipeline.lock import Inputs, describe_inputs, read_lock, write_lock
from pipeline.output import (
    Difference,
    compare,
    digest_output,
    digest_tree,
    find_package,
    keep_aside,
    list_strays,
    require_ours,
)
from pipeline.yaml_writer import render_yaml

if TYPE_CHECKING:
    from pipeline.generator import Generated

Tell = Callable[[str], None]


class _Limits(TypedDict):
    max_bytes: int
    strict: bool


@dataclass(frozen=True, slots=True)
class Job:
    """What to make a client from, and where to put it."""

    spec: Path
    output: Path
    overlays: Path | None = None
    package: str | None = None
    """The name to import the client by; by default made of the document's title."""
    allowed_losses: frozenset[str] = frozenset()
    strict: bool = True
    """Refuse an overlay action that fails or does nothing, rather than leave it out."""
    max_bytes: int = DEFAULT_MAX_BYTES


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did; ``made`` is None when there was nothing to do."""

    package: Path
    seconds: float
    made: Made | None = None
    difference: Difference = field(default_factory=lambda: Difference((), (), ()))
    aside: Path | None = None
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """What changed when a client was put in place, and what lay there that is not ours."""

    difference: Difference
    aside: Path | None
    strays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A client that was made in a folder, ready to take its place."""

    package: str
    generated: Generated
    actions: int


def regenerate(job: Job, tell: Tell) -> Report:
    """Make the client and put it in place, or find that it is there already.

    ``tell`` is told each stage as it begins. Raises BadInput, and leaves every file as it was,
    for anything that is wrong with the spec, the overlays or the output folder.
    """
    from pipeline.swap import hold, mend, open_workspace

    started = time.monotonic()
    overlays = find_overlays(job.overlays)
    output = job.output.resolve()
    with hold(output):
        mend(output)
        require_ours(job.output)
        inputs = _describe_inputs(job, overlays)
        if package := _find_current(job, inputs):
            return Report(package, time.monotonic() - started)
    spec = _read_spec(job)
    workspace = open_workspace(output)
    try:
        made = _make(job, spec, overlays, inputs, workspace, tell)
        tell("put it in place")
        placed = _put_in_place(workspace, job.output)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)  # which holds the old client once swapped
    seconds = time.monotonic() - started
    package = job.output / made.package
    return Report(package, seconds, made, placed.difference, placed.aside, placed.strays)


def adopt(folder: Path, target: Path) -> Placed:
    """Put a client that was made in another folder in the place of that in ``target``."""
    from pipeline.swap import open_workspace

    workspace = open_workspace(target.resolve(), "make its folder writable, then run again")
    try:
        shutil.copytree(folder, workspace, dirs_exist_ok=True)
        return _put_in_place(workspace, target)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _put_in_place(workspace: Path, target: Path) -> Placed:
    """Exchange the client that was made for the one that is there."""
    from pipeline.swap import hold, swap_in

    output = target.resolve()
    after = digest_tree(workspace)
    with hold(output):
        require_ours(target)  # again: it may have been filled meanwhile
        difference = compare(digest_output(output, after), after)
        strays = list_strays(output)
        aside = keep_aside(output, strays) if strays else None
        swap_in(workspace, output)
    return Placed(difference, aside, tuple(strays))


def check(job: Job, tell: Tell, command: str = "nox -s regenerate") -> Path:
    """Make the client again in a temporary folder and compare; returns the package's folder.

    Writes nothing. Raises DoesNotHold with every file that is not what the spec and the overlays
    make, and the ``command`` that makes it so; and BadInput as regenerate does.
    """
    overlays = find_overlays(job.overlays)
    require_ours(job.output)
    inputs = _describe_inputs(job, overlays)
    spec = _read_spec(job)
    with tempfile.TemporaryDirectory(prefix="check-") as name:
        workspace = Path(name)
        made = _make(job, spec, overlays, inputs, workspace, tell)
        tell("compare")
        after = digest_tree(workspace)
        present = digest_output(job.output, after)
        if not present:
            raise DoesNotHold(Fault(Place(str(job.output)), f"holds no client: run `{command}`"))
        difference = compare(present, after)
        if difference:
            faults = _describe_differences(difference, job.output, workspace, f"run `{command}`")
            raise DoesNotHold(*faults)
    return job.output / made.package


def _describe_inputs(job: Job, overlays: OverlayFiles) -> Inputs:
    """Describe the inputs, before they are read: an edit in between then makes another run."""
    if str(job.spec) == "-" or (
        job.spec.exists() and not (job.spec.is_file() or job.spec.is_dir())
    ):
        message = "is no plain file, and its digest goes into the lock: save it as one"
        raise BadInput(Fault(Place(str(job.spec)), message))
    if not job.spec.is_file():
        _read_spec(job)  # which says what is wrong with it
    return describe_inputs(job.spec, overlays, job.package, job.allowed_losses)


def _find_current(job: Job, inputs: Inputs) -> Path | None:
    """Return the package's folder when inputs and outputs still match its lock."""
    package = find_package(job.output)
    lock = read_lock(package) if package else None
    if package is None or lock is None:
        return None
    held_inputs, outputs = lock
    if held_inputs != inputs:
        return None
    present = digest_output(job.output)
    present.pop(f"{package.name}/generation.lock", None)
    held = {f"{package.name}/{name}": digest for name, digest in outputs.items()}
    return package if present == held else None


def _read_spec(job: Job) -> Document:
    from pipeline.openapi import check_version

    document = read_document(job.spec, max_bytes=job.max_bytes)
    check_version(document)
    return document


def _make(
    job: Job,
    spec: Document,
    overlays: OverlayFiles,
    inputs: Inputs,
    workspace: Path,
    tell: Tell,
) -> Made:
    """Make the client, its spec and its lock in ``workspace``."""
    from pipeline.openapi import check_openapi, inline_path_items
    from pipeline.simplify import simplify

    tell(f"apply {len(overlays.corrections) + len(overlays.codegen)} overlays")
    limits: _Limits = {"max_bytes": job.max_bytes, "strict": job.strict}
    effective = correct(spec, overlays.corrections, **limits)
    check_openapi(effective.value, effective.place)
    view = correct(effective, overlays.codegen, **limits)
    package = _name_package(job.package, effective)

    tell("load the generator")
    from pipeline.generator import generate_package
    from pipeline.layout import lay_out, set_modes
    from pipeline.stock import check_records

    check_records()
    tell(f"generate {package}")
    folder = workspace / package
    generated = generate_package(
        inline_path_items(effective.value),
        simplify(view.value),
        folder,
        package,
        view.place,
        job.allowed_losses,
    )
    tell("lay out the code")
    lay_out(folder)
    text = f"{HEADER}\n{render_yaml(effective.value)}"
    (folder / "openapi.yaml").write_text(text, encoding="utf-8", newline="\n")
    (folder / "py.typed").write_text(f"{HEADER}\n", encoding="utf-8", newline="\n")
    write_lock(folder, inputs, digest_tree(folder))
    set_modes(workspace)
    return Made(package, generated, len(effective.actions) + len(view.actions))


def _name_package(name: str | None, effective: CorrectedDocument) -> str:
    from openapi_python_client.strings import snake_case

    if name is None:
        title = str(effective.value["info"]["title"])
        name = re.sub(r"\W+", "_", f"{snake_case(title)}_client").strip("_")
        if not re.fullmatch(r"[a-z]\w*", name, re.ASCII):
            message = f"the title {title!r} makes no name for a package: name one with --package"
            raise BadInput(effective.fault(("info", "title"), message))
    return name


def _describe_differences(
    difference: Difference, output: Path, workspace: Path, remedy: str
) -> Iterator[Fault]:
    for name in difference.added:
        yield Fault(Place(str(output / name)), f"is missing: {remedy}")
    for name in difference.removed:
        yield Fault(Place(str(output / name)), f"is not made by the spec and overlays: {remedy}")
    for name in difference.changed:
        edited = output / name
        plain = edited.is_file() and not edited.is_symlink()
        line = _find_first_difference(edited, workspace / name) if plain else None
        message = f"is not what the spec and the overlays make: {remedy}"
        yield Fault(Place(str(output / name), line), message)


def _find_first_difference(one: Path, other: Path) -> int:
    lines = one.read_bytes().splitlines(), other.read_bytes().splitlines()
    for number, (left, right) in enumerate(zip(*lines, strict=False), start=1):
        if left != right:
            return number
    return min(len(lines[0]), len(lines[1])) + 1
