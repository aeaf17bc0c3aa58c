"""Reading articles, and what their pages add."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.query import parse_query
from feeds.types import FullText, PageText, TextState
from storage.articles import (
    articles_wanting_text,
    get_article,
    get_articles,
    latest_articles,
    save_page_text,
    set_topics,
    unannounced,
)
from storage.engine import reading, writing
from storage.feeds import record_poll
from storage.outbox import owe_article
from storage.search import keep_query, search_articles
from storage.topics import topic_counts
from storage.types import EVERYTHING, Article, Target, TargetKind
from tests.make import make_article, make_articles, make_feed, new_article, poll_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def titles(
    conn: AsyncConnection, target: Target | None = None, offset: int = 0, limit: int = 5
) -> list[str]:
    page = await latest_articles(conn, target=target, offset=offset, limit=limit)
    return [article.title for article in page.items]


async def test_latest_are_newest_first_in_pages(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_articles(conn, feed_id, now, ["1", "2", "3", "4"])
        assert await titles(conn, limit=3) == ["4", "3", "2"]
        assert await titles(conn, offset=3, limit=3) == ["1"]
        assert await titles(conn, offset=9) == []
        page = await latest_articles(conn, target=EVERYTHING, offset=1, limit=2)
    assert (page.total, page.offset, page.limit) == (4, 1, 2)


async def test_latest_goes_by_the_publishers_time_then_by_arrival(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, "mới", published_at=now)
        await make_article(conn, feed_id, now + MINUTE, "cũ, đến sau", published_at=now - HOUR)
        await make_article(conn, feed_id, now + 2 * MINUTE, "mới, đến sau", published_at=now)
        assert await titles(conn) == ["mới, đến sau", "mới", "cũ, đến sau"]


async def test_latest_of_a_feed_a_topic_and_a_query(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        first = await make_feed(conn, now)
        second = await make_feed(conn, now, url="https://b.example/rss", title="B")
        await make_article(conn, first, now, "Dân vận khéo", topics=("dan-van",))
        await make_article(conn, second, now + MINUTE, "Bóng đá", topics=("the-thao",))
        await make_article(conn, second, now + 2 * MINUTE, "Công tác dân vận", topics=("dan-van",))
        query_id = await keep_query(conn, "vận dân", now)

        assert await titles(conn, Target(TargetKind.FEED, str(second))) == ["Công tác dân vận", "Bóng đá"]
        assert await titles(conn, Target(TargetKind.TOPIC, "dan-van")) == ["Công tác dân vận", "Dân vận khéo"]
        assert await titles(conn, Target(TargetKind.TOPIC, "dan-van"), offset=1) == ["Dân vận khéo"]
        by_query = Target(TargetKind.QUERY, str(query_id))
        assert await titles(conn, by_query) == ["Công tác dân vận", "Dân vận khéo"]
        page = await latest_articles(conn, target=by_query, offset=1, limit=1)
        assert (page.total, [article.title for article in page.items]) == (2, ["Dân vận khéo"])
        assert await titles(conn, Target(TargetKind.QUERY, "99")) == []
        assert await titles(conn, Target(TargetKind.TOPIC, "khong-co")) == []


async def test_articles_come_in_the_order_asked_for(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        one, two, three = await make_articles(conn, feed_id, now, ["1", "2", "3"])
        found = await get_articles(conn, [three, 99, one, two])
        assert [article.title for article in found] == ["3", "1", "2"]
        assert await get_article(conn, 99) is None


async def test_article_shows_its_feeds_setting(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, full_text=FullText.LINK)
        article = await get_article(conn, await make_article(conn, feed_id, now))
    assert article is not None
    assert article.full_text is FullText.LINK


async def test_unannounced_are_oldest_first_until_they_are_owed(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        ids = await make_articles(conn, feed_id, now, ["1", "2", "3"])
        assert await unannounced(conn, 2) == ids[:2]
        assert await owe_article(conn, ids[0], ["all"], now) == 0
        assert await unannounced(conn, 10) == ids[1:]


async def wanting(
    conn: AsyncConnection, feed_id: int, now: datetime, title: str = "Tin", **values: object
) -> int:
    return await make_article(conn, feed_id, now, title, text_state=TextState.WANTED, **values)


async def stored(conn: AsyncConnection, article_id: int) -> Article:
    article = await get_article(conn, article_id)
    assert article is not None
    return article


async def test_articles_wanting_text_are_newest_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        one = await wanting(conn, feed_id, now, "1")
        await make_article(conn, feed_id, now + MINUTE, "có sẵn")
        two = await wanting(conn, feed_id, now + 2 * MINUTE, "2")
        assert [article.id for article in await articles_wanting_text(conn, 5)] == [two, one]
        assert [article.id for article in await articles_wanting_text(conn, 1)] == [two]


async def test_page_text_completes_what_the_feed_did_not_say(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await wanting(conn, feed_id, now, lead="Dẫn cũ", published_at=None, topics=("a",))
        page = PageText(
            title="Không dùng",
            body="Ủy ban nhân dân tỉnh họp.",
            author="Sầm Phúc",
            published_at=now - HOUR,
            image_url="https://bao.example/1.jpg",
            language="vi",
        )
        await save_page_text(conn, article_id, page, "Tóm tắt", "Dẫn mới", now)
        article = await stored(conn, article_id)
        assert (article.text_state, article.body) == ("page", "Ủy ban nhân dân tỉnh họp.")
        assert (article.lead, article.summary) == ("Dẫn mới", "Tóm tắt")
        assert (article.author, article.image_url) == ("Sầm Phúc", "https://bao.example/1.jpg")
        assert (article.language, article.published_at) == ("vi", now - HOUR)
        assert (article.title, article.version) == ("Tin", 1)
        # and it is found by the words of its page
        assert (await search_articles(conn, parse_query("uy ban nhan dan"), now)).total == 1
        assert (await search_articles(conn, parse_query("cũ"), now)).total == 0
        assert await articles_wanting_text(conn, 5) == []
        # and its topics know its time
        assert await topic_counts(conn, now) == {}
        await set_topics(conn, article_id, ["b", "a"])
        assert (await stored(conn, article_id)).topics == ("a", "b")


async def test_what_the_feed_said_goes_before_what_the_page_says(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await wanting(conn, feed_id, now, author="A", language="vi", published_at=now)
        page = PageText(body="x", author="B", language="en", published_at=now - HOUR)
        await save_page_text(conn, article_id, page, "", "", now)
        article = await stored(conn, article_id)
    assert (article.author, article.language, article.published_at) == ("A", "vi", now)


async def test_page_time_in_the_future_is_not_believed(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await wanting(conn, feed_id, now, published_at=None)
        await save_page_text(conn, article_id, PageText(body="x", published_at=now + 2 * HOUR), "", "", now)
        assert (await stored(conn, article_id)).published_at == now


async def test_page_that_could_not_be_read_is_not_asked_again(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await wanting(conn, feed_id, now, body="Mẩu tin", lead="Dẫn")
        await save_page_text(conn, article_id, None, "", "", now)
        article = await stored(conn, article_id)
        assert (article.text_state, article.body, article.lead) == ("failed", "Mẩu tin", "Dẫn")
        assert await articles_wanting_text(conn, 5) == []
        await save_page_text(conn, 99, PageText(body="x"), "", "", now)  # deleted meanwhile


@pytest.mark.parametrize("number", [1_050])
async def test_total_stops_counting_at_a_thousand(engine: AsyncEngine, now: datetime, number: int) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        poll = poll_of(*(new_article(str(n)) for n in range(number)), at=now)
        assert len(await record_poll(conn, feed_id, poll, now)) == number
    async with reading(engine) as conn:
        assert (await latest_articles(conn)).total == 1_000
