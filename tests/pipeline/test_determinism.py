"""The same inputs give the same bytes, wherever and however the pipeline runs."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.regenerate import Job
from tests.pipeline.small import PACKAGE, digest, document, run, run_check, write_project

ROOT = Path(__file__).parents[2]

SETTINGS: dict[str, dict[str, str]] = {
    "hash seed": {"PYTHONHASHSEED": "1"},
    "another hash seed": {"PYTHONHASHSEED": "4242"},
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "umask": {"UMASK": "0o077"},
}

RUN = """
import os, sys
os.umask(int(os.environ.get("UMASK", "0o022"), 8))
sys.path.insert(0, sys.argv[1])
from pipeline.cli import main
raise SystemExit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_surroundings_leave_no_trace(tmp_path: Path, setting: dict[str, str]) -> None:
    """Another folder, hash seed, time zone, locale or umask changes no byte and no mode."""
    value = document(info={"title": "Läden \U0001f6cd", "version": "1"})
    reference = write_project(tmp_path / "reference", value)
    run(reference)
    job = write_project(tmp_path / "a folder elsewhere/é", value)
    done = subprocess.run(
        [
            sys.executable, "-c", RUN, str(ROOT), "regenerate", "--spec", str(job.spec),
            "--overlays", str(job.overlays), "--output", str(job.output), "--package", PACKAGE,
        ],
        cwd=tmp_path,
        env={**os.environ, **setting},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert digest(job.output) == digest(reference.output)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in job.output.rglob("*.py")}
    assert modes == {0o644}
    assert stat.S_IMODE(job.output.stat().st_mode) == 0o755


def test_committed_client_is_what_this_python_makes() -> None:
    """The client in the repository is, on every supported Python, what the pipeline makes."""
    job = Job(
        spec=ROOT / "spec/openapi.yaml",
        overlays=ROOT / "overlays",
        output=ROOT / "generated",
        package="harness_nextgen",
    )
    assert run_check(job) == ROOT / "generated/harness_nextgen"
