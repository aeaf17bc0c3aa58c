"""A feed's bytes → `ParsedFeed`, whatever the format.

    bytes ─▶ text (encoding) ─┬─ `{` ─▶ jsonfeed ───────────┬─▶ entries (clean, cap) ─▶ ParsedFeed
                              ├─ `<` ─▶ repair ─▶ feedparser ┤
                              └─ `<urlset` ─▶ sitemap ───────┘

This runs in a child process with limits on time and memory: the input is hostile, and feedparser is imported
there only. Nothing is fetched and no file is read, whatever a document asks for.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.asking import asks_of
from feeds.encoding import decode_body
from feeds.entries import make_entries, plain_title, web_address
from feeds.errors import EmptyBody, NotAFeed
from feeds.fields import field, raw_entry
from feeds.jsonfeed import parse_json_feed
from feeds.repair import prepare_xml
from feeds.sitemap import is_packed, is_sitemap, parse_sitemap
from feeds.types import ParsedFeed

WEB_PAGE: Final = "a web page"
"""What `NotAFeed` says of one: it may lead to a feed (see `feeds.discover`)."""

_KINDS: Final = (
    (b"\x89PNG", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"RIFF", "an image"),
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a ZIP file"),
)
"""First bytes of what is served in place of feeds."""

_NAMED_ROOT: Final = re.compile(r"<([a-z_][\w:.-]{0,40})")


def parse_document(
    body: bytes, *, url: str, content_type: str | None, time_zone: str, now: datetime
) -> ParsedFeed:
    """Read a feed document: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1 and 1.1, news sitemaps.

    `url` is the document's final address, `content_type` the server's header, `time_zone` the IANA name dates
    without a zone are read in, `now` an aware datetime. What can be repaired is repaired and remarked upon in
    `warnings`. Raises `EmptyBody` for nothing at all and `NotAFeed`, with what it is, for everything else.
    """
    opened = open_document(body, url=url, content_type=content_type)
    if opened is None:
        return parse_sitemap(body, url=url, content_type=content_type, time_zone=time_zone, now=now)
    text, remarks = opened
    return parse_text(text, url=url, time_zone=time_zone, now=now, remarks=remarks)


def open_document(body: bytes, *, url: str, content_type: str | None) -> tuple[str, tuple[str, ...]] | None:
    """Return a feed's text and a remark on its encoding, if any; None for a sitemap, which is read apart.

    Raises `EmptyBody`, and `NotAFeed` for what is no text.
    """
    if not body.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise EmptyBody(url)
    if is_packed(body):
        return None
    kind = next((kind for start, kind in _KINDS if body.startswith(start)), None)
    if kind is not None:
        raise NotAFeed(url, kind)
    text, remark = decode_body(body, content_type)
    if not is_json(text) and is_sitemap(text):
        return None
    return text, (() if remark is None else (remark,))


def is_json(text: str) -> bool:
    """Whether a document is written in JSON, as far as its first sign tells."""
    return text.lstrip().startswith(("{", "["))


def parse_text(
    text: str, *, url: str, time_zone: str, now: datetime, remarks: Sequence[str] = ()
) -> ParsedFeed:
    """Read a document whose bytes are decoded; `remarks` go before its warnings. See `parse_document`."""
    if is_json(text):
        return parse_json_feed(text, url=url, time_zone=time_zone, now=now, remarks=remarks)
    return _parse_xml(text, url, time_zone, now, remarks)


def _parse_xml(text: str, url: str, time_zone: str, now: datetime, remarks: Sequence[str]) -> ParsedFeed:
    prepared = prepare_xml(text)
    if prepared is None:
        raise NotAFeed(url, _description(text))
    document = parse_xml(prepared.text, url)
    if not (document["version"] or document["entries"]):
        raise NotAFeed(url, _description(text))
    facts = feed_facts(document, url)
    raw = [raw_entry(item, document["version"]) for item in document["entries"]]
    entries, notes = make_entries(raw, base=facts.site_url or url, time_zone=time_zone, now=now)
    broken = (f"XML repaired: {_reason(document)}",) if document["bozo"] else ()
    return replace(
        facts,
        entries=entries,
        truncated=prepared.truncated,
        warnings=(*remarks, *broken, *(("the document breaks off",) if prepared.truncated else ()), *notes),
    )


def feed_facts(document: dict[str, Any], url: str) -> ParsedFeed:
    """Return what one of feedparser's documents says of the feed, without its entries."""
    feed = document["feed"]
    site_url = web_address(field(feed, "link"), url)
    return ParsedFeed(
        format=document["version"] or "xml",
        title=plain_title(field(feed, "title")) or urlsplit(site_url or url).hostname or url,
        entries=(),
        site_url=site_url,
        language=field(feed, "language").strip()[:35] or None,
        asks=asks_of(feed),
    )


def parse_xml(text: str, url: str) -> dict[str, Any]:
    """Return feedparser's reading of repaired XML; `url` is only named in errors. Raises `NotAFeed`."""
    import feedparser  # in the child process only: 20 MB

    # A driver nobody has installed: at every call the whole import path was searched for it (0.3 ms).
    feedparser.api.PREFERRED_XML_PARSERS.clear()
    # A stream, not bytes: feedparser would try bytes as the name of a file first, and text as an address.
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        result: dict[str, Any] = feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as error:  # it lets many kinds through on hostile input
        raise NotAFeed(url, f"unreadable: {type(error).__name__}") from error
    return result


def _reason(document: dict[str, Any]) -> str:
    return " ".join(str(document.get("bozo_exception", "")).split())[:200]


def _description(text: str) -> str:
    """What a document without a feed is, for the person who entered its address."""
    lowered = text[:20_000].lower()
    root = _NAMED_ROOT.search(lowered)
    if "<html" in lowered or "<!doctype html" in lowered or (root and root[1] in ("head", "body")):
        return WEB_PAGE
    return f"an XML document that is no feed ({root[1]})" if root else "no feed in any known format"
