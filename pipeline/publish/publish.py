"""Publish what the last commit holds: to an index on loopback as a rehearsal, or to a real one."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.diff.version import parse_version
from pipeline.faults import BadInput, Fault, Faults, Place
from pipeline.git import find_commit, run_git
from pipeline.publish import gates
from pipeline.publish.distributions import Distributions, build_distributions
from pipeline.publish.environment import (
    Environment,
    install_dependencies,
    install_published,
    install_wheel,
    make_environment,
)
from pipeline.publish.index import Index
from pipeline.publish.installed import Found
from pipeline.publish.listing import settle_simple_url
from pipeline.publish.loopback import start_index
from pipeline.publish.upload import Uploaded, digest, upload
from pipeline.publish.version import choose_version

PROJECT = "harness-nextgen"

Tell = Callable[[str], None]

# What a checkout has of the client, and the wheel has instead.
_SOURCES = ("generated", "src")
_SPEC = "generated/harness_nextgen/openapi.yaml"


@dataclass(slots=True)
class Published:
    """What was done, as far as it went."""

    commit: str
    distributions: Distributions
    digests: dict[str, str]
    """SHA-256 of each file, by its name."""
    left_out: list[str]
    """Files that are not committed, and so in no distribution."""
    index: Index | None = None
    uploaded: Uploaded | None = None
    found: Found | None = None
    """What the contract says of the wheel, and where that was installed."""
    holds: list[str] = field(default_factory=list[str])
    failures: list[Faults] = field(default_factory=list[Faults])


def rehearse(root: Path, tell: Tell) -> Published:
    """Publish to an index on this machine that is gone afterwards, and install it back from there.

    What does not hold is in the result. Raises BadInput when there is nothing to build, and
    whatever keeps the rehearsal from going on.
    """
    with _prepare(root, choose_version, tell) as (published, folder):
        distributions, version = published.distributions, published.distributions.version
        tell("start an index on loopback")
        with start_index(folder / "index", protect="update,list,download") as index:
            published.index = index
            _judge(published, folder / "checkout", index, tell)
            published.uploaded = upload(index, PROJECT, version, distributions.files, tell)
            environment = _provide(folder, distributions, tell)
            tell(f"install it back from {index.simple_url}")
            install_published(environment, index, PROJECT, version, distributions.wheel)
            _judge_contract(published, environment, folder / "checkout", tell)
    return published


def publish(root: Path, index: Index, tell: Tell, *, dry_run: bool = False) -> Published:
    """Publish a release to an index, when all gates hold; only judge it if ``dry_run``.

    What does not hold is in the result, and nothing was uploaded then. Raises BadInput when there
    is nothing to build, and when the index cannot be reached or refuses; it can be repeated then.
    """
    index = settle_simple_url(index)
    with _prepare(root, _read_declared, tell) as (published, folder):
        distributions, version = published.distributions, published.distributions.version
        published.index = index
        _hold(
            published,
            lambda: gates.require_clean_tree(root),
            lambda: gates.require_release_tag(root, version),
        )
        _judge(published, folder / "checkout", index, tell)
        environment = _provide(folder, distributions, tell)
        install_wheel(environment, distributions.wheel)
        _judge_contract(published, environment, folder / "checkout", tell)
        if published.failures or dry_run:
            return published
        published.uploaded = upload(index, PROJECT, version, distributions.files, tell)
        tell(f"install it back from {index.simple_url}")
        install_published(environment, index, PROJECT, version, distributions.wheel)
    return published


@contextmanager
def _prepare(
    root: Path, choose: Callable[[Path], str], tell: Tell
) -> Generator[tuple[Published, Path]]:
    """Build the last commit and lay it out, in a folder that is gone afterwards."""
    commit = find_commit(root, "HEAD")
    if commit is None:
        message = "has no commit to publish: this works in a clone of the repository, with git"
        raise BadInput(Fault(Place(str(root)), message))
    with tempfile.TemporaryDirectory(prefix="publish-") as name:
        folder = Path(name).resolve()
        version = choose(root)
        tell(f"build {version}")
        (folder / "scratch").mkdir()
        built = build_distributions(root, version, folder / "dist", folder / "scratch")
        check_out(root, commit, folder / "checkout")
        digests = {path.name: digest(path) for path in built.files}
        yield Published(commit, built, digests, gates.list_uncommitted(root)), folder


def check_out(root: Path, commit: str, folder: Path) -> None:
    """Clone a repository at one commit, without its working tree. Raises BadInput."""
    # A clone, not an archive: the contract looks for the last release by its tag.
    run_git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(folder))
    run_git(folder, "-c", f"core.hooksPath={os.devnull}", "checkout", "--quiet", "--detach", commit)
    if not (folder / "pyproject.toml").is_file():
        message = "cannot be cloned: look whether git may read it (git clone . /tmp/there)"
        raise BadInput(Fault(Place(str(root)), message))


def take_sources_out(checkout: Path) -> None:
    """Take the client out of a checkout, all but its spec: nothing can import it from there."""
    spec = (checkout / _SPEC).read_bytes()
    for name in _SOURCES:
        shutil.rmtree(checkout / name)
    (checkout / _SPEC).parent.mkdir(parents=True)
    (checkout / _SPEC).write_bytes(spec)


def _judge(published: Published, checkout: Path, index: Index, tell: Tell) -> None:
    """Run the gates that need no installed wheel."""
    version, files = published.distributions.version, published.distributions.files
    tell("judge version, changelog and generated code")
    _hold(
        published,
        lambda: gates.require_demanded_version(checkout, version),
        lambda: gates.require_changelog(checkout, version),
        lambda: gates.require_unpublished(index, PROJECT, version, files),
        lambda: gates.require_generated(checkout),
    )


def _provide(folder: Path, distributions: Distributions, tell: Tell) -> Environment:
    tell("make a clean environment")
    environment = make_environment(folder / "environment")
    tell("install what the wheel and the contract tests need")
    install_dependencies(environment, folder / "checkout", distributions.wheel)
    return environment


def _judge_contract(
    published: Published, environment: Environment, checkout: Path, tell: Tell
) -> None:
    tell("run the contract tests on the installed wheel")
    take_sources_out(checkout)

    def require_contract() -> str:
        published.found = gates.run_contract(environment, checkout, PROJECT)
        return gates.require_contract(published.found)

    _hold(published, lambda: gates.require_provenance(environment), require_contract)


def _hold(published: Published, *some: gates.Gate) -> None:
    said, failures = gates.hold(some)
    published.holds += said
    published.failures += failures


def _read_declared(root: Path) -> str:
    """Read the version that the last commit declares."""
    text = run_git(root, "show", "HEAD:./pyproject.toml").decode("utf-8", "replace")
    try:
        return str(parse_version(tomllib.loads(text)["project"]["version"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        message = "declares no version: give one under [project]"
        raise BadInput(Fault(Place("pyproject.toml"), message)) from None
