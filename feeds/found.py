"""The feeds found on a site: which are worth offering, in which order, which of them are one."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlsplit

from feeds.types import ParsedFeed
from feeds.urls import url_key

STALE_AFTER: Final = timedelta(days=60)
"""A feed whose newest article is older has probably been left behind by its site."""

_COMMENTS: Final = re.compile(r"(?:^|[/_.-])(?:comments?|binh-?luan|replies)(?:[/_.-]|$)", re.IGNORECASE)
_MAIN: Final = re.compile(
    r"(?:^|[/_-])(?:home|trang-?chu|tin-?moi(?:-?nhat)?|moi-?nhat|index|latest|all|main)(?:\.|/?$)"
    r"|^/(?:rss|feeds?|atom)(?:\.\w+)?/?$",
    re.IGNORECASE,
)
"""How newspapers name the feed of everything; the others are of single sections."""


class How(StrEnum):
    """How a feed was found, the surest way first."""

    ADDRESS = "address"
    """The address itself is a feed."""
    DECLARED = "declared"
    """The page declares it."""
    LINKED = "linked"
    """The page, or a list of feeds it links to, links to it."""
    GUESSED = "guessed"
    """It stands where such sites often put it."""
    SITEMAP = "sitemap"
    """It is the site's news sitemap."""


_HOW_SURE: Final = MappingProxyType({how: place for place, how in enumerate(How)})


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was fetched and read."""

    url: str
    """What to poll."""
    title: str
    format: str
    """As in `ParsedFeed.format`."""
    entries: int
    newest: datetime | None
    """The latest date among its entries; None when none is dated."""
    how: How
    articles: frozenset[str] = frozenset()
    """Addresses, or else guids and titles, of its entries: two feeds with the same ones are one."""

    @classmethod
    def of(cls, url: str, parsed: ParsedFeed, how: How) -> Self:
        """Describe a feed that could be read."""
        dates = [entry.published_at for entry in parsed.entries if entry.published_at]
        return cls(
            url=url,
            title=parsed.title,
            format=parsed.format,
            entries=len(parsed.entries),
            newest=max(dates, default=None),
            how=how,
            articles=frozenset(entry.url or entry.guid or entry.title for entry in parsed.entries),
        )

    def is_live(self, now: datetime) -> bool:
        """Whether news can be expected of it: it has entries, not all of them old, and they are articles."""
        fresh = self.newest is None or self.newest >= now - STALE_AFTER
        return bool(self.entries) and fresh and not self.is_comments

    @property
    def is_comments(self) -> bool:
        """Whether it lists what readers say."""
        return bool(_COMMENTS.search(urlsplit(self.url).path))


def best_first(found: Iterable[Found], now: datetime, section: str = "") -> tuple[Found, ...]:
    """Order feeds and leave out repetitions: same address, or the same articles in another format.

    Living feeds go first, then the one of the `section` that was asked for, then by how they were found,
    then the feed of everything before those of sections.
    """

    def rank(each: Found) -> tuple[bool, bool, bool, int, bool]:
        return (
            not each.is_live(now),
            each.how is How.SITEMAP,
            not is_of_section(each.url, section),
            _HOW_SURE[each.how],
            not _MAIN.search(urlsplit(each.url).path),
        )

    return _distinct(sorted(found, key=rank))


def is_of_section(url: str, section: str) -> bool:
    """Whether an address names a section (`the-thao`) as the last or last but one part of its path."""
    parts = urlsplit(url).path.lower().rstrip("/").split("/")[-2:]
    return bool(section) and section in (part.partition(".")[0] for part in parts)


def _distinct(found: Sequence[Found]) -> tuple[Found, ...]:
    kept: list[Found] = []
    addresses: set[bytes] = set()
    contents: set[Collection[str]] = set()
    for each in found:
        if url_key(each.url) in addresses or each.articles in contents:
            continue
        addresses.add(url_key(each.url))
        if each.articles:
            contents.add(each.articles)
        kept.append(each)
    return tuple(kept)
