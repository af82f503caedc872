"""Whatever two valid documents say, the comparison of them holds what it promises."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.diff.change import Change, Report, Severity
from pipeline.diff.compare import find_changes
from pipeline.diff.report.forms import FORMS, render
from pipeline.diff.rules import RULES
from pipeline.document import Document
from pipeline.openapi import resolve_pointer
from tests.diff.kinds import document_of, edited, is_valid, of_all_kinds

pytestmark = pytest.mark.once

VERSIONS = ("3.0.3", "3.1.0")


def check_changes(old: Document, new: Document) -> list[Change]:
    """Return the changes, after what must hold of each and of all of them."""
    changes = find_changes(old, new)
    for change in changes:
        assert change.rule in RULES
        assert change.what.strip()
        assert "{" not in change.caller.replace("{}", ""), change.caller
        assert change.old or change.new, change
        for spot, document in ((change.old, old), (change.new, new)):
            if spot is not None:
                assert find(document.value, spot.pointer) == spot.value
                assert spot.place.file == document.path
                assert spot.place.line is not None
    told = [(one.rule, point(one.old), point(one.new), one.what) for one in changes]
    assert len(told) == len(set(told))
    assert [one.severity for one in changes] == sorted(
        (one.severity for one in changes), reverse=True
    )
    return changes


def point(spot: Any) -> str | None:
    """Return the pointer of a side, if there is one."""
    return spot and str(spot.pointer)


def find(value: Any, pointer: str) -> Any:
    """Return what a pointer leads to; None where that is nothing."""
    try:
        return resolve_pointer(value, pointer)
    except KeyError:
        return None


@pytest.mark.parametrize("version", VERSIONS)
def test_document_of_all_kinds_is_valid(version: str) -> None:
    """The document that all edits start from is one that a client can be made from."""
    assert is_valid(of_all_kinds(version))


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=60)
@given(data=st.data())
def test_edits_are_told(version: str, data: st.DataObject) -> None:
    """No edit ends in a fault; nothing changed against itself; what changed shows both ways."""
    old, new = document_of(of_all_kinds(version)), document_of(data.draw(edited(version)))
    changes, back = check_changes(old, new), check_changes(new, old)
    assert find_changes(new, new) == []
    assert bool(changes) == bool(back), (changes, back)


@settings(max_examples=30)
@given(edited("3.0.3"), edited("3.0.3"))
def test_two_edited_documents_are_compared(one: Any, other: Any) -> None:
    """Edits on both sides are compared, too."""
    old, new = document_of(one), document_of(other)
    assert bool(check_changes(old, new)) == bool(check_changes(new, old))


def test_documents_of_two_versions_are_compared() -> None:
    """A document that is written in a newer OpenAPI is compared with the one before."""
    old, new = (document_of(of_all_kinds(version)) for version in VERSIONS)
    rules = [one.rule for one in check_changes(old, new)]
    assert "version-changed" in rules
    assert rules != ["version-changed"]
    check_changes(new, old)


@given(st.permutations(range(7)))
@settings(max_examples=10)
def test_order_of_keys_is_no_change(order: list[int]) -> None:
    """The order of keys means nothing, but where an order is told: none is here."""

    def shuffle(node: Any) -> Any:
        if isinstance(node, dict):
            keys = sorted(node, key=lambda key: order[len(key) % 7])
            return {key: shuffle(node[key]) for key in keys}
        return [shuffle(item) for item in node] if isinstance(node, list) else node

    value = of_all_kinds("3.1.0")
    assert find_changes(document_of(value), document_of(shuffle(value))) == []


# Documents that mean harm


def nested(depth: int) -> dict[str, Any]:
    """Return a schema of lists of lists."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


