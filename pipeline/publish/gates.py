"""What must hold before anything is published: one function for each gate, each with its message.

A gate raises DoesNotHold, or BadInput where it cannot be judged. All of them look at the last
commit, since that is what is built.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.diff.change import Version
from pipeline.diff.review import judge_against_release
from pipeline.diff.states import BASELINE, open_project, open_release
from pipeline.diff.version import check_version_declared, parse_version
from pipeline.faults import DOES_NOT_HOLD, BadInput, DoesNotHold, Fault, Faults, Place
from pipeline.git import lay_out, run_git
from pipeline.publish.environment import Environment, list_variables
from pipeline.publish.index import Index
from pipeline.publish.installed import Found, read_found
from pipeline.publish.running import run_to_end
from pipeline.publish.upload import find_there

Gate = Callable[[], str]
"""Says in one line what holds, or raises."""

CHANGELOG = "CHANGELOG.md"
_FRAGMENTS = "docs/changes"
_PYPROJECT = "pyproject.toml"
_WHEEL = Place("the wheel")
_SHOWN = 5


def hold(gates: Iterable[Gate]) -> tuple[list[str], list[Faults]]:
    """Run all gates, whatever comes of each, and return what holds and what does not."""
    said: list[str] = []
    failures: list[Faults] = []
    for gate in gates:
        try:
            said.append(gate())
        except (BadInput, DoesNotHold) as error:
            failures.append(error)
    return said, failures


def raise_all(failures: Sequence[Faults]) -> None:
    """Raise what gates found, each fault once; BadInput if one of them could not be judged."""
    faults = dict.fromkeys(fault for one in failures for fault in one.faults)
    if any(isinstance(one, BadInput) for one in failures):
        raise BadInput(*faults)
    if faults:
        raise DoesNotHold(*faults)


def list_uncommitted(root: Path) -> list[str]:
    """List the files that differ from the last commit, and those that are in none."""
    status = run_git(root, "status", "--porcelain", "-z", "--untracked-files=all")
    names: list[str] = []
    entries = iter(status.decode("utf-8", "replace").split("\0"))
    for entry in entries:
        if entry:
            names.append(entry[3:])
            if entry[0] in "RC":
                next(entries, None)  # where it was renamed from
    return names


def require_clean_tree(root: Path) -> str:
    """Refuse a checkout with changes that are in no commit."""
    names = list_uncommitted(root)
    if names:
        shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        message = f"not committed, and so in no distribution: {shown}: commit or stash"
        raise DoesNotHold(Fault(Place(_name(root)), message))
    return "everything is committed"


def require_release_tag(root: Path, version: str) -> str:
    """Refuse a commit that has not the tag of the release."""
    tag = f"v{version}"
    tags = run_git(root, "tag", "--points-at", "HEAD").decode().split()
    if tag in tags:
        return f"this commit is tagged {tag}"
    message = f"this commit has not the tag {tag}"
    if run_git(root, "tag", "--list", tag):
        message += f", another one has: git checkout {tag}"
    else:
        message += f" of the release: nox -s release makes it, or git tag {tag}"
    raise DoesNotHold(Fault(Place("HEAD"), message))


def require_demanded_version(checkout: Path, version: str) -> str:
    """Refuse a version that is lower than what changed since the last release takes."""
    judged = judge(checkout, version)
    if judged is None:
        return f"{version} will do: nothing is released yet"
    check_version_declared(judged, Place(_PYPROJECT))
    return f"{version} will do: the baseline is {judged.released}"


def require_changelog(checkout: Path, version: str) -> str:
    """Refuse a version of which the changelog says nothing.

    For a development version, what is gathered for the next release will do, and nothing where
    nothing changed.
    """
    number = parse_version(version)
    changelog = run_git(checkout, "show", f"HEAD:./{CHANGELOG}").decode("utf-8", "replace")
    wanted = [version, number.base_version] if number.is_devrelease else [version]
    for one in wanted:
        if re.search(rf"^## {re.escape(one)} \(", changelog, re.MULTILINE):
            return f"{CHANGELOG} has {one}"
    if not number.is_devrelease:
        message = f"has no entry for {version}: nox -s changelog -- --version {version}"
        raise DoesNotHold(Fault(Place(CHANGELOG), message))
    names = (
        run_git(checkout, "ls-tree", "--name-only", "HEAD", f"{_FRAGMENTS}/").decode().split("\n")
    )
    if fragments := [name for name in names if name.endswith(".md") and "README" not in name]:
        count = f"{len(fragments)} files" if len(fragments) > 1 else "a file"
        return f"{_FRAGMENTS} has {count} for the next release"
    judged = judge(checkout, version)
    if judged is not None and judged.bump == "none":
        return f"{CHANGELOG} needs nothing: nothing changed since {judged.released}"
    message = f"has no entry for {wanted[-1]}: tell what changed in a file of {_FRAGMENTS}/"
    raise DoesNotHold(Fault(Place(CHANGELOG), message))


def judge(checkout: Path, version: str) -> Version | None:
    """Judge a version of the last commit by the release before; None before the first.

    Raises BadInput where that is not known.
    """
    with tempfile.TemporaryDirectory(prefix="before-", dir=checkout.parent) as name:
        folder = checkout
        if (folder / BASELINE).is_dir():
            kept = open_release(folder).version or ""
            if parse_version(kept) == parse_version(version):
                # A release keeps itself as what the next one is judged by.
                folder = Path(name)
                _lay_out_baseline_before(checkout, folder)
        if not (folder / BASELINE).is_dir():
            return None
        state = replace(open_project(checkout, str(checkout)), version=version)
        return judge_against_release(folder, state, [], open_release(folder))


def require_unpublished(index: Index, project: str, version: str, files: Sequence[Path]) -> str:
    """Refuse to change what is published: other bytes under the same version."""
    there = find_there(index, project, version, files)
    if len(there) == len(files):
        return f"{index.name} has {version} already, byte for byte"
    if there:
        return f"{index.name} has {there[0].name} already, byte for byte"
    return f"{index.name} has no {version} yet"


def require_generated(checkout: Path) -> str:
    """Refuse a commit whose client is not what its spec and overlays make."""
    done = run_to_end(
        [sys.executable, "-m", "pipeline", "check"],
        checkout,
        list_variables(checkout.parent / "tmp"),
    )
    if done.returncode == 0:
        return done.stdout.partition("\n")[0]
    # What is done meanwhile is told on the same stream, and ends so.
    lines = [line for line in done.stderr.splitlines() if line and not line.endswith(" …")]
    faults = [_read_fault(line) for line in lines or ["check: fails without a word"]]
    kind = DoesNotHold if done.returncode == DOES_NOT_HOLD else BadInput
    raise kind(*faults)


def run_contract(environment: Environment, checkout: Path, project: str) -> Found:
    """Hold the wheel that an environment has to the contract, and return what was found.

    ``checkout`` has no sources of the client. Raises BadInput when that cannot be done.
    """
    done = run_to_end(
        [str(environment.python), "-m", "pipeline.publish.installed", project],
        checkout,
        environment.variables,
        shows_errors=True,
    )
    if done.returncode:
        message = "the contract tests cannot be run on it, for what stands above"
        raise BadInput(Fault(_WHEEL, message))
    return read_found(done.stdout.splitlines()[-1])


def require_contract(found: Found) -> str:
    """Refuse a wheel that the contract does not hold for, or that was not what was tested."""
    faults = [Fault(_WHEEL, f"the contract does not hold: {one}") for one in found.faults]
    if found.elsewhere:
        message = f"was not what was tested: {found.elsewhere[0]} was imported instead"
        faults.append(Fault(_WHEEL, message))
    if faults:
        raise DoesNotHold(*faults)
    return f"the contract holds for the wheel: {found.said[0]}"


def require_provenance(environment: Environment) -> str:
    """Refuse an installed client with other files than were built."""
    done = run_to_end(
        [str(environment.python), "-m", "harness_nextgen", "--provenance"],
        environment.folder,
        environment.variables,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it cannot tell its provenance"]
        raise DoesNotHold(Fault(_WHEEL, f"is not installed as it was built: {said[0]}"))
    return f"every file of it is as it was built: {done.stdout.strip().splitlines()[-1]}"


def _lay_out_baseline_before(checkout: Path, folder: Path) -> None:
    """Write what is kept of the release before the present one, if there is one, into a folder."""
    if run_git(checkout, "rev-parse", "--is-shallow-repository").strip() == b"true":
        message = "is cut off, so the last release is not known: git fetch --unshallow"
        raise BadInput(Fault(Place("the history"), message))
    changed = run_git(checkout, "log", "-1", "--format=%H", "--", BASELINE).decode().strip()
    if changed and run_git(checkout, "ls-tree", f"{changed}^", BASELINE):
        lay_out(checkout, f"{changed}^", [BASELINE], folder)


def _read_fault(line: str) -> Fault:
    place, _, message = line.partition(": ")
    return Fault(Place(place), message)


def _name(root: Path) -> str:
    return "this checkout" if root == Path.cwd() else str(root)
