"""Enums keep what they do not list."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from harness_nextgen_runtime.enums import OpenIntEnum, OpenStrEnum


class Color(OpenStrEnum):
    """Colors."""

    RED = "red"


class Level(OpenIntEnum):
    """Levels."""

    LOW = 1


@pytest.mark.parametrize(
    ("kind", "value"), [(Color, "mauve"), (Color, ""), (Level, 7), (Level, -1)]
)
def test_unknown_value_is_a_member(kind: type[Color] | type[Level], value: str | int) -> None:
    """A value that is not listed equals itself, in every way that a listed one does."""
    member = kind(value)  # type: ignore[arg-type]
    assert isinstance(member, kind)
    assert member == value
    assert {member: 1}[value] == 1  # type: ignore[index]
    assert member.value == value
    assert member.name == str(value)
    assert json.dumps(member) == json.dumps(value)
    assert member == kind(value)  # type: ignore[arg-type]
    assert not member.is_known
    assert list(kind) == [kind(1 if kind is Level else "red")]  # type: ignore[arg-type]
    for same in (copy.copy(member), copy.deepcopy(member), pickle.loads(pickle.dumps(member))):
        assert same == member
        assert type(same) is kind


def test_listed_value_is_the_member() -> None:
    """A value that is listed is the one member, by value and after a pickle."""
    assert Color("red") is Color.RED
    assert Color.RED.is_known
    assert pickle.loads(pickle.dumps(Color.RED)) is Color.RED
    assert str(Color("mauve")) == "mauve"
    assert repr(Color("mauve")) == "<Color.mauve: 'mauve'>"


@pytest.mark.parametrize(("kind", "value"), [(Color, 1), (Color, None), (Level, "1"), (Level, 1.5)])
def test_value_of_another_kind_is_refused(kind: type[Color] | type[Level], value: object) -> None:
    """A text enum takes texts, a number enum whole numbers."""
    with pytest.raises(ValueError, match="is not a valid"):
        kind(value)  # type: ignore[arg-type]
