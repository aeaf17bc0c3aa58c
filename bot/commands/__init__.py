"""The commands: one file each, one list, from which dispatch, menus and /help are made."""

from bot.commands import (
    addfeed,
    chats,
    delfeed,
    digest,
    feeds,
    follow,
    full,
    grant,
    latest,
    mine,
    pause,
    resume,
    revoke,
    search,
    settings,
    sources,
    start,
    stats,
    stop,
    sub,
    topics,
    unfollow,
    unsub,
)
from bot.commands.base import Command
from bot.commands.help import help_command

_ALL_BUT_HELP = (
    start.COMMAND,
    latest.COMMAND,
    search.COMMAND,
    full.COMMAND,
    topics.COMMAND,
    sources.COMMAND,
    follow.COMMAND,
    unfollow.COMMAND,
    mine.COMMAND,
    digest.COMMAND,
    settings.COMMAND,
    pause.COMMAND,
    resume.COMMAND,
    stop.COMMAND,
    feeds.COMMAND,
    addfeed.COMMAND,
    delfeed.COMMAND,
    chats.COMMAND,
    sub.COMMAND,
    unsub.COMMAND,
    grant.COMMAND,
    revoke.COMMAND,
    stats.COMMAND,
)

COMMANDS: tuple[Command, ...] = (*_ALL_BUT_HELP, help_command(_ALL_BUT_HELP))


def find_command(name: str) -> Command | None:
    """The command with this English name or alias, in lower case."""
    return next((command for command in COMMANDS if name in (command.name, *command.aliases)), None)
