"""Each gate: what it lets through, and what it says when it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.diff.release import write_release
from pipeline.diff.states import open_project
from pipeline.faults import BadInput, DoesNotHold, Fault, Place
from pipeline.publish import gates
from pipeline.publish.environment import Environment, make_environment
from pipeline.publish.installed import Found
from pipeline.publish.publish import check_out, take_sources_out
from tests.diff.project import commit, git, shop, write_project
from tests.publish.projects import borrow, keep_fixtures

pytestmark = pytest.mark.once

PROJECT = "harness-nextgen"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a commit, in which we are."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0 (2026-11-30)\n\n## 1.1.0 (2026)\n")
    (root / "old name.txt").write_text("x\n" * 50)
    commit(root)
    monkeypatch.chdir(root)
    return root


def refuse(gate: Callable[[], object], kind: type[Exception] = DoesNotHold) -> str:
    """Return what a gate says when it refuses."""
    with pytest.raises(kind) as caught:
        gate()
    return str(caught.value)


# Clean tree


def test_clean_tree(repository: Path) -> None:
    """Files that git ignores are nothing to it."""
    (repository / ".git/info/exclude").write_text("ignored\n")
    (repository / "ignored").write_text("")
    assert gates.require_clean_tree(repository) == "everything is committed"


def test_tree_that_is_not_clean(repository: Path) -> None:
    """Each file is named that is changed, new, renamed or staged, by any name."""
    (repository / "CHANGELOG.md").write_text("")
    (repository / "neu — ü.txt").write_text("")
    git(repository, "mv", "old name.txt", "new name.txt")
    said = refuse(lambda: gates.require_clean_tree(repository))
    assert said == (
        "this checkout: not committed, and so in no distribution: CHANGELOG.md, new name.txt, "
        "neu — ü.txt: commit or stash"
    )
    for number in range(9):
        (repository / f"{number}").write_text("")
    said = refuse(lambda: gates.require_clean_tree(repository))
    assert said.endswith("new name.txt, 0, 1, 2 …: commit or stash")


# Tag


def test_release_tag(repository: Path) -> None:
    """The commit has the tag of its version, plain or annotated, among others."""
    git(repository, "tag", "v1.2.0")
    git(repository, "tag", "latest")
    assert gates.require_release_tag(repository, "1.2.0") == "this commit is tagged v1.2.0"
    git(repository, "tag", "--annotate", "--message=x", "v1.2.1")
    assert gates.require_release_tag(repository, "1.2.1") == "this commit is tagged v1.2.1"


def test_commit_without_the_tag(repository: Path) -> None:
    """A tag that is not there, and one of another commit, are told apart."""
    git(repository, "tag", "v1.1.0")
    commit(repository)
    assert refuse(lambda: gates.require_release_tag(repository, "1.2.0")) == (
        "HEAD: this commit has not the tag v1.2.0 of the release: nox -s release makes it, or "
        "git tag v1.2.0"
    )
    assert refuse(lambda: gates.require_release_tag(repository, "1.1.0")) == (
        "HEAD: this commit has not the tag v1.1.0, another one has: git checkout v1.1.0"
    )


# Changelog


@pytest.mark.parametrize("version", ["1.2.0", "1.1.0"])
def test_changelog(repository: Path, version: str) -> None:
    """A release has its heading."""
    assert gates.require_changelog(repository, version) == f"CHANGELOG.md has {version}"


def test_changelog_of_a_development_version(repository: Path) -> None:
    """It may have the heading of its release, or what is gathered for it."""
    assert gates.require_changelog(repository, "1.2.0.dev7") == "CHANGELOG.md has 1.2.0"
    changes = repository / "docs/changes"
    changes.mkdir(parents=True)
    (changes / "README.md").write_text("")
    (changes / "+x.added.md").write_text("x")
    commit(repository)
    said = "docs/changes has a file for the next release"
    assert gates.require_changelog(repository, "1.3.0.dev7") == said


@pytest.mark.parametrize("version", ["1.2", "2.0", "1.2.0rc1", "11.1.0"])
def test_changelog_without_the_release(repository: Path, version: str) -> None:
    """Another version is not this one, and what is not committed is not there."""
    (repository / "CHANGELOG.md").write_text(f"## {version} (2026)\n")
    assert refuse(lambda: gates.require_changelog(repository, version)) == (
        f"CHANGELOG.md: has no entry for {version}: nox -s changelog -- --version {version}"
    )


# Version


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose version 1.0.0 is released."""
    root = write_project(tmp_path / "project", version="1.0.0", with_client=True)
    write_release(root / "spec/released", "1.0.0", open_project(root, str(root)))
    commit(root, "v1.0.0")
    return root


