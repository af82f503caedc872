"""Our templates, and the record of the generator's own ones that they replace.

Each template of ours names, in its first line, the digest of the stock template that it was
written against. When an upgrade of the generator changes one of those, generation fails until a
person has looked at the change and written the new digest there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

from pipeline.faults import BadInput, Fault, Place

TEMPLATES = Path(__file__).parent / "templates"

_OWN = "{# Has no stock template. #}\n"
_RECORD = re.compile(r"\{# Replaces (?P<name>\S+), sha256 (?P<digest>[0-9a-f]{64})\. #\}\n")


def find_stock_templates() -> Path:
    """Return the folder of the templates that the installed generator ships."""
    package = importlib.util.find_spec("openapi_python_client")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("openapi-python-client is not installed")
    return Path(package.submodule_search_locations[0]) / "templates"


def list_templates() -> dict[str, Path]:
    """List our templates by their name."""
    return {
        path.relative_to(TEMPLATES).as_posix(): path for path in sorted(TEMPLATES.rglob("*.jinja"))
    }


def read_records() -> dict[str, str]:
    """Return, for each stock template that one of ours derives from, the digest recorded there."""
    records: dict[str, str] = {}
    for name, path in list_templates().items():
        text = path.read_text(encoding="utf-8")
        if text.startswith(_OWN):
            continue
        found = _RECORD.match(text)
        if found is None or found["name"] != name:
            message = "its first line does not say which stock template it replaces"
            raise BadInput(Fault(Place(str(path), 1), message))
        records[name] = found["digest"]
    return records


def check_records() -> None:
    """Refuse (BadInput) to generate when a stock template changed under one of ours."""
    stock = find_stock_templates()
    faults: list[Fault] = []
    for name, digest in read_records().items():
        path = stock / name
        actual = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"
        if actual != digest:
            message = (
                f"the generator's own {name} changed under it (now {actual}): "
                "compare the two, then record the new digest in this line"
            )
            faults.append(Fault(Place(str(TEMPLATES / name), 1), message))
    if faults:
        raise BadInput(*faults)
