"""The scripts of the weekly update, run as each system runs them, with a stand-in for ``gh``."""

from __future__ import annotations

import http.server
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.pipeline.ci import ROOT, SYSTEMS, Stage, System

pytestmark = pytest.mark.once

REPORT = "# Report\n\n`list` is new.\n"
UPDATED = ["docs/changes/+list.added.md", "generated/client.py", "spec/openapi.yaml"]


@pytest.fixture(params=SYSTEMS, scope="module")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A repository with the scripts of this one, as GitHub or Harness meets it."""
    system: System = request.param
    stage = Stage(tmp_path_factory.mktemp(system), system)
    stage.build()
    return stage


@pytest.fixture(scope="module")
def made_template(template: Stage, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The same, once an update was made of a good document."""
    stage = template.copy(tmp_path_factory.mktemp("made"))
    assert stage.make("good\n").returncode == 0
    return stage


@pytest.fixture
def stage(template: Stage, tmp_path: Path) -> Stage:
    """A repository of its own for a test."""
    return template.copy(tmp_path)


@pytest.fixture
def made(made_template: Stage, tmp_path: Path) -> Stage:
    """A repository of its own for a test, with an update to propose."""
    return made_template.copy(tmp_path)


def test_update_is_proposed(made: Stage) -> None:
    """An update is one commit on a branch of its own, and a pull request with the report."""
    done = made.propose()
    assert done.returncode == 0, done.stderr
    [branch] = set(made.branches()) - {"main"}
    assert re.fullmatch("update/[0-9a-f]{12}", branch)
    log = made.git(made.origin, "log", "--format=%an <%ae> %s", f"main..{branch}")
    author = "Scheduled update <update@harness-nextgen.invalid>"
    assert log == f"{author} Take in what Harness publishes"
    changed = made.git(made.origin, "diff", "--name-only", f"main...{branch}")
    assert changed.splitlines() == UPDATED
    assert made.git(made.origin, "show", f"{branch}:spec/openapi.yaml") == "good"
    asked, opened = made.calls
    assert asked.startswith(f"pr list --head {branch} --state all ")
    # A fork may have a branch of this name, and a pull request from it stands for nothing.
    chosen = 'map(select(.state != "MERGED" and (.isCrossRepository | not))) | length'
    assert asked.endswith(f"--json state,isCrossRepository --jq {chosen}")
    assert opened == (
        f"pr create --base main --head {branch} --title Take in what Harness publishes "
        f"--body-file {made.update}/body.md"
    )
    assert made.body == REPORT


def test_breaking_update_is_proposed(stage: Stage) -> None:
    """What breaks programs is proposed all the same, and says so before the report."""
    done = stage.make("breaking\n")
    assert done.returncode == 0, done.stderr
    assert stage.propose().returncode == 0
    first, rest = stage.body.split("\n\n", 1)
    assert first.startswith("**Something does not hold:** ")
    assert rest == REPORT
    assert len(stage.branches()) == 2


def test_bad_document_fails(stage: Stage) -> None:
    """What is no document ends the job with 2, and there is nothing to propose."""
    done = stage.make("bad\n")
    assert done.returncode == 2
    assert "No such file" not in done.stderr
    assert not (stage.update / "update.patch").exists()
    assert stage.output == ""
    assert stage.git(stage.checkout, "status", "--porcelain", "--", *UPDATED) == ""


def test_fault_without_a_change_fails(stage: Stage) -> None:
    """What does not hold and changes no file ends the job with 1: no pull request would tell."""
    assert stage.make("ill-fitting\n").returncode == 1
    assert not (stage.update / "update.patch").exists()
    assert stage.output == ""


def test_left_over_report_proves_nothing(stage: Stage) -> None:
    """A report of an earlier run does not make a bad document a good one."""
    assert stage.make("breaking\n").returncode == 0
    assert stage.make("bad\n").returncode == 2
    assert not (stage.update / "update.patch").exists()


def test_unchanged_document_is_no_update(stage: Stage) -> None:
    """A document that changes nothing makes no patch, and no pull request."""
    assert stage.make("same\n").returncode == 0
    assert not (stage.update / "update.patch").exists()
    assert stage.output == ""
    assert stage.propose().stdout == "nothing changed: there is nothing to propose\n"
    assert stage.calls == []
    assert stage.branches() == ["main"]


def test_next_job_is_told(made: Stage) -> None:
    """On GitHub the first job tells the second that there is an update; Harness has but one."""
    assert made.output == ("changed=true\n" if made.system == "github" else "")


def test_proposed_update_is_left_alone(made: Stage) -> None:
    """What stands as a pull request, or was closed, is neither pushed nor proposed again."""
    made.standing = 1
    done = made.propose()
    assert done.returncode == 0
    assert "was proposed already" in done.stdout
    assert [call.split()[1] for call in made.calls] == ["list"]
    assert made.branches() == ["main"]


def test_interrupted_proposal_is_taken_up(made: Stage) -> None:
    """A branch without a pull request, of a run that failed, does not stop the next one."""
    assert made.propose().returncode == 0
    assert made.propose().returncode == 0
    assert [call.split()[1] for call in made.calls] == ["list", "create"] * 2
    assert len(made.branches()) == 2


