"""Build the wheel and the sdist: the same commit gives the same bytes, wherever and whenever.

Only what the last commit holds goes in, in the order, with the times and the modes that hatchling
gives to a reproducible build. What is left is the compression: another zlib packs the same files
into other bytes, and `tell_other_zlib` says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness_nextgen_runtime.provenance import LOCK_NAME, find_differences, read_lock
from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.git import find_commit, lay_out, run_git
from pipeline.publish.sbom import SUFFIX, render_sbom

SUMS = "SHA256SUMS"

_PACKAGE = "harness_nextgen"
_ZIP_BEGINS = 315532800  # 1980-01-01: a zip file knows no time before
_PLAIN_ZLIB = "abbc5be11fb746ab877ef910be0f914df4306b2a8bd84693dce54b04fe357f15"
_OTHER_ZLIB = (
    "this Python's zlib, {}, packs otherwise than the usual one: the distributions hold the same "
    "files as elsewhere, and are other bytes"
)


@dataclass(frozen=True, slots=True)
class Distributions:
    """What a build makes: the files that are published, and what is kept beside them."""

    version: str
    wheel: Path
    sdist: Path
    sbom: Path
    """The bill of materials of the wheel (CycloneDX)."""
    sums: Path
    """The digests of the others, as ``sha256sum`` writes and checks them."""

    @property
    def files(self) -> tuple[Path, Path]:
        """The files that an index takes, the wheel first."""
        return self.wheel, self.sdist

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Every file that was made, the digests last."""
        return self.wheel, self.sdist, self.sbom, self.sums


def build_distributions(root: Path, version: str, folder: Path, scratch: Path) -> Distributions:
    """Build what the last commit of a repository holds, and nothing else, into ``folder``.

    ``version`` becomes that of the distributions; ``scratch`` is an empty folder for what is in
    between. The files are put into ``folder`` at the end, each whole; others there stay. Raises
    BadInput where there is no commit or the build fails, and DoesNotHold when the sdist makes
    another wheel than the commit does.
    """
    tree, made = scratch / "tree", scratch / "made"
    epoch = lay_out_commit(root, tree)
    require_pinned_hatchling(tree / "pyproject.toml")
    declare_version(tree / "pyproject.toml", version)
    _run_hatchling(tree, made, epoch, "sdist", "wheel")
    [wheel], [sdist] = made.glob("*.whl"), made.glob("*.tar.gz")
    _require_same_wheel(wheel, sdist, epoch, scratch / "again")
    _require_provenance(wheel)
    sbom, sums = made / f"{sdist.name.removesuffix('.tar.gz')}{SUFFIX}", made / SUMS
    sbom.write_text(render_sbom(wheel, epoch), encoding="utf-8", newline="\n")
    sums.write_text(render_sums([wheel, sdist, sbom]), encoding="utf-8", newline="\n")
    built = Distributions(version, wheel, sdist, sbom, sums)
    put_in_place(built.all_files, folder)
    return Distributions(version, *(folder / path.name for path in built.all_files))


def lay_out_commit(root: Path, folder: Path) -> int:
    """Write the last commit's files into ``folder``; returns its time, in seconds since 1970.

    Raises BadInput where there is no commit.
    """
    if find_commit(root, "HEAD") is None:
        message = "is no git repository with a commit, and only what is committed is built"
        if shutil.which("git") is None:
            message = "cannot be read: install git"
        raise BadInput(Fault(Place(str(root)), message))
    folder.mkdir()
    lay_out(root, "HEAD", ["."], folder)
    return max(int(run_git(root, "log", "-1", "--format=%ct", "HEAD")), _ZIP_BEGINS)


def declare_version(pyproject: Path, version: str) -> None:
    """Write another version into a pyproject.toml."""
    text = pyproject.read_text(encoding="utf-8")
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("version = "))
    lines[at] = f'version = "{version}"'
    pyproject.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def require_pinned_hatchling(pyproject: Path) -> None:
    """Refuse (BadInput) to build with another hatchling than the one that is pinned.

    Its version stands in the wheel, and decides how files are laid out.
    """
    build_system = tomllib.loads(pyproject.read_text(encoding="utf-8"))["build-system"]
    [requirement] = build_system["requires"]
    name, _, pinned = requirement.partition("==")
    try:
        installed = version(name)
    except PackageNotFoundError:
        installed = "none"
    if installed != pinned:
        message = f"{requirement} is pinned and {installed} is installed: run `nox -s build`"
        raise BadInput(Fault(Place("pyproject.toml"), message))


