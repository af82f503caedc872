"""Compare how the parts of a form are written (OpenAPI, section Encoding Object)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.diff.tree import Roots, Tree, strip_wording
from pipeline.overlay.merge import same
from pipeline.values import Json, Location


def compare_encodings(
    old: Tree, one: Location, new: Tree, other: Location
) -> Iterator[tuple[str, Location, Location]]:
    """Yield each property that both forms have and write in different ways, with its places."""
    first: Location = (*one, "encoding")
    second: Location = (*other, "encoding")
    before, after = old.read_object(first), new.read_object(second)
    for name in dict.fromkeys([*before, *after]):
        was, is_now = _read(old, one, name), _read(new, other, name)
        if was is not None and is_now is not None and not same(was, is_now):
            yield name, (*first, name), (*second, name)


def _read(tree: Tree, media_type: Location, name: str) -> Json:
    """Read how a property is written, what is left out included; None where there is none."""
    properties = tree.open(((*media_type, "schema"),)).list_properties()
    if name not in properties:
        return None
    said = tree.read_object((*media_type, "encoding", name))
    style = said.get("style", "form")
    return {
        "contentType": said.get("contentType", _find_type(tree, properties[name])),
        "style": style,
        "explode": said.get("explode", style == "form"),
        "headers": strip_wording(said.get("headers", {})),
        "allowReserved": said.get("allowReserved", False),
    }


def _find_type(tree: Tree, roots: Roots) -> str:
    """Find the type that a part has where none is written: of a list it is that of its items."""
    seen: set[Roots] = set()
    opened = tree.open(roots)
    while (kinds := opened.list_types() or frozenset()) == frozenset({"array"}):
        ends = tree.list_ends(tuple(location for location, _ in opened.find_all("items")))
        if not ends or ends in seen:
            return "application/octet-stream"
        seen.add(ends)
        opened = tree.open(ends)
    if kinds == frozenset({"object"}):
        return "application/json"
    if not kinds or ((formats := opened.find("format")) and formats[1] in ("binary", "base64")):
        return "application/octet-stream"
    return "text/plain"
