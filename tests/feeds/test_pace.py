"""What follows from one poll for the next (POLLING B)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from feeds.life import Life
from feeds.pace import Next, Pace, after_skipped, idle_interval, next_of
from feeds.rhythm import Rhythm, decode, encode
from feeds.types import Asks, Entry, Feed, ParsedFeed, Poll, Validators

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OWN = (ip_network("127.0.0.0/8"),)


def feed(url: str = "https://bao.vn/rss", **values: object) -> Feed:
    known = {"primed": True, "validators": Validators('"x"')} | values
    return Feed(1, url, "Báo", "Asia/Ho_Chi_Minh", **known)  # type: ignore[arg-type]


def following(of: Feed, poll: Poll, pace: Pace | None = None) -> Next:
    return next_of(of, poll, pace or Pace(5 * MINUTE), now=poll.polled_at + SECOND, jitter=0.0)


def wait(of: Feed, poll: Poll, pace: Pace | None = None) -> timedelta:
    return following(of, poll, pace).poll_at - poll.polled_at


def newspaper(now: datetime) -> Feed:
    """A feed known for a week of 20 entries an hour."""
    known = Rhythm(entries=20 * 168, hours=168, since=now - 7 * DAY, last_new_at=now - MINUTE)
    return feed(rhythm=encode(known), last_ok_at=now - 5 * MINUTE)


def unchanged(now: datetime, **values: object) -> Poll:
    return Poll(polled_at=now, status=304, **values)  # type: ignore[arg-type]


def document(now: datetime, *ages: timedelta, asks: Asks = Asks()) -> Poll:  # noqa: B008 - a frozen value
    entries = tuple(Entry(str(n), None, "Tin", published_at=now - age) for n, age in enumerate(ages))
    return Poll(polled_at=now, status=200, parsed=ParsedFeed("rss20", "Báo", entries, asks=asks))


class TestInterval:
    def test_busy_newspaper_is_polled_every_few_minutes_and_an_unknown_feed_is_not(
        self, now: datetime
    ) -> None:
        assert 5 * MINUTE < wait(newspaper(now), unchanged(now)) < 8 * MINUTE
        assert 2 * HOUR < wait(feed(last_ok_at=now - HOUR), unchanged(now)) < 3 * HOUR

    def test_operators_least_interval_holds(self, now: datetime) -> None:
        assert wait(newspaper(now), unchanged(now), Pace(20 * MINUTE)) == 20 * MINUTE

    def test_own_networks_are_polled_at_the_least_interval(self, now: datetime) -> None:
        own = feed("http://127.0.0.1:8000/rss")
        assert wait(own, unchanged(now), Pace(SECOND, OWN)) == SECOND
        assert wait(own, unchanged(now), Pace(SECOND)) > HOUR

    def test_dates_of_a_first_document_tell_its_rhythm(self, now: datetime) -> None:
        first = feed(primed=False, validators=Validators(), last_ok_at=None)
        busy = document(now, *(n * 6 * MINUTE for n in range(30)))  # 10 an hour, cut after three hours
        slow = document(now, *(n * 100 * HOUR for n in range(30)))
        assert wait(first, replace(busy, validators=Validators('"x"'))) < 25 * MINUTE
        assert wait(first, replace(slow, validators=Validators('"x"'))) > 2 * HOUR

    def test_new_entries_shorten_and_are_remembered(self, now: datetime) -> None:
        before = feed(last_ok_at=now - HOUR)
        after = following(before, unchanged(now))
        assert decode(after.rhythm).hours == pytest.approx(1)
        assert decode(following(before, Poll(now, error_key="timed_out")).rhythm) == Rhythm()

    def test_rhythm_of_another_version_is_learned_again(self, now: datetime) -> None:
        assert wait(feed(rhythm=b"\xff", last_ok_at=now - HOUR), unchanged(now)) > HOUR

    def test_server_without_validators_is_asked_every_15_minutes_at_most(self, now: datetime) -> None:
        """B11."""
        bare = replace(newspaper(now), validators=Validators())
        same = Poll(now, status=200, validators=Validators())
        assert wait(bare, same) == 15 * MINUTE
        assert following(bare, same).same_bodies == 1
        assert wait(replace(bare, same_bodies=9), same) == 60 * MINUTE
        assert following(replace(bare, same_bodies=9), document(now)).same_bodies == 0


class TestIdle:
    def test_feed_nobody_follows_waits_four_times_as_long_up_to_an_hour(self) -> None:
        """B16."""
        assert idle_interval(SECOND) == 4 * SECOND
        assert idle_interval(10 * MINUTE) == 40 * MINUTE
        assert idle_interval(30 * MINUTE) == HOUR
        assert idle_interval(3 * HOUR) == 3 * HOUR

    def test_time_with_a_follower_is_kept(self, now: datetime) -> None:
        """B16."""
        own, pace = feed("http://127.0.0.1/rss", subscribers=0), Pace(MINUTE, OWN)
        decided = following(own, unchanged(now), pace)
        assert (decided.poll_at, decided.eager_poll_at) == (now + 4 * MINUTE, now + MINUTE)
        assert following(replace(own, subscribers=1), unchanged(now), pace).eager_poll_at is None


class TestFloor:
    def test_headers_and_document_both_count_on_200_and_304(self, now: datetime) -> None:
        """B1, B3, B4."""
        asking = Asks(floor_seconds=7200)
        paper = newspaper(now)
        assert wait(paper, unchanged(now, server_floor_seconds=3600)) == HOUR
        assert wait(paper, document(now, asks=asking)) == 2 * HOUR
        assert wait(replace(paper, asks=asking), unchanged(now, server_floor_seconds=3600)) == 2 * HOUR
        assert wait(paper, document(now, asks=Asks(floor_seconds=90 * 3600))) == DAY

    def test_skipped_hours_and_days_are_stepped_over(self) -> None:
        """B4: hours and days are UTC."""
        monday = datetime(2026, 11, 23, 7, 20, tzinfo=UTC)
        assert after_skipped(monday, Asks()) == monday
        assert after_skipped(monday, Asks(skip_hours=(8,))) == monday
        assert after_skipped(monday, Asks(skip_hours=(7, 8))) == monday.replace(hour=9, minute=0)
        assert after_skipped(monday, Asks(skip_days=(0,))) == datetime(2026, 11, 24, tzinfo=UTC)
        assert after_skipped(monday, Asks(skip_hours=tuple(range(24)))) == monday + DAY


class TestSite:
    def rest(self, url: str, pace: Pace | None = None, **answer: object) -> timedelta:
        at = datetime(2026, 11, 23, tzinfo=UTC)
        poll = Poll(at, error_key="bad_status", **answer)  # type: ignore[arg-type]
        return following(feed(url), poll, pace).site_free_at - (at + SECOND)

    def test_rests_a_second_after_a_poll_and_not_in_own_networks(self) -> None:
        """B14."""
        assert self.rest("https://bao.vn/rss", status=404) == SECOND
        assert self.rest("http://127.0.0.1/rss", Pace(SECOND, OWN), status=404) == timedelta()

    def test_429_and_503_hold_the_whole_domain(self) -> None:
        """B6."""
        assert self.rest("https://a.bao.vn/rss", status=429, retry_after_seconds=600.0) == 10 * MINUTE
        assert self.rest("https://a.bao.vn/rss", status=503, retry_after_seconds=600.0) == 10 * MINUTE
        assert self.rest("https://a.bao.vn/rss", status=429) == 4 * HOUR
        assert self.rest("https://a.bao.vn/rss", status=503) == 5 * MINUTE
        assert self.rest("https://a.bao.vn/rss", status=429, retry_after_seconds=9e6) == DAY
        assert self.rest("https://a.bao.vn/rss", status=403) == SECOND

    def test_only_the_address_waits_where_many_share_a_private_server(self) -> None:
        """B7."""
        assert self.rest("http://rsshub:1200/a", status=503, retry_after_seconds=600.0) == SECOND
        assert self.rest("http://10.0.0.1/a", status=429) == SECOND


class TestLife:
    def test_suspended_feed_is_looked_at_once_a_day(self, now: datetime) -> None:
        gone = feed(life=Life(first_error_at=now - 2 * DAY, gone_at=now - 2 * DAY), failures=1)
        decided = following(gone, Poll(now, status=410, error_key="bad_status"))
        assert decided.change.life.suspended_at == now
        assert decided.poll_at == now + DAY

    def test_document_with_nothing_known_in_it_is_not_the_same_feed(self, now: datetime) -> None:
        """D1."""
        day_ago = now - DAY
        moving = feed(life=Life("https://b.vn/", 2, day_ago))
        strange = replace(document(now, HOUR), moved_to="https://b.vn/")
        assert following(moving, strange).change.adopt is None
        assert following(moving, replace(strange, seen=(b"x",))).change.adopt == "https://b.vn/"
        assert following(moving, unchanged(now, moved_to="https://b.vn/")).change.adopt == "https://b.vn/"
