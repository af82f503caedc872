"""The ways to apply actions to a document, and a document to be refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.read import Overlay, overlay_of

SPEC = """\
info:
  title: T
  contact: {name: N}
tags: [a, b]
paths:
  /x:
    get: {}
"""


def document_of(value: Any, path: str = "spec.json") -> Document:
    """Return a value as the document that is read from its JSON."""
    return parse_document(json.dumps(value), path)


def overlay_with(*actions: dict[str, Any], version: str = "1.1.0") -> Overlay:
    """Return an overlay of some actions."""
    info = {"title": "Test", "version": "1"}
    text = json.dumps({"overlay": version, "info": info, "actions": actions})
    return overlay_of(parse_document(text, "overlay.json"))


def applied(value: Any, *actions: dict[str, Any], version: str = "1.1.0") -> Any:
    """Apply actions to a value and return the result."""
    return apply_overlays(document_of(value), [overlay_with(*actions, version=version)]).value


def refused(spec: str, actions: str, *, version: str = "1.1.0", strict: bool = False) -> list[str]:
    """Apply actions given as YAML, the first on line 5, and return the faults."""
    head = f"overlay: {version}\ninfo: {{title: Test, version: '1'}}\n\nactions:\n"
    overlay = overlay_of(parse_document(head + actions, "o.yaml"))
    with pytest.raises(BadInput) as caught:
        apply_overlays(parse_document(spec, "spec.yaml"), [overlay], strict=strict)
    return str(caught.value).splitlines()
