"""The command ``publish``: a rehearsal from start to end, what is refused, and what it leaves."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.publish.index import Index
from pipeline.publish.listing import list_files
from pipeline.publish.loopback import start_index
from tests.diff.project import commit, git
from tests.publish.command import list_processes, run, start
from tests.publish.indexes import PROJECT, find_port, make_files
from tests.publish.projects import shorten_project

pytestmark = pytest.mark.once

BAD_CHECK = "generated/harness_nextgen: is not what this makes"
BAD_CONTRACT = (
    "the wheel: the contract does not hold: tests/fixtures: no fixture touches operation "
    "list_modules: record one"
)


@pytest.fixture(scope="module")
def short(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project without what takes long: its check and its contract do not hold."""
    folder = tmp_path_factory.mktemp("short")
    git(folder, "clone", "--quiet", str(real), "project")
    root = folder / "project"
    shorten_project(root)
    return root


@pytest.fixture
def project(short: Path, tmp_path: Path) -> Path:
    """A clone of it."""
    git(tmp_path, "clone", "--quiet", str(short), "project")
    return tmp_path / "project"


def test_rehearsal(project: Path, tmp_path: Path) -> None:
    """It publishes what is committed, installs that back, checks it, tells all, and is gone."""
    (project / "SECURITY.md").write_text("not committed")
    done = run(project, home=tmp_path)
    said = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", done.stdout)
    said = re.sub(r"(127\.0\.0\.1:)\d+", r"\1PORT", said).replace(str(tmp_path), "TMP")
    said = re.sub(r"publish-\w+", "publish-…", re.sub(r"python3\.\d+", "python3", said))
    version = re.findall(r"^built: (0\.1\.0\.dev\d{14}) ", said)[0]
    hash_ = git(project, "rev-parse", "HEAD")[:12]
    wheel, sdist = (
        f"harness_nextgen-{version}-py3-none-any.whl", f"harness_nextgen-{version}.tar.gz",
    )  # fmt: skip
    lines = said.splitlines()
    place = "TMP/tmp/publish-…/environment/lib/python3/site-packages"
    assert lines[:9] == [
        f"built: {version} of the commit {hash_}",
        f"  sha256 DIGEST  {wheel}",
        f"  sha256 DIGEST  {sdist}",
        "left out, since it is not committed: SECURITY.md",
        "published to the index on loopback: http://127.0.0.1:PORT/",
        f"  sent: {wheel}",
        f"  sent: {sdist}",
        "installed back from http://127.0.0.1:PORT/simple/, by its digest",
        f"checked: {wheel}, installed in {place}",
    ]
    assert re.fullmatch(r"  \d+ modules of it imported, none from elsewhere", lines[9])
    assert lines[-5:-1] == [
        "holds:",
        f"  {version} will do: nothing is released yet",
        "  CHANGELOG.md has 0.1.0",
        f"  the index on loopback has no {version} yet",
    ]
    assert re.fullmatch(r"  every file of it is as it was built: \d+ files hold", lines[-1])
    errors = done.stderr.splitlines()
    assert [line for line in errors if line.endswith(" …")][:4] == [
        f"build {version} …",
        "start an index on loopback …",
        "judge version, changelog and generated code …",
        f"upload {wheel} ({_find_size(errors, wheel)} KiB) …",
    ]
    faults = [line for line in errors if not line.endswith(" …")]
    assert faults[:2] == [BAD_CHECK, BAD_CONTRACT]
    assert done.returncode == 1
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list_processes(str(tmp_path / "tmp")) == {}


def _find_size(lines: list[str], name: str) -> str:
    [line] = (line for line in lines if line.startswith(f"upload {name} "))
    return re.findall(r"\((\d+) KiB\)", line)[0]


