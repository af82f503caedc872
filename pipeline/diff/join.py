"""Join what the documents say of a change with what became of the Python names it touches.

A change that the documents call compatible and that breaks callers in Python is breaking. What
changed in Python and in no document is the generator's doing, or the runtime's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.diff.change import Cause, Change, Direction, PythonChange, Severity
from pipeline.diff.naming import name_argument, name_class, name_derived, name_field, pascal_case

IN_PYTHON = "In Python, "
"""What a caller's part of a change begins with where it only says what became of the names."""
_PROPERTY = "@property "
_QUOTED = re.compile(r"`([^`]+)`")
_DOTTED = re.compile(r"\w+((?:\.\w+)+)")
_PARAMETER = re.compile(r"the (\w+) parameter `([^`]+)`")
_VALUE = re.compile(r'"([^"]*)"')
_NO_CHANGE_OF_NAMES = re.compile(
    r"wording|version-changed|deprecated|undeprecated|tags-changed|link-changed"
    r"|(bound|condition|exclusion|pattern|security|server)-.*"
)
"""The rules of edits that leave everything in Python as it is."""
_RENAMES = re.compile(r".*-renamed|operation-id-changed|tag-changed|extension-changed")
"""The rules of edits that give another name to what stays."""
_PART_OF_CLASS = re.compile(r"(?:AdditionalProperty|Item|Type\d+)(?![a-z])")
"""How the generator goes on, after a component's name, where a part of it is a class."""


def join_python(
    changes: Sequence[Change], python: Sequence[PythonChange], methods: Mapping[str, str]
) -> list[Change]:
    """Return the changes with what became of their names; what belongs to none comes last.

    ``methods`` names the method for each low-level module, as ``name_methods`` does.
    """
    edits = [
        _Edit(position, one)
        for position, one in enumerate(changes)
        if not _NO_CHANGE_OF_NAMES.fullmatch(one.rule)
    ]
    starts = {pascal_case(one.rpartition(".")[2]): method for one, method in methods.items()}
    joined: list[list[PythonChange]] = [[] for _ in changes]
    alone: list[PythonChange] = []
    for one in python:
        told = _Told(one, methods, starts)
        owners = [edit for edit in edits if told.measure(edit) is not None]
        if owners:
            joined[min(owners, key=told.rank).position].append(one)
        else:
            alone.append(one)
    together = [_add_python(one, its) for one, its in zip(changes, joined, strict=True)]
    return [*together, *map(_make_change, alone)]


class _Edit:
    """A change of the documents, and what its sentence names, as Python does."""

    def __init__(self, position: int, change: Change) -> None:
        self.position = position
        self.change = change
        self.classes = {one: pascal_case("_".join(one.split(".")[1:])) for one in change.symbols}
        """How the classes begin that are made for what stands within each symbol."""
        quoted = _QUOTED.findall(change.what)
        methods = {symbol.partition(".")[2] for symbol in change.symbols}.intersection(quoted)
        named = [one.rstrip("[]{}").rpartition(".")[2] for one in quoted if one not in methods]
        self.types = {name_class(one.partition(".")[0].rstrip("[]{}")) for one in quoted}
        self.names = methods | {name(one) for one in named for name in (name_field, name_argument)}
        # Arguments for parameters of one name are told apart by where these are sent.
        self.names |= {f"{name_argument(one)}_{at}" for at, one in _PARAMETER.findall(change.what)}
        self.names |= {name_field(one).upper() for one in _VALUE.findall(change.what)}
        if "request body" in change.what:
            self.names.add("body")


class _Told:
    """A Python change, what its sentence names, and how near an edit comes to it."""

    def __init__(
        self, python: PythonChange, methods: Mapping[str, str], starts: Mapping[str, str]
    ) -> None:
        steps = python.symbol.split(".")
        # A low-level function is told as its method, which edits of the document touch.
        self._symbol = methods.get(".".join(steps[:3]), python.symbol)
        self._within = f"{self._symbol}."
        self._class = steps[1] if steps[0] == "models" else ""
        self._method = _find_method(self._class, starts)
        said = [_list_words(one) for one in _QUOTED.findall(python.what)]
        words = [word for one in said for word in one]
        self._names = {*words, *(steps[2:] if self._class else ())}
        # Of two annotations, what both have is not what changed.
        self._types = {word for word in words if word[0].isupper() and words.count(word) == 1}
        self._homes = tuple(f"models.{one}." for one in self._types)
        self._directions = _find_directions(self._symbol, python.what)
        shown = (python.before or "", python.after or "")
        self._is_property = any(one.startswith(_PROPERTY) for one in shown)
        self._is_rename = " is called " in python.what

    def rank(self, edit: _Edit) -> tuple[int, int, bool, bool, int, int]:
        """Return what is the least for the edit that this comes from: the one that names it."""
        return (
            -len(self._types & edit.types),
            -len(self._names & edit.names),
            not self._directions <= set(edit.change.directions),
            self._is_rename and not _RENAMES.fullmatch(edit.change.rule),
            self.measure(edit) or 0,
            edit.position,
        )

    def measure(self, edit: _Edit) -> int | None:
        """Return how far a symbol of the edit is from this one; None for one that is not near."""
        near = [self._measure_symbol(one, start) for one, start in edit.classes.items()]
        return min((one for one in near if one is not None), default=None)

    def _measure_symbol(self, own: str, start: str) -> int | None:
        if own == self._symbol:
            return 0
        is_inside = self._class and own.startswith(self._within)
        if is_inside or self._symbol.startswith(f"{own}.") or self._is_made_of(own):
            return 1
        if own == self._method or self._is_made_for(own, start):
            return 2
        return 3 if f"{own}.".startswith(self._homes) else None

    def _is_made_of(self, own: str) -> bool:
        """Tell whether this is a property that shows a field in another form."""
        model, _, name = self._symbol.rpartition(".")
        home, _, field = own.rpartition(".")
        return self._is_property and home == model and name in name_derived(field)

    def _is_made_for(self, own: str, start: str) -> bool:
        """Tell whether this is of a class for a schema that is written down within another."""
        if not self._class.startswith(start) or not own.startswith("models."):
            return False
        rest = self._class[len(start) :]
        return not rest[:1].islower() if own.count(".") > 1 else bool(_PART_OF_CLASS.match(rest))


def _list_words(quoted: str) -> set[str]:
    dotted = _DOTTED.fullmatch(quoted)
    return {dotted[1].removeprefix(".")} if dotted else set(re.findall(r"\w+", quoted))


def _find_method(name: str, starts: Mapping[str, str]) -> str | None:
    """Find the method that a class is made for: it begins with the name of the function."""
    begins = [one for one in starts if name.startswith(one) and not name[len(one) :][:1].islower()]
    return starts[max(begins, key=len)] if begins else None


def _find_directions(symbol: str, what: str) -> set[Direction]:
    """Find what an edit must be of that changes a method so; a model may be of either."""
    if symbol.startswith("models."):
        return set()
    if what.startswith(("the argument", "the default")):
        return {"request"}
    return {"response"} if what.startswith("it returns") else {"request", "response"}


def _add_python(change: Change, python: Sequence[PythonChange]) -> Change:
    if not python:
        return change
    worst = max(one.severity for one in python)
    if worst <= change.severity:
        return replace(change, python=tuple(python))
    said = "; ".join(f"`{one.symbol}`: {one.what}" for one in python if one.severity is worst)
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
