"""Asks a stranger's site for one address after the other, and keeps those that are feeds.

It is polite: a pause between requests, no more than a budget allows, and a server that fails or refuses is
left alone. What comes back is read in the sandbox.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

import aiohttp
from yarl import URL

from feeds.errors import (
    BadStatus,
    FeedError,
    FetchError,
    NotAFeed,
    PrivateAddress,
    TimedOut,
    TooManyRedirects,
    Unreachable,
)
from feeds.fetch import FEED_ACCEPT, Fetched, Limits, Redirect, fetch
from feeds.found import Found, How
from feeds.pagelinks import PageLinks, find_links
from feeds.parse import WEB_PAGE, parse_document
from feeds.sandbox import Sandbox
from feeds.sitemap import SitemapLink, read_sitemap_index
from feeds.types import ParsedFeed

MAX_REFUSALS: Final = 3
"""401, 403 and the like from one server: it does not want us."""
PARSE_SECONDS: Final = 10.0

OVERLOADED: Final = frozenset({429, 503})
"""Statuses by which a server asks to be left alone for now."""
_REFUSED: Final = frozenset({401, 403, 406, 451})
_PERMANENT: Final = frozenset({301, 308})
_LIMITS: Final = Limits(first_byte_seconds=10.0, total_seconds=15.0, body_bytes=5 * 1024 * 1024)
"""Somebody waits; a page or feed of more than 5 MiB is no choice to offer."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may cost."""

    requests: int = 25
    """Redirects included."""
    seconds: float = 60.0
    """Somebody is waiting; what was found until then is the answer."""
    pause_seconds: float = 0.5
    """Between two requests: a tenth of what a browser asks of a site at once."""
    enough: int = 10
    """Feeds, from which a person can choose."""


class SitemapIndex(NamedTuple):
    """The sitemaps an index names."""

    links: tuple[SitemapLink, ...]


Document = ParsedFeed | PageLinks | SitemapIndex


def read_document(
    body: bytes, *, url: str, content_type: str | None, time_zone: str, now: datetime
) -> Document:
    """Read what may be a feed, a page or an index of sitemaps; runs in the sandbox. Raises `ParseError`."""
    try:
        return parse_document(body, url=url, content_type=content_type, time_zone=time_zone, now=now)
    except NotAFeed as error:
        with contextlib.suppress(NotAFeed):
            return SitemapIndex(read_sitemap_index(body, url=url, content_type=content_type))
        if error.detail != WEB_PAGE:
            raise
        return find_links(body, url=url, content_type=content_type)


class Scout:
    """One search of a site: what it may still cost, what it has asked, what it has found."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        sandbox: Sandbox,
        time_zone: str,
        now: datetime,
        budget: Budget,
    ) -> None:
        self.session = session
        self.sandbox = sandbox
        self.found: list[Found] = []
        self.requests = 0
        self._time_zone = time_zone
        self._now = now
        self._budget = budget
        self._asked: set[str] = set()
        self._refusals: Counter[str] = Counter()

    def has_living_feed(self) -> bool:
        """Whether a living feed has been found."""
        return any(each.is_live(self._now) for each in self.found)

    async def may_ask(self, url: str) -> bool:
        """Count a request and wait for its turn; False when this server, or any, may not be asked again."""
        if self.requests >= self._budget.requests or self._refusals[_origin(url)] >= MAX_REFUSALS:
            return False
        if self.requests:
            await asyncio.sleep(self._budget.pause_seconds)
        self.requests += 1
        return True

    async def look_at(self, addresses: Iterable[str], how: How) -> None:
        """Read candidates until there are enough feeds; the lists of feeds among them are followed once."""
        for address in addresses:
            if len(self.found) >= self._budget.enough:
                return
            document = await self.look(address, how)
            if isinstance(document, PageLinks):
                for link in (*document.declared, *document.linked):
                    if len(self.found) < self._budget.enough:
                        await self.look(link, How.LINKED)

    async def look(self, url: str, how: How) -> Document | None:
        """Read one address if it has not been read yet; None for what cannot be read."""
        try:
            return await self.read(url, how)
        except FeedError:
            return None

    async def read(self, url: str, how: How) -> Document | None:
        """Fetch and read an address, keep it when it is a feed. None for what has been read before."""
        if url in self._asked or not await self.may_ask(url):
            return None
        self._asked.add(url)
        answer = await self._fetched(url)
        if answer.url != url and answer.url in self._asked:
            return None
        self._asked.add(answer.url)
        document = await self.sandbox.run(
            read_document,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=self._time_zone,
            now=self._now,
            seconds=PARSE_SECONDS,
        )
        if isinstance(document, ParsedFeed):
            self.found.append(Found.of(_lasting(url, answer.redirects), document, how))
        return document

    async def _fetched(self, url: str) -> Fetched:
        left = self._budget.requests - self.requests
        limits = replace(_LIMITS, redirects=min(_LIMITS.redirects, left))
        try:
            answer = await fetch(self.session, url, limits=limits, accept=FEED_ACCEPT)
        except TooManyRedirects:
            self.requests += limits.redirects
            raise
        except FetchError as error:
            self.requests += error.url != url  # a redirect led there
            if refusals := _refusals_in(error):
                self._refusals[_origin(error.url)] += refusals
            raise
        assert isinstance(answer, Fetched)  # noqa: S101 - the request was unconditional
        self.requests += len(answer.redirects)
        return answer


def _refusals_in(error: FetchError) -> int:
    """How much a failure says that the server is not to be asked again."""
    if isinstance(error, BadStatus):
        return MAX_REFUSALS if error.status in OVERLOADED else error.status in _REFUSED
    return MAX_REFUSALS if isinstance(error, Unreachable | TimedOut | PrivateAddress) else 0


def _origin(url: str) -> str:
    return str(URL(url, encoded=True).origin())


def _lasting(url: str, redirects: Sequence[Redirect]) -> str:
    """The address to poll: what permanent redirects lead to, up to the first temporary one."""
    for redirect in redirects:
        if redirect.status not in _PERMANENT:
            break
        url = redirect.url
    return url
