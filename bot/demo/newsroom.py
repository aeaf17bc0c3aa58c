"""The web site of the four newsrooms, on 127.0.0.1."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import TracebackType
from zlib import crc32

from aiohttp import ETag, hdrs, web

from bot.demo.articles import load_articles
from bot.demo.formats import TIME_ZONE, feed_document
from bot.demo.pages import article_page, home_page, index_page, stylesheet
from bot.demo.pictures import draw_hills
from bot.demo.plan import Edition, editions, end_of_publishing, start_of_publishing
from bot.demo.publishers import FEED_FILES, PUBLISHERS, Publisher
from feeds.types import FullText

HOST = "127.0.0.1"

FORMER_READERS = 4_000
"""A page's view counter starts somewhere below this: a counter at 0 looks like no newspaper's."""

SHUTDOWN_SECONDS = 1.0
"""How long open connections are waited for at the end."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """A feed of the site, with what its entry in the configuration says."""

    url: str
    title: str
    topics: tuple[str, ...]
    time_zone: str
    full_text: FullText


def utc_now() -> datetime:
    """The time it is."""
    return datetime.now(UTC)


class Newsroom:
    """The running site; `async with` opens it on a free port and closes it.

    `clock` gives aware UTC; an article comes out every `interval_seconds` once all feeds have been read.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now, *, interval_seconds: float = 10.0) -> None:
        self._clock = clock
        self._interval = timedelta(seconds=interval_seconds)
        self._archive = load_articles()
        self._opened_at = clock()
        self._started_at: datetime | None = None
        self._first_reads: dict[str, datetime] = {}
        self._views: Counter[str] = Counter()
        self._finished = False
        self._runner: web.AppRunner | None = None
        self.url = ""
        """The address before any path, known once the site is open."""

    async def __aenter__(self) -> "Newsroom":
        self._runner = web.AppRunner(self._site(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def feeds(self) -> tuple[DemoFeed, ...]:
        """The four feeds of the open site."""
        return tuple(
            DemoFeed(self.url + each.feed_path, each.title, each.topics, TIME_ZONE.key, FullText.FULL)
            for each in PUBLISHERS
        )

    def out(self, now: datetime) -> tuple[Edition, ...]:
        """What all newsrooms have published by now, newest first."""
        if self._started_at is None:
            ids = [each.id for each in PUBLISHERS]
            self._started_at = start_of_publishing(self._first_reads, ids, now)
        elif not self._finished and now >= end_of_publishing(self._started_at, self._interval):
            self._finished = True
            log.info("all %d articles are out; the site stays open", len(self._archive))
        return editions(
            self._archive,
            opened_at=self._opened_at,
            started_at=self._started_at,
            interval=self._interval,
            now=now,
        )

    def _site(self) -> web.Application:
        site = web.Application()
        site.router.add_get("/", self._index)
        site.router.add_get("/style.css", self._style)
        for publisher in PUBLISHERS:
            site.router.add_get(f"/{publisher.id}/", self._for(publisher, self._home))
            site.router.add_get(publisher.feed_path, self._for(publisher, self._feed))
            site.router.add_get(f"/{publisher.id}/{{slug}}.html", self._for(publisher, self._article))
            site.router.add_get(f"/{publisher.id}/{{slug}}.png", self._for(publisher, self._picture))
        return site

    def _for(
        self, publisher: Publisher, answer: Callable[[web.Request, Publisher], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await answer(request, publisher)

        return handle

    def _published_by(self, publisher: Publisher, now: datetime) -> list[Edition]:
        return [each for each in self.out(now) if each.manuscript.publisher == publisher.id]

    async def _feed(self, request: web.Request, publisher: Publisher) -> web.Response:
        now = self._clock()
        self._first_reads.setdefault(publisher.id, now)
        out = self._published_by(publisher, now)
        body = feed_document(publisher, out, self.url)
        content_type = f"{FEED_FILES[publisher.format][1]}; charset=utf-8"
        return conditional(request, body, content_type, max(each.updated_at for each in out))

    async def _article(self, request: web.Request, publisher: Publisher) -> web.Response:
        now = self._clock()
        out = self._published_by(publisher, now)
        edition = _find(out, request)
        slug = edition.manuscript.slug
        self._views[slug] += 1
        views = crc32(slug.encode()) % FORMER_READERS + self._views[slug]
        return _html(article_page(publisher, edition, out, site=self.url, views=views, now=now))

    async def _picture(self, request: web.Request, publisher: Publisher) -> web.Response:
        edition = _find(self._published_by(publisher, self._clock()), request)
        if not edition.manuscript.picture:
            raise web.HTTPNotFound
        picture = await asyncio.to_thread(draw_hills, edition.manuscript.slug)
        return conditional(request, picture, "image/png", edition.published_at)

    async def _home(self, request: web.Request, publisher: Publisher) -> web.Response:
        now = self._clock()
        return _html(home_page(publisher, self._published_by(publisher, now), site=self.url, now=now))

    async def _index(self, request: web.Request) -> web.Response:
        return _html(index_page(site=self.url))

    async def _style(self, request: web.Request) -> web.Response:
        return web.Response(text=stylesheet(), content_type="text/css", charset="utf-8")


def conditional(request: web.Request, body: bytes, content_type: str, changed_at: datetime) -> web.Response:
    """Answer with the body, or 304 when the asker has it; an ETag outweighs a date (RFC 9110 §13.2.2)."""
    changed_at = changed_at.replace(microsecond=0)
    etag = ETag(value=sha256(body).hexdigest()[:32])
    if request.if_none_match is not None:
        unchanged = any(each.value in (etag.value, "*") for each in request.if_none_match)
    else:
        since = request.if_modified_since
        unchanged = since is not None and changed_at <= since
    response = (
        web.Response(status=304)
        if unchanged
        else web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})
    )
    response.etag = etag
    response.last_modified = changed_at
    return response


def _find(out: list[Edition], request: web.Request) -> Edition:
    slug = request.match_info["slug"]
    for edition in out:
        if edition.manuscript.slug == slug:
            return edition
    raise web.HTTPNotFound


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")
