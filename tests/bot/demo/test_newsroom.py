"""The site of the demonstration, over HTTP."""

import calendar
import json
import logging
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from xml.etree import ElementTree

import aiohttp
import feedparser
import pytest

from bot.demo import TOPICS, Newsroom
from bot.demo.articles import load_articles
from bot.demo.plan import ALREADY_OUT, TO_COME
from bot.demo.publishers import PUBLISHERS
from feeds.types import FullText

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
RSS, RDF, ATOM, JSON = (each.id for each in PUBLISHERS)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Reader:
    """Someone who reads the site."""

    def __init__(self, newsroom: Newsroom, clock: Clock, session: aiohttp.ClientSession) -> None:
        self.newsroom = newsroom
        self.clock = clock
        self._session = session

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        url = path if path.startswith("http") else self.newsroom.url + path
        async with self._session.get(url, headers=headers) as response:
            return response.status, response.headers.copy(), await response.read()

    async def body(self, path: str) -> bytes:
        status, _, body = await self.get(path)
        assert status == 200, path
        return body

    async def feed(self, publisher: str) -> bytes:
        return await self.body(next(each.feed_path for each in PUBLISHERS if each.id == publisher))

    async def start_publishing(self) -> None:
        for feed in self.newsroom.feeds:
            await self.body(feed.url)


@asynccontextmanager
async def reading() -> AsyncIterator[Reader]:
    clock = Clock()
    async with Newsroom(clock) as newsroom, aiohttp.ClientSession() as session:
        yield Reader(newsroom, clock, session)


def items(document: bytes) -> list[dict[str, Any]]:
    """The items of a feed, read by feedparser or as JSON, in one shape."""
    if document.startswith(b"{"):
        return [
            {**item, "link": item["url"], "teaser": item["summary"], "content": item["content_html"]}
            for item in json.loads(document)["items"]
        ]
    parsed = feedparser.parse(document)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [
        {
            **entry,
            "teaser": entry.summary,
            "content": entry.content[0].value if "content" in entry else "",
            "date_published": _utc(entry.get("published_parsed") or entry.updated_parsed),
        }
        for entry in parsed.entries
    ]


def _utc(parsed: time.struct_time) -> str:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat()


async def test_four_feeds_are_offered_with_their_settings() -> None:
    async with reading() as reader:
        feeds = reader.newsroom.feeds
        assert [each.title for each in feeds] == [
            "Báo Mường Thanh",
            "Bản tin Nông nghiệp Mường Thanh",
            "Highland Post",
            "CLB Thanh niên Nậm Sen",
        ]
        assert {each.time_zone for each in feeds} == {"Asia/Ho_Chi_Minh"}
        assert {each.full_text for each in feeds} == {FullText.FULL}
        topics = {topic.id for topic in TOPICS}
        assert all(set(each.topics) <= topics for each in feeds)
        assert all(each.url.startswith("http://127.0.0.1:") for each in feeds)


@pytest.mark.parametrize(
    ("publisher", "version", "content_type"),
    [
        (RSS, "rss20", "application/rss+xml; charset=utf-8"),
        (RDF, "rss10", "application/rdf+xml; charset=utf-8"),
        (ATOM, "atom10", "application/atom+xml; charset=utf-8"),
    ],
)
async def test_xml_feeds_are_what_they_say(publisher: str, version: str, content_type: str) -> None:
    async with reading() as reader:
        path = next(each.feed_path for each in PUBLISHERS if each.id == publisher)
        _, headers, body = await reader.get(path)
        assert headers["Content-Type"] == content_type
        ElementTree.fromstring(body)  # noqa: S314 - our own document
        parsed = feedparser.parse(body)
        assert not parsed.bozo
        assert parsed.version == version
        assert parsed.feed.title == next(each.title for each in PUBLISHERS if each.id == publisher)


async def test_json_feed_is_what_it_says() -> None:
    async with reading() as reader:
        _, headers, body = await reader.get(f"/{JSON}/feed.json")
        assert headers["Content-Type"] == "application/feed+json; charset=utf-8"
        document = json.loads(body)
        assert document["version"] == "https://jsonfeed.org/version/1.1"
        assert document["title"] == "CLB Thanh niên Nậm Sen"
        assert document["items"][0]["id"] == "tag:loa.example,2026:clb-thanh-nien/trong-hai-nghin-cay-ban"


