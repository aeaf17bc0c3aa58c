"""When a digest is due, and how its articles are arranged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import MAX_PER_TOPIC, MAX_SHOWN, arrange, day_before, next_digest_at
from storage.types import Article, Topic
from tests.bot.values import NOW, a_chat, an_article

VIETNAM = "Asia/Ho_Chi_Minh"
BERLIN = "Europe/Berlin"
ZONES = (VIETNAM, BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def due(at: str, zone: str, now: str, days: str = "1234567") -> str:
    """The next digest on the chat's own clock, `weekday HH:MM dd/mm`."""
    chat = a_chat(digest_at=at, digest_days=days, time_zone=zone)
    found = next_digest_at(chat, datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)))
    assert found is not None
    assert found.tzinfo is UTC
    return f"{found.astimezone(ZoneInfo(zone)):%a %H:%M %d/%m}"


def test_later_today_when_the_hour_is_still_to_come() -> None:
    assert due("17:00", VIETNAM, "2026-11-23T14:00") == "Mon 17:00 23/11"


def test_tomorrow_when_the_hour_has_passed() -> None:
    assert due("07:00", VIETNAM, "2026-11-23T14:00") == "Tue 07:00 24/11"


def test_the_very_moment_is_over() -> None:
    assert due("07:00", VIETNAM, "2026-11-23T07:00") == "Tue 07:00 24/11"


def test_weekdays_leave_out_the_weekend() -> None:
    assert due("07:00", VIETNAM, "2026-11-27T08:00", "12345") == "Mon 07:00 30/11"


def test_a_weekly_digest_whose_hour_has_passed_waits_a_week() -> None:
    assert due("07:00", VIETNAM, "2026-11-23T08:00", "1") == "Mon 07:00 30/11"


def test_it_keeps_its_hour_when_summer_time_ends() -> None:
    before = due("07:00", BERLIN, "2026-10-24T08:00")
    after = due("07:00", BERLIN, "2026-10-25T08:00")
    assert (before, after) == ("Sun 07:00 25/10", "Mon 07:00 26/10")


def test_an_hour_that_is_skipped_comes_as_much_later() -> None:
    assert due("02:30", BERLIN, "2026-03-29T00:00") == "Sun 03:30 29/03"
    assert due("02:30", BERLIN, "2026-03-29T03:30") == "Mon 02:30 30/03"


def test_an_hour_that_comes_twice_is_taken_once() -> None:
    chat = a_chat(digest_at="02:30", time_zone=BERLIN)
    first = next_digest_at(chat, datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = next_digest_at(chat, first)
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_no_digest_wanted() -> None:
    assert next_digest_at(a_chat(digest_at=None), NOW) is None
    assert next_digest_at(a_chat(digest_at="07:00", digest_days=""), NOW) is None


moments = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
day_sets = st.sets(st.sampled_from("1234567"), min_size=1).map(lambda days: "".join(sorted(days)))


@given(now=moments, at=times, zone=st.sampled_from(ZONES), days=day_sets)
def test_the_next_digest_is_in_the_future_and_within_eight_days(
    now: datetime, at: str, zone: str, days: str
) -> None:
    found = next_digest_at(a_chat(digest_at=at, digest_days=days, time_zone=zone), now)
    assert found is not None
    # Samoa left out a whole day in 2011 only, so eight days hold every weekday.
    assert timedelta() < found - now <= timedelta(days=8)


@given(now=moments, at=times, zone=st.sampled_from(ZONES))
def test_a_daily_digest_comes_on_every_calendar_day_once(now: datetime, at: str, zone: str) -> None:
    chat = a_chat(digest_at=at, time_zone=zone)
    days = []
    for _ in range(10):
        found = next_digest_at(chat, now)
        assert found is not None
        now = found
        days.append(found.astimezone(ZoneInfo(zone)).date())
    assert days == [days[0] + timedelta(days=n) for n in range(10)]


def test_yesterday_is_the_chats_own_calendar_day() -> None:
    since, until = day_before(datetime(2026, 11, 23, 18, 0, tzinfo=UTC), VIETNAM)  # 01:00 on the 24th there
    assert since == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert until == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def test_yesterday_has_25_hours_when_summer_time_ended_in_it() -> None:
    since, until = day_before(datetime(2026, 10, 26, 12, 0, tzinfo=UTC), BERLIN)
    assert until - since == timedelta(hours=25)


TOPICS = [Topic("dan-van", {"vi": "Dân vận"}, "x"), Topic("y-te", {"vi": "Y tế"}, "x")]


def some(number: int, *topics: str) -> list[Article]:
    return [an_article(id=n, topics=topics, published_at=NOW - timedelta(minutes=n)) for n in range(number)]


def test_topics_stand_in_their_order_and_the_rest_comes_last() -> None:
    articles = [an_article(id=1), an_article(id=2, topics=("y-te",)), an_article(id=3, topics=("dan-van",))]
    assert [section.topic and section.topic.id for section in arrange(articles, TOPICS)] == [
        "dan-van",
        "y-te",
        None,
    ]


def test_an_article_of_two_topics_stands_under_the_first_only() -> None:
    [section] = arrange([an_article(topics=("y-te", "dan-van"))], TOPICS)
    assert section.topic is TOPICS[0]


def test_a_topic_no_longer_kept_counts_as_none() -> None:
    [section] = arrange([an_article(topics=("mat",))], TOPICS)
    assert section.topic is None


def test_the_newest_come_first_and_the_others_are_counted() -> None:
    [section] = arrange(reversed(some(9, "y-te")), TOPICS)
    assert [article.id for article in section.articles] == [0, 1, 2, 3, 4, 5, 6]
    assert section.hidden == 2


def test_nothing_to_arrange() -> None:
    assert arrange([], TOPICS) == []


@pytest.mark.parametrize("topics", [6, 20, 60])
def test_a_flood_is_cut_evenly(topics: int) -> None:
    many = [Topic(f"t{n}", {"vi": f"T{n}"}, "x") for n in range(topics)]
    articles = [
        replace(article, id=article.id + 100 * n) for n in range(topics) for article in some(10, f"t{n}")
    ]
    sections = arrange(articles, many)
    assert sum(len(section.articles) for section in sections) <= max(MAX_SHOWN, topics)
    assert all(section.articles for section in sections)


@given(
    st.lists(st.sets(st.sampled_from(["dan-van", "y-te", "mat"])), max_size=60),
)
def test_every_article_is_shown_or_counted_exactly_once(topic_sets: Sequence[set[str]]) -> None:
    articles = [an_article(id=n, topics=tuple(topics)) for n, topics in enumerate(topic_sets)]
    sections = arrange(articles, TOPICS)
    shown = [article.id for section in sections for article in section.articles]
    assert len(shown) == len(set(shown))
    assert len(shown) + sum(section.hidden for section in sections) == len(articles)
    assert all(len(section.articles) <= MAX_PER_TOPIC for section in sections)
