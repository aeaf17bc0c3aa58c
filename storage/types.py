"""What storage gives back: plain values, no rows, no sessions.

Every datetime is aware and in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from feeds.types import FullText

T = TypeVar("T")


class Role(StrEnum):
    """What a person may do; each includes those before it."""

    CITIZEN = "citizen"
    OFFICIAL = "official"
    EDITOR = "editor"
    ADMIN = "admin"
    OWNER = "owner"

    def includes(self, other: "Role") -> bool:
        """Whether someone with this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class ChatKind(StrEnum):
    """What sort of destination a chat is."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


class ChatState(StrEnum):
    """Whether a chat gets anything.

    active ⇄ paused (by its owner, until `paused_until` or /resume)
    active → stopped (by /stop) → active (by /start)
    active → gone (blocked us, deleted, removed us) → active (by /start or being added again)
    active → restricted (we may not write there for now; tried again later) → active
    """

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    GONE = "gone"
    RESTRICTED = "restricted"


class FeedState(StrEnum):
    """Whether a feed is polled."""

    ACTIVE = "active"
    RETIRED = "retired"
    """Removed by an editor or from the configuration; its articles stay."""


class DeliveryKind(StrEnum):
    """What is owed."""

    ARTICLE = "article"
    DIGEST = "digest"


class DeliveryState(StrEnum):
    """Where a delivery is (drawn in docs/design.md)."""

    PENDING = "pending"
    """Owed; may be sent from `not_before` on."""
    SENDING = "sending"
    """Written before the call; after a crash it is not known whether it arrived."""
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """The answer never came; it is sent once more, silently, and then it is over."""
    FAILED = "failed"
    EXPIRED = "expired"


class TargetKind(StrEnum):
    """What a subscription is for."""

    ALL = "all"
    FEED = "feed"
    TOPIC = "topic"
    QUERY = "query"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Target:
    """What a chat asked for. Stored as its key: `all`, `feed:3`, `topic:dan-van`, `query:7`, `story:12`."""

    kind: TargetKind
    ref: str = ""

    @property
    def key(self) -> str:
        """The text stored in the database and matched by the fan-out."""
        return f"{self.kind}:{self.ref}" if self.ref else str(self.kind)

    @classmethod
    def of(cls, key: str) -> "Target":
        """Read a key back. Raises ValueError when it is none."""
        kind, _, ref = key.partition(":")
        target = cls(TargetKind(kind), ref)
        if (target.kind is TargetKind.ALL) is bool(ref):
            raise ValueError(f"not a target: {key!r}")
        return target


EVERYTHING = Target(TargetKind.ALL)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    total: int
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A named subject with its rule."""

    id: str
    titles: dict[str, str]
    """Language code → title; always has at least one."""
    query: str

    def title(self, language: str) -> str:
        """Title in `language`, or in any language there is."""
        return self.titles.get(language) or next(iter(self.titles.values()), self.id)


@dataclass(frozen=True, slots=True)
class Article:
    """An article as kept, with what is shown beside it."""

    id: int
    feed_id: int | None
    source: str
    """The feed's title, or the source named by an imported archive."""
    full_text: FullText
    url: str | None
    title: str
    lead: str
    summary: str
    body: str
    text_state: str
    author: str | None
    image_url: str | None
    published_at: datetime
    """The publisher's time, or when we first saw it."""
    language: str | None
    topics: tuple[str, ...]
    version: int
    """1 as first stored, one more for each edit."""
    created_at: datetime
    story_id: int | None = None
    """The article that opened the story it tells; None until it has been placed."""
    outlets: int = 1
    """How many sources tell its story, its own included."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A feed as editors see it."""

    id: int
    url: str
    title: str
    state: FeedState
    topics: tuple[str, ...]
    full_text: FullText
    time_zone: str
    articles: int
    subscribers: int
    next_poll_at: datetime
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    failures: int
    error_key: str | None
    error_detail: str
    site_url: str | None = None
    """The site's page, as the feed's document names it."""
    suspended_at: datetime | None = None
    """Since when it is only looked at once a day, because it seems to be gone."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A destination and how it wants to be served."""

    id: int
    messenger: str
    address: str
    """`telegram:1001`, `telegram:-1005`, `telegram:-1005/17` (forum topic), `console:1`."""
    kind: ChatKind
    title: str
    language: str
    time_zone: str
    state: ChatState
    state_reason: str
    paused_until: datetime | None
    instant: bool
    """Whether articles are pushed as they come; False when the chat wants only digests."""
    pictures: bool
    digest_at: str | None
    """`HH:MM` in the chat's zone."""
    digest_days: str
    """ISO weekday numbers, `1234567` is every day."""
    next_digest_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a role."""

    address: str
    """`telegram:1001`."""
    name: str
    role: Role
    granted_by: str | None
    granted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One thing a chat asked for, with its name in the chat's words."""

    id: int
    chat_id: int
    target: Target
    label: str
    """Feed title, topic id, query text or the title that opened a story; empty for everything."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox, as claimed."""

    id: int
    kind: DeliveryKind
    chat: Chat
    article_id: int | None
    digest_id: int | None
    silent: bool
    """Sent without a sound: a second attempt after an uncertain one."""
    attempts: int
    """Calls made so far, this one included."""
    uncertain: bool
    """Whether an earlier attempt may have arrived."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DigestPeriod:
    """A digest owed to a chat: what came in `[since, until)`."""

    id: int
    chat_id: int
    since: datetime
    until: datetime
