"""Know which operations a place of a document belongs to, through all references."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from pipeline.diff.tree import Tree
from pipeline.openapi import METHODS, walk
from pipeline.values import Location, is_object

_HOLDERS = ("paths", "webhooks")
OUTSIDE: Location = ()
"""What is neither an operation, nor a path item, nor a component."""


class Reach:
    """The ways from operations to components in one document."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def has(self, operation: Location) -> bool:
        """Tell whether a place is that of an operation."""
        return is_object(self.tree.at(operation))

    def list_operations(self, location: Location) -> list[Location]:
        """List the operations that lead to a place; none for what belongs to the whole API."""
        owner = find_owner(location)
        if owner is None:
            return []
        return sorted(self.list_users(owner), key=str)

    def list_users(self, owner: Location) -> frozenset[Location]:
        """Return the operations that lead to a component, a path item or an operation."""
        if owner not in self._users:
            self._users[owner] = frozenset(
                operation
                for one in self.climb([owner])
                if one[0] in _HOLDERS
                for operation in self._open_item(one)
            )
        return self._users[owner]

    def climb(self, owners: Iterable[Location]) -> set[Location]:
        """Return these parts of the document, and all that lead to them."""
        seen = set(owners)
        waiting = list(seen)
        while waiting:
            for other in self._referrers.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    @cached_property
    def _users(self) -> dict[Location, frozenset[Location]]:
        return {}

    @cached_property
    def _referrers(self) -> dict[Location, set[Location]]:
        """The components and operations that refer to each component, and to OUTSIDE."""
        found: dict[Location, set[Location]] = {}

        def note(target: Location | None, owner: Location) -> None:
            end = find_owner(target) or OUTSIDE if target is not None else owner
            if end != owner:
                found.setdefault(end, set()).add(owner)

        for location, node in walk(self.tree.value):
            if "$ref" not in node and "discriminator" not in node:
                continue  # as most are
            owner = find_owner(location)
            if owner is None:
                continue
            if isinstance(node.get("$ref"), str):
                note(self.tree.locate(node["$ref"]), owner)
            discriminator = node.get("discriminator")
            if is_object(discriminator) and is_object(discriminator.get("mapping")):
                for target in discriminator["mapping"].values():
                    note(self.tree.find_schema(target), owner)
        return found

    def _open_item(self, owner: Location) -> list[Location]:
        if len(owner) == 3:
            return [owner]
        item = self.tree.at(self.tree.follow(owner))
        return [(*owner, method) for method in METHODS if is_object(item) and method in item]


def find_owner(location: Location) -> Location | None:
    """Return the operation, path item or component that a place lies in."""
    if location[:1] == ("components",) and len(location) >= 3:
        return location[:3]
    if len(location) >= 2 and location[0] in _HOLDERS:
        return location[:3] if len(location) >= 3 and location[2] in METHODS else location[:2]
    return None
