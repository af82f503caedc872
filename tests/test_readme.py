"""The README works as written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULE = {
    "id": "1",
    "account": "YOUR_ACCOUNT_ID",
    "name": "vpc",
    "system": "aws",
    "created": 1691150743950,
    "updated": 1691150743950,
}


class ModulesHandler(BaseHTTPRequestHandler):
    """Answers the one call of the example, and only with the headers and query that it sends."""

    def do_GET(self) -> None:
        expected = {"x-api-key": "YOUR_API_KEY", "Harness-Account": "YOUR_ACCOUNT_ID"}
        sent = {name: self.headers[name] for name in expected}
        known = self.path == "/iacm/api/modules?searchTerm=vpc" and sent == expected
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps([MODULE]).encode() if known else b"[]")

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    """Serve on a free loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), ModulesHandler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_example_lists_modules(server: str) -> None:
    """The example, pointed at a server, prints what that server lists."""
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert "https://app.harness.io" in example
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example.replace("https://app.harness.io", server)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("vpc aws\n", "")


def test_sessions_exist() -> None:
    """Every nox session that a text names is in the noxfile."""
    texts = [README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    named = {name for text in texts for name in re.findall(r"nox -s ([\w-]+)", text)}
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    defined = set(re.findall(r"^def (\w+)\(session", noxfile, re.MULTILINE))
    assert {"regenerate", "tests", "check"} <= named
    assert named <= defined


def test_overlay_commands_exist() -> None:
    """The overlay commands of the table are those of the command line."""
    named = set(re.findall(r"^\| `overlay (\w+) ", README, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "overlay", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    offered = set(re.findall(r"^    (\w+) ", done.stdout, re.MULTILINE))
    assert named == offered


def test_links_lead_somewhere() -> None:
    """Every link into the repository leads to a file that is there."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
