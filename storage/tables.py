"""Every table, once. Migrations create what stands here; a test compares the two.

Times are UTC microseconds since 1970 in a BigInteger (`Moment`): exact, ordered and the same on both
databases. Search indexes live in `storage.search`, since each database has its own kind.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime kept as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive datetimes: they would be read in the server's zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the instant back in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class SafeText(TypeDecorator[str]):
    """Text that both databases can keep, whatever a feed or a chat sent.

    PostgreSQL refuses U+0000 and neither can encode half of a surrogate pair, which JSON feeds may hold.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Leave out what cannot be kept."""
        if value is None or value.isascii():
            return value.replace("\0", "") if value else value
        return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def text_key(text: str) -> bytes:
    """16 bytes for a long text that must be unique: PostgreSQL cannot index more than 2,700 bytes."""
    return hashlib.sha256(text.encode("utf-8", "ignore")).digest()[:16]


# SQLite numbers rows only for INTEGER PRIMARY KEY; PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, Identity(), primary_key=True)


# The ids of these are in buttons and links people keep: SQLite must not give a deleted one to something new.
_NEVER_REUSE_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


feeds = Table(
    "feeds",
    metadata,
    _id(),
    Column("url", SafeText, nullable=False),
    Column("url_key", LargeBinary(16), nullable=False, unique=True),  # of the address, see `text_key`
    Column("named_key", LargeBinary(16), nullable=False),  # of the address people gave: it may move
    Column("site", String(260), nullable=False),  # whose server it is, see `feeds.sites`
    Column("title", SafeText, nullable=False),
    Column("site_url", SafeText),
    Column("language", String(16)),
    Column("time_zone", String(64), nullable=False),
    Column("topics", JSON, nullable=False),
    Column("full_text", String(8), nullable=False),
    Column("rule", JSON(none_as_null=True)),  # how to read a page that is no feed (PageRule)
    Column("items", Integer, nullable=False, server_default="0"),  # in its last document
    Column("state", String(16), nullable=False),
    Column("configured", Boolean, nullable=False),  # named in the configuration file, not by /addfeed
    Column("etag", SafeText),
    Column("last_modified", SafeText),
    Column("body_hash", String(64)),
    Column("same_bodies", Integer, nullable=False, server_default="0"),  # whole documents in a row
    Column("rhythm", LargeBinary),  # what its polls have taught, see `feeds.rhythm`
    Column("asks", JSON),  # floor in seconds, hours and days to skip, as its document says
    Column("eager_poll_at", Moment),  # when it would be due if anybody followed it
    Column("next_poll_at", Moment, nullable=False),
    Column("lease_until", Moment),  # claimed by a worker until then
    Column("primed_at", Moment),
    Column("last_polled_at", Moment),
    Column("last_ok_at", Moment),
    Column("last_new_at", Moment),
    Column("last_status", Integer),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error_key", String(64)),
    Column("error_detail", SafeText, nullable=False, server_default=""),
    # How its address lives, see `feeds.life`.
    Column("redirect_to", SafeText),
    Column("redirect_seen", Integer, nullable=False, server_default="0"),
    Column("redirect_first_at", Moment),
    Column("first_error_at", Moment),
    Column("gone_at", Moment),  # the first 410
    Column("suspended_at", Moment),  # looked at once a day
    Column("silence_told_at", Moment),
    Column("merged_into", Id),  # the feed that was already polled where this one moved to
    Column("created_at", Moment, nullable=False),
    Index("ix_feeds_due", "state", "next_poll_at"),
    Index("ix_feeds_site", "site", "next_poll_at"),
    Index("ix_feeds_named_key", "named_key"),
    **_NEVER_REUSE_IDS,
)

# One request at a time and a pause between two (POLLING B14): claiming a feed takes its site as well.
sites = Table(
    "sites",
    metadata,
    Column("site", String(260), primary_key=True),
    Column("busy_until", Moment),  # one of its feeds is being polled; NULL when none is
    Column("free_at", Moment, nullable=False),  # the pause, or what the site asked for, ends
)

# What editors have to know about a feed, once (POLLING D).
notices = Table(
    "notices",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("detail", SafeText, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Index("ix_notices_feed", "feed_id", "id"),
    Index(
        "ix_notices_open",
        "id",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
)

# Keys outlive articles: an old item that comes back is not new again (POLLING I8, I11).
seen_entries = Table(
    "seen_entries",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("key", LargeBinary(16), primary_key=True),
    Column("article_id", ForeignKey("articles.id", ondelete="SET NULL")),
    Column("content_hash", LargeBinary(16)),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Index("ix_seen_entries_article", "article_id"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    Column("feed_id", ForeignKey("feeds.id", ondelete="SET NULL")),
    Column(
        "source", SafeText, nullable=False, server_default=""
    ),  # of imported articles; else the feed's title
    Column("url", SafeText),
    # Hash of the canonical address, or the entry's own key when it has none: one article per address.
    Column("url_key", LargeBinary(16), nullable=False),
    Column("title", SafeText, nullable=False),
    Column("lead", SafeText, nullable=False),
    Column("summary", SafeText, nullable=False),
    Column("body", SafeText, nullable=False),
    Column("text_state", String(8), nullable=False),
    Column("author", SafeText),
    Column("image_url", SafeText),
    Column("language", String(16)),
    Column("published_at", Moment, nullable=False),
    Column("dated", Boolean, nullable=False),  # False: published_at is when we first saw it
    Column("content_hash", LargeBinary(16)),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Moment, nullable=False),
    Column("revised_at", Moment),
    Column("announce", Boolean, nullable=False),  # its outbox rows are still to be written
    Column("announced_at", Moment),  # when they first were; NULL for what is never pushed
    Column("story_id", Id),  # the article that opened its story; NULL until it has been placed
    Index("ix_articles_published", "published_at", "id"),
    Index("ix_articles_feed_published", "feed_id", "published_at", "id"),
    Index("ix_articles_url_key", "url_key", unique=True),
    Index(
        "ix_articles_archive_source",
        "source",
        sqlite_where=text("feed_id IS NULL"),
        postgresql_where=text("feed_id IS NULL"),
    ),
    Index(
        "ix_articles_to_announce",
        "id",
        sqlite_where=text("announce = 1"),
        postgresql_where=text("announce"),
    ),
    Index(
        "ix_articles_announced",
        "announced_at",
        "id",
        sqlite_where=text("announced_at IS NOT NULL"),
        postgresql_where=text("announced_at IS NOT NULL"),
    ),
    Index("ix_articles_story", "story_id", "feed_id"),
    Index(
        "ix_articles_unplaced",
        "published_at",
        sqlite_where=text("story_id IS NULL"),
        postgresql_where=text("story_id IS NULL"),
    ),
    Index(
        "ix_articles_text_wanted",
        "id",
        sqlite_where=text("text_state = 'wanted'"),
        postgresql_where=text("text_state = 'wanted'"),
    ),
    **_NEVER_REUSE_IDS,
)

topics = Table(
    "topics",
    metadata,
    Column("id", String(48), primary_key=True),
    Column("titles", JSON, nullable=False),
    Column("query", SafeText, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

article_topics = Table(
    "article_topics",
    metadata,
    Column("topic_id", String(48), primary_key=True),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("published_at", Moment, nullable=False),  # the article's: the newest of a topic are one range
    Index("ix_article_topics_article", "article_id"),
    Index("ix_article_topics_published", "topic_id", "published_at", "article_id"),
)

chats = Table(
    "chats",
    metadata,
    _id(),
    Column("messenger", String(16), nullable=False),
    Column("address", String(96), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("title", SafeText, nullable=False),
    Column("language", String(16), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", SafeText, nullable=False, server_default=""),
    Column("paused_until", Moment),
    Column("instant", Boolean, nullable=False),
    Column("pictures", Boolean, nullable=False),
    Column("digest_at", String(5)),
    Column("digest_days", String(7), nullable=False, server_default="1234567"),
    Column("next_digest_at", Moment),
    Column("last_digest_until", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_chats_next_digest", "next_digest_at"),
    Index("ix_chats_paused_until", "paused_until"),
    **_NEVER_REUSE_IDS,
)

people = Table(
    "people",
    metadata,
    Column("address", String(96), primary_key=True),
    Column("name", SafeText, nullable=False),
    Column("role", String(16), nullable=False),
    Column("granted_by", String(96)),
    Column("granted_at", Moment),
)

queries = Table(
    "queries",
    metadata,
    _id(),
    Column("key", LargeBinary(16), nullable=False, unique=True),  # of the text, see `text_key`
    Column("text", SafeText, nullable=False),  # canonical, see feeds.query
    Column("created_at", Moment, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("target", String(64), nullable=False),  # Target.key
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("chat_id", "target"),
    Index("ix_subscriptions_target", "target", "chat_id"),
)

digests = Table(
    "digests",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    UniqueConstraint("chat_id", "until"),
)

_OPEN = text("finished_at IS NULL")
_SENDING = text("state = 'sending'")
_FINISHED = text("finished_at IS NOT NULL")
_SHOWN = text("message_id IS NOT NULL")
_DIGESTS = text("digest_id IS NOT NULL")

# The outbox. `kind` and the id beside it say what is owed; open means `finished_at` is NULL.
# Without foreign keys: checking them took three quarters of a fan-out on PostgreSQL (100,000 rows in 4.0 s,
# or 1.1 s without). Rows are made from what exists; who deletes a chat or an article deletes its deliveries.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("chat_id", BigInteger, nullable=False),
    Column("messenger", String(16), nullable=False),  # the chat's: each messenger claims from its own range
    Column("kind", String(8), nullable=False),
    Column("article_id", BigInteger),
    Column("digest_id", BigInteger),
    Column("target", String(64)),  # the subscription that matched; for "why did I get this?"
    Column("state", String(12), nullable=False),
    Column("priority", Integer, nullable=False),  # lower goes first
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment),  # only while sending
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("uncertain_at", Moment),  # an earlier attempt may have arrived
    Column("message_id", String(64)),
    Column("error_key", String(64)),
    Column("error_detail", SafeText, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index("ix_deliveries_article_chat", "article_id", "chat_id", unique=True),
    # Partial, so that the fan-out of one article writes three index entries a row and not six.
    Index(
        "ix_deliveries_digest_chat",
        "digest_id",
        "chat_id",
        unique=True,
        sqlite_where=_DIGESTS,
        postgresql_where=_DIGESTS,
    ),
    Index("ix_deliveries_open", "messenger", "priority", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_deliveries_chat_open", "chat_id", "priority", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_deliveries_sending", "lease_until", sqlite_where=_SENDING, postgresql_where=_SENDING),
    Index(
        "ix_deliveries_chat_message", "chat_id", "message_id", sqlite_where=_SHOWN, postgresql_where=_SHOWN
    ),
    Index(
        "ix_deliveries_finished", "finished_at", "state", sqlite_where=_FINISHED, postgresql_where=_FINISHED
    ),
)

# What a messenger told us, kept until it is handled: a crash loses no /stop.
updates = Table(
    "updates",
    metadata,
    Column("messenger", String(16), primary_key=True),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", SafeText, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("handled_at", Moment),
    Index(
        "ix_updates_open",
        "messenger",
        "update_id",
        sqlite_where=text("handled_at IS NULL"),
        postgresql_where=text("handled_at IS NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", Moment, nullable=False),
    Column("actor", String(96), nullable=False),
    Column("action", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_at", "at"),
)

# What was agreed with the hub of a feed (feeds.websub.HubSubscription).
websub_subscriptions = Table(
    "websub_subscriptions",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("hub_url", SafeText, nullable=False),
    Column("topic_url", SafeText, nullable=False),
    Column("token", String(64), nullable=False, unique=True),  # in the callback's path
    Column("secret", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("offered", Boolean, nullable=False),  # the feed still names this hub
    Column("renew_at", Moment, nullable=False),
    Column("asked_at", Moment),
    Column("lease_until", Moment),
    Column("failures", Integer, nullable=False),
    Column("error", SafeText, nullable=False),
    Column("last_push_at", Moment),
    Column("verified_push_at", Moment),
    Column("proofs", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("missed_at", Moment),
    Index("ix_websub_subscriptions_renew_at", "renew_at"),
)

# What a hub pushed, kept until it is handled: hubs push once, and are answered before we read it.
websub_pushes = Table(
    "websub_pushes",
    metadata,
    _id(),
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("content_type", SafeText),
    Column("received_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Moment),  # being handled until then
    Index("ix_websub_pushes_feed_id", "feed_id"),
)

# What is remembered of each feed's last document (feeds.memory); apart from `feeds`, which is written often.
feed_memories = Table(
    "feed_memories",
    metadata,
    Column("feed_id", ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("memory", LargeBinary, nullable=False),
)
