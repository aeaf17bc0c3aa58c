"""Which addresses on a web page may be feeds (POLLING K1): what it declares, and what it links to.

Only a guess, made in the sandbox: what a candidate really is shows when it has been fetched and read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.entries import web_address
from feeds.pagetree import parse_page
from feeds.urls import canonical_url, url_key

MAX_DECLARED: Final = 30
"""Newspapers declare one feed for each section, a hostile page a million."""
MAX_LINKED: Final = 100
"""The longest lists of feeds (`/rss.html`) have some eighty."""

_FEED_TYPES: Final = frozenset(
    """
    application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/json
    application/xml text/xml application/x.atom+xml application/x-atom+xml text/rss+xml
    """.split()  # noqa: SIM905 - words
)
_JSON: Final = "application/json"
_JSON_API: Final = "/wp-json/"
"""WordPress declares its programming interface as an alternate of every page; it is no feed."""

_FEED_FILE: Final = re.compile(
    r"\.(?:rss|atom|rdf)$|(?:^|[/_.-])(?:rss|atom|feeds?|rdf|index)\.(?:xml|json)$"
)
_FEED_WORD: Final = re.compile(r"(?:^|[/_.-])(?:rss|feeds?|atom|rdf)\d{0,2}(?:[/_.-]|$)")
"""As a whole word: not `/feedback`, not `/express`."""
_FEED_QUERY: Final = re.compile(
    r"(?:^|[&;])(?:feed|format|type|alt|output|view|rss)=(?:rss|atom|feed|xml|rdf|1)", re.I
)
_FEED_TEXT: Final = re.compile(r"\b(?:rss|atom)\b", re.IGNORECASE)
_NO_FEED: Final = re.compile(
    r"\.(?:png|jpe?g|gif|svg|ico|css|js|woff2?|pdf|zip|mp[34])$|sitemap|opensearch|wlwmanifest|xmlrpc|oembed"
)
_READERS: Final = re.compile(
    r"(?:^|\.)(?:feedly|inoreader|newsblur|netvibes|bloglines|theoldreader|yahoo|google|msn|aol|facebook|twitter|x|"
    r"wikipedia|feedburner\.google)\.(?:com|org|net)$"
)
"""Buttons that subscribe in somebody's reader, and encyclopaedias on what RSS is."""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a page says about feeds: absolute addresses, each once, in either tuple."""

    url: str
    """The page's own."""
    declared: tuple[str, ...]
    """`<link rel=alternate>` of a feed's type, in the page's order."""
    linked: tuple[str, ...]
    """Links that look like feeds or pages listing them, the likeliest first."""


def find_links(body: bytes, *, url: str, content_type: str | None) -> PageLinks:
    """Return the addresses on a page that may be feeds; runs in the sandbox.

    `url` is the page's final address, `content_type` the server's header.
    """
    tree = parse_page(body, content_type)
    if tree is None:
        return PageLinks(url, (), ())
    base = next((web_address(str(href), url) for href in tree.xpath("//base/@href")), None) or url
    declared = _distinct(_declared(tree, base))[:MAX_DECLARED]
    linked = [link for link in _distinct(_linked(tree, base)) if link not in declared]
    linked.sort(key=lambda link: _doubt(link, url))
    return PageLinks(url, tuple(declared), tuple(linked[:MAX_LINKED]))


def looks_like_feed(url: str) -> bool:
    """Whether an address alone suggests a feed, or a page that lists some."""
    parts = urlsplit(url)
    path = parts.path.lower().rstrip("/")
    if _NO_FEED.search(path):
        return False
    return bool(_FEED_FILE.search(path) or _FEED_WORD.search(path) or _FEED_QUERY.search(parts.query))


def is_same_site(url: str, other: str) -> bool:
    """Whether one host is the other or lies under it, `www.` and `m.` aside."""
    hosts = [urlsplit(canonical_url(each)).hostname or "" for each in (url, other)]
    short, long = sorted(hosts, key=len)
    return long == short or long.endswith(f".{short}")


def _declared(tree: Any, base: str) -> Iterator[str]:
    for link in tree.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        address = web_address(link.get("href") or "", base)
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if address is None or not {"alternate", "feed"} & set(relations) or "stylesheet" in relations:
            continue
        if kind == _JSON and _JSON_API in address:
            continue
        if kind in _FEED_TYPES or (not kind and ("feed" in relations or looks_like_feed(address))):
            yield address


def _linked(tree: Any, base: str) -> Iterator[str]:
    for link in tree.iter("a", "area"):
        address = web_address(link.get("href") or "", base)
        if address is None or _READERS.search(urlsplit(address).hostname or ""):
            continue
        if looks_like_feed(address) or _is_called_feed(link, address):
            yield address


def _is_called_feed(link: Any, address: str) -> bool:
    """Whether the words on a link, its title or the name of its icon say that it is a feed."""
    if _NO_FEED.search(urlsplit(address).path.lower()):
        return False
    said = (link.text_content()[:100], link.get("title") or "", link.get("class") or "")
    icons = (f"{icon.get('alt') or ''} {icon.get('class') or ''}" for icon in link.iter("img", "i", "span"))
    return any(_FEED_TEXT.search(text) for text in (*said, *icons))


def _doubt(link: str, page: str) -> tuple[bool, bool]:
    """What makes a link less likely a feed of this site, to sort by."""
    return not is_same_site(link, page), not _FEED_FILE.search(urlsplit(link).path.lower())


def _distinct(addresses: Iterable[str]) -> list[str]:
    """Each address once, whatever its scheme and campaign parameters."""
    met: dict[bytes, str] = {}
    for address in addresses:
        met.setdefault(url_key(address), address)
    return list(met.values())
