"""Plain data as it is read and written, and checked against schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.plain import (
    MAXIMUM_NODES,
    read_json,
    read_yaml,
    write_json,
    write_yaml,
)
from harness_nextgen_sandbox.schemas import find_fault
from harness_nextgen_sandbox.spec import allowed_methods

TRICKY = {
    "texts": ["yes", "no", "on", "1", "1.0", "1e3", "null", "~", "true", "2026-01-01", "0x1f", ""],
    "more": ["a: b", "- a", "#", "'", '"', "Ü\n", " ", "\t", "=", "<<"],
    "values": [None, True, False, 0, -1, 2**63, 1.5, -0.25, [], {}],
}


def test_what_is_written_is_read() -> None:
    """Texts stay texts, whatever they look like, in both formats; nothing is an alias."""
    shared = {"twice": TRICKY["values"], "again": TRICKY["values"]}
    for value in (TRICKY, shared):
        assert read_json(write_json(value)) == value
        assert read_yaml(write_yaml(value)) == value
    assert write_json({"a": ["Ü", 1]}) == '{"a":["Ü",1]}'.encode()
    assert b"&" not in write_yaml(shared)
    assert write_yaml({"b": "Ü", "a": None}) == "b: Ü\na: null\n".encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("Null", None), ("~", None), ("", None), ("TRUE", True),
        ("False", False), ("+7", 7), ("-7", -7), ("0o7", "0o7"), ("1_000", "1_000"), (".5", 0.5),
        ("1e3", 1000.0), ("1.", 1.0), ("2026-01-01", "2026-01-01"), ("12:30", "12:30"),
        ("9" * 19, int("9" * 19)), ("=", "="), ("010", 10), ("08", 8),
    ],
)  # fmt: skip
def test_scalars_of_yaml(text: str, value: object) -> None:
    """Scalars mean what the core schema of YAML 1.2 says, not what 1.1 did."""
    found = read_yaml(f"a: {text}".encode())["a"]
    assert (found, type(found)) == (value, type(value))


def test_keys_of_yaml() -> None:
    """Keys are texts, as in JSON: what they look like does not count."""
    content = b'{1: 2, 1e3: a, null: b, "": c, true: d, <<: e, !!float 2.0 : f}'
    keys = ["1", "1e3", "null", "", "true", "<<", "2.0"]
    assert list(read_yaml(content)) == keys


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (read_json, b"a\xff", "not in UTF-8: byte 1 "),
        (read_json, b"{", "no JSON: "),
        (read_json, b"[" * 100_000, "no JSON: "),
        (read_json, b"NaN", "NaN is no JSON"),
        (read_json, b"[1e999]", "a number is not finite"),
        (read_json, rb'["\ud800"]', "half of a surrogate pair"),
        (read_json, rb'{"\ud800": 1}', "half of a surrogate pair"),
        (read_json, b"1" * 5000, "no JSON: "),
        (read_yaml, b"a: [", "no YAML: "),
        (read_yaml, b"? [a]\n: b", "no YAML: "),
        (read_yaml, b"1" * 5000, "no YAML: "),
        (read_yaml, b"!!int x", "no YAML: "),
        (read_yaml, b"!!int [a]", "no YAML: "),
        (read_yaml, b"!!binary YQ==", "no YAML: "),
        (read_yaml, b"[!!float .inf]", "a number is not finite"),
        (read_yaml, b"!!timestamp 2026-01-01", "no YAML: "),
        (read_yaml, b"a: 1\n---\nb: 2\n", "no YAML: "),
    ],
)
def test_what_is_no_plain_data(read: Any, content: bytes, message: str) -> None:
    """What JSON cannot say is a 400 that says why, in one line that is not long."""
    with pytest.raises(Refusal) as caught:
        read(content)
    assert caught.value.status == 400
    assert message in caught.value.message
    assert len(caught.value.message) < 340
    assert "\n" not in caught.value.message


def test_number_of_values_is_bounded() -> None:
    """A document may have so many values and no more."""
    assert len(read_json(json.dumps([0] * (MAXIMUM_NODES - 1)).encode())) == MAXIMUM_NODES - 1
    with pytest.raises(Refusal, match="too many values"):
        read_json(json.dumps([0] * MAXIMUM_NODES).encode())


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31)], [2**31, -(2**31) - 1]),
        ({"type": "integer", "format": "int64"}, [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
        ({"type": "integer"}, [2**70, 0], [1.5, True, "1", None]),
        ({"type": "string", "format": "int64"}, ["x"], [1]),
        ({"type": "string", "nullable": True}, [None, ""], [1]),
        ({"type": "string", "pattern": "^[a-z]+$"}, ["a"], ["", "A", "a\n", "1a"]),
        ({"type": "string", "pattern": "[a-z]"}, ["1a1", "a\n"], ["1"]),
        ({"pattern": "^a$"}, [1, "a"], ["b"]),
    ],
)
def test_schemas(schema: dict[str, Any], good: list[object], bad: list[object]) -> None:
    """Formats have their sizes, and a pattern is one of ECMA 262."""
    assert [find_fault(schema, value) for value in good] == [None] * len(good)
    assert None not in [find_fault(schema, value) for value in bad]


def test_faults_have_a_place() -> None:
    """The place of a fault is a path; what is missing is named, and texts are cut."""
    name = {"type": "string", "maxLength": 3}
    item = {"type": "object", "required": ["id", "name"], "properties": {"name": name}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": item}}}
    assert find_fault(schema, {"items": [{"id": 1, "name": "a"}]}) is None
    assert find_fault(schema, {"items": [{"id": 1}]}) == ("items.0.name", "it is required")
    assert find_fault(schema, {"items": [{}]}) == ("items.0.id", "it is required")
    assert find_fault(schema, []) == ("", "[] is not of type 'object'")
    found = find_fault(schema, {"items": [{"id": 1, "name": "x" * 999}]})
    assert found is not None
    assert found[0] == "items.0.name"
    assert (len(found[1]), found[1][-1]) == (301, "…")
    found = find_fault(schema, {"items": [{"id": 1, "name": "xxxx"}]})
    assert found == ("items.0.name", "'xxxx' is too long")


def test_allowed_methods() -> None:
    """The methods of a path are those of the template that fits it best."""
    assert allowed_methods("/v1/orgs") == ["GET", "POST"]
    assert allowed_methods("/v1/orgs/a") == ["DELETE", "GET", "PUT"]
    assert allowed_methods("/v1/orgs/") == []
    assert allowed_methods("/v1/orgs/a/projects/b/c") == []
    assert allowed_methods("/iacm/api/modules/a/sync") == ["POST"]
    assert allowed_methods("/v1/others") == []
    assert allowed_methods("/iacm/api/modules/connectors") == ["GET"]
