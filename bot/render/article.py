"""One article: as it is pushed, and whole."""

from collections.abc import Iterator

from bot.i18n import Translator
from bot.messages import BLANK, Button, Line, Message, bold, italic, line, link
from bot.render.parts import byline, open_buttons, openable, short_line
from feeds.sentences import clip
from feeds.text import fold
from feeds.types import FullText, TextState
from storage.types import Article, Chat

STORY = "@story "
"""Begins the argument of the button that follows a story."""

MAX_TEXT_CHARACTERS = 20_000
"""Of a full article in the chat: about five Telegram messages; the rest is read on the page."""

MIN_CUT_CHARACTERS = 200
"""A shorter piece of a paragraph than this is not begun."""

MAX_EXCERPT_CHARACTERS = 600
"""Of the text when a source allows an excerpt only: about two paragraphs."""


def render_push(article: Article, chat: Chat, t: Translator) -> Message:
    """The push: bold title, summary, source and time in the chat's zone, buttons that work."""
    lines = [line(bold(short_line(article.title)))]
    if summary := gist(article):
        lines.append(line(summary))
    lines.append(line(italic(byline(article, chat.time_zone, t))))
    preview = openable(article.url) if chat.pictures and article.image_url else None
    shown = Message(tuple(lines), preview_url=preview)
    return shown.with_buttons(open_buttons(article, t), story_buttons(article, t))


def story_buttons(article: Article, t: Translator) -> tuple[Button, ...]:
    """Following the story, once it is known which one the article tells."""
    if article.story_id is None:
        return ()
    return (Button(t("🔔 Follow this story"), action=f"follow {STORY}{article.story_id}"),)


def gist(article: Article) -> str:
    """The summary as one line; empty when it says no more than the title."""
    text = short_line(article.summary or article.lead, MAX_EXCERPT_CHARACTERS)
    return "" if fold(text) == fold(short_line(article.title)) else text


def render_full(article: Article, time_zone: str, t: Translator) -> Message:
    """The whole text as far as its source allows, with author, source, time and address."""
    lines = [line(bold(short_line(article.title)))]
    for paragraph in _paragraphs(article, t):
        lines += [BLANK, paragraph]
    lines.append(BLANK)
    if article.author:
        lines.append(line(italic(short_line(article.author))))
    lines.append(line(italic(byline(article, time_zone, t))))
    url = openable(article.url)
    if url:
        lines.append(line(link(t("Read it on the source's page"), url)))
    buttons = [button for button in open_buttons(article, t) if button.url]
    return Message(tuple(lines)).with_buttons(buttons)


def _paragraphs(article: Article, t: Translator) -> Iterator[Line]:
    lead = article.lead or (gist(article) if not article.body else "")
    if article.full_text is FullText.LINK:
        yield from _texts(gist(article))
        yield line(italic(t("This source lets its articles be read on its own page only.")))
    elif not article.body:
        yield from _texts(short_line(lead, MAX_EXCERPT_CHARACTERS))
        yield line(italic(_missing(article, t)))
    elif article.full_text is FullText.EXCERPT:
        yield from _texts(_cut(_whole(lead, article.body), MAX_EXCERPT_CHARACTERS))
        yield line(italic(t("An excerpt: the rest is on the source's page.")))
    else:
        yield from _body(_whole(lead, article.body), t)


def _body(text: str, t: Translator) -> Iterator[Line]:
    yield from _texts(_cut(text, MAX_TEXT_CHARACTERS))
    if len(text) > MAX_TEXT_CHARACTERS:
        yield line(italic(t("The article is very long; the rest is on the source's page.")))


def _whole(lead: str, body: str) -> str:
    """Lead and body, the lead once: many pages repeat it as their first paragraph."""
    if not lead or fold(body).startswith(fold(lead)):
        return body
    return f"{lead}\n\n{body}"


def _cut(text: str, limit: int) -> str:
    """Whole paragraphs as long as they fit, then whole sentences; `limit` counts characters."""
    kept: list[str] = []
    for paragraph in text.split("\n"):
        if len(paragraph) > limit:
            if not kept or limit >= MIN_CUT_CHARACTERS:
                kept.append(clip(paragraph, limit))
            break
        kept.append(paragraph)
        limit -= len(paragraph)
    return "\n".join(kept)


def _texts(text: str) -> Iterator[Line]:
    for paragraph in text.split("\n"):
        if words := " ".join(paragraph.split()):
            yield line(words)


def _missing(article: Article, t: Translator) -> str:
    if article.text_state == TextState.WANTED:
        return t("The full text has not been read yet. Try again in a minute.")
    if openable(article.url):
        return t("The full text could not be read from the page. Open the original instead.")
    return t("This is all the source has published.")
