"""Bad input gets one clear line a fault, exit code 2, and changes no file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import regenerate
from pipeline.cli import main
from tests.pipeline.small import digest, document, run, write_project

Edit = Callable[[dict[str, Any]], None]


def rejected(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """Run the command where a client lies already; return what it said, relative to the folder."""
    before = digest(folder / "out")
    code = main(["regenerate", *options])
    said = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" …")]
    assert code == 2
    assert digest(folder / "out") == before
    assert sorted(path.name for path in folder.glob(".out*")) == []
    assert said
    return [line.replace(f"{folder}/", "") for line in said]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose client was generated."""
    run(write_project(tmp_path))
    return tmp_path


def options_of(folder: Path, spec: str = "openapi.json") -> list[str]:
    """Return the command's options for a project."""
    return [
        "--spec", str(folder / spec), "--overlays", str(folder / "overlays"),
        "--output", str(folder / "out"), "--package", "shop_client",
    ]  # fmt: skip


DEEP = 300
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
TEXTS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "bad.yaml: is empty: it must hold a JSON or YAML document"),
    "not YAML": (
        "a: [1\nb: 2",
        "bad.yaml:2:2: is not YAML: while parsing a flow sequence did not find expected ',' or ']'",
    ),
    "a list": (
        "- a",
        "bad.yaml:1:1: holds a list: an OpenAPI document is a mapping with the key 'openapi'",
    ),
    "a text": (
        "a",
        (
            "bad.yaml:1:1: holds a single value: "
            "an OpenAPI document is a mapping with the key 'openapi'"
        ),
    ),
    "alias bomb": (BOMB, "bad.yaml:5:45: aliases expand to more than 100,000 values"),
    "alias in itself": ("a: &x\n  b: *x", "bad.yaml:2:6: the alias *x stands inside itself"),
    "too deep": (
        "[" * DEEP + "]" * DEEP,
        "bad.yaml:1:201: is nested more than 200 levels deep: no API description is",
    ),
    "deep": (
        "a: " + "[" * 900,
        "bad.yaml:1:203: is nested more than 200 levels deep: no API description is",
    ),
    "not a number": (
        "a: .nan",
        "bad.yaml:1:4: .nan is not a JSON number: quote it if it is text",
    ),
    "merge key": (
        "a: {<<: {b: 1}}",
        "bad.yaml:1:5: merge keys (<<) are not YAML 1.2: write the members out",
    ),
    "NUL": ("a: \0", "bad.yaml:1:4: is not YAML: control characters are not allowed"),
    "not UTF-8": (
        "a: é".encode("latin-1"),
        "bad.yaml:1:4: is not UTF-8: save the file in that encoding",
    ),
    "half a surrogate": (
        '{"a": "\\ud800"}',
        "bad.yaml: holds half a surrogate pair, which is no character",
    ),
    "Swagger": (
        "swagger: '2.0'",
        "bad.yaml:1:1: is Swagger 2.0: convert it to OpenAPI 3 first (npx swagger2openapi FILE)",
    ),
    "OpenAPI 4": ("openapi: 4.0.0", "bad.yaml:1:1: is OpenAPI '4.0.0': 3.0 and 3.1 can be read"),
    "no OpenAPI": (
        "info: {}",
        "bad.yaml:1:1: has no key 'openapi': it is not an OpenAPI document",
    ),
}


@pytest.mark.parametrize(("text", "message"), TEXTS.values(), ids=list(TEXTS))
def test_text_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, message: str
) -> None:
    """A file that is no OpenAPI document is refused where it stops to be one."""
    raw = text if isinstance(text, bytes) else text.encode()
    (project / "bad.yaml").write_bytes(raw)
    assert rejected(project, capsys, *options_of(project, "bad.yaml")) == [message]


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "- " * 2_000 + "x", "{a: " * 2_000])
def test_text_deep_enough_to_crash_libyaml_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Where libyaml gives up first, at a place of its own, the reason is the same."""
    (project / "bad.yaml").write_text(text)
    [said] = rejected(project, capsys, *options_of(project, "bad.yaml"))
    assert re.fullmatch(r"bad\.yaml:1:\d+: is nested more than 200 levels deep: .*", said)


def test_missing_file_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A spec that is not there is named."""
    said = rejected(project, capsys, *options_of(project, "nowhere.yaml"))
    assert said == ["nowhere.yaml: no such file: check the path"]


def test_large_file_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document over the limit is refused, with the option that raises it."""
    (project / "openapi.json").write_text(" " * 2000, encoding="utf-8")
    said = rejected(project, capsys, *options_of(project), "--max-bytes", "1000")
    assert said == ["openapi.json: is larger than 1,000 bytes: raise the limit with --max-bytes"]


def _set(*steps: str, to: Any) -> Edit:
    def edit(value: dict[str, Any]) -> None:
        for step in steps[:-1]:
            value = value[step]
        value[steps[-1]] = to

    return edit


@pytest.mark.parametrize("name", ["", "a-b", "1a", "class", "../a", "a.b", "é"])
def test_bad_package_name_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A package must have a name that Python can import."""
    [said] = rejected(project, capsys, *options_of(project)[:-1], name)
    assert said == f"--package: {name!r} is no name of a Python package: use letters, digits and _"


