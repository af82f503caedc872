"""Join what the documents say of a change with what became of the Python names it touches.

A change that the documents call compatible and that breaks callers in Python is breaking. What
changed in Python and in no document is the generator's doing, or the runtime's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.diff.change import Cause, Change, PythonChange, Severity
from pipeline.diff.naming import name_argument, name_derived, name_field

IN_PYTHON = "In Python, "
"""What a caller's part of a change begins with where it only says what became of the names."""
_QUOTED = re.compile(r"`([^`]+)`")
_PROPERTY = "@property "
_NO_CHANGE_OF_NAMES = frozenset({"wording", "version-changed"})


def join_python(changes: Sequence[Change], python: Sequence[PythonChange]) -> list[Change]:
    """Return the changes with what became of their names; what belongs to none comes last."""
    joined: list[list[PythonChange]] = [[] for _ in changes]
    alone: list[PythonChange] = []
    for one in python:
        found = _find_owner(one, changes)
        if found is None:
            alone.append(one)
        else:
            joined[found].append(one)
    together = [_add_python(one, its) for one, its in zip(changes, joined, strict=True)]
    return [*together, *map(_make_change, alone)]


def _find_owner(python: PythonChange, changes: Sequence[Change]) -> int | None:
    """Return the position of the change that a Python change comes from."""
    touching = [
        (position, one)
        for position, one in enumerate(changes)
        if one.rule not in _NO_CHANGE_OF_NAMES
        and (_touches(one, python.symbol) or _derives(one, python))
    ]
    # Several edits may touch one method: the one that names what changed there is meant.
    naming = [found for found in touching if _names(found[1], python)]
    chosen = naming or touching
    if not chosen:
        return None
    return min(chosen, key=lambda found: (python.symbol not in found[1].symbols, found[0]))[0]


def _touches(change: Change, symbol: str) -> bool:
    return any(
        symbol == own or symbol.startswith(f"{own}.") or own.startswith(f"{symbol}.")
        for own in change.symbols
    )


def _derives(change: Change, python: PythonChange) -> bool:
    """Tell whether a property comes and goes with a field that the change touches."""
    if not any(said and said.startswith(_PROPERTY) for said in (python.before, python.after)):
        return False
    model, _, name = python.symbol.rpartition(".")
    return any(
        own.startswith(f"{model}.") and name in name_derived(own.removeprefix(f"{model}."))
        for own in change.symbols
    )


def _names(change: Change, python: PythonChange) -> bool:
    told = set(re.findall(r"\w+", " ".join((python.what, python.symbol))))
    quoted = [name.rpartition(".")[2] for name in _QUOTED.findall(change.what)]
    names = {name_field(name) for name in quoted} | {name_argument(name) for name in quoted}
    return bool(names & told)


def _add_python(change: Change, python: Sequence[PythonChange]) -> Change:
    if not python:
        return change
    worst = max(one.severity for one in python)
    if worst <= change.severity:
        return replace(change, python=tuple(python))
    said = "; ".join(dict.fromkeys(one.what for one in python if one.severity is worst))
    return replace(change, severity=worst, python=tuple(python), caller=f"{IN_PYTHON}{said}.")


def _make_change(python: PythonChange) -> Change:
    steps = python.symbol.split(".")
    return Change(
        rule="python-changed",
        what=f"`{python.symbol}`: {python.what}",
        severity=python.severity,
        resource=".".join(steps[1:-1])
        if steps[0] not in ("api", "errors", "models", "types")
        else "",
        symbols=(python.symbol,),
        caller="" if python.severity is Severity.COMPATIBLE else "Code that uses it has to change.",
        python=(python,),
        cause=Cause("generator"),
    )
