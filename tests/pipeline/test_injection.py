"""Texts that try to become code come out as inert text, in every position of a document."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import BadInput
from pipeline.regenerate import Job
from tests.pipeline.small import PACKAGE, run

TRACE = "__import__('builtins').open('MARKER', 'w')"
PAYLOADS = {
    "double quote": f'" + str({TRACE}) + "',
    "single quote": f"' + str({TRACE}) + '",
    "docstring": f'"""\n{TRACE}\n"""',
    "other docstring": f"'''\n{TRACE}\n'''",
    "newline": f"x\n{TRACE}\n",
    "carriage return": f"x\r{TRACE}\r",
    "line separator": f"x\u2028{TRACE}\u2028",
    "template": "{{ " + TRACE + " }}{% set x = 1 %}{# x #}",
    "format": "{x.__class__} {" + TRACE + "}",
    "backslash": "x\\",
    "backslash and quote": f'\\" + str({TRACE}) + \\"',
    "control characters": f"\x1b[2J\x07\x08{TRACE}",
    "right to left": f"\u202e{TRACE}\u202c",
    "traversal": f"../../../{TRACE}",
    "absolute": "/etc/MARKER",
    "noqa": f"x # noqa\n{TRACE}",
    "hash": f"#\n{TRACE}",
}


def poison(text: str) -> dict[str, Any]:
    """Return a document with the text in every position that takes any text."""
    schema = {
        "type": "object",
        "title": f"Thing {text}",
        "description": text,
        "required": [text, "kind"],
        "example": {text: text},
        "properties": {
            text: {"type": "string", "description": text, "default": text, "example": text},
            "kind": {"type": "string", "enum": [text, "other"], "description": text},
            "named": {"type": "string", "enum": ["a", "b"], "x-enum-varnames": [text, "B"]},
            "fixed": {"type": "string", "enum": ["c"], "default": "c", "title": text},
            "when": {"type": "string", "format": "date-time", "description": text},
            "exact": {"const": text, "description": text},
            "only": {"oneOf": [{"const": text}, {"type": "integer"}]},
        },
        "additionalProperties": {"type": "string", "description": text},
    }
    parameters = [
        {"name": f"q{text}", "in": "query", "description": text, "required": True,
         "schema": {"type": "string", "default": text}},
        {"name": "c", "in": "cookie", "description": text, "schema": {"type": "string"}},
        {"name": "X-Header", "in": "header", "description": text, "example": text,
         "schema": {"type": "string"}},
    ]  # fmt: skip
    answer = {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": text, "version": text, "description": text},
        "servers": [{"url": text, "description": text}],
        "x-client": {
            "logger": text,
            "base_url": {"environment": text},
            "api_key": {"environment": text, "header": "X-Key"},
            "account": {"environment": text, "header": "X-Account"},
        },
        "tags": [{"name": text, "description": text}],
        "paths": {
            f"/raw/{_no_template(text)}": {"get": {"responses": {"200": {"description": text}}}},
            # What no URL may hold, httpx refuses to send.
            f"/things/{''.join(filter(str.isprintable, _no_template(text)))}": {
                "post": {
                    "operationId": f"create {text}",
                    "x-resource": f"thing {text}",
                    "x-method": f"make {text}",
                    "tags": [f"tag {text}"],
                    "summary": text,
                    "description": text,
                    "parameters": parameters,
                    "requestBody": {
                        "description": text, "required": True, "content": answer["content"],
                    },
                    "responses": {"200": answer, "default": {"description": text}},
                }
            }
        },
        "components": {"schemas": {"Thing": schema}},
    }  # fmt: skip


def _no_template(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


IMPORT_AND_SEND = """
import importlib, inspect, json, pkgutil, sys
import httpx
sys.path.insert(0, sys.argv[1])
import shop_client as package
names = [module.name for module in pkgutil.walk_packages(package.__path__, "shop_client.")]
modules = [importlib.import_module(name) for name in names]
text = json.loads(sys.stdin.read())
functions = [module for module in modules if hasattr(module, "sync_detailed")]
assert len(functions) == 2
[create] = [
    module for module in functions if "body" in inspect.signature(module.sync_detailed).parameters
]
body = {text: "1", "kind": text, "exact": text, "only": text, "left": "over"}
models = [getattr(package.models, name) for name in package.models.__all__]
[model] = [one for one in models if hasattr(one, "from_dict")]
thing = model.from_dict(body)
assert thing.to_dict() == body, thing.to_dict()
sent = []

