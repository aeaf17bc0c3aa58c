"""Archives going in and out."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.query import parse_query
from storage.articles import ArchivedArticle, export_articles, import_articles, latest_articles, unannounced
from storage.engine import reading, writing
from storage.search import search_articles
from tests.make import make_article, make_feed


def archived(title: str, now: datetime, **values: object) -> ArchivedArticle:
    defaults = {"url": f"https://cu.example/{title}", "lead": "Dẫn", "body": "Thân bài.", "source": "Báo cũ"}
    return ArchivedArticle(title=title, published_at=now, **(defaults | values))  # type: ignore[arg-type]


async def test_archive_is_stored_searchable_and_never_pushed(engine: AsyncEngine, now: datetime) -> None:
    long_ago = now - timedelta(days=3_000)
    async with writing(engine) as conn:
        assert await import_articles(conn, [archived("Một", long_ago), archived("Hai", now)], now) == 2
        assert await unannounced(conn, 10) == []
        page = await latest_articles(conn)
        assert [(a.title, a.source, a.feed_id, a.published_at) for a in page.items] == [
            ("Hai", "Báo cũ", None, now),
            ("Một", "Báo cũ", None, long_ago),
        ]
        assert page.items[0].summary
        assert (await search_articles(conn, parse_query("than bai"), now)).total == 2
        assert (await search_articles(conn, parse_query("source:bao-cu hai"), now)).total == 1


async def test_importing_again_adds_nothing(engine: AsyncEngine, now: datetime) -> None:
    rows = [archived("Một", now), archived("Hai", now, url=None), archived("Ba", now, url="javascript:x")]
    async with writing(engine) as conn:
        assert await import_articles(conn, rows, now) == 3
        assert await import_articles(conn, rows, now) == 0
        assert await import_articles(conn, [], now) == 0


async def test_article_the_feed_brought_is_not_imported(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, url="https://cu.example/mot.html")
        again = archived("Một", now, url="http://www.cu.example/mot.html?utm_source=x")
        assert await import_articles(conn, [again], now) == 0


async def test_export_gives_everything_oldest_first_and_reads_back(
    engine: AsyncEngine, now: datetime
) -> None:
    # given
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, "Của ta", lead="L", body="B", url="https://bao.example/1")
        await import_articles(conn, [archived(str(n), now) for n in range(7)], now)
    # when
    async with reading(engine) as conn:
        rows = [row async for row in export_articles(conn, batch=3)]
    # then
    assert rows[0] == ArchivedArticle("https://bao.example/1", "Của ta", "L", "B", now, "Báo Điện Biên Phủ")
    assert [row.title for row in rows[1:]] == ["0", "1", "2", "3", "4", "5", "6"]
    async with writing(engine) as conn:
        assert await import_articles(conn, rows, now) == 0
