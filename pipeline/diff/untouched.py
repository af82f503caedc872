"""Know what is the same on both sides together with all that it leads to: most of a document."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.diff.reach import OUTSIDE, Reach, find_owner
from pipeline.openapi import METHODS
from pipeline.values import Json, Location, is_object


class Untouched:
    """The operations, path items and components that no edit reaches: none needs comparing."""

    def __init__(self, before: Reach, after: Reach) -> None:
        self._parts: frozenset[Location] = frozenset()
        if before.tree.value.get("openapi") != after.tree.value.get("openapi"):
            return  # the same words may mean something else
        # As text, since 1 is not true and not 1.0; parts in another order are only compared.
        olds, news = (
            {part: repr(value) for part, value in _list_parts(side.tree.value)}
            for side in (before, after)
        )
        edited = {part for part in {**olds, **news} if olds.get(part) != news.get(part)}
        # What lies outside of all parts is not looked at: whatever leads there counts as edited.
        edited.add(OUTSIDE)
        self._parts = frozenset(olds.keys() - before.climb(edited) - after.climb(edited))

    def has_operation(self, old: Location, new: Location) -> bool:
        """Tell whether an operation, and what it shares with its path item, is untouched."""
        parts = find_owner(old), find_owner(old[:-1])
        return old == new and all(part in self._parts for part in parts)


def _list_parts(value: Json) -> Iterator[tuple[Location, Json]]:
    """List what a document consists of, each part without the parts inside it."""
    for section, named in value.get("components", {}).items():
        for name, one in named.items() if is_object(named) else ():
            yield ("components", section, name), one
    for holder in ("paths", "webhooks"):
        for path, item in value.get(holder, {}).items():
            shared = item
            if is_object(item):
                shared = {key: one for key, one in item.items() if key not in METHODS}
                for method in METHODS:
                    if method in item:
                        yield (holder, path, method), item[method]
            yield (holder, path), shared
