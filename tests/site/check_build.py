"""The site is made whole or not at all; takes Sphinx, so ``nox -s docs`` names this file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.faults import BadInput, DoesNotHold
from pipeline.site import build
from tests.update.worked_example import lay_out_project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout."""
    folder = tmp_path_factory.mktemp("project") / "checkout"
    lay_out_project(folder)
    return folder


def test_failure_leaves_the_site(project: Path, tmp_path: Path) -> None:
    """A page that Sphinx warns of is told with its place, and the site that was there stays."""
    site = tmp_path / "site"
    site.mkdir()
    (site / build.MARK).write_text("before", encoding="utf-8")
    page = project / "docs/client.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[a](nowhere.md)\n", encoding="utf-8")
    line = page.read_text(encoding="utf-8").count("\n")
    with pytest.raises(DoesNotHold) as caught:
        build.build_site(project, site)
    assert str(caught.value).startswith(f"docs/client.md:{line}: ")
    assert "nowhere.md" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert (site / build.MARK).read_text(encoding="utf-8") == "before"


def test_what_is_left_out_is_told(project: Path, tmp_path: Path) -> None:
    """A public name that the reference does not describe fails, also where nothing refers to it."""
    shutil.copy(ROOT / "docs/client.md", project / "docs/client.md")
    page = project / "docs/reference/sandbox.md"
    entry = ".. autofunction:: harness_nextgen_sandbox.open_app\n"
    text = page.read_text(encoding="utf-8")
    assert entry in text
    page.write_text(text.replace(entry, ""), encoding="utf-8")
    with pytest.raises(DoesNotHold) as caught:
        build.build_site(project, tmp_path / "site")
    missing = "harness_nextgen_sandbox.open_app is public and not described"
    assert str(caught.value) == f"docs/reference: {missing}"
    assert not (tmp_path / "site").exists()


def test_other_folders_are_refused(tmp_path: Path) -> None:
    """A folder that holds something else is never replaced."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="holds something else: name another folder"):
        build.build_site(ROOT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
