"""Every table, once. Migrations create what stands here; a test compares the two.

Times are UTC microseconds since 1970 in a BigInteger (`Moment`): exact, ordered and the same on both
databases. Search indexes live in `storage.search`, since each database has its own kind.
"""

from datetime import UTC, datetime, timedelta

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


feeds = Table(
    "feeds",
    metadata,
    _id(),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("site_url", Text),
    Column("language", String(16)),
    Column("time_zone", String(64), nullable=False),
    Column("topics", JSON, nullable=False),
    Column("full_text", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("configured", Boolean, nullable=False),  # named in the configuration file, not by /addfeed
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", String(64)),
    Column("next_poll_at", Moment, nullable=False),
    Column("lease_until", Moment),  # claimed by a worker until then
    Column("primed_at", Moment),
    Column("last_polled_at", Moment),
    Column("last_ok_at", Moment),
    Column("last_new_at", Moment),
    Column("last_status", Integer),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error_key", String(64)),
    Column("error_detail", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Index("ix_feeds_due", "state", "next_poll_at"),
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
    Column("source", Text, nullable=False, server_default=""),  # only for imported articles; else the feed's title
    Column("url", Text),
    Column("url_key", LargeBinary(16)),  # hash of the canonical address; one article per address
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("text_state", String(8), nullable=False),
    Column("author", Text),
    Column("image_url", Text),
    Column("language", String(16)),
    Column("published_at", Moment, nullable=False),
    Column("dated", Boolean, nullable=False),  # False: published_at is when we first saw it
    Column("content_hash", LargeBinary(16)),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Moment, nullable=False),
    Column("revised_at", Moment),
    # When the outbox rows were written. NULL with announce = true means they are still owed.
    Column("announce", Boolean, nullable=False),
    Column("announced_at", Moment),
    Index("ix_articles_published", "published_at", "id"),
    Index("ix_articles_feed_published", "feed_id", "published_at", "id"),
    Index("ix_articles_url_key", "url_key", unique=True),
    Index(
        "ix_articles_to_announce",
        "id",
        sqlite_where=text("announce AND announced_at IS NULL"),
        postgresql_where=text("announce AND announced_at IS NULL"),
    ),
    Index(
        "ix_articles_text_wanted",
        "id",
        sqlite_where=text("text_state = 'wanted'"),
        postgresql_where=text("text_state = 'wanted'"),
    ),
)

topics = Table(
    "topics",
    metadata,
    Column("id", String(48), primary_key=True),
    Column("titles", JSON, nullable=False),
    Column("query", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

article_topics = Table(
    "article_topics",
    metadata,
    Column("topic_id", String(48), primary_key=True),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_article_topics_article", "article_id"),
)

chats = Table(
    "chats",
    metadata,
    _id(),
    Column("messenger", String(16), nullable=False),
    Column("address", String(96), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("title", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", Text, nullable=False, server_default=""),
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
)

people = Table(
    "people",
    metadata,
    Column("address", String(96), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("granted_by", String(96)),
    Column("granted_at", Moment),
)

queries = Table(
    "queries",
    metadata,
    _id(),
    Column("text", Text, nullable=False, unique=True),  # canonical, see feeds.query
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

# The outbox. `kind` and the id beside it say what is owed.
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("chat_id", ForeignKey("chats.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE")),
    Column("digest_id", ForeignKey("digests.id", ondelete="CASCADE")),
    Column("target", String(64)),  # the subscription that matched; for "why did I get this?"
    Column("state", String(12), nullable=False),
    Column("priority", Integer, nullable=False),  # lower goes first
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment),  # only while sending
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("uncertain_at", Moment),  # an earlier attempt may have arrived
    Column("message_id", String(64)),
    Column("error_key", String(64)),
    Column("error_detail", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index("ix_deliveries_article_chat", "article_id", "chat_id", unique=True),
    Index("ix_deliveries_digest_chat", "digest_id", "chat_id", unique=True),
    Index("ix_deliveries_chat", "chat_id", "id"),
    Index(
        "ix_deliveries_open",
        "state",
        "priority",
        "not_before",
        "id",
        sqlite_where=text("state IN ('pending', 'sending', 'uncertain')"),
        postgresql_where=text("state IN ('pending', 'sending', 'uncertain')"),
    ),
)

# What a messenger told us, kept until it is handled: a crash loses no /stop.
updates = Table(
    "updates",
    metadata,
    Column("messenger", String(16), primary_key=True),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
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
