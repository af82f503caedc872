"""A local Harness to try against: a real server for the whole effective spec, state in SQLite.

``python -m harness_nextgen_sandbox`` starts it, ``run_sandbox()`` does so inside a program, and
tests have the fixture ``harness_sandbox``. It takes the extra:
``pip install 'harness-nextgen[sandbox]'``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness_nextgen_sandbox.app import open_app
    from harness_nextgen_sandbox.options import Fault, Options
    from harness_nextgen_sandbox.running import Sandbox, run_sandbox
    from harness_nextgen_sandbox.store import Store, open_store

__all__ = ["Fault", "Options", "Sandbox", "Store", "open_app", "open_store", "run_sandbox"]

_PLACES = {
    "Fault": "options",
    "Options": "options",
    "Sandbox": "running",
    "Store": "store",
    "open_app": "app",
    "open_store": "store",
    "run_sandbox": "running",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and not before: connexion takes a second to import."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
