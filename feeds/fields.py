"""feedparser's dictionaries → `RawEntry`: which of its many fields hold what, and which to believe.

Fields are read with `dict.get`, not through feedparser's own `get`, which falls back from one date to another
and warns about it.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, Final

from feeds.entries import RawEntry

Part = dict[str, Any]
"""One of feedparser's dictionaries: an item, a link, a picture, an author."""

_MARKUP: Final = re.compile(r"</[a-z][a-z0-9]*>|<(?:br|img|hr|p)\b[^<>]*>|&[a-z]{2,8};|&#\d", re.IGNORECASE)
"""Atom says `text` where `html` is meant often enough."""

_PICTURE_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def raw_entry(item: Part, version: str) -> RawEntry:
    """Return one of feedparser's entries; `version` is its name for the document's format."""
    title: Part = dict.get(item, "title_detail") or {}
    summary, content = _texts(item)
    return RawEntry(
        guid=field(item, "id"),
        links=tuple(_links(item)),
        base=str(title.get("base") or ""),
        title=field(item, "title"),
        title_is_plain=version.startswith("atom") and title.get("type") == "text/plain",
        summary_html=summary,
        content_html=content,
        authors=tuple(_authors(item)),
        published=next(
            (field(item, key) for key in ("published", "updated", "created") if field(item, key)), ""
        ),
        pictures=tuple(_pictures(item)),
        categories=tuple(_categories(item)),
    )


def _texts(item: Part) -> tuple[str, str]:
    """Summary and content as HTML; content shorter than the summary is often a photo's caption."""
    summary = _as_html(field(item, "summary"), dict.get(item, "summary_detail"))
    contents = [_as_html(field(part, "value"), part) for part in dict.get(item, "content") or ()]
    content = max(contents, key=len, default="")
    if summary == content:
        return "", content
    return (summary, content) if len(content) > len(summary) else (summary, "")


def _as_html(text: str, detail: Part | None) -> str:
    is_plain = detail is not None and detail.get("type") == "text/plain" and not _MARKUP.search(text)
    return html.escape(text, quote=False) if is_plain else text


def _links(item: Part) -> Iterator[str]:
    """The article's address, the best first; a guid may serve, and at last an enclosure."""
    links = [link for link in dict.get(item, "links") or () if link.get("href")]
    yield field(item, "feedburner_origlink")
    if not (dict.get(item, "guidislink") and not _looks_like_address(field(item, "link"))):
        yield field(item, "link")
    for rel in ("alternate", "enclosure"):
        yield from (link["href"] for link in links if link.get("rel") == rel and not _is_image(link))
        if rel == "alternate" and field(item, "id").strip().startswith(("http://", "https://")):
            yield field(item, "id")


def _looks_like_address(text: str) -> bool:
    return "/" in text


def _authors(item: Part) -> list[str]:
    """Names only: an e-mail address is no byline."""
    authors = dict.get(item, "authors") or ()
    # A lone author is taken as written: feedparser cuts names behind addresses in newer domains.
    written = [field(author, "name") for author in authors] if len(authors) > 1 else [field(item, "author")]
    return [_without_address(author) for author in written]


def _without_address(author: str) -> str:
    name = " ".join(word for word in author.split() if "@" not in word)
    return name[1:-1] if name.startswith("(") and name.endswith(")") else name


def _pictures(item: Part) -> Iterator[str]:
    """Pictures given beside the text, the widest media:content first (POLLING G11)."""
    media = [part for part in dict.get(item, "media_content") or () if _is_image(part)]
    for part in sorted(media, key=_width, reverse=True):
        yield field(part, "url")
    for part in sorted(dict.get(item, "media_thumbnail") or (), key=_width, reverse=True):
        yield field(part, "url")
    for link in dict.get(item, "links") or ():
        if link.get("rel") == "enclosure" and _is_image(link):
            yield field(link, "href")
    image = dict.get(item, "image")
    if isinstance(image, dict):
        yield field(image, "href")


def _is_image(part: Part) -> bool:
    declared = f"{part.get('medium') or ''} {part.get('type') or ''}".strip()
    if declared and not declared.startswith("application/octet-stream"):
        return "image" in declared
    address = str(part.get("url") or part.get("href") or "")
    return address.partition("?")[0].lower().endswith(_PICTURE_ENDINGS)


def _width(part: Part) -> int:
    width = str(part.get("width") or "")
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 else 0


def _categories(item: Part) -> Iterator[str]:
    for tag in dict.get(item, "tags") or ():
        name = tag.get("label") or tag.get("term") or ""
        if not name.startswith(("http://", "https://")):
            yield name


def field(part: Part, key: str) -> str:
    """Return a text of one of feedparser's dictionaries, empty when it has none of that name."""
    value = dict.get(part, key)
    return value if isinstance(value, str) else ""
