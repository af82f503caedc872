"""An installed client verifies its own files, and names each that is not as it was published."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness_nextgen_runtime.provenance import digest_content
from pipeline.lock import digest_file
from pipeline.publish.distributions import Distributions
from tests.pipeline import small
from tests.publish.project import ROOT, VERSION

INFO = f"harness_nextgen-{VERSION}.dist-info"
LOCK = "harness_nextgen/generation.lock"
Change: TypeAlias = Callable[[dict[str, Any]], None]
AGAIN = "install the distribution again"

# What the command loads, besides Python's own.
LIST_MODULES = """
import runpy, sys
sys.argv[1:] = ["--provenance"]
try:
    runpy.run_module("harness_nextgen", run_name="__main__")
except SystemExit as end:
    code = end.code
names = {name for name in sys.modules if name.partition(".")[0] in (
    "attr", "attrs", "httpx", "yaml", "pydantic", "harness_nextgen", "harness_nextgen_runtime",
)}
print(code, *sorted(names), file=sys.stderr)
"""


@pytest.fixture
def installed(built: Distributions, tmp_path: Path) -> Path:
    """A folder with what is in the wheel, as an installer puts it there."""
    folder = tmp_path / "site-packages"
    with zipfile.ZipFile(built.wheel) as archive:
        archive.extractall(folder)
    return folder


def run(
    *paths: Path, package: str = "harness_nextgen", options: Sequence[str] = ("--provenance",)
) -> subprocess.CompletedProcess[str]:
    """Run the command with these folders to import from, and no network or home to ask."""
    return subprocess.run(
        [sys.executable, "-S", "-W", "error", "-m", package, *options],
        cwd=paths[0].parent,
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def find(folder: Path) -> list[str]:
    """Return what the command finds wrong; where it finds something, it exits with 1."""
    done = run(folder)
    findings = done.stderr.splitlines()
    assert done.returncode == (1 if findings else 0)
    assert ("files hold" in done.stdout) == (not findings)
    return findings


def edit_lock(folder: Path, change: Change, *, seal: bool) -> None:
    """Change a lock; ``seal`` writes the digest that it has then."""
    path = folder / LOCK
    lock = json.loads(path.read_text(encoding="utf-8"))
    change(lock)
    if seal:
        content = {key: lock[key] for key in lock if key not in ("comment", "digest")}
        lock["digest"] = digest_content(content)
    path.write_text(json.dumps(lock), encoding="utf-8")


def test_all_holds(installed: Path) -> None:
    """Where nothing was touched, it exits with 0 and tells all that the client was made from."""
    done = run(installed)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    lock = json.loads((installed / LOCK).read_text(encoding="utf-8"))
    inputs = lock["inputs"]
    assert lines[0] == f"harness-nextgen {VERSION}"
    told = [tuple(line.rsplit(None, 2)) for line in lines[1:-1]]
    assert told == [
        *(("made by", name, one) for name, one in inputs["tools"].items()),
        ("spec", "openapi.yaml", digest_file(ROOT / "spec/openapi.yaml")),
        *(("overlay", name, digest_file(ROOT / "overlays" / name)) for name in inputs["overlays"]),
        *(
            ("template", name, digest_file(ROOT / "pipeline/templates" / name))
            for name in inputs["templates"]
        ),
        (
            "effective spec",
            "harness_nextgen/openapi.yaml",
            digest_file(ROOT / "generated/harness_nextgen/openapi.yaml"),
        ),
        ("lock", "generation.lock", lock["digest"]),
    ]
    assert len(inputs["overlays"]) > 30
    assert len(inputs["templates"]) > 10
    assert {"openapi-python-client", "ruff"} < set(inputs["tools"])
    files = [path for path in installed.rglob("*") if path.is_file()]
    assert lines[-1] == f"{len(files) - 2} files hold"  # all but RECORD and the lock itself


def test_what_installers_do(built: Distributions, tmp_path: Path) -> None:
    """What pip adds and compiles is not judged."""
    folder = tmp_path / "site-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(folder), str(built.wheel)], check=True)
    assert list(folder.rglob("*.pyc"))
    assert (folder / INFO / "INSTALLER").exists()
    (folder / "another_package").mkdir()
    (folder / "another_package/__init__.py").touch()
    assert find(folder) == []


def test_wheel_that_is_not_unpacked(built: Distributions) -> None:
    """A wheel on the path verifies itself, too."""
    done = run(built.wheel)
    assert (done.returncode, done.stderr) == (0, "")


def test_changed_and_missing_files(installed: Path) -> None:
    """A file of any part that has another byte, or is gone, is named."""
    for name in (
        "harness_nextgen/client.py", "harness_nextgen/openapi.yaml", "harness_nextgen/py.typed",
        "harness_nextgen_runtime/retry.py", "harness_nextgen_sandbox/page.html",
        f"{INFO}/METADATA", f"{INFO}/entry_points.txt", f"{INFO}/licenses/LICENSE",
    ):  # fmt: skip
        path = installed / name
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert find(installed) == [f"{name}: was changed: {AGAIN}"]
        path.unlink()
        assert find(installed) == [f"{name}: is missing: {AGAIN}"]
        path.write_bytes(content)
    assert find(installed) == []


def test_added_files(installed: Path) -> None:
    """What is in the packages and was not published is named; Python's caches are not judged."""
    added = [
        "harness_nextgen/extra.py", "harness_nextgen/models/new/deep.txt",
        "harness_nextgen_runtime/retry.pyc", "harness_nextgen_sandbox/handlers/.hidden",
    ]  # fmt: skip
    passed = ["harness_nextgen/__pycache__/client.cpython-311.pyc", f"{INFO}/REQUESTED", "other.py"]
    for name in [*added, *passed]:
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        (installed / name).write_bytes(b"")
    (installed / "harness_nextgen/linked").symlink_to(installed / "harness_nextgen_runtime")
    names = [*added, "harness_nextgen/linked"]
    assert find(installed) == [
        f"{name}: was added: remove it, or {AGAIN}" for name in sorted(names)
    ]


