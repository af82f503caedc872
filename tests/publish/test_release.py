"""A release: the version that is next, its commit and its tag, in a repository of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.diff.release import read_release, write_release
from pipeline.diff.states import BASELINE, open_project
from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish.distributions import declare_version
from pipeline.publish.gates import list_uncommitted
from pipeline.publish.release import Plan, plan_release, prepare_release
from pipeline.publish.repository import CHANGELOG, FRAGMENTS, list_fragments
from pipeline.update.fragments import write_fragment
from tests.diff.project import GIT, commit, git, shop, write_project

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
START = "<!-- Releases stand below. What is not released yet is in docs/changes/. -->\n"
PARTS = (
    "CHANGELOG.md",
    "docs/changes",
    "generated",
    "overlays",
    "pipeline",
    "pyproject.toml",
    "spec",
    "src",
)


def keep(folder: Path) -> Path:
    """Release what is in a folder as 1.2.3: declared, kept, in the changelog, tagged."""
    declare_version(folder / "pyproject.toml", "1.2.3")
    (folder / CHANGELOG).write_text(f"{START}\n## 1.2.3 (2026-01-31)\n\n- All.\n", "utf-8")
    write_release(folder / BASELINE, "1.2.3", open_project(folder, "1.2.3"))
    (folder / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    commit(folder, "v1.2.3")
    return folder


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository of a small project, in which 1.2.3 is released."""
    folder = write_project(tmp_path_factory.mktemp("shop"), version="1.2.3", with_client=True)
    return keep(folder)


