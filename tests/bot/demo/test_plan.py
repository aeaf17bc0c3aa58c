"""The timetable."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.articles import Archive, Manuscript
from bot.demo.plan import ALREADY_OUT, TO_COME, Edition, editions, end_of_publishing, start_of_publishing

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TEN = timedelta(seconds=10)
FEEDS = ("a", "b", "c")


def manuscript(slug: str, title: str = "Tin") -> Manuscript:
    return Manuscript(slug, "p", "s", title, "lead", "author", ("Một.",))


ARCHIVE: Archive = {slug: (manuscript(slug),) for slug in (*(slug for slug, _ in ALREADY_OUT), *TO_COME)}
ARCHIVE[TO_COME[0]] = (manuscript(TO_COME[0], "sai"), manuscript(TO_COME[0], "đúng"))


def out(seconds: float, *, started: bool = True) -> tuple[Edition, ...]:
    """What is out some seconds after the start, on a site that opened a minute before it."""
    return editions(
        ARCHIVE,
        opened_at=NOON - timedelta(minutes=1),
        started_at=NOON if started else None,
        interval=TEN,
        now=NOON + timedelta(seconds=seconds),
    )


def test_before_the_start_only_the_old_articles_are_out() -> None:
    before = out(3600, started=False)
    assert [each.manuscript.slug for each in before] == [slug for slug, _ in reversed(ALREADY_OUT)]
    assert before[0].published_at == NOON - timedelta(minutes=1, hours=1.8)
    assert NOON - before[-1].published_at < timedelta(days=2)


@pytest.mark.parametrize(
    ("seconds", "new"), [(0, 0), (2.9, 0), (3, 1), (12.9, 1), (13, 2), (23, 3), (173, 18), (9999, 18)]
)
def test_articles_come_one_interval_apart(seconds: float, new: int) -> None:
    assert len(out(seconds)) == 12 + new


def test_newest_comes_first_with_its_time() -> None:
    newest, second = out(15)[:2]
    assert (newest.manuscript.slug, newest.published_at) == (TO_COME[1], NOON + timedelta(seconds=13))
    assert (second.manuscript.slug, second.published_at) == (TO_COME[0], NOON + timedelta(seconds=3))


def test_correction_replaces_the_text_and_keeps_the_time_of_publication() -> None:
    before, after = (next(e for e in out(at) if e.manuscript.slug == TO_COME[0]) for at in (37.9, 38))
    assert (before.manuscript.title, before.updated_at) == ("sai", NOON + timedelta(seconds=3))
    assert (after.manuscript.title, after.updated_at) == ("đúng", NOON + timedelta(seconds=38))
    assert before.published_at == after.published_at == NOON + timedelta(seconds=3)


def test_last_article_ends_the_publishing() -> None:
    assert end_of_publishing(NOON, TEN) == NOON + timedelta(seconds=173)


@given(st.floats(0, 400), st.floats(0, 400))
def test_nothing_published_is_withdrawn(first: float, second: float) -> None:
    earlier, later = sorted((first, second))
    assert {e.manuscript.slug for e in out(earlier)} <= {e.manuscript.slug for e in out(later)}


def test_publishing_starts_when_every_feed_was_read() -> None:
    reads = {"a": NOON, "b": NOON + timedelta(seconds=4)}
    # while one was not
    assert start_of_publishing({}, FEEDS, NOON) is None
    assert start_of_publishing(reads, FEEDS, NOON + timedelta(seconds=5)) is None
    # and when the last one was
    reads["c"] = NOON + timedelta(seconds=6)
    assert start_of_publishing(reads, FEEDS, NOON + timedelta(seconds=6)) == NOON + timedelta(seconds=6)


def test_publishing_does_not_wait_for_ever_for_a_feed_that_is_not_followed() -> None:
    reads = {"b": NOON}
    assert start_of_publishing(reads, FEEDS, NOON + timedelta(seconds=19)) is None
    started = start_of_publishing(reads, FEEDS, NOON + timedelta(seconds=25))
    assert started == NOON + timedelta(seconds=20)
