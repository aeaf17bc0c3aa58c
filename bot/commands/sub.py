"""/sub: subscribe any chat, for administrators."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.base import Command, CommandContext
from bot.commands.chats import named_chat
from bot.commands.help import shown_name
from bot.commands.queries import read_query
from bot.commands.targets import find_target
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.render.chats import STATE_NAMES, chat_name
from bot.render.parts import short_line
from storage.audit import record_action
from storage.engine import writing
from storage.search import keep_query
from storage.subscriptions import subscribe
from storage.types import Chat, ChatState, Role, Target, TargetKind

QUERY_PREFIX = "query:"
"""Before words that are to be a saved search even if a topic or source has that name."""


async def run(request: Request, context: CommandContext) -> Reply:
    """`<chat> <what>`: all, topic:id, source:id, a name, or words to search for."""
    t = request.t
    async with writing(context.engine) as conn:
        chat, what = await read_chat_and_what(conn, request, COMMAND)
        target, title = await wished_target(conn, what, request)
        new = await subscribe(conn, chat.id, target, request.now)
        if new:
            detail = {"chat": chat.address, "target": target.key}
            await record_action(conn, request.person.address, "sub", detail, request.now)
    if not new:
        return Reply.of(message(t("{chat} follows {name} already.", chat=chat_name(chat), name=title)))
    lines = [t("✓ {chat} now follows {name}.", chat=chat_name(chat), name=title)]
    if chat.state is not ChatState.ACTIVE:
        lines.append(
            t("But nothing is sent there at present: it is {state}.", state=t(STATE_NAMES[chat.state]))
        )
    return Reply.of(message(*lines))


async def read_chat_and_what(conn: AsyncConnection, request: Request, command: Command) -> tuple[Chat, str]:
    """The chat named first and the words after it. Raises UserError when one is missing."""
    name, _, what = request.argument.partition(" ")
    if not what.strip():
        raise UserError(
            N_(
                "Write a chat and what: /{command} 5 all, /{command} 5 topic:dan-van, /{command} 5 "
                "source:3 or words"
            ),
            command=shown_name(command, request.t.language),
        )
    return await named_chat(conn, name), what.strip()


async def wished_target(conn: AsyncConnection, what: str, request: Request) -> tuple[Target, str]:
    """The target that `what` names; words that name nothing become a saved search. Raises UserError."""
    if not what.startswith(QUERY_PREFIX):
        found = await find_target(conn, what, request.t)
        if found:
            return found
        if what.startswith(("topic:", "source:")) and " " not in what:
            raise UserError(
                N_(
                    "There is no topic or source called “{name}”. See /topics and /sources for those "
                    "there are."
                ),
                name=short_line(what, 60),
            )
    query = read_query(what.removeprefix(QUERY_PREFIX))
    query_id = await keep_query(conn, query.text, request.now)
    return Target(TargetKind.QUERY, str(query_id)), f"“{short_line(query.text, 80)}”"


COMMAND = Command(
    name="sub",
    aliases=("dangky",),
    role=Role.ADMIN,
    summary=N_("Subscribe a chat"),
    usage=N_("<chat> <what>"),
    run=run,
)
