"""A build has the declared version at its tag, and one between the last and the next elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packaging.version import Version

from pipeline.diff.release import write_release
from pipeline.diff.states import open_project
from pipeline.faults import BadInput
from pipeline.publish.version import choose_version
from tests.diff.project import shop
from tests.diff.project import write_project as write_shop
from tests.publish.project import commit, git

pytestmark = pytest.mark.once

STAMP = "20260203040506"


def start(folder: Path, declared: str) -> Path:
    """Start a repository of a small project."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    return declare(write_shop(folder, version=declared, with_client=True), declared)


def declare(folder: Path, version: str, *tags: str) -> Path:
    """Commit another version, with tags."""
    text = f'[project]\nname = "shop"\nversion = "{version}"\n'
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    commit(folder, *tags)
    return folder


def release(folder: Path, version: str, *, tag: bool = True) -> Path:
    """Release what a project is: keep it, commit it, and tag that."""
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "shop"\nversion = "{version}"\n', encoding="utf-8"
    )
    write_release(folder / "spec/released", version, open_project(folder, "."))
    commit(folder, *([f"v{version}"] if tag else []))
    return folder


def change(folder: Path, *, breaking: bool) -> None:
    """Change the API and the client."""
    spec = shop()
    path, item = next(iter(spec["paths"].items()))
    if breaking:
        del spec["paths"][path]
    else:
        method = next(iter(item))
        spec["paths"]["/more"] = {method: {**item[method], "operationId": "more"}}
        spec["paths"]["/more"].get(method, {}).pop("parameters", None)
    shutil.rmtree(folder / "generated")
    declared = open_project(folder, ".").version
    write_shop(folder, spec, version=declared, with_client=True)
    commit(folder)


def test_at_the_tag(tmp_path: Path) -> None:
    """At the tag of the declared version, that is it, whatever other tags there are."""
    shop_ = release(start(tmp_path / "shop", "0.1.0"), "0.1.0")
    git(shop_, "tag", "v0.0.9")
    git(shop_, "tag", "latest")
    assert choose_version(shop_) == "0.1.0"
    (shop_ / "stray").write_text("not committed\n", encoding="utf-8")
    (shop_ / "pyproject.toml").write_text("not committed\n", encoding="utf-8")
    assert choose_version(shop_) == "0.1.0"


def test_before_the_first_release(tmp_path: Path) -> None:
    """Before the first release, what is declared is what comes next."""
    assert choose_version(start(tmp_path / "shop", "0.1.0")) == f"0.1.0.dev{STAMP}"


def test_before_the_tag(tmp_path: Path) -> None:
    """What is kept as released and has no tag yet is still to come."""
    shop_ = release(start(tmp_path / "shop", "0.1.0"), "0.1.0", tag=False)
    assert choose_version(shop_) == f"0.1.0.dev{STAMP}"


def test_after_the_tag(tmp_path: Path) -> None:
    """After a release, the next patch is next, or what the changes demand."""
    shop_ = release(start(tmp_path / "shop", "0.1.0"), "0.1.0")
    commit(shop_)
    assert choose_version(shop_) == f"0.1.1.dev{STAMP}"
    change(shop_, breaking=False)
    assert choose_version(shop_) == f"0.1.1.dev{STAMP}"
    change(shop_, breaking=True)
    assert choose_version(shop_) == f"0.2.0.dev{STAMP}"
    declare(shop_, "0.3.0")
    assert choose_version(shop_) == f"0.3.0.dev{STAMP}"


def test_shallow_clone(tmp_path: Path) -> None:
    """A clone without history and tags takes what is kept as released for that."""
    shop_ = release(start(tmp_path / "shop", "0.1.0"), "0.1.0")
    commit(shop_)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{shop_}", str(shallow))
    assert choose_version(shallow) == f"0.1.1.dev{STAMP}"
    declare(shop_, "0.2.0")
    git(shallow, "fetch", "--quiet", "--depth", "1")
    git(shallow, "reset", "--quiet", "--hard", "FETCH_HEAD")
    assert choose_version(shallow) == f"0.2.0.dev{STAMP}"


@pytest.mark.parametrize(
    ("released", "declared", "chosen"),
    [
        ("1.0.0rc1", "1.0.0rc1", "1.0.0rc2"),
        ("1.0.0rc1", "1.0.0", "1.0.0rc2"),
        ("1.0.0rc1", "1.0.0rc3", "1.0.0rc3"),
        ("1.0.0.dev1", "1.0.0.dev1", "1.0.0"),
        ("1.0.0", "1.0.0.post1", "1.0.0.post1"),
        ("1.0.0.post1", "1.0.0.post1", "1.0.1"),
        ("1.0", "1.0", "1.0.1"),
        ("1!1.0.0", "1!1.0.0", "1!1.0.1"),
        ("2.0.0", "1.0.0", "2.0.1"),
        ("1.0.0", "1.1.0.dev0", "1.1.0"),
        ("1.0.0", "1.1.0+local", "1.1.0"),
    ],
)
def test_unusual_versions(released: str, declared: str, chosen: str, tmp_path: Path) -> None:
    """Of each kind of version, the one that is chosen sorts between the last and the next."""
    shop_ = release(start(tmp_path / "shop", released), released)
    declare(shop_, declared)
    assert choose_version(shop_) == f"{chosen}.dev{STAMP}"
    assert Version(released) < Version(f"{chosen}.dev{STAMP}") < Version(chosen)


def test_tag_of_what_is_not_kept(tmp_path: Path) -> None:
    """A tagged version is released, also where what is kept is older."""
    shop_ = release(start(tmp_path / "shop", "0.1.0"), "0.1.0")
    declare(shop_, "0.4.0", "v0.4.0")
    commit(shop_)
    assert choose_version(shop_) == f"0.4.1.dev{STAMP}"


def test_no_commit(tmp_path: Path) -> None:
    """Where nothing is committed, or no version is declared, one line says so."""
    with pytest.raises(BadInput, match="is no git repository with a commit"):
        choose_version(tmp_path)
    shop_ = start(tmp_path / "shop", "0.1.0")
    (shop_ / "pyproject.toml").write_text('[project]\nname = "shop"\n', encoding="utf-8")
    commit(shop_)
    with pytest.raises(BadInput, match=r"pyproject\.toml: declares no version"):
        choose_version(shop_)
