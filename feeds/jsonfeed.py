"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1) → `ParsedFeed`.

Each item is read for itself: one that breaks the rules costs only itself.
"""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from feeds.entries import RawEntry, make_entries, plain_title, web_address
from feeds.errors import NotAFeed
from feeds.types import ParsedFeed

_VERSION: Final = "jsonfeed.org/version/"


def parse_json_feed(
    text: str, *, url: str, time_zone: str, now: datetime, remarks: Sequence[str] = ()
) -> ParsedFeed:
    """Read a JSON Feed. `url` is its final address, `remarks` go before its own warnings.

    Items without an id are left out, as the format asks; numbers are taken for texts (POLLING G3). Raises
    `NotAFeed` for JSON of another kind or JSON that breaks off.
    """
    facts, raw = open_json_feed(text, url=url)
    entries, notes = make_entries(raw, base=facts.site_url or url, time_zone=time_zone, now=now)
    return replace(facts, entries=entries, warnings=(*remarks, *facts.warnings, *notes))


def open_json_feed(text: str, *, url: str) -> tuple[ParsedFeed, Sequence[RawEntry]]:
    """Return what a JSON Feed says of itself, and its items as written; see `parse_json_feed`."""
    feed = _loaded(text, url)
    version = feed.get("version")
    items = feed.get("items")
    if not isinstance(version, str) or _VERSION not in version or not isinstance(items, list):
        raise NotAFeed(url, "JSON, but no JSON Feed")
    site_url = web_address(_text(feed, "home_page_url"), url)
    raw = [entry for entry in map(_raw_entry, items) if entry is not None]
    left_out = (f"items without an id left out: {len(items) - len(raw)}",) if len(raw) < len(items) else ()
    facts = ParsedFeed(
        format="json11" if version.rstrip("/").endswith("1.1") else "json1",
        title=plain_title(_text(feed, "title"), is_plain=True) or urlsplit(site_url or url).hostname or url,
        entries=(),
        site_url=site_url,
        language=_text(feed, "language")[:35] or None,
        warnings=left_out,
    )
    return facts, raw


def _loaded(text: str, url: str) -> Mapping[str, Any]:
    try:
        feed = json.loads(text)
    except RecursionError:
        raise NotAFeed(url, "JSON nested too deep") from None
    except ValueError as error:
        raise NotAFeed(url, f"broken JSON: {error}"[:200]) from None
    if not isinstance(feed, dict):
        raise NotAFeed(url, "JSON, but no JSON Feed")
    return feed


def _raw_entry(item: object) -> RawEntry | None:
    if not isinstance(item, dict) or not _text(item, "id").strip():
        return None
    content, plain = _text(item, "content_html"), _text(item, "content_text")
    return RawEntry(
        guid=_text(item, "id"),
        links=tuple(_links(item)),
        title=_text(item, "title"),
        title_is_plain=True,
        summary_html=html.escape(_text(item, "summary"), quote=False),
        content_html=content or _paragraphs(plain),
        authors=tuple(_authors(item)),
        published=_text(item, "date_published") or _text(item, "date_modified"),
        pictures=tuple(_pictures(item)),
        categories=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
    )


def _links(item: Mapping[str, Any]) -> Iterator[str]:
    yield _text(item, "url")
    yield _text(item, "external_url")
    if _text(item, "id").startswith(("http://", "https://")):
        yield _text(item, "id")


def _authors(item: Mapping[str, Any]) -> Iterator[str]:
    """`authors` since version 1.1, `author` before."""
    for author in (*_list(item, "authors"), item.get("author")):
        if isinstance(author, dict):
            yield _text(author, "name")


def _pictures(item: Mapping[str, Any]) -> Iterator[str]:
    yield _text(item, "image")
    yield _text(item, "banner_image")
    for attachment in _list(item, "attachments"):
        if isinstance(attachment, dict) and _text(attachment, "mime_type").startswith("image/"):
            yield _text(attachment, "url")


def _paragraphs(plain: str) -> str:
    """Plain text as HTML: its line breaks are meant."""
    blocks = (html.escape(block.strip(), quote=False) for block in plain.split("\n\n"))
    return "".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in blocks if block)


def _text(part: Mapping[str, Any], key: str) -> str:
    """A text; a number counts as one, anything else as none."""
    value = part.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def _list(part: Mapping[str, Any], key: str) -> list[Any]:
    value = part.get(key)
    return value if isinstance(value, list) else []
