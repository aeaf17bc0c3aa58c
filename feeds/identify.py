"""Which entries of a document are new, which have been seen, which were edited: pure functions of keys.

An entry has a key of its own (its guid; without one its link; without either its title and date) and aliases
under which it is recognised when a publisher changes its guids, for instance from http to https. It has been
seen if any of its keys is known. An alias that two entries of one document would share is no alias: a
publisher's mistake may repeat an article, it must never swallow one (POLLING I1 to I3).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from feeds.names import link_of, names_of, path_of, title_and_date
from feeds.types import Entry, EntryNames, Unchanged

KEY_BYTES: Final = 16
"""128 bits: with 32 bits and 100,000 feeds an item would be lost every few days (POLLING finding 5)."""

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
    names = names_of(entry)
    return _Document((_Named(0, names, entry),)).keys(feed_id, entry, names)


def candidate_keys(feed_id: int, entries: Sequence[Entry], unchanged: Sequence[Unchanged] = ()) -> set[bytes]:
    """Return every key under which one of the entries might be known; see `sort_entries`."""
    return {key for _, keys in _identities(feed_id, entries, unchanged) for key in keys}


def leading(names: Sequence[EntryNames]) -> set[int]:
    """Return the places of the entries that count; the others repeat one of these under the same name."""
    document = _Document([_Named(at, of_one) for at, of_one in enumerate(names)])
    return {named.position for named in document.leading()}


def content_hash(entry: Entry) -> bytes:
    """Return 16 bytes that change with title, summary or text, not with markup, spacing or counters."""
    texts = (entry.title, entry.summary_html, entry.content_html)
    plain = ("".join(_COUNTER.sub("", _TAG.sub(" ", text)).split()) for text in texts)
    return hashlib.blake2b("\0".join(plain).encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


def sort_entries(
    feed_id: int,
    entries: Sequence[Entry],
    known: Mapping[bytes, bytes | None],
    unchanged: Sequence[Unchanged] = (),
) -> Sorted:
    """Tell new entries from those seen before and those edited since.

    `known` maps the keys of this feed that are stored to the content hash of their entry, or to None where
    there is none. New ones come oldest first: by date, or from the end of the document where a date
    is missing (POLLING I9, I10). The `unchanged` entries of the document are neither new nor changed; which
    names are shared depends on them too.
    """
    new, changed, seen = [], [], []
    for entry, keys in _identities(feed_id, entries, unchanged):
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


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry of a document with its names; of one that was read at an earlier poll only these are known."""

    position: int
    names: EntryNames
    entry: Entry | None = None


def _identities(
    feed_id: int, entries: Sequence[Entry], unchanged: Sequence[Unchanged]
) -> list[tuple[Entry, tuple[bytes, ...]]]:
    """Each entry of a document once, with its keys; without the unchanged ones."""
    document = _Document(_in_order(entries, unchanged))
    return [
        (named.entry, document.keys(feed_id, named.entry, named.names))
        for named in document.leading()
        if named.entry is not None
    ]


def _in_order(entries: Sequence[Entry], unchanged: Sequence[Unchanged]) -> list[_Named]:
    """The whole document: unchanged entries at their places, the others around them."""
    kept = {one.position: _Named(one.position, one.names) for one in unchanged}
    others = iter(entries)
    return [
        kept[at] if at in kept else _Named(at, names_of(entry := next(others)), entry)
        for at in range(len(entries) + len(kept))
    ]


def _without_repeats(entries: Sequence[_Named]) -> list[_Named]:
    """Leave out entries listed again under the same guid and link; the first is the latest version."""
    titles: dict[tuple[bytes, bytes], set[bytes]] = {}
    for named in entries:
        titles.setdefault((named.names.guid, named.names.url), set()).add(named.names.title)
    kept, met = [], set()
    for named in entries:
        identity = (named.names.guid, named.names.url)
        if named.names.guid and len(titles[identity]) < MEANINGLESS_GUID_TITLES:
            if identity in met:
                continue
            met.add(identity)
        kept.append(named)
    return kept


class _Document:
    """What may serve as a key in a document: what occurs in it once."""

    def __init__(self, entries: Sequence[_Named]) -> None:
        self.entries = _without_repeats(entries)
        names = [named.names for named in self.entries]
        self._guids = Counter(name.guid for name in names)
        self._pairs = Counter((name.guid, name.url) for name in names)
        self._links = Counter(name.link for name in names)
        self._paths = Counter(name.path for name in names)
        # In a collection of several sites, the same path means different pages.
        self._one_site = len({name.site for name in names if name.path}) == 1

    def leading(self) -> Iterable[_Named]:
        """The first entry under each name."""
        first: dict[tuple[str, bytes], _Named] = {}
        for named in self.entries:
            first.setdefault(self.own(named.names), named)
        return first.values()

    def keys(self, feed_id: int, entry: Entry, names: EntryNames) -> tuple[bytes, ...]:
        lone_path = self._guids[names.guid] == self._paths[names.path] == 1 and self._one_site
        aliases = [
            ("path", path_of(entry.guid) if lone_path else None),
            ("link", link_of(entry.url) if self._links[names.link] == 1 else None),
        ]
        kind, _ = self.own(names)
        written = [(kind, _OWN_NAMES[kind](entry)), *aliases]
        return tuple(dict.fromkeys(_key(feed_id, kind, name) for kind, name in written if name))

    def own(self, names: EntryNames) -> tuple[str, bytes]:
        """The guid if it is this entry's alone: of several none keeps it, their order may change."""
        if names.guid and self._guids[names.guid] == 1:
            return "guid", names.guid
        if names.guid and self._pairs[names.guid, names.url] == 1:
            return "guid|url", names.guid + names.url
        if names.link and not names.guid and self._links[names.link] == 1:
            return "link", names.link
        return "title|date", names.title_and_date


_OWN_NAMES: Final[Mapping[str, Callable[[Entry], str | None]]] = MappingProxyType(
    {
        "guid": lambda entry: entry.guid,
        "guid|url": lambda entry: f"{entry.guid}\0{entry.url or ''}",
        "link": lambda entry: link_of(entry.url),
        "title|date": title_and_date,
    }
)
"""What an entry's own key is made of, by its kind."""


def _key(feed_id: int, kind: str, name: str) -> bytes:
    return hashlib.blake2b(
        f"{feed_id}\0{kind}\0{name}".encode("utf-8", "replace"), digest_size=KEY_BYTES
    ).digest()
