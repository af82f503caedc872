"""Comparing edited copies of the large document that ``--corpus`` names."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.document import parse_document, read_document
from pipeline.overlay.apply import apply_overlays
from pipeline.overlay.compare import compare
from pipeline.overlay.merge import same
from pipeline.overlay.read import overlay_of
from pipeline.yaml_writer import render_yaml

pytestmark = pytest.mark.once


def containers(value: Any) -> list[Any]:
    """Return every object and array in a value, itself included."""
    found = [value]
    for each in found:
        members = each.values() if isinstance(each, dict) else each
        found.extend(member for member in members if isinstance(member, dict | list))
    return found


def remove_some(value: Any, chance: random.Random) -> None:
    for each in chance.sample(containers(value), 40):
        if each:
            del each[chance.choice(list(each)) if isinstance(each, dict) else 0]


def add_some(value: Any, chance: random.Random) -> None:
    for each in chance.sample(containers(value), 40):
        if isinstance(each, dict):
            each["x-new"] = {"by": ["test"]}
        else:
            each.insert(chance.randrange(len(each) + 1), {"x-new": 1})


def retype_some(value: Any, chance: random.Random) -> None:
    for each in chance.sample(containers(value), 40):
        if each:
            step = chance.choice(list(each)) if isinstance(each, dict) else 0
            each[step] = chance.choice([None, [], {}, [each[step]], {"was": each[step]}, 1.5])


def shuffle_some(value: Any, chance: random.Random) -> None:
    for each in containers(value):
        if isinstance(each, list):
            chance.shuffle(each)


@pytest.mark.parametrize("edit", [remove_some, add_some, retype_some, shuffle_some])
@pytest.mark.parametrize("seed", range(5))
def test_an_edited_copy_is_reached(
    corpus: Path, edit: Callable[[Any, random.Random], None], seed: int
) -> None:
    """The overlay between the document and an edited copy turns one into the other."""
    old = read_document(corpus)
    edited = copy.deepcopy(old.value)
    edit(edited, random.Random(seed))
    new = parse_document(render_yaml(edited), "new.yaml")
    for one, other in ((old, new), (new, old)):
        overlay = overlay_of(parse_document(render_yaml(compare(one, other)), "o.yaml"))
        assert same(apply_overlays(one, [overlay]).value, other.value)


def test_the_document_equals_its_rendering(corpus: Path) -> None:
    """Written out and read again, the document is the same."""
    old = read_document(corpus)
    assert compare(old, parse_document(render_yaml(old.value), "new.yaml")) is None
