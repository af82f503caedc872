"""Which classes callers make, and which they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.diff.python.annotations import names_in
from pipeline.diff.python.declarations import Attribute, ClassHead, Declaration, Signature


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of classes whose objects callers make, and of those whose objects they read."""

    made: frozenset[str]
    read: frozenset[str]

    def is_made(self, name: str) -> bool:
        """Tell whether callers make one; also where nothing tells what it is for."""
        return name in self.made or name not in self.read

    def is_read(self, name: str) -> bool:
        """Tell whether callers read one; also where nothing tells what it is for."""
        return name in self.read or name not in self.made


def find_roles(declared: Mapping[str, Declaration]) -> Roles:
    """Find the roles of all classes from the functions that take and return them.

    What stands in a field has the role of the class that the field is in. An error is read.
    """
    taken: set[str] = set()
    given: set[str] = set()
    inside: dict[str, set[str]] = {}
    for symbol, one in declared.items():
        home, _, _ = symbol.rpartition(".")
        if isinstance(one, Signature):
            for parameter in one.parameters:
                taken |= _names(parameter.annotation)
            given |= _names(one.returns)
        elif isinstance(one, Attribute) and home.count(".") == 1:
            inside.setdefault(home.partition(".")[2], set()).update(_names(one.annotation))
        elif isinstance(one, ClassHead):
            for base in one.bases:
                inside.setdefault(one.name, set()).update(re.findall(r"[A-Za-z_]\w*", base))
            if symbol.startswith("errors."):
                given.add(one.name)
    return Roles(frozenset(_reach(taken, inside)), frozenset(_reach(given, inside)))


def _names(annotation: str | None) -> frozenset[str]:
    return names_in(annotation) if annotation else frozenset()


def _reach(first: Iterable[str], inside: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += inside.get(name, ())
    return reached
