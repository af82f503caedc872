"""What is built holds what belongs in it, is the same everywhere, and is whole or not there."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import pytest

from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish import distributions
from pipeline.publish.distributions import Distributions, put_in_place
from tests.publish.project import (
    ROOT,
    SECRET,
    VERSION,
    build,
    commit,
    copy_project,
    git,
    read_files,
    read_wheel,
    run_build,
    unpack_sdist,
)

pytestmark = pytest.mark.once

PACKAGES = {
    "generated/harness_nextgen": "harness_nextgen",
    "src/harness_nextgen_runtime": "harness_nextgen_runtime",
    "src/harness_nextgen_sandbox": "harness_nextgen_sandbox",
}
DIST_INFO = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
SDIST_PARTS = ("generated", "overlays", "pipeline", "spec", "src")
SDIST_FILES = (
    "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "SECURITY.md", "docs/package.md",
    "noxfile.py", "pyproject.toml",
)  # fmt: skip

# All of it is plain Python, so that any interpreter can run it from a folder.
BUILDERS = ("hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers")
BUILD = """
import sys
from pathlib import Path
from pipeline.publish.distributions import build_distributions
project, version, folder = sys.argv[1:]
(Path(folder) / "scratch").mkdir(parents=True)
build_distributions(Path(project), version, Path(folder) / "dist", Path(folder) / "scratch")
print(*sys.version_info[:2], sep=".")
"""

KILL = """
import os, shutil, signal, sys
from pathlib import Path
from pipeline.publish import distributions
name, moment, time = sys.argv[1].split(":")
owner = {"replace": os, "copyfile": shutil}[name]
works, calls = getattr(owner, name), 0

def die(*arguments, **options):
    global calls
    calls += 1
    if calls == int(time) and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    works(*arguments, **options)
    if calls == int(time):
        os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, die)
new = [Path(sys.argv[2]) / name for name in ("a.whl", "a.tar.gz", "SHA256SUMS")]
distributions.put_in_place(new, Path(sys.argv[3]))
"""


def list_tracked(project: Path, *parts: str) -> set[str]:
    """List what is committed."""
    return set(git(project, "ls-files", "-z", "--", *parts).strip("\0").split("\0"))


def find_pythons() -> list[str]:
    """Find the supported Pythons that run here by their names, but for the one that runs this."""
    pythons: list[str] = []
    for minor in range(11, 14):
        python = shutil.which(f"python3.{minor}")
        if python and minor != sys.version_info.minor:
            done = subprocess.run([python, "-c", ""], capture_output=True, check=False)
            pythons += [] if done.returncode else [python]
    return pythons


def test_wheel_holds_the_packages(project: Path, built: Distributions) -> None:
    """The wheel has every committed file of the three packages, its metadata, and nothing else."""
    wanted = {f"harness_nextgen-{VERSION}.dist-info/{name}" for name in DIST_INFO}
    for folder, package in PACKAGES.items():
        tracked = list_tracked(project, folder)
        wanted |= {name.replace(folder, package, 1) for name in tracked}
    assert len(wanted) > 200
    assert set(read_wheel(built.wheel)) == wanted
    assert built.wheel.name == f"harness_nextgen-{VERSION}-py3-none-any.whl"


def test_wheel_holds_what_is_committed(project: Path, built: Distributions) -> None:
    """Each file of the wheel but the lock is the committed one, the effective spec among them."""
    contents = read_wheel(built.wheel)
    for folder, package in PACKAGES.items():
        for name in list_tracked(project, folder):
            if not name.endswith("generation.lock"):
                held = contents[name.replace(folder, package, 1)]
                assert held == (project / name).read_bytes(), name
    assert "harness_nextgen/openapi.yaml" in contents


def test_record_is_true(built: Distributions) -> None:
    """RECORD, which installers go by, has the digest and the size of every other file."""
    contents = read_wheel(built.wheel)
    record = f"harness_nextgen-{VERSION}.dist-info/RECORD"
    rows = list(csv.reader(contents[record].decode().splitlines()))
    wanted = {
        name: [f"sha256={encode(hashlib.sha256(text).digest())}", str(len(text))]
        for name, text in contents.items()
    }
    assert {name: rest for name, *rest in rows} == {**wanted, record: ["", ""]}
    assert len(rows) == len(contents)


def encode(digest: bytes) -> str:
    """Encode a digest as the wheel format does."""
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_sdist_holds_the_sources(project: Path, built: Distributions) -> None:
    """The sdist has what makes the wheel and the client, no test, no settings, and nothing else."""
    top = f"harness_nextgen-{VERSION}/"
    with tarfile.open(built.sdist) as archive:
        names = {member.name for member in archive.getmembers()}
    wanted = {*list_tracked(project, *SDIST_PARTS), *SDIST_FILES}
    assert len(wanted) > 400
    assert names == {f"{top}{name}" for name in wanted}
    assert built.sdist.name == f"harness_nextgen-{VERSION}.tar.gz"


def test_archives_tell_nothing_of_the_machine(built: Distributions) -> None:
    """Times are the commit's, modes are plain, and no owner is named."""
    with tarfile.open(built.sdist) as archive:
        members = archive.getmembers()
    assert {(one.mtime, one.mode, one.uid, one.gid, one.uname, one.gname) for one in members} == {
        (1770091506, 0o644, 0, 0, "", "")
    }
    with zipfile.ZipFile(built.wheel) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(2026, 2, 3, 4, 5, 6)}
    assert {entry.external_attr >> 16 & 0o777 for entry in entries} == {0o644}


