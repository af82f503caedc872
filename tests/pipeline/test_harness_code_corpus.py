"""A real upstream document comes out whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.document import read_document
from pipeline.openapi import list_operations
from pipeline.regenerate import Job, regenerate

OVERLAYS = Path(__file__).parent / "corpus/harness-code/overlays"

IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import code_client
found = pkgutil.walk_packages(code_client.__path__, "code_client.")
modules = [importlib.import_module(module.name) for module in found]
print(sum(hasattr(module, "sync_detailed") for module in modules))
"""


def test_every_operation_has_its_function(corpus: Path, tmp_path: Path) -> None:
    """With one overlay action, each of its operations is a function that can be imported."""
    job = Job(spec=corpus, overlays=OVERLAYS, output=tmp_path / "out", package="code_client")
    report = regenerate(job, lambda stage: None)
    operations = list_operations(read_document(corpus).value)
    assert len(operations) == 73
    assert report.made is not None
    assert report.made.generated.operations == 73
    assert report.made.generated.losses == ()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("73\n", "")
