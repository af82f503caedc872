"""The surface that is read of a client, without importing it, is what Python sees of it."""

from __future__ import annotations

import builtins
import datetime
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import typing
import uuid
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import attrs
import harness_nextgen
import httpx
import pytest
from harness_nextgen import errors, models, types

from harness_nextgen_runtime import multipart, request
from pipeline.diff.python.annotations import normalise
from pipeline.diff.python.declarations import (
    Assignment,
    Attribute,
    ClassHead,
    Kind,
    Signature,
    read_declaration,
)
from pipeline.diff.python.surface import (
    parse_python_surface,
    read_python_surface,
    render_python_surface,
    twins_of,
)
from pipeline.faults import BadInput
from tests.client.described import ROOT, list_operations

PACKAGE = ROOT / "generated/harness_nextgen"
RUNTIME = ROOT / "src/harness_nextgen_runtime"
CLIENTS = (harness_nextgen.Harness, harness_nextgen.AsyncHarness)
KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: Kind.EITHER,
    inspect.Parameter.KEYWORD_ONLY: Kind.NAME_ONLY,
    inspect.Parameter.VAR_KEYWORD: Kind.ANY_NAMES,
}
COMPLETE = '{"format": 1, "clients": ["A", "B"], "operations": {}'
# Where the names of annotations come from: the imports of the source are for type checkers only.
NAMES: dict[str, Any] = {
    **{name: getattr(models, name) for name in models.__all__},
    **{name: getattr(types, name) for name in types.__all__},
    **{name: getattr(typing, name) for name in ("Any", "Literal", "Unpack")},
    "AsyncHarness": harness_nextgen.AsyncHarness,
    "Harness": harness_nextgen.Harness,
    "Request": request.Request,
    "RequestFiles": multipart.RequestFiles,
    "UUID": uuid.UUID,
    "builtins": builtins,
    "datetime": datetime,
    "httpx": httpx,
    "uuid": uuid,
}


@cache
def surface() -> Any:
    """The surface of the committed client, with its runtime."""
    return read_python_surface(PACKAGE, RUNTIME)


@cache
def declared() -> dict[str, Any]:
    """Every symbol of the committed client, with what is declared of it."""
    twins = twins_of(surface())
    return {one: read_declaration(str(twins.find(one))) for one in twins.list_all()
            if not str(twins.find(one)).startswith("import ")}  # fmt: skip


def evaluate(annotation: Any) -> Any:
    """Return what an annotation stands for."""
    return eval(annotation, dict(NAMES)) if isinstance(annotation, str) else annotation


def walk_client(symbol: str, value: Any) -> Iterator[tuple[str, Any]]:
    """List what hangs on a client or resource, with the functions of its class."""
    for name, member in vars(type(value)).items():
        if name.startswith("_"):
            continue
        if isinstance(member, FunctionType):
            yield f"{symbol}.{name}", member
        elif hasattr(member, "func"):
            yield f"{symbol}.{name}", getattr(value, name)
            yield from walk_client(f"{symbol}.{name}", getattr(value, name))


def walk_clients() -> dict[str, Any]:
    """List what hangs on both clients."""
    return {
        symbol: value
        for client in CLIENTS
        for symbol, value in walk_client(client.__name__, client("key", "account"))
    }


def walk_api() -> dict[str, Any]:
    """List the public functions of the low-level modules."""
    found: dict[str, Any] = {}
    package = importlib.import_module("harness_nextgen.api")
    for info in pkgutil.walk_packages(package.__path__, "harness_nextgen.api."):
        if info.ispkg:
            continue
        module = importlib.import_module(info.name)
        symbol = info.name.removeprefix("harness_nextgen.")
        found[symbol] = module.OPERATION
        for name, value in vars(module).items():
            is_own = isinstance(value, FunctionType) and value.__module__ == info.name
            if is_own and not name.startswith("_"):
                found[f"{symbol}.{name}"] = value
    return found


