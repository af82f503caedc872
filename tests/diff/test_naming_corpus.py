"""All names of a large upstream document become what the generator makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.document import read_document
from tests.diff.test_naming import compare_names


def test_names_of_a_large_document(corpus: Path) -> None:
    """Each key and each text without a blank of the document becomes the generator's name."""
    names: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            names.update(node)
        for one in node.values() if isinstance(node, dict) else node:
            if isinstance(one, dict | list):
                collect(one)
            elif isinstance(one, str) and " " not in one:
                names.add(one)

    collect(read_document(corpus).value)
    assert len(names) > 500
    for name in names:
        compare_names(name)
