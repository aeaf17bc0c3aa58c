"""The small pieces that pushes, lists and digests are made of."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from bot.i18n import Translator
from bot.messages import MAX_ACTION_BYTES, Button
from feeds.text import one_line
from feeds.types import FullText, TextState
from storage.types import Article, Page

T = TypeVar("T")

MAX_URL_CHARACTERS = 2000
"""Longer addresses are refused by messengers and browsers alike; such a link is left out."""

MAX_TITLE_CHARACTERS = 300
"""A headline is shorter; a feed that puts its whole text into the title must not fill the chat."""

MAX_LABEL_CHARACTERS = 40
"""Of a button: what a phone shows on one line of a keyboard."""

BUTTONS_PER_ROW = 5
"""Five number buttons still have room for a thumb on a narrow phone."""


def short_line(text: str, limit: int = MAX_TITLE_CHARACTERS) -> str:
    """The text on one line, cut with "…" when it is over `limit` characters."""
    text = one_line(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def openable(url: str | None) -> str | None:
    """The address when a reader can open it, otherwise None."""
    if url and len(url) <= MAX_URL_CHARACTERS and url.startswith(("http://", "https://")):
        return url
    return None


def readable(article: Article) -> bool:
    """Whether /full has, or will soon have, more to show than the push."""
    if article.full_text is FullText.LINK:
        return False
    return bool(article.body) or article.text_state == TextState.WANTED


def byline(article: Article, time_zone: str, t: Translator) -> str:
    """Source, time, and who else tells it: `Báo Điện Biên Phủ · 14:15, 09/01/2020 · +2 báo khác đưa tin`."""
    return joined(
        short_line(article.source), t.moment(article.published_at, time_zone), told_by_others(article, t)
    )


def told_by_others(article: Article, t: Translator) -> str:
    """`+2 báo khác đưa tin`; empty when nobody else tells the story."""
    others = article.outlets - 1
    return t.plural("+{n} other source reports it", "+{n} other sources report it", others) if others else ""


def joined(*parts: str) -> str:
    """Facts beside one another, the empty ones left out."""
    return " · ".join(part for part in parts if part)


def open_buttons(article: Article, t: Translator) -> tuple[Button, ...]:
    """What can be done with an article: read it here, open its page. Only what works."""
    buttons = []
    if readable(article):
        buttons.append(Button(t("📖 Full article"), action=f"full {article.id}"))
    if url := openable(article.url):
        buttons.append(Button(t("🔗 Original"), url=url))
    return tuple(buttons)


def number_buttons(articles: Sequence[Article], first: int) -> tuple[tuple[Button, ...], ...]:
    """A button for each numbered article of a list: it opens the text, or the page where there is none."""
    buttons = []
    for number, article in enumerate(articles, first):
        if readable(article):
            buttons.append(Button(f"📖 {number}", action=f"full {article.id}"))
        elif url := openable(article.url):
            buttons.append(Button(f"🔗 {number}", url=url))
    return in_rows(buttons, BUTTONS_PER_ROW)


def in_rows(buttons: Iterable[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    """The buttons in rows of `width`."""
    row = tuple(buttons)
    return tuple(row[start : start + width] for start in range(0, len(row), width))


def fits(action: str) -> bool:
    """Whether a button can carry this action."""
    return len(action.encode()) <= MAX_ACTION_BYTES


def page_buttons(page: Page[Any], action: Callable[[int], str]) -> tuple[Button, ...]:
    """◀ and ▶ where there is a page on that side; `action` gives the command for a page number (1…)."""
    number = page_number(page)
    turns = [("◀", number - 1)] if number > 1 else []
    if number < page_count(page):
        turns.append(("▶", number + 1))
    return tuple(Button(label, action=action(to)) for label, to in turns if fits(action(to)))


def page_mark(page: Page[Any], t: Translator) -> str:
    """`Page 2 of 5`; empty when there is only one."""
    if page_count(page) <= 1:
        return ""
    return t("Page {number} of {count}", number=page_number(page), count=page_count(page))


def page_number(page: Page[Any]) -> int:
    """Which page this is, from 1."""
    return page.offset // page.limit + 1


def page_count(page: Page[Any]) -> int:
    """How many pages there are, at least 1."""
    return max(1, -(-page.total // page.limit))


def same_page(page: Page[Any], items: Sequence[T]) -> Page[T]:
    """The page with what is shown in the place of what was found."""
    return Page(items, page.total, page.offset, page.limit)
