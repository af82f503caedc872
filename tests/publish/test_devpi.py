"""Devpi from start to end: publish to a stage, install from there, promote to the release index."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.faults import BadInput, DoesNotHold
from pipeline.publish.environment import install_published, make_environment
from pipeline.publish.index import Index
from pipeline.publish.listing import list_files, settle_simple_url
from pipeline.publish.upload import upload
from tests.diff.project import git
from tests.publish.command import start
from tests.publish.indexes import PROJECT, make_files, start_devpi

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PASSWORD = "hunter2-of-the-stage"
SET_UP = (
    "devpi use https://packages.example.com",
    "devpi login root",
    "devpi user -c ci password=…",
    "devpi login ci",
    "devpi index -c ci/stage bases= volatile=False",
    "devpi index -c ci/release bases= volatile=False",
    "devpi logoff",
)
PROMOTE = (
    "devpi use https://packages.example.com/ci/stage",
    "devpi login ci",
    "devpi push harness-nextgen==1.2.0 ci/release",
)


@dataclass(frozen=True)
class Devpi:
    """A devpi with the user ``ci`` and the indexes ``stage`` and ``release``."""

    url: str
    home: Path

    def index(self, name: str) -> Index:
        """Return an index of it."""
        url = f"{self.url}/ci/{name}/"
        return settle_simple_url(Index(f"ci/{name}", url, "", "ci", PASSWORD))

    def follow(self, lines: tuple[str, ...], version: str = "") -> str:
        """Run commands as they are documented, with the address, passwords and version of here."""
        said = ""
        for line in lines:
            command = line.replace("https://packages.example.com", self.url)
            command = re.sub(r"==[\d.]+", f"=={version}", command).replace("…", PASSWORD)
            if line.startswith("devpi login"):
                command += f" --password {'root' if line.endswith('root') else PASSWORD}"
            done = subprocess.run(
                [Path(sys.executable).parent / "devpi", *command.split()[1:]],
                env={**os.environ, "HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout
            said += done.stdout
        return said


@pytest.fixture(scope="module")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Generator[Devpi]:
    """A devpi that is set up as the documentation says."""
    folder = tmp_path_factory.mktemp("devpi")
    with start_devpi(folder) as url:
        one = Devpi(url, folder / "home")
        one.follow(SET_UP)
        yield one


def say_nothing(stage: str) -> None:
    """Tell nobody."""


@pytest.mark.parametrize("lines", [SET_UP, PROMOTE])
def test_commands_are_documented(lines: tuple[str, ...]) -> None:
    """What the tests run here is what docs/publish.md says, in this order."""
    text = (ROOT / "docs/publish.md").read_text(encoding="utf-8")
    assert "\n".join(lines) in text


def test_stage_test_promote(devpi: Devpi, tmp_path: Path) -> None:
    """What was tested from the stage gets into the release index byte for byte, and not before."""
    version = "1.2.0"
    files = make_files(tmp_path / "dist", version)
    stage, release = devpi.index("stage"), devpi.index("release")
    assert stage.simple_url == f"{devpi.url}/ci/stage/+simple/"
    assert upload(stage, PROJECT, version, files, say_nothing).sent == files
    assert set(upload(stage, PROJECT, version, files, say_nothing).kept) == set(files)
    environment = make_environment(tmp_path / "environment")
    install_published(environment, stage, PROJECT, version, files[0])
    assert list_files(release, PROJECT) == []
    with pytest.raises(DoesNotHold, match="the clean environment: gets nothing from ci/release: "):
        install_published(environment, release, PROJECT, version, files[0])

    devpi.follow(PROMOTE, version)
    names = sorted((one.name, one.sha256) for one in list_files(stage, PROJECT))
    assert sorted((one.name, one.sha256) for one in list_files(release, PROJECT)) == names
    assert all(digest for _, digest in names)
    install_published(environment, release, PROJECT, version, files[0])
    # Publishing straight to where it was promoted to finds it there.
    assert set(upload(release, PROJECT, version, files, say_nothing).kept) == set(files)


def test_other_bytes_never(devpi: Devpi, tmp_path: Path) -> None:
    """Neither we nor devpi let other bytes under a version, in whichever index."""
    version = "1.3.0"
    upload(
        devpi.index("stage"), PROJECT, version, make_files(tmp_path / "one", version), say_nothing
    )
    others = make_files(tmp_path / "other", version)
    with pytest.raises(DoesNotHold, match=r"ci/stage: has .* already, with other bytes: raise"):
        upload(devpi.index("stage"), PROJECT, version, others, say_nothing)
    # Without looking first devpi itself refuses: the page of another index shows nothing there.
    blind = replace(devpi.index("stage"), simple_url=devpi.index("release").simple_url)
    with pytest.raises(BadInput, match=r"ci/stage: (refuses|does not let) .*"):
        upload(blind, PROJECT, version, others, say_nothing)


def test_wrong_password(devpi: Devpi, tmp_path: Path) -> None:
    """Devpi lets anybody read; the upload is refused, and the password not told."""
    files = make_files(tmp_path, "1.4.0")
    wrong = replace(devpi.index("stage"), password="hunter2-of-nobody")
    with pytest.raises(BadInput) as caught:
        upload(wrong, PROJECT, "1.4.0", files, say_nothing)
    assert str(caught.value) == (
        "ci/stage: does not take the password of the user 'ci' (401): look whether it still holds"
    )
    anonymous = replace(wrong, username="", password="")
    with pytest.raises(BadInput, match=r"asks for a user name and a password \(401\)"):
        upload(anonymous, PROJECT, "1.4.0", files, say_nothing)
    other = replace(devpi.index("stage"), upload_url=f"{devpi.url}/ci/none/")
    with pytest.raises(BadInput, match=r"takes no uploads at .*/ci/none/ \(404\): look up its"):
        upload(other, PROJECT, "1.4.0", files, say_nothing)


def test_release_from_start_to_end(real: Path, devpi: Devpi, tmp_path: Path) -> None:
    """The command publishes this very project when all gates hold, and shows its password nowhere.

    It is in no command line, and in no environment of a program that is run.
    """
    git(tmp_path, "clone", "--quiet", str(real), "project")
    project = tmp_path / "project"
    git(project, "tag", "v0.1.0")
    shown: list[str] = []
    settings = {
        "UV_PUBLISH_URL": devpi.index("stage").upload_url,
        "UV_PUBLISH_USERNAME": "ci",
        "UV_PUBLISH_PASSWORD": PASSWORD,
    }
    with start(project, "--index", home=tmp_path, **settings) as process:
        watcher = threading.Thread(target=_watch, args=(process, shown))
        watcher.start()
        output, errors = process.communicate()
        watcher.join()
    faults = [line for line in errors.splitlines() if not line.endswith(" …")]
    assert (process.returncode, faults) == (0, [])
    lines = output.splitlines()
    wheel, sdist = "harness_nextgen-0.1.0-py3-none-any.whl", "harness_nextgen-0.1.0.tar.gz"
    url = devpi.index("stage").upload_url
    at = lines.index(f"published to {url}: {url}")
    assert lines[at + 1 : at + 4] == [
        f"  sent: {wheel}",
        f"  sent: {sdist}",
        f"installed back from {url}+simple/, by its digest",
    ]
    holds = lines[lines.index("holds:") + 1 :]
    assert [line.split(":")[0] for line in holds] == [
        "  everything is committed",
        "  this commit is tagged v0.1.0",
        "  0.1.0 will do",
        "  CHANGELOG.md has 0.1.0",
        f"  {url.split(':')[0]}",
        "  generated/harness_nextgen is what the spec and the overlays make",
        "  every file of it is as it was built",
        "  the contract holds for the wheel",
    ]
    digests = dict(reversed(line.split()[1:]) for line in lines if line.startswith("  sha256 "))
    there = {one.name: one.sha256 for one in list_files(devpi.index("stage"), PROJECT)}
    assert digests == {name: there[name] for name in (wheel, sdist)}
    for part in ("hatchling", "pipeline\0check", "\0pip\0", "pipeline.publish.installed"):
        assert any(part in text for text in shown)
    assert [text for text in [*shown, output, errors] if PASSWORD in text] == []

    devpi.follow(PROMOTE, "0.1.0")
    released = {one.name: one.sha256 for one in list_files(devpi.index("release"), PROJECT)}
    assert digests == {name: released[name] for name in (wheel, sdist)}


def _watch(process: subprocess.Popen[str], shown: list[str]) -> None:
    """Note the command lines and environments of what a process runs, as long as it does."""
    seen: set[str] = set()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if not _descends(int(path.name), process.pid):
                    continue
                line = (path / "cmdline").read_text("utf-8", "replace")
                seen.add(line)
                # One that was started this moment is still a copy of the command itself.
                if "tests.publish.command" not in line:
                    seen.add((path / "environ").read_text("utf-8", "replace"))
            except (OSError, ValueError, IndexError):
                continue  # it ended meanwhile
        time.sleep(0.2)
    shown += seen


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
    return False
