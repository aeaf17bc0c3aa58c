"""How a feed's address lives: moved, gone, failing, silent (POLLING D1-D8)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feeds.life import (
    Change,
    Life,
    Notice,
    NoticeKind,
    after_failure,
    after_success,
    is_silent,
    moved_to,
    with_silence,
)
from feeds.rhythm import Rhythm

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEW = "https://bao.vn/rss/moi.rss"
OTHER = "https://bao.vn/parked"


def sightings(now: datetime, *seen: tuple[float, str | None], same_feed: bool = True) -> Change:
    """What the polls at these hours, sent to these addresses, come to."""
    change = Change(Life())
    for hours, moved in seen:
        change = after_success(change.life, now + hours * HOUR, moved=moved, same_feed=same_feed)
    return change


class TestMoved:
    def test_third_sighting_after_a_day_is_adopted(self, now: datetime) -> None:
        """D1."""
        change = sightings(now, (0, NEW), (12, NEW), (24, NEW))
        assert change == Change(Life(), adopt=NEW, notices=(Notice(NoticeKind.MOVED, NEW),))

    @pytest.mark.parametrize("hours", [(0, 24), (0, 1, 2, 3, 23.9)])
    def test_two_sightings_or_less_than_a_day_are_not_enough(
        self, now: datetime, hours: tuple[float, ...]
    ) -> None:
        """D1."""
        change = sightings(now, *((each, NEW) for each in hours))
        assert change.adopt is None
        assert change.life == Life(redirect_to=NEW, redirect_seen=len(hours), redirect_first_at=now)

    def test_another_target_or_none_begins_again(self, now: datetime) -> None:
        """D1."""
        assert sightings(now, (0, NEW), (12, OTHER), (24, NEW)).life.redirect_seen == 1
        assert sightings(now, (0, NEW), (12, None), (24, NEW)).life.redirect_seen == 1
        assert sightings(now, (0, NEW), (12, NEW), (24, None)).life == Life()

    def test_another_feed_at_the_target_is_never_adopted(self, now: datetime) -> None:
        """D1: it must overlap with what was seen before."""
        assert sightings(now, (0, NEW), (12, NEW), (24, NEW), (48, NEW), same_feed=False).adopt is None

    def test_failure_between_does_not_begin_again(self, now: datetime) -> None:
        life = sightings(now, (0, NEW), (12, NEW)).life
        life = after_failure(life, now + 13 * HOUR, status=500, failures=1).life
        assert after_success(life, now + DAY, moved=NEW, same_feed=True).adopt == NEW

    def test_chain_is_followed_to_its_first_temporary_hop(self) -> None:
        """D2, D3."""
        assert moved_to([]) is None
        assert moved_to([(301, "b"), (308, "c")]) == "c"
        assert moved_to([(301, "b"), (302, "c"), (301, "d")]) == "b"
        for temporary in (302, 303, 307):
            assert moved_to([(temporary, "b"), (301, "c")]) is None


class TestGone:
    def test_410_still_there_a_day_later_suspends_with_one_notice(self, now: datetime) -> None:
        """D7."""
        first = after_failure(Life(), now, status=410, failures=1)
        assert first == Change(Life(first_error_at=now, gone_at=now))
        early = after_failure(first.life, now + 23 * HOUR, status=410, failures=2)
        assert early == first
        second = after_failure(first.life, now + DAY, status=410, failures=2)
        assert second.life.suspended_at == now + DAY
        assert second.notices == (Notice(NoticeKind.GONE),)
        assert after_failure(second.life, now + 2 * DAY, status=410, failures=3).notices == ()

    def test_success_between_begins_again(self, now: datetime) -> None:
        life = after_failure(Life(), now, status=410, failures=1).life
        life = after_success(life, now + HOUR, moved=None, same_feed=True).life
        assert life == Life()
        assert after_failure(life, now + 2 * DAY, status=410, failures=1).life.suspended_at is None


class TestFailing:
    def failing(self, now: datetime, days: int, failures: int) -> Change:
        life = after_failure(Life(), now, status=404, failures=1).life
        return after_failure(life, now + days * DAY, status=404, failures=failures, detail="bad_status")

    def test_thirty_days_and_twenty_failures_suspend(self, now: datetime) -> None:
        """D8."""
        change = self.failing(now, 30, 20)
        assert change.life.suspended_at == now + 30 * DAY
        assert change.notices == (Notice(NoticeKind.FAILING, "bad_status"),)

    def test_only_one_of_both_does_not(self, now: datetime) -> None:
        """D8."""
        assert self.failing(now, 29, 200).life.suspended_at is None
        assert self.failing(now, 300, 19).life.suspended_at is None

    def test_first_success_revives_with_a_notice(self, now: datetime) -> None:
        life = self.failing(now, 30, 20).life
        change = after_success(life, now + 31 * DAY, moved=None, same_feed=True)
        assert change == Change(Life(), notices=(Notice(NoticeKind.REVIVED),))


class TestSilent:
    # 70 entries in 7 days: one in 2.4 hours
    @pytest.fixture
    def paper(self, now: datetime) -> Rhythm:
        return Rhythm(since=now - 7 * DAY, last_new_at=now, total=70)

    def test_newspaper_is_reported_after_three_days(self, now: datetime, paper: Rhythm) -> None:
        assert not is_silent(paper, now + 3 * DAY)
        assert is_silent(paper, now + 3 * DAY + HOUR)

    def test_weekly_is_reported_after_six_weeks(self, now: datetime) -> None:
        weekly = Rhythm(since=now - 70 * DAY, last_new_at=now, total=10)
        assert not is_silent(weekly, now + 42 * DAY)
        assert is_silent(weekly, now + 42 * DAY + HOUR)

    def test_feed_of_few_entries_is_never_reported(self, now: datetime) -> None:
        assert not is_silent(Rhythm(since=now - DAY, last_new_at=now, total=4), now + 900 * DAY)
        assert not is_silent(Rhythm(), now)

    def test_each_silence_is_told_once(self, now: datetime, paper: Rhythm) -> None:
        late = now + 4 * DAY
        told = with_silence(Change(Life()), paper, late)
        assert told == Change(Life(silence_told_at=late), notices=(Notice(NoticeKind.SILENT),))
        assert with_silence(Change(told.life), paper, late + DAY).notices == ()
        again = replace(paper, last_new_at=late)
        assert with_silence(Change(told.life), again, late).life == Life()
