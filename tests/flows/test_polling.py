"""Polling over real HTTP: polite to sites, honest about ourselves, patient with addresses.

The clock is ours: what is due is due because it says so, and nothing here waits for time to pass.
"""

import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.poller import Poller
from feeds.agent import Agent
from feeds.fetch import Limits
from feeds.life import NoticeKind
from feeds.net import AddressGuard, open_session
from feeds.pace import Pace
from feeds.reader import Reader
from feeds.sandbox import Sandbox
from feeds.topics import Topics
from storage.engine import reading, writing
from storage.feeds import FeedSetting, add_feed, get_feed
from storage.notices import open_notices
from storage.types import EVERYTHING, FeedStatus
from tests.flows.paper import BRIDGE, KHEO, print_edition, rss
from tests.make import make_chat
from tests.newssite import NewsSite

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LOOPBACK = (ip_network("127.0.0.0/8"),)


class EveryNameIsHere(AbstractResolver):
    """DNS in which every name leads to this machine, so that public domains can be spoken to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


class World:
    """A poller, a news site it polls, and the clock both live by."""

    def __init__(self, engine: AsyncEngine, site: NewsSite, reader: Reader, now: datetime) -> None:
        self.engine = engine
        self.site = site
        self.now = now
        self.news = 0
        self.pace = Pace(HOUR)
        self.poller = Poller(engine, reader, Topics.of(()), lambda: self.now, self.pace, self._count)

    def _count(self) -> None:
        self.news += 1

    async def add(self, *urls: str) -> None:
        async with writing(self.engine) as conn:
            for url in urls:
                await add_feed(conn, FeedSetting(url, "", "Asia/Ho_Chi_Minh"), self.now)

    async def poll(self, later: timedelta = timedelta()) -> None:
        """Let some time pass, look what is due, and wait until it has been polled."""
        self.now += later
        await self.poller.tick()
        await self.poller.finished()

    async def feed(self, feed_id: int = 1) -> FeedStatus:
        async with reading(self.engine) as conn:
            found = await get_feed(conn, feed_id)
        assert found is not None
        return found

    async def told(self) -> list[NoticeKind]:
        async with reading(self.engine) as conn:
            return [notice.kind for notice in await open_notices(conn, 99)]

    @property
    def asked(self) -> list[str]:
        return [seen.path for seen in self.site.requests]


@pytest.fixture
async def world(engine: AsyncEngine, site: NewsSite, now: datetime) -> AsyncIterator[World]:
    sandbox = Sandbox()
    agent = Agent("1.2", "https://bao.vn/loa")
    guard = AddressGuard(LOOPBACK)
    try:
        async with open_session(guard, user_agent=agent.header(), resolver=EveryNameIsHere()) as session:
            yield World(engine, site, Reader(session, sandbox, Limits(), agent), now)
    finally:
        await sandbox.close()


async def test_site_is_asked_one_thing_at_a_time_with_a_second_between(world: World) -> None:
    """B14."""
    paths = [f"/{number}" for number in range(4)]
    for path in paths:
        world.site.feed(path, rss(BRIDGE, site=world.site))
    await world.add(*(world.site.url(path) for path in paths))
    # when nothing but a moment passes, one feed is polled
    await world.poll()
    await world.poll(SECOND / 2)
    assert world.asked == ["/0"]
    # then one more each second
    for _ in range(3):
        await world.poll(SECOND)
    assert world.asked == paths
    assert world.site.peak_in_flight == 1


async def test_429_of_one_feed_holds_the_domain_and_no_other(world: World) -> None:
    """B5, B6."""
    world.site.status("/a", 429, {"Retry-After": "600"})
    world.site.feed("/b", rss(BRIDGE, site=world.site))
    port = world.site.port
    urls = [f"http://{host}:{port}" for host in ("mot.bao.vn", "hai.bao.vn", "khac.vn")]
    await world.add(f"{urls[0]}/a", f"{urls[1]}/b", f"{urls[2]}/b")
    await world.poll()
    assert sorted(seen.host for seen in world.site.requests) == ["khac.vn", "mot.bao.vn"]
    await world.poll(599 * SECOND)
    assert len(world.site.requests) == 2
    await world.poll(2 * SECOND)
    assert [seen.host for seen in world.site.requests[2:]] in (["hai.bao.vn"], ["mot.bao.vn"])


async def test_503_of_a_shared_private_server_holds_one_address(world: World) -> None:
    """B7."""
    world.site.status("/a", 503, {"Retry-After": "600"})
    world.site.feed("/b", rss(BRIDGE, site=world.site))
    await world.add(world.site.url("/a"), world.site.url("/b"))
    await world.poll()
    await world.poll(SECOND)
    assert world.asked == ["/a", "/b"]
    assert (await world.feed()).next_poll_at - world.now >= 599 * SECOND


async def test_server_is_told_who_we_are_and_how_many_we_serve(world: World) -> None:
    """C1."""
    world.site.feed("/rss", rss(BRIDGE, site=world.site))
    async with writing(world.engine) as conn:
        for number in (1, 2):
            await make_chat(conn, world.now, address=f"telegram:{number}", targets=[EVERYTHING])
    await world.add(world.site.url("/rss"))
    await world.poll()
    [seen] = world.site.requests
    assert seen.headers["User-Agent"] == "Loa/1.2 (+https://bao.vn/loa; 2 subscribers)"
    assert not {"Cookie", "Referer"} & set(seen.headers)


async def test_feed_nobody_follows_is_read_and_then_polled_more_slowly(world: World) -> None:
    """B16."""
    path, headers = "/rss", {"ETag": '"1"'}
    world.site.feed(path, rss(BRIDGE, site=world.site), headers=headers)
    await world.add(world.site.url(path))
    await world.poll()
    feed = await world.feed()
    assert feed.articles == 1
    assert feed.next_poll_at >= world.now + HOUR


async def test_permanent_redirect_is_adopted_after_three_sightings_in_a_day(world: World) -> None:
    """D1, A9: and what was seen at the old address is not news at the new one."""
    world.site.feed("/new", rss(BRIDGE, site=world.site), etag='"new"')
    world.site.feed("/old", rss(BRIDGE, site=world.site), etag='"old"')
    await world.add(world.site.url("/old"))
    await world.poll()
    world.site.redirect("/old", "/new", 301)
    for _ in range(2):
        await world.poll(13 * HOUR)
        assert (await world.feed()).url == world.site.url("/old")
    await world.poll(13 * HOUR)
    assert (await world.feed()).url == world.site.url("/new")
    assert await world.told() == [NoticeKind.MOVED]
    # and the new address is asked without the validators of the old one, once
    print_edition(world.site, BRIDGE, KHEO, path="/new")
    await world.poll(26 * HOUR)
    assert world.asked[-1] != "/old"
    assert "If-None-Match" not in world.site.requests_to("/new")[-1].headers
    assert (await world.feed()).articles == 2
    assert world.news == 1


async def test_temporary_redirect_is_never_adopted(world: World) -> None:
    """D3."""
    world.site.feed("/new", rss(BRIDGE, site=world.site))
    world.site.redirect("/old", "/new", 302)
    await world.add(world.site.url("/old"))
    for _ in range(5):
        await world.poll(25 * HOUR)
    assert len(world.site.requests_to("/old")) == 5
    assert (await world.feed()).url == world.site.url("/old")


async def test_410_for_a_day_suspends_once_told_and_a_daily_look_revives(world: World) -> None:
    """D7."""
    world.site.feed("/rss", rss(BRIDGE, site=world.site))
    await world.add(world.site.url("/rss"))
    await world.poll()
    world.site.status("/rss", 410)
    for _ in range(4):
        await world.poll(25 * HOUR)
    assert await world.told() == [NoticeKind.GONE]
    suspended = await world.feed()
    assert suspended.suspended_at is not None
    assert suspended.last_polled_at is not None
    assert suspended.next_poll_at - suspended.last_polled_at >= 24 * HOUR
    world.site.feed("/rss", rss(BRIDGE, KHEO, site=world.site))
    await world.poll(31 * HOUR)
    assert await world.told() == [NoticeKind.GONE, NoticeKind.REVIVED]
    assert (await world.feed()).articles == 2


async def test_when_most_sites_are_unreachable_we_are_offline_and_count_nothing(world: World) -> None:
    """D10."""
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # bound and never listening: every connection is refused
    port = closed.getsockname()[1]
    try:
        await world.add(*(f"http://bao{number}.vn:{port}/rss" for number in range(30)))
        await world.poll()
        failed = [number for number in range(1, 31) if (await world.feed(number)).failures]
        # given ten sites it is noticed, and what fails from then on is not the feeds' fault
        assert len(failed) == 9
        # when a minute has not passed nobody is asked, even what is due
        world.site.feed("/rss", rss(BRIDGE, site=world.site))
        await world.add(world.site.url("/rss"))
        await world.poll(59 * SECOND)
        assert world.asked == []
        await world.poll(SECOND)
        assert world.asked == ["/rss"]
    finally:
        closed.close()


async def test_first_poll_makes_one_unconditional_request(world: World) -> None:
    """A13, A3."""
    world.site.feed("/rss", rss(BRIDGE, site=world.site), etag='"1"')
    await world.add(world.site.url("/rss"))
    await world.poll()
    [seen] = world.site.requests
    assert not {"If-None-Match", "If-Modified-Since"} & set(seen.headers)
