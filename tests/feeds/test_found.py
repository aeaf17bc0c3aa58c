"""Which of the feeds found on a site are offered first, and which of them are one."""

from datetime import UTC, datetime, timedelta

import pytest

from feeds.found import STALE_AFTER, Found, How, best_first, is_of_section
from feeds.types import Entry, ParsedFeed

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
SITE = "https://bao.example"


def found(
    path: str, *articles: str, how: How = How.LINKED, newest: datetime | None = NOW, format: str = "rss20"
) -> Found:
    named = articles or (path,)
    return Found(SITE + path, path, format, len(named), newest, how, frozenset(named))


def paths(*feeds: Found, section: str = "") -> list[str]:
    return [each.url.removeprefix(SITE) for each in best_first(feeds, NOW, section)]


def test_a_feed_is_described_by_what_was_read() -> None:
    def entry(url: str | None, at: datetime | None) -> Entry:
        return Entry(guid="g", url=url, title="t", published_at=at)

    parsed = ParsedFeed(
        "atom10",
        "Báo",
        (entry("https://bao.example/1", NOW - timedelta(days=1)), entry(None, None), entry("/2", NOW)),
    )

    assert Found.of(f"{SITE}/rss", parsed, How.DECLARED) == Found(
        f"{SITE}/rss", "Báo", "atom10", 3, NOW, How.DECLARED, frozenset({"https://bao.example/1", "g", "/2"})
    )


def test_how_it_was_found_decides_between_living_feeds() -> None:
    assert paths(
        found("/s.xml", how=How.SITEMAP),
        found("/g", how=How.GUESSED),
        found("/l"),
        found("/d", how=How.DECLARED),
    ) == ["/d", "/l", "/g", "/s.xml"]


@pytest.mark.parametrize(
    "main", ["/rss/home.rss", "/rss/tin-moi-nhat.rss", "/trang-chu.rss", "/rss", "/feed/", "/rss.xml"]
)
def test_the_feed_of_everything_goes_before_those_of_sections(main: str) -> None:
    assert paths(found("/rss/the-thao.rss"), found(main), found("/rss/kinh-te.rss")) == [
        main,
        "/rss/the-thao.rss",
        "/rss/kinh-te.rss",
    ]


def test_the_section_asked_for_goes_first() -> None:
    feeds = (found("/rss/home.rss", how=How.DECLARED), found("/rss/the-thao.rss", how=How.GUESSED))

    assert paths(*feeds, section="the-thao") == ["/rss/the-thao.rss", "/rss/home.rss"]


def test_dead_empty_and_comment_feeds_come_last() -> None:
    dead = found("/dead", how=How.DECLARED, newest=NOW - STALE_AFTER - timedelta(seconds=1))
    empty = Found(f"{SITE}/empty", "", "rss20", 0, None, How.DECLARED)
    comments = found("/comments/feed/", how=How.DECLARED)
    undated = found("/undated", how=How.GUESSED, newest=None)

    assert paths(dead, empty, comments, undated)[0] == "/undated"
    assert [each.is_live(NOW) for each in (dead, empty, comments, undated)] == [False, False, False, True]


def test_one_feed_in_two_formats_is_offered_once() -> None:
    """K2"""
    rss = found("/feed", "a", "b", how=How.DECLARED)
    atom = found("/feed/atom", "b", "a", how=How.DECLARED, format="atom10")
    other = found("/rss/the-thao.rss", "a")

    assert paths(rss, atom, other) == ["/feed", "/rss/the-thao.rss"]


def test_one_address_is_offered_once_and_empty_feeds_are_not_all_one() -> None:
    again = Found("http://www.bao.example/a?utm_source=x", "", "rss20", 1, NOW, How.LINKED, frozenset("z"))
    empty = [Found(SITE + path, "", "rss20", 0, None, How.LINKED) for path in ("/x", "/y")]

    assert paths(found("/a", how=How.DECLARED), again, *empty) == ["/a", "/x", "/y"]


@pytest.mark.parametrize(
    ("url", "section", "of_it"),
    [
        ("/rss/the-thao.rss", "the-thao", True),
        ("/the-thao/rss", "the-thao", True),
        ("/the-thao.rss", "the-thao", True),
        ("/rss/the-thao-quoc-te.rss", "the-thao", False),
        ("/rss/home.rss", "the-thao", False),
        ("/rss/home.rss", "", False),
    ],
)
def test_a_section_is_told_by_the_end_of_the_path(url: str, section: str, of_it: bool) -> None:
    assert is_of_section(SITE + url, section) is of_it
