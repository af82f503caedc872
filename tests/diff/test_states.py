"""A state is opened by what a person calls it, and its files are called so in messages."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.diff.release import write_release
from pipeline.diff.review import review
from pipeline.diff.states import State, open_project, open_state
from pipeline.faults import BadInput
from tests.diff.project import (
    PACKAGE,
    commit,
    git,
    overlay,
    shop,
    write_document,
    write_project,
)

A_BOUND = overlay(
    {"target": "$.components.schemas.Item.properties.name", "update": {"maxLength": 9}}
)
MISSING = overlay({"target": "$.info.title", "update": {"no": "object"}})
NAME = ("components", "schemas", "Item", "properties", "name")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of two commits; the first has the tag ``v0.1.0`` and no overlay."""
    root = write_project(tmp_path / "repository", version="0.1.0")
    commit(root, "v0.1.0")
    write_project(root, overlays=(A_BOUND,), version="0.2.0.dev0")
    commit(root)
    return root


def refuse(argument: str, root: Path) -> str:
    """Return what is said of an argument that is no state."""
    with pytest.raises(BadInput) as caught, open_state(argument, root):
        pass
    return str(caught.value)


@contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    """Work in a folder, as a person who types its name does."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


# What can be named


def test_tag_is_a_state(repository: Path) -> None:
    """A tag is the project as it was: its document, its version, without what came later."""
    with open_state("v0.1.0", repository) as state:
        assert (state.name, state.version, state.corrections) == ("v0.1.0", "0.1.0", ())
        assert state.document.value == shop()
        assert state.source is not None


@pytest.mark.parametrize("name", ["HEAD", "main", "v0.1.0-1-g{hash}", "{hash}", "main~0"])
def test_revisions_by_any_name(repository: Path, name: str) -> None:
    """Git's own ways to name a commit are all taken."""
    name = name.format(hash=git(repository, "rev-parse", "--short", "HEAD"))
    with open_state(name, repository) as state:
        assert state.version == "0.2.0.dev0"
        assert state.corrections is not None
        assert [one.title for one in state.corrections] == ["A correction"]


def test_revision_is_what_is_committed(repository: Path) -> None:
    """What lies in the folder and in no commit is no part of a revision."""
    write_project(repository, version="9.9.9")
    (repository / "overlays/10.overlay.yaml").unlink()
    with open_state("HEAD", repository) as state:
        assert (state.version, len(state.corrections or ())) == ("0.2.0.dev0", 1)


def test_revision_leaves_nothing_behind(repository: Path) -> None:
    """The folder that a revision is laid out in goes, and the repository stays as it was."""
    before = git(repository, "status", "--porcelain"), git(repository, "worktree", "list")
    with open_state("v0.1.0", repository) as state:
        root = state.root
        assert root is not None
        assert (root / "spec/openapi.yaml").is_file()
    assert not root.exists()
    assert (git(repository, "status", "--porcelain"), git(repository, "worktree", "list")) == before


def test_folder_is_a_state(repository: Path) -> None:
    """A project's folder is taken as it lies there, committed or not."""
    write_project(repository, version="9.9.9")
    with open_state(str(repository), repository) as state:
        assert (state.name, state.root, state.version) == (str(repository), repository, "9.9.9")


def test_document_is_a_state(tmp_path: Path) -> None:
    """Of a bare document there is neither a source nor a version nor a client."""
    path = write_document(tmp_path / "shop.json", shop())
    with open_state(str(path), tmp_path) as state:
        assert state.document.value == shop()
        assert state == State(str(path), state.document)
        assert state.read_python_surface() is None