def break_project(root: Path) -> None:
    """Commit a change that breaks."""
    value = shop()
    del value["paths"]["/orders/{order_id}"]
    shutil.rmtree(root / "generated")
    write_project(root, value, with_client=True)
    commit(root)


def test_version_before_the_first_release(repository: Path, project: Path) -> None:
    """Any version is high enough for the first release, with or without its baseline."""
    shutil.copytree(project / "spec", repository / "spec")
    shutil.rmtree(repository / "spec/released")
    commit(repository)
    said = "0.0.1 will do: nothing is released yet"
    assert gates.require_demanded_version(repository, "0.0.1") == said
    said = "1.0.0 will do: nothing is released yet"
    assert gates.require_demanded_version(project, "1.0.0") == said


def test_version_that_the_changes_demand(project: Path) -> None:
    """Nothing changed: the released version and its development versions will do; broken: 2.0.0."""
    said = "1.0.1.dev3 will do: the baseline is 1.0.0"
    assert gates.require_demanded_version(project, "1.0.1.dev3") == said
    said = "CHANGELOG.md needs nothing: nothing changed since 1.0.0"
    assert gates.require_changelog(project, "1.0.1.dev3") == said
    break_project(project)
    said = "2.0.0 will do: the baseline is 1.0.0"
    assert gates.require_demanded_version(project, "2.0.0") == said


@pytest.mark.parametrize("version", ["1.1.0", "1.1.0.dev3"])
def test_version_that_is_too_low(project: Path, version: str) -> None:
    """A change that breaks takes a major version, and somebody has to tell of it."""
    break_project(project)
    assert refuse(lambda: gates.require_demanded_version(project, version)) == (
        f"pyproject.toml: the version {version} is too low: what changed since 1.0.0 takes a major "
        "version: declare 2.0.0"
    )
    development = "1.1.0.dev3"
    assert refuse(lambda: gates.require_changelog(project, development)) == (
        "CHANGELOG.md: has no entry for 1.1.0: tell what changed in a file of docs/changes/"
    )


def test_release_is_judged_by_the_one_before(project: Path) -> None:
    """A release that keeps itself as the next one's measure is measured by the one before."""
    break_project(project)
    for version in ("1.1.0", "2.0.0"):
        write_release(project / "spec/released", version, open_project(project, str(project)))
        commit(project, f"v{version}")
        if version == "1.1.0":
            assert refuse(lambda: gates.require_demanded_version(project, "1.1.0")) == (
                "pyproject.toml: the version 1.1.0 is too low: what changed since 1.0.0 takes a "
                "major version: declare 2.0.0"
            )
            git(project, "reset", "--quiet", "--hard", "HEAD^")
    said = "2.0.0 will do: the baseline is 1.0.0"
    assert gates.require_demanded_version(project, "2.0.0") == said
    commit(project)  # whatever comes after the release
    assert gates.require_demanded_version(project, "2.0.0") == said


def test_history_that_is_cut_off(project: Path, tmp_path: Path) -> None:
    """A shallow clone cannot tell which release came before."""
    git(tmp_path, "clone", "--quiet", "--depth=1", project.as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    assert refuse(lambda: gates.require_demanded_version(shallow, "1.0.0"), BadInput) == (
        "the history: is cut off, so the last release is not known: git fetch --unshallow"
    )


# What takes this project itself


def test_generated_code_that_is_edited(real: Path, tmp_path: Path) -> None:
    """An edit by hand in a generated file is told by the file's name, whoever committed it."""
    check_out(real, "HEAD", tmp_path / "checkout")
    path = tmp_path / "checkout/generated/harness_nextgen/client.py"
    path.write_text(path.read_text() + "# edited\n")
    said = refuse(lambda: gates.require_generated(tmp_path / "checkout"))
    assert said.startswith("generated/harness_nextgen/client.py:")
    assert "nox -s regenerate" in said
    assert "…" not in said


def test_spec_that_cannot_be_read(real: Path, tmp_path: Path) -> None:
    """A gate that cannot be judged is bad input, with the place of what is wrong."""
    check_out(real, "HEAD", tmp_path / "checkout")
    (tmp_path / "checkout/spec/openapi.yaml").write_text("openapi: [\n")
    said = refuse(lambda: gates.require_generated(tmp_path / "checkout"), BadInput)
    assert said.startswith("spec/openapi.yaml:")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, real: Path) -> Environment:
    """An environment with the client, as a wheel would install it."""
    environment = make_environment(tmp_path_factory.mktemp("clean") / "environment")
    borrow(environment, real, real)
    [site] = environment.folder.glob("lib/python*/site-packages")
    for name in ("generated/harness_nextgen", "src/harness_nextgen_runtime"):
        shutil.copytree(real / name, site / Path(name).name)
    (site / "harness_nextgen-9.9.dist-info").mkdir()
    text = f"Metadata-Version: 2.4\nName: {PROJECT}\nVersion: 9.9\n"
    (site / "harness_nextgen-9.9.dist-info/METADATA").write_text(text)
    return environment


