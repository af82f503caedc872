"""Compare two OpenAPI documents: each edit once, with all that it reaches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from pipeline.diff.access import compare_schemes, compare_servers
from pipeline.diff.change import Change, Direction, Spot
from pipeline.diff.findings import Finding, Findings
from pipeline.diff.naming import (
    join_subject,
    name_argument,
    name_class,
    name_client,
    name_clients,
    name_field,
    name_method,
    name_subject,
    name_symbol,
    name_thing,
)
from pipeline.diff.operations import OperationComparison
from pipeline.diff.reach import Reach
from pipeline.diff.rules import RULES
from pipeline.diff.tree import Tree
from pipeline.diff.untouched import Untouched
from pipeline.document import Document
from pipeline.extract import reach_components
from pipeline.overlay.merge import same
from pipeline.values import Json, Location, is_array

_Users: TypeAlias = dict[tuple[str, str], tuple[Reach, Location]]
"""Operations by method and path, with the side that names them and their place there."""
_SCHEMAS: Location = ("components", "schemas")
_TOLD_ELSEWHERE = ("components", "paths", "security", "servers", "webhooks")
_BOTH: tuple[Direction, Direction] = ("request", "response")
_OF_WHOLE = {"media-type-added": 2, "media-type-removed": 2, "status-changed": 2}
"""Rules that are told of what is so many steps further out than the edit."""
_NOTHING: Location = ("-", "-", "-")
"""A place where no document has an operation: what it is compared by is the document's own."""


def find_changes(old: Document, new: Document) -> list[Change]:
    """Return every edit that lies between two documents, the worst first.

    Both must be valid (``check_openapi``). The cause of the changes is left open, and the Python
    names are those that the generator gives.
    """
    before, after = Tree(old), Tree(new)
    findings = Findings()
    reach = Reach(before), Reach(after)
    operations = OperationComparison(before, after, Untouched(*reach), findings)
    operations.run()
    _compare_document(before, after, findings)
    used = findings.list_all()
    _compare_unused(operations, reach, findings)
    changes = [
        _describe(finding, reach, is_used=position < len(used))
        for position, finding in enumerate(findings.list_all())
    ]
    return sort_changes(changes)


def sort_changes(changes: Iterable[Change]) -> list[Change]:
    """Sort changes as a report shows them: the worst first, then by resource and place."""

    def key(one: Change) -> tuple[int, str, str, str, str]:
        spot = one.new or one.old
        return -one.severity, one.resource, spot.pointer if spot else "", one.rule, one.what

    return sorted(changes, key=key)


def write_pointer(location: Location) -> str:
    """Write a place as a JSON pointer in a fragment (RFC 6901, section 6).

    Of what a fragment cannot hold only the percent sign is escaped: people read these.
    """
    escapes = str.maketrans({"~": "~0", "/": "~1", "%": "%25"})
    return "#" + "".join(f"/{str(step).translate(escapes)}" for step in location)


def _compare_document(old: Tree, new: Tree, findings: Findings) -> None:
    """Compare what belongs to no operation."""
    compare_schemes(old, new, findings)
    # The servers of a document without operations, and texts of servers, are told here, too.
    compare_servers(old, new, _NOTHING, _NOTHING, findings)
    for keyword in dict.fromkeys([*old.value, *new.value]):
        place: Location = (keyword,)
        one, other = old.at(place), new.at(place)
        if keyword in _TOLD_ELSEWHERE or same(one, other):
            continue
        if keyword == "info":
            _compare_info(old, new, findings)
        elif keyword == "openapi":
            did = f"is written in OpenAPI {other} now"
            findings.tell("version-changed", place, place, did, *_BOTH)
        elif keyword in ("tags", "externalDocs"):
            findings.tell("wording", place, place, f"the {keyword} changed", *_BOTH)
        else:
            rule = "extension-changed" if keyword.startswith("x-") else "unknown-changed"
            findings.tell(rule, place, place, "was changed", *_BOTH)