def walk_models() -> dict[str, Any]:
    """List the models and enums with their members."""
    found: dict[str, Any] = {}
    for name in models.__all__:
        cls = getattr(models, name)
        found[f"models.{name}"] = cls
        if issubclass(cls, Enum):
            found.update({f"models.{name}.{one.name}": one for one in cls})
            continue
        found[f"models.{name}.__init__"] = cls
        found.update({f"models.{name}.{one.name}": one for one in own_fields(cls)})
        for key, value in vars(cls).items():
            if not key.startswith("_") and isinstance(value, property | FunctionType):
                found[f"models.{name}.{key}"] = value
    return found


def own_fields(cls: Any) -> list[Any]:
    """Return the fields of a model that it does not have from its base."""
    return [one for one in attrs.fields(cls) if not one.inherited]


def require_signature(symbol: str, signature: Signature, function: Any) -> None:
    """Require that a signature is that of the function."""
    real = inspect.signature(function)
    parameters = [one for one in real.parameters.values() if one.name != "self"]
    assert [one.name for one in signature.parameters] == [one.name for one in parameters], symbol
    for told, parameter in zip(signature.parameters, parameters, strict=True):
        assert told.kind is KINDS[parameter.kind], symbol
        assert evaluate(told.annotation) == evaluate(parameter.annotation), (symbol, told)
        if parameter.default is inspect.Parameter.empty:
            assert told.default is None, (symbol, told)
        else:
            assert evaluate(told.default) == parameter.default, (symbol, told)
    assert evaluate(signature.returns) == evaluate(real.return_annotation), symbol
    assert signature.is_async == inspect.iscoroutinefunction(function), symbol


def test_the_symbols_are_those_of_the_imported_package() -> None:
    """No public name of the clients, their resources, the low-level API or models is missed."""
    exported = {*harness_nextgen.__all__} - {"errors", "models", "types"}
    told = {one for one in twins_of(surface()).list_all() if one.split(".")[0] not in
            ("errors", "types", "models", "api")}  # fmt: skip
    assert told == exported | walk_clients().keys()
    for home, real in (("api", walk_api()), ("models", walk_models())):
        assert {one for one in declared() if one.startswith(f"{home}.")} == real.keys()


@pytest.mark.parametrize("module", [errors, types], ids=["errors", "types"])
def test_errors_and_types_are_what_is_exported(module: Any) -> None:
    """Every exported name is a symbol, and the runtime says what each class is."""
    home = module.__name__.rpartition(".")[2]
    told = {one for one in surface()["symbols"] if one.startswith(f"{home}.")}
    assert told == {f"{home}.{name}" for name in module.__all__}
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, type) and value.__name__ == name:
            head = read_declaration(surface()["runtime"][f"{home}.{name}"])
            assert isinstance(head, ClassHead)
            real = {one.__name__ for one in value.__mro__}
            plain = {base.partition("[")[0].rpartition(".")[2] for base in head.bases}
            assert plain - {"NamedTuple", "TypedDict"} <= real


def test_methods_have_the_signatures_that_python_sees() -> None:
    """The names, order, kinds, defaults and annotations of arguments are those of the functions."""
    functions = {**walk_clients(), **walk_api()}
    seen = 0
    for symbol, value in functions.items():
        if isinstance(value, FunctionType):
            require_signature(symbol, declared()[symbol], value)
            seen += 1
    assert seen == 45 * (4 + 7)


def test_resources_are_told_by_their_class() -> None:
    """What stands for a resource is the class that is behind the attribute."""
    for symbol, value in walk_clients().items():
        if not isinstance(value, FunctionType):
            assert declared()[symbol].annotation == type(value).__name__


