"""A changed document is written over its old text, which stays where nothing changed."""

from __future__ import annotations

import copy
import difflib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import Document, parse_document
from pipeline.faults import BadInput
from pipeline.update.writing import render, rewrite
from pipeline.yaml_writer import render_yaml
from tests.update.documents import OURS, copied

Json = Any

TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "yes",
            "on",
            "null",
            "012",
            "1e3",
            "2020-01-01",
            "a: b",
            "# a",
            "- a",
            "a # b",
            " a",
            "{a}",
        ]
    ),
    st.text("ab c", min_size=80, max_size=160),
    st.text("a\n#: ", max_size=12),
)
NAMES = TEXTS.map(lambda text: text[:40])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)
    ),
    max_leaves=25,
)  # fmt: skip
SHOP = """\
# The shop.
openapi: 3.0.3   # of 3

# What it is called
info:
  title: Shop    # a title
  version: "1"

tags: [one, two]   # both
paths:
  # the first
  /a:
    get: { summary: A, deprecated: true }
    # to add one
    post:
      - name: first # 1
        in: query

      # the second
      - name: second
        in: path
      -   name: third
          in: header
    put: >-
      Long text
      in two lines.

    delete:
  /b: {}
# the end
"""


def written(text: str, value: Json) -> str:
    """Return a text rewritten to hold a value, which it does then, in order."""
    changed = rewrite(parse_document(text, "shop.yaml"), value)
    assert in_order(parse_document(changed, "shop.yaml").value) == in_order(value)
    return changed


def in_order(value: Json) -> str:
    """Return a value as text that tells the order of members and the kinds of numbers."""
    return json.dumps(value)


def edited(text: str, **changes: Json) -> list[str]:
    """Return the lines that change in a text when its members at paths of steps change."""
    value = parse_document(text, "shop.yaml").value
    for steps, new in changes.items():
        *above, last = steps.split("__")
        holder = value
        for step in above:
            holder = holder[int(step) if isinstance(holder, list) else step.replace("_", "/")]
        if new is None:
            del holder[int(last) if isinstance(holder, list) else last]
        elif isinstance(holder, list):
            holder.insert(int(last), new)
        else:
            holder[last] = new
    lines = difflib.ndiff(text.splitlines(), written(text, value).splitlines())
    return [line for line in lines if line[:1] in "+-"]


