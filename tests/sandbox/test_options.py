"""What options and their values mean."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from harness_nextgen_sandbox import Fault
from harness_nextgen_sandbox.clock import STEP, Clock, parse_start
from harness_nextgen_sandbox.limiter import WINDOW, Limiter
from harness_nextgen_sandbox.options import parse_duration, parse_fault


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("1.5s", 1.5), ("0s", 0), (" 2s ", 2), ("0.5ms", 0.0005)]
)
def test_durations(text: str, seconds: float) -> None:
    """A duration is a number of seconds or milliseconds."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "ms", "1 s", "-1s", "1.s", "1m", "٣s"])
def test_bad_durations(text: str) -> None:
    """Anything else is none."""
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("503", Fault(503, 1)), ("400:0", Fault(400, 0)), ("429:1", Fault(429, 1)),
        (" 599:.5 ", Fault(599, 0.5)), ("503:0.25", Fault(503, 0.25)), ("500:1.0", Fault(500, 1)),
        ("502:html", Fault(502, 1, "html")), ("503:.1:text", Fault(503, 0.1, "text")),
    ],
)  # fmt: skip
def test_faults(text: str, fault: Fault) -> None:
    """A fault is a status of an error, how often it comes (always, unless said), and a shape."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "", "200", "399", "600", "5030", "503:", "503:2", "503:1.5", "4٣٣", "502:html:0.1",
        "503:0.1:", "503::html", "html", "503:html:text",
    ],
)  # fmt: skip
def test_bad_faults(text: str) -> None:
    """Anything else is none."""
    with pytest.raises(ValueError, match="is no fault"):
        parse_fault(text)


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T13:00+01:00"],
)
def test_starts(text: str) -> None:
    """A time without a zone is in UTC."""
    assert parse_start(text) == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "noon", "2026-02-30", "1"])
def test_bad_starts(text: str) -> None:
    """What is no time is refused."""
    with pytest.raises(ValueError, match="is no time in ISO 8601"):
        parse_start(text)


def test_a_clock_with_a_start_moves_when_it_is_read() -> None:
    """Each reading is a second later; looking changes nothing."""
    clock = Clock(datetime(1970, 1, 1, 0, 0, 2, 500_000, tzinfo=UTC))
    assert (clock.look(), clock.look()) == (2500, 2500)
    assert (clock.read(), clock.read(), clock.look()) == (2500, 2500 + STEP, 2500 + 2 * STEP)
    assert STEP == 1000


def test_a_clock_without_a_start_tells_the_time() -> None:
    """Times are milliseconds since 1970."""
    before = time.time_ns() // 1_000_000
    clock = Clock()
    assert before <= clock.read() <= clock.look() <= time.time_ns() // 1_000_000


def test_limiter() -> None:
    """So many requests are admitted in any minute, for each key; what is refused counts not."""
    now = 1000.0
    limiter = Limiter(2, lambda: now)
    assert [limiter.admit("a") for _ in range(4)] == [True, True, False, False]
    assert limiter.admit("b")
    now += WINDOW - 1
    assert not limiter.admit("a")
    now += 1
    assert [limiter.admit("a") for _ in range(3)] == [True, True, False]
    assert WINDOW == 60