@pytest.fixture
def checkout(real: Path, tmp_path: Path) -> Path:
    """A checkout with the fixtures of one folder, which is quick, and has the sources still."""
    folder = tmp_path / "checkout"
    check_out(real, "HEAD", folder)
    keep_fixtures(folder)
    return folder


def test_contract_is_that_of_the_installed_client(environment: Environment, checkout: Path) -> None:
    """What it does otherwise than recorded, and what is not recorded, is told of the wheel.

    Only modules of the wheel are used.
    """
    take_sources_out(checkout)
    name = "tests/fixtures/organizations/get_organization/full.yaml"
    text = (checkout / name).read_text(encoding="utf-8")
    changed = text.replace("path: /v1/orgs/demo_zahlungen", "path: /v2/orgs/demo_zahlungen")
    (checkout / name).write_text(changed, encoding="utf-8")
    found = gates.run_contract(environment, checkout, PROJECT)
    assert found.version == "9.9"
    assert found.folder == str(next(environment.folder.glob("lib/python*/site-packages")))
    assert found.elsewhere == ()
    assert found.imported > 50
    said = refuse(lambda: gates.require_contract(found)).splitlines()
    assert said[0].startswith(f"the wheel: the contract does not hold: {name}:")
    assert (
        "the wheel: the contract does not hold: tests/fixtures: no fixture touches operation "
        "list_modules: record one"
    ) in said
    assert len(said) == len(found.faults)


def test_contract_with_the_sources_of_the_checkout(
    environment: Environment, checkout: Path
) -> None:
    """A module that comes from the checkout is noticed: then the wheel was not tested."""
    found = gates.run_contract(environment, checkout, PROJECT)
    runtime = checkout / "src/harness_nextgen_runtime/__init__.py"
    assert found.elsewhere[0] == str(runtime)
    said = refuse(lambda: gates.require_contract(found)).splitlines()[-1]
    assert said == f"the wheel: was not what was tested: {runtime} was imported instead"


def test_contract_that_cannot_be_run(
    environment: Environment, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What keeps it from running is shown as it is."""
    take_sources_out(checkout)
    (checkout / "tests/fixtures/uncovered.yaml").write_text("x: [\n")
    said = refuse(lambda: gates.run_contract(environment, checkout, PROJECT), BadInput)
    assert said == "the wheel: the contract tests cannot be run on it, for what stands above"
    assert "uncovered.yaml:" in capfd.readouterr().err


def test_contract_that_holds() -> None:
    """Without faults, and with all modules from the wheel, it is told what was checked."""
    found = Found("1.0", "/there", 9, (), ("3 fixtures: all is well", "coverage"), ())
    said = "the contract holds for the wheel: 3 fixtures: all is well"
    assert gates.require_contract(found) == said


def test_file_that_is_not_as_it_was_built(environment: Environment) -> None:
    """The first file that differs is told."""
    path = next(environment.folder.glob("lib/python*/site-packages/harness_nextgen/errors.py"))
    text = path.read_text()
    assert gates.require_provenance(environment).startswith("every file of it is as it was built:")
    path.write_text(text + "# edited\n")
    try:
        said = refuse(lambda: gates.require_provenance(environment))
    finally:
        path.write_text(text)
    assert said.startswith(
        "the wheel: is not installed as it was built: harness_nextgen/errors.py: "
    )


# All of them


def test_all_gates_are_run() -> None:
    """A gate that refuses keeps no other one from being judged, and each fault is told once."""

    def raising(error: Exception) -> gates.Gate:
        def gate() -> str:
            raise error

        return gate

    one, two = Fault(Place("one"), "is wrong"), Fault(Place("two"), "is wrong")
    said, failures = gates.hold(
        [
            lambda: "first",
            raising(DoesNotHold(one)),
            raising(DoesNotHold(two, one)),
            lambda: "last",
        ]
    )
    assert said == ["first", "last"]
    assert refuse(lambda: gates.raise_all(failures)) == "one: is wrong\ntwo: is wrong"
    failures.append(BadInput(two))
    assert refuse(lambda: gates.raise_all(failures), BadInput) == "one: is wrong\ntwo: is wrong"
    gates.raise_all([])
