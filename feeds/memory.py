"""What is remembered of a feed's last document, so that entries already read are not parsed again.

A few kilobytes for each feed: 47 bytes an entry, 2.4 kB for 50 entries, 14 kB for 300. Losing it costs one
full parse and nothing else, so whatever is not exactly what was stored counts as lost.
"""

import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from feeds.names import NAME_BYTES
from feeds.types import EntryNames

FINGERPRINT_BYTES: Final = 12
"""96 bits: among 300 entries, 100,000 feeds and a thousand years no two meet by chance."""

MAX_BYTES: Final = 16 * 1024
"""Of one feed in the store; entries beyond are parsed at every poll."""

_VERSION: Final = b"\x01"
_CHECKSUM_BYTES: Final = 8
_DATES_MAX_BYTES: Final = 64 * 1024
_HEADER: Final = struct.Struct(f">{FINGERPRINT_BYTES}sIH")
"""Surroundings, seconds since 1970, number of entries."""
_RECORD: Final = struct.Struct(f">{FINGERPRINT_BYTES}s" + f"{NAME_BYTES}s" * len(EntryNames._fields))
_NO_NAME: Final = bytes(NAME_BYTES)
_NO_NAMES: Final = (_NO_NAME,) * len(EntryNames._fields)


@dataclass(frozen=True, slots=True)
class Remembered:
    """One entry that was read."""

    names: EntryNames | None
    """None when there was nothing to show in it."""
    open_date: str = ""
    """Its date, if either number of it may be the day: the order is found from all dates of a document."""


@dataclass(frozen=True, slots=True)
class FeedMemory:
    """What is remembered of one feed."""

    surroundings: bytes
    """12 bytes; everything outside of an entry's own text that its meaning depends on."""
    complete_at: datetime
    """When all of the feed was last parsed."""
    entries: Mapping[bytes, Remembered]
    """By fingerprint, in document order."""

    def fits(self, surroundings: bytes, now: datetime, good_for: timedelta) -> bool:
        """Whether the entries would be read the same today, and the last complete reading is not too old."""
        return self.surroundings == surroundings and timedelta() <= now - self.complete_at < good_for

    def encode(self) -> bytes:
        """Return at most 16 KiB to store; of more entries than fit, the first ones."""
        kept = list(self.entries.items())
        while len(encoded := self._encoded(kept)) > MAX_BYTES:
            kept = kept[: len(kept) * 7 // 8]
        return encoded

    def _encoded(self, kept: list[tuple[bytes, Remembered]]) -> bytes:
        header = _HEADER.pack(self.surroundings, int(self.complete_at.timestamp()), len(kept))
        records = b"".join(_RECORD.pack(mark, *(one.names or _NO_NAMES)) for mark, one in kept)
        dates = zlib.compress("\n".join(one.open_date for _, one in kept).encode("utf-8", "replace"))
        rest = header + records + dates
        return _VERSION + _checksum(rest) + rest

    @classmethod
    def decode(cls, stored: bytes | None) -> Self | None:
        """Return what was stored, or None when it is damaged, of another version, or nothing at all."""
        start = len(_VERSION) + _CHECKSUM_BYTES
        if not stored or len(stored) > MAX_BYTES:
            return None
        if stored[: len(_VERSION)] != _VERSION or stored[len(_VERSION) : start] != _checksum(stored[start:]):
            return None
        try:
            return cls._decoded(stored[start:])
        except (struct.error, zlib.error, ValueError, OverflowError, OSError):
            return None

    @classmethod
    def _decoded(cls, rest: bytes) -> Self:
        surroundings, seconds, count = _HEADER.unpack_from(rest)
        end = _HEADER.size + count * _RECORD.size
        text = zlib.decompressobj().decompress(rest[end:], _DATES_MAX_BYTES).decode()
        dates = text.split("\n") if count else []
        records = _RECORD.iter_unpack(rest[_HEADER.size : end])
        entries = {
            mark: Remembered(_names(names), date) for (mark, *names), date in zip(records, dates, strict=True)
        }
        return cls(surroundings, datetime.fromtimestamp(seconds, UTC), entries)


def fingerprint(*texts: str) -> bytes:
    """Return 12 bytes that differ when one of the texts does."""
    digest = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    for text in texts:
        written = text.encode("utf-8", "replace")
        digest.update(len(written).to_bytes(8, "big"))
        digest.update(written)
    return digest.digest()


def _names(packed: Sequence[bytes]) -> EntryNames | None:
    # struct fills an empty name up with zeros; of real hashes one in a trillion consists of them.
    names = EntryNames._make(b"" if name == _NO_NAME else name for name in packed)
    return names if any(names) else None


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_CHECKSUM_BYTES).digest()