def test_standard_input_is_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hyphen is standard input, also where a file has that name."""
    write_document(tmp_path / "-", {})
    text = write_document(tmp_path / "shop.json", shop()).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    with in_folder(tmp_path), open_state("-", tmp_path) as state:
        assert state.name == "<stdin>"
        assert state.document.value == shop()
        assert str(state.document.place(("info", "title"))) == "<stdin>:4:5"


def test_release_is_a_state(repository: Path) -> None:
    """``released`` is what is kept of the last release, with its version and its Python surface."""
    made = write_project(repository.parent / "made", version="1.0", with_client=True)
    write_release(repository / "spec/released", "1.0", open_project(made, "made"))
    with open_state("released", repository) as state:
        assert (state.name, state.version, state.root) == ("released 1.0", "1.0", None)
        assert state.document.value == shop()
        assert state.source is not None
        assert state.source.value == shop()
        assert "models.Item" in state.read_python_surface()["symbols"]


def test_release_before_the_first(repository: Path) -> None:
    """Before the first release there is none, and a message says what else can be named."""
    assert refuse("released", repository) == (
        "released: nothing is released yet: name a revision, a folder or a file"
    )


@pytest.mark.parametrize("name", ["v0.1.0", "released", "HEAD"])
def test_path_comes_before_a_name(repository: Path, name: str) -> None:
    """A file or folder of the name of a revision, or of the release, is what is meant."""
    other = shop() | {"info": {"title": "Other", "version": "1"}}
    with in_folder(repository.parent):
        write_document(Path(name), other)
        with open_state(name, repository) as state:
            assert (state.name, state.document.value["info"]["title"]) == (name, "Other")
        Path(name).unlink()
        write_project(Path(name), other)
        with open_state(name, repository) as state:
            assert (state.name, state.document.value["info"]["title"]) == (name, "Other")


def test_client_of_a_state(tmp_path: Path) -> None:
    """The surface of a folder is that of its client, is read once, and is none without one."""
    write_project(tmp_path / "with", with_client=True)
    with open_state(str(tmp_path / "with"), tmp_path) as state:
        surface = state.read_python_surface()
        assert surface["clients"] == ["Client", "AsyncClient"]
        assert surface["runtime"] is None
        shutil.rmtree(tmp_path / "with/generated")
        assert state.read_python_surface() is surface
    with open_state(str(tmp_path / "with"), tmp_path) as state:
        assert state.read_python_surface() is None


def test_runtime_of_a_state(tmp_path: Path) -> None:
    """Where the folder has the runtime, too, what that exports is a part of the surface."""
    root = write_project(tmp_path / "project", with_client=True)
    runtime = Path(__file__).parents[2] / "src/harness_nextgen_runtime"
    shutil.copytree(runtime, root / "src/harness_nextgen_runtime")
    with open_state(str(root), tmp_path) as state:
        assert "errors.NotFoundError" in state.read_python_surface()["runtime"]


def test_state_of_a_revision_has_its_client(repository: Path) -> None:
    """A revision has the client that is committed in it."""
    shutil.copytree(
        write_project(repository.parent / "made", with_client=True) / "generated",
        repository / "generated",
    )
    commit(repository)
    with open_state("HEAD", repository) as state, open_state("v0.1.0", repository) as old:
        assert "models.Item" in state.read_python_surface()["symbols"]
        assert old.read_python_surface() is None


# What cannot


@pytest.mark.parametrize("name", ["v9.9.9", "no/such.yaml", "-x", "HEAD:spec", "v0.1.0..HEAD"])
def test_nothing_of_this_name(repository: Path, name: str) -> None:
    """What is neither file, folder nor commit is refused with one line that says so."""
    assert refuse(name, repository) == (
        f"{name}: is no file, no folder and no revision of this repository: check the name"
    )


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git files and folders are taken, and a revision is refused with the reason."""
    monkeypatch.setenv("PATH", str(repository))
    with open_state(str(repository), repository) as state:
        assert state.version == "0.2.0.dev0"
    assert refuse("v0.1.0", repository) == (
        "v0.1.0: is no file and no folder; to read a revision, install git"
    )


def test_folder_without_repository(tmp_path: Path) -> None:
    """Where there is no repository, there are no revisions."""
    assert refuse("HEAD", write_project(tmp_path / "project")).startswith("HEAD: is no file,")


def test_shallow_clone(repository: Path, tmp_path: Path) -> None:
    """A shallow clone has what it has: its own commit, and not the tag that it lacks."""
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", repository.as_uri(), str(shallow))
    with open_state("HEAD", shallow) as state:
        assert state.version == "0.2.0.dev0"
    assert refuse("v0.1.0", shallow).startswith("v0.1.0: is no file, no folder and no revision")
    assert refuse("HEAD~1", shallow) == (
        "HEAD~1: is no file, no folder and no revision of this repository: check the name, "
        "or fetch what this clone leaves out (git fetch --unshallow --tags)"
    )


def test_clone_without_files(repository: Path, tmp_path: Path) -> None:
    """A commit whose files are not here is refused with how to get them."""
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    options = ("--quiet", "--filter=blob:none", "--no-checkout", repository.as_uri())
    git(tmp_path, "clone", *options, str(partial))
    git(partial, "remote", "remove", "origin")
    assert refuse("HEAD", partial) == (
        "HEAD: its files cannot be read from this repository: fetch it whole"
    )


