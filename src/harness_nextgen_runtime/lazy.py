"""Import what a package exports when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_attributes(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a package (PEP 562).

    ``modules`` names the module of each export; one of the same name is that module itself. The
    function raises AttributeError for any other name, as packages do.
    """

    def get_attribute(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{modules[name]}")
        value = module if modules[name] == name else getattr(module, name)
        # What is in the package is found without asking here again.
        vars(import_module(package))[name] = value
        return value

    return get_attribute
