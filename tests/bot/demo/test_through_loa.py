"""The demonstration as Loa reads it: its feeds, pages and topics suit the readers they are there to show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.demo import TOPICS, Newsroom
from bot.demo.articles import load_articles
from bot.demo.newsroom import DemoFeed
from feeds.document import Document
from feeds.extract import extract_page
from feeds.parse import parse_document
from feeds.topics import topics_of
from feeds.types import Entry, ParsedFeed, TopicRule

OPENED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ALL_OUT = OPENED + timedelta(seconds=3 + 17 * 10)


@asynccontextmanager
async def everything_out() -> AsyncIterator[tuple[Newsroom, aiohttp.ClientSession]]:
    """A newsroom that has published all it has."""
    now = [OPENED]
    async with Newsroom(lambda: now[0]) as newsroom, aiohttp.ClientSession() as session:
        for feed in newsroom.feeds:
            await (await session.get(feed.url)).read()
        now[0] = ALL_OUT
        yield newsroom, session


async def parsed(session: aiohttp.ClientSession, feed: DemoFeed) -> ParsedFeed:
    async with session.get(feed.url) as response:
        content_type = response.headers["Content-Type"]
        body = await response.read()
    return parse_document(
        body, url=feed.url, content_type=content_type, time_zone=feed.time_zone, now=ALL_OUT
    )


def slug_of(entry: Entry) -> str:
    return (entry.url or "").rpartition("/")[2].removesuffix(".html")


async def test_feeds_are_read_whole_without_a_remark() -> None:
    async with everything_out() as (newsroom, session):
        feeds = [await parsed(session, feed) for feed in newsroom.feeds]
        assert [(each.format, len(each.entries), each.language) for each in feeds] == [
            ("rss20", 11, "vi"),
            ("rss10", 6, "vi"),
            ("atom10", 8, "en"),
            ("json11", 5, "vi"),
        ]
        assert not any(each.warnings or each.truncated for each in feeds)
        assert all(entry.published_at for feed in feeds for entry in feed.entries)
        # and no entry is taken for another
        assert len({entry.guid for feed in feeds for entry in feed.entries}) == 30


async def test_pages_give_exactly_the_text_that_was_written() -> None:
    archive = load_articles()
    async with everything_out() as (newsroom, session):
        for feed in newsroom.feeds:
            for entry in (await parsed(session, feed)).entries:
                assert entry.url
                async with session.get(entry.url) as response:
                    page = extract_page(
                        await response.read(),
                        url=entry.url,
                        content_type=response.headers["Content-Type"],
                        time_zone=feed.time_zone,
                        now=ALL_OUT,
                    )
                text = archive[slug_of(entry)][-1]
                assert (page.title, page.lead) == (text.title, text.lead)
                assert page.body == "\n\n".join(text.paragraphs)
                assert text.author in (page.author or "")
                assert page.published_at
                assert entry.published_at
                assert page.published_at == entry.published_at.replace(second=0)


def test_every_article_has_a_topic_and_every_topic_an_article() -> None:
    rules = [TopicRule(each.id, each.query) for each in TOPICS]
    found = {
        slug: topics_of(Document.of(text.title, text.lead, "\n\n".join(text.paragraphs)), rules)
        for slug, (text, *_) in load_articles().items()
    }
    assert [slug for slug, topics in found.items() if not topics] == []
    assert {topic for topics in found.values() for topic in topics} == {each.id for each in TOPICS}
    # and a few by hand
    assert found["hien-dat-mo-truong"] == ("dan-van", "giao-duc")
    assert found["cau-nam-sen-thong-xe"] == ("ha-tang",)
    assert found["trail-run"] == ("the-thao",)
