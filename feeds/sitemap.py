"""A newspaper's news sitemap → `ParsedFeed`: the best there is of sites that have no feed (POLLING K4).

    bytes ─▶ unpack (gzip) ─▶ text ─▶ root only ─▶ lxml, element by element ─▶ the last two days ─▶ entries

News sitemaps are made for Google (developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap):
address, title and time of what was published in the last two days. Ordinary sitemaps
(sitemaps.org/protocol.html) have no titles and are no source of news; an index only names other sitemaps.
This runs in the sandbox.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from feeds.dates import read_date
from feeds.encoding import decode_body
from feeds.entries import RawEntry, make_entries, plain_title, web_address
from feeds.errors import NotAFeed
from feeds.repair import without_undeclared
from feeds.types import ParsedFeed

SITEMAP_FORMAT: Final = "news_sitemap"

MAX_BYTES: Final = 10 * 1024 * 1024
"""Read of one sitemap, unpacked; a news sitemap with all of its 1,000 addresses has 1 MB."""
MAX_URLS: Final = 1_000
"""Of recent articles; the most a news sitemap may list."""
MAX_INDEXED: Final = 1_000
"""Sitemaps taken from one index, in its order; the protocol allows 50,000, most of them archives."""
RECENT: Final = timedelta(days=2)
"""What a news sitemap is for; older articles stay in where a site never cleans up."""

_GZIP: Final = b"\x1f\x8b"
_CHUNK_CHARACTERS: Final = 64 * 1024

_FIRST_TAG: Final = re.compile(r"<!--.*?(?:-->|\Z)|<((?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*))", re.DOTALL)
_ITEM_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:url|sitemap)\s*>")
_NEWS_NAMESPACE: Final = re.compile(r"""xmlns(?::[\w.-]+)?\s*=\s*["'][^"']*/sitemap-news/""")


class SitemapLink(NamedTuple):
    """A sitemap named in an index."""

    url: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Text:
    """A sitemap's text from its root's opening tag to its closing one."""

    text: str
    root: str
    """`urlset`, `sitemapindex`, or another name when it is none."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class _Article:
    """A `url` element with news in it, fields as written."""

    raw: RawEntry
    source: str
    language: str


def is_packed(body: bytes) -> bool:
    """Whether a body is compressed by itself, besides what HTTP did to it."""
    return body.startswith(_GZIP)


def is_sitemap(text: str) -> bool:
    """Whether a document is a sitemap or an index of them, by its first element."""
    return _root_of(text)[1] in ("urlset", "sitemapindex")


def parse_sitemap(
    body: bytes, *, url: str, time_zone: str, now: datetime, content_type: str | None = None
) -> ParsedFeed:
    """Read a news sitemap, packed or not; its entries of the last two days, newest first.

    `url` is its final address, `time_zone` the IANA name dates without a zone are read in, `now` an aware
    datetime. Raises `NotAFeed`, with what it is, for sitemaps without news, indexes, and everything else.
    """
    document = _document(body, url, content_type)
    if document.root == "sitemapindex":
        raise NotAFeed(url, "an index of sitemaps")
    if document.root != "urlset":
        raise NotAFeed(url, "compressed twice" if is_packed(body) else "no sitemap")
    elements = _elements(document.text, "url")
    articles = [article for article in (_article(element, url) for element in elements) if article]
    if not articles and not _NEWS_NAMESPACE.search(document.text):
        raise NotAFeed(url, "a sitemap without news")
    recent, notes = _recent(articles, time_zone, now)
    entries, more_notes = make_entries(
        [article.raw for article in recent], base=url, time_zone=time_zone, now=now
    )
    return ParsedFeed(
        format=SITEMAP_FORMAT,
        title=_commonest(article.source for article in articles) or urlsplit(url).hostname or url,
        entries=entries,
        site_url=web_address("/", url),
        language=_commonest(article.language for article in articles)[:35] or None,
        truncated=document.truncated,
        warnings=(*(("the document breaks off",) if document.truncated else ()), *notes, *more_notes),
    )


def read_sitemap_index(body: bytes, *, url: str, content_type: str | None = None) -> tuple[SitemapLink, ...]:
    """Return the sitemaps an index names, in its order. Raises `NotAFeed` for what is no index."""
    document = _document(body, url, content_type)
    if document.root != "sitemapindex":
        raise NotAFeed(url, "no index of sitemaps")
    links = []
    for element in _elements(document.text, "sitemap"):
        address = web_address(_child_text(element, "loc"), url)
        if address:
            links.append(SitemapLink(address, _moment(_child_text(element, "lastmod"))))
        if len(links) == MAX_INDEXED:
            break
    return tuple(links)


def _document(body: bytes, url: str, content_type: str | None) -> _Text:
    packed = is_packed(body)
    text, _ = decode_body(_unpacked(body, url) if packed else body[:MAX_BYTES], content_type)
    start, name, written = _root_of(text)
    if name not in ("urlset", "sitemapindex"):
        return _Text("", name)
    end = text.rfind(f"</{written}")
    if end > start:
        whole, truncated = text[start : text.find(">", end) + 1 or None], False
    else:
        last = max((found.end() for found in _ITEM_END.finditer(text)), default=text.find(">", start) + 1)
        whole, truncated = f"{text[start:last]}</{written}>", True
    return _Text(without_undeclared(whole), name, truncated)


def _root_of(text: str) -> tuple[int, str, str]:
    """Where the first element begins, its local name in small letters, and its name as written."""
    found = next((tag for tag in _FIRST_TAG.finditer(text) if tag[1]), None)
    return (found.start(), found[2].lower(), found[1]) if found else (0, "", "")


def _unpacked(body: bytes, url: str) -> bytes:
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        return unpacking.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise NotAFeed(url, "compressed twice") from error


def _elements(text: str, name: str) -> Iterator[Any]:
    """The elements of that name right under the root, each forgotten when the next one is asked for."""
    from lxml import etree  # in the child process only

    # A text without DOCTYPE has no entities; the options see to it that none is read or expanded anyway.
    parser = etree.XMLPullParser(
        events=("end",), recover=True, resolve_entities=False, no_network=True, huge_tree=False
    )
    parser.feed(b"<?xml version='1.0' encoding='utf-8'?>")
    for start in range(0, len(text), _CHUNK_CHARACTERS):
        parser.feed(text[start : start + _CHUNK_CHARACTERS].encode("utf-8", "replace"))
        for _, element in parser.read_events():
            parent = element.getparent()
            if parent is None or parent.getparent() is not None:
                continue
            if _local_name(element) == name:
                yield element
            element.clear()
            while element.getprevious() is not None:
                del parent[0]


def _article(element: Any, base: str) -> _Article | None:
    """What a `url` element says of an article; None when it has no news or no address in it."""
    news, address = _child(element, "news"), web_address(_child_text(element, "loc"), base)
    if news is None or address is None:
        return None
    publication = _child(news, "publication")
    pictures = (_child_text(child, "loc") for child in element if _local_name(child) == "image")
    raw = RawEntry(
        links=(address,),
        title=_child_text(news, "title"),
        published=_child_text(news, "publication_date") or _child_text(element, "lastmod"),
        pictures=tuple(picture for picture in pictures if picture),
        categories=tuple(word.strip() for word in _child_text(news, "keywords").split(",") if word.strip()),
    )
    return _Article(raw, _child_text(publication, "name"), _child_text(publication, "language"))


def _recent(
    articles: Sequence[_Article], time_zone: str, now: datetime
) -> tuple[list[_Article], tuple[str, ...]]:
    """The articles of the last two days, newest first, and what is remarkable about the rest.

    One without a date may be years old, so it is no news.
    """
    dated = [(read_date(article.raw.published, time_zone, now), article) for article in articles]
    undated = sum(at is None for at, _ in dated)
    recent = [(at, article) for at, article in dated if at is not None and at >= now - RECENT]
    recent.sort(key=lambda pair: pair[0], reverse=True)
    notes = (f"addresses without a date left out: {undated}",) if undated else ()
    return [article for _, article in recent[:MAX_URLS]], notes


def _commonest(texts: Iterator[str]) -> str:
    counted = Counter(text for text in texts if text)
    return plain_title(counted.most_common(1)[0][0]) if counted else ""


def _moment(text: str) -> datetime | None:
    """A W3C datetime, the only form the protocol knows; of no interest but for sorting."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _child(element: Any, name: str) -> Any:
    return next((child for child in element if _local_name(child) == name), None)


def _child_text(element: Any, name: str) -> str:
    child = None if element is None else _child(element, name)
    return "" if child is None else " ".join("".join(child.itertext()).split())


def _local_name(element: Any) -> str:
    """An element's name without its namespace; a prefix nobody declared is part of the name."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
