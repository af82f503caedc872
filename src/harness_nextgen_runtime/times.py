"""Times: texts of RFC 3339 and numbers of Unix time, both ways without loss."""

from __future__ import annotations

import datetime
import re
from typing import Any, Literal, TypeAlias

from harness_nextgen_runtime.unset import Unset

Unit: TypeAlias = Literal["seconds", "milliseconds", "microseconds", "nanoseconds"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# RFC 3339, section 5.6; servers also leave out the seconds, the offset or the colon in it.
_DATE_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"(?P<offset>[Zz]|[+-]\d\d:?\d\d(?::\d\d(?:\.\d+)?)?)?",
    re.ASCII,
)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_PER_SECOND: dict[Unit, int] = {
    "seconds": 1,
    "milliseconds": 1_000,
    "microseconds": 1_000_000,
    "nanoseconds": 1_000_000_000,
}


class SpelledDateTime(datetime.datetime):
    """A datetime that was written in another way than ours, and is sent as it was.

    It is equal to the plain datetime; what is computed from it has no spelling of its own.
    """

    spelling: str | None = None
    """The text that it was read from."""

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        if self.spelling is None:
            return super().__reduce_ex__(protocol)
        return read_date_time, (self.spelling,)


def read_date(text: str) -> datetime.date:
    """Read a full-date of RFC 3339. Raises ValueError for any other text."""
    if not _DATE.fullmatch(text):
        raise ValueError("no date")
    return datetime.date.fromisoformat(text)


def read_date_time(text: str) -> datetime.datetime:
    """Read a date-time of RFC 3339 so that ``write_date_time`` writes the same text.

    Python's datetime holds six digits of a fraction and no leap second: more digits are cut off,
    and second 60 becomes the last moment of second 59. A text without an offset gives a datetime
    without one. Raises ValueError for any other text.
    """
    parts = _DATE_TIME.fullmatch(text)
    if parts is None:
        raise ValueError("no date and time")
    second, fraction = parts["second"] or "00", (parts["fraction"] or "0")[:6]
    if second == "60":
        second, fraction = "59", "999999"
    offset = (parts["offset"] or "").upper()
    normal = f"{parts['date']}T{parts['minute']}:{second}.{fraction:0<6}{offset}"
    moment = datetime.datetime.fromisoformat(normal)
    if write_date_time(moment) == text:
        return moment
    spelled = SpelledDateTime.fromisoformat(normal)
    spelled.spelling = text
    return spelled


def write_date_time(moment: datetime.datetime) -> str:
    """Write a datetime as RFC 3339 does, UTC as Z, and one that was read as it was written then."""
    if isinstance(moment, SpelledDateTime) and moment.spelling:
        return moment.spelling
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def read_timestamp(number: float | Unset | None, unit: Unit) -> datetime.datetime | None:
    """Return the time, in UTC, that a Unix timestamp of the given unit stands for.

    None stands for what is unset or null, and for a number beyond the years 1 to 9999: such are no
    real times, but the examples of Harness's API page have them. What is finer than a microsecond
    is cut off.
    """
    if number is None or isinstance(number, Unset):
        return None
    try:
        microseconds = int(number * 1_000_000 // _PER_SECOND[unit])
        return _EPOCH + datetime.timedelta(microseconds=microseconds)
    except (OverflowError, ValueError):
        return None
