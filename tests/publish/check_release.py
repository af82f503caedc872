"""A release from start to end, stopped and started again, on a real index: ``nox -s consume``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.publish.index import Index
from pipeline.publish.loopback import start_index
from pipeline.update.fragments import write_fragment
from tests.diff.project import GIT, commit, git

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def release(project: Path, index: Index, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a project, with the password of the index in the environment."""
    command = (
        sys.executable, "-m", "pipeline", "release", "--index", index.upload_url,
        "--simple-url", index.simple_url, "--python", PYTHON, *options,
    )  # fmt: skip
    settings = {"UV_PUBLISH_USERNAME": index.username, "UV_PUBLISH_PASSWORD": index.password}
    done = subprocess.run(
        command, cwd=project, env={**GIT, **settings}, capture_output=True, text=True, check=False
    )
    assert index.password not in done.stdout + done.stderr
    return done


@pytest.fixture
def project(real: Path, tmp_path: Path) -> Path:
    """Clone this project, in which something is new for users."""
    folder = tmp_path / "project"
    git(tmp_path, "clone", "--quiet", str(real), str(folder))
    write_fragment(folder / "docs/changes", "`modules.list` is quicker.", "changed")
    commit(folder)
    return folder


def test_release_goes_through_and_goes_on(project: Path, tmp_path: Path) -> None:
    """It says what it would do, stops where the index refuses, goes on there, and can be over."""
    before = git(project, "rev-parse", "HEAD")
    with start_index(tmp_path / "index", protect="update,list,download") as index:
        planned = release(project, index, "0.9.0", "--dry-run")
        assert (planned.returncode, planned.stderr) == (0, "")
        assert planned.stdout.splitlines()[:3] == [
            "release 0.9.0",
            "  commit   declare it, write CHANGELOG.md and spec/released/",
            "  tag      v0.9.0",
        ]
        assert git(project, "rev-parse", "HEAD") == before

        # Another file of that version is there: found only when all before it is done.
        taken = tmp_path / "index/packages/harness_nextgen-0.9.0.tar.gz"
        taken.write_bytes(b"another one")
        stopped = release(project, index, "0.9.0")
        assert stopped.returncode == 1
        assert "the release stops at: publish; started again, it goes on there" in stopped.stderr
        assert git(project, "log", "-1", "--format=%s") == "Release 0.9.0"
        assert git(project, "rev-parse", "v0.9.0^{commit}") == git(project, "rev-parse", "HEAD")
        assert [path.name for path in (tmp_path / "index/packages").iterdir()] == [taken.name]

        taken.unlink()
        done = release(project, index)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("built dist/: "), "it commits and tags once"
        assert done.stdout.splitlines()[-1] == (
            "0.9.0 is released; nothing is pushed: git push --follow-tags"
        )
        assert sorted(path.name for path in (tmp_path / "index/packages").iterdir()) == [
            "harness_nextgen-0.9.0-py3-none-any.whl",
            "harness_nextgen-0.9.0.tar.gz",
        ]
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "HEAD~1") == before


def test_what_must_be_mended_first(project: Path, tmp_path: Path) -> None:
    """A tree that is not clean, and an index that is not there, stop it before anything is done."""
    before = git(project, "rev-parse", "HEAD")
    with start_index(tmp_path / "index") as index:
        (project / "note.txt").write_text("mine", encoding="utf-8")
        done = release(project, index, "0.9.0")
        assert done.returncode == 1
        assert done.stderr.endswith(
            "not committed, and so in no distribution: note.txt: commit or stash\n"
        )
        (project / "note.txt").unlink()
    done = release(project, index, "0.9.0")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert (git(project, "rev-parse", "HEAD"), git(project, "tag")) == (before, "")
    assert os.listdir(project).count("dist") == 0
