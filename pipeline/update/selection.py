"""What of the upstream document we carry: the operations, and what comes with them.

``spec/selection.yaml`` says which::

    operations:                       # what we carry, by method and path
      - GET /v1/orgs
    prefixes:                         # where we look for new operations
      - /v1/orgs
    ignored:                          # what we know there and do not carry
      - reason: Secrets are a product of their own.
        operations:
          - /v1/orgs/{org}/secrets    # all that is at this path and below it
          - DELETE /v1/orgs           # this one

The names of path parameters do not matter where paths are compared: ``/v1/orgs/{id}`` is
``/v1/orgs/{org}``. They do matter for what is selected: a parameter that has another name is for
a person to look at.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.contract.forms import require_form
from pipeline.document import Document, read_document
from pipeline.extract import extract_operations, reach_components
from pipeline.faults import BadInput, Fault
from pipeline.openapi import METHODS, check_openapi, check_version, list_operations, resolve_pointer
from pipeline.values import Json, Location, is_array, is_object

_TEXTS: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": "string"}}
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["operations", "prefixes"],
    "additionalProperties": False,
    "properties": {
        "operations": _TEXTS,
        "prefixes": _TEXTS,
        "ignored": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["reason", "operations"],
                "additionalProperties": False,
                "properties": {
                    "reason": {"type": "string", "minLength": 1},
                    "operations": _TEXTS,
                },
            },
        },
    },
}
_METHOD = "|".join(method.upper() for method in METHODS)
_OPERATION = re.compile(rf"(?:{_METHOD}) /\S*")
_PATH = re.compile(r"/\S*[^\s/]")
_SAY_OPERATION = "is no operation: write a method and a path, as in GET /v1/orgs"
_SAY_PATH = "is no path: begin with a slash, and end without one, as in /v1/orgs"
_SAY_EITHER = "is neither an operation, as in GET /v1/orgs, nor a path, as in /v1/orgs"
_IS_GONE = "is gone"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Selection:
    """The operations that we carry, where new ones are looked for, and what is known there."""

    operations: tuple[str, ...]
    """As ``GET /v1/orgs``."""
    prefixes: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    """Operations, and paths that stand for all that is at or below them."""

    def watches(self, signature: str) -> bool:
        """Tell whether an operation would be news: under a prefix, not carried, not ignored."""
        return (
            any(_covers(prefix, signature) for prefix in self.prefixes)
            and not any(_covers(one, signature) for one in self.ignored)
            and without_names(signature) not in map(without_names, self.operations)
        )


@dataclass(frozen=True, slots=True)
class Gone:
    """A selected operation that the upstream has no more, and what may have become of it."""

    operation: str
    note: str

    @property
    def has_moved(self) -> bool:
        """The upstream has it still, or probably so, under another path or method."""
        return not self.note.startswith(_IS_GONE)

    def __str__(self) -> str:
        return f"{self.operation} {self.note}"


@dataclass(frozen=True, slots=True)
class Selected:
    """What the upstream has of what we carry."""

    value: Json
    """A document with the selected operations and what they need; it shares parts with upstream."""
    gone: tuple[Gone, ...]
    new_operations: tuple[str, ...]
    """Operations under the prefixes that are neither selected nor ignored."""


def read_selection(path: str | Path) -> Selection:
    """Read which operations we carry. Raises BadInput for a file that does not say it well."""
    document = read_document(path)
    require_form(document, _FORM)
    if faults := list(_find_faults(document)):
        raise BadInput(*faults)
    value = document.value
    ignored = [one for group in value.get("ignored", []) for one in group["operations"]]
    return Selection(tuple(value["operations"]), tuple(value["prefixes"]), tuple(ignored))


def select_operations(upstream: Document, selection: Selection, ours: Json = None) -> Selected:
    """Cut what we carry out of an upstream document.

    Components that nothing leads to in ``ours`` and that stand there all the same are taken in
    too: they were put there on purpose. Of the tags, those stay that the operations have. Raises
    BadInput for a document that is not OpenAPI 3, and for one of which the selected part, or what
    leads there, cannot be read.
    """
    check_version(upstream)
    whole = _without_lost_items(upstream, selection)
    published = _list_signatures(whole)
    kept = [one for one in selection.operations if one in published]
    strangers = [one for one in published if one not in selection.operations]
    by_name = _name_operations(whole)
    names = {one: name for name, one in _name_operations(ours).items()}
    gone = tuple(
        Gone(one, _say_what_became(one, strangers, by_name.get(names.get(one))))
        for one in selection.operations
        if one not in published
    )
    new = tuple(one for one in published if selection.watches(one))
    chosen = {published[one] for one in kept}
    try:
        value = extract_operations(whole, lambda operation: operation.location in chosen)
        value = _add_unused(value, whole, ours)
        value = _keep_tags(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        check_openapi(upstream.value, upstream.place)
        if isinstance(error, ValueError):
            raise BadInput(upstream.fault((), str(error))) from None
        raise
    return Selected(value, gone, new)


def _find_faults(document: Document) -> Iterator[Fault]:
    operations: list[str] = document.value["operations"]
    prefixes: list[str] = document.value["prefixes"]
    groups: list[Json] = document.value.get("ignored", [])
    ignored: list[tuple[Location, str]] = [
        (("ignored", at, "operations", position), one)
        for at, group in enumerate(groups)
        for position, one in enumerate(group["operations"])
    ]
    sections: list[tuple[str, list[tuple[Location, str]], list[re.Pattern[str]], str]] = [
        ("operations", _place_items("operations", operations), [_OPERATION], _SAY_OPERATION),
        ("prefixes", _place_items("prefixes", prefixes), [_PATH], _SAY_PATH),
        ("ignored", ignored, [_OPERATION, _PATH], _SAY_EITHER),
    ]
    found = False
    for section, entries, forms, message in sections:
        seen: set[str] = set()
        for location, one in entries:
            if not any(form.fullmatch(one) for form in forms):
                found = True
                yield document.fault(location, f"{one!r} {message}")
            elif without_names(one) in seen:
                yield document.fault(location, f"{one} stands twice in {section}: remove one")
            seen.add(without_names(one))
    for location, one in [] if found else ignored:
        if carried := next((mine for mine in operations if _covers(one, mine)), None):
            yield document.fault(location, f"{one} is ignored, and {carried} is carried: drop one")
        elif not any(_covers(prefix, one) for prefix in prefixes):
            yield document.fault(location, f"{one} is under no prefix: it need not be ignored")


def _place_items(section: str, items: list[str]) -> list[tuple[Location, str]]:
    return [((section, at), one) for at, one in enumerate(items)]


def without_names(text: str) -> str:
    """Return a path, or the signature of an operation, without the names of its parameters."""
    return _PLACEHOLDER.sub("{}", text)


def _covers(outer: str, operation: str) -> bool:
    """Tell whether an operation or a path stands for another one, or for one below it."""
    outer, operation = without_names(outer), without_names(operation)
    if not outer.startswith("/"):
        return outer == operation
    path = operation[operation.index("/") :]
    return path == outer or path.startswith(outer.rstrip("/") + "/")


def _without_lost_items(upstream: Document, selection: Selection) -> Json:
    """Drop path items that refer to nothing; one that we carry is a fault."""
    paths: Json = upstream.value.get("paths", {})
    if not is_object(paths):
        raise BadInput(upstream.fault(("paths",), "must be a mapping of paths"))
    ours = {one.split(" ", 1)[1] for one in selection.operations}
    staying: dict[str, Json] = {}
    for path, item in paths.items():
        if not _resolves(upstream.value, item):
            if path in ours:
                message = f"the reference {item['$ref']!r} of a path item cannot be followed"
                raise BadInput(upstream.fault(("paths", path, "$ref"), message))
        elif is_object(item):
            staying[path] = item
        elif path in ours:
            raise BadInput(upstream.fault(("paths", path), "must be a mapping of operations"))
    return {**upstream.value, "paths": staying}


def _resolves(value: Json, item: Json) -> bool:
    seen: set[str] = set()
    while is_object(item) and "$ref" in item:
        reference = item["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/") or reference in seen:
            return False
        seen.add(reference)
        try:
            item = resolve_pointer(value, reference)
        except KeyError:
            return False
    return True


def _list_signatures(value: Json) -> dict[str, Location]:
    found: dict[str, Location] = {}
    for path, item in value["paths"].items():
        target = item
        members = dict(item)
        while "$ref" in target:
            target = resolve_pointer(value, target["$ref"])
            members = {**target, **members}
        for method in METHODS:
            if path.startswith("/") and is_object(members.get(method)):
                found[f"{method.upper()} {path}"] = ("paths", path, method)
    return found


def _name_operations(value: Json) -> dict[str | None, str]:
    return {
        one.operation_id: f"{one.method.upper()} {one.path}"
        for one in list_operations(value or {})
        if one.operation_id
    }


def _say_what_became(operation: str, strangers: list[str], namesake: str | None) -> str:
    """Say which operation of the upstream that we do not carry a lost one probably is now."""
    method, path = operation.split(" ", 1)
    if namesake and namesake in strangers:
        return f"is {namesake} now: it has the same operationId"
    candidates = [one for one in strangers if one.startswith(f"{method} ")]
    for one in candidates:
        if without_names(one) == without_names(operation):
            return f"is {one} now: a path parameter has another name"
    tail = without_names(path).split("/")
    moved = [one for one in candidates if _ends_alike(without_names(one).split("/"), tail)]
    if moved:
        nearest = max(moved, key=lambda one: _likeness(one, operation))
        return f"is probably {nearest} now: the path has moved"
    spelled = {without_names(one): one for one in strangers}
    for near in difflib.get_close_matches(without_names(operation), spelled, n=1, cutoff=0.85):
        return f"{_IS_GONE}; the nearest is {spelled[near]}"
    return f"{_IS_GONE}, and nothing there is like it"


def _ends_alike(one: list[str], other: list[str]) -> bool:
    """Tell whether two paths differ in their beginnings only."""
    common = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        common += 1
    named = [part for part in other[len(other) - common :] if part not in ("", "{}")]
    return common >= 3 and bool(named) and common >= len(other) - 2


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, without_names(one), without_names(other)).ratio()


def _add_unused(value: Json, whole: Json, ours: Json) -> Json:
    """Add the components that ours has without need, where the upstream has them."""
    if not is_object(ours) or not is_object(components := whole.get("components")):
        return value
    used = reach_components({key: one for key, one in ours.items() if key != "components"}, ours)
    wanted = {
        (section, name)
        for section, members in ours.get("components", {}).items()
        if is_object(members)
        for name in members
        if (section, name) not in used and name in components.get(section, {})
    }
    wanted |= reach_components([components[section][name] for section, name in wanted], whole)
    present: dict[str, Json] = value.get("components", {})
    if all(name in present.get(section, {}) for section, name in wanted):
        return value
    both: dict[str, Json] = {}
    for section, members in components.items():
        if section.startswith("x-"):
            continue
        mine = present.get(section, {})
        if kept := {
            name: mine.get(name, one)
            for name, one in members.items()
            if name in mine or (section, name) in wanted
        }:
            both[section] = kept
    return {**value, "components": both}


def _keep_tags(value: Json) -> Json:
    if not is_array(tags := value.get("tags")):
        return value
    used = {
        tag
        for item in value["paths"].values()
        for method in METHODS
        if method in item
        for tag in item[method].get("tags", [])
    }
    return {**value, "tags": [one for one in tags if one["name"] in used]}
