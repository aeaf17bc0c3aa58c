"""What all feed formats share: the fields of an entry, cleaned and capped (POLLING G5 to G13, E8, E9)."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from feeds.dates import guess_day_first, read_date
from feeds.encoding import remove_controls
from feeds.errors import BadAddress
from feeds.html import MAX_CHARACTERS as CONTENT_MAX_CHARACTERS
from feeds.html import first_image, is_picture_address, to_text
from feeds.text import clip, nfc, one_line
from feeds.types import Entry
from feeds.urls import checked_url

MAX_ENTRIES: Final = 300
"""Entries kept of one document; no newspaper's feed is longer (POLLING E8)."""
TITLE_MAX_CHARACTERS: Final = 1_000
AUTHOR_MAX_CHARACTERS: Final = 512
GUID_MAX_CHARACTERS: Final = 4_096
"""As long as an address may be: most guids are addresses."""
CATEGORY_MAX_CHARACTERS: Final = 100
MAX_CATEGORIES: Final = 20
MADE_TITLE_CHARACTERS: Final = 120
"""An entry without a title is shown by the beginning of its text."""

_TITLE_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|nobr|ol|p|pre|"
    r"q|s|small|span|strike|strong|sub|sup|tt|u|ul|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""Only what is surely markup: `a < b and c > d` keeps its signs."""


_NO_TEXT: Final = frozenset(("", "no description"))
"""What publishing systems write where nothing is (seen at VnExpress, 2017)."""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One item as its format gives it, all fields still as written."""

    guid: str = ""
    links: tuple[str, ...] = ()
    """Possible addresses of the article, the best first; may be relative."""
    base: str = ""
    """What relative addresses of pictures refer to (`xml:base`); the links have been resolved against it."""
    title: str = ""
    title_is_plain: bool = False
    """The format says that the title holds no markup."""
    summary_html: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    pictures: tuple[str, ...] = ()
    """Addresses of pictures given beside the text, the best first."""
    categories: tuple[str, ...] = ()


def make_entries(
    raw: Sequence[RawEntry], *, base: str, time_zone: str, now: datetime
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return the entries of a document in its order, and remarks for the log.

    `base` is the absolute address relative ones refer to. Of more than 300 items the newest are kept; items
    with nothing to show are no articles and left out (POLLING G9).
    """
    ends = (raw[0].published, raw[-1].published) if raw else ("", "")
    chosen = [raw[index] for index in kept_of(len(raw), *ends, time_zone, now)]
    day_first = guess_day_first((item.published for item in chosen), time_zone, now)
    made = [make_entry(item, base=base, time_zone=time_zone, now=now, day_first=day_first) for item in chosen]
    return tuple(filter(None, made)), (*remark_on_cap(len(raw)), *remarks_on(made, day_first))


def make_entry(item: RawEntry, *, base: str, time_zone: str, now: datetime, day_first: bool) -> Entry | None:
    """Return one entry, or None when there is nothing to show; see `make_entries`."""
    entry = _entry(item, base, time_zone, now, day_first)
    return None if _is_ghost(entry) else entry


def kept_of(count: int, first: str, last: str, time_zone: str, now: datetime) -> range:
    """Return which of a document's items are read: 300, from the end if it begins with its oldest one.

    `first` and `last` are the dates of its first and last item, as written.
    """
    if count <= MAX_ENTRIES:
        return range(count)
    begin, end = read_date(first, time_zone, now), read_date(last, time_zone, now)
    oldest_first = begin is not None and end is not None and begin < end
    return range(count - MAX_ENTRIES, count) if oldest_first else range(MAX_ENTRIES)


def remark_on_cap(count: int) -> tuple[str, ...]:
    """Return what to log of a document of so many items."""
    return (f"{MAX_ENTRIES} of {count} items read",) if count > MAX_ENTRIES else ()


def remarks_on(made: Sequence[Entry | None], day_first: bool) -> Iterable[str]:
    """Return what to log of the entries made; None stands for one with nothing to show."""
    if ghosts := made.count(None):
        yield f"empty items left out: {ghosts}"
    if undated := sum(entry is not None and entry.published_at is None for entry in made):
        yield f"entries without a date that can be true: {undated}"
    if not day_first:
        yield "dates read with the month before the day"


def plain_title(text: str, *, is_plain: bool = False) -> str:
    """Return a title as one line of at most 1,000 characters: no tags, entities decoded twice, NFC."""
    untagged = text if is_plain else _TITLE_TAG.sub(" " if "<br" in text else "", text)
    return _line(html.unescape(html.unescape(untagged)), TITLE_MAX_CHARACTERS)


def web_address(text: str, base: str) -> str | None:
    """Return the absolute http(s) address a reference means, or None; `javascript:` is none (POLLING G13)."""
    written = "".join(text.split()) if "\n" in text or "\t" in text else text.strip()
    if not written.strip("/#") and written != "/":
        return None  # says no more than "this page"
    try:
        return checked_url(html.unescape(written) if "&amp;" in written else written, base)
    except BadAddress:
        return None


def clean_guid(text: str) -> str | None:
    """Return a guid without surrounding white space; `&#038;` and `&amp;` are the same sign (POLLING G10)."""
    return (
        one_line(remove_controls(html.unescape(text[: 2 * GUID_MAX_CHARACTERS])))[:GUID_MAX_CHARACTERS]
        or None
    )


def _entry(item: RawEntry, feed_base: str, time_zone: str, now: datetime, day_first: bool) -> Entry:
    url = next((url for url in (web_address(link, feed_base) for link in item.links) if url), None)
    summary = _markup(item.summary_html)
    content = _markup(item.content_html)
    return Entry(
        guid=clean_guid(item.guid),
        url=url,
        title=plain_title(item.title, is_plain=item.title_is_plain) or _made_title(summary or content, url),
        summary_html=summary,
        content_html=content,
        author=_line(", ".join(_distinct(item.authors)), AUTHOR_MAX_CHARACTERS) or None,
        published_at=read_date(item.published, time_zone, now, day_first=day_first),
        published_raw=_line(item.published, 100) or None,
        image_url=_image(item, feed_base, url),
        categories=tuple(_distinct(item.categories))[:MAX_CATEGORIES],
    )


def _is_ghost(entry: Entry) -> bool:
    """Whether there is nothing to show; the title is already made of the text or the address, if any."""
    return entry.title.lower() in _NO_TEXT and entry.url is None


def _image(item: RawEntry, feed_base: str, url: str | None) -> str | None:
    base = web_address(item.base, feed_base)
    page = base or url or feed_base
    for picture in item.pictures:
        address = web_address(picture, base or feed_base)
        if address and is_picture_address(address):
            return address
    return first_image(item.content_html, page) or first_image(item.summary_html, page)


def _made_title(markup: str, url: str | None) -> str:
    return clip(to_text(markup), MADE_TITLE_CHARACTERS) or url or ""


def _markup(markup: str) -> str:
    """Markup in NFC and within its cap, never ending inside a tag."""
    text = nfc(remove_controls(markup)).strip()
    if len(text) > CONTENT_MAX_CHARACTERS:
        text = text[:CONTENT_MAX_CHARACTERS]
        opened = text.rfind("<")
        text = text[:opened] if opened > text.rfind(">") else text
    return text


def _line(text: str, limit: int) -> str:
    return one_line(remove_controls(text[: 4 * limit]))[:limit].rstrip()


def _distinct(names: Iterable[str]) -> list[str]:
    lines = (_line(html.unescape(name), CATEGORY_MAX_CHARACTERS) for name in names)
    return list(dict.fromkeys(line for line in lines if line))