def test_models_have_the_fields_that_attrs_sees() -> None:
    """The types, defaults and order of fields are those of attrs, properties those of the class."""
    for symbol, value in walk_models().items():
        told = declared()[symbol]
        if isinstance(told, Attribute) and told.is_property:
            real = value.fget.__annotations__["return"]
            assert evaluate(told.annotation) == evaluate(real), symbol
        elif isinstance(told, Attribute):
            assert evaluate(told.annotation) == evaluate(value.type), symbol
            assert told.is_required == (value.default is attrs.NOTHING), symbol
            assert told.is_required or evaluate(told.default) == value.default, symbol
        elif symbol.endswith(".__init__"):
            names = [one.name for one in own_fields(value) if one.init]
            assert [one.name for one in told.parameters] == names, symbol
        elif isinstance(told, Assignment):
            assert evaluate(told.value) == value.value, symbol
        elif isinstance(told, ClassHead):
            real_bases = {one.__name__ for one in value.__mro__}
            assert {one.partition("[")[0] for one in told.bases} <= real_bases, symbol


def test_operations_are_those_of_the_effective_spec() -> None:
    """Each operation is served by a method of both clients and by its low-level module."""
    described = {f"{one.method} {one.path}": one for one in list_operations()}
    operations = surface()["operations"]
    assert operations.keys() == described.keys()
    for key, (blocking, asynchronous, module) in operations.items():
        assert asynchronous == f"Async{blocking}"
        assert module.rpartition(".")[2] == described[key].id
        operation = walk_api()[module]
        assert (operation.id, f"{operation.method} {operation.path}") == (described[key].id, key)
        assert f"{operation.id!r}" in surface()["symbols"][module]


def test_what_follows_from_another_line_is_left_out() -> None:
    """Of all forms of a method or of a low-level function only the first is written down."""
    written = surface()["symbols"]
    assert [one for one in written if one.startswith("AsyncHarness.") or ".with_raw" in one] == []
    forms = {one.rpartition(".")[2] for one in written if re.match(r"api(\.\w+){3}$", one)}
    assert forms == {"decode_success", "sync"}
    assert None not in written.values()


def test_form_that_does_not_follow_is_told(tmp_path: Path) -> None:
    """An asynchronous method that differs from its twin is written down, a missing one as null."""
    folder = copy_package(tmp_path)
    resource = folder / "resources/organizations.py"
    edit(resource, "async def delete(self, org: str", "async def delete(self, org: int")
    edit(folder / "api/modules/get_module.py", "def build_request(", "def _build_request(")
    found = read_python_surface(folder)
    (symbol,) = (one for one in found["symbols"] if one.startswith("AsyncHarness."))
    assert symbol == "AsyncHarness.organizations.delete"
    assert "org: int" in found["symbols"][symbol]
    assert found["symbols"]["api.modules.get_module.build_request"] is None
    assert twins_of(found).find("api.modules.get_module.build_request") is None


def test_layout_and_spelling_make_no_difference(tmp_path: Path) -> None:
    """Quotes, Optional and Union, another import and another layout give the same surface."""
    folder = copy_package(tmp_path)
    module = folder / "models/module.py"
    edit(
        module,
        "synced: int | None | Unset = UNSET",
        "synced: (\n        'Optional[Union[int, Unset]]'\n    ) = UNSET",
    )
    edit(
        module,
        "import datetime\n",
        "import datetime\nfrom datetime import datetime as moment\n"
        "from typing import Optional, Union\n",
    )
    edit(
        module,
        "def created_at(self) -> datetime.datetime | None",
        "def created_at(self) -> Optional[moment]",
    )
    resource = folder / "resources/modules.py"
    edit(resource, "builtins.list[str] | Unset", "List[str] | Unset")
    edit(resource, "import builtins", "import builtins\nfrom typing import List")
    again = read_python_surface(folder, RUNTIME)
    synced = again["symbols"].pop("models.Module.synced")
    assert synced == "synced: int | Unset | None = UNSET"
    expected = {**surface(), "symbols": {**surface()["symbols"]}}
    del expected["symbols"]["models.Module.synced"]
    assert again == expected