def test_several_findings(installed: Path) -> None:
    """Each of several is named: a package that is gone, a file that is a folder now."""
    sandbox = list((installed / "harness_nextgen_sandbox").rglob("*.*"))
    shutil.rmtree(installed / "harness_nextgen_sandbox")
    (installed / "harness_nextgen/errors.py").unlink()
    (installed / "harness_nextgen/errors.py").mkdir()
    findings = find(installed)
    assert f"harness_nextgen/errors.py: is missing: {AGAIN}" in findings
    assert len(findings) == len(sandbox) + 1
    assert all(line.endswith(f": is missing: {AGAIN}") for line in findings)


def test_line_ends_and_links(installed: Path) -> None:
    """Line ends of another system, and installers that link to their cache, change nothing."""
    path = installed / "harness_nextgen/client.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    cache = installed.parent / "cache.py"
    linked = installed / "harness_nextgen/types.py"
    shutil.move(linked, cache)
    linked.symlink_to(cache)
    assert find(installed) == []
    cache.unlink()
    assert find(installed) == [f"harness_nextgen/types.py: is missing: {AGAIN}"]


def test_edited_lock(installed: Path) -> None:
    """A lock that was edited to fit an edited file is told, and nothing in it is believed."""
    path = installed / "harness_nextgen/client.py"
    path.write_text("evil = True\n", encoding="utf-8")

    def fit(lock: dict[str, Any]) -> None:
        lock["outputs"]["client.py"] = digest_file(path)

    edit_lock(installed, fit, seal=False)
    done = run(installed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{LOCK}: the lock was edited, its digest is that of another: {AGAIN}\n"


def test_sealed_lock_has_another_digest(installed: Path, built: Distributions) -> None:
    """A lock that was edited and sealed anew holds; what it says of itself is not as published."""
    published = json.loads(built.sbom.read_text(encoding="utf-8"))["metadata"]["component"]
    [digest] = [one["value"] for one in published["properties"]]
    assert digest in run(installed).stdout

    def forget(lock: dict[str, Any]) -> None:
        del lock["outputs"]["client.py"]

    (installed / "harness_nextgen/client.py").unlink()
    edit_lock(installed, forget, seal=True)
    done = run(installed)
    assert done.returncode == 0
    assert digest not in done.stdout


def drop_inputs(lock: dict[str, Any]) -> None:
    """Take away what the client was made from."""
    del lock["inputs"]


def number_a_digest(lock: dict[str, Any]) -> None:
    """Make a digest a number."""
    lock["outputs"]["client.py"] = 5


def list_the_files(lock: dict[str, Any]) -> None:
    """Make a mapping a list."""
    lock["distribution"] = []
    lock["outputs"] = ["client.py"]


def test_lock_of_another_form(installed: Path) -> None:
    """A lock of another form is none, whatever its digest, and is told in one line."""
    whole = (installed / LOCK).read_bytes()
    for change in (drop_inputs, number_a_digest, list_the_files):
        (installed / LOCK).write_bytes(whole)
        edit_lock(installed, change, seal=True)
        assert_no_lock(installed)
    for text in ("", "{", "[]", "5", '{"inputs": {}}', "[" * 100_000, "\ud800"):
        (installed / LOCK).write_bytes(text.encode("utf-8", "surrogatepass"))
        assert_no_lock(installed)


def assert_no_lock(installed: Path) -> None:
    """Assert that the command refuses what is no lock."""
    done = run(installed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{LOCK}: the lock was edited, it is none any more: {AGAIN}\n"


def test_no_lock(installed: Path) -> None:
    """Without a lock there is nothing to verify by."""
    (installed / LOCK).unlink()
    done = run(installed)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{LOCK}: is missing, and nothing can be verified without it: {AGAIN}\n"


def test_hostile_names(installed: Path) -> None:
    """No name of a file or in a lock can write to the terminal what is obeyed there."""
    (installed / "harness_nextgen/\x1b[31m\nred.py").touch()

    def name(lock: dict[str, Any]) -> None:
        lock["distribution"]["name"] = "a\nb\x1b[2J"

    edit_lock(installed, name, seal=True)
    done = run(installed)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.startswith("a\ufffdb\ufffd[2J ")
    assert done.stderr.count("\n") == 1


def test_usage(installed: Path) -> None:
    """Without --provenance, and for what it does not know, it says how it is used: exit code 2."""
    for options in ((), ("--provenence",), ("--provenance", "more")):
        done = run(installed, options=options)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("usage: python -m harness_nextgen [-h] [--provenance]\n")
    done = run(installed, options=("--help",))
    assert (done.returncode, done.stderr) == (0, "")
    assert "verify every file" in done.stdout


def test_checkout() -> None:
    """From a checkout, one line says so, and what was generated is verified."""
    done = run(ROOT / "generated", ROOT / "src")
    assert (done.returncode, done.stderr) == (0, "")
    first, *_, note, last = done.stdout.splitlines()
    assert first == "harness_nextgen"
    assert note == "no built distribution, as in a checkout: only the generated files are verified"
    outputs = json.loads((ROOT / "generated" / LOCK).read_text(encoding="utf-8"))["outputs"]
    assert last == f"{len(outputs)} files hold"


def test_client_of_another_document(tmp_path: Path) -> None:
    """A client of any document has the command, which names an edited file of it."""
    job = small.write_project(tmp_path)
    small.run(job)
    done = run(job.output, ROOT / "src", package=small.PACKAGE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{small.PACKAGE}\n")
    with (job.output / small.PACKAGE / "client.py").open("a", encoding="utf-8") as file:
        file.write("# an edit\n")
    done = run(job.output, ROOT / "src", package=small.PACKAGE)
    assert (done.returncode, done.stderr) == (
        1,
        f"{small.PACKAGE}/client.py: was changed: {AGAIN}\n",
    )


def test_loads_nothing_else(installed: Path) -> None:
    """The command loads nothing of the client, and importing the client nothing of the command."""
    env = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", LIST_MODULES]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stderr.split() == [
        "0", "harness_nextgen", "harness_nextgen_runtime", "harness_nextgen_runtime.lazy",
        "harness_nextgen_runtime.provenance",
    ]  # fmt: skip
    code = "import sys, harness_nextgen; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert not {"argparse", "json", "hashlib", "importlib.resources"} & {*done.stdout.split()}
    assert "harness_nextgen_runtime.provenance" not in done.stdout
