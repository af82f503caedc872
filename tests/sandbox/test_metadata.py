"""Pushed metadata in both forms, and forms in parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness_nextgen_sandbox.errors import Refusal
from harness_nextgen_sandbox.metadata import parse_metadata
from harness_nextgen_sandbox.multipart import Part, read_parts

EMPTY: dict[str, list[Any]] = {
    "variables": [], "outputs": [], "providers": [], "resources": [], "dependencies": [],
}  # fmt: skip
LISTS = {
    "variables": [
        {
            "variable_name": "cidr", "variable_type": "string", "variable_description": "Range",
            "variable_default": "10.0.0.0/8", "variable_required": True, "variable_sensitive": True,
        }
    ],
    "outputs": [{"output_name": "id", "output_description": "Id", "output_sensitive": True}],
    "providers": [
        {"provider_name": "aws", "provider_source": "hashicorp/aws", "provider_version": ">= 4"}
    ],
    "resources": [{"resource_name": "this", "resource_type": "aws_vpc"}],
    "dependencies": [
        {"dependency_name": "l", "dependency_source": "./l", "dependency_version": "1.0"}
    ],
}  # fmt: skip


def test_lists_are_taken_as_they_are() -> None:
    """The lists of the answer come back, without members that it does not have."""
    assert parse_metadata(json.dumps(LISTS)) == (LISTS, None)
    more = {name: [{**one[0], "other": 1}, 7] for name, one in LISTS.items()}
    assert parse_metadata(json.dumps({**more, "others": []})) == (LISTS, None)


def test_what_is_missing_is_null_or_false() -> None:
    """An entry may say next to nothing."""
    found, problem = parse_metadata(json.dumps({name: [{}] for name in LISTS}))
    assert problem is None
    for name, [entry] in found.items():
        assert set(entry) == set(LISTS[name][0])
        assert set(entry.values()) <= {None, False}
    assert {type(value) for value in found["variables"][0].values()} == {type(None), bool}
    number = json.dumps({"variables": [{"variable_default": [1], "variable_required": "yes"}]})
    [variable] = parse_metadata(number)[0]["variables"]
    assert (variable["variable_default"], variable["variable_required"]) == ("[1]", False)


def test_inspected_configurations_are_understood() -> None:
    """The output of terraform-config-inspect says the same."""
    inspected = {
        "variables": {
            "cidr": {
                "name": "cidr", "type": "string", "description": "Range", "default": "10.0.0.0/8",
                "required": True, "sensitive": True,
            }
        },
        "outputs": {"id": {"name": "id", "description": "Id", "sensitive": True}},
        "required_providers": {"aws": {"source": "hashicorp/aws", "version_constraints": [">= 4"]}},
        "managed_resources": {"aws_vpc.this": {"type": "aws_vpc", "name": "this"}},
        "module_calls": {"l": {"name": "l", "source": "./l", "version": "1.0"}},
    }  # fmt: skip
    assert parse_metadata(json.dumps(inspected)) == (LISTS, None)


def test_inspected_entries_may_say_little() -> None:
    """A variable without a default is required; a key tells type and name of a resource."""
    inspected: dict[str, Any] = {
        "variables": {"a": {}, "b": {"default": None}, "c": 7},
        "managed_resources": {"aws_vpc.this.x": {}},
        "required_providers": {"aws": {"version_constraints": [">= 4", "< 6"]}, "google": {}},
    }
    found, _ = parse_metadata(json.dumps(inspected))
    required = [(one["variable_name"], one["variable_required"]) for one in found["variables"]]
    assert required == [("a", True), ("b", False), ("c", True)]
    assert found["resources"] == [{"resource_name": "this.x", "resource_type": "aws_vpc"}]
    assert [one["provider_version"] for one in found["providers"]] == [">= 4, < 6", None]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no", "the metadata is no JSON"), ("[" * 9999, "the metadata is no JSON"),
        ("[1]", "the metadata is no JSON object"), ("{}", None), ('{"variables": 3}', None),
    ],
)  # fmt: skip
def test_other_metadata(text: str, problem: str | None) -> None:
    """Of anything else the lists are empty, and it is said why."""
    assert parse_metadata(text) == (EMPTY, problem)


def make_form(*parts: tuple[bytes, bytes]) -> bytes:
    """Make a form of parts, each with its header and content."""
    lines = [b"--x\r\n" + header + b"\r\n\r\n" + content + b"\r\n" for header, content in parts]
    return b"".join(lines) + b"--x--\r\n"


def test_parts_of_a_form() -> None:
    """Names and contents come as they were sent; headers have no case."""
    form = make_form(
        (b'Content-Disposition: form-data; name="a"', b"\xff\r\n--y"),
        (b'content-disposition: form-data; name="b/c"; filename="\xc3\x9c.tf"', b""),
        (b'X-Other: 1\r\nCONTENT-DISPOSITION: form-data; name=""; filename=""', b"\r\n"),
    )
    assert read_parts(form, "multipart/form-data; boundary=x") == [
        Part("a", None, b"\xff\r\n--y"), Part("b/c", "Ü.tf", b""), Part("", "", b"\r\n"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content_type", "form", "message"),
    [
        ("multipart/form-data", make_form(), "no boundary"),
        ("multipart/form-data; boundary=x", make_form((b"X: 1", b"")), "has no name"),
        (
            "multipart/form-data; boundary=x",
            make_form((b'Content-Disposition: form-data; name="\xff"', b"")),
            "not in UTF-8",
        ),
        ("multipart/form-data; boundary=x", b"other", "no form in parts"),
        ("multipart/form-data; boundary=x", b"", "it has no end"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: 1\r\n\r\n", "it has no end"),
    ],
)
def test_bad_forms(content_type: str, form: bytes, message: str) -> None:
    """What is no form is a 400."""
    with pytest.raises(Refusal, match=message) as caught:
        read_parts(form, content_type)
    assert caught.value.status == 400
