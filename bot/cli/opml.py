"""`loa import feeds` and `loa export feeds`: the feeds as an OPML list, as other readers have them.

A category becomes one of the feed's topics where the configuration has a topic of that id or title; on the
way out a topic becomes a category.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.failures import FAILED
from bot.cli.files import readable, writable
from bot.cli.options import AsJson, ConfigFile
from bot.cli.terminal import complain, print_json, print_table, speak
from bot.i18n import N_

if TYPE_CHECKING:
    from bot.cli.opml_rows import Row
    from bot.config import Config
    from feeds.opml import OpmlFeed, Outline

FEEDS_PER_TRANSACTION = 500
"""Long enough to be quick, short enough that a running `loa` waits less than a second for its turn."""


def import_feeds(
    file: Annotated[Path, typer.Argument(help="An OPML file; - reads standard input.")],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Add the feeds of an OPML list, as other readers export it.

    Feeds polled already are left as they are. A category becomes a topic where the configuration has one of
    that name. What the feeds hold now is stored without being pushed.
    """
    from bot.cli.opml_rows import Outcome, Row, columns, record, summary
    from bot.cli.opml_topics import topic_names, unmatched
    from bot.config import load_config
    from bot.setup import configured_topics

    settings, t = load_config(config), speak()
    outline = _read(file)
    names = topic_names(configured_topics(settings))
    rows = asyncio.run(_add(settings, outline.feeds, names))
    rows += (Row(Outcome.LEFT_OUT, each.title, each.url, left_out=each) for each in outline.left_out)
    if as_json:
        for row in rows:
            print_json(record(row))
    elif rows:
        print_table(rows, columns(t))
    for sentence in summary(rows, unmatched(outline.feeds, names), t):
        complain(sentence)
    if any(row.failed for row in rows):
        raise typer.Exit(FAILED)


def export_feeds(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; standard output when not given.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Write the feeds that are polled as an OPML list, which every reader can import."""
    from bot.config import load_config
    from feeds.opmlwriting import write_opml

    settings, t = load_config(config), speak()
    with writable(output) as file:
        feeds = asyncio.run(_stored(settings))
        file.write(write_opml(feeds, t(N_("Feeds of Loa")), datetime.now(UTC)))
    complain(t.plural("{n} feed written.", "{n} feeds written.", len(feeds)))


def _read(file: Path) -> "Outline":
    from bot.errors import UserError
    from feeds.opml import MAX_BYTES, NotOpml, OpmlTooLarge, read_opml

    with readable(file) as opened:
        data = opened.read(MAX_BYTES + 1)
    try:
        return read_opml(data)
    except OpmlTooLarge:
        raise UserError(N_("The file is larger than 10 MiB. Split it and import the parts.")) from None
    except NotOpml:
        raise UserError(
            N_("There is no list of feeds in this file. Export it from your reader as OPML.")
        ) from None


async def _add(settings: "Config", feeds: "Sequence[OpmlFeed]", names: Mapping[str, str]) -> "list[Row]":
    from bot.cli.database import opened
    from bot.cli.opml_rows import Outcome, Row
    from bot.cli.opml_topics import topics_of
    from storage.engine import writing
    from storage.feeds import FeedExists, FeedSetting, add_feed

    rows: list[Row] = []
    async with opened(settings.database) as engine:
        for begin in range(0, len(feeds), FEEDS_PER_TRANSACTION):
            async with writing(engine) as conn:
                for feed in feeds[begin : begin + FEEDS_PER_TRANSACTION]:
                    setting = FeedSetting(feed.url, feed.title, settings.time_zone, topics_of(feed, names))
                    try:
                        await add_feed(conn, setting, datetime.now(UTC))
                    except FeedExists:
                        rows.append(Row(Outcome.KNOWN, feed.title, feed.url))
                    else:
                        rows.append(Row(Outcome.ADDED, feed.title, feed.url, setting.topics))
    return rows


async def _stored(settings: "Config") -> "list[OpmlFeed]":
    from bot.cli.database import opened
    from bot.cli.opml_topics import category_names
    from bot.setup import configured_topics
    from feeds.opml import OpmlFeed
    from storage.engine import reading
    from storage.feeds import list_feeds

    named = category_names(configured_topics(settings), settings.language)
    feeds: list[OpmlFeed] = []
    async with opened(settings.database) as engine, reading(engine) as conn:
        while page := (await list_feeds(conn, offset=len(feeds), limit=FEEDS_PER_TRANSACTION)).items:
            feeds += [
                OpmlFeed(
                    url=each.url,
                    title="" if each.title == each.url else each.title,
                    html_url=each.site_url,
                    categories=tuple((named.get(topic, topic),) for topic in each.topics),
                )
                for each in page
            ]
    return feeds