def test_revision_without_project(repository: Path) -> None:
    """A revision that holds none of the project is refused, by its name."""
    git(repository, "checkout", "--quiet", "--orphan", "other")
    git(repository, "rm", "-r", "--quiet", "-f", ".")
    (repository / "other.txt").write_text("other")
    commit(repository)
    assert refuse("HEAD", repository) == (
        "HEAD: has no spec/openapi.yaml: name a project's folder, or the document itself"
    )
    write_project(repository, version="1.0")
    (repository / "spec/openapi.yaml").unlink()
    commit(repository)
    assert refuse("HEAD", repository).startswith("HEAD: has no spec/openapi.yaml:")


def test_folder_without_project(tmp_path: Path) -> None:
    """A folder that is no project is refused, by its name."""
    assert refuse(str(tmp_path), tmp_path) == (
        f"{tmp_path}: has no spec/openapi.yaml: name a project's folder, or the document itself"
    )


DOCUMENTS: dict[str, tuple[Any, str]] = {
    "Swagger 2.0": (
        {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {}},
        "is Swagger 2.0: convert it to OpenAPI 3 first (npx swagger2openapi FILE)",
    ),
    "no document": ([1], "holds a list: an OpenAPI document is a mapping with the key 'openapi'"),
    "invalid": (
        {"openapi": "3.0.3", "info": {"title": "T"}, "paths": {}},
        'is not valid OpenAPI 3.0: "version" is a required property',
    ),
    "newer": (
        {"openapi": "3.2.0", "info": {"title": "T", "version": "1"}, "paths": {}},
        "is OpenAPI '3.2.0': 3.0 and 3.1 can be read",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_that_cannot_be_compared(repository: Path, name: str) -> None:
    """What is no valid OpenAPI 3 is refused, as a file, in a folder, and in a revision."""
    value, message = DOCUMENTS[name]
    path = write_document(repository.parent / "bad.json", value)
    write_project(repository, value)
    commit(repository)
    for argument, file in (
        (str(path), f"{path}:"),
        (str(repository), f"{repository}/spec/openapi.yaml:"),
        ("HEAD", "HEAD:spec/openapi.yaml:"),
    ):
        said = refuse(argument, repository)
        assert said.startswith(file), said
        assert said.endswith(f": {message}"), said


BROKEN = {
    "spec/openapi.yaml": ("openapi: [", "spec/openapi.yaml:2:1: "),
    "overlays/10.overlay.yaml": ("overlay: [", "overlays/10.overlay.yaml:2:1: "),
    "overlays/20.overlay.yaml": ("overlay: 1.1.0\n", "overlays/20.overlay.yaml:1:1: "),
    "overlays/more.yaml": ("", "overlays/more.yaml: would be passed over"),
    "overlays/codegen/10.overlay.yaml": ("{", "overlays/codegen/10.overlay.yaml:2:1: "),
    "pyproject.toml": ("version = ", "pyproject.toml: is not TOML: "),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_called_by_their_names(repository: Path, name: str) -> None:
    """A file that cannot be read is called as the person called its folder or revision."""
    text, message = BROKEN[name]
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(text)
    commit(repository)
    assert refuse("HEAD", repository).startswith(f"HEAD:{message}")
    assert refuse(str(repository), repository).startswith(f"{repository}/{message}")
    with in_folder(repository):
        assert refuse(".", repository).startswith(message)
    with in_folder(repository.parent):
        assert refuse("repository/", repository).startswith(f"repository/{message}")


def test_broken_client_is_called_by_its_name(repository: Path) -> None:
    """A client that is no Python is refused where its surface is read, by the revision's name."""
    shutil.copytree(
        write_project(repository.parent / "made", with_client=True) / "generated",
        repository / "generated",
    )
    (repository / "generated" / PACKAGE / "__init__.py").write_text("def (:\n")
    commit(repository)
    with pytest.raises(BadInput) as caught, open_state("HEAD", repository) as state:
        state.read_python_surface()
    assert str(caught.value).startswith(f"HEAD:generated/{PACKAGE}/__init__.py:1:")


def test_overlay_that_cannot_be_applied(tmp_path: Path) -> None:
    """Such an action is refused with its place; it is left out where that was asked for."""
    root = write_project(tmp_path / "project", overlays=(MISSING, A_BOUND))
    with pytest.raises(BadInput) as caught:
        open_project(root, "mine")
    assert str(caught.value).startswith("mine/overlays/10.overlay.yaml:7:3: ")
    state = open_project(root, "mine", strict=False)
    assert state.document.value["info"] == shop()["info"]
    assert (
        state.document.value["components"]["schemas"]["Item"]["properties"]["name"]["maxLength"]
        == 9
    )


def test_overlay_makes_a_document_invalid(tmp_path: Path) -> None:
    """What overlays spoil is refused with the place of the action, or of the spec's line."""
    spoils = overlay({"target": "$.info", "update": {"version": 1}})
    root = write_project(tmp_path / "project", overlays=(spoils,))
    for strict in (True, False):
        with pytest.raises(BadInput) as caught:
            open_project(root, "mine", strict=strict)
        assert str(caught.value).startswith("mine/overlays/10.overlay.yaml:8:5: is not valid")


# Where things stand


def test_places_are_called_as_the_state(repository: Path) -> None:
    """A place is that of the spec's line or the action, in the file as the person names it."""
    title, bound = ("info", "title"), (*NAME, "maxLength")

    def tell(argument: str) -> tuple[str, str]:
        with open_state(argument, repository) as state:
            return str(state.document.place(title)), str(state.document.place(bound))

    line, action = "spec/openapi.yaml:3:3", "overlays/10.overlay.yaml:8:5"
    assert tell("HEAD") == (f"HEAD:{line}", f"HEAD:{action}")
    assert tell(str(repository)) == (f"{repository}/{line}", f"{repository}/{action}")
    with in_folder(repository):
        assert tell(".") == (line, action)
        assert tell("./") == (line, action)
    with in_folder(repository.parent):
        assert tell("repository") == (f"repository/{line}", f"repository/{action}")
        assert tell("repository/") == (f"repository/{line}", f"repository/{action}")
    with in_folder(repository / "overlays"):
        assert tell("..") == (f"../{line}", f"../{action}")


def test_codegen_overlays_are_no_corrections(tmp_path: Path) -> None:
    """What only the generator needs is read and changes no document."""
    root = write_project(tmp_path / "project")
    other = write_project(tmp_path / "other", overlays=(A_BOUND,))
    (root / "overlays").mkdir()
    shutil.copytree(other / "overlays", root / "overlays/codegen")
    state = open_project(root, "mine")
    assert (state.corrections, len(state.codegen)) == ((), 1)
    assert state.document.value == shop()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('[project]\nversion = "1.2.3"\n', "1.2.3"),
        ("[project]\nversion = 1\n", None),
        ('[project]\ndynamic = ["version"]\n', None),
        ("[tool.other]\n", None),
    ],
)
def test_version_of_a_project(tmp_path: Path, text: str, version: str | None) -> None:
    """The version is what pyproject.toml declares; none where it declares none."""
    root = write_project(tmp_path / "project")
    assert open_project(root, "mine").version is None
    (root / "pyproject.toml").write_text(text)
    assert open_project(root, "mine").version == version


def test_faults_of_recorded_exchanges_are_called_by_their_names(repository: Path) -> None:
    """What a revision's fixtures say wrongly has the revision's name, each time."""
    name = "fixtures/modules/create_module"
    shutil.copytree(Path(__file__).parents[1] / name, repository / "tests" / name)
    commit(repository)
    said: list[tuple[str, ...]] = []
    for _ in range(2):
        with open_state("v0.1.0", repository) as old, open_state("HEAD", repository) as new:
            coverage = review(old, new, lambda stage: None).coverage
            assert coverage is not None
            said.append(coverage.faults)
    assert said[0] == said[1]
    assert said[0]
    assert {one.partition("/")[0] for one in said[0]} == {"HEAD:tests"}


def test_stages_are_told_as_they_begin(repository: Path) -> None:
    """A bare document has no client, so that none is said to be compared."""

    def list_stages(old: str, new: str) -> list[str]:
        stages: list[str] = []
        with open_state(old, repository) as one, open_state(new, repository) as other:
            review(one, other, stages.append)
        return stages

    bare = str(repository / "spec/openapi.yaml")
    assert list_stages(bare, "HEAD") == ["compare the documents"]
    assert list_stages("HEAD", bare) == ["compare the documents"]
    assert list_stages("v0.1.0", "HEAD") == ["compare the documents", "compare the Python surfaces"]
