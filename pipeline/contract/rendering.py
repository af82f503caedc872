"""Make the client of some operations of an effective spec, import it, and forget it again.

It is what regenerating makes of them, but for the layout: the formatter does not change what code
does, and takes longer than all else.
"""

from __future__ import annotations

import importlib.util
import linecache
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType

from pipeline.document import Document
from pipeline.extract import extract_operations
from pipeline.faults import Place
from pipeline.generator import generate_package
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import Overlay
from pipeline.simplify import simplify
from pipeline.values import Json, Location

_NAME = "effective spec"


def render_client(
    effective: Json,
    codegen: Sequence[Overlay],
    operations: Collection[str],
    folder: Path,
    package: str,
) -> None:
    """Write the client of these operations into ``folder/package``, which must not exist yet.

    ``codegen`` holds the overlays that make the codegen view; they are not applied strictly, since
    what they correct may be none of these operations'. Raises BadInput for what the pipeline
    refuses, and ValueError for an operationId that is not there.
    """
    part = extract_operations(effective, operations)
    view = apply_overlays(Document(_NAME, part, ""), codegen).value
    generate_package(part, simplify(view), folder / package, package, _place, frozenset())


def import_client(folder: Path, package: str) -> ModuleType:
    """Import the client in ``folder/package``, which is found whether or not Python looks there.

    A client of this name that was imported before is forgotten.
    """
    forget_client(package)
    home = folder / package
    spec = importlib.util.spec_from_file_location(
        package, home / "__init__.py", submodule_search_locations=[str(home)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{home} holds no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        forget_client(package)
        raise
    return module


def forget_client(package: str) -> None:
    """Drop a client and all its modules, so that nothing of it stays in memory."""
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    for name in names:
        module = sys.modules.pop(name)
        for folder in getattr(module, "__path__", ()):
            sys.path_importer_cache.pop(folder, None)
    # attrs keeps the source of the methods that it writes for a class.
    for entry in [name for name in linecache.cache if f" {package}." in name]:
        del linecache.cache[entry]


def _place(location: Location) -> Place:
    return Place("/".join((_NAME, *map(str, location))))
