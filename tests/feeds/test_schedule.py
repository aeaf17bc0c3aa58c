"""When a feed is polled again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.schedule import next_poll_at

NOW = datetime(2020, 1, 9, 7, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def minutes_until(interval_minutes: float = 5, *, jitter: float = 0.0, **said: Any) -> float:
    at = next_poll_at(NOW, interval=timedelta(minutes=interval_minutes), jitter=jitter, **said)
    return (at - NOW).total_seconds() / 60


def test_success_waits_one_interval_and_up_to_a_tenth() -> None:
    assert minutes_until(10) == 10
    assert minutes_until(10, jitter=0.5) == 10.5


@pytest.mark.parametrize(
    ("floor_seconds", "minutes"), [(0, 10), (120, 10), (1800, 30), (86_400, 1440), (10**10, 1440)]
)
def test_server_lengthens_the_interval_up_to_a_day(floor_seconds: float, minutes: float) -> None:
    """B1: max-age stretches, never shortens, cap 24 h."""
    assert minutes_until(10, server_floor=floor_seconds) == minutes


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (8, 640), (9, 1280), (10, 1280), (10**6, 1280)],
)
def test_failures_double_the_wait(failures: int, minutes: float) -> None:
    """D8."""
    assert minutes_until(5, failures=failures) == minutes


@pytest.mark.parametrize(
    ("interval_minutes", "first", "ninth"),
    [(60, 60, 1440), (5, 5, 1280), (3, 5, 1280), (1, 2, 512), (1 / 60, 2 / 60, 512 / 60), (2880, 2880, 2880)],
)
def test_first_retry_follows_the_rhythm_of_the_feed(
    interval_minutes: float, first: float, ninth: float
) -> None:
    """A feed polled every second is back within seconds, and no failure is polled faster than a success."""
    assert minutes_until(interval_minutes, failures=1) == pytest.approx(first)
    assert minutes_until(interval_minutes, failures=9) == pytest.approx(ninth)


def test_failures_are_spread_over_a_quarter() -> None:
    assert minutes_until(8, failures=1, jitter=0.5) == 9


@pytest.mark.parametrize(
    ("retry_after", "minutes"), [(0, 5), (60, 5), (3600, 60), (7 * 86_400, 10_080), (10**10, 10_080)]
)
def test_retry_after_wins_when_it_is_later(retry_after: float, minutes: float) -> None:
    """B5: cap seven days."""
    assert minutes_until(5, failures=1, status=503, retry_after=retry_after) == minutes


@pytest.mark.parametrize(
    ("status", "minutes"), [(429, 240), (403, 240), (404, 5), (500, 5), (503, 5), (None, 5)]
)
def test_unwelcome_without_a_time_means_four_hours(status: int | None, minutes: float) -> None:
    """B6, B8."""
    assert minutes_until(5, failures=1, status=status) == minutes


def test_429_with_a_time_is_taken_at_its_word() -> None:
    assert minutes_until(5, failures=1, status=429, retry_after=600) == 10


def test_long_back_off_is_not_shortened_by_being_unwelcome() -> None:
    assert minutes_until(5, failures=8, status=403) == 640


intervals = st.timedeltas(timedelta(seconds=1), timedelta(days=2))
jitters = st.floats(0, 1, exclude_max=True)
said = st.none() | st.floats(0, 1e12)
statuses = st.none() | st.integers(100, 599)


@given(intervals, st.integers(0, 10**9), statuses, said, st.floats(0, 1e12), jitters)
def test_never_before_what_was_asked_and_never_beyond_the_caps(
    interval: timedelta,
    failures: int,
    status: int | None,
    retry_after: float | None,
    floor: float,
    jitter: float,
) -> None:
    wait = (
        next_poll_at(
            NOW,
            interval=interval,
            failures=failures,
            status=status,
            retry_after=retry_after,
            server_floor=floor,
            jitter=jitter,
        )
        - NOW
    )

    assert wait >= interval
    assert wait >= min(timedelta(seconds=min(retry_after or 0, 1e6)), 7 * DAY)
    assert wait <= max(1.25 * max(DAY, interval), 7 * DAY if retry_after else timedelta())


@given(intervals, st.integers(1, 100), jitters)
def test_one_more_failure_never_shortens_the_wait(interval: timedelta, failures: int, jitter: float) -> None:
    waits = [
        next_poll_at(NOW, interval=interval, failures=count, jitter=jitter)
        for count in (failures, failures + 1)
    ]

    assert waits[0] <= waits[1]
