"""Cut some operations out of an OpenAPI document, with all that they need and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

from pipeline.edits import drop, put
from pipeline.openapi import (
    METHODS,
    Operation,
    follow,
    inline_path_items,
    list_operations,
    resolve_pointer,
    split_pointer,
    walk,
)
from pipeline.values import Json, Location, is_array, is_object

Component: TypeAlias = tuple[str, str]
"""Section and name: ``("schemas", "Module")``."""


def extract_operations(
    document_value: Json, keep: Collection[str] | Callable[[Operation], bool]
) -> Json:
    """Return a document with only the operations kept, and only the components that they reach.

    ``keep`` holds operationIds, or tells of each operation whether to keep it. Reached is what
    references lead to, those in discriminator mappings and the names of security schemes
    included. What a kept operation refers to inside one that goes is written out in its place.
    Webhooks go, and so do links to operations that do. Everything else stays, in its order.

    The result shares its parts with ``document_value``: do not change it in place. Raises
    ValueError for an operationId that is not there, and for a reference into an operation that
    goes when it leads back to itself.
    """
    whole = inline_path_items(document_value)
    whole.pop("webhooks", None)
    kept = _choose(whole, keep)
    value = {**whole, "paths": _keep_paths(whole["paths"], kept)}
    return _keep_used(_write_out_lost(_drop_links(value, whole, kept), whole))


def reach_components(node: Json, document_value: Json) -> frozenset[Component]:
    """Return the components that a part of a document leads to, also through each other."""
    components = document_value.get("components", {})
    reached: set[Component] = set()
    waiting = [node]
    while waiting:
        for section, name in _name_components(waiting.pop(), components):
            if name in components.get(section, {}) and (section, name) not in reached:
                reached.add((section, name))
                if section != "examples":  # they are data
                    waiting.append(components[section][name])
    return frozenset(reached)


def _choose(
    value: Json, keep: Collection[str] | Callable[[Operation], bool]
) -> frozenset[Location]:
    operations = list_operations(value)
    if callable(keep):
        return frozenset(one.location for one in operations if keep(one))
    chosen = {one.operation_id: one.location for one in operations if one.operation_id in keep}
    if missing := sorted(set(keep) - chosen.keys()):
        raise ValueError(f"no operation is named {', '.join(missing)}")
    return frozenset(chosen.values())


def _keep_paths(paths: dict[str, Json], kept: frozenset[Location]) -> dict[str, Json]:
    items: dict[str, Json] = {}
    for path, item in paths.items():
        if not path.startswith("/"):
            items[path] = item  # an extension
        elif any(("paths", path, method) in kept for method in METHODS):
            items[path] = {
                key: member
                for key, member in item.items()
                if key not in METHODS or ("paths", path, key) in kept
            }
    return items


def _drop_links(value: Json, whole: Json, kept: frozenset[Location]) -> Json:
    named = {one.operation_id: one.location for one in list_operations(whole)}

    def stays(link: Json) -> bool:
        try:
            link = follow(link, whole)
        except KeyError:
            return True  # a reference to nothing, which is for a check to tell
        if "operationId" in link:
            return named.get(link["operationId"]) in kept
        reference = str(link.get("operationRef", ""))
        return not reference.startswith("#/") or split_pointer(reference) in kept

    for location, node in list(walk(_keep_used(value))):
        links = node.get("links")
        # A response is the only thing that has links.
        if location[-2:-1] == ("responses",) and is_object(links):
            at = (*location, "links")
            staying = {name: link for name, link in links.items() if stays(link)}
            value = put(value, at, staying) if staying else drop(value, at)
    return value


def _write_out_lost(value: Json, whole: Json) -> Json:
    """Write out what is referred to inside an operation that is gone."""

    def is_lost(node: dict[str, Json]) -> bool:
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/paths/"):
            return False
        try:
            resolve_pointer(value, reference)
        except KeyError:
            return _resolves(whole, reference)
        return False

    def write_out(node: Json, seen: tuple[str, ...] = ()) -> Json:
        for location, inner in find_lost(node):
            beside = {key: member for key, member in inner.items() if key != "$ref"}
            reference = inner["$ref"]
            if reference in seen:
                raise ValueError(f"the reference {reference} leads back to itself")
            target = write_out(resolve_pointer(whole, reference), (*seen, reference))
            node = put(node, location, {**target, **beside})
        return node

    def find_lost(part: Json) -> list[tuple[Location, dict[str, Json]]]:
        return [(location, node) for location, node in walk(part) if is_lost(node)]

    # What was written out may lead to further components.
    while lost := find_lost(_keep_used(value)):
        for location, node in lost:
            value = put(value, location, write_out(node))
    return value


def _resolves(value: Json, reference: str) -> bool:
    try:
        resolve_pointer(value, reference)
    except KeyError:
        return False
    return True


def _keep_used(value: Json) -> Json:
    """Leave out the components that nothing leads to, and the sections that have none then."""
    if "components" not in value:
        return value
    others = {key: member for key, member in value.items() if key != "components"}
    reached = reach_components(others, value)
    used: dict[str, Json] = {}
    for section, members in value["components"].items():
        if section.startswith("x-"):
            used[section] = members
        elif named := {name: one for name, one in members.items() if (section, name) in reached}:
            used[section] = named
    return {
        key: used if key == "components" else member
        for key, member in value.items()
        if key != "components" or used
    }


def _name_components(node: Json, components: dict[str, Json]) -> Iterator[Component]:
    """Name the components that a part of a document refers to itself."""
    for _, one in walk(node):
        yield from _read_reference(one.get("$ref"))
        if is_object(examples := one.get("examples")):  # those of a schema are a list of data
            for example in examples.values():
                if is_object(example):
                    yield from _read_reference(example.get("$ref"))
        if is_object(discriminator := one.get("discriminator")):
            for target in discriminator.get("mapping", {}).values():
                if target in components.get("schemas", {}):
                    yield "schemas", target
                else:
                    yield from _read_reference(target)
        if is_array(security := one.get("security")):
            for requirement in security:
                yield from (("securitySchemes", name) for name in requirement)


def _read_reference(reference: Json) -> Iterator[Component]:
    if isinstance(reference, str) and reference.startswith("#/components/"):
        _, section, name, *_ = (*split_pointer(reference), "")
        yield section, name
