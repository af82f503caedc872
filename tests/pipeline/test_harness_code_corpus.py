"""A real upstream document comes out whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.document import read_document
from pipeline.openapi import list_operations
from pipeline.regenerate import Job, regenerate
from tests.client.answers import reply
from tests.client.server import Received, Reply, serve

OVERLAYS = Path(__file__).parent / "corpus/harness-code/overlays"

IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import code_client
found = pkgutil.walk_packages(code_client.__path__, "code_client.")
modules = [importlib.import_module(module.name) for module in found]
print(sum(hasattr(module, "sync_detailed") for module in modules))
"""


CALL_ONE = """
import sys
sys.path.insert(0, sys.argv[1])
import code_client
with code_client.Client("a-key", base_url=sys.argv[2]) as client:
    for repository in client.repository.list_repos(account_identifier="a", query="vpc"):
        print(repository.identifier, repository.to_dict())
    try:
        client.repository.get_repository("none", account_identifier="a")
    except code_client.errors.NotFoundError as error:
        print(error.details.message)
"""


def test_every_operation_is_a_function_and_a_method(corpus: Path, tmp_path: Path) -> None:
    """With one overlay action, each operation can be called; the client works on our runtime."""
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

    def answer(received: Received) -> Reply:
        if received.path.endswith("/repos"):
            return reply([{"identifier": "vpc", "unknown": 1}])
        return reply({"message": "no such repository"}, 404)

    with serve(answer) as server:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", CALL_ONE, str(tmp_path / "out"), server.url],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "vpc {'identifier': 'vpc', 'unknown': 1}", "no such repository"
    ]  # fmt: skip
    assert server.received[0].headers["Authorization"] == "Bearer a-key"
    assert dict(server.received[0].query) == {"accountIdentifier": "a", "query": "vpc"}
