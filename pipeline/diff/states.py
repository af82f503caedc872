"""The two sides of a comparison: what a revision, a folder or a file says of API and client."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.document import Document, read_document
from pipeline.faults import BadInput, Fault, Place
from pipeline.openapi import check_openapi, check_version
from pipeline.values import Json

if TYPE_CHECKING:
    from pipeline.overlay.read import Overlay

RELEASED = "released"
"""The name of the last release, whose state is kept in ``spec/released/``."""

_SPEC = "spec/openapi.yaml"
BASELINE = f"spec/{RELEASED}"
_PACKAGE = "generated/harness_nextgen"
_RUNTIME = "src/harness_nextgen_runtime"
_NO_PROJECT = f"has no {_SPEC}: name a project's folder, or the document itself"
_LAID_OUT = ("spec", "overlays", "generated", _RUNTIME, "pyproject.toml", "tests/fixtures")


@dataclass(frozen=True, slots=True)
class State:
    """One side: its effective spec, and what that is made of where this is known."""

    name: str
    document: Document
    """The effective spec; its places are those of the spec's lines and the overlays' actions."""
    source: Document | None = None
    """What upstream publishes; None for a bare document."""
    corrections: tuple[Overlay, ...] | None = None
    """The overlays that correct it; None where they are not known."""
    codegen: tuple[Overlay, ...] = ()
    root: Path | None = None
    """The folder of the project, where this is one."""
    version: str | None = None
    """The version of the distribution."""
    prefix: str = ""
    """What a person calls the folder by: its files are named with it."""
    _surface: list[Json] = field(default_factory=list[Json], repr=False)

    def read_python_surface(self) -> Json:
        """Return what the generated package offers; None where there is none."""
        if not self._surface:
            self._surface.append(self._read_surface())
        return self._surface[0]

    def name_fault(self, fault: Fault) -> Fault:
        """Return a fault that calls a file of the project as a person does."""
        return _name_fault(fault, self.root, self.prefix) if self.root else fault

    def _read_surface(self) -> Json:
        if self.root is None or not (self.root / _PACKAGE / "__init__.py").is_file():
            return None
        from pipeline.diff.python.surface import read_python_surface

        runtime = self.root / _RUNTIME
        return read_python_surface(self.root / _PACKAGE, runtime if runtime.is_dir() else None)


@contextmanager
def open_state(argument: str, root: Path) -> Generator[State]:
    """Open a revision of the repository at ``root``, a project's folder, a file, or the release.

    A path that exists comes before a revision of the same name; ``-`` is standard input. Raises
    BadInput for what is none of these, and for a document that is not valid OpenAPI.
    """
    path = Path(argument)
    if argument == "-" or path.is_file():
        yield _open_document(argument)
    elif path.is_dir():
        yield open_project(path, argument)
    elif argument == RELEASED:
        yield open_release(root)
    else:
        import shutil
        import tempfile

        from pipeline.git import find_commit, lay_out, run_git

        if find_commit(root, argument) is None:
            message = "is no file, no folder and no revision of this repository: check the name"
            if shutil.which("git") is None:
                message = "is no file and no folder; to read a revision, install git"
            elif run_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
                message += ", or fetch what this clone leaves out (git fetch --unshallow --tags)"
            raise BadInput(Fault(Place(argument), message))
        if not run_git(root, "ls-tree", argument, _SPEC):
            raise BadInput(Fault(Place(argument), _NO_PROJECT))
        with tempfile.TemporaryDirectory(prefix="revision-") as name:
            folder = Path(name)
            lay_out(root, argument, _LAID_OUT, folder)
            # Whoever reads on in the folder does not know what it is called.
            with _called(folder, f"{argument}:"):
                yield open_project(folder, f"{argument}:", argument)


def open_project(root: Path, prefix: str, name: str | None = None, *, strict: bool = True) -> State:
    """Open a project's folder; ``prefix`` is what its files are called by in messages.

    If not ``strict``, overlay actions that cannot be done are left out. Raises BadInput for a spec
    or an overlay that cannot be used.
    """
    from pipeline.effective import correct_as_far_as_possible, find_overlays
    from pipeline.overlay.read import overlay_of

    def read(path: Path) -> Document:
        document = read_document(path)
        document.path = _join(prefix, path.relative_to(root).as_posix())
        return document

    if not (root / _SPEC).is_file():
        raise BadInput(Fault(Place(name or prefix), _NO_PROJECT))
    with _called(root, prefix):
        source = read(root / _SPEC)
        check_version(source)
        files = find_overlays(root / "overlays" if (root / "overlays").is_dir() else None)
        corrections = tuple(overlay_of(read(path)) for path in files.corrections)
        document = correct_as_far_as_possible(source, corrections)
        if strict and document.faults:
            raise BadInput(*document.faults)
        check_openapi(document.value, document.place)
        return State(
            name or prefix,
            document,
            source,
            corrections,
            tuple(overlay_of(read(path)) for path in files.codegen),
            root,
            read_version(root),
            prefix,
        )


def open_release(root: Path) -> State:
    """Open the last release by what is kept of it. Raises BadInput when there is none yet."""
    from pipeline.diff.release import read_release

    release = read_release(root / BASELINE)
    if release is None:
        message = "nothing is released yet: name a revision, a folder or a file"
        raise BadInput(Fault(Place(RELEASED), message))
    return State(
        f"{RELEASED} {release.version}",
        release.document,
        release.source,
        version=release.version,
        _surface=[release.surface],
    )


def read_version(root: Path) -> str | None:
    """Return the version that a project declares; None where it declares none."""
    import tomllib

    path = root / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(Fault(Place(str(path)), f"is not TOML: {error}")) from None
    version = project.get("version")
    return version if isinstance(version, str) else None


def _open_document(argument: str) -> State:
    document = read_document(argument, placed=True)
    check_version(document)
    check_openapi(document.value, document.place)
    return State(document.path, document)


@contextmanager
def _called(root: Path, prefix: str) -> Generator[None]:
    """Call the files of a folder as a person does in what is raised meanwhile."""
    try:
        yield
    except BadInput as error:
        raise BadInput(*(_name_fault(one, root, prefix) for one in error.faults)) from None


def _name_fault(fault: Fault, root: Path, prefix: str) -> Fault:
    path = Path(fault.place.file)
    if not path.is_relative_to(root):
        return fault
    name = _join(prefix, path.relative_to(root).as_posix())
    return replace(fault, place=replace(fault.place, file=name))


def _join(prefix: str, name: str) -> str:
    return f"{prefix}{name}" if prefix.endswith(":") else (Path(prefix) / name).as_posix()
