"""The fixture for consumers: a project of theirs is run by a pytest of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from harness_nextgen import Harness, errors, models

from harness_nextgen_sandbox import Sandbox, run_sandbox

DOCS = Path(__file__).parents[2] / "docs"
LOADED = """
import sys

def pytest_unconfigure():
    heavy = {"connexion", "uvicorn", "starlette", "httpx", "yaml", "sqlite3", "harness_nextgen"}
    print("loaded:", sorted(heavy & sys.modules.keys()))
"""
WITHOUT_EXTRA = "import sys; sys.modules['connexion'] = None"
PUT_BACK = """
import os
from harness_nextgen_sandbox import run_sandbox

os.environ["HARNESS_BASE_URL"] = "https://harness.example.com"
before = dict(os.environ)

def relevant():
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}

def test_inside(harness_sandbox):
    assert relevant() == before | harness_sandbox.environment

def test_after():
    assert relevant() == before

def test_outside_pytest():
    with run_sandbox():
        assert relevant() == before
"""
TWO_TESTS = """
def test_other():
    assert True

def test_with_it(harness_sandbox):
    assert harness_sandbox
"""


def run_pytest(folder: Path, *arguments: str, conftest: str = "") -> tuple[int, str]:
    """Run the tests of a folder as another project would; return the exit code and the output."""
    if conftest:
        (folder / "conftest.py").write_text(conftest, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [*command, "--strict-markers", "--rootdir", str(folder), str(folder)],
        capture_output=True, text=True, check=False, timeout=120, cwd=folder, env=environment,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def add_module(sandbox: Sandbox, name: str) -> list[str]:
    """Add a module to a sandbox; return the names of those in it."""
    with sandbox.client() as harness:
        harness.modules.create(models.CreateModuleRequest(name=name, system="aws"))
        return [one.name for one in harness.modules.list()]


def test_example_of_the_documentation() -> None:
    """The example runs, in one process and side by side in two; its page shows parts of it."""
    folder = DOCS / "examples" / "testing"
    for arguments in ([], ["-n", "2"]):
        code, output = run_pytest(folder, *arguments)
        assert code == 0, output
        assert "3 passed" in output
    page = (DOCS / "sandbox.md").read_text(encoding="utf-8")
    [(name, block)] = re.findall(r"<!-- (\S+\.py) -->\n```python\n(.*?)```", page, re.DOTALL)
    assert page.count("```python") == 1
    assert block in (DOCS / "examples" / name).read_text(encoding="utf-8")


def test_nothing_is_imported_before_it_is_used(tmp_path: Path) -> None:
    """The plugin costs a project that does not use it next to nothing."""
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n", encoding="utf-8")
    code, output = run_pytest(tmp_path, conftest=LOADED)
    assert code == 0, output
    assert "loaded: []" in output
    (tmp_path / "test_a.py").write_text(TWO_TESTS, encoding="utf-8")
    assert "'connexion'" in run_pytest(tmp_path, conftest=LOADED)[1]


def test_without_the_extra(tmp_path: Path) -> None:
    """Without the extra, the fixture says what to install, and nothing else is touched."""
    (tmp_path / "test_a.py").write_text(TWO_TESTS, encoding="utf-8")
    code, output = run_pytest(tmp_path, conftest=WITHOUT_EXTRA)
    assert code == 1
    assert "1 passed, 1 error" in output
    assert "connexion is missing: pip install 'harness-nextgen[sandbox]'" in output
    assert "During handling" not in output


def test_unknown_option(tmp_path: Path) -> None:
    """A marker with an option that does not exist says so."""
    text = "import pytest\n@pytest.mark.harness_sandbox(seeds=3)\n"
    text += "def test_a(harness_sandbox): pass\n"
    (tmp_path / "test_a.py").write_text(text, encoding="utf-8")
    code, output = run_pytest(tmp_path)
    assert code == 1
    assert "@pytest.mark.harness_sandbox: " in output
    assert "unexpected keyword argument 'seeds'" in output
    assert "During handling" not in output


@pytest.mark.harness_sandbox(seed=3, rate_limit=1)
def test_options_of_the_marker(harness_sandbox: Sandbox) -> None:
    """The options of the marker hold."""
    with harness_sandbox.client(max_retries=0) as harness:
        assert len(list(harness.modules.list())) == 3
        with pytest.raises(errors.RateLimitedError):
            harness.modules.get("x")


@pytest.mark.parametrize("turn", [1, 2])
def test_a_state_for_each_test(harness_sandbox: Sandbox, turn: int) -> None:
    """What a test leaves is not there in the next."""
    assert add_module(harness_sandbox, f"m{turn}") == [f"m{turn}"]


def test_environment(harness_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients without arguments use it, whatever the test does to the environment and undoes."""
    monkeypatch.setenv("HARNESS_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.undo()
    add_module(harness_sandbox, "vpc")
    with Harness() as harness:
        assert [one.name for one in harness.modules.list()] == ["vpc"]
    assert {name: os.environ[name] for name in harness_sandbox.environment} == (
        harness_sandbox.environment
    )


def test_environment_is_put_back(tmp_path: Path) -> None:
    """After a test the environment is as it was; run_sandbox alone leaves it as it is."""
    (tmp_path / "test_a.py").write_text(PUT_BACK, encoding="utf-8")
    code, output = run_pytest(tmp_path)
    assert (code, "3 passed" in output) == (0, True), output


def test_socket_and_process_are_one_sandbox(harness_sandbox: Sandbox) -> None:
    """What one way in has written the other reads, with locations that lead to the sandbox."""
    add_module(harness_sandbox, "vpc")

    async def upload() -> str:
        async with harness_sandbox.async_client() as harness:
            await harness.onboarding.upload_archive(
                "vpc", "aws", "1.0.0", b"PK", content_disposition='attachment; filename="a.zip"'
            )
            answer = await harness.registry.with_raw_response.get_download(
                "sandbox", "vpc", "aws", "1.0.0"
            )
            return answer.headers["x-terraform-get"]

    location = asyncio.run(upload())
    assert location.startswith(harness_sandbox.url + "/iacm/registry/")
    assert httpx.get(location).content == b"PK"


def test_threads_are_kept_apart() -> None:
    """Sandboxes of several threads share a server and nothing else."""
    together = threading.Barrier(8)

    def work(number: int) -> list[str]:
        with run_sandbox() as sandbox:
            together.wait()
            found = add_module(sandbox, f"m{number}")
            together.wait()
            return found

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[f"m{number}"] for number in range(8)]


