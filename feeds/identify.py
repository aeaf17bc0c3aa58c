"""Which entries of a document are new, which have been seen, which were edited: pure functions of keys.

An entry has a key of its own (its guid; without one its link; without either its title and date) and aliases
under which it is recognised when a publisher changes its guids, for instance from http to https. It has been
seen if any of its keys is known. An alias that two entries of one document would share is no alias: a
publisher's mistake may repeat an article, it must never swallow one (POLLING I1 to I3).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from urllib.parse import urlsplit

from feeds.types import Entry
from feeds.urls import canonical_url

KEY_BYTES: Final = 16
"""128 bits: with 32 bits and 100,000 feeds an item would be lost every few days (POLLING finding 5)."""

MIN_ALIAS_PATH_CHARACTERS: Final = 8
"""Shorter paths (`/`, `/rss`, `/?p=1`) are shared by unrelated pages."""

MEANINGLESS_GUID_TITLES: Final = 3
"""So many titles under one guid and one link: both are constants of the feed. Fewer are versions of one
entry, which Atom allows (RFC 4287 §4.1.1)."""

_TAG: Final = re.compile(r"<[^<>]*>")
_NUMBER: Final = r"(?<![\d.,])\d[\d.,]{0,12}"
_COUNTED: Final = (
    r"(?:[Ll]ượt\s(?:xem|đọc)|[Bb]ình\sluận|[Pp]hản\shồi|[Vv]iews?|[Cc]omments?|[Ll]ikes?|[Ss]hares?)"
)
_COUNTER: Final = re.compile(rf"{_COUNTED}\s{{0,3}}:?\s{{0,3}}{_NUMBER}|{_NUMBER}\s{{0,3}}{_COUNTED}")
"""`Lượt xem: 4234`: changes at every poll and is no edit (POLLING I12)."""

_WRITTEN_DATE: Final = re.compile(r"\d{4}|\d[/.-]\d")
"""A date that stays the same; `3 giờ trước` does not."""


@dataclass(frozen=True, slots=True)
class Identified:
    """An entry with what it is recognised by."""

    entry: Entry
    keys: tuple[bytes, ...]
    """16 bytes each; the first is the entry's own, the others are aliases."""
    content_hash: bytes
    known_key: bytes | None = None
    """The key under which it was met before, if it was."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """A document's entries compared with what is known of its feed."""

    new: tuple[Identified, ...]
    """Oldest first."""
    seen: tuple[bytes, ...]
    """The known keys of entries that are still in the document."""
    changed: tuple[Identified, ...]
    """Entries met before whose text is another now."""


def entry_keys(feed_id: int, entry: Entry) -> tuple[bytes, ...]:
    """Return the 16-byte keys of an entry alone in its document: its own, then its aliases."""
    document = _Document((entry,))
    return document.keys(feed_id, document.entries[0])


def candidate_keys(feed_id: int, entries: Sequence[Entry]) -> set[bytes]:
    """Return every key under which an entry of the document might be known."""
    return {key for _, keys in _identities(feed_id, entries) for key in keys}