@pytest.fixture
def project(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clone it; what is written in it is of the person that git is told of."""
    return clone(released, tmp_path / "project", monkeypatch)


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository of this project, in which 1.2.3 is released, and clone it."""
    folder = tmp_path / "whole"
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    for name in list_fragments(folder):
        (folder / FRAGMENTS / name).unlink()
    return clone(keep(folder), tmp_path / "project", monkeypatch)


def clone(repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clone a repository, and tell git who works in it."""
    for name, value in GIT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    git(repository, "clone", "--quiet", str(repository), str(folder))
    return folder


def add_entry(project: Path) -> str:
    """Say that something is new, commit it, and return the name of the file."""
    path = write_fragment(project / FRAGMENTS, "`modules.list` is quicker.", "changed")
    commit(project)
    return path.relative_to(project).as_posix()


def release(project: Path, asked: str | None = None) -> list[str]:
    """Do what a release does in the repository."""
    return list(prepare_release(project, plan_release(project, asked), lambda stage: None))


def break_callers(project: Path) -> None:
    """Take an operation out of the spec."""
    value = shop()
    del value["paths"]["/orders/{order_id}"]
    write_project(project, value)


def test_release_is_one_commit_and_one_tag(whole: Path) -> None:
    """Version, changelog and baseline are one commit; the checkout is on it, clean, and tagged."""
    entry = add_entry(whole)
    before = git(whole, "rev-parse", "HEAD")
    plan = plan_release(whole, None)
    assert plan == Plan("1.2.4", is_committed=False, is_tagged=False)
    done = list(prepare_release(whole, plan, lambda stage: None))
    head = git(whole, "rev-parse", "HEAD")
    assert done == [
        f"committed {head[:9]}: pyproject.toml, CHANGELOG.md, spec/released",
        "tagged v1.2.4",
    ]
    assert git(whole, "rev-parse", "HEAD~1", "v1.2.4^{commit}").split() == [before, head]
    assert git(whole, "branch", "--show-current") == "main"
    assert git(whole, "log", "-1", "--format=%s%n%b") == "Release 1.2.4"
    assert set(git(whole, "show", "--name-only", "--format=").split()) == {
        CHANGELOG,
        entry,
        "pyproject.toml",
        "spec/released/release.yaml",
    }
    assert list_uncommitted(whole) == []
    assert git(whole, "worktree", "list").count("\n") == 0
    kept = read_release(whole / BASELINE)
    assert kept is not None
    assert (kept.version, open_project(whole, ".").version) == ("1.2.4", "1.2.4")
    changelog = (whole / CHANGELOG).read_text(encoding="utf-8")
    assert changelog.index("## 1.2.4 (") < changelog.index("`modules.list` is quicker.")
    assert changelog.index("`modules.list` is quicker.") < changelog.index("## 1.2.3 (")
    # What is done is not done again: a release that stopped goes on behind it.
    assert plan_release(whole, None) == Plan("1.2.4", is_committed=True, is_tagged=True)
    assert release(whole) == []
    git(whole, "tag", "--delete", "v1.2.4")
    assert plan_release(whole, "1.2.4") == Plan("1.2.4", is_committed=True, is_tagged=False)
    assert release(whole) == ["tagged v1.2.4"]
    assert git(whole, "rev-parse", "HEAD") == head


CHOSEN = {
    "a patch": ("1.2.3", False, None, "1.2.4"),
    "what is declared": ("1.3.0", False, None, "1.3.0"),
    "declared in development": ("1.3.0.dev0", False, None, "1.3.0"),
    "what is asked for": ("1.2.3", False, "1.4.0", "1.4.0"),
    "before what is declared": ("1.4.0", False, "1.3.0", "1.3.0"),
    "what breaks": ("1.2.3", True, None, "2.0.0"),
    "declared too low": ("1.3.0", True, None, "2.0.0"),
    "high enough": ("2.1.0", True, None, "2.1.0"),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_version_that_is_next(project: Path, name: str) -> None:
    """The next version is asked for, declared, or the lowest that the changes allow."""
    declared, breaks, asked, chosen = CHOSEN[name]
    declare_version(project / "pyproject.toml", declared)
    if breaks:
        break_callers(project)
    add_entry(project)
    assert plan_release(project, asked).version == chosen


def test_version_may_not_be_too_low(project: Path) -> None:
    """A version that is asked for and lower than what the changes take is refused."""
    break_callers(project)
    add_entry(project)
    with pytest.raises(DoesNotHold) as caught:
        plan_release(project, "1.9.0")
    assert str(caught.value) == (
        "version: 1.9.0 is too low: what changed since 1.2.3 takes 2.0.0 or later"
    )
    with pytest.raises(BadInput, match=r"^version: 'next' is no version: "):
        plan_release(project, "next")


def test_nothing_new_is_no_release(project: Path) -> None:
    """Behind a release there is none before something is new for users."""
    git(project, "commit", "--allow-empty", "--quiet", "--message=Later")
    with pytest.raises(DoesNotHold) as caught:
        plan_release(project, "1.2.4")
    assert str(caught.value) == (
        "docs/changes: has no entry: say what is new in 1.2.4, as docs/changes/README.md shows"
    )


def test_news_after_the_changelog_take_a_later_version(project: Path) -> None:
    """What the changelog says of a version is not said of it a second time."""
    git(project, "tag", "--delete", "v1.2.3")
    entry = add_entry(project)
    with pytest.raises(DoesNotHold) as caught:
        plan_release(project, "1.2.3")
    assert str(caught.value) == (
        f"CHANGELOG.md: has 1.2.3 already, and {entry} is newer: declare a later version"
    )


def test_tag_elsewhere_stops_the_release(project: Path) -> None:
    """A tag of the version at another commit is told, with what may be done."""
    tagged = git(project, "rev-parse", "HEAD")
    git(project, "commit", "--allow-empty", "--quiet", "--message=Later")
    head = git(project, "rev-parse", "HEAD")
    with pytest.raises(DoesNotHold) as caught:
        plan_release(project, "1.2.3")
    assert str(caught.value) == (
        f"v1.2.3: is at {tagged[:9]}, and the last commit is {head[:9]}: check out v1.2.3 to go on "
        "with it, name a later version, or, while nothing of it is published, take the tag away: "
        "git tag -d v1.2.3"
    )


def test_what_git_refuses_is_told(whole: Path) -> None:
    """A commit that git refuses is one line, and the checkout is as it was."""
    add_entry(whole)
    before = git(whole, "rev-parse", "HEAD")
    hook = whole / ".git/hooks/commit-msg"
    hook.write_text("#!/bin/sh\necho 'no releases on Mondays' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with pytest.raises(BadInput) as caught:
        release(whole)
    assert str(caught.value) == "git commit: refuses: no releases on Mondays"
    assert git(whole, "rev-parse", "HEAD") == before
    assert list_uncommitted(whole) == []
    assert git(whole, "worktree", "list").count("\n") == 0
    assert git(whole, "tag", "--list") == "v1.2.3"
