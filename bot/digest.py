"""When a digest is due, and how its articles are arranged. Pure: no clock, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.types import Article, Chat, Topic

MAX_PER_TOPIC = 7
"""Titles shown under one topic: a review must be readable in five minutes."""

MAX_SHOWN = 40
"""Titles in one digest, two printed pages; the rest is counted."""

DAYS_AHEAD = 8
"""A weekly digest whose hour has passed today is due in seven days: the eighth is never needed."""


@dataclass(frozen=True, slots=True)
class Section:
    """The articles under one topic, newest first; `hidden` more did not fit."""

    topic: Topic | None
    """None: articles that belong to none."""
    articles: tuple[Article, ...]
    hidden: int = 0


def next_digest_at(chat: Chat, now: datetime) -> datetime | None:
    """The first instant after `now` at which the chat's clock shows its digest time on one of its days.

    In the hour that daylight saving skips, the digest comes as much later; in the hour it repeats, the
    first time. None when the chat wants no digest.
    """
    if chat.digest_at is None or not chat.digest_days:
        return None
    zone = ZoneInfo(chat.time_zone)
    today = now.astimezone(zone).date()
    at = time.fromisoformat(chat.digest_at)
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        due = datetime.combine(day, at, zone).astimezone(UTC)
        if str(day.isoweekday()) in chat.digest_days and due > now:
            return due
    return None


def day_before(now: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """Yesterday as the chat's calendar has it: `[midnight, midnight)` in UTC."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    start, end = (datetime.combine(day, time(), zone) for day in (today - timedelta(days=1), today))
    return start.astimezone(UTC), end.astimezone(UTC)


def arrange(articles: Iterable[Article], topics: Sequence[Topic]) -> list[Section]:
    """Group by topic in the operator's order, each article once, under its first topic; the others last."""
    groups: dict[str, list[Article]] = {topic.id: [] for topic in topics}
    rest: list[Article] = []
    for article in sorted(articles, key=lambda each: (each.published_at, each.id), reverse=True):
        home = next((topic.id for topic in topics if topic.id in article.topics), None)
        (rest if home is None else groups[home]).append(article)
    filled = [(topic, groups[topic.id]) for topic in topics if groups[topic.id]]
    return _limited([*filled, (None, rest)] if rest else [*filled])


def _limited(groups: Sequence[tuple[Topic | None, list[Article]]]) -> list[Section]:
    """At most `MAX_PER_TOPIC` a topic; over `MAX_SHOWN` altogether, the longest give way first."""
    sizes = [min(len(articles), MAX_PER_TOPIC) for _, articles in groups]
    while sum(sizes) > MAX_SHOWN and max(sizes) > 1:
        sizes[sizes.index(max(sizes))] -= 1
    return [
        Section(topic, tuple(articles[:size]), len(articles) - size)
        for (topic, articles), size in zip(groups, sizes, strict=True)
    ]
