"""From whatever address a person types to the feeds of that site, each of them fetched and read (POLLING K).

    the address ─▶ a feed? that is it
        └▶ a page ─▶ 1 feeds it declares, feeds of the section asked for
                     2 links that look like feeds, and the lists of feeds they lead to
                     3 the same of the site's front page
                     4 the places where feeds usually stand
                     5 the news sitemaps robots.txt names, as far as it allows

The next step is taken only while no living feed has been found.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import aiohttp
from yarl import URL

from feeds.errors import BadAddress, BadStatus, FeedError, ParseError, PrivateAddress, TimedOut, Unreachable
from feeds.found import Found, How, best_first, is_of_section
from feeds.pagelinks import PageLinks, looks_like_feed
from feeds.robots import ROBOTS_SECONDS, RobotsAnswer, fetch_robots, read_robots, robots_address
from feeds.sandbox import Sandbox
from feeds.scout import OVERLOADED, Budget, Scout, SitemapIndex
from feeds.sitemap import SitemapLink
from feeds.urls import checked_url

__all__ = ["Budget", "Found", "How", "discover"]

USUAL_PLACES: Final = (
    *("/rss", "/feed", "/rss/home.rss", "/rss/tin-moi-nhat.rss", "/rss/trang-chu.rss", "/rss.html"),
    *("/rss.xml", "/trang-chu.rss", "/feed/", "/atom.xml", "/index.xml", "/feed.xml", "/feeds/posts/default"),
)
"""Vietnamese newspapers' and the common systems' (WordPress, Blogger, static site builders)."""
SECTION_PLACES: Final = ("/rss/{}.rss", "/{}.rss")
"""Where Vietnamese newspapers keep the feed of `/the-thao`."""
SITEMAP_PLACES: Final = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml")

MAX_SITEMAPS: Final = 4
"""Read of those that robots.txt or an index names; the news sitemap is among the likeliest or missing."""
MAX_INDEX_DEPTH: Final = 2

_SECTION: Final = re.compile(
    r"(?:/[a-z0-9-]+)?/(?!(?:index|default|home)\b)([a-z]+(?:-[a-z]+){0,3})(?:\.\w+|/)?"
)
"""`/the-thao`, `/the-thao.htm`, `/chuyen-muc/the-thao/`; articles have longer names and numbers in them."""


async def discover(
    session: aiohttp.ClientSession,
    sandbox: Sandbox,
    address: str,
    *,
    time_zone: str,
    now: datetime,
    budget: Budget = Budget(),  # noqa: B008 - a frozen value
) -> tuple[Found, ...]:
    """Return the feeds at an address, on that page or of that site, the best first; empty when there is none.

    `address` may come without a scheme. `time_zone` (IANA) is for dates without a zone, `now` is aware.
    Raises `FeedError` when the address itself could not be read and nothing was found in its place, and
    `TimedOut` when nothing was found within the budget.
    """
    scout = Scout(session, sandbox, time_zone, now, budget)
    section, failure = "", None
    try:
        async with asyncio.timeout(budget.seconds):
            start, page, failure = await _first_look(scout, address)
            section = _section_of(start)
            if not scout.found:
                await _search(scout, start, page, section)
    except TimeoutError:
        failure = TimedOut(address, f"nothing found within {budget.seconds:g} s")
    if failure is not None and not scout.found:
        raise failure
    return best_first(scout.found, now, section)


async def _first_look(scout: Scout, address: str) -> tuple[str, PageLinks | None, FeedError | None]:
    """Read the address itself: the complete address, the page if it is one, or why it could not be read.

    Without a scheme it is tried over https, and where nobody answers over http. Raises when the server cannot
    be asked at all; an address that is gone may still have a living site.
    """
    attempts = _attempts(address)
    for attempt in attempts:
        start = checked_url(attempt)
        try:
            document = await scout.read(start, How.ADDRESS)
        except (Unreachable, TimedOut):
            if attempt is attempts[-1]:
                raise
        except (BadAddress, PrivateAddress):
            raise
        except FeedError as error:
            if isinstance(error, BadStatus) and error.status in OVERLOADED:
                raise
            return start, None, error
        else:
            return start, document if isinstance(document, PageLinks) else None, None
    raise AssertionError("the last attempt returns or raises")


def _attempts(address: str) -> tuple[str, ...]:
    text = address.strip()
    if "://" in text or text.lower().startswith("feed:"):
        return (text,)
    return tuple(f"{scheme}://{text.lstrip('/')}" for scheme in ("https", "http"))


async def _search(scout: Scout, start: str, page: PageLinks | None, section: str) -> None:
    """Go through the steps until there is a living feed."""
    root = str(URL(page.url if page else start, encoded=True).origin())
    if page is not None:
        await scout.look_at(page.declared, How.DECLARED)
        if section and not any(is_of_section(each.url, section) for each in scout.found):
            await scout.look_at([root + place.format(section) for place in SECTION_PLACES], How.GUESSED)
        if not scout.has_living_feed():
            await scout.look_at(page.linked, How.LINKED)
    if not scout.has_living_feed():
        front = await scout.look(f"{root}/", How.LINKED)
        if isinstance(front, PageLinks):
            await scout.look_at(front.declared, How.DECLARED)
            if not scout.has_living_feed():
                await scout.look_at(front.linked, How.LINKED)
    for place in USUAL_PLACES:
        if not scout.has_living_feed():
            await scout.look_at([root + place], How.GUESSED)
    if not scout.has_living_feed():
        with contextlib.suppress(ParseError):  # of a robots.txt made to be unreadable
            await _look_for_sitemaps(scout, root)


def _section_of(url: str) -> str:
    """The section an address names, such as `the-thao`; empty for front pages, articles and feeds."""
    found = _SECTION.fullmatch(URL(url, encoded=True).raw_path.lower())
    return found[1] if found and not looks_like_feed(url) else ""


async def _look_for_sitemaps(scout: Scout, root: str) -> None:
    if not await scout.may_ask(root):
        return
    rules = await fetch_robots(scout.session, root)
    if rules is None:
        return
    named = (await _robots_say(scout, rules, root)).sitemaps
    absolute = [SitemapLink(each, None) for each in named if each.startswith(("http://", "https://"))]
    places = (*_newest_news(absolute), *(root + place for place in SITEMAP_PLACES))
    await _look_at_sitemaps(scout, rules, root, places, MAX_INDEX_DEPTH)


async def _look_at_sitemaps(
    scout: Scout, rules: bytes, root: str, addresses: Sequence[str], depth: int
) -> None:
    allowed = (await _robots_say(scout, rules, root, addresses)).allowed
    for address, may in zip(addresses, allowed, strict=True):
        # Rules speak of their own host; elsewhere the site itself sends us there.
        if scout.has_living_feed() or not (may or robots_address(address) != robots_address(root)):
            continue
        document = await scout.look(address, How.SITEMAP)
        if isinstance(document, SitemapIndex) and depth:
            await _look_at_sitemaps(scout, rules, root, _newest_news(document.links), depth - 1)


async def _robots_say(scout: Scout, rules: bytes, root: str, addresses: Sequence[str] = ()) -> RobotsAnswer:
    return await scout.sandbox.run(
        read_robots, rules, url=robots_address(root), addresses=tuple(addresses), seconds=ROBOTS_SECONDS
    )


def _newest_news(links: Iterable[SitemapLink]) -> tuple[str, ...]:
    """The likeliest news sitemaps: by their name, then the ones changed last."""
    long_ago = datetime.min.replace(tzinfo=UTC)
    latest = sorted(links, key=lambda link: link.changed_at or long_ago, reverse=True)
    likeliest = sorted(latest, key=lambda link: "news" not in link.url.lower())
    return tuple(link.url for link in likeliest[:MAX_SITEMAPS])
