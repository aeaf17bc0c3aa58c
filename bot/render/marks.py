"""Which words of an article a search found: marked in its title and shown in a sentence of its text."""

import re
from collections.abc import Collection, Sequence

from bot.messages import Span
from bot.render.parts import short_line
from feeds.sentences import sentences
from feeds.text import fold
from storage.types import Article

MAX_SNIPPET_CHARACTERS = 220
"""About two lines and a half on a phone: enough to judge a hit by, five of them fit a screen."""

MAX_SEARCHED_CHARACTERS = 8_000
"""Of a body, looked through for the sentence to show; what is found further on is shown by its lead."""

_WORD = re.compile(r"[^\W_]+")


def marked(text: str, words: Collection[str], *, bold: bool = False, url: str | None = None) -> list[Span]:
    """The text as spans, the searched words (folded) marked.

    Where two of the words stand side by side only such runs are marked: a Vietnamese word has several
    syllables, and a lone one of them is another word.
    """
    spans: list[Span] = []
    end = 0
    for start, stop in _runs(text, words):
        spans += [
            Span(text[end:start], bold=bold, url=url),
            Span(text[start:stop], bold=bold, mark=True, url=url),
        ]
        end = stop
    spans.append(Span(text[end:], bold=bold, url=url))
    return [span for span in spans if span.text]


def snippet(article: Article, words: Collection[str]) -> str:
    """The sentence of the article that holds most of the words, or its summary when none holds any."""
    best, most = article.summary or article.lead, 0
    for sentence in _sentences(article):
        found = _weight(sentence, words)
        if found > most:
            best, most = sentence, found
    return _around(short_line(best, MAX_SEARCHED_CHARACTERS), words)


def _sentences(article: Article) -> Sequence[str]:
    text = "\n".join((article.lead or article.summary, article.body[:MAX_SEARCHED_CHARACTERS]))
    return sentences(text)


def _weight(text: str, words: Collection[str]) -> int:
    """Distinct words found, and more for the longest run of them."""
    found = {fold(match[0]) for match in _WORD.finditer(text)} & set(words)
    longest = max((len(_WORD.findall(text[start:stop])) for start, stop in _runs(text, words)), default=0)
    return len(found) + longest


def _runs(text: str, words: Collection[str]) -> list[tuple[int, int]]:
    """Where the words stand: runs of neighbours; single ones only when no two are neighbours."""
    runs: list[tuple[int, int, int]] = []
    previous = -1
    for place, match in enumerate(_WORD.finditer(text)):
        if fold(match[0]) not in words:
            continue
        if runs and place == previous + 1:
            start, _, length = runs[-1]
            runs[-1] = (start, match.end(), length + 1)
        else:
            runs.append((match.start(), match.end(), 1))
        previous = place
    neighbours = [run for run in runs if run[2] > 1]
    return [(start, stop) for start, stop, _ in neighbours or runs]


def _around(text: str, words: Collection[str]) -> str:
    """At most `MAX_SNIPPET_CHARACTERS` of a sentence, the first match in it."""
    if len(text) <= MAX_SNIPPET_CHARACTERS:
        return text
    first = next(iter(_runs(text, words)), (0, 0))[0]
    start = max(0, min(first - MAX_SNIPPET_CHARACTERS // 3, len(text) - MAX_SNIPPET_CHARACTERS))
    if start:
        start = text.find(" ", start) + 1 or start
    cut = text[start : start + MAX_SNIPPET_CHARACTERS]
    if start + MAX_SNIPPET_CHARACTERS < len(text):
        cut = cut.rpartition(" ")[0] + "…"
    return "…" + cut if start else cut