def test_run_that_is_ended_leaves_nothing(project: Path, tmp_path: Path) -> None:
    """In the middle of pip, which waits for its registry, all is ended and taken away.

    Meanwhile the index listens on loopback and nowhere else.
    """
    mark = str(tmp_path / "tmp")
    with socket.create_server(("127.0.0.1", 0)) as registry:
        url = f"http://127.0.0.1:{registry.getsockname()[1]}/"
        settings = {"PIP_INDEX_URL": url, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
        process = start(project, "--registry", home=tmp_path, **settings)
        with process, registry.accept()[0]:
            running = list_processes(mark)
            [server] = (pid for pid, line in running.items() if "pypiserver" in line)
            assert any(" install " in line for line in running.values())
            assert _list_listening(server) == {"0100007F"}
            while process.poll() is None:  # as somebody does who is in a hurry
                process.send_signal(signal.SIGTERM)
                time.sleep(0.01)
            process.communicate()
    assert process.returncode == 143
    assert list_processes(mark) == {}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_run_that_is_interrupted_leaves_nothing(project: Path, tmp_path: Path) -> None:
    """As soon as the index runs, an interrupt ends it, and says so."""
    mark = str(tmp_path / "tmp")
    with start(project, home=tmp_path) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "judge version, changelog and generated code …\n":
            assert process.poll() is None
        assert any("pypiserver" in line for line in list_processes(mark).values())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted: no file is half written"
    assert list_processes(mark) == {}
    assert list((tmp_path / "tmp").iterdir()) == []


def _list_listening(pid: int) -> set[str]:
    """List the addresses, in hexadecimal, on which a process listens."""
    links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link.removeprefix("socket:[").rstrip("]") for link in links if "socket:" in link}
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and rest[5] in inodes:
                found.add(local.partition(":")[0])
    return found


def test_all_that_does_not_hold_is_told(project: Path, tmp_path: Path) -> None:
    """For a release each gate is judged, each fault told, nothing sent, and no password shown."""
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace('version = "0.1.0"', 'version = "0.2.0"')
    pyproject.write_text(text, encoding="utf-8")
    commit(project)
    (project / "SECURITY.md").write_text("not committed")
    with start_index(tmp_path / "index", protect="update,list,download") as index:
        wheel, sdist = make_files(tmp_path / "index/packages", "0.2.0")
        there = list_files(index, PROJECT)
        (tmp_path / "home").mkdir()
        (tmp_path / "home/.pypirc").write_text(
            f"[team]\nrepository = {index.upload_url}\nusername = {index.username}\n"
            f"password = {index.password}\n"
        )
        done = run(project, "--index", "team", "--dry-run", home=tmp_path)
        assert list_files(index, PROJECT) == there
    faults = [line for line in done.stderr.splitlines() if not line.endswith(" …")]
    tag = "nox -s release makes it, or git tag v0.2.0"
    stays = "already, with other bytes: raise the version, what is published stays"
    assert faults[:3] == [
        "this checkout: not committed, and so in no distribution: SECURITY.md: commit or stash",
        f"HEAD: this commit has not the tag v0.2.0 of the release: {tag}",
        "CHANGELOG.md: has no entry for 0.2.0: nox -s changelog -- --version 0.2.0",
    ]
    assert set(faults[3:5]) == {f"team: has {path.name} {stays}" for path in (wheel, sdist)}
    assert faults[5:7] == [BAD_CHECK, BAD_CONTRACT]
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "published: nothing" in lines
    assert "  0.2.0 will do: nothing is released yet" in lines
    assert index.password not in done.stdout + done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dry-run"], "--dry-run: needs --index: the rehearsal has its own"),
        (["--simple-url", "https://x/"], "--simple-url: needs --index: the rehearsal has its own"),
        (["--allow-http"], "--allow-http: needs --index: the rehearsal has its own"),
        (["--index", "https://me:hunter2@x/"], "--index: has a user name or a password in it: "),
        (["--index", "none"], "/.pypirc: is not there, so 'none' names no index: write it, or "),
        (["--index"], "the environment: names no index: "),
    ],
)
def test_bad_input_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """What cannot be meant is 2, with one line."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("UV_PUBLISH_URL", "TWINE_REPOSITORY_URL", "TWINE_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["publish", *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert (said.err.count("\n"), said.out) == (1, "")
    assert "hunter2" not in said.err


def test_index_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index that nobody answers for is told before anything is built."""
    url = f"http://127.0.0.1:{find_port()}/"
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", "hunter2")
    assert main(["publish", "--index", url]) == 2
    message = "cannot be reached (Connection refused): look whether its address is right"
    assert capsys.readouterr().err == f"{url}: {message}\n"


def test_folder_without_a_commit(tmp_path: Path) -> None:
    """Only what is committed is published."""
    root = tmp_path / "project"
    root.mkdir()
    done = run(root, home=tmp_path)
    assert done.stderr == (
        f"{root}: has no commit to publish: this works in a clone of the repository, with git\n"
    )
    assert done.returncode == 2


def test_index_on_loopback_asks_for_its_password(tmp_path: Path) -> None:
    """Each start has a password of its own, which is in no command line."""
    with start_index(tmp_path / "one") as one, start_index(tmp_path / "two") as two:
        assert isinstance(one, Index)
        assert one.password != two.password
        lines = list_processes(str(tmp_path)).values()
        assert len(lines) == 2
        assert not any(index.password in line for index in (one, two) for line in lines)
    assert list_processes(str(tmp_path)) == {}
