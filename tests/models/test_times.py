"""Times are read and written without loss, and are no times where none can be."""

from __future__ import annotations

import copy
import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness_nextgen_runtime.times import (
    SpelledDateTime,
    read_date,
    read_date_time,
    read_timestamp,
    write_date_time,
)
from harness_nextgen_runtime.uuids import SpelledUuid, read_uuid, write_uuid
from tests.models.schemas import DATE_TIMES, UUIDS

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29T12:30:00Z", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("2024-02-29t12:30:00z", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("2024-02-29 12:30:00-00:00", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("2024-02-29T12:30Z", datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("2024-02-29T12:30:00.1Z", datetime.datetime(2024, 2, 29, 12, 30, 0, 100000, UTC)),
        ("2024-02-29T12:30:00.123456789Z", datetime.datetime(2024, 2, 29, 12, 30, 0, 123456, UTC)),
        ("2016-12-31T23:59:60Z", datetime.datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2024-02-29T12:30:00+0200", datetime.datetime(2024, 2, 29, 10, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime.datetime(1, 1, 1, tzinfo=UTC)),
        ("2024-02-29T12:30:00", datetime.datetime(2024, 2, 29, 12, 30)),
    ],
)
def test_forms_of_times(text: str, moment: datetime.datetime) -> None:
    """Each form that servers send is the moment it says, and is written as it was."""
    assert read_date_time(text) == moment
    assert write_date_time(read_date_time(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "2024-02-29", "20240229T123000Z", "2024-02-30T00:00:00Z", "2024-02-29T25:00:00Z",
     "2024-02-29T12Z", "2024-W09-4T12:30:00Z", "2024-02-29T12:30:00,5Z",
     "2024-02-29T12:30:00+25:00", "٢٠٢٤-02-29T12:30:00Z", "2024-02-29T12:30:00Z\n",
     "0000-01-01T00:00:00Z", "2024-02-29T12:30:61Z"],
)  # fmt: skip
def test_other_texts_are_no_times(text: str) -> None:
    """What RFC 3339 does not mean, Python may not read as a time either."""
    with pytest.raises(ValueError):  # noqa: PT011 - the decoder says what was expected
        read_date_time(text)


@pytest.mark.parametrize(
    "text", ["", "20240229", "2024-02-30", "2024-02-29T00:00:00", "2024-W09-4"]
)
def test_other_texts_are_no_dates(text: str) -> None:
    """A date has one form."""
    with pytest.raises(ValueError):  # noqa: PT011
        read_date(text)


@given(DATE_TIMES)
def test_times_are_written_as_they_were(text: str) -> None:
    """Any text of a time comes back, from a copy and a pickle too, and equals the plain time."""
    moment = read_date_time(text)
    for same in (
        moment,
        copy.copy(moment),
        copy.deepcopy(moment),
        pickle.loads(pickle.dumps(moment)),
    ):
        assert write_date_time(same) == text
        assert same == moment
    plain = datetime.datetime.fromisoformat(moment.isoformat())
    assert plain == moment
    assert hash(plain) == hash(moment)


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_times_of_python_come_back(moment: datetime.datetime) -> None:
    """What a caller sets is the same moment when the server sends it back."""
    again = read_date_time(write_date_time(moment))
    assert again.isoformat() == moment.isoformat()


def test_what_is_computed_has_no_spelling() -> None:
    """A time that was computed from another is written as it is now."""
    moment = read_date_time("2024-02-29T12:30:00.5Z")
    later = moment + datetime.timedelta(seconds=1)
    assert isinstance(later, SpelledDateTime)
    assert write_date_time(later) == "2024-02-29T12:30:01.500000Z"
    assert write_date_time(moment.replace(year=2020)) == "2020-02-29T12:30:00.500000Z"
    assert pickle.loads(pickle.dumps(later)) == later


@pytest.mark.parametrize(
    ("number", "unit", "moment"),
    [
        (1691150743950, "milliseconds", datetime.datetime(2023, 8, 4, 12, 5, 43, 950000, UTC)),
        (0, "milliseconds", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, "seconds", datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (1_999, "nanoseconds", datetime.datetime(1970, 1, 1, 0, 0, 0, 1, UTC)),
        (8124988946077168000, "milliseconds", None),
        (-(10**30), "milliseconds", None),
        (float("inf"), "milliseconds", None),
        (float("nan"), "milliseconds", None),
    ],
)
def test_timestamps(number: float, unit: str, moment: datetime.datetime | None) -> None:
    """A number is the moment it says in its unit, or no time where Python knows none."""
    assert read_timestamp(number, unit) == moment  # type: ignore[arg-type]


@given(UUIDS)
def test_uuids_are_written_as_they_were(text: str) -> None:
    """A UUID in capitals comes back in capitals, from a copy and a pickle too."""
    value = read_uuid(text)
    for same in (value, copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert write_uuid(same) == text
        assert same == value
    assert isinstance(value, SpelledUuid) == (text != text.lower())


@pytest.mark.parametrize(
    "text", ["", "1111111122223333444455555555555a", "{11111111-2222-3333-4444-555555555555}"]
)
def test_other_texts_are_no_uuids(text: str) -> None:
    """Of the forms that Python reads, one is a UUID of RFC 9562."""
    with pytest.raises(ValueError, match="no UUID"):
        read_uuid(text)
