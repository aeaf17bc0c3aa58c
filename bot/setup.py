"""Brings the database in line with the configuration at start: schema, feeds, topics."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Config
from feeds.types import TopicRule
from storage.engine import writing
from storage.feeds import FeedSetting, sync_configured_feeds
from storage.topics import sync_topics
from storage.types import Topic


def feed_settings(config: Config) -> list[FeedSetting]:
    """The configured feeds as storage takes them."""
    return [
        FeedSetting(
            url=feed.url,
            title=feed.title,
            time_zone=feed.time_zone or config.time_zone,
            topics=feed.topics,
            full_text=feed.full_text,
            rule=feed.page.rule if feed.page else None,
        )
        for feed in config.feeds
    ]


def configured_topics(config: Config) -> list[Topic]:
    """The configured topics, and one for each name that a feed gives without it being listed."""
    listed = {topic.id: Topic(topic.id, dict(topic.title), topic.query) for topic in config.topics}
    named: Iterable[str] = (name for feed in config.feeds for name in feed.topics)
    for name in named:
        listed.setdefault(name, Topic(name, {}, ""))
    return list(listed.values())


def topic_rules(config: Config) -> tuple[TopicRule, ...]:
    """The topics that recognise articles by their words."""
    return tuple(TopicRule(topic.id, topic.query) for topic in config.topics if topic.query)


async def store_configuration(engine: AsyncEngine, config: Config, now: datetime) -> None:
    """Make the stored feeds and topics those of the configuration."""
    async with writing(engine) as conn:
        await sync_topics(conn, configured_topics(config))
        await sync_configured_feeds(conn, feed_settings(config), now)
