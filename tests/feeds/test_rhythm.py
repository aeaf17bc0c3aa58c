"""What a feed's polls teach, and how long to wait because of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.rhythm import (
    MAX_INTERVAL,
    MAX_TOTAL,
    WEEK_HOURS,
    Rhythm,
    decode,
    encode,
    hour_factor,
    interval,
    next_scale,
    observe,
    rate,
)

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HANOI = "Asia/Ho_Chi_Minh"
FIVE_MINUTES = timedelta(minutes=5)


def wait(rhythm: Rhythm, now: datetime = MONDAY, **said: Any) -> float:
    """The interval in minutes, of a feed with one subscriber and validators unless said otherwise."""
    usual = {"time_zone": HANOI, "subscribers": 1, "min_interval": FIVE_MINUTES, "has_validators": True}
    return interval(rhythm, now, **{**usual, **said}) / timedelta(minutes=1)


def known_rate(an_hour: float, **values: Any) -> Rhythm:
    """A rhythm from which exactly this rate follows: (n + 0.5) / (88 + 12)."""
    return Rhythm(entries=100 * an_hour - 0.5, hours=88.0, since=MONDAY, last_new_at=MONDAY, **values)


def polled(rhythm: Rhythm, polls: int, *, every: timedelta, new: int, begin: datetime = MONDAY) -> Rhythm:
    """The rhythm after so many polls that each found `new` entries."""
    for number in range(polls):
        at = begin + number * every
        rhythm = observe(rhythm, at + every, at, new, time_zone=HANOI)
    return rhythm


class TestObserving:
    def test_entries_and_hours_are_halved_in_a_week(self) -> None:
        before = Rhythm(entries=8.0, hours=100.0)

        after = observe(before, MONDAY + 168 * HOUR, MONDAY, 3, time_zone=HANOI)

        assert (after.entries, after.hours) == (4.0 + 3, 50.0 + 168)
        assert (after.total, after.last_new_at, after.since) == (3, MONDAY + 168 * HOUR, MONDAY)

    def test_a_first_document_teaches_nothing_but_when_it_was(self) -> None:
        """I7: what it holds came in months."""
        assert observe(Rhythm(), MONDAY, None, 300, time_zone=HANOI) == Rhythm(since=MONDAY)

    def test_a_feed_read_anew_keeps_what_was_learned(self) -> None:
        known = polled(Rhythm(), 10, every=HOUR, new=1)

        assert observe(known, MONDAY + 99 * HOUR, None, 300, time_zone=HANOI) == known

    def test_nothing_new_is_learned_too(self) -> None:
        after = observe(Rhythm(last_new_at=MONDAY), MONDAY + 2 * HOUR, MONDAY + HOUR, 0, time_zone=HANOI)

        assert (after.entries, after.hours, after.last_new_at) == (0.0, 1.0, MONDAY)

    def test_a_clock_put_back_takes_nothing_away(self) -> None:
        after = observe(Rhythm(entries=2.0, hours=5.0), MONDAY, MONDAY + HOUR, 1, time_zone=HANOI)

        assert (after.entries, after.hours) == (3.0, 5.0)

    def test_a_year_without_polls_does_not_outweigh_the_week_after_it(self) -> None:
        # A document of 50 entries after a year, then one entry an hour for a week, as before.
        away = observe(Rhythm(), MONDAY + 365 * 24 * HOUR, MONDAY, 50, time_zone=HANOI)

        back = polled(away, 168, every=HOUR, new=1, begin=MONDAY + 365 * 24 * HOUR)

        assert away.hours == 168
        assert 0.4 < rate(back) < 0.7

    def test_a_newsrooms_hours_are_learned_in_its_own_time(self) -> None:
        # 8:00 to 9:00 on Mondays in Hanoi is 1:00 to 2:00 UTC.
        after = observe(Rhythm(), MONDAY + 2 * HOUR, MONDAY + HOUR, 5, time_zone=HANOI)

        assert after.hour_profile[8] == 5
        assert sum(after.hour_profile) == 5

    def test_entries_are_spread_over_the_hours_in_which_they_may_have_come(self) -> None:
        after = observe(Rhythm(), MONDAY + 7 * HOUR, MONDAY + 5 * HOUR, 4, time_zone="UTC")

        assert list(after.hour_profile[4:8]) == [0, 2, 2, 0]

    def test_the_week_is_a_circle(self) -> None:
        sunday_evening = MONDAY - HOUR

        after = observe(Rhythm(), MONDAY + HOUR, sunday_evening, 2, time_zone="UTC")

        assert (after.hour_profile[167], after.hour_profile[0]) == (1, 1)

    def test_a_full_hour_halves_all_so_that_old_habits_fade(self) -> None:
        full = Rhythm(hour_profile=bytes([255, 100, *[1] * 166]))

        after = observe(full, MONDAY + HOUR, MONDAY, 1, time_zone="UTC")

        assert list(after.hour_profile[:3]) == [128, 50, 0]

    @given(
        st.lists(st.tuples(st.floats(0.01, 48), st.integers(0, 40)), max_size=30),
        st.sampled_from(["UTC", HANOI, "America/New_York"]),
    )
    def test_no_entry_is_lost(self, polls: list[tuple[float, int]], time_zone: str) -> None:
        rhythm, at, found = Rhythm(), MONDAY, 0
        for hours, new in polls:
            before, at = rhythm, at + hours * HOUR
            rhythm = observe(rhythm, at, at - hours * HOUR, new, time_zone=time_zone)
            found += new
            assert new <= rhythm.entries <= before.entries + new
            assert 0 < rhythm.hours <= before.hours + hours + 1e-9
        assert rhythm.total == found
        # 30 polls of 40 in one hour would pass the count of a byte; these are spread, or halved.
        assert sum(rhythm.hour_profile) == found or max(rhythm.hour_profile) > 127

    @given(st.floats(0.2, 24), st.integers(1, 30))
    def test_a_steady_feed_is_known_for_what_it_is(self, every_hours: float, new: int) -> None:
        rhythm = polled(Rhythm(), int(1000 / every_hours), every=every_hours * HOUR, new=new)

        assert rate(rhythm) == pytest.approx(new / every_hours, rel=0.2)


class TestWaiting:
    """B: the adaptive interval."""

    @pytest.mark.parametrize(
        ("an_hour", "minutes"), [(10, 9.487), (1, 30), (1 / 24, 146.97), (1 / 168, 388.84), (1 / 9000, 1440)]
    )
    def test_half_an_hour_over_the_root_of_the_rate(self, an_hour: float, minutes: float) -> None:
        assert wait(known_rate(an_hour)) == pytest.approx(minutes, rel=1e-4)

    def test_a_feed_nothing_is_known_of_counts_for_one_entry_a_day(self) -> None:
        assert wait(Rhythm()) == pytest.approx(146.97, rel=1e-4)

    @pytest.mark.parametrize(
        ("subscribers", "minutes"), [(0, 30), (1, 30), (2, 21.213), (8, 15), (2**15, 7.5), (2**35, 5)]
    )
    def test_subscribers_shorten_it(self, subscribers: int, minutes: float) -> None:
        assert wait(known_rate(1), subscribers=subscribers) == pytest.approx(minutes, rel=1e-4)

    def test_it_is_never_under_the_operators_minimum(self) -> None:
        assert wait(known_rate(1000)) == 5
        assert wait(known_rate(1000), min_interval=timedelta(minutes=1)) == 1
        assert wait(known_rate(1000), min_interval=timedelta(minutes=40)) == 40
        assert wait(known_rate(1000), min_interval=timedelta(days=7)) == 7 * 1440

    @pytest.mark.parametrize(
        ("has_validators", "same_bodies", "minutes"),
        [(True, 0, 5), (True, 10, 5), (False, 0, 15), (False, 9, 15), (False, 10, 60), (False, 99, 60)],
    )
    def test_servers_that_send_the_whole_document_are_asked_less_often(
        self, has_validators: bool, same_bodies: int, minutes: float
    ) -> None:
        """B11."""
        busy = known_rate(1000)

        assert wait(busy, has_validators=has_validators, same_bodies=same_bodies) == minutes

    def test_the_operators_minimum_does_not_undercut_that(self) -> None:
        """B11."""
        assert wait(known_rate(1000), has_validators=False, min_interval=timedelta(seconds=1)) == 15
        assert wait(known_rate(1000), has_validators=False, min_interval=timedelta(hours=2)) == 120

    def test_silence_lengthens_it_up_to_a_day(self) -> None:
        rhythm = known_rate(1)

        assert wait(rhythm, MONDAY + 5 * HOUR) == 30
        assert wait(rhythm, MONDAY + 10 * HOUR) == 60
        assert wait(rhythm, MONDAY + 100 * HOUR) == 600
        assert wait(rhythm, MONDAY + 1000 * HOUR) == 1440

    def test_a_feed_that_never_brought_anything_is_silent_since_it_was_added(self) -> None:
        assert wait(Rhythm(since=MONDAY), MONDAY + 48 * HOUR) == pytest.approx(288)

    def test_the_scale_stretches_it(self) -> None:
        assert wait(known_rate(1), scale=3.0) == 90
        assert wait(known_rate(1), scale=1000.0) == 1440

    @given(
        st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 300), st.integers(0, 10**7), st.floats(0, 10_000)
    )
    def test_more_entries_or_subscribers_never_wait_longer(
        self, some: float, more: float, hours: float, subscribers: int, silent: float
    ) -> None:
        fewer, many = sorted((some, more))
        now = MONDAY + silent * HOUR

        slow, fast = (Rhythm(each, hours, MONDAY, MONDAY) for each in (fewer, many))

        assert wait(fast, now, subscribers=subscribers) <= wait(slow, now, subscribers=subscribers)
        assert wait(slow, now, subscribers=subscribers + 1) <= wait(slow, now, subscribers=subscribers)
        assert wait(slow, now) <= wait(slow, now + HOUR)

    @given(
        st.builds(
            Rhythm,
            entries=st.floats(0, 1e300),
            hours=st.floats(0, 1e300),
            since=st.none() | st.datetimes(timezones=st.just(UTC)),
            last_new_at=st.none() | st.datetimes(timezones=st.just(UTC)),
            total=st.integers(0, MAX_TOTAL),
            hour_profile=st.binary(min_size=WEEK_HOURS, max_size=WEEK_HOURS),
        ),
        st.integers(-1, 10**12),
        st.timedeltas(timedelta(seconds=1), timedelta(days=7)),
        st.booleans(),
        st.integers(0, 1000),
        st.floats(1, 1e12),
    )
    def test_it_is_always_within_its_bounds(
        self,
        rhythm: Rhythm,
        subscribers: int,
        minimum: timedelta,
        has_validators: bool,
        same_bodies: int,
        scale: float,
    ) -> None:
        said: dict[str, Any] = {"min_interval": minimum, "has_validators": has_validators}

        minutes = wait(rhythm, subscribers=subscribers, same_bodies=same_bodies, scale=scale, **said)

        assert minutes >= minimum / timedelta(minutes=1)
        assert has_validators or minutes >= (60 if same_bodies >= 10 else 15)
        assert minutes <= max(minimum, MAX_INTERVAL) / timedelta(minutes=1)


class TestHours:
    """The hour of the week."""

    OLD_ENOUGH = MONDAY + timedelta(days=14)

    def busy_at(self, hour: int, times: int, total: int = 200) -> Rhythm:
        counts = [1] * WEEK_HOURS
        for near in (hour - 1, hour, hour + 1):
            counts[near % WEEK_HOURS] = times
        return known_rate(1, total=total, hour_profile=bytes(counts))

    def test_a_busy_hour_is_polled_more_often(self) -> None:
        # Three hours of 2 and 165 of 1: the average is 171/168.
        rhythm = self.busy_at(0, 2)

        assert hour_factor(rhythm, self.OLD_ENOUGH, "UTC") == pytest.approx(2 * 168 / 171)
        just_heard = replace(rhythm, last_new_at=self.OLD_ENOUGH)
        minutes = wait(just_heard, self.OLD_ENOUGH, time_zone="UTC")
        assert minutes == pytest.approx(30 / (2 * 168 / 171) ** 0.5)

    def test_the_hour_is_the_feeds_own(self) -> None:
        # Seven in the morning in Hanoi is midnight UTC.
        rhythm = self.busy_at(7, 3)

        assert hour_factor(rhythm, self.OLD_ENOUGH, HANOI) > 2
        assert hour_factor(rhythm, self.OLD_ENOUGH, "UTC") < 1

    def test_it_is_at_most_four_and_at_least_a_quarter(self) -> None:
        rhythm = self.busy_at(0, 255)

        assert hour_factor(rhythm, self.OLD_ENOUGH, "UTC") == 4
        assert hour_factor(rhythm, self.OLD_ENOUGH + 12 * HOUR, "UTC") == 0.25

    def test_an_hour_is_seen_with_its_neighbours(self) -> None:
        counts = [4] * WEEK_HOURS
        counts[0] = 0
        rhythm = known_rate(1, total=700, hour_profile=bytes(counts))

        assert hour_factor(rhythm, self.OLD_ENOUGH, "UTC") == pytest.approx(2 * 168 / (4 * 167))

    def test_it_counts_after_200_entries_and_14_days(self) -> None:
        assert hour_factor(self.busy_at(0, 200, total=199), self.OLD_ENOUGH, "UTC") == 1
        assert hour_factor(self.busy_at(0, 200), self.OLD_ENOUGH - HOUR, "UTC") == 1
        assert hour_factor(self.busy_at(0, 200), self.OLD_ENOUGH, "UTC") == 4


class TestScale:
    """Overload."""

    def test_it_follows_the_load_by_a_step_at_a_time(self) -> None:
        assert next_scale(2.0, 110, 100) == pytest.approx(2.2)
        assert next_scale(2.0, 1000, 100) == 2.5
        assert next_scale(2.0, 1, 100) == 1.8
        assert next_scale(2.0, 5, 0) == 2.5

    def test_it_never_polls_more_than_planned(self) -> None:
        assert next_scale(1.0, 0, 100) == 1.0


class TestBytes:
    """As one column of the database."""

    @given(
        st.builds(
            Rhythm,
            entries=st.floats(0, 1e300),
            hours=st.floats(0, 1e300),
            since=st.none() | st.datetimes(timezones=st.just(UTC)),
            last_new_at=st.none() | st.datetimes(timezones=st.just(UTC)),
            total=st.integers(0, MAX_TOTAL),
            hour_profile=st.binary(min_size=WEEK_HOURS, max_size=WEEK_HOURS),
        )
    )
    def test_what_is_encoded_is_decoded(self, rhythm: Rhythm) -> None:
        assert decode(encode(rhythm)) == rhythm

    def test_no_bytes_are_nothing_known(self) -> None:
        assert decode(b"") == Rhythm()

    def test_it_is_small(self) -> None:
        assert len(encode(Rhythm(since=MONDAY))) == 37
        assert len(encode(polled(Rhythm(), 10, every=HOUR, new=1))) == 205

    def test_the_format_stays_as_it_is(self) -> None:
        # By hand: version 1, 2.5 and 4.0 as IEEE doubles, one second and never in microseconds, 7 entries.
        written = bytes.fromhex("014004000000000000401000000000000000000000000f4240800000000000000000000007")

        rhythm = Rhythm(2.5, 4.0, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None, 7)
        assert (encode(rhythm), decode(written)) == (written, rhythm)

    @pytest.mark.parametrize(
        "data",
        [
            b"\x02" + encode(Rhythm())[1:],
            encode(Rhythm())[:-1],
            encode(Rhythm()) + b"\0",
            b"\x01" + b"\xff" * 36,
            encode(Rhythm(entries=-1.0)),
            encode(Rhythm(hours=float("inf"))),
            encode(Rhythm())[:17] + b"\x7f" + encode(Rhythm())[18:],
        ],
        ids=["version", "short", "long", "not a number", "negative", "endless", "year 200,000"],
    )
    def test_other_bytes_are_refused(self, data: bytes) -> None:
        with pytest.raises(ValueError, match="not a rhythm"):
            decode(data)

    @given(st.binary(max_size=300) | st.binary(min_size=36, max_size=36).map(b"\x01".__add__))
    def test_any_bytes_are_a_rhythm_or_refused(self, data: bytes) -> None:
        try:
            rhythm = decode(data)
        except ValueError:
            return
        assert decode(encode(rhythm)) == rhythm