def test_surface_is_written_a_line_for_each_symbol_and_read_back() -> None:
    """The text is short, the same each time, and gives the surface again."""
    text = render_python_surface(surface())
    assert text == render_python_surface(read_python_surface(PACKAGE, RUNTIME))
    assert parse_python_surface(text, "surface.json") == surface()
    parts = ("operations", "symbols", "runtime")
    # Two braces, the format, the clients, and two lines around each part.
    assert len(text.splitlines()) == sum(len(surface()[part]) for part in parts) + 10
    assert len(text.encode()) < 100_000


def test_reading_imports_nothing_of_the_package() -> None:
    """The package is read by a process that cannot have imported it."""
    code = (
        "import sys; from pathlib import Path\n"
        "from pipeline.diff.python.surface import read_python_surface\n"
        "read_python_surface(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print([one for one in sys.modules if one.startswith('harness_nextgen')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PACKAGE), str(RUNTIME)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no surface of format 1"),
        ('{"format": 2}', "is no surface of format 1"),
        ('{"format": 1, "clients": []}', "lacks a part"),
        (f'{COMPLETE}, "symbols": {{}}, "runtime": []}}', "lacks a part"),
        (f'{COMPLETE}, "symbols": {{"A": 1}}}}', "says of A what is no declaration"),
        (f'{COMPLETE}, "symbols": {{"A": ""}}}}', "says of A what is no declaration"),
        (f'{COMPLETE}, "symbols": {{"A": "def f("}}}}', "says of A what is no declaration"),
    ],
)
def test_text_that_is_no_surface_is_refused(text: str, message: str) -> None:
    """Another text is bad input, with the file and what to do."""
    with pytest.raises(BadInput, match=rf"^base\.json: .*{message}.*; write the baseline again"):
        parse_python_surface(text, "base.json")


def test_types_of_the_runtime_are_told_by_what_users_can_name() -> None:
    """Of two other names of a type, the one that is exported stands, the other is what it means."""
    constructor = read_declaration(surface()["runtime"]["Harness.__init__"])
    verify = next(one for one in constructor.parameters if one.name == "verify")
    assert verify.annotation == "bool | str | os.PathLike[str] | ssl.SSLContext"
    save = read_declaration(surface()["runtime"]["types.Download.save"])
    assert [one.annotation for one in save.parameters][1] == "Progress | None"


def test_folder_without_a_client_is_refused(tmp_path: Path) -> None:
    """A folder that is empty, no client, or holds a file that is no Python, is bad input."""
    with pytest.raises(BadInput, match="no Python package is here"):
        read_python_surface(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/__init__.py").write_text("")
    with pytest.raises(BadInput, match="no generated client is here"):
        read_python_surface(tmp_path / "other")
    folder = copy_package(tmp_path)
    (folder / "models/module.py").write_text("class Module(\n")
    with pytest.raises(BadInput, match=r"models/module\.py:1:.*regenerate the client"):
        read_python_surface(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Union[str, None]", "str | None"),
        ("Optional['Module']", "Module | None"),
        ("str | (int | None)", "str | int | None"),
        ("str | str", "str"),
        ("List[Dict[str, 'int']]", "list[dict[str, int]]"),
        ("Literal['a', \"b\"]", "Literal['a', 'b']"),
        ("Callable[['int', Union[str, int]], None]", "Callable[[int, str | int], None]"),
        ("Annotated[int, 'seconds']", "int"),
    ],
)
def test_annotations_have_one_spelling(text: str, expected: str) -> None:
    """An annotation is the same however it is written."""
    assert normalise(text) == expected


def copy_package(tmp_path: Path) -> Path:
    """Copy the Python files of the committed client, to be edited."""
    folder = tmp_path / "harness_nextgen"
    for path in PACKAGE.rglob("*.py"):
        target = folder / path.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace all of a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
