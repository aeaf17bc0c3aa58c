"""Styled text cut into pieces that fit into one Telegram message each.

A piece ends at a line, else at a sentence, else at a word; only a word longer than a message is cut itself.
"""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feeds.sentences import sentences

MAX_UNITS = 4_096
"""Of a message's text. The server counts code points, clients UTF-16 units: units are never fewer."""

MAX_RAW_BYTES = 32_768
"""Of the HTML before it is parsed (telegram-bot-api, Client.cpp)."""

MAX_ENTITIES = 100
"""Telegram drops further ones without a word."""

LEAST_FILL = 0.25
"""A piece ends at a line only when that leaves it this full: no message of a title alone."""

_SENTENCE_AHEAD = 120
"""Characters after the cut that tell whether a full stop ends a sentence."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    url: str | None = None

    @property
    def opening(self) -> str:
        """Its tags, outermost first."""
        link = f'<a href="{html.escape(self.url)}">' if self.url else ""
        return link + "<b>" * self.bold + "<i>" * self.italic + "<u>" * self.underlined

    @property
    def closing(self) -> str:
        """The end tags for `opening`."""
        return "</u>" * self.underlined + "</i>" * self.italic + "</b>" * self.bold + "</a>" * bool(self.url)

    @property
    def entities(self) -> int:
        """Entities it becomes."""
        return self.bold + self.italic + self.underlined + (self.url is not None)


def split_runs(runs: Sequence[Run]) -> list[list[Run]]:
    """Pieces in order, without white space at their edges; empty ones are left out."""
    pieces: list[list[Run]] = []
    rest = _stripped(runs)
    while rest:
        text = "".join(run.text for run in rest)
        fits = _fitting(rest)
        if fits == len(text):
            pieces.append(rest)
            break
        head, tail = _parted(rest, _cut(text, fits))
        pieces.append(_stripped(head))
        rest = _stripped(tail)
    return [piece for piece in pieces if piece]


def _fitting(runs: Iterable[Run]) -> int:
    """How many characters from the start fit into one message; at least one."""
    units, raw, entities, characters = MAX_UNITS, MAX_RAW_BYTES, MAX_ENTITIES, 0
    for run in runs:
        raw -= len(run.opening.encode()) + len(run.closing)
        entities -= run.entities
        if entities < 0 or raw < 0:
            break
        fits = _characters_within(run.text, units, raw)
        characters += fits
        if fits < len(run.text):
            break
        units -= _units(run.text)
        raw -= _raw_bytes(run.text)
    return max(characters, 1)


def _characters_within(text: str, units: int, raw: int) -> int:
    if _units(text) <= units and _raw_bytes(text) <= raw:
        return len(text)
    for at, character in enumerate(text):
        units -= _units(character)
        raw -= _raw_bytes(character)
        if units < 0 or raw < 0:
            return at
    return len(text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _raw_bytes(text: str) -> int:
    return len(html.escape(text, quote=False).encode())


def _cut(text: str, fits: int) -> int:
    """Where to end a piece of at most `fits` characters."""
    least = int(fits * LEAST_FILL)
    line = text.rfind("\n", 0, fits + 1)
    if line > least:
        return line
    begin = line + 1
    sentence = begin + _last_sentence_end(text[begin : fits + _SENTENCE_AHEAD], fits - begin)
    if sentence > least:
        return sentence
    word = _last_space(text, fits)
    return word if word > 0 else _last_whole_letter(text, fits)


def _last_sentence_end(text: str, limit: int) -> int:
    """The end of the last sentence that ends within `limit` characters, or 0.

    `sentences` makes white space single, so ends are found again by counting what is not white space.
    """
    first_line = text.split("\n", 1)[0]
    ends, letters = set(), 0
    for sentence in sentences(first_line)[:-1]:
        letters += sum(not character.isspace() for character in sentence)
        ends.add(letters)
    found = seen = 0
    for at, character in enumerate(first_line[:limit], 1):
        if not character.isspace():
            seen += 1
            if seen in ends:
                found = at
    return found


def _last_space(text: str, fits: int) -> int:
    for at in range(min(fits, len(text) - 1), 0, -1):
        if text[at].isspace():
            return at
    return 0


def _last_whole_letter(text: str, fits: int) -> int:
    """`fits`, or a little less so that a letter keeps its marks and an emoji its parts."""
    for at in range(fits, max(fits - 32, 1), -1):
        joined = unicodedata.category(text[at])[0] == "M" or "\u200d" in text[at - 1 : at + 1]
        if not joined:
            return at
    return fits


def _parted(runs: Iterable[Run], cut: int) -> tuple[list[Run], list[Run]]:
    head: list[Run] = []
    tail: list[Run] = []
    for run in runs:
        if run.text[:cut]:
            head.append(replace(run, text=run.text[:cut]))
        if run.text[cut:]:
            tail.append(replace(run, text=run.text[cut:]))
        cut = max(cut - len(run.text), 0)
    return head, tail


def _stripped(runs: Sequence[Run]) -> list[Run]:
    kept = [run for run in runs if run.text]
    while kept and not (text := kept[0].text.lstrip()):
        kept.pop(0)
    if kept:
        kept[0] = replace(kept[0], text=text)
    while kept and not (text := kept[-1].text.rstrip()):
        kept.pop()
    if kept:
        kept[-1] = replace(kept[-1], text=text)
    return kept
