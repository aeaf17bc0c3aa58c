"""Numbered lists of articles, with a button for each."""

from collections.abc import Callable, Collection

from bot.i18n import Translator
from bot.messages import BLANK, Line, Message, Span, bold, italic, line
from bot.render.marks import marked, snippet
from bot.render.parts import byline, joined, number_buttons, openable, page_buttons, page_mark, short_line
from storage.types import Article, Page


def render_articles(
    heading: str,
    page: Page[Article],
    time_zone: str,
    t: Translator,
    action: Callable[[int], str],
    words: Collection[str] | None = None,
) -> Message:
    """A page of articles: number and title, source and time; `words` (folded) adds what a search found.

    `action` gives the command of a page number, for ◀ and ▶.
    """
    first = page.offset + 1
    lines: list[Line] = [line(bold(heading))]
    for number, article in enumerate(page.items, first):
        lines += [BLANK, *article_lines(number, article, time_zone, t, words or ())]
    if mark := page_mark(page, t):
        lines += [BLANK, line(italic(mark))]
    message = Message(tuple(lines))
    return message.with_buttons(*number_buttons(page.items, first), page_buttons(page, action))


def article_lines(
    number: int, article: Article, time_zone: str, t: Translator, words: Collection[str]
) -> list[Line]:
    """Two or three lines: title (opens the page), the sentence found, then source, time and `#id`."""
    title = marked(short_line(article.title), words, bold=True, url=openable(article.url))
    lines = [line(Span(f"{number}. "), *title)]
    if words and (found := snippet(article, words)):
        lines.append(line(*marked(found, words)))
    lines.append(line(italic(joined(byline(article, time_zone, t), f"#{article.id}"))))
    return lines