def test_logging_is_left_alone(harness_sandbox: Sandbox) -> None:
    """The server adds no handler to the loggers of the process, and hides nothing from them."""
    assert add_module(harness_sandbox, "vpc")
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        assert (logger.handlers, logger.propagate) == ([], True)


def test_a_sandbox_that_is_over() -> None:
    """A client that outlives its sandbox is told so."""
    with run_sandbox() as sandbox:
        harness = sandbox.client(max_retries=0)
    with harness, pytest.raises(errors.NotFoundError, match="is the test that it was for over"):
        harness.modules.get("x")


FIRST_USE = """
import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from harness_nextgen_sandbox import run_sandbox

sys.setswitchinterval(1e-6)  # threads meet everywhere
together = threading.Barrier(8)

async def count(sandbox):
    async with sandbox.async_client() as harness:
        return len([one async for one in harness.modules.list()])

def work(number):
    together.wait()
    with run_sandbox() as sandbox:
        together.wait()
        return asyncio.run(count(sandbox)), sandbox.url.rpartition("/")[0]

with ThreadPoolExecutor(8) as pool:
    found = set(pool.map(work, range(8)))
assert len(found) == 1, found
assert found.pop()[0] == 0
"""
FORK = """
import os
from harness_nextgen_sandbox import run_sandbox

def ask():
    with run_sandbox() as sandbox, sandbox.client(timeout=20) as harness:
        return len(list(harness.modules.list()))

assert ask() == 0
child = os.fork()
if not child:
    os._exit(7 if ask() == 0 else 8)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


@pytest.mark.parametrize("code", [FIRST_USE, FORK], ids=["first use", "fork"])
def test_other_starts(code: str) -> None:
    """Threads that come first at the same time get one server, and a fork one of its own."""
    options = ["-W", "error", "-W", "ignore::DeprecationWarning"]  # of os.fork
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
