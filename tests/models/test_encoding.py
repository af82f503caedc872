"""Values are written for a path, a query and headers as a server reads them."""

from __future__ import annotations

import datetime
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness_nextgen_runtime.encoding import (
    as_text,
    encode,
    encode_cookies,
    encode_headers,
    encode_query,
    path_segment,
    split_commas,
)
from harness_nextgen_runtime.enums import OpenStrEnum
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.times import read_date_time
from harness_nextgen_runtime.unset import UNSET


class Color(OpenStrEnum):
    """Colors."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (1.5, "1.5"),
        (Color.RED, "red"),
        (Color("mauve"), "mauve"),
        (datetime.date(2024, 2, 29), "2024-02-29"),
        (datetime.datetime(2024, 2, 29, 1, tzinfo=datetime.UTC), "2024-02-29T01:00:00Z"),
        (read_date_time("2024-02-29T01:00:00+00:00"), "2024-02-29T01:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [True, Color.RED]}, '{"a":[true,"red"]}'),
    ],
)
def test_texts_of_values(value: object, text: str) -> None:
    """A value is written as JSON writes it, without the quotes."""
    assert as_text(value) == text


def test_query() -> None:
    """A list repeats its name; what is not set or null is not sent, an empty text is."""
    query = encode_query(
        {"a": [1, None, Color.RED], "b": UNSET, "c": None, "d": "", "e": (True,), "f": []}
    )
    assert query == [("a", "1"), ("a", "red"), ("d", ""), ("e", "true")]


def test_headers() -> None:
    """Headers are texts; what is not set or null is not sent."""
    assert encode_headers({"A": True, "B": UNSET, "C": None, "D": [1, 2]}) == {
        "A": "true",
        "D": "1,2",
    }
    assert encode_cookies({"a": "x y", "b": UNSET}) == {"Cookie": "a=x%20y"}
    assert encode_cookies({"b": UNSET}) == {}


@pytest.mark.parametrize("value", ["", ".", "..", [], [""], ["a", ".."], ()])
def test_path_cannot_be_left(value: object) -> None:
    """What would lead to another path is refused, as an error of ours and as a ValueError."""
    with pytest.raises(ConfigurationError, match="cannot stand in a path"):
        path_segment(value)
    with pytest.raises(ValueError, match="nothing was sent"):
        path_segment(value)


@pytest.mark.parametrize("value", [None, UNSET, b"vpc", {"aws"}, object(), [None], iter(["aws"])])
def test_what_is_no_value_is_refused_in_a_path(value: object) -> None:
    """A variable that was never set does not become the module called "None"."""
    with pytest.raises(ConfigurationError, match="cannot be a parameter"):
        path_segment(value)


@pytest.mark.parametrize("value", [b"vpc", {"aws"}, object(), iter(["aws"])])
def test_what_is_no_value_is_refused_in_a_query(value: object) -> None:
    """Nor does the server search for "b'vpc'" or for a set as Python shows it."""
    with pytest.raises(ConfigurationError, match=r"cannot be a parameter: pass text"):
        encode_query({"term": value})


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_any_other_text_is_one_segment(text: str) -> None:
    """Any text stays one segment and arrives unchanged."""
    quoted = path_segment(text)
    assert not set(quoted) & set("/?#%") - {"%"}
    assert unquote(quoted) == text
    assert quoted.isascii()


def test_segments_of_other_values() -> None:
    """A list is joined, its items quoted."""
    assert path_segment(["a/b", 1]) == "a%2Fb,1"
    assert path_segment(Color.RED) == "red"


def test_plain_data_is_not_shared() -> None:
    """What is encoded can be changed without changing what it was made from."""
    given_ = {"a": [1, {"b": datetime.date(2024, 1, 1)}]}
    encoded = encode(given_)
    assert encoded == {"a": [1, {"b": "2024-01-01"}]}
    encoded["a"][1]["b"] = 0
    assert given_ == {"a": [1, {"b": datetime.date(2024, 1, 1)}]}


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (" a, b,,c ", ["a", "b", "c"]),
        ("", []),
        (",", []),
        (None, []),
        (UNSET, []),
        ("a b", ["a b"]),
    ],
)
def test_joined_lists(text: object, items: list[str]) -> None:
    """Items lose the blanks around them, and empty ones are none."""
    assert split_commas(text) == items
