"""/start: a greeting with topics to pick; a link's payload subscribes or opens at once."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.base import Command, CommandContext
from bot.commands.following import follow
from bot.commands.full import show_article
from bot.commands.targets import find_target, is_id
from bot.commands.topics import topic_picker
from bot.i18n import N_, Translator
from bot.messages import Button, Line, Message, Reply, Request, bold, line, message
from bot.render.parts import short_line
from storage.chats import revive_chat
from storage.engine import writing
from storage.types import ChatKind, ChatState, Role

ARTICLE_PAYLOAD = "a_"
"""`a_12` opens article 12."""

SUBSCRIBING = ("all", "t_", "f_")
"""Payloads that subscribe: everything, a topic, a feed."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Greet; `all`, `t_<topic>`, `f_<feed>` subscribe, `a_<article>` opens."""
    payload = request.argument
    async with writing(context.engine) as conn:
        if request.chat.state is not ChatState.ACTIVE:
            await revive_chat(conn, request.chat.id)
        if payload.startswith(SUBSCRIBING):
            return await _subscribe(conn, request, payload)
        if not payload.startswith(ARTICLE_PAYLOAD):
            return Reply.of(await greeting(conn, request))
    return Reply.of(await show_article(request, context, payload.removeprefix(ARTICLE_PAYLOAD)))


async def greeting(conn: AsyncConnection, request: Request) -> Message:
    """Who we are, what to do now, and the topics to do it with."""
    lines = _introduction(request)
    sources = Button(request.t("Sources"), action="sources")
    return await topic_picker(conn, request, lines, 1, (sources,))


def _introduction(request: Request) -> list[Line]:
    t = request.t
    if request.chat.kind is not ChatKind.PRIVATE:
        return [
            line(bold(t("Hello! I am Loa and bring the news into this chat."))),
            line(t("An administrator picks below what is to come here. /help shows what else I can do.")),
        ]
    name = short_line(request.person.name, 40)
    hello = (
        t("Hello {name}! I am Loa and bring you the news.", name=name)
        if name
        else t("Hello! I am Loa and bring you the news.")
    )
    return [
        line(bold(hello)),
        line(t("Pick what interests you: I send a short summary of each new article as soon as it appears.")),
        line(t("Write any words to search. /help shows everything, /stop ends it.")),
    ]


async def _subscribe(conn: AsyncConnection, request: Request, payload: str) -> Reply:
    t = request.t
    kind, _, ref = payload.partition("_")
    known = payload == "all" or kind == "t" or is_id(ref)
    found = await find_target(conn, payload, t) if known else None
    if found is None:
        gone = message(t("What this link leads to is no longer offered. Pick something else:"))
        return Reply.of(gone, await greeting(conn, request))
    target, title = found
    await follow(conn, request, target)
    return Reply.of(_welcome(title, t))


def _welcome(title: str, t: Translator) -> Message:
    return message(
        line(bold(t("Hello! I am Loa and bring you the news."))),
        line("✓ ", t("You now follow {name}.", name=title)),
        t(
            "I send a short summary of each new article. /topics offers more, /mine shows what you "
            "follow, /stop ends it."
        ),
    ).with_buttons((Button(t("Topics"), action="topics"), Button(t("Latest"), action="latest")))


COMMAND = Command(
    name="start",
    aliases=("batdau",),
    role=Role.CITIZEN,
    summary=N_("Begin, and pick topics"),
    usage="",
    run=run,
    changes_chat=True,
)
