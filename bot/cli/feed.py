"""`loa feed test`: what would be read from an address, before it becomes a feed."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import AsJson, ConfigFile
from bot.cli.terminal import complain, print_json, print_table, say, speak
from bot.i18n import N_, Translator

if TYPE_CHECKING:
    from bot.config import Config
    from feeds.types import Entry, ParsedFeed


def test(
    url: Annotated[str, typer.Argument(help="The address of a feed.")],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Read a feed as the poller would and show its entries. Stores nothing."""
    settings = settings_or_defaults(config)
    parsed = asyncio.run(_read(url, settings))
    t = speak()
    if as_json:
        for entry in parsed.entries:
            print_json(record(entry))
    else:
        say(f"{parsed.title or url} · {parsed.format}")
        print_table(parsed.entries, _columns(settings.time_zone, t))
        say(t.plural("{n} entry", "{n} entries", len(parsed.entries)))
    if parsed.truncated:
        complain(t(N_("The document breaks off in the middle; what came before it is used.")))
    for warning in parsed.warnings:
        complain(warning)


def settings_or_defaults(path: Path | None) -> "Config":
    """The configuration, or the defaults: a feed may be tried before anything is set up."""
    from bot.config import Config, has_settings, load_config, process_environment

    environ = process_environment()
    return load_config(path, environ) if has_settings(path, environ) else Config()


async def _read(url: str, settings: "Config") -> "ParsedFeed":
    from bot.app import feed_reader, outside
    from bot.clock import wall_clock

    async with outside(settings) as reader:
        return await feed_reader(reader, wall_clock)(url, settings.time_zone)


def record(entry: "Entry") -> dict[str, Any]:
    """An entry as a JSON line; `published_at` in ISO 8601, UTC, or null."""
    return {
        "title": entry.title,
        "url": entry.url,
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "published_raw": entry.published_raw,
        "author": entry.author,
        "image_url": entry.image_url,
        "guid": entry.guid,
    }


def _columns(time_zone: str, t: Translator) -> "Mapping[str, Callable[[Entry], str]]":
    yes, no = t(N_("yes")), t(N_("no"))

    def published(entry: "Entry") -> str:
        if entry.published_at is not None:
            return t.moment(entry.published_at, time_zone)
        return f"? {entry.published_raw}" if entry.published_raw else "–"

    return {
        t(N_("Title")): lambda entry: entry.title,
        t(N_("Published")): published,
        t(N_("Link")): lambda entry: entry.url or "–",
        t(N_("Picture")): lambda entry: yes if entry.image_url else no,
    }