def test_same_spec_has_the_same_branch(stage: Stage) -> None:
    """The branch follows the spec: another generator does not propose the same spec once more."""
    stage.make("good\n")
    stage.propose()
    stage.git(stage.checkout, "reset", "--quiet", "--hard")
    generator = stage.checkout / "take.py"
    text = generator.read_text(encoding="utf-8")
    generator.write_text(text.replace('f"# {text}"', 'f"## {text}"'), encoding="utf-8")
    stage.commit("Generate otherwise")
    stage.make("good\n")
    stage.propose()
    heads = {call.split()[3] for call in stage.calls if call.startswith("pr list")}
    assert len(heads) == 1


def test_long_report_is_cut(stage: Stage) -> None:
    """A report that GitHub would refuse is cut between lines, and says so before it begins."""
    stage.make("breaking and long\n")
    stage.propose()
    assert 59_000 < len(stage.body) < 65_536
    verdict, notice, report = stage.body.split("\n\n", 2)
    assert verdict.startswith("**Something")
    assert notice.startswith("The report is cut here")
    assert set(report.splitlines()) == {"line"}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize(
    "name",
    ["take.py", ".ci/propose-update", "specs/a", "docs/changes.md", "spec/released/release.yaml"],
)
def test_patch_beyond_the_update_is_refused(made: Stage, name: str) -> None:
    """A patch that touches anything but the update is not pushed: its maker read foreign text."""
    path = made.checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("exit 0 # mine\n", encoding="utf-8")
    made.git(made.checkout, "add", "--all", "--", name)
    patch = made.git(made.checkout, "diff", "--cached", "--binary", "--full-index")
    made.git(made.checkout, "reset", "--quiet", "--hard")
    (made.update / "update.patch").write_text(f"{patch}\n", encoding="utf-8")
    done = made.propose()
    assert done.returncode == 1
    assert done.stderr == (
        f"update.patch: changes what no update may change; look at the run that made it: {name}\n"
    )
    assert made.calls == []
    assert made.branches() == ["main"]


def test_moved_file_is_beyond_the_update(made: Stage) -> None:
    """A patch that moves a file of the pipeline into spec/ takes it away there: it is refused."""
    made.git(made.checkout, "mv", "take.py", "spec/take.py")
    patch = made.git(made.checkout, "diff", "--cached", "--full-index", "--find-renames")
    made.git(made.checkout, "reset", "--quiet", "--hard")
    assert "rename from take.py" in patch
    (made.update / "update.patch").write_text(f"{patch}\n", encoding="utf-8")
    done = made.propose()
    assert done.returncode == 1
    assert done.stderr.endswith(": spec/take.py take.py\n")


def test_generator_cannot_reach_the_proposal(made: Stage) -> None:
    """What the generator did to its checkout, scripts and hooks, does not run with the secret."""
    script = "#!/bin/sh\necho reached\n"
    hooks = made.checkout / ".git/hooks"
    for path in (hooks / "pre-commit", hooks / "pre-push", made.checkout / ".ci/propose-update"):
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
    done = made.propose()
    assert done.returncode == 0, done.stderr
    assert "reached" not in done.stdout + done.stderr
    assert len(made.branches()) == 2


class Server(http.server.BaseHTTPRequestHandler):
    """What Harness publishes at ``/openapi.yaml``, a way to plain HTTP, and nothing else."""

    def do_GET(self) -> None:
        found = {"/openapi.yaml": (200, b"openapi: 3.0.3\n"), "/moved": (302, b"")}
        status, body = found.get(self.path, (404, b"no such page"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/openapi.yaml")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on loopback whose certificate curl trusts."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetch(address: str, file: Path) -> subprocess.CompletedProcess[str]:
    """Run the script that fetches the document."""
    command = [str(ROOT / ".ci/fetch-document"), address, str(file)]
    return subprocess.run(
        command, env={**os.environ, "HOME": str(file.parent)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_document_is_fetched(address: str, tmp_path: Path) -> None:
    """The document is written as it is, into a folder that is made when it is not there."""
    file = tmp_path / "new/upstream.yaml"
    done = fetch(f"{address}/openapi.yaml", file)
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == b"openapi: 3.0.3\n"


@pytest.mark.parametrize(
    ("path", "fault"),
    [("/gone", "404"), ("/moved", 'Protocol "http"'), ("", "404")],
)
def test_no_document_fails(address: str, tmp_path: Path, path: str, fault: str) -> None:
    """An error page is no document, and the way to one is encrypted all along."""
    file = tmp_path / "upstream.yaml"
    done = fetch(address + path, file)
    assert done.returncode != 0
    assert fault in done.stderr
    assert not file.exists()


def test_plain_http_is_refused(address: str, tmp_path: Path) -> None:
    """An address without encryption is not asked."""
    done = fetch(address.replace("https:", "http:") + "/openapi.yaml", tmp_path / "a.yaml")
    assert done.returncode != 0
    assert 'Protocol "http"' in done.stderr


@pytest.mark.parametrize("address", ["", "null"])
def test_missing_address_is_named(address: str, tmp_path: Path) -> None:
    """A variable that nobody set is named in one line, with what to set it to."""
    done = fetch(address, tmp_path / "a.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("HARNESS_SPEC_URL: is not set: ")
    assert done.stderr.count("\n") == 1