def test_spec_without_output_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another document never goes over the client of this repository."""
    said = rejected(project, capsys, "--spec", str(project / "openapi.json"))
    assert said == ["--spec: needs --output DIR: where the client goes"]


@pytest.mark.parametrize("parent", ["file", "/proc/tty"])
def test_unwritable_output_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], parent: str
) -> None:
    """Where no folder can be made, the command says so."""
    (project / "file").write_text("", encoding="utf-8")
    output = str(project / parent / "out")
    options = [*options_of(project)[:4], "--output", output]
    [said] = rejected(project, capsys, *options)
    assert said.startswith(f"{output}: cannot be written: ".replace(f"{project}/", ""))
    assert said.endswith(": name another folder with --output")


def test_input_that_can_be_read_once_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard input and pipes are no files whose digest could go into the lock."""
    os.mkfifo(project / "pipe")
    for spec, said in (("-", "-"), (str(project / "pipe"), "pipe")):
        options = ["--spec", spec, *options_of(project)[2:]]
        message = "is no plain file, and its digest goes into the lock: save it as one"
        assert rejected(project, capsys, *options) == [f"{said}: {message}"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "this run: cannot go on: No space left on device"),
        (OSError(5, "Input/output error", "out/x"), "out/x: cannot go on: Input/output error"),
    ],
)
def test_failing_disk_is_told(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    message: str,
) -> None:
    """A disk that is full, or fails, is no reason for a traceback or a half-made client."""

    def fail(*_arguments: Any) -> None:
        raise error

    value = document(info={"title": "Another", "version": "2"})
    write_project(project, value)
    monkeypatch.setattr(regenerate, "write_lock", fail)
    assert rejected(project, capsys, *options_of(project)) == [message]


ITEMS = ("paths", "/items", "post")
LONG = "a" * 300
NAMES: dict[str, tuple[Edit, str]] = {
    "operationId": (
        _set(*ITEMS, "operationId", to=LONG),
        f"the name {'a' * 40}… is too long for a file: shorten it",
    ),
    "tag": (
        _set(*ITEMS, "tags", to=[LONG]),
        f"the name {'a' * 40}… is too long for a file: shorten it",
    ),
    "schema": (
        _set("components", "schemas", LONG, to={"type": "object"}),
        (f"the schema A{'a' * 39}… has too long a name for a file: "
         "give it, or what it is in, a shorter title by an overlay"),
    ),
    "two letters that Python reads as one": (
        _set("components", "schemas", "Odd", to={"properties": {"\ufb01": {}, "fi": {}}}),
        ("components/schemas/Odd would be lost: "
         "Unable to process schema /components/schemas/Odd: Properties … and … have the same"),
    ),
    "default that is no number": (
        _set("components", "schemas", "Odd", to={"type": "number", "default": "nan"}),
        "the default nan is no number that a client can hold: remove it",
    ),
    "default that is infinite": (
        _set("components", "schemas", "Odd", to={"type": "integer", "default": "-inf"}),
        "the default -inf is no number that a client can hold: remove it",
    ),
    "default that is too large": (
        _set("components", "schemas", "Odd", to={"type": "number", "default": 10**390}),
        f"the default 1{'0' * 39} is no number that a client can hold: remove it",
    ),
    "two files of one name": (
        lambda value: value["components"]["schemas"].update(
            {"ABC": {"type": "object"}, "Abc": {"type": "object"}}
        ),
        "the schemas ABC and Abc would both be the file abc.py: give one another title",
    ),
    "names of enum values": (
        _set("components", "schemas", "Odd",
             to={"type": "string", "enum": ["a", "b"], "x-enum-varnames": ["A"]}),
        "names 1 values and the enum has 2: name each",
    ),
    "enum values of one name": (
        _set("components", "schemas", "Odd", to={"type": "string", "enum": ["a b", "a_b"]}),
        ("two values of this enum would get one Python name, 'a_b' and 'a b' would both be A_B: "
         "give each a name by an overlay that adds 'x-enum-varnames'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), NAMES.values(), ids=list(NAMES))
def test_name_or_value_that_code_cannot_hold_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], edit: Edit, message: str
) -> None:
    """What has no file, no name or no literal of its own in Python is named with its place."""
    value = document()
    edit(value)
    (project / "openapi.json").write_text(json.dumps(value, indent=1), encoding="utf-8")
    said = rejected(project, capsys, *options_of(project))
    place, _, rest = said[-1].partition(": ")
    assert place.split(":")[0] == "openapi.json"
    assert rest.startswith(message)


def test_names_in_any_script_are_imported(tmp_path: Path) -> None:
    """Names of other scripts, ligatures and pictures come out as modules that can be imported."""
    value = document()
    value["paths"]["/items"]["post"] |= {"operationId": "\ufb01nd", "tags": ["\ufb01les"]}
    value["paths"]["/items/{item_id}"]["get"] |= {"operationId": "\U0001f389", "tags": ["日本"]}
    value["components"]["schemas"]["Item"]["title"] = "\ufb01le"
    value["components"]["schemas"]["Item"]["properties"]["\uff43lass"] = {"type": "string"}
    run(write_project(tmp_path, value))
    script = (
        "import importlib, pkgutil, shop_client\n"
        "found = pkgutil.walk_packages(shop_client.__path__, 'shop_client.')\n"
        "modules = [importlib.import_module(one.name) for one in found]\n"
        "print(sum(hasattr(one, 'sync_detailed') for one in modules))\n"
        "print(shop_client.models.FileModel.from_dict({'name': 'n', '\uff43lass': 'c'}).to_dict())"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        cwd=tmp_path / "out", capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.decode().splitlines() == ["2", "{'name': 'n', '\uff43lass': 'c'}"]


def test_idle_allowance_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An allowed loss that does not happen is taken out of the command."""
    [said] = rejected(project, capsys, *options_of(project), "--allow-loss", "get_item")
    message = "--allow-loss 'get_item': nothing of that name is lost: drop the option"
    assert said == f"openapi.json: {message}"
