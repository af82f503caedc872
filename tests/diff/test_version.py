"""What changed demands a version, and the declared one is held to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.diff.change import Change, PythonChange, Severity, Version
from pipeline.diff.release import write_release
from pipeline.diff.review import check_declared_version
from pipeline.diff.states import State, open_project
from pipeline.diff.version import check_version_declared, judge_version, parse_version
from pipeline.document import Document
from pipeline.faults import BadInput, DoesNotHold, Place
from tests.diff.project import commit, shop, write_project

ROOT = Path(__file__).parents[2]

BREAKING = Change("operation-removed", "an operation was removed", Severity.BREAKING)
DANGEROUS = Change("enum-value-added", "a value was added", Severity.DANGEROUS)
COMPATIBLE = Change("operation-added", "an operation was added", Severity.COMPATIBLE)
WORDING = Change("wording", "the summary changed", Severity.COMPATIBLE)
QUIET = [
    Change(rule, "something nobody meets", Severity.COMPATIBLE)
    for rule in ("wording", "version-changed", "tags-changed", "link-changed")
]
# Words that reach Python: a docstring stays a docstring, but a name that came is there.
NOTICED = Change(
    "wording",
    "the summary changed",
    Severity.COMPATIBLE,
    python=(PythonChange("models.Item", Severity.COMPATIBLE, "was added"),),
)

# The last release, the changes since, the version that they demand, and what it is called.
BUMPS: dict[str, tuple[str, list[Change], str, str]] = {
    "0.x, nothing": ("0.3.1", [], "0.3.1", "none"),
    "0.x, wording": ("0.3.1", QUIET, "0.3.2", "patch"),
    "0.x, compatible": ("0.3.1", [COMPATIBLE], "0.3.2", "patch"),
    "0.x, dangerous": ("0.3.1", [DANGEROUS, COMPATIBLE], "0.3.2", "patch"),
    "0.x, breaking": ("0.3.1", [BREAKING, DANGEROUS], "0.4.0", "minor"),
    "0.x, breaking again": ("0.0.1", [BREAKING], "0.1.0", "minor"),
    "1.x, nothing": ("1.2.3", [], "1.2.3", "none"),
    "1.x, wording": ("1.2.3", QUIET, "1.2.4", "patch"),
    "1.x, wording that Python notices": ("1.2.3", [NOTICED], "1.3.0", "minor"),
    "1.x, compatible": ("1.2.3", [WORDING, COMPATIBLE], "1.3.0", "minor"),
    "1.x, dangerous": ("1.2.3", [DANGEROUS], "1.3.0", "minor"),
    "1.x, breaking, in any order": ("1.2.3", [COMPATIBLE, BREAKING], "2.0.0", "major"),
    "9.x, breaking": ("9.9.9", [BREAKING], "10.0.0", "major"),
    "short, nothing": ("1.0", [], "1.0", "none"),
    "short, compatible": ("1.0", [COMPATIBLE], "1.1.0", "minor"),
    "shortest, wording": ("2", [WORDING], "2.0.1", "patch"),
    "long, wording": ("1.2.3.4", [WORDING], "1.2.4", "patch"),
    "calendar": ("2025.12", [BREAKING], "2026.0.0", "major"),
    # A release candidate promises nothing yet: what follows may be the release itself.
    "pre-release, nothing": ("1.0.0rc1", [], "1.0.0", "none"),
    "pre-release, breaking": ("1.0.0rc1", [BREAKING], "1.0.0", "major"),
    "pre-release, compatible": ("0.4.0b2", [COMPATIBLE], "0.4.0", "patch"),
    "development version": ("0.1.0.dev0", [BREAKING], "0.1.0", "minor"),
    "post-release": ("1.2.3.post1", [WORDING], "1.2.4", "patch"),
    "post-release, nothing": ("1.2.3.post1", [], "1.2.3", "none"),
    "another epoch": ("1!1.2.3", [COMPATIBLE], "1!1.3.0", "minor"),
    "local version": ("1.2.3+corp.1", [COMPATIBLE], "1.3.0", "minor"),
}


@pytest.mark.parametrize("name", BUMPS)
def test_version_that_changes_demand(name: str) -> None:
    """From 1.0 on breaking is major, noticed minor, else patch; before, breaking is minor."""
    released, changes, demanded, bump = BUMPS[name]
    version = judge_version(changes, released, "9!0")
    assert (version.released, version.demanded, version.bump) == (released, demanded, bump)
    assert version.holds


# What is declared after 1.2.3 and a compatible change, which takes 1.3.0.
DECLARED = {
    "1.3.0": True,
    "1.3.0.dev0": True,
    "1.3.0a1": True,
    "1.3.0rc1": True,
    "1.3": True,
    "1.3.1": True,
    "1.3.0.post1": True,
    "1.3.0+local": True,
    "2.0.0.dev3": True,
    "1!0.1": True,
    "v1.3.0": True,
    "1.2.4": False,
    "1.2.3": False,
    "1.2.9.dev0": False,
    "1.2.99": False,
    "0.9": False,
}


@pytest.mark.parametrize("declared", DECLARED)
def test_declared_version(declared: str) -> None:
    """What is declared must not be lower; a pre-release of what is demanded is not."""
    version = judge_version([COMPATIBLE], "1.2.3", declared)
    assert (version.declared, version.holds) == (declared, DECLARED[declared])


def test_nothing_changed_since_a_pre_release() -> None:
    """Another candidate of the same release is no lower than that release."""
    assert judge_version([], "1.0.0rc1", "1.0.0rc2").holds
    assert judge_version([BREAKING], "1.0.0rc1", "1.0.0rc2").holds
    assert not judge_version([], "1.0.0rc1", "0.9.9").holds


def test_before_the_first_release() -> None:
    """Before the first release any version will do."""
    assert judge_version([BREAKING], None, "0.1.0.dev0") == Version(
        None, "0.1.0.dev0", "0.1.0.dev0", "none", holds=True
    )


@pytest.mark.parametrize("text", ["", "one", "1.2.x", "1..2", "1.2.3-final-2", "release 1"])
def test_what_is_no_version(text: str) -> None:
    """What packages could not have as a version is refused, wherever it stands."""
    message = f"version: {text!r} is no version: write it as 1.2.3 or 1.2.3.dev0"
    for call in (
        lambda: parse_version(text),
        lambda: judge_version([], None, text),
        lambda: judge_version([], "1.0", text),
        lambda: judge_version([], text, "1.0"),
    ):
        with pytest.raises(BadInput) as caught:
            call()
        assert str(caught.value) == message


def test_version_that_is_too_low_is_told() -> None:
    """One line says what is declared, what changed, and what to declare."""
    place = Place("pyproject.toml")
    check_version_declared(judge_version([BREAKING], "1.2.3", "2.0.0"), place)
    with pytest.raises(DoesNotHold) as caught:
        check_version_declared(judge_version([BREAKING], "1.2.3", "1.3.0"), place)
    assert str(caught.value) == (
        "pyproject.toml: the version 1.3.0 is too low: what changed since 1.2.3 takes a major "
        "version: declare 2.0.0"
    )


def test_version_below_the_release_is_told() -> None:
    """When nothing changed and the version is below the last release, it is not called a bump."""
    with pytest.raises(DoesNotHold) as caught:
        check_version_declared(judge_version([], "1.2.3", "1.2.2"), Place("pyproject.toml"))
    assert str(caught.value) == (
        "pyproject.toml: the version 1.2.2 is too low: the baseline is 1.2.3: declare 1.2.3"
    )


# A project and its release


def release(root: Path, version: str) -> None:
    """Keep a project as it is as a release."""
    write_release(root / "spec/released", version, open_project(root, "."))


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A project that has released 1.2.3 and has one more operation since."""
    root = write_project(tmp_path / "project", version="1.2.3", with_client=True)
    release(root, "1.2.3")
    value = shop()
    value["paths"]["/items"]["head"] = {
        "operationId": "count_items",
        "tags": ["items"],
        "responses": {"200": {"description": "The count."}},
    }
    shutil.rmtree(root / "generated")
    return write_project(root, value, version="1.2.3", with_client=True)


