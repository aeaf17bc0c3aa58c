"""/unsub: take a subscription off any chat, for administrators."""

from bot.commands.base import Command, CommandContext
from bot.commands.sub import read_chat_and_what, wished_target
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.render.chats import chat_name
from storage.audit import record_action
from storage.engine import writing
from storage.subscriptions import unsubscribe
from storage.types import Role


async def run(request: Request, context: CommandContext) -> Reply:
    """`<chat> <what>`, as in /sub."""
    t = request.t
    async with writing(context.engine) as conn:
        chat, what = await read_chat_and_what(conn, request, COMMAND)
        target, title = await wished_target(conn, what, request)
        gone = await unsubscribe(conn, chat.id, target)
        if gone:
            detail = {"chat": chat.address, "target": target.key}
            await record_action(conn, request.person.address, "unsub", detail, request.now)
    if not gone:
        return Reply.of(message(t("{chat} does not follow {name}.", chat=chat_name(chat), name=title)))
    return Reply.of(message(t("{chat} no longer follows {name}.", chat=chat_name(chat), name=title)))


COMMAND = Command(
    name="unsub",
    aliases=("huydangky",),
    role=Role.ADMIN,
    summary=N_("Take a subscription off a chat"),
    usage=N_("<chat> <what>"),
    run=run,
)
