"""All that users can write with a generated client, as plain data: its names and declarations.

::

    {"format": 1, "clients": ["Harness", "AsyncHarness"],
     "operations": {"GET /modules": ["Harness.modules.list", …, "api.modules.list_modules"]},
     "symbols": {"Harness.modules.list": "def list(*, …) -> Pages[Module]", …},
     "runtime": {"errors.NotFoundError": "class NotFoundError(StatusError)", …}}

A symbol is how a person comes to a name. ``runtime`` is what the hand-written part exports; it is
None where that was not read. What follows from another line is left out
(``pipeline.diff.python.twins``).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import griffe

from pipeline.diff.python.declarations import Attribute, read_declaration
from pipeline.diff.python.runtime import RUNTIME, read_runtime
from pipeline.diff.python.tree import Package, exports_of, read_package, uses_of
from pipeline.diff.python.twins import RAW, Twins
from pipeline.faults import BadInput, Fault, Place
from pipeline.values import Json, is_array, is_object

FORMAT = 1
IMPORT = "import "
"""What stands before the name of what is not declared in the package itself."""
_ENUMS = ("Enum", "StrEnum", "IntEnum", "OpenStrEnum", "OpenIntEnum")


def read_python_surface(package_folder: Path, runtime_folder: Path | None = None) -> Json:
    """Return the surface of the client in a folder; ``runtime_folder`` holds what it runs on.

    Both are read and not imported. Raises BadInput for a folder that holds no generated client,
    and for a file that is no Python.
    """
    package = read_package(package_folder, (RUNTIME,))
    clients = _find_clients(package, package_folder)
    symbols: dict[str, str | None] = dict(_read_exports(package))
    calls: dict[str, str] = {}
    for client in clients:
        _read_client(package, client, symbols, calls)
    symbols.update(_read_models(package))
    operations: dict[str, list[str]] = {}
    modules = dict(_read_operations(package, symbols))
    methods = {method: modules[path][1] for method, path in calls.items() if path in modules}
    for key, module in sorted(modules.values()):
        callers = sorted((one for one, its in methods.items() if its == module), key=_async_last)
        operations[key] = [*callers, module]
    names = (clients[0].name, clients[1].name)
    runtime = read_runtime(runtime_folder, package, clients) if runtime_folder else None
    return {
        "format": FORMAT,
        "clients": list(names),
        "operations": operations,
        "symbols": _leave_out_twins(Twins(*names, symbols, methods)),
        "runtime": runtime,
    }


def twins_of(surface: Json) -> Twins:
    """Return all symbols of a surface with what is left out; the runtime's are not among them."""
    blocking, asynchronous = surface["clients"]
    methods = {one: its[-1] for its in surface["operations"].values() for one in its[:-1]}
    return Twins(blocking, asynchronous, surface["symbols"], methods)


def name_methods(*surfaces: Json) -> dict[str, str]:
    """Name the method for each low-level module that has one."""
    return {
        its[-1]: its[0]
        for surface in surfaces
        for its in surface["operations"].values()
        if len(its) > 1
    }


