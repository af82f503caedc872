"""The client of some operations is what regenerating makes of them, works, and is forgotten."""

from __future__ import annotations

import gc
import json
import linecache
import shutil
import sys
import weakref
from pathlib import Path
from typing import Any

import harness_nextgen
import pytest

from pipeline.contract.calling import MODES, Caller
from pipeline.contract.fixture import Call
from pipeline.contract.rendering import forget_client, import_client, render_client
from pipeline.contract.replay import Answer, Replay
from pipeline.edits import drop, put, rename
from pipeline.effective import find_overlays
from pipeline.faults import BadInput
from pipeline.layout import lay_out
from pipeline.overlay.read import read_overlay
from tests.client.described import ROOT, SPEC, list_operations
from tests.contract.exchanges import JSON, MODULE

CODEGEN = [read_overlay(path) for path in find_overlays(ROOT / "overlays").codegen]
OPERATIONS = ("get_module", "list_modules", "list_organizations")
GET = Call("modules.get", {"module_id": "1a2b"})


def make(folder: Path, package: str, spec: Any = SPEC, *operations: str) -> Any:
    """Make and import the client of some operations."""
    render_client(spec, CODEGEN, operations or OPERATIONS, folder, package)
    return import_client(folder, package)


def call(package: Any, server: Replay, mode: str, one: Call, body: Any) -> Any:
    """Call a client, which is given one answer in JSON."""
    server.load([Answer(200, JSON, json.dumps(body).encode())])
    with Caller(package, mode) as caller:
        return caller.call(one, server.url, "key", "abc123")


def list_kept(package: str, folder: Path) -> list[str]:
    """List what Python still keeps of a client."""
    return [
        *(name for name in sys.modules if name.split(".")[0] == package),
        *(name for name in linecache.cache if package in name),
        *(name for name in sys.path_importer_cache if str(folder) in name),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_part_works_like_the_whole(tmp_path: Path, server: Replay, mode: str) -> None:
    """The client of three operations sends and reads what the published one does."""
    part = make(tmp_path, "part_that_works")
    try:
        lists = Call("modules.list", {"limit": 1, "search_term": "v"})
        for one, body in ((GET, MODULE), (lists, [MODULE])):
            outcome = call(part, server, mode, one, body)
            sent = server.received
            assert outcome == call(harness_nextgen, server, mode, one, body)
            assert [(it.method, it.target, it.body) for it in sent] == [
                (it.method, it.target, it.body) for it in server.received
            ]
            assert outcome.returned == body
            assert len(sent) == 1
        gone = call(part, server, mode, Call("organizations.get", {"org": "o"}), {})
        assert gone.refused == "AttributeError"
        assert server.received == []
    finally:
        forget_client("part_that_works")


def test_whole_is_what_regenerating_makes(tmp_path: Path) -> None:
    """All operations, laid out, are the files of the published client."""
    names = [one.id for one in list_operations()]
    render_client(SPEC, CODEGEN, names, tmp_path, "harness_nextgen")
    lay_out(tmp_path / "harness_nextgen")
    published = ROOT / "generated" / "harness_nextgen"
    made = read(tmp_path / "harness_nextgen")
    assert made == {name: text for name, text in read(published).items() if name in made}
    assert len(made) == len(read(published)) > len(names)


def read(folder: Path) -> dict[str, str]:
    """Read the modules of a package."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
    }


def test_forgotten_client_leaves_nothing(tmp_path: Path, server: Replay) -> None:
    """Modules, sources and finders go, and with them the classes; the published one stays."""
    package = make(tmp_path, "part_to_forget")
    assert call(package, server, "sync", GET, MODULE).returned == MODULE
    model = weakref.ref(package.models.Module)
    assert len(list_kept("part_to_forget", tmp_path)) > 10
    before = set(list_kept("harness_nextgen", ROOT / "generated"))
    del package
    forget_client("part_to_forget")
    gc.collect()
    assert list_kept("part_to_forget", tmp_path) == []
    assert model() is None
    assert set(list_kept("harness_nextgen", ROOT / "generated")) == before


def test_name_can_be_used_again(tmp_path: Path, server: Replay) -> None:
    """What is imported is what was written last, and not what Python kept of the time before."""
    synced = ("components", "schemas", "Module", "properties", "synced")
    first = make(tmp_path, "part_made_twice", SPEC, "get_module")
    assert hasattr(call_get(first, server), "synced")
    shutil.rmtree(tmp_path / "part_made_twice")
    changed = rename(SPEC, synced, "synchr")
    second = make(tmp_path, "part_made_twice", changed, "get_module")
    try:
        assert second is not first
        module = call_get(second, server)
        assert hasattr(module, "synchr")
        assert not hasattr(module, "synced")
    finally:
        forget_client("part_made_twice")


def call_get(package: Any, server: Replay) -> Any:
    """Get a module, as its model."""
    server.load([Answer(200, JSON, json.dumps(MODULE).encode())])
    with package.Harness("key", "abc123", server.url) as client:
        return client.modules.get("1a2b")


def test_overlays_need_not_match(tmp_path: Path) -> None:
    """An operation is made although most codegen overlays find nothing to correct in it."""
    package = make(tmp_path, "part_of_one", SPEC, "delete_organization")
    forget_client("part_of_one")
    assert package.__name__ == "part_of_one"


def test_what_the_pipeline_refuses_is_refused(tmp_path: Path) -> None:
    """A spec that no client can be made from is BadInput, as in regenerating."""
    paging = ("paths", "/iacm/api/modules", "get", "x-pagination", "page")
    for spec in (put(SPEC, (*paging, "parameter"), "nothing"), drop(SPEC, (*paging, "first"))):
        with pytest.raises(BadInput, match="/iacm/api/modules/get/x-pagination: "):
            render_client(spec, CODEGEN, ["list_modules"], tmp_path, "part_refused")
    with pytest.raises(ValueError, match="no operation is named nothing"):
        render_client(SPEC, CODEGEN, ["nothing"], tmp_path, "part_refused")


def test_failed_import_leaves_nothing(tmp_path: Path) -> None:
    """A client whose code breaks down is not there half."""
    render_client(SPEC, CODEGEN, ["get_module"], tmp_path, "part_broken")
    (tmp_path / "part_broken" / "__init__.py").write_text("from . import types\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        import_client(tmp_path, "part_broken")
    assert list_kept("part_broken", tmp_path) == []
