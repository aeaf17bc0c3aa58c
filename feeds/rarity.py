"""How rare a term is: in how many articles it was, of all that were ever seen.

Terms (words and pairs of words) are hashed into counters, since pairs are without number. Counting begins
with what 17,745 Vietnamese articles and 1,186 English ones taught (`data/rarity.bin`, made by
`benchmarks/rarity.py`): where only the news of one day is known every word looks equally rare, and
unlike articles look alike.
"""

import math
import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from itertools import pairwise
from zlib import crc32

from feeds.text import tokens

BUCKETS = 1 << 20
"""4 MB of counters."""
MAX_LEARNT = 200_000
"""Articles after which all counts are halved, so that rarity follows the language of the news."""

_HEADER = struct.Struct("<4sII")
_MAGIC = b"LOR1"
_FILE = "data/rarity.bin"


def counted(parts: Iterable[tuple[str, int]]) -> Counter[int]:
    """The words and pairs of words of some texts, hashed, each text counting as often as its weight says."""
    counts: Counter[int] = Counter()
    for text, weight in parts:
        words = tokens(text)
        for term in (*words, *(f"{one} {next_}" for one, next_ in pairwise(words))):
            counts[crc32(term.encode()) % BUCKETS] += weight
    return counts


class Rarity:
    """Counts of articles by term. A fresh one knows nothing; `Rarity.of_language()` knows the languages."""

    def __init__(self) -> None:
        self._articles = 0
        self._frequencies = array("I", bytes(4 * BUCKETS))

    @classmethod
    def of_language(cls) -> "Rarity":
        """What the common words of Vietnamese and English are."""
        rarity = cls()
        rarity._read((resources.files("feeds") / _FILE).read_bytes())
        return rarity

    def learn(self, terms: Iterable[int]) -> None:
        """Count one more article, by its terms, each named once."""
        self._articles += 1
        for term in terms:
            self._frequencies[term] += 1
        if self._articles >= MAX_LEARNT:
            self._articles //= 2
            self._frequencies = array("I", (each >> 1 for each in self._frequencies))

    def __call__(self, term: int) -> float:
        """The weight of a term, `ln((N + 1)/(df + 1)) + 1`."""
        return math.log((self._articles + 1) / (self._frequencies[term] + 1)) + 1

    def common(self, articles: int, least: int) -> bytes:
        """The counts scaled down to so many articles, those of at least `least`, as `of_language` reads them.

        Scaled down, so that a newsroom's own words count for more than the language within days.
        """
        scaled = [round(count * articles / self._articles) for count in self._frequencies]
        kept = [term for term, count in enumerate(scaled) if count >= least]
        counts = array("I", (scaled[term] for term in kept))
        packed = zlib.compress(array("I", kept).tobytes() + counts.tobytes(), 9)
        return _HEADER.pack(_MAGIC, articles, len(kept)) + packed

    def _read(self, data: bytes) -> None:
        magic, self._articles, count = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("not a file of term counts")
        numbers = array("I", zlib.decompress(data[_HEADER.size :]))
        for term, frequency in zip(numbers[:count], numbers[count:], strict=True):
            self._frequencies[term] = frequency