async def test_every_feed_gives_title_teaser_author_date_and_link_of_what_is_out() -> None:
    async with reading() as reader:
        archive = load_articles()
        hours = dict(ALREADY_OUT)
        found = []
        for publisher in PUBLISHERS:
            for item in items(await reader.feed(publisher.id)):
                slug = item["link"].rpartition("/")[2].removesuffix(".html")
                text = archive[slug][0]
                assert item["title"] == text.title
                assert unescape(item["teaser"]).endswith(text.lead)
                author = item["authors"][0]["name"] if "authors" in item else item["author"]
                assert author == text.author
                published = NOON - timedelta(hours=hours[slug])
                assert datetime.fromisoformat(item["date_published"]) == published.replace(microsecond=0)
                found.append(slug)
        assert sorted(found) == sorted(hours)


async def test_rss_and_rdf_only_tease_while_atom_and_json_carry_the_text() -> None:
    async with reading() as reader:
        archive = load_articles()
        for publisher in (ATOM, JSON):
            for item in items(await reader.feed(publisher)):
                slug = item["link"].rpartition("/")[2].removesuffix(".html")
                assert all(each in unescape(item["content"]) for each in archive[slug][0].paragraphs)
        for publisher in (RSS, RDF):
            document = (await reader.feed(publisher)).decode()
            slugs = [slug for slug, _ in ALREADY_OUT if archive[slug][0].publisher == publisher]
            assert slugs
            assert not any(each in document for slug in slugs for each in archive[slug][0].paragraphs)


async def test_publishing_waits_until_all_feeds_were_read() -> None:
    async with reading() as reader:
        # given a site that nobody has read for an hour, nothing happens
        reader.clock.forward(3600)
        await reader.start_publishing()
        assert len(reader.newsroom.out(reader.clock.now)) == 12
        # then the first article comes three seconds later
        reader.clock.forward(3)
        newest = items(await reader.feed(RSS))[0]
        assert newest["title"] == "Thông xe cầu Nậm Sen, năm bản bên kia suối hết cảnh qua bè"


async def test_every_article_and_picture_is_reachable_in_the_end_and_no_sooner() -> None:
    async with reading() as reader:
        archive = load_articles()
        paths = {slug: f"/{versions[0].publisher}/{slug}" for slug, versions in archive.items()}
        await reader.start_publishing()
        # given the start: what is still to come cannot be read
        for slug in TO_COME:
            assert (await reader.get(paths[slug] + ".html"))[0] == 404
            assert (await reader.get(paths[slug] + ".png"))[0] == 404
        # when everything is out
        reader.clock.forward(3 + 17 * 10)
        for slug, versions in archive.items():
            page = unescape((await reader.body(paths[slug] + ".html")).decode())
            text = versions[-1]
            for part in (text.title, text.lead, text.author, *text.paragraphs):
                assert part in page, (slug, part)
            status, headers, picture = await reader.get(paths[slug] + ".png")
            assert status == (200 if text.picture else 404)
            assert not text.picture or (headers["Content-Type"] == "image/png" and picture[1:4] == b"PNG")
        assert sum([len(items(await reader.feed(each.id))) for each in PUBLISHERS]) == 30


async def test_correction_changes_the_feed_and_the_page_but_not_the_identity() -> None:
    async with reading() as reader:
        await reader.start_publishing()
        reader.clock.forward(3)
        before = items(await reader.feed(RSS))[0]
        assert "dài 86 m" in before["teaser"]
        # when the correction is out
        reader.clock.forward(35)
        after = next(each for each in items(await reader.feed(RSS)) if each["id"] == before["id"])
        # then
        assert "dài 68 m" in after["teaser"]
        assert after["published"] == before["published"]
        assert "Đính chính" in (await reader.body(after["link"])).decode()


