"""The digest: one message, grouped by topic, no article twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.digest import Section, arrange
from bot.i18n import Translator
from bot.messages import BLANK, Line, Message, Span, bold, italic, line
from bot.render.article import gist
from bot.render.parts import joined, openable, short_line
from feeds.sentences import sentences
from storage.types import Article, Chat, ChatKind, Topic

JUST_BEFORE = timedelta(microseconds=1)
"""A period that ends at midnight belongs to the day before it."""

MAX_SENTENCE_SYLLABLES = 45
"""Of the sentence under a title."""


def render_digest(
    articles: Sequence[Article],
    topics: Sequence[Topic],
    chat: Chat,
    since: datetime,
    until: datetime,
    t: Translator,
) -> Message:
    """What came in `[since, until)`: header with counts, the sections, a footer that says how it was made."""
    lines = [line(bold(_heading(chat, until, t))), line(italic(_period(articles, chat, since, until, t)))]
    if not articles:
        lines += [BLANK, line(t("No news on what you follow."))]
        return Message(tuple(lines))
    for section in arrange(articles, topics):
        lines += [BLANK, *_section(section, chat, t)]
    lines += [BLANK, line(italic(t("Summaries are made automatically; the full text is behind the titles.")))]
    return Message(tuple(lines))


def _heading(chat: Chat, until: datetime, t: Translator) -> str:
    day = t.day(until - JUST_BEFORE, chat.time_zone)
    if chat.kind is ChatKind.PRIVATE or not chat.title.strip():
        return t("🗞 News digest, {day}", day=day)
    return t("🗞 News digest for {place}, {day}", place=short_line(chat.title), day=day)


def _period(articles: Sequence[Article], chat: Chat, since: datetime, until: datetime, t: Translator) -> str:
    period = t(
        "{since} – {until}",
        since=t.moment(since, chat.time_zone),
        until=t.moment(until, chat.time_zone),
    )
    if not articles:
        return period
    sources = len({article.source for article in articles})
    return joined(
        t.plural("{n} article", "{n} articles", len(articles)),
        t.plural("{n} source", "{n} sources", sources),
        period,
    )


def _section(section: Section, chat: Chat, t: Translator) -> list[Line]:
    title = section.topic.title(t.language) if section.topic else t("Other news")
    lines = [line(bold(title.upper()))]
    for article in section.articles:
        lines += _item(article, chat)
    if section.hidden:
        lines.append(line(italic(t.plural("… and {n} more", "… and {n} more", section.hidden))))
    return lines


def _item(article: Article, chat: Chat) -> list[Line]:
    title = Span(short_line(article.title), bold=True, url=openable(article.url))
    sentence = _sentence(article)
    local = article.published_at.astimezone(ZoneInfo(chat.time_zone))
    facts = italic(joined(short_line(article.source), f"{local:%H:%M %d/%m}"))
    lines = [line("• ", title)]
    if sentence:
        lines.append(line(sentence))
    return [*lines, line(facts)]


def _sentence(article: Article) -> str:
    """The first sentence of the summary, at most `MAX_SENTENCE_SYLLABLES` words between spaces."""
    first = next(iter(sentences(gist(article))), "")
    words = first.split()
    if len(words) <= MAX_SENTENCE_SYLLABLES:
        return first
    return " ".join(words[:MAX_SENTENCE_SYLLABLES]).rstrip(",;:–-") + "…"
