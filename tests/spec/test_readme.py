"""The page about the overlays: its tables say what the spec says."""

from __future__ import annotations

import re
from typing import Any

from tests.spec.walk import OVERLAYS, nodes, operations

README = (OVERLAYS / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without the head of the table."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_operations(effective: Any, published: Any) -> None:
    """The table lists every operation with its names in both specs, and no other."""
    upstream = {
        (method, re.sub(r"\{(id|moduleId)\}", "{module_id}", path)): operation["operationId"]
        for (method, path), operation in operations(published).items()
    }
    expected = {
        (
            method,
            f"`{path}`",
            f"`{upstream[method, path]}`",
            f"`{operation['operationId']}`",
            f"`harness.{operation['x-resource']}.{operation['x-method']}`",
        )
        for (method, path), operation in operations(effective).items()
    }
    found = [tuple(row) for row in rows("The operations")]
    assert len(found) == 45
    assert set(found) == expected


def test_extensions(effective: Any) -> None:
    """The table explains every extension that the effective spec uses, and no other."""
    used = {
        str(location[-1])
        for location, _ in nodes(effective)
        if str(location[-1:][0] if location else "").startswith("x-")
        and location[-2:-1] not in {("headers",), ("securitySchemes",), ("security",)}
        and "security" not in location
    }
    explained = {
        name
        for row in rows("Extensions of the effective spec")
        for name in re.findall(r"x-[a-z-]+", row[0])
    }
    assert used == explained


def test_considered() -> None:
    """All 32 corrections that were considered are in the table, each with an outcome."""
    found = rows("What was considered")
    assert [row[0] for row in found] == [str(number) for number in range(1, 33)]
    numbers = {path.name[:2] for path in OVERLAYS.glob("*.overlay.yaml")}
    codegen = {f"codegen/{path.name[:2]}" for path in (OVERLAYS / "codegen").glob("*.overlay.yaml")}
    for _, _, outcome in found:
        named = set(re.findall(r"`((?:codegen/)?\d\d)`", outcome))
        assert named <= numbers | codegen
        assert named or outcome.startswith("declined")
