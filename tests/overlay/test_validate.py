"""What is refused in an overlay before any of it is applied, and the place of each fault."""

from __future__ import annotations

import pytest

from pipeline.document import parse_document
from pipeline.faults import BadInput
from pipeline.overlay.read import overlay_of
from pipeline.overlay.validate import check_overlay

HEAD = "overlay: 1.1.0\ninfo:\n  title: T\n  version: '1'\n"
ACTIONS = "actions:\n- target: $\n"


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in check_overlay(parse_document(text, "o.yaml")).faults]


def test_a_full_overlay_is_valid() -> None:
    """Every field that 1.1 knows, and extensions everywhere, make a valid overlay."""
    text = (
        "overlay: 1.1.7\nextends: ../a%20b.yaml?x=1#/y\nx-root: 1\n"
        "info: {title: T, version: '1', description: D, x-info: 1}\nactions:\n"
        "- {target: $, description: D, update: null, x-action: 1}\n"
        "- {target: $.a, copy: '$.b', remove: false}\n"
        "- {target: '$.a', remove: true, update: 1, copy: $.b}\n"
    )
    assert faults_of(text) == []


FAULTS = {
    "not a mapping": ("- 1\n", ["o.yaml:1:1: the overlay is a list: write a mapping"]),
    "nothing in it": (
        "{}\n",
        [
            "o.yaml:1:1: the overlay lacks 'overlay': add it",
            "o.yaml:1:1: the overlay lacks 'info': add it",
            "o.yaml:1:1: the overlay lacks 'actions': add it",
        ],
    ),
    "a version that is a number": (
        HEAD.replace("1.1.0", "1.1") + ACTIONS,
        ["o.yaml:1:1: overlay is a number and must be text: put it in quotes"],
    ),
    "a version to come": (
        HEAD.replace("1.1.0", "1.2.0") + ACTIONS,
        ["o.yaml:1:1: overlay '1.2.0' is no known version: write 1.0.0 or 1.1.0"],
    ),
    "a version to come, checked by 1.1": (
        HEAD.replace("1.1.0", "2.0.0") + "  description: 1\n" + ACTIONS + "  copy: 2\n  go: 3\n",
        [
            "o.yaml:1:1: overlay '2.0.0' is no known version: write 1.0.0 or 1.1.0",
            "o.yaml:5:3: description is a number and must be text: put it in quotes",
            "o.yaml:8:3: copy is a number and must be text: put it in quotes",
            (
                "o.yaml:9:3: 'go' is unknown to Overlay 1.1: use target, description, update, "
                "remove, copy, or a name that starts with x-"
            ),
        ],
    ),
    "an action with an array twice": (
        HEAD + ACTIONS + "  update: [{a: [1]}, true]\n- {target: $, update: [{a: [1]}, true]}\n",
        ["o.yaml:8:3: this action stands on line 6 already: remove one"],
    ),
    "a version with more behind it": (
        HEAD.replace("1.1.0", "1.1.0-rc1") + ACTIONS,
        ["o.yaml:1:1: overlay '1.1.0-rc1' is no known version: write 1.0.0 or 1.1.0"],
    ),
    "an unknown name in the root": (
        HEAD + ACTIONS + "action: []\n",
        [
            (
                "o.yaml:7:1: 'action' is unknown to Overlay 1.1: use overlay, info, "
                "extends, actions, "
                "or a name that starts with x-"
            )
        ],
    ),
    "info that is a list": (
        "overlay: 1.1.0\ninfo: []\n" + ACTIONS,
        ["o.yaml:2:1: info is a list: write a mapping"],
    ),
    "info without its fields": (
        "overlay: 1.1.0\ninfo: {}\n" + ACTIONS,
        ["o.yaml:2:1: info lacks 'title': add it", "o.yaml:2:1: info lacks 'version': add it"],
    ),
    "info of other types": (
        "overlay: 1.1.0\ninfo:\n  title:\n  version: 1.0\n  description: [D]\n" + ACTIONS,
        [
            "o.yaml:3:3: title is null and must be text: write text",
            "o.yaml:4:3: version is a number and must be text: put it in quotes",
            "o.yaml:5:3: description is a list and must be text: write text",
        ],
    ),
    "an unknown name in info": (
        HEAD + "  licence: MIT\n" + ACTIONS,
        [
            (
                "o.yaml:5:3: 'licence' is unknown to Overlay 1.1: use title, version, description, "
                "or a name that starts with x-"
            )
        ],
    ),
    "a description of info in 1.0": (
        HEAD.replace("1.1.0", "1.0.0") + "  description: D\n" + ACTIONS,
        [
            (
                "o.yaml:5:3: 'description' is unknown to Overlay 1.0: use title, version, "
                "or a name that starts with x-"
            )
        ],
    ),
    "extends that is no text": (
        HEAD + "extends: 1\n" + ACTIONS,
        ["o.yaml:5:1: extends is a number and must be text: put it in quotes"],
    ),
    "extends that is no URI": (
        HEAD + "extends: a b.yaml\n" + ACTIONS,
        ["o.yaml:5:1: extends is no URI reference: escape 'a b.yaml' (a space is %20)"],
    ),
    "actions that are a mapping": (
        HEAD + "actions: {}\n",
        ["o.yaml:5:1: actions is a mapping: write a list"],
    ),
    "no actions": (
        HEAD + "actions: []\n",
        ["o.yaml:5:1: actions is empty: an overlay has at least one"],
    ),
    "an action that is text": (
        HEAD + "actions:\n- $\n",
        ["o.yaml:6:3: action 1 is text: write a mapping"],
    ),
    "an action without a target": (
        HEAD + "actions:\n- update: {}\n",
        ["o.yaml:6:3: action 1 lacks 'target': add it"],
    ),
    "an action twice, in another order": (
        HEAD + ACTIONS + "  update: {a: 1, b: 1.0}\n- update: {b: 1, a: 1.0}\n  target: $\n",
        ["o.yaml:8:3: this action stands on line 6 already: remove one"],
    ),
    "an unknown name in an action": (
        HEAD + ACTIONS + "  delete: true\n",
        [
            (
                "o.yaml:7:3: 'delete' is unknown to Overlay 1.1: use target, description, update, "
                "remove, copy, or a name that starts with x-"
            )
        ],
    ),
    "a copy in 1.0": (
        HEAD.replace("1.1.0", "1.0.1") + ACTIONS + "  copy: $.a\n",
        [
            (
                "o.yaml:7:3: 'copy' is unknown to Overlay 1.0: use target, description, update, "
                "remove, or a name that starts with x-"
            )
        ],
    ),
    "fields of other types": (
        HEAD + "actions:\n- target: 1\n  description: 2\n  copy: {}\n  remove: 'yes'\n",
        [
            "o.yaml:6:3: target is a number and must be text: put it in quotes",
            "o.yaml:7:3: description is a number and must be text: put it in quotes",
            "o.yaml:8:3: copy is a mapping and must be text: write text",
            "o.yaml:9:3: remove is text: write true or false",
        ],
    ),
    "update and copy": (
        HEAD + ACTIONS + "  update: null\n  copy: $.a\n",
        ["o.yaml:6:3: update and copy make each other void: make two actions of it"],
    ),
    "a target that is no JSONPath": (
        HEAD + "actions:\n- target: $.a[?@.b = 1]\n",
        [
            (
                "o.yaml:6:20: '$.a[?@.b = 1]' is not JSONPath: unexpected filter selector "
                "token '=': "
                "correct it by RFC 9535"
            )
        ],
    ),
    "a quoted target": (
        HEAD + "actions:\n- target: '$.a['\n",
        [
            "o.yaml:6:16: '$.a[' is not JSONPath: unbalanced brackets: correct it by RFC 9535",
        ],
    ),
    "a folded target": (
        HEAD + "actions:\n- target: >-\n    $.a[\n",
        [
            (
                "o.yaml:6:3: '$.a[' is not JSONPath at its character 5: unbalanced brackets: "
                "correct it by RFC 9535"
            ),
        ],
    ),
    "a target that does not start with $": (
        HEAD + "actions:\n- target: paths\n",
        [
            "o.yaml:6:11: 'paths' is not JSONPath: expected '$', found 'p': correct it by RFC 9535",
        ],
    ),
    "an empty target": (
        HEAD + "actions:\n- target: ''\n",
        [
            (
                "o.yaml:6:3: '' is not JSONPath at its character 1: expected '$', found '': "
                "correct it by RFC 9535"
            ),
        ],
    ),
    "a copy that is no JSONPath": (
        HEAD + ACTIONS + "  copy: $.\n",
        ["o.yaml:7:11: '$.' is not JSONPath: unexpected end of expression: correct it by RFC 9535"],
    ),
    "a function that RFC 9535 has not": (
        HEAD + "actions:\n- target: $[?keys(@) == 1]\n",
        [
            (
                "o.yaml:6:14: '$[?keys(@) == 1]' is not JSONPath: function 'keys' is not defined: "
                "correct it by RFC 9535"
            )
        ],
    ),
    "faults in the order of the file": (
        "actions: []\nextends: {}\noverlay: 2.0.0\ninfo: T\n",
        [
            "o.yaml:1:1: actions is empty: an overlay has at least one",
            "o.yaml:2:1: extends is a mapping and must be text: write text",
            "o.yaml:3:1: overlay '2.0.0' is no known version: write 1.0.0 or 1.1.0",
            "o.yaml:4:1: info is text: write a mapping",
        ],
    ),
}