@pytest.mark.parametrize("publisher", [RSS, RDF, ATOM, JSON])
async def test_unchanged_feed_answers_304_until_something_is_published(publisher: str) -> None:
    async with reading() as reader:
        await reader.start_publishing()
        path = next(each.feed_path for each in PUBLISHERS if each.id == publisher)
        # given
        _, headers, body = await reader.get(path)
        etag, modified = headers["ETag"], headers["Last-Modified"]
        assert "Cache-Control" not in headers
        reader.clock.forward(2)
        # then either validator gives 304 with both repeated and no body
        for asked in (
            {"If-None-Match": etag},
            {"If-None-Match": f'"x", W/{etag}'},
            {"If-Modified-Since": modified},
        ):
            status, again, nothing = await reader.get(path, asked)
            assert (status, nothing) == (304, b"")
            assert (again["ETag"], again["Last-Modified"]) == (etag, modified)
        # and another ETag or an older date does not; the ETag outweighs the date
        for asked in (
            {"If-None-Match": '"x"'},
            {"If-None-Match": '"x"', "If-Modified-Since": modified},
            {"If-Modified-Since": "Sun, 01 Nov 2026 00:00:00 GMT"},
            {"If-Modified-Since": "yesterday"},
        ):
            assert (await reader.get(path, asked))[::2] == (200, body)
        # and when something new is out, both fail
        reader.clock.forward(60)
        for asked in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
            status, again, fresh = await reader.get(path, asked)
            assert status == 200
            assert fresh != body
            assert again["ETag"] != etag


async def test_page_has_the_shape_of_a_provincial_newspapers() -> None:
    async with reading() as reader:
        first = (await reader.body(f"/{RSS}/dan-van-kheo-na-khoang.html")).decode()
        # the header's clock is not the article's time
        assert '<div class="clock" id="clock">Thứ Hai, 23/11/2026 12:00</div>' in first
        assert '<span class="time">09:30 - Chủ nhật, 22/11/2026</span>' in first
        for part in (
            "In bài viết",
            "Bình luận",
            "Tin khác",
            "Back To Top",
            "Bài, ảnh: Lò Thị Minh",
            "BMT - Không hô",
        ):
            assert part in first
        # and the counter counts
        views = int(first.partition("Lượt xem: ")[2].partition("<")[0])
        second = (await reader.body(f"/{RSS}/dan-van-kheo-na-khoang.html")).decode()
        assert f"Lượt xem: {views + 1}<" in second


async def test_front_pages_lead_to_the_articles_and_name_their_feed() -> None:
    async with reading() as reader:
        index = (await reader.body("/")).decode()
        for publisher, feed in zip(PUBLISHERS, reader.newsroom.feeds, strict=True):
            assert f"{reader.newsroom.url}/{publisher.id}/" in index
            home = (await reader.body(f"/{publisher.id}/")).decode()
            assert 'rel="alternate" type="application/' in home
            assert f'href="{feed.url}"' in home
            assert all(item["link"] in home for item in items(await reader.feed(publisher.id)))
        assert b"font" in await reader.body("/style.css")


async def test_unknown_pages_and_articles_of_another_newsroom_are_404() -> None:
    async with reading() as reader:
        for path in (
            "/nowhere",
            f"/{RSS}/nothing.html",
            f"/{RSS}/trail-run.html",
            f"/{RSS}/..%2Fstyle.css.html",
        ):
            assert (await reader.get(path))[0] == 404


async def test_end_of_the_material_is_logged_once_and_the_site_stays_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="bot.demo")
    async with reading() as reader:
        await reader.start_publishing()
        reader.clock.forward(172)
        await reader.feed(RSS)
        assert not caplog.records
        reader.clock.forward(1)
        await reader.feed(RSS)
        reader.clock.forward(3600)
        assert len(items(await reader.feed(RSS))) == 11
        assert [each.getMessage() for each in caplog.records] == [
            "all 30 articles are out; the site stays open"
        ]


async def test_site_is_gone_after_closing() -> None:
    async with reading() as reader:
        url = reader.newsroom.url
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


async def test_pictures_are_complete_and_differ() -> None:
    async with reading() as reader:
        one = await reader.body(f"/{RSS}/dan-van-kheo-na-khoang.png")
        other = await reader.body(f"/{ATOM}/trail-run.png")
        assert one != other
        # 480 × 270 pixels of one byte, and a filter byte a row
        data = one[one.index(b"IDAT") + 4 : one.index(b"IEND") - 8]
        assert len(zlib.decompress(data)) == 270 * 481