def render_python_surface(surface: Json) -> str:
    """Return a surface as JSON with a line for each symbol, in their order."""
    sections: list[str] = []
    for name, section in surface.items():
        if is_object(section):
            lines = (
                f"    {_write(key)}: {_write(value)}" for key, value in sorted(section.items())
            )
            body = ",\n".join(lines)
            sections.append(
                f"  {_write(name)}: {{\n{body}\n  }}" if body else f"  {_write(name)}: {{}}"
            )
        else:
            sections.append(f"  {_write(name)}: {_write(section)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def parse_python_surface(text: str, file: str) -> Json:
    """Read what ``render_python_surface`` wrote; raises BadInput for anything else."""
    advice = "write the baseline again from the tree that it is of"
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadInput(Fault(Place(file), f"is no JSON: {error}; {advice}")) from None
    if not is_object(value) or value.get("format") != FORMAT:
        raise BadInput(Fault(Place(file), f"is no surface of format {FORMAT}; {advice}"))
    clients, operations = value.get("clients"), value.get("operations")
    symbols, runtime = value.get("symbols"), value.get("runtime")
    if not (
        _is_texts(clients)
        and len(clients) == 2
        and is_object(operations)
        and all(_is_texts(its) and its for its in operations.values())
        and is_object(symbols)
        and (runtime is None or is_object(runtime))
    ):
        raise BadInput(Fault(Place(file), f"lacks a part of a surface; {advice}"))
    for symbol, declared in (*symbols.items(), *(runtime or {}).items()):
        if declared is not None and not _is_declaration(declared):
            message = f"says of {symbol} what is no declaration; {advice}"
            raise BadInput(Fault(Place(file), message))
    return value


def _is_texts(value: Json) -> TypeGuard[list[str]]:
    return is_array(value) and all(isinstance(one, str) for one in value)


def _is_declaration(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return value.startswith(IMPORT) or bool(read_declaration(value))
    except (SyntaxError, ValueError):
        return False


def _write(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _async_last(method: str) -> tuple[bool, str]:
    return method.startswith("Async"), method


def _find_clients(package: Package, folder: Path) -> tuple[griffe.Class, griffe.Class]:
    module = package.find_module("client")
    found: dict[str, griffe.Class] = {}
    for one in module.classes.values() if module else ():
        for base in one.bases:
            found[str(base).rpartition(".")[2]] = one
    if not {"SyncClient", "AsyncClient"} <= found.keys():
        raise BadInput(
            Fault(Place(str(folder)), "no generated client is here; name the folder of its package")
        )
    return found["SyncClient"], found["AsyncClient"]


def _read_exports(package: Package) -> Iterator[tuple[str, str]]:
    """Yield what the package itself exports, and its modules ``errors`` and ``types``."""
    for name in package.exports:
        member = package.module.members[name]
        target = package.follow(member.target_path) if isinstance(member, griffe.Alias) else member
        if isinstance(target, griffe.Class):
            yield name, str(package.read_class(target))
        elif isinstance(target, griffe.Module) or name in package.module.modules:
            yield name, f"{IMPORT}{name}"
        else:
            yield name, _describe_import(member)
    for home in ("errors", "types"):
        module = package.find_module(home)
        for name in exports_of(module) if module else ():
            assert module
            member = module.members[name]
            if isinstance(member, griffe.Attribute):
                yield f"{home}.{name}", str(package.read_attribute(member))
            else:
                yield f"{home}.{name}", f"{IMPORT}{name}"


def _describe_import(member: griffe.Object | griffe.Alias) -> str:
    assert isinstance(member, griffe.Alias)
    return f"{IMPORT}{member.target_path.rpartition('.')[2]}"


def _read_client(
    package: Package,
    client: griffe.Class,
    symbols: dict[str, str | None],
    calls: dict[str, str],
) -> None:
    """Read a client with all its resources; ``calls`` takes the module that each method calls."""
    waiting = [(client.name, client)]
    while waiting:
        symbol, cls = waiting.pop()
        for name, member in cls.members.items():
            if name.startswith("_") or isinstance(member, griffe.Alias):
                continue
            own = f"{symbol}.{name}"
            if isinstance(member, griffe.Function):
                symbols[own] = str(package.read_function(member))
                for used, attribute in uses_of(member):
                    path = package.path_of(member, used)
                    if attribute == "build_request" and f".{RAW}" not in own:
                        calls[own] = path
            elif isinstance(member, griffe.Attribute) and "property" in member.labels:
                symbols[own] = str(package.read_attribute(member)).removeprefix("@property ")
                target = package.follow(package.path_of(member, str(member.annotation)))
                if isinstance(target, griffe.Class):
                    waiting.append((own, target))


def _read_operations(
    package: Package, symbols: dict[str, str | None]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Read the low-level modules: yield the path of each, with its operation and its symbol."""
    api = package.find_module("api")
    for tag in api.modules.values() if api else ():
        for module in tag.modules.values():
            stated = module.members.get("OPERATION")
            if not isinstance(stated, griffe.Attribute):
                continue
            symbol = f"api.{tag.name}.{module.name}"
            call = ast.parse(str(stated.value), mode="eval").body
            assert isinstance(call, ast.Call)
            given = {one.arg: ast.literal_eval(one.value) for one in call.keywords
                     if one.arg in ("id", "method", "path")}  # fmt: skip
            symbols[symbol] = (
                f"OPERATION = Operation(id={given['id']!r}, method={given['method']!r}, "
                f"path={given['path']!r})"
            )
            for name, function in module.functions.items():
                if not name.startswith("_"):
                    symbols[f"{symbol}.{name}"] = str(package.read_function(function))
            yield module.path, (f"{given['method']} {given['path']}", symbol)


def _read_models(package: Package) -> Iterator[tuple[str, str]]:
    models = package.find_module("models")
    for name in exports_of(models) if models else ():
        assert models
        member = models.members[name]
        target = package.follow(member.target_path) if isinstance(member, griffe.Alias) else member
        symbol = f"models.{name}"
        if isinstance(target, griffe.Class):
            yield from _read_model(package, target, symbol)
        elif isinstance(target, griffe.Attribute):
            yield symbol, str(package.read_attribute(target))


def _read_model(package: Package, cls: griffe.Class, symbol: str) -> Iterator[tuple[str, str]]:
    head = package.read_class(cls)
    yield symbol, str(head)
    is_enum = any(base in _ENUMS for base in head.bases)
    fields: list[Attribute] = []
    for name, member in cls.members.items():
        if name.startswith("_"):
            continue
        if isinstance(member, griffe.Function):
            yield f"{symbol}.{name}", str(package.read_function(member))
        elif isinstance(member, griffe.Attribute):
            declared = package.read_attribute(member)
            if isinstance(declared, Attribute):
                if "ClassVar" in declared.annotation:
                    continue
                if not declared.is_property:
                    fields.append(declared)
            elif not is_enum:
                continue
            yield f"{symbol}.{name}", str(declared)
    if not is_enum:
        yield f"{symbol}.__init__", _write_constructor(cls, fields)


def _write_constructor(cls: griffe.Class, fields: list[Attribute]) -> str:
    """Return the constructor that attrs makes, with the names alone: each has its own line."""
    decorators = " ".join(str(one.value) for one in cls.decorators)
    all_by_name = "kw_only=True" in decorators
    given = [one for one in fields if one.setting.get("init") != "False"]
    by_name = [one.name for one in given if all_by_name or one.setting.get("kw_only") == "True"]
    by_position = [one.name for one in given if one.name not in by_name]
    names = [*by_position, *(["*", *by_name] if by_name else [])]
    return f"def __init__({', '.join(names)})"


def _leave_out_twins(twins: Twins) -> dict[str, str | None]:
    symbols = twins.symbols
    absent = {one: None for one in twins.list_twins() if one not in symbols and twins.predict(one)}
    kept = {one: text for one, text in symbols.items() if twins.predict(one) != text}
    return dict(sorted({**kept, **absent}.items()))
