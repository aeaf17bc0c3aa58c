"""What an entry could be recognised by: guid, address, path, title and date.

Which of these become keys depends on how the other entries of the document are called (`feeds.identify`). Of
entries that were read at an earlier poll only short hashes of their names are kept: enough to see which are
shared.
"""

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from feeds.types import Entry, EntryNames
from feeds.urls import canonical_url

NAME_BYTES: Final = 5
"""Compared within one document of at most 300 entries: two names meet by chance in one of 20 million, and all
that follows is that an entry goes by its second name for a while."""

MIN_ALIAS_PATH_CHARACTERS: Final = 8
"""Shorter paths (`/`, `/rss`, `/?p=1`) are shared by unrelated pages."""

_WRITTEN_DATE: Final = re.compile(r"\d{4}|\d[/.-]\d")
"""A date that stays the same; `3 giờ trước` does not."""


def names_of(entry: Entry) -> EntryNames:
    """Return the short hashes of an entry's names."""
    path = path_of(entry.guid)
    return EntryNames(
        guid=_short(entry.guid),
        url=_short(entry.url),
        title=_short(entry.title),
        link=_short(link_of(entry.url)),
        path=_short(path),
        site=_short(site_of(entry.guid)) if path else b"",
        title_and_date=_short(title_and_date(entry)),
    )


def title_and_date(entry: Entry) -> str:
    """Return what names an entry without guid and link."""
    written = entry.published_raw or ""
    return f"{entry.title}\0{written if _WRITTEN_DATE.search(written) else ''}"


def link_of(url: str | None) -> str | None:
    """Return a link without its scheme and what does not matter in it; a site's front page is no article."""
    if url is None:
        return None
    link = canonical_url(url).partition("://")[2]
    return link if link.partition("/")[2] else None


def path_of(guid: str | None) -> str | None:
    """Return what follows the host in a guid that is an address: it stays when scheme or host change."""
    if not guid or not guid.startswith(("http://", "https://")):
        return None
    path = guid.partition("://")[2].partition("/")[2]
    return path if len(path.partition("?")[0]) + 1 >= MIN_ALIAS_PATH_CHARACTERS else None


def site_of(address: str | None) -> str:
    """Return the last two labels of a host: near enough to tell whether one publisher made the addresses."""
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return ""
    return ".".join(host.split(".")[-2:])


def _short(name: str | None) -> bytes:
    if not name:
        return b""
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=NAME_BYTES).digest()