def answer(request):
    sent.append(request)
    return httpx.Response(200, json=body)

transport = httpx.MockTransport(answer)
client = package.Client("a-key", "an-account", "http://127.0.0.1:1", transport=transport)
name = next(
    name for name, one in inspect.signature(create.sync_detailed).parameters.items()
    if name not in ("client", "body", "c", "x_header")
)
got = create.sync_detailed(client=client, body=thing, **{name: "value"})
assert got.parse().to_dict() == body
[request] = sent
assert json.loads(request.content) == body
assert request.url.params["q" + text] == "value", request.url
print("sent")
"""


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=list(PAYLOADS))
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    """Importing and using the client runs nothing of the text and keeps its names on the wire."""
    spec = tmp_path / "in/openapi.json"
    spec.parent.mkdir()
    value = poison(text)
    spec.write_text(json.dumps(value), encoding="utf-8")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    job = Job(spec=spec, output=tmp_path / "deep/er/out", package=PACKAGE)
    run(job)
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert written
    assert all(path.is_relative_to(job.output / PACKAGE) for path in written)
    for path in written:
        assert "object at 0x" not in path.read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_AND_SEND, str(job.output)],
        input=json.dumps(text),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("sent\n", "")
    assert list(tmp_path.rglob("MARKER")) == []
    assert not Path("/etc/MARKER").exists()


POSITIONS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "schema name": lambda value, text: value["components"]["schemas"].update(
        {text: {"type": "object"}}
    ),
    "media type": lambda value, text: value["paths"]["/a"]["get"]["responses"]["200"].update(
        content={text: {"schema": {"type": "object"}}}
    ),
    "status": lambda value, text: value["paths"]["/a"]["get"]["responses"].update(
        {text: {"description": "x"}}
    ),
    "type": lambda value, text: value["components"]["schemas"].update({"A": {"type": text}}),
    "reference": lambda value, text: value["components"]["schemas"].update(
        {"A": {"properties": {"a": {"$ref": text}}}}
    ),
    "header": lambda value, text: value["paths"]["/a"]["get"].update(
        parameters=[{"name": text, "in": "header", "schema": {"type": "string"}}]
    ),
}


@pytest.mark.parametrize("position", POSITIONS.values(), ids=list(POSITIONS))
def test_text_where_it_may_be_refused(
    tmp_path: Path, position: Callable[[dict[str, Any], str], None]
) -> None:
    """Where OpenAPI allows fewer texts, each is refused on one line or comes out inert."""
    for number, text in enumerate(PAYLOADS.values()):
        value: dict[str, Any] = {
            "openapi": "3.0.3",
            "info": {"title": "A", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": {"description": "x"}}}}},
            "components": {"schemas": {}},
        }
        position(value, text)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "openapi.json").write_text(json.dumps(value), encoding="utf-8")
        job = Job(spec=folder / "openapi.json", output=folder / "out", package=PACKAGE)
        try:
            run(job)
        except BadInput as error:
            assert len(str(error).splitlines()) == len(error.faults)  # noqa: PT017
            assert "cannot be laid out" not in str(error)  # noqa: PT017
            assert not job.output.exists()
            continue
        for path in job.output.rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            assert "__import__" not in names, (text, path)
    script = "import sys\n" + "\n".join(
        f"sys.path.insert(0, {str(path.parent)!r}); import {PACKAGE}; "
        f"del sys.modules[{PACKAGE!r}]; sys.path.pop(0)"
        for path in tmp_path.glob(f"*/out/{PACKAGE}")
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("MARKER")) == []
