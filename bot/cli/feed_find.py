"""`loa feed find`: the feeds of a site, from whatever address of it somebody has."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.failures import FAILED
from bot.cli.feed import settings_or_defaults
from bot.cli.options import AsJson, ConfigFile
from bot.cli.terminal import complain, print_json, print_table, say, speak
from bot.i18n import N_, Translator

if TYPE_CHECKING:
    from bot.config import Config
    from feeds.found import Found

HOW = {
    "address": N_("the address itself"),
    "declared": N_("named by the page"),
    "linked": N_("linked on the site"),
    "guessed": N_("in a usual place"),
    "sitemap": N_("news sitemap"),
}
"""A name for each `feeds.found.How`."""


def find(
    url: Annotated[
        str, typer.Argument(help="Any address of the site: its front page, a section, an article.")
    ],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Find the feeds of a site and read each of them. Stores nothing; asks the site at most 25 times."""
    settings = settings_or_defaults(config)
    t = speak()
    if sys.stderr.isatty():
        complain(t(N_("Looking for feeds; this can take a minute.")))
    found = asyncio.run(_discover(url, settings))
    if not found:
        complain(
            t(
                N_(
                    "No feed was found there or elsewhere on the site. Look for a page named RSS on the "
                    "site and try its address. A site without feeds can be read with a rule: see “page” "
                    "in config.example.yaml."
                )
            )
        )
        raise typer.Exit(FAILED)
    if as_json:
        for each in found:
            print_json(record(each))
        return
    print_table(found, _columns(settings.time_zone, t))
    say(t.plural("{n} feed", "{n} feeds", len(found)))


async def _discover(address: str, settings: "Config") -> "tuple[Found, ...]":
    from bot.app import outside
    from bot.clock import wall_clock
    from feeds.discover import discover

    async with outside(settings) as reader:
        return await discover(
            reader.session, reader.sandbox, address, time_zone=settings.time_zone, now=wall_clock()
        )


def record(found: "Found") -> dict[str, Any]:
    """A feed as a JSON line; `newest` in ISO 8601, UTC, or null; `how` as in `feeds.found.How`."""
    return {
        "url": found.url,
        "title": found.title,
        "format": found.format,
        "entries": found.entries,
        "newest": found.newest.isoformat() if found.newest else None,
        "how": found.how,
    }


def _columns(time_zone: str, t: Translator) -> "Mapping[str, Callable[[Found], str]]":
    return {
        t(N_("Title")): lambda found: found.title,
        t(N_("Format")): lambda found: found.format,
        t(N_("Entries")): lambda found: str(found.entries),
        t(N_("Newest")): lambda found: t.moment(found.newest, time_zone) if found.newest else "–",
        t(N_("Address")): lambda found: found.url,
        t(N_("How found")): lambda found: t(HOW[found.how]),
    }