def _compare_info(old: Tree, new: Tree, findings: Findings) -> None:
    for keyword in dict.fromkeys([*old.at(("info",)), *new.at(("info",))]):
        place: Location = ("info", keyword)
        one, other = old.at(place), new.at(place)
        if same(one, other):
            continue
        rule, did = "wording", f"the {keyword} changed"
        if keyword == "version":
            rule, did = "version-changed", f"the version changed from {one} to {other}"
        elif keyword.startswith("x-"):
            rule = "extension-changed"
        findings.tell(rule, place, place, did, *_BOTH)


def _compare_unused(
    operations: OperationComparison, reach: tuple[Reach, Reach], findings: Findings
) -> None:
    """Compare the schemas that no operation leads to: the client has classes for them, too."""
    before, after = reach
    olds, news = before.tree.read_object(_SCHEMAS), after.tree.read_object(_SCHEMAS)
    for name in olds:
        place: Location = (*_SCHEMAS, name)
        if name in news and not before.list_users(place) and not after.list_users(place):
            operations.compare_schemas((place,), (place,))
    renamed = {
        place
        for finding in findings.list_all()
        if finding.rule == "schema-renamed"
        for place in (finding.old, finding.new)
    }
    for name in dict.fromkeys([*olds, *news]):
        place = (*_SCHEMAS, name)
        if (name in olds and name in news) or place in renamed:
            continue
        if name in olds and not before.list_users(place):
            findings.tell("schema-removed", place, None, "was removed", *_BOTH)
        elif name in news and not after.list_users(place):
            findings.tell("schema-added", None, place, "was added", *_BOTH)


def _describe(finding: Finding, reach: tuple[Reach, Reach], *, is_used: bool) -> Change:
    """Make a change of an edit: say what, where, and whom it reaches."""
    before, after = reach
    side, location = (after, finding.new) if finding.new is not None else (before, finding.old)
    if location is None:
        raise ValueError(f"{finding.rule} has no place")
    # A renamed thing is told by the name that callers know.
    if finding.old is not None and finding.rule.endswith(("-removed", "-renamed", "-moved")):
        side, location = before, finding.old
    # An operation that both sides have is named as it is now.
    users = _list_users(finding, before, after)
    methods = _list_methods(users, before, after)
    place = _place_property(finding, side.tree, location)
    is_described = side.tree.at(place) is not None
    symbol = name_symbol(side.tree, place if is_described else location)
    symbols = (symbol,) if symbol else tuple(methods)
    if location[0] == "x-client":
        symbols = (*name_clients(before.tree), *name_clients(after.tree))
    shown = _show_symbols(finding, place, symbols, users)
    # Classes that only this part of the document needs come and go with it.
    if finding.old is None or finding.new is None:
        symbols += _list_classes(side, location, after if side is before else before)
    return Change(
        rule=finding.rule,
        what=_write_sentence(finding, side.tree, place, users),
        severity=finding.severity,
        directions=tuple(sorted(finding.directions)) if is_used else (),
        old=_spot(before.tree, finding.old),
        new=_spot(after.tree, finding.new),
        operations=tuple(f"{method} {path}" for method, path in users),
        resource=_find_resource(methods),
        symbols=symbols,
        caller=_write_consequence(finding, shown, name_thing(side.tree, place)),
    )


def _list_users(finding: Finding, before: Reach, after: Reach) -> _Users:
    """List the operations that an edit reaches, by method and path."""
    olds, news = (
        {
            (str(place[-1]).upper(), str(place[-2])): (one, place)
            for place in (one.list_operations(at) if at is not None else ())
        }
        for one, at in ((before, finding.old), (after, finding.new))
    )
    for place in sorted(finding.holders, key=str):
        if after.has(place):
            news[str(place[-1]).upper(), str(place[-2])] = (after, place)
    # What one side shares among operations the other may have in one of them alone.
    shared = {key: news[key] for key in news if key in olds}
    return shared or {**olds, **news}


