"""Cache headers: what a server says about when to come back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from feeds.freshness import Freshness, read_freshness

DATE = "Thu, 09 Jan 2020 07:15:00 GMT"
NOON = "Thu, 09 Jan 2020 12:15:00 GMT"
NOW = datetime(2020, 1, 9, 12, 0, tzinfo=UTC)


def freshness(now: datetime | None = None, **headers: str) -> Freshness:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_freshness(CIMultiDict(named), now)


def test_silence_is_no_wish() -> None:
    assert freshness() == Freshness(None, None, None)
    assert freshness().floor == 0


@pytest.mark.parametrize(
    ("cache_control", "floor"),
    [
        ("max-age=300", 300),
        ("public, max-age=300", 300),
        ("MAX-AGE = 300", 300),
        ('max-age="300"', 300),
        ("s-maxage=900", 0),
        ("max-age=0", 0),
        ("max-age=-5", 0),
        ("max-age=soon", 0),
        ("max-age=99999999999", 0),
        ("max-age=300, no-cache", 0),
        ("no-store, max-age=300", 0),
        ("", 0),
    ],
)
def test_max_age(cache_control: str, floor: float) -> None:
    """B1."""
    assert freshness(Cache_Control=cache_control).floor == floor


def test_age_spent_in_caches_counts() -> None:
    assert freshness(Cache_Control="max-age=300", Age="120").floor == 180
    assert freshness(Cache_Control="max-age=300", Age="500").floor == 0


def test_expires_is_measured_on_the_clock_of_the_server() -> None:
    """B2: our clock may be years off."""
    at_noon = freshness(datetime(2031, 1, 1, tzinfo=UTC), Expires=NOON, Date=DATE)

    assert at_noon.floor == 5 * 3600


def test_our_clock_stands_in_where_the_server_sends_no_date() -> None:
    assert freshness(NOW, Expires=NOON).floor == 15 * 60
    assert freshness(None, Expires=NOON).floor == 0


@pytest.mark.parametrize(
    "expires", ["0", "-1", "now", "", "Thu, 09 Jan 2020 01:00:00 GMT", "Thu, 99 Foo 9999"]
)
def test_past_and_invalid_expires_mean_expired(expires: str) -> None:
    """A11: about freshness only; the validators stay (see test_fetch)."""
    assert freshness(Expires=expires, Date=DATE).floor == 0


def test_max_age_goes_before_expires() -> None:
    assert freshness(Cache_Control="max-age=60", Expires=NOON, Date=DATE).floor == 60


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        (NOON, 5 * 3600),
        ("Thursday, 09-Jan-20 12:15:00 GMT", 5 * 3600),
        ("Thu, 09 Jan 2020 19:15:00 +0700", 5 * 3600),
        ("Thu, 09 Jan 2020 01:00:00 GMT", 0),
        ("-5", None),
        ("later", None),
        ("", None),
        ("9" * 50, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(retry_after: str, seconds: float | None) -> None:
    """B5."""
    assert freshness(Retry_After=retry_after, Date=DATE).retry_after == seconds


def test_retry_after_counts_though_nothing_may_be_cached() -> None:
    assert freshness(Cache_Control="no-store", Retry_After="7") == Freshness(None, None, 7)


header = st.text(max_size=40)


@given(header, header, header, header, header)
def test_no_header_breaks_it(date: str, control: str, age: str, expires: str, after: str) -> None:
    found = freshness(NOW, Date=date, Cache_Control=control, Age=age, Expires=expires, Retry_After=after)

    assert found.floor >= 0
    assert found.retry_after is None or found.retry_after >= 0
