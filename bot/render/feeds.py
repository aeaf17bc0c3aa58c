"""Feeds as editors see them: health in plain words."""

from datetime import datetime

from bot.errors import feed_sentence
from bot.i18n import Translator
from bot.messages import BLANK, Line, Message, bold, italic, line
from bot.render.parts import joined, page_buttons, page_mark, short_line
from bot.render.times import ago, ahead
from feeds.found import Found
from feeds.types import ParsedFeed
from storage.types import FeedStatus, Page

SHOWN_ENTRIES = 3
"""Titles of a feed that is being added: enough to recognise it."""


def render_feeds(page: Page[FeedStatus], now: datetime, time_zone: str, t: Translator) -> Message:
    """A page of feeds: number, title, health, last error, next poll."""
    heading = t.plural("{n} feed", "{n} feeds", page.total)
    lines: list[Line] = [line(bold(heading))]
    for feed in page.items:
        lines += [BLANK, *_feed(feed, now, t)]
    if mark := page_mark(page, t):
        lines += [BLANK, line(italic(mark))]
    return Message(tuple(lines)).with_buttons(page_buttons(page, "feeds {}".format))


def _feed(feed: FeedStatus, now: datetime, t: Translator) -> list[Line]:
    lines = [line(bold(f"#{feed.id} {short_line(feed.title)}")), line(_health(feed, now, t))]
    if feed.error_key:
        lines.append(line(feed_sentence(feed.error_key, t, feed.error_detail)))
    counts = joined(
        t.plural("{n} article", "{n} articles", feed.articles),
        t.plural("{n} subscriber", "{n} subscribers", feed.subscribers),
        t("next poll {when}", when=ahead(feed.next_poll_at, now, t)),
    )
    return [*lines, line(counts), line(italic(short_line(feed.url)))]


def _health(feed: FeedStatus, now: datetime, t: Translator) -> str:
    if feed.failures:
        since = ago(feed.last_ok_at, now, t) if feed.last_ok_at else t("never")
        failed = t.plural("⚠️ The last poll failed", "⚠️ The last {n} polls failed", feed.failures)
        if feed.suspended_at:
            failed = t("⛔ Seems to be gone, looked at once a day")
        return joined(failed, t("last read {when}", when=since))
    if feed.last_ok_at is None:
        return t("⏳ Not read yet")
    news = ago(feed.last_new_at, now, t) if feed.last_new_at else t("never")
    return joined(
        t("✅ Healthy, read {when}", when=ago(feed.last_ok_at, now, t)),
        t("last new article {when}", when=news),
    )


def render_found(parsed: ParsedFeed, t: Translator) -> list[Line]:
    """What stands at an address: format, number of articles, the first titles."""
    facts = joined(
        parsed.format, t.plural("{n} article", "{n} articles", len(parsed.entries)), parsed.language or ""
    )
    return [line(facts), *(line("• ", short_line(entry.title)) for entry in parsed.entries[:SHOWN_ENTRIES])]


def found_line(number: int, found: Found, t: Translator) -> Line:
    """A feed of a site: `2. Thể thao · 20 bài` and its address."""
    facts = joined(
        short_line(found.title) or found.url, t.plural("{n} article", "{n} articles", found.entries)
    )
    return line(f"{number}. {facts}\n{found.url}")
