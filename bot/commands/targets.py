"""What can be subscribed to, found by what a person wrote, and named in their language."""

import re
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UserError
from bot.i18n import N_, Translator
from feeds.text import fold, one_line
from storage.feeds import find_feed, get_feed
from storage.topics import list_topics
from storage.types import EVERYTHING, FeedState, Subscription, Target, TargetKind, Topic

ALL_WORDS = frozenset({"all", "everything", "tat ca", "tatca"})
"""Folded words for "everything" in the languages we speak."""

MAX_LABEL_CHARACTERS = 60
"""Of a name inside a sentence."""

_REFERENCE = re.compile(
    r"(?P<kind>t|topic|s|f|source|feed)[:_](?P<ref>[\w.-]{1,48})", re.ASCII | re.IGNORECASE
)
"""`topic:dan-van`, `source:3`; buttons say `t:` and `s:` to fit in 64 bytes."""


async def find_target(conn: AsyncConnection, text: str, t: Translator) -> tuple[Target, str] | None:
    """The topic, source or everything that `text` names, with its title in the reader's language.

    Takes ids (`topic:dan-van`, `source:3`, as buttons carry them) and titles, accents or none. A bare number
    names nothing: people mean "so many" by it.
    """
    if fold(text) in ALL_WORDS:
        return EVERYTHING, t("all news")
    topics = await list_topics(conn)
    if reference := _REFERENCE.fullmatch(text):
        return await _referred(conn, reference["kind"].lower(), reference["ref"], topics, t)
    if topic := _named_topic(text, topics):
        return Target(TargetKind.TOPIC, topic.id), topic.title(t.language)
    feed = None if text.isdigit() else await find_feed(conn, text)
    if feed and feed.state is FeedState.ACTIVE:
        return Target(TargetKind.FEED, str(feed.id)), feed.title
    return None


async def get_target(conn: AsyncConnection, text: str, t: Translator) -> tuple[Target, str]:
    """As `find_target`. Raises UserError when nothing has that name."""
    found = await find_target(conn, text, t)
    if found is None:
        raise UserError(
            N_("There is no topic or source called “{name}”. See /topics and /sources for those there are."),
            name=one_line(text)[:MAX_LABEL_CHARACTERS],
        )
    return found


def label(subscription: Subscription, topics: Sequence[Topic], t: Translator) -> str:
    """What a subscription is for, in the reader's words."""
    target = subscription.target
    match target.kind:
        case TargetKind.ALL:
            return t("All news")
        case TargetKind.TOPIC:
            return next((topic.title(t.language) for topic in topics if topic.id == target.ref), target.ref)
        case TargetKind.QUERY:
            return t("Search: {query}", query=subscription.label)
        case TargetKind.STORY:
            return t("Story: {title}", title=subscription.label)
        case TargetKind.FEED:
            return subscription.label or target.key


async def _referred(
    conn: AsyncConnection, kind: str, ref: str, topics: Sequence[Topic], t: Translator
) -> tuple[Target, str] | None:
    if kind in ("t", "topic"):
        topic = next((each for each in topics if each.id == ref), None)
        return (Target(TargetKind.TOPIC, topic.id), topic.title(t.language)) if topic else None
    feed = await (get_feed(conn, int(ref)) if is_id(ref) else find_feed(conn, ref))
    if feed is None or feed.state is not FeedState.ACTIVE:
        return None
    return Target(TargetKind.FEED, str(feed.id)), feed.title


def _named_topic(text: str, topics: Sequence[Topic]) -> Topic | None:
    wanted = fold(one_line(text))
    for topic in topics:
        if wanted in (topic.id.lower(), *(fold(title) for title in topic.titles.values())):
            return topic
    return None


MAX_ID_DIGITS = 15
"""Ids are 64-bit; a longer number is no id of ours and must not reach the database."""


def is_id(text: str) -> bool:
    """Whether the text can be a number the database gave."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS
