"""An article as queries see it: its words, with and without accents, made once and asked many times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from feeds.text import accented_tokens, tokens

_MAX_CHARACTERS = 200_000
"""Of a body, read for matching; a book chapter is 50,000. Bounds the time one article can take."""

_PARTS_BORDER = "\n"
"""Between title, lead and body, so that no phrase runs from one into the next."""


@dataclass(frozen=True, slots=True)
class Document:
    """The words of one article; build it with `Document.of`."""

    words: frozenset[str]
    """Folded words."""
    accented_words: frozenset[str]
    """Lower-case words with accents, one tone style."""
    text: str
    """Folded words in order, a space on both sides of each."""
    accented_text: str
    source: str = ""
    topics: frozenset[str] = frozenset()
    at: datetime | None = None
    """When it was published, aware."""

    @classmethod
    def of(
        cls,
        title: str,
        lead: str,
        body: str,
        source: str = "",
        topics: Iterable[str] = (),
        at: datetime | None = None,
    ) -> Self:
        """Read the words of plain texts; `source` is the feed's title, `topics` are topic ids."""
        parts = (title, lead, body[:_MAX_CHARACTERS])
        folded = [tokens(part) for part in parts]
        accented = [accented_tokens(part) for part in parts]
        return cls(
            words=frozenset(word for part in folded for word in part),
            accented_words=frozenset(word for part in accented for word in part),
            text=_joined(folded),
            accented_text=_joined(accented),
            source=source,
            topics=frozenset(map(topic_key, topics)),
            at=at,
        )

    @property
    def unaccented(self) -> bool:
        """Whether it was written without any accents, as telegrams and old phones did."""
        return self.text == self.accented_text

    def has(self, folded: tuple[str, ...], accented: tuple[str, ...], prefix: bool = False) -> bool:
        """Whether these words follow one another; accents count when they were typed and the text has any.

        With `prefix` the last word may go on.
        """
        typed_plainly = folded == accented
        wanted, words, text = (
            (folded, self.words, self.text)
            if typed_plainly or self.unaccented
            else (accented, self.accented_words, self.accented_text)
        )
        if len(wanted) == 1 and not prefix:
            return wanted[0] in words
        return " " + " ".join(wanted) + ("" if prefix else " ") in text


def topic_key(text: str) -> str:
    """A topic's id as it is compared: `Dân vận` and `dan-van` are one."""
    return "-".join(tokens(text))


def same_source(wanted: str, source: str) -> bool:
    """Whether the words of `wanted` stand together in a source's name: `dien bien` in `Báo Điện Biên Phủ`."""
    return f" {' '.join(tokens(wanted))} " in f" {' '.join(tokens(source))} "


def _joined(parts: list[list[str]]) -> str:
    return _PARTS_BORDER.join(f" {' '.join(part)} " for part in parts)