@given(VALUES, VALUES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_any_values(old: Json, new: Json, chance: Any) -> None:
    """Whatever a text holds and is to hold, it does then; nothing changes where nothing is new."""
    assert is_readable(render(old))
    for text in filter(is_readable, (render(old), render_yaml(old), render_mixed(old))):
        lines = text.splitlines(keepends=True)
        for _ in range(3):
            at = chance.randrange(len(lines) + 1)
            lines.insert(at, " " * chance.randrange(8) + chance.choice(["# note\n", "\n"]))
        commented = "".join(lines)
        try:
            held = parse_document(commented, "a.yaml").value
        except BadInput:  # a note cannot stand there
            commented, held = text, parse_document(text, "a.yaml").value
        assert written(commented, held) == commented
        written(commented, new)
        written(commented, mixed(held, new, chance))


def is_readable(text: str) -> bool:
    """Tell whether a text can be read: PyYAML writes ``[:0]``, which no reader takes."""
    try:
        parse_document(text, "a.yaml")
    except BadInput:
        return False
    return True


def render_mixed(value: Json) -> str:
    """Return a value as PyYAML writes it: what is innermost stands on one line."""
    return yaml.safe_dump(value, default_flow_style=None, allow_unicode=True, sort_keys=False)


def mixed(old: Json, new: Json, chance: Any) -> Json:
    """Return an old value with parts of a new one somewhere in it."""
    if isinstance(old, dict) and old and chance.random() < 0.9:
        changed = dict(old)
        name = chance.choice(sorted(old))
        changed[name] = mixed(old[name], new, chance)
        if chance.random() < 0.5:
            del changed[chance.choice(sorted(changed))]
        if chance.random() < 0.5:
            changed = {"new": new, **changed} if chance.random() < 0.5 else {**changed, "new": new}
        return changed
    if isinstance(old, list) and old and chance.random() < 0.9:
        changed_list = list(old)
        at = chance.randrange(len(old))
        changed_list[at] = mixed(old[at], new, chance)
        if chance.random() < 0.5:
            del changed_list[chance.randrange(len(changed_list))]
        if chance.random() < 0.5:
            changed_list.insert(chance.randrange(len(changed_list) + 1), new)
        return changed_list
    return new


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"info__title": "A"}, ["-   title: Shop    # a title", "+   title: A    # a title"]),
        ({"info__version": "2"}, ['-   version: "1"', '+   version: "2"']),
        ({"info__version": None}, ['-   version: "1"']),
        ({"info__contact": {"name": "A"}}, ["+   contact:", "+     name: A"]),
        ({"tags__1": "new"}, ["- tags: [one, two]   # both", "+ tags: [one, new, two]   # both"]),
        ({"tags": None}, ["- tags: [one, two]   # both", "- "]),
        (
            {"paths___a__get__summary": "B, c"},
            [
                "-     get: { summary: A, deprecated: true }",
                '+     get: { summary: "B, c", deprecated: true }',
            ],
        ),
        (
            {"paths___a__post__1": {"name": "new"}},
            ["+       - name: new"],
        ),
        ({"paths___a__post__0": None}, ["-       - name: first # 1", "-         in: query", "- "]),
        (
            {"paths___a__post__1": None},
            ["-       # the second", "-       - name: second", "-         in: path", "- "],
        ),
        ({"paths___a__post__2__in": "a"}, ["-           in: header", "+           in: a"]),
        ({"paths___a__post__2__style": "a"}, ["+           style: a"]),
        (
            {"paths___a__put": "Short"},
            ["-     put: >-", "-       Long text", "-       in two lines.", "+     put: Short"],
        ),
        ({"paths___a__delete": 1}, ["-     delete:", "+     delete: 1"]),
        (
            {"paths___b__get": {"a": [{"b": 1}]}},
            ["-   /b: {}", "+   /b:", "+     get:", "+       a:", "+         - b: 1"],
        ),
        ({"paths___a__get": None}, ["-     get: { summary: A, deprecated: true }"]),
    ],
)  # fmt: skip
def test_edit(changes: dict[str, Json], lines: list[str]) -> None:
    """An edit changes its own lines; comments, empty lines, flow and alignment stay."""
    assert sorted(edited(SHOP, **changes)) == sorted(lines)


def test_reference_to_schema() -> None:
    """A reference is written in a line, as our files do, and what takes its place is not."""
    text = "a:\n  schema: { $ref: '#/x' }\n"
    assert (
        written(text, {"a": {"schema": {"type": "string"}}}) == "a:\n  schema:\n    type: string\n"
    )
    assert written(text, {"a": {"schema": {"$ref": "#/y"}}}) == 'a:\n  schema: { $ref: "#/y" }\n'


def test_order() -> None:
    """A text whose members are to stand in another order is changed to that."""
    assert written("a: 1\nb: 2 # two\n", {"b": 2, "a": 1}) == "b: 2 # two\na: 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x\n",
        "a: &x {c: 1}\nb: *x\n",
        "{a: 1, b: 1}\n",
        "- &x 1\n- *x\n",
        "---\na: 1\n...\n",
        '{"a": "\\ud800\\udc00"}',
    ],
)
def test_hard_to_edit(text: str) -> None:
    """A text that cannot be edited in place is written anew, and stays when nothing changes."""
    document = parse_document(text, "shop.yaml")
    assert rewrite(document, copy.deepcopy(document.value)) == text
    written(text, {"a": 2, "b": [1]})


def test_our_document_anew() -> None:
    """Our whole document, written anew, says what it said."""
    assert in_order(parse_document(render(OURS.value), "a.yaml").value) == in_order(OURS.value)


def test_last_members() -> None:
    """What is added to the end of our document stands there, and in its style."""
    value = copied()
    value["components"]["schemas"]["Zone"] = {
        "type": "string",
        "enum": ["a", "b"],
        "description": "word " * 30 + "end",
    }
    assert rewrite(Document("a.yaml", OURS.value, OURS.text), value) == OURS.text + (
        "\n    Zone:\n      type: string\n      enum: [a, b]\n      description: >-\n        "
        + "word " * 17
        + "word\n        "
        + "word " * 12
        + "end\n"
    )