@pytest.mark.parametrize(("text", "faults"), FAULTS.values(), ids=FAULTS)
def test_every_fault_is_found_and_placed(text: str, faults: list[str]) -> None:
    """Each fault is reported with its line and column; applying refuses the overlay with them."""
    assert faults_of(text) == faults
    with pytest.raises(BadInput) as caught:
        overlay_of(parse_document(text, "o.yaml"))
    assert str(caught.value).splitlines() == faults


def test_actions_that_differ_in_type_alone_are_different() -> None:
    """True is not one: two actions that differ in that are no duplicates."""
    text = HEAD + "actions:\n- {target: $, update: {a: 1}}\n- {target: $, update: {a: true}}\n"
    assert faults_of(text) == []


def test_a_deeply_nested_filter_is_refused() -> None:
    """A filter that nests without end is refused like any other that cannot be parsed."""
    target = "$[?" + "(" * 5000 + "@" + ")" * 5000 + "]"
    (fault,) = faults_of(HEAD + f"actions:\n- target: {target}\n")
    assert fault.endswith(" is not JSONPath: nested too deeply: correct it by RFC 9535")


def test_a_dashed_name_after_a_dot_is_noted_and_not_applied() -> None:
    """What examples of the standard write and RFC 9535 does not know is a note, with its cure."""
    document = parse_document(HEAD + "actions:\n- target: $.*[?@.x-oai.paged]\n", "o.yaml")
    note = (
        "o.yaml:6:19: '$.*[?@.x-oai.paged]' is not JSONPath: unexpected filter selector token '-': "
        "write $.*[?@['x-oai'].paged]"
    )
    assert check_overlay(document).faults == []
    assert [str(each) for each in check_overlay(document).notes] == [note]
    with pytest.raises(BadInput) as caught:
        overlay_of(document)
    assert str(caught.value) == note


REFERENCES = {
    "": True, "a.yaml": True, "./a:b.yaml": True, "#": True, "?": True, "/a/b/": True,
    "https://u@h.example:80/p;x=1?q=/?#f/?": True, "urn:a:b": True, "//h/p": True,
    "http://[::1]:80/": True, "a%C3%A9": True, "file:///a": True,
    "a:b.yaml": True, "1a:b": False, ":b": False, "a b": False, "a%2": False, "é": False,
    "a#b#c": False, "a[1]": False, "<a>": False, "a\\b": False, "a\n": False, "^": False,
}  # fmt: skip


@pytest.mark.parametrize(("reference", "valid"), REFERENCES.items())
def test_extends_is_a_uri_reference(reference: str, valid: bool) -> None:
    """``extends`` takes what RFC 3986 calls a URI reference, relative or not."""
    document = parse_document(HEAD + ACTIONS, "o.yaml")
    document.value["extends"] = reference
    assert (check_overlay(document).faults == []) is valid