def render_sums(files: Iterable[Path]) -> str:
    """Render the digests of files as ``sha256sum`` does."""
    names = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(names.items()))


def put_in_place(files: Iterable[Path], folder: Path) -> None:
    """Put finished files into a folder: all are there before the first takes its name.

    The digests come last. Where they would contradict a file that is replaced they go first, so
    that a kill in between leaves none rather than wrong ones. Raises BadInput for a folder that
    cannot be written.
    """
    parts = {path: folder / f".{path.name}.{os.getpid()}.part" for path in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, part in parts.items():
            shutil.copyfile(path, part)
        if any(_differs(path, folder / path.name) for path in parts if path.name != SUMS):
            (folder / SUMS).unlink(missing_ok=True)
        for path, part in parts.items():
            os.replace(part, folder / path.name)
    except OSError as error:
        message = f"cannot be written: {error.strerror}: name another folder with --output"
        raise BadInput(Fault(Place(str(folder)), message)) from None
    finally:
        if folder.is_dir():
            for part in parts.values():
                part.unlink(missing_ok=True)


def tell_other_zlib() -> str | None:
    """Say that this Python packs files into other bytes than usual; None where it does not."""
    sample = " ".join(str(number * number) for number in range(20_000)).encode()
    if hashlib.sha256(zlib.compress(sample, 6)).hexdigest() == _PLAIN_ZLIB:
        return None
    return _OTHER_ZLIB.format(zlib.ZLIB_RUNTIME_VERSION)


def _differs(path: Path, other: Path) -> bool:
    return other.is_file() and other.read_bytes() != path.read_bytes()


def _run_hatchling(tree: Path, folder: Path, epoch: int, *targets: str) -> None:
    # Hatchling has settings in the environment that would leave out hooks or files.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HATCH_")}
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve())]
    done = subprocess.run(
        command + [part for target in targets for part in ("--target", target)],
        cwd=tree,
        env={
            **kept,
            "SOURCE_DATE_EPOCH": str(epoch),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(folder.parent.resolve()),  # which is taken away, whatever is left there
        },
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise BadInput(Fault(Place("pyproject.toml"), f"cannot be built, hatchling says: {said}"))


def _require_same_wheel(wheel: Path, sdist: Path, epoch: int, scratch: Path) -> None:
    """Build the wheel again from the sdist, which must hold all that it takes."""
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch, filter="data")
    [tree] = scratch.iterdir()
    made = scratch / "made"
    _run_hatchling(tree, made, epoch, "wheel")
    [again] = made.glob("*.whl")
    if again.read_bytes() != wheel.read_bytes():
        names = ", ".join(_list_differences(wheel, again)) or "the order or the times of files"
        message = f"makes another wheel than the commit does: {names}"
        raise DoesNotHold(Fault(Place(sdist.name), message))


def _require_provenance(wheel: Path) -> None:
    """Refuse (DoesNotHold) a wheel that `--provenance` would: generated code was edited."""
    with zipfile.ZipFile(wheel) as archive:
        folder = zipfile.Path(archive)
        lock = read_lock(folder / _PACKAGE / LOCK_NAME, _PACKAGE)
        findings = list(find_differences(folder, lock, _PACKAGE))
    if findings:
        remedy = "run `nox -s regenerate` and commit what it writes"
        message = f"is not as generated: {remedy}"
        raise DoesNotHold(*(Fault(Place(f"generated/{one.file}"), message) for one in findings))


def _list_differences(one: Path, other: Path) -> list[str]:
    with zipfile.ZipFile(one) as left, zipfile.ZipFile(other) as right:
        contents = [{name: zip_.read(name) for name in zip_.namelist()} for zip_ in (left, right)]
    names = sorted({*contents[0], *contents[1]})
    return [name for name in names if contents[0].get(name) != contents[1].get(name)]