def _list_methods(users: _Users, before: Reach, after: Reach) -> list[str]:
    """Name the methods of operations by all names that they have; webhooks have none."""
    return list(
        dict.fromkeys(
            f"{name_client(side.tree)}.{name_method(side.tree, place)}"
            for one, place in users.values()
            for side in (before, after)
            if place[0] != "webhooks" and (side is one or side.has(place))
        )
    )


def _list_classes(side: Reach, location: Location, other: Reach) -> tuple[str, ...]:
    """List the classes that a part of a document leads to and that the other side has not."""
    reached = reach_components(side.tree.at(location), side.tree.value)
    there = other.tree.read_object(_SCHEMAS)
    return tuple(
        f"models.{name_class(name)}"
        for section, name in sorted(reached)
        # What an overlay makes room for and does not fill has no class.
        if section == "schemas" and not there.get(name)
    )


def _place_property(finding: Finding, tree: Tree, location: Location) -> Location:
    """Return the place of the property that a list of required ones was edited for."""
    found = tree.at(location)  # a property may be called `required`, too
    if (
        location[-1] == "required"
        and finding.rule.startswith("property-")
        and (found is None or is_array(found))
    ):
        return (*location[:-1], "properties", finding.name)
    return location


def _write_sentence(finding: Finding, tree: Tree, location: Location, users: _Users) -> str:
    if finding.rule.startswith("server-") and finding.name:
        return f"the server {finding.name} {finding.did}"
    if finding.rule in ("operation-added", "operation-removed", "operation-moved"):
        signature = " ".join(next(iter(users)))
        return join_subject(f"{name_subject(tree, location)} ({signature})", finding.did)
    if finding.rule in _OF_WHOLE:
        location = location[: -_OF_WHOLE[finding.rule]]
    elif location[-1] in ("additionalProperties", "items") and finding.rule.startswith(
        ("items-", "members-")
    ):
        location = location[:-1]
    return join_subject(name_subject(tree, location), finding.did)


def _write_consequence(finding: Finding, shown: str, thing: str) -> str:
    rule = RULES[finding.rule]
    worst = finding.severity
    texts: dict[Direction, str] = {"request": rule.sent, "response": rule.read}
    said = [
        text
        for direction, text in texts.items()
        if direction in finding.directions and text and rule.judge(direction) == worst
    ]
    name = finding.name or thing
    text = " ".join(dict.fromkeys(said)).replace("{symbol}", shown)
    text = text.replace("{argument}", name_argument(name))
    return text.replace("`{name}`", f"`{name}`" if name else "it")


def _show_symbols(
    finding: Finding, location: Location, symbols: tuple[str, ...], users: _Users
) -> str:
    """Show what a caller uses: a field where a property is one, or methods."""
    if location[-2:-1] == ("properties",):
        inner = [step for step in location[3:-2] if step != "allOf" and not isinstance(step, int)]
        is_field = location[:2] == _SCHEMAS and not inner
        return f"`{symbols[0] if is_field else name_field(finding.name)}`"
    if not symbols:
        return "the client"
    kind = symbols[0].partition(".")[0]
    count = sum(one.startswith(f"{kind}.") for one in symbols)
    if kind != "models":
        count = min(count, len(users))  # one operation may have two names
    return f"`{symbols[0]}`" + (f" (and {count - 1} more)" if count > 1 else "")


def _spot(tree: Tree, location: Location | None) -> Spot | None:
    if location is None:
        return None
    value: Json = tree.at(location)
    return Spot(write_pointer(location), tree.document.place(location), value)


def _find_resource(methods: list[str]) -> str:
    """Return what the resources of methods have in common."""
    common: list[str] | None = None
    for method in methods:
        steps = method.split(".")[1:-1]
        if common is None:
            common = steps
        else:
            common = [one for one, other in zip(common, steps, strict=False) if one == other]
    return ".".join(common or [])
