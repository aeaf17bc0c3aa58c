"""Reads the outside world: fetch, then let a child process make sense of what came."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from feeds.extract import extract_page
from feeds.fetch import PAGE_ACCEPT, PAGE_LIMITS, Fetched, Limits, NotModified, fetch
from feeds.parse import parse_document
from feeds.sandbox import Sandbox
from feeds.types import PageText, ParsedFeed, Validators

PARSE_SECONDS = 10.0
EXTRACT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading the outside world takes."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    limits: Limits

    async def read_feed(
        self, url: str, time_zone: str, validators: Validators, body_hash: str | None, now: datetime
    ) -> "FeedAnswer":
        """Fetch a feed and parse it if it changed. Raises `FeedError`."""
        answer = await fetch(self.session, url, validators=validators, limits=self.limits)
        if isinstance(answer, NotModified):
            return FeedAnswer(answer, None, None)
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest == body_hash:
            return FeedAnswer(answer, digest, None)
        parsed = await self.sandbox.run(
            parse_document,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=time_zone,
            now=now,
            seconds=PARSE_SECONDS,
        )
        return FeedAnswer(answer, digest, parsed)

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
