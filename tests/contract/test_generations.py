"""The clients and the fixtures of two releases are held to each other."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import harness_nextgen
import pytest

from pipeline.contract.generations import compare_generations, find_release
from pipeline.faults import BadInput
from pipeline.yaml_writer import render_yaml
from tests.contract.exchanges import GET, LIST, ROOT, change

FIXTURE = "tests/fixtures/modules/get_module/one.yaml"
NEXT = "tests/fixtures/modules/list_modules/one.yaml"


def git(root: Path, *arguments: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *who, *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def release(tmp_path: Path) -> Callable[[], Path]:
    """A project in ``tmp_path`` with one fixture; calling it makes a release of its state."""
    for name in ("generated/harness_nextgen", "src/harness_nextgen_runtime", "pipeline"):
        ignored = shutil.ignore_patterns("__pycache__", "templates")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    write(tmp_path / FIXTURE, GET)
    git(tmp_path, "init", "--quiet")

    def tag() -> Path:
        git(tmp_path, "add", "--force", ".")
        git(tmp_path, "commit", "--quiet", "--message", "Release")
        git(tmp_path, "tag", "v0.1.0")
        return tmp_path

    return tag


def write(path: Path, value: object) -> None:
    """Write a fixture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_yaml(value), encoding="utf-8")


def test_newest_tag_is_the_release(release: Callable[[], Path], tmp_path: Path) -> None:
    """A repository without a release has none, and a folder that is none has none either."""
    assert find_release(tmp_path) is None
    root = release()
    git(root, "tag", "something-else")
    assert find_release(root) == "v0.1.0"
    with pytest.raises(BadInput, match="cannot be read from this repository"):
        compare_generations(root, "v9.9.9", harness_nextgen)


def test_what_is_unchanged_holds_both_ways(release: Callable[[], Path]) -> None:
    """Each client is called, blocking and not; what the released one lacks is counted."""
    root = release()
    newer = change(GET, {"call/arguments/view": "full", "request/query": "view=full"})
    write(root / FIXTURE.replace("one", "newer"), newer)
    extended = change(GET, {"response/body/colour": "red", "newer": ["response/body/colour"]})
    write(root / FIXTURE.replace("one", "extended"), extended)
    found = compare_generations(root, "v0.1.0", harness_nextgen)
    assert found.faults == ()
    assert (found.calls, found.newer, found.released) == (4, 2, 1)


def test_released_client_that_breaks_is_told(release: Callable[[], Path]) -> None:
    """What the server of today answers must not break the programs of yesterday."""
    root = release()
    write(root / FIXTURE, change(GET, {"response/body/updated": "yesterday"}))
    faults = compare_generations(root, "v0.1.0", harness_nextgen).faults
    [text] = {str(fault) for fault in faults}
    assert "the client raises DecodingError" in text
    assert FIXTURE in text


def test_released_client_has_its_own_runtime(release: Callable[[], Path]) -> None:
    """Today's runtime is not what the programs of yesterday have."""
    root = release()
    runtime = root / "src/harness_nextgen_runtime/__init__.py"
    runtime.write_text("raise ImportError('the runtime of today')\n")
    assert compare_generations(root, "v0.1.0", harness_nextgen).faults == ()


def test_present_client_that_breaks_is_told(release: Callable[[], Path], tmp_path: Path) -> None:
    """What the last release recorded must hold for the client of today."""
    write(tmp_path / FIXTURE, change(GET, {"request/path": "/iacm/api/module/1a2b"}))
    root = release()
    write(root / FIXTURE, GET)
    write(root / NEXT, LIST)
    faults = [str(one) for one in compare_generations(root, "v0.1.0", harness_nextgen).faults]
    name = "a fixture of the last release: modules/get_module/one"
    assert faults == [
        f"{name}: (a) request/path: is the path of no operation",
        f"{name}: (d) request/path: the client sends /iacm/api/modules/1a2b",
    ]
