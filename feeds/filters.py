"""What a query asks of an article besides its words: its source, its topic, its time."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from feeds.document import Document, same_source

MAX_AGO = timedelta(days=3650)
"""The longest `since:` counted backwards: no archive here is older."""
YEARS = range(1900, 2101)
"""Of a date in a filter; outside it, a typing error."""

_AGO = re.compile(r"([0-9]{1,5})([hdw])", re.IGNORECASE)
_ISO_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_LOCAL_DATE = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
_HOURS = {"h": 1, "d": 24, "w": 168}

Bound = timedelta | date
"""A time filter: so long ago, or the beginning of a day."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one query; all of them must hold."""

    sources: tuple[str, ...] = ()
    """Words of the source's name, compared by `feeds.document.same_source`; any of them."""
    not_sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    """Topic ids as `feeds.document.topic_key` writes them; any of them."""
    not_topics: tuple[str, ...] = ()
    since: Bound | None = None
    before: Bound | None = None

    def window(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The times asked for, `[since, before)`; days begin at midnight in the zone of `now`."""
        return _instant(self.since, now), _instant(self.before, now)

    def hold(self, document: Document, now: datetime | None = None) -> bool:
        """Whether a document passes, asked at `now` or else at the moment it was published."""
        return (
            self.has_source(document.source)
            and (not self.topics or not document.topics.isdisjoint(self.topics))
            and document.topics.isdisjoint(self.not_topics)
            and self._in_window(document.at, now or document.at)
        )

    def has_source(self, name: str) -> bool:
        """Whether articles of the source with this name pass."""
        asked = not self.sources or any(same_source(source, name) for source in self.sources)
        return asked and not any(same_source(source, name) for source in self.not_sources)

    def _in_window(self, at: datetime | None, now: datetime | None) -> bool:
        if at is None or now is None:
            return True
        since, before = self.window(now)
        return (since is None or since <= at) and (before is None or at < before)

    def canonical(self) -> list[str]:
        """The filters as the search language writes them."""
        named = [("source", self.sources), ("-source", self.not_sources)]
        named += [("topic", self.topics), ("-topic", self.not_topics)]
        texts = [f"{name}:{_quoted(value)}" for name, values in named for value in values]
        bounds = (("since", self.since), ("before", self.before))
        return texts + [f"{name}:{_bound_text(bound)}" for name, bound in bounds if bound is not None]


def read_bound(text: str) -> Bound:
    """Read `12h`, `7d`, `2w`, `2020-01-09` or `09/01/2020` (day first). Raises ValueError."""
    if ago := _AGO.fullmatch(text):
        span = timedelta(hours=int(ago[1]) * _HOURS[ago[2].lower()])
        if not timedelta(0) < span <= MAX_AGO:
            raise ValueError(f"not a span of time within ten years: {text!r}")
        return span
    if found := _ISO_DATE.fullmatch(text) or _LOCAL_DATE.fullmatch(text):
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        if day.year in YEARS:
            return day
    raise ValueError(f"not a date: {text!r}")


def _instant(bound: Bound | None, now: datetime) -> datetime | None:
    if bound is None:
        return None
    return now - bound if isinstance(bound, timedelta) else datetime.combine(bound, time(), now.tzinfo)


def _bound_text(bound: Bound) -> str:
    if not isinstance(bound, timedelta):
        return bound.isoformat()
    days, rest = divmod(bound, timedelta(days=1))
    return f"{bound // timedelta(hours=1)}h" if rest else f"{days}d"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
