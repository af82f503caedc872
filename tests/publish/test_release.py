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
from tests.diff.project import GIT, commit, git

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository of this project, in which 1.2.3 is declared, kept and tagged."""
    folder = tmp_path_factory.mktemp("released")
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    for name in list_fragments(folder):
        (folder / FRAGMENTS / name).unlink()
    declare_version(folder / "pyproject.toml", "1.2.3")
    text = (folder / CHANGELOG).read_text(encoding="utf-8")
    start = text.index("-->\n") + len("-->\n")
    new = f"{text[:start]}\n## 1.2.3 (2026-01-31)\n\n### New\n\n- All of it.\n{text[start:]}"
    (folder / CHANGELOG).write_text(new, encoding="utf-8")
    write_release(folder / BASELINE, "1.2.3", open_project(folder, "1.2.3"))
    (folder / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    commit(folder, "v1.2.3")
    return folder


@pytest.fixture
def project(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clone the repository; what is written in it is of the person that git is told of."""
    for name, value in GIT.items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    folder = tmp_path / "project"
    git(tmp_path, "clone", "--quiet", str(released), str(folder))
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
    """Take a parameter out of the spec and its client, so that a caller breaks."""
    spec = project / "spec/openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    assert "        - name: searchTerm\n" in text
    spec.write_text(
        text.replace("        - name: searchTerm\n", "        - name: soughtTerm\n", 1), "utf-8"
    )


def test_release_is_one_commit_and_one_tag(project: Path) -> None:
    """Version, changelog and baseline are one commit; the checkout is on it, clean, and tagged."""
    entry = add_entry(project)
    before = git(project, "rev-parse", "HEAD")
    plan = plan_release(project, None)
    assert plan == Plan("1.2.4", is_committed=False, is_tagged=False)
    done = list(prepare_release(project, plan, lambda stage: None))
    head = git(project, "rev-parse", "HEAD")
    assert done == [
        f"committed {head[:9]}: pyproject.toml, CHANGELOG.md, spec/released",
        "tagged v1.2.4",
    ]
    assert git(project, "rev-parse", "HEAD~1", "v1.2.4^{commit}").split() == [before, head]
    assert git(project, "branch", "--show-current") == "main"
    assert git(project, "log", "-1", "--format=%s%n%b") == "Release 1.2.4"
    assert set(git(project, "show", "--name-only", "--format=").split()) == {
        CHANGELOG,
        entry,
        "pyproject.toml",
        "spec/released/release.yaml",
    }
    assert list_uncommitted(project) == []
    assert git(project, "worktree", "list").count("\n") == 0
    kept = read_release(project / BASELINE)
    assert kept is not None
    assert (kept.version, open_project(project, ".").version) == ("1.2.4", "1.2.4")
    changelog = (project / CHANGELOG).read_text(encoding="utf-8")
    assert changelog.index("## 1.2.4 (") < changelog.index("`modules.list` is quicker.")
    assert changelog.index("`modules.list` is quicker.") < changelog.index("## 1.2.3 (")


def test_release_goes_on(project: Path) -> None:
    """What is done is not done again: a release that stopped goes on behind it."""
    add_entry(project)
    release(project)
    head = git(project, "rev-parse", "HEAD")
    assert plan_release(project, None) == Plan("1.2.4", is_committed=True, is_tagged=True)
    assert release(project) == []
    git(project, "tag", "--delete", "v1.2.4")
    assert plan_release(project, "1.2.4") == Plan("1.2.4", is_committed=True, is_tagged=False)
    assert release(project) == ["tagged v1.2.4"]
    assert git(project, "rev-parse", "HEAD") == head


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


def test_what_git_refuses_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that git refuses is one line, and the checkout is as it was."""
    add_entry(project)
    before = git(project, "rev-parse", "HEAD")
    hook = project / ".git/hooks/commit-msg"
    hook.write_text("#!/bin/sh\necho 'no releases on Mondays' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with pytest.raises(BadInput) as caught:
        release(project)
    assert str(caught.value) == "git commit: refuses: no releases on Mondays"
    assert git(project, "rev-parse", "HEAD") == before
    assert list_uncommitted(project) == []
    assert git(project, "worktree", "list").count("\n") == 0
    assert git(project, "tag", "--list") == "v1.2.3"