def test_no_secret_gets_out(built: Distributions) -> None:
    """What lies in the repository beside the sources is in no file that is built."""
    contents = list(read_wheel(built.wheel).values())
    with tarfile.open(built.sdist) as archive:
        files = [archive.extractfile(member) for member in archive.getmembers()]
        contents += [file.read() for file in files if file]
    assert len(contents) > 600
    assert not [text for text in contents if SECRET.encode() in text]


def test_builds_are_the_same_everywhere(
    project: Path, built: Distributions, tmp_path: Path
) -> None:
    """In a shallow clone, another folder, umask, time zone, locale, environment, and times of
    files change no byte; what is not committed is left out, and what another build left stays.
    """
    clone, temporary = tmp_path / "a folder with spaces" / "clone", tmp_path / "temporary"
    git(project, "clone", "--quiet", "--depth", "1", f"file://{project}", str(clone))
    for path in clone.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (clone / "src/harness_nextgen_runtime/stray.py").write_text("x = 1\n", encoding="utf-8")
    (clone / "LICENSE").write_text("none\n", encoding="utf-8")
    (clone / "dist").mkdir()
    (clone / "dist/harness_nextgen-0.0.1.tar.gz").write_bytes(b"old")
    (clone / "dist/SHA256SUMS").write_text("old\n", encoding="utf-8")
    temporary.mkdir()
    done = run_build(
        clone, "--version", VERSION, umask=0o077, TZ="Asia/Kathmandu", LC_ALL="C", LANG="de_DE",
        HOME=str(tmp_path), PYTHONHASHSEED="7", PYTHONUTF8="0", SOURCE_DATE_EPOCH="5",
        HATCH_BUILD_NO_HOOKS="true", HATCH_BUILD_CLEAN="true", TMPDIR=str(temporary),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        *(f"dist/{path.name}" for path in built.all_files),
        "what is not committed is not in them",
    ]
    made = read_files(*(clone / "dist").iterdir())
    assert made.pop("harness_nextgen-0.0.1.tar.gz") == b"old"
    assert made == read_files(*built.all_files)
    assert not list(temporary.iterdir())


