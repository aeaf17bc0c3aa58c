"""What a command is, and what it may use."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.messages import Reply, Request
from feeds.found import Found
from feeds.types import ParsedFeed, TopicRule
from storage.types import Article, Role

FeedReader = Callable[[str, str], Awaitable[ParsedFeed]]
"""Fetch and read the feed at an address, in a time zone. Raises `feeds.errors.FeedError`."""

FeedFinder = Callable[[str], Awaitable[Sequence[Found]]]
"""Find the feeds of the site at an address, the best first. Raises `feeds.errors.FeedError`."""

TextReader = Callable[[Article], Awaitable[None]]
"""Read the page of an article stored with a teaser only, and store its text or that there is none."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What commands may use besides the request."""

    engine: AsyncEngine
    read_feed: FeedReader
    find_feeds: FeedFinder
    read_text: TextReader
    topic_rules: tuple[TopicRule, ...]
    owners: frozenset[str]
    """Addresses whose role comes from the configuration and cannot be revoked."""
    language: str
    """Of a chat that has not chosen one."""
    time_zone: str
    """Of a chat that has not chosen one."""


Handler = Callable[[Request, CommandContext], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its names, who may use it, and what runs."""

    name: str
    """English, `[a-z0-9_]`."""
    aliases: tuple[str, ...]
    """Other names; the first is the Vietnamese one, shown in Vietnamese menus."""
    role: Role
    summary: str
    """One line for the menu and /help, marked with `N_`."""
    usage: str
    """Arguments as shown in /help, marked with `N_`; empty when there are none."""
    run: Handler
    changes_chat: bool = False
    """Whether it changes what the chat gets: in groups only administrators may."""
    in_menu: bool = True
