"""The first schema: feeds, articles with their search index, chats, the outbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _create_news()
    _create_people()
    _create_outbox()
    _create_records()
    if op.get_bind().dialect.name == "sqlite":
        _create_sqlite_search()
    else:
        _create_postgresql_search()


def _create_news() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("named_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("site", sa.String(length=260), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("site_url", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("full_text", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=True),
        sa.Column("items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("same_bodies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rhythm", sa.LargeBinary(), nullable=True),
        sa.Column("asks", sa.JSON(), nullable=True),
        sa.Column("eager_poll_at", sa.BigInteger(), nullable=True),
        sa.Column("next_poll_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("primed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_polled_at", sa.BigInteger(), nullable=True),
        sa.Column("last_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("last_new_at", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_key", sa.String(length=64), nullable=True),
        sa.Column("error_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("redirect_to", sa.Text(), nullable=True),
        sa.Column("redirect_seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("redirect_first_at", sa.BigInteger(), nullable=True),
        sa.Column("first_error_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("suspended_at", sa.BigInteger(), nullable=True),
        sa.Column("silence_told_at", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", _ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url_key", name=op.f("uq_feeds_url_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feeds_due", "feeds", ["state", "next_poll_at"], unique=False)
    op.create_index("ix_feeds_named_key", "feeds", ["named_key"], unique=False)
    op.create_index("ix_feeds_site", "feeds", ["site", "next_poll_at"], unique=False)
    op.create_table(
        "sites",
        sa.Column("site", sa.String(length=260), nullable=False),
        sa.Column("busy_until", sa.BigInteger(), nullable=True),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_sites")),
    )
    op.create_table(
        "notices",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_notices_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_feed", "notices", ["feed_id", "id"], unique=False)
    op.create_index(
        "ix_notices_open",
        "notices",
        ["id"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "articles",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("feed_id", _ID, nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("url_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text_state", sa.String(length=8), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("dated", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revised_at", sa.BigInteger(), nullable=True),
        sa.Column("announce", sa.Boolean(), nullable=False),
        sa.Column("announced_at", sa.BigInteger(), nullable=True),
        sa.Column("story_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_articles_feed_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_articles_announced",
        "articles",
        ["announced_at", "id"],
        unique=False,
        sqlite_where=sa.text("announced_at IS NOT NULL"),
        postgresql_where=sa.text("announced_at IS NOT NULL"),
    )
    op.create_index(
        "ix_articles_archive_source",
        "articles",
        ["source"],
        unique=False,
        sqlite_where=sa.text("feed_id IS NULL"),
        postgresql_where=sa.text("feed_id IS NULL"),
    )
    op.create_index("ix_articles_feed_published", "articles", ["feed_id", "published_at", "id"], unique=False)
    op.create_index("ix_articles_published", "articles", ["published_at", "id"], unique=False)
    op.create_index("ix_articles_story", "articles", ["story_id", "feed_id"], unique=False)
    op.create_index(
        "ix_articles_unplaced",
        "articles",
        ["published_at"],
        unique=False,
        sqlite_where=sa.text("story_id IS NULL"),
        postgresql_where=sa.text("story_id IS NULL"),
    )
    op.create_index(
        "ix_articles_text_wanted",
        "articles",
        ["id"],
        unique=False,
        sqlite_where=sa.text("text_state = 'wanted'"),
        postgresql_where=sa.text("text_state = 'wanted'"),
    )
    op.create_index(
        "ix_articles_to_announce",
        "articles",
        ["id"],
        unique=False,
        sqlite_where=sa.text("announce = 1"),
        postgresql_where=sa.text("announce"),
    )
    op.create_index("ix_articles_url_key", "articles", ["url_key"], unique=True)
    op.create_table(
        "seen_entries",
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("article_id", _ID, nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_seen_entries_article_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_seen_entries_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "key", name=op.f("pk_seen_entries")),
    )
    op.create_index("ix_seen_entries_article", "seen_entries", ["article_id"], unique=False)
    op.create_table(
        "topics",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
    )
    op.create_table(
        "article_topics",
        sa.Column("topic_id", sa.String(length=48), nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_article_topics_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("topic_id", "article_id", name=op.f("pk_article_topics")),
    )
    op.create_index("ix_article_topics_article", "article_topics", ["article_id"], unique=False)
    op.create_index(
        "ix_article_topics_published",
        "article_topics",
        ["topic_id", "published_at", "article_id"],
        unique=False,
    )


def _create_people() -> None:
    op.create_table(
        "chats",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("messenger", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=96), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("instant", sa.Boolean(), nullable=False),
        sa.Column("pictures", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.String(length=5), nullable=True),
        sa.Column("digest_days", sa.String(length=7), server_default="1234567", nullable=False),
        sa.Column("next_digest_at", sa.BigInteger(), nullable=True),
        sa.Column("last_digest_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("address", name=op.f("uq_chats_address")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chats_next_digest", "chats", ["next_digest_at"], unique=False)
    op.create_index("ix_chats_paused_until", "chats", ["paused_until"], unique=False)
    op.create_table(
        "people",
        sa.Column("address", sa.String(length=96), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("granted_by", sa.String(length=96), nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_people")),
    )
    op.create_table(
        "queries",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
        sa.UniqueConstraint("key", name=op.f("uq_queries_key")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_subscriptions_chat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("chat_id", "target", name=op.f("uq_subscriptions_chat_id_target")),
    )
    op.create_index("ix_subscriptions_target", "subscriptions", ["target", "chat_id"], unique=False)


def _create_outbox() -> None:
    op.create_table(
        "digests",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_digests_chat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("chat_id", "until", name=op.f("uq_digests_chat_id_until")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("messenger", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("digest_id", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("uncertain_at", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("error_key", sa.String(length=64), nullable=True),
        sa.Column("error_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_article_chat", "deliveries", ["article_id", "chat_id"], unique=True)
    op.create_index(
        "ix_deliveries_chat_message",
        "deliveries",
        ["chat_id", "message_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_chat_open",
        "deliveries",
        ["chat_id", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_deliveries_digest_chat",
        "deliveries",
        ["digest_id", "chat_id"],
        unique=True,
        sqlite_where=sa.text("digest_id IS NOT NULL"),
        postgresql_where=sa.text("digest_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_finished",
        "deliveries",
        ["finished_at", "state"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NOT NULL"),
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["messenger", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_deliveries_sending",
        "deliveries",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )


def _create_records() -> None:
    op.create_table(
        "updates",
        sa.Column("messenger", sa.String(length=16), nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("messenger", "update_id", name=op.f("pk_updates")),
    )
    op.create_index(
        "ix_updates_open",
        "updates",
        ["messenger", "update_id"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=96), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)


def _create_sqlite_search() -> None:
    # Contentless: the words are kept once, in the index. `contentless_delete` needs SQLite 3.43, so rows are
    # taken out by naming their old words, which `storage.search` makes from the article again.
    op.execute(
        "CREATE VIRTUAL TABLE article_search USING fts5("
        "title, lead, body, title_accented, lead_accented, "
        "content='', tokenize='unicode61 remove_diacritics 0')"
    )


def _create_postgresql_search() -> None:
    op.create_table(
        "article_search",
        sa.Column(
            "article_id", sa.BigInteger(), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("head", postgresql.TSVECTOR(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
    )
    op.create_index("ix_article_search_head", "article_search", ["head"], postgresql_using="gin")
    op.create_index("ix_article_search_words", "article_search", ["words"], postgresql_using="gin")
