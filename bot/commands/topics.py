"""/topics: pick topics by buttons."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import read_page, slice_page
from bot.commands.base import Command, CommandContext
from bot.commands.following import follow
from bot.i18n import N_
from bot.messages import Button, Line, Message, Reply, Request, bold, line
from bot.render.parts import page_number, same_page
from bot.render.picker import Switch, render_picker, switch_button
from storage.engine import reading, writing
from storage.subscriptions import targets_of_chat, unsubscribe
from storage.topics import list_topics
from storage.types import EVERYTHING, Role, Target, TargetKind, Topic

TOPICS_PER_PAGE = 10
"""Five rows of two: a keyboard that leaves room for the text above it."""

ALL = "*"
"""Stands for all news where a topic's id would."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Show the topics; `+id page` and `-id page`, as the buttons say, switch one on or off."""
    sign, what, page = _read(request.argument)
    if not sign:
        async with reading(context.engine) as conn:
            return Reply.of(await _picker(conn, request, page), replace=request.pressed)
    async with writing(context.engine) as conn:
        note = await _switch(conn, request, what, on=sign == "+")
        return Reply.of(await _picker(conn, request, page), replace=request.pressed, note=note)


async def topic_picker(
    conn: AsyncConnection, request: Request, lines: list[Line], page: int, extra: tuple[Button, ...] = ()
) -> Message:
    """The given words above the topic switches; `extra` buttons stand beside “All news”."""
    t = request.t
    targets = await targets_of_chat(conn, request.chat.id)
    topics = slice_page(await list_topics(conn), page, TOPICS_PER_PAGE)
    number = page_number(topics)
    everything = switch_button(_switch_of(ALL, t("All news"), EVERYTHING.key in targets, number))
    switches = [
        _switch_of(
            topic.id, topic.title(t.language), Target(TargetKind.TOPIC, topic.id).key in targets, number
        )
        for topic in topics.items
    ]
    shown = same_page(topics, switches)
    return render_picker(lines, shown, "topics {}".format, t, above=(everything, *extra))


def _switch_of(what: str, title: str, on: bool, page: int) -> Switch:
    return Switch(title, on, f"topics {'-' if on else '+'}{what} {page}")


def _read(argument: str) -> tuple[str, str, int]:
    """`+dan-van 2` → sign, id, page; without a sign only the page."""
    words = argument.split()
    if not words or words[0][0] not in "+-" or len(words[0]) == 1:
        return "", "", read_page(argument)
    return words[0][0], words[0][1:], read_page(words[1]) if len(words) > 1 else 1


async def _switch(conn: AsyncConnection, request: Request, what: str, *, on: bool) -> str:
    t = request.t
    if what == ALL:
        target, title = EVERYTHING, t("all news")
    else:
        topic = _find(await list_topics(conn), what)
        target, title = Target(TargetKind.TOPIC, what), topic.title(t.language) if topic else what
        if on and topic is None:
            return t("This topic is no longer offered.")
    if on:
        await follow(conn, request, target)
        return t("✓ You now follow {name}.", name=title)
    await unsubscribe(conn, request.chat.id, target)
    return t("You no longer follow {name}.", name=title)


def _find(topics: list[Topic], topic_id: str) -> Topic | None:
    return next((topic for topic in topics if topic.id == topic_id), None)


async def _picker(conn: AsyncConnection, request: Request, page: int) -> Message:
    t = request.t
    if not await list_topics(conn):
        explanation = t(
            "No topics have been set up yet. You can follow single sources (/sources) or all news."
        )
    else:
        explanation = t("Tap a topic to switch it on or off. I send a short summary of each new article.")
    lines = [line(bold(t("Topics"))), line(explanation)]
    if EVERYTHING.key in await targets_of_chat(conn, request.chat.id):
        lines.append(line(t("You get all news at present; switch that off to get only the topics you pick.")))
    sources = Button(t("Sources"), action="sources")
    return await topic_picker(conn, request, lines, page, (sources,))


COMMAND = Command(
    name="topics",
    aliases=("chude",),
    role=Role.CITIZEN,
    summary=N_("Pick the topics you want"),
    usage="",
    run=run,
    changes_chat=True,
)