def content_hash(entry: Entry) -> bytes:
    """Return 16 bytes that change with title, summary or text, not with markup, spacing or counters."""
    texts = (entry.title, entry.summary_html, entry.content_html)
    plain = ("".join(_COUNTER.sub("", _TAG.sub(" ", text)).split()) for text in texts)
    return hashlib.blake2b("\0".join(plain).encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


def sort_entries(feed_id: int, entries: Sequence[Entry], known: Mapping[bytes, bytes | None]) -> Sorted:
    """Tell new entries from those seen before and those edited since.

    `known` maps the keys of this feed that are stored to the content hash of their entry, or to None where
    there is none. New ones come oldest first: by date, or from the end of the document where a date
    is missing (POLLING I9, I10).
    """
    new, changed, seen = [], [], []
    for entry, keys in _identities(feed_id, entries):
        met = [key for key in keys if key in known]
        identified = Identified(entry, keys, content_hash(entry), met[0] if met else None)
        if not met:
            new.append(identified)
            continue
        seen += met
        hashes = {known[key] for key in met} - {None}
        if hashes and identified.content_hash not in hashes:
            changed.append(identified)
    return Sorted(tuple(_oldest_first(new)), tuple(seen), tuple(changed))


def _oldest_first(new: Sequence[Identified]) -> list[Identified]:
    upwards = list(reversed(new))
    if any(one.entry.published_at is None for one in new):
        return upwards
    return sorted(upwards, key=lambda one: one.entry.published_at or datetime.min.replace(tzinfo=UTC))


def _identities(feed_id: int, entries: Sequence[Entry]) -> list[tuple[Entry, tuple[bytes, ...]]]:
    """Each entry of a document once, with its keys."""
    document = _Document(_without_repeats(entries))
    by_own_key: dict[bytes, tuple[Entry, tuple[bytes, ...]]] = {}
    for named in document.entries:
        keys = document.keys(feed_id, named)
        by_own_key.setdefault(keys[0], (named.entry, keys))
    return list(by_own_key.values())


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out entries listed again under the same guid and link; the first is the latest version."""
    titles: dict[tuple[str, str | None], set[str]] = {}
    for entry in entries:
        if entry.guid:
            titles.setdefault((entry.guid, entry.url), set()).add(entry.title)
    kept, met = [], set()
    for entry in entries:
        identity = (entry.guid, entry.url)
        if entry.guid and len(titles[entry.guid, entry.url]) < MEANINGLESS_GUID_TITLES:
            if identity in met:
                continue
            met.add(identity)
        kept.append(entry)
    return kept


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry with the names it could go by."""

    entry: Entry
    link: str | None
    path: str | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(entry, _link_of(entry.url), _path_of(entry.guid))


class _Document:
    """What may serve as a key in a document: what occurs in it once."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = [_Named.of(entry) for entry in entries]
        self._guids = Counter(entry.guid for entry in entries)
        self._pairs = Counter((entry.guid, entry.url) for entry in entries)
        self._links = Counter(named.link for named in self.entries)
        self._paths = Counter(named.path for named in self.entries)
        # In a collection of several sites, the same path means different pages.
        self._one_site = len({_site_of(named.entry.guid) for named in self.entries if named.path}) == 1

    def keys(self, feed_id: int, named: _Named) -> tuple[bytes, ...]:
        link = named.link if self._links[named.link] == 1 else None
        lone_guid = self._guids[named.entry.guid] == 1
        path = named.path if lone_guid and self._one_site and self._paths[named.path] == 1 else None
        names = [self._own(named.entry, link), ("path", path), ("link", link)]
        return tuple(dict.fromkeys(_key(feed_id, kind, name) for kind, name in names if name))

    def _own(self, entry: Entry, link: str | None) -> tuple[str, str]:
        """The guid if it is this entry's alone: of several none keeps it, their order may change."""
        if entry.guid and self._guids[entry.guid] == 1:
            return "guid", entry.guid
        if entry.guid and self._pairs[entry.guid, entry.url] == 1:
            return "guid|url", f"{entry.guid}\0{entry.url or ''}"
        if link and not entry.guid:
            return "link", link
        written = entry.published_raw or ""
        return "title|date", f"{entry.title}\0{written if _WRITTEN_DATE.search(written) else ''}"


def _link_of(url: str | None) -> str | None:
    """The link without its scheme and what does not matter in it; a site's front page is no article."""
    if url is None:
        return None
    link = canonical_url(url).partition("://")[2]
    return link if link.partition("/")[2] else None


def _path_of(guid: str | None) -> str | None:
    """What follows the host in a guid that is an address: it stays when scheme or host change."""
    if not guid or not guid.startswith(("http://", "https://")):
        return None
    path = guid.partition("://")[2].partition("/")[2]
    return path if len(path.partition("?")[0]) + 1 >= MIN_ALIAS_PATH_CHARACTERS else None


def _site_of(address: str | None) -> str:
    """The last two labels of the host, near enough to tell whether one publisher made the addresses."""
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return ""
    return ".".join(host.split(".")[-2:])


def _key(feed_id: int, kind: str, name: str) -> bytes:
    return hashlib.blake2b(
        f"{feed_id}\0{kind}\0{name}".encode("utf-8", "replace"), digest_size=KEY_BYTES
    ).digest()