CYCLES: dict[str, dict[str, Any]] = {
    "allOf": {"Thing": {"allOf": [{"$ref": "#/components/schemas/Thing"}], "type": "object"}},
    "two allOf": {
        "Thing": {"allOf": [{"$ref": "#/components/schemas/Other"}], "type": "object"},
        "Other": {"allOf": [{"$ref": "#/components/schemas/Thing"}], "minProperties": 1},
    },
    "oneOf": {"Thing": {"oneOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "string"}]}},
    "only one": {"Thing": {"anyOf": [{"$ref": "#/components/schemas/Thing"}]}},
    "not": {"Thing": {"not": {"$ref": "#/components/schemas/Thing"}}},
    "not not": {"Thing": {"not": {"not": {"$ref": "#/components/schemas/Thing"}}}},
    "items": {"Thing": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}},
    "further members": {"Thing": {"additionalProperties": {"$ref": "#/components/schemas/Thing"}}},
    "inside itself": {
        "Thing": {"properties": {"a": {"$ref": "#/components/schemas/Thing/properties/b"}, "b": {}}}
    },
}


@pytest.mark.parametrize("name", CYCLES)
@pytest.mark.parametrize("version", VERSIONS)
def test_cycles_end(version: str, name: str) -> None:
    """Schemas that lead to themselves are compared once, alone and against the plain ones."""
    value = of_all_kinds(version)
    value["components"]["schemas"].update(copy.deepcopy(CYCLES[name]))
    cyclic, plain = document_of(value), document_of(of_all_kinds(version))
    edit = copy.deepcopy(value)
    edit["components"]["schemas"]["Thing"]["maxProperties"] = 3
    for other in (plain, document_of(edit)):
        assert check_changes(cyclic, other)
        assert check_changes(other, cyclic)


def test_deep_schemas_are_compared() -> None:
    """A schema as deep as a document may be is compared to its end."""
    value = of_all_kinds("3.0.3")
    value["components"]["schemas"]["Unused"] = nested(90)
    edit = copy.deepcopy(value)
    node = edit["components"]["schemas"]["Unused"]
    while "items" in node:
        node = node["items"]
    node["type"] = "integer"
    changes = check_changes(document_of(value), document_of(edit))
    assert [one.rule for one in changes] == ["type-changed"]


def test_many_references_are_followed_once() -> None:
    """A net of references that has a huge number of ways through it is compared in no time."""

    def net(kind: str) -> Any:
        value = of_all_kinds("3.0.3")
        for number in range(60):
            target = {"$ref": f"#/components/schemas/N{number + 1}"}
            value["components"]["schemas"][f"N{number}"] = {
                "type": "object",
                "properties": {"left": target, "right": target},
            }
        value["components"]["schemas"]["N60"] = {"type": kind}
        return document_of(value)

    changes = check_changes(net("string"), net("integer"))
    assert [(one.rule, one.what) for one in changes] == [
        ("type-changed", "`N60`: the type changed from string to integer")
    ]


EMPTY = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}


def test_document_without_operations() -> None:
    """Of a document without operations all that it has is compared."""
    new = {
        **EMPTY,
        "servers": [{"url": "https://new.example.com"}],
        "components": {
            "schemas": {"A": {"type": "string"}},
            "securitySchemes": {"key": {"type": "http", "scheme": "basic"}},
        },
    }
    changes = check_changes(document_of(EMPTY), document_of(new))
    assert [(one.rule, one.what) for one in changes] == [
        (
            "server-changed",
            'the API: the server changed from "/" to "https://new.example.com"',
        ),
        ("schema-added", "`A` was added"),
        ("security-scheme-added", "the security scheme `key` was added"),
    ]
    assert check_changes(document_of(EMPTY), document_of(EMPTY)) == []


def test_all_operations_go_and_come() -> None:
    """Against a document without operations, each operation is told, and no schema besides."""
    value = of_all_kinds("3.0.3")
    empty = {**EMPTY, "components": {}}
    gone = check_changes(document_of(value), document_of(empty))
    come = check_changes(document_of(empty), document_of(value))
    for changes, rule in ((gone, "operation-removed"), (come, "operation-added")):
        assert len([one for one in changes if one.rule == rule]) == 3
        assert {one.what for one in changes if one.rule.startswith("schema-")} == {
            f"`Unused` was {rule.partition('-')[2]}"
        }
    assert max(one.severity for one in gone) is Severity.BREAKING


@settings(max_examples=15)
@given(edited("3.1.0"))
def test_report_is_written_in_every_form(value: Any) -> None:
    """Whatever a change says, it is written in each form, and in the same bytes each time."""
    changes = find_changes(document_of(of_all_kinds("3.1.0")), document_of(value))
    again = find_changes(document_of(of_all_kinds("3.1.0")), document_of(value))
    assert changes == again
    for form in FORMS:
        text = render(Report("old", "new", changes), form)
        assert text == render(Report("old", "new", again), form)
        assert text.encode()
