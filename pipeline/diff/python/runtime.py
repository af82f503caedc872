"""What a generated client exports of the hand-written runtime: constructor, options, errors, types.

What a class has from a base that is not exported is told as its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import griffe

from pipeline.diff.python.declarations import Assignment, Attribute, ClassHead
from pipeline.diff.python.tree import Package, exports_of, read_package

RUNTIME = "harness_nextgen_runtime"
HOMES = ("errors", "types")
# How an object is built, walked, opened and asked; the others show it or copy it.
_PROTOCOL = frozenset(
    f"__{name}__"
    for name in ("init", "iter", "next", "aiter", "anext", "enter", "exit", "aenter", "aexit",
                 "await", "call", "len", "bool", "getitem", "contains")
)  # fmt: skip


def read_runtime(
    folder: Path, package: Package, clients: tuple[griffe.Class, griffe.Class]
) -> dict[str, str]:
    """Return the declarations of what ``package`` exports of the runtime in a folder, by symbol.

    Raises BadInput for a folder that holds no package, and for a file that is no Python.
    """
    exported = {path: symbol for symbol, path in _list_exports(package)}
    runtime = read_package(folder, (package.module.name,), exported)
    found: dict[str, str] = {}
    for path, symbol in exported.items():
        target = runtime.follow(path)
        if isinstance(target, griffe.Class):
            bases = tuple(_list_bases(runtime, target, exported))
            found[symbol] = str(ClassHead(target.name, bases))
            found.update(_read_members(runtime, target, symbol, exported))
        elif isinstance(target, griffe.Attribute):
            found[symbol] = str(runtime.read_attribute(target))
    for client in clients:
        for base in client.bases:
            target = runtime.follow(package.path_of(client, str(base).partition("[")[0]))
            if isinstance(target, griffe.Class):
                found.update(_read_members(runtime, target, client.name, exported))
    return dict(sorted(found.items()))


def _list_exports(package: Package) -> Iterator[tuple[str, str]]:
    for home in HOMES:
        module = package.find_module(home)
        for name in exports_of(module) if module else ():
            assert module
            member = module.members[name]
            if isinstance(member, griffe.Alias):
                yield f"{home}.{name}", member.target_path


def _list_bases(runtime: Package, cls: griffe.Class, exported: dict[str, str]) -> Iterator[str]:
    for base in cls.bases:
        target = runtime.follow(runtime.path_of(cls, str(base).partition("[")[0]))
        if isinstance(target, griffe.Class) and target.path not in exported:
            yield from _list_bases(runtime, target, exported)
        else:
            yield runtime.spell(cls, base, value=True)


def _read_members(
    runtime: Package, cls: griffe.Class, symbol: str, exported: dict[str, str]
) -> Iterator[tuple[str, str]]:
    for base in cls.bases:
        target = runtime.follow(runtime.path_of(cls, str(base).partition("[")[0]))
        if isinstance(target, griffe.Class) and target.path not in exported:
            yield from _read_members(runtime, target, symbol, exported)
    is_enum = any("Enum" in str(base) for base in cls.bases)
    # ``self.message = message`` is of the argument's type.
    given = _read_arguments(runtime, cls)
    for name, member in cls.members.items():
        if name.startswith("_") and name not in _PROTOCOL:
            continue
        if isinstance(member, griffe.Function):
            yield f"{symbol}.{name}", str(runtime.read_function(member))
        elif isinstance(member, griffe.Attribute):
            declared = runtime.read_attribute(member)
            if isinstance(declared, Assignment) and not is_enum:
                declared = Attribute(name, given.get(declared.value, "Any"))
            yield f"{symbol}.{name}", str(declared)


def _read_arguments(runtime: Package, cls: griffe.Class) -> dict[str, str]:
    constructor = cls.members.get("__init__")
    if not isinstance(constructor, griffe.Function):
        return {}
    parameters = runtime.read_function(constructor).parameters
    return {one.name: one.annotation or "Any" for one in parameters}
