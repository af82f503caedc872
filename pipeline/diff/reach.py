"""Know which operations a place of a document belongs to, through all references."""

from __future__ import annotations

from functools import cached_property

from pipeline.diff.tree import Tree
from pipeline.openapi import METHODS, walk
from pipeline.values import Location, is_object

_HOLDERS = ("paths", "webhooks")


class Reach:
    """The ways from operations to components in one document."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def has(self, operation: Location) -> bool:
        """Tell whether a place is that of an operation."""
        return is_object(self.tree.at(operation))

    def list_operations(self, location: Location) -> list[Location]:
        """List the operations that lead to a place; none for what belongs to the whole API."""
        owner = _find_owner(location)
        if owner is None:
            return []
        return sorted(self.list_users(owner), key=str)

    def list_users(self, owner: Location) -> frozenset[Location]:
        """Return the operations that lead to a component, a path item or an operation."""
        if owner in self._users:
            return self._users[owner]
        found: set[Location] = set()
        seen = {owner}
        waiting = [owner]
        while waiting:
            one = waiting.pop()
            if one[0] in _HOLDERS:
                found.update(self._open_item(one))
            for other in self._referrers.get(one, ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        self._users[owner] = frozenset(found)
        return self._users[owner]

    @cached_property
    def _users(self) -> dict[Location, frozenset[Location]]:
        return {}

    @cached_property
    def _referrers(self) -> dict[Location, set[Location]]:
        """The components and operations that refer to each component."""
        found: dict[Location, set[Location]] = {}

        def note(target: object, owner: Location) -> None:
            if isinstance(target, str) and target.startswith("#/"):
                end = _find_owner(self.tree.locate(target))
                if end is not None and end != owner:
                    found.setdefault(end, set()).add(owner)

        for location, node in walk(self.tree.value):
            owner = _find_owner(location)
            if owner is None:
                continue
            note(node.get("$ref"), owner)
            discriminator = node.get("discriminator")
            if is_object(discriminator) and is_object(discriminator.get("mapping")):
                for target in discriminator["mapping"].values():
                    named = f"#/components/schemas/{target}"
                    note(target if "/" in str(target) else named, owner)
        return found

    def _open_item(self, owner: Location) -> list[Location]:
        if len(owner) == 3:
            return [owner]
        item = self.tree.at(self.tree.follow(owner))
        return [(*owner, method) for method in METHODS if is_object(item) and method in item]


def _find_owner(location: Location) -> Location | None:
    """Return the operation, path item or component that a place lies in."""
    if location[:1] == ("components",) and len(location) >= 3:
        return location[:3]
    if location[:1] and location[0] in _HOLDERS and len(location) >= 2:
        return location[:3] if len(location) >= 3 and location[2] in METHODS else location[:2]
    return None
