"""Vietnamese and other text: one normal form, words, sentences, a clean cut.

Everything that compares texts (search, topics, same-story) goes through `fold` or `accented_tokens`, so that
both databases and the matching in memory agree on what a word is: a run of letters and digits.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from feeds.sentences import clip, sentences

__all__ = ["accented_tokens", "clip", "fold", "nfc", "one_line", "sentences", "tokens"]

_LATIN_BLOCKS = ((0x00C0, 0x0250), (0x1E00, 0x1F00))
"""Latin-1 letters to Latin Extended-B, and Latin Extended Additional, where the Vietnamese letters are."""

_COMBINING_MARKS = range(0x0300, 0x0370)

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Soft hyphen, zero-width characters and direction marks: they part words nobody sees parted."""

_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Of these, the ones no script or emoji needs in a text that is shown."""

_UNDECOMPOSED = MappingProxyType(
    {"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "æ": "ae", "œ": "oe", "ß": "ss"}
)
"""Letters whose stroke or ligature Unicode does not decompose."""

_WORD = re.compile(r"[^\W_]+")
"""Letters and digits. The underscore parts words, as it does in SQLite's `unicode61`."""

_TONE_BEFORE_GLIDE = re.compile(r"(?<!q)([òóỏõọ])([ae])|(?<!q)([ùúủũụ])(y)")
"""The older tone place (hòa, khỏe, thủy), moved to the newer (hoà, khoẻ, thuỷ). After q the u is no vowel."""


def nfc(text: str) -> str:
    """Text in Unicode normal form C, as everything is stored."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower-case text without tone, vowel and other Latin marks, đ as d, every space a plain one."""
    return nfc(nfc(text).lower().translate(_folding()))


def tokens(text: str) -> list[str]:
    """The words of a text, folded: `Điện Biên, 9/1` → `dien bien 9 1`."""
    return _WORD.findall(fold(text))


def accented_tokens(text: str) -> list[str]:
    """The words of a text in lower case with their accents, in one tone style; as many as `tokens` gives."""
    visible = nfc(nfc(text).lower().translate(_cleaning()))
    return _WORD.findall(_TONE_BEFORE_GLIDE.sub(_move_tone, visible))


def one_line(text: str) -> str:
    """Text as shown on one line: white space runs as one space, nothing invisible, in normal form C."""
    return " ".join(_UNSEEN.sub("", nfc(text)).split())


@cache
def _cleaning() -> Mapping[int, str]:
    """What disappears without changing a text's words: the invisible, and marks NFC could not attach."""
    gone = [*map(ord, _INVISIBLE), *_COMBINING_MARKS]
    return MappingProxyType({**dict.fromkeys(gone, ""), **dict.fromkeys((0x00A0, 0x202F, 0x3000), " ")})


@cache
def _folding() -> Mapping[int, str]:
    bare = {}
    for code in (code for block in _LATIN_BLOCKS for code in range(*block)):
        letters = unicodedata.normalize("NFD", chr(code))
        bare[code] = "".join(letter for letter in letters if not unicodedata.combining(letter))
    strokes = {ord(letter): plain for letter, plain in _UNDECOMPOSED.items()}
    return MappingProxyType({**_cleaning(), **bare, **strokes})


def _move_tone(found: re.Match[str]) -> str:
    vowel, glide = (found[1], found[2]) if found[1] else (found[3], found[4])
    letters = unicodedata.normalize("NFD", vowel)
    return letters[0] + nfc(glide + letters[1])