def test_project_without_release(tmp_path: Path) -> None:
    """A project that has released nothing may declare what it likes."""
    assert check_declared_version(write_project(tmp_path / "project", version="0.0.1")) is None


def test_project_that_declares_too_little(released: Path) -> None:
    """A new operation takes a minor version."""
    with pytest.raises(DoesNotHold) as caught:
        check_declared_version(released)
    assert str(caught.value) == (
        "pyproject.toml: the version 1.2.3 is too low: what changed since 1.2.3 takes a minor "
        "version: declare 1.3.0"
    )


@pytest.mark.parametrize("version", ["1.3.0", "1.3.0.dev0", "2.0"])
def test_project_that_declares_enough(released: Path, version: str) -> None:
    """What is demanded, a development version of it, or more will do."""
    (released / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    judged = check_declared_version(released)
    assert judged == Version("1.2.3", version, "1.3.0", "minor", holds=True)


def test_project_whose_client_breaks(released: Path) -> None:
    """What only the Python surface shows counts, too: a renamed method is breaking."""
    path = next(
        one
        for one in (released / "generated").rglob("*.py")
        if "def get_item(" in one.read_text() and "/api/" not in one.as_posix()
    )
    path.write_text(path.read_text().replace("def get_item(", "def fetch_item("))
    (released / "pyproject.toml").write_text('[project]\nversion = "1.3.0"\n')
    with pytest.raises(DoesNotHold, match=r"takes a major version: declare 2\.0\.0"):
        check_declared_version(released)


def test_project_without_version(released: Path) -> None:
    """Where no version is declared, none is judged."""
    (released / "pyproject.toml").write_text('[project]\ndynamic = ["version"]\n')
    assert check_declared_version(released) is None


def test_tag_that_is_newer_than_the_release(released: Path) -> None:
    """A tag of a release that is not kept is told; an older one and the same one are not."""
    (released / "pyproject.toml").write_text('[project]\nversion = "1.3.0"\n')
    commit(released, "v1.2.2")
    assert check_declared_version(released) is not None
    commit(released, "v1.2.3")
    assert check_declared_version(released) is not None
    commit(released, "v1.2.10")
    with pytest.raises(DoesNotHold) as caught:
        check_declared_version(released)
    assert str(caught.value) == (
        "spec/released: holds 1.2.3, and v1.2.10 is tagged: keep that release there, too"
    )


def test_tag_that_is_no_version(released: Path) -> None:
    """A tag that only looks like a release's is refused by its name."""
    commit(released, "v1-of-the-api")
    with pytest.raises(BadInput, match="'v1-of-the-api' is no version"):
        check_declared_version(released)


BROKEN = {
    "release.yaml": (("version: 1\n", "must be a mapping with the key 'version'"), ("", "no such")),
    "python.json": (("{}", "is no surface of format"), ("", "cannot be read")),
    "openapi.yaml": (("a: [", "is not YAML"), ("", "no such file")),
    "upstream.yaml": (("a: [", "is not YAML"), ("", "no such file")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_release_that_cannot_be_read(released: Path, name: str) -> None:
    """A part of the release that is missing or is something else is told by its file."""
    path = released / "spec/released" / name
    for text, message in BROKEN[name]:
        path.write_text(text) if text else path.unlink()
        with pytest.raises(BadInput, match=message) as caught:
            check_declared_version(released)
        assert str(caught.value).startswith(str(path))


def test_release_is_of_a_project() -> None:
    """A bare document cannot be kept as a release."""
    with pytest.raises(ValueError, match="x is no project"):
        write_release(Path("nowhere"), "1.0", State("x", Document("x", shop(), "")))
    assert not Path("nowhere").exists()


def test_release_has_a_client(tmp_path: Path) -> None:
    """Without a client there is no release to keep, and nothing is written."""
    root = write_project(tmp_path / "project", version="1.0")
    with pytest.raises(BadInput) as caught:
        release(root, "1.0")
    assert str(caught.value) == ".: has no client: run `nox -s regenerate` before"
    assert not (root / "spec/released").exists()


# The commands, on a copy of this project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project, as far as its commands need it."""
    root = tmp_path_factory.mktemp("copy") / "project"
    leave_out = shutil.ignore_patterns("__pycache__")
    for name in ("pipeline", "spec", "overlays", "generated", "src"):
        shutil.copytree(ROOT / name, root / name, ignore=leave_out)
    shutil.rmtree(root / "spec/released", ignore_errors=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the copy."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments], cwd=root, capture_output=True, text=True,
        check=False, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
    )  # fmt: skip


def test_release_is_kept(project: Path) -> None:
    """Kept twice it is the same bytes, a bad version is refused, and a check reads it."""
    kept = project / "spec/released"
    shutil.rmtree(kept, ignore_errors=True)  # the tests run in any order
    refused = run(project, "baseline", "one")
    assert (refused.returncode, refused.stderr) == (
        2,
        "version: 'one' is no version: write it as 1.2.3 or 1.2.3.dev0\n",
    )
    assert not kept.exists()

    contents: list[dict[str, bytes]] = []
    for _ in range(2):
        done = run(project, "baseline", "99.0.0")
        assert (done.returncode, done.stdout, done.stderr) == (
            0,
            "spec/released holds 99.0.0\n",
            "",
        )
        contents.append({path.name: path.read_bytes() for path in kept.iterdir()})
    assert contents[0] == contents[1]
    assert contents[0].keys() == {"upstream.yaml", "openapi.yaml", "python.json", "release.yaml"}

    done = run(project, "diff", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert '"old": "released 99.0.0"' in done.stdout


@pytest.mark.once
def test_check_fails_for_a_version_that_is_too_low(project: Path) -> None:
    """The check of the project fails with one line when the declared version is too low."""
    assert run(project, "baseline", "99.0.0").returncode == 0
    declared = open_project(project, ".").version
    done = run(project, "check")
    lines = [line for line in done.stderr.splitlines() if not line.endswith("…")]
    message = f"the version {declared} is too low: the baseline is 99.0.0: declare 99.0.0"
    assert (done.returncode, lines) == (1, [f"pyproject.toml: {message}"])