def test_builds_are_the_same_on_every_python(
    project: Path, built: Distributions, tmp_path: Path
) -> None:
    """Every supported Python of this machine makes the same bytes."""
    plain = tmp_path / "plain"
    for name in BUILDERS:
        distribution = metadata.distribution(name)
        for file in distribution.files or []:
            source = Path(str(distribution.locate_file(file)))
            if ".." not in file.parts and "__pycache__" not in file.parts and source.is_file():
                (plain / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, plain / file)
    for python in [sys.executable, *find_pythons()]:
        folder = tmp_path / Path(python).name
        done = subprocess.run(
            [python, "-S", "-c", BUILD, str(project), VERSION, str(folder)],
            env={**os.environ, "PYTHONPATH": f"{plain}:{ROOT}:{ROOT / 'src'}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), python
        assert read_files(*(folder / "dist").iterdir()) == read_files(*built.all_files), python


def test_zlib_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zlib that packs otherwise is told."""
    assert distributions.tell_other_zlib() is None
    compress = distributions.zlib.compress
    monkeypatch.setattr(distributions.zlib, "compress", lambda text, level: compress(text, 1))
    assert "packs otherwise than the usual one" in (distributions.tell_other_zlib() or "")


def test_sdist_makes_the_client_again(built: Distributions, tmp_path: Path) -> None:
    """From the unpacked sdist, the check that the client is what spec and overlays make holds."""
    unpacked = unpack_sdist(built.sdist, tmp_path)
    command = [sys.executable, "-m", "pipeline", "check"]
    env = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=unpacked, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_sdist_that_lacks_a_file(project: Path, tmp_path: Path) -> None:
    """An sdist that makes another wheel fails the build, which leaves the old files whole."""
    copy = copy_project(project, tmp_path / "copy")
    pyproject = copy / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    lacking = '[tool.hatch.build.targets.sdist]\nexclude = ["page.html"]\n'
    pyproject.write_text(
        text.replace("[tool.hatch.build.targets.sdist]\n", lacking), encoding="utf-8"
    )
    commit(copy)
    dist = tmp_path / "made/dist"
    dist.mkdir(parents=True)
    (dist / "SHA256SUMS").write_text("old\n", encoding="utf-8")
    with pytest.raises(DoesNotHold) as raised:
        build(copy, tmp_path / "made")
    [fault] = raised.value.faults
    assert fault.message.startswith("makes another wheel than the commit does: ")
    assert "harness_nextgen_sandbox/page.html" in fault.message
    assert read_files(*dist.iterdir()) == {"SHA256SUMS": b"old\n"}


def test_edited_client(project: Path, tmp_path: Path) -> None:
    """Generated code that was edited and committed is not built, nor is an edited lock."""
    copy = copy_project(project, tmp_path / "copy")
    package = copy / "generated/harness_nextgen"
    with (package / "client.py").open("a", encoding="utf-8") as file:
        file.write("# an edit\n")
    commit(copy)
    remedy = "run `nox -s regenerate` and commit what it writes"
    with pytest.raises(DoesNotHold) as raised:
        build(copy, tmp_path / "made")
    assert [str(fault) for fault in raised.value.faults] == [
        f"generated/harness_nextgen/client.py: is not as generated: {remedy}"
    ]
    lock = package / "generation.lock"
    text = lock.read_text(encoding="utf-8").replace('"openapi.yaml": "', '"openapi.yaml": "0', 1)
    lock.write_text(text, encoding="utf-8")
    commit(copy)
    with pytest.raises(BadInput, match=r"generation\.lock was edited: run `nox -s regenerate`"):
        build(copy, tmp_path / "again")


def test_sums_are_checked_by_sha256sum(built: Distributions) -> None:
    """The real sha256sum finds every file that the build made, and that it is whole."""
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", built.sums.name],
        cwd=built.sums.parent,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    names = [path.name for path in (built.wheel, built.sbom, built.sdist)]
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{name}: OK" for name in names])


def test_metadata_is_whole(built: Distributions) -> None:
    """The metadata has all that an index shows, with nothing to fill in."""
    contents = read_wheel(built.wheel)
    found = message_from_bytes(contents[f"harness_nextgen-{VERSION}.dist-info/METADATA"])
    assert (found["Name"], found["Version"]) == ("harness-nextgen", VERSION)
    assert found["License-Expression"] == "Apache-2.0"
    assert found["License-File"] == "LICENSE"
    assert found["Requires-Python"] == ">=3.11"
    assert found["Author"] == "harness-nextgen maintainers"
    assert found["Author-Email"] is None
    assert found.get_all("Provides-Extra") == ["sandbox", "yaml"]
    assert {"attrs", "httpx"} == {
        text.partition(">")[0].partition("<")[0]
        for text in found.get_all("Requires-Dist", [])
        if "extra ==" not in text
    }
    classifiers = found.get_all("Classifier", [])
    for minor in (11, 12, 13):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers
    assert {"Typing :: Typed", "Operating System :: OS Independent"} <= set(classifiers)
    assert found["Keywords"]
    urls = [value.split(", ")[1] for value in found.get_all("Project-URL", [])]
    assert urls
    assert all(url.startswith("https://") and ".harness.io" in url for url in urls)


def test_description_renders(built: Distributions) -> None:
    """An index can show the description: twine finds nothing wrong, and no link is relative."""
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict"]
    done = subprocess.run(
        [*command, *map(str, built.files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    text = (ROOT / "docs/package.md").read_text(encoding="utf-8")
    assert text.count("](") == text.count("](https://")


def test_description_shows_the_example_of_the_readme() -> None:
    """The example, which the tests of the README run, is the same in both."""
    readme, description = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/package.md")
    )
    example = description.partition("```python\n")[2].partition("```")[0]
    assert example
    assert f"```python\n{example}```" in readme


@pytest.mark.parametrize(
    "moment",
    [
        "copyfile:before:1", "copyfile:after:2", "copyfile:after:3", "replace:before:1",
        "replace:after:1", "replace:after:2", "replace:after:3",
    ],
)  # fmt: skip
def test_killed_while_files_are_put_in_place(moment: str, tmp_path: Path) -> None:
    """A kill leaves each file whole, and no digests that do not fit them."""
    new, dist = tmp_path / "new", tmp_path / "dist"
    for folder, text in ((new, b"new"), (dist, b"old")):
        folder.mkdir()
        for name in ("a.whl", "a.tar.gz"):
            (folder / name).write_bytes(text)
        sums = distributions.render_sums([folder / "a.whl", folder / "a.tar.gz"])
        (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    command = [sys.executable, "-c", KILL, moment, str(new), str(dist)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    left = read_files(*(path for path in dist.iterdir() if not path.name.endswith(".part")))
    sums = left.pop("SHA256SUMS", None)
    assert set(left) == {"a.whl", "a.tar.gz"}
    assert set(left.values()) <= {b"old", b"new"}
    if sums is not None:
        fitting = distributions.render_sums([dist / "a.whl", dist / "a.tar.gz"])
        assert sums.decode() == fitting
    if moment.startswith("copyfile"):
        assert (set(left.values()), sums is None) == ({b"old"}, False)
    put_in_place([new / name for name in ("a.whl", "a.tar.gz", "SHA256SUMS")], dist)
    now = read_files(*(path for path in dist.iterdir() if not path.name.endswith(".part")))
    assert now == read_files(*new.iterdir())


def test_build_that_fails(project: Path, tmp_path: Path) -> None:
    """A failed build is told in one line, touches no file, and leaves nothing anywhere."""
    copy, temporary = copy_project(project, tmp_path / "copy"), tmp_path / "temporary"
    pyproject = copy / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace("Apache-2.0", "Nonsense-1")
    pyproject.write_text(text, encoding="utf-8")
    commit(copy)
    (copy / "dist").mkdir()
    (copy / "dist/SHA256SUMS").write_text("old\n", encoding="utf-8")
    temporary.mkdir()
    done = run_build(copy, "--version", VERSION, TMPDIR=str(temporary))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("pyproject.toml: cannot be built, hatchling says: ")
    assert "Unknown license: 'nonsense-1'" in done.stderr
    assert read_files(*(copy / "dist").iterdir()) == {"SHA256SUMS": b"old\n"}
    assert not list(temporary.iterdir())


def test_build_that_is_ended(project: Path, tmp_path: Path) -> None:
    """A build that is told to end leaves nothing in the temporary folder and in its own."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", "build", "--version", VERSION, "-o", tmp_path / "dist"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": "generated:src", "TMPDIR": str(temporary)},
    ) as running:
        while not list(temporary.glob("build-*/tree")) and running.poll() is None:
            time.sleep(0.01)
        running.terminate()
    assert running.returncode == 128 + signal.SIGTERM
    assert not list(temporary.iterdir())
    assert not (tmp_path / "dist").exists()


def test_another_hatchling(project: Path, tmp_path: Path) -> None:
    """Another hatchling than the pinned one builds nothing: its version stands in the wheel."""
    copy = copy_project(project, tmp_path / "copy")
    pyproject = copy / "pyproject.toml"
    installed = metadata.version("hatchling")
    pyproject.write_text(
        pyproject.read_text(encoding="utf-8").replace(f"hatchling=={installed}", "hatchling==1.0"),
        encoding="utf-8",
    )
    commit(copy)
    message = f"hatchling==1.0 is pinned and {installed} is installed: run `nox -s build`"
    with pytest.raises(BadInput, match=message):
        build(copy, tmp_path / "made")


def test_no_commit(tmp_path: Path) -> None:
    """Where nothing is committed, nothing is built, and one line says so."""
    (tmp_path / "a").mkdir()
    message = "is no git repository with a commit, and only what is committed is built"
    with pytest.raises(BadInput, match=message):
        build(tmp_path / "a", tmp_path / "one")
    git(tmp_path / "a", "init", "--quiet")
    with pytest.raises(BadInput, match=message):
        build(tmp_path / "a", tmp_path / "two")
    assert not (tmp_path / "two/dist").exists()


def test_no_git(project: Path, tmp_path: Path) -> None:
    """Without git, one line says that it takes it."""
    done = run_build(project, "-o", str(tmp_path / "dist"), "--version", "1", PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (2, f"{project}: cannot be read: install git\n")
    assert not (tmp_path / "dist").exists()


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that cannot be is told in one line."""
    taken = tmp_path / "file"
    taken.write_text("old\n", encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        put_in_place([taken], taken)
    message = "cannot be written: File exists: name another folder with --output"
    assert str(raised.value) == f"{taken}: {message}"
    assert taken.read_text(encoding="utf-8") == "old\n"


def test_bad_version(project: Path) -> None:
    """What is no version is refused."""
    done = run_build(project, "--version", "next")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("version: 'next' is no version")


def test_project_is_this_one(project: Path) -> None:
    """The project that these tests build is this checkout: no file that ships is left out."""
    for folder in PACKAGES:
        here = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert here == list_tracked(project, folder)
