"""Reads the outside world: fetch, then let a child process make sense of what came."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from feeds.agent import Agent
from feeds.extract import extract_page
from feeds.fetch import PAGE_ACCEPT, PAGE_LIMITS, Fetched, Limits, NotModified, fetch
from feeds.hubs import HubOffer, find_hub
from feeds.incremental import read_feed
from feeds.pagerules import parse_page_with_rule
from feeds.parse import parse_document
from feeds.robots import RobotsKeeper
from feeds.sandbox import Sandbox
from feeds.types import Feed, PageRule, PageText, ParsedFeed, Validators

PARSE_SECONDS = 10.0
EXTRACT_SECONDS = 10.0

Recall = Callable[[], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading the outside world takes."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    limits: Limits
    agent: Agent | None = None
    """Who we say we are when we poll; None is what the session says."""
    hubs: bool = False
    """Whether to look for hubs that push a feed."""
    robots: RobotsKeeper | None = None
    """Asked before a page is read by a rule; None asks nobody."""

    async def read_feed(
        self,
        url: str,
        time_zone: str,
        validators: Validators,
        body_hash: str | None,
        now: datetime,
        *,
        subscribers: int | None = None,
        recall: Recall | None = None,
    ) -> "FeedAnswer":
        """Fetch a feed and parse what is new in it. Raises `FeedError`.

        `subscribers` is what the server is told about how many chats it serves by answering us; `recall`
        gives what was remembered of the last document, and without it every entry is parsed.
        """
        answer = await fetch(
            self.session,
            url,
            validators=validators,
            limits=self.limits,
            agent=self.agent.header(subscribers) if self.agent else None,
        )
        digest = None if isinstance(answer, NotModified) else hashlib.sha256(answer.body).hexdigest()
        if isinstance(answer, NotModified) or digest == body_hash:
            return FeedAnswer(answer, digest, None)
        reading = await self.sandbox.run(
            read_feed,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=time_zone,
            now=now,
            memory=await recall() if recall else None,
            seconds=PARSE_SECONDS,
        )
        offer = await self._offer(answer) if self.hubs else None
        return FeedAnswer(answer, digest, reading.parsed, reading.memory, offer)

    async def read_pushed(
        self, body: bytes, content_type: str | None, feed: Feed, now: datetime
    ) -> ParsedFeed:
        """Read a document that a hub pushed. Raises `FeedError`."""
        return await self.sandbox.run(
            parse_document,
            body,
            url=feed.url,
            content_type=content_type,
            time_zone=feed.time_zone,
            now=now,
            seconds=PARSE_SECONDS,
        )

    async def read_listing(self, feed: Feed, rule: PageRule, now: datetime) -> "FeedAnswer":
        """Fetch a page that lists articles and read it by a rule. Raises `FeedError`.

        Nobody offered it to programs, so robots.txt is obeyed (POLLING C4).
        """
        if self.robots:
            await self.robots.check(feed.url, now)
        answer = await fetch(
            self.session, feed.url, validators=feed.validators, limits=PAGE_LIMITS, accept=PAGE_ACCEPT
        )
        digest = None if isinstance(answer, NotModified) else hashlib.sha256(answer.body).hexdigest()
        if isinstance(answer, NotModified) or digest == feed.body_hash:
            return FeedAnswer(answer, digest, None)
        parsed = await self.sandbox.run(
            parse_page_with_rule,
            answer.body,
            url=answer.url,
            rule=rule,
            content_type=answer.content_type,
            time_zone=feed.time_zone,
            now=now,
            seconds=PARSE_SECONDS,
        )
        return FeedAnswer(answer, digest, parsed)

    async def _offer(self, answer: Fetched) -> HubOffer | None:
        return await self.sandbox.run(
            find_hub,
            answer.links,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            seconds=PARSE_SECONDS,
        )

    async def read_page(self, url: str, time_zone: str, now: datetime) -> PageText:
        """Fetch an article's page and read its text. Raises `FeedError`."""
        answer = await fetch(self.session, url, limits=PAGE_LIMITS, accept=PAGE_ACCEPT)
        if isinstance(answer, NotModified):  # cannot be: the request was unconditional
            return PageText()
        return await self.sandbox.run(
            extract_page,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=time_zone,
            now=now,
            seconds=EXTRACT_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """What a server said: the answer, the hash of its body, and the document when it was a new one."""

    answer: Fetched | NotModified
    body_hash: str | None
    parsed: ParsedFeed | None
    memory: bytes | None = None
    """What to remember of the document."""
    offer: HubOffer | None = None
    """The hub that pushes the feed, when it was looked for and there is one."""
