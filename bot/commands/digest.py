"""/digest: ask for a review of the news now, or have it come at an hour."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.commands.base import Command, CommandContext
from bot.digest import day_before, next_digest_at
from bot.errors import UserError
from bot.gather import gather_digest
from bot.i18n import N_, Translator
from bot.messages import Button, Message, Reply, Request, bold, line, message
from bot.render.digest import render_digest
from bot.render.schedule import EVERY_DAY, WEEKDAYS, digest_schedule
from feeds.text import fold
from storage.chats import set_digest
from storage.engine import reading, writing
from storage.subscriptions import targets_of_chat
from storage.topics import list_topics
from storage.types import Chat, Role

NOW_COVERS = timedelta(hours=24)
"""What `/digest now` looks back on."""

_OFF = frozenset({"off", "tat", "none", "no"})
_NOW = frozenset({"now", "ngay", "bay gio", "hom nay", "today"})
_YESTERDAY = frozenset({"yesterday", "hom qua"})
_TIME = re.compile(
    r"(?P<days>weekdays|workdays|ngay thuong|ngay lam viec)?\s*(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})?)?",
    re.ASCII,
)


async def run(request: Request, context: CommandContext) -> Reply:
    """`off`, `HH:MM`, `weekdays HH:MM`, `now`, `yesterday`; without one show how it stands."""
    wish = fold(request.argument).strip()
    if not wish:
        return _overview(request, request.chat)
    if wish in _NOW:
        return await _review(request, context, request.now - NOW_COVERS, request.now)
    if wish in _YESTERDAY:
        return await _review(request, context, *day_before(request.now, request.chat.time_zone))
    if wish in _OFF:
        return await _switch_off(request, context)
    return await _schedule(request, context, *_read_time(wish))


def _overview(request: Request, chat: Chat, note: str = "") -> Reply:
    """How the digest stands, with the usual choices as buttons."""
    t = request.t
    shown = message(
        line(bold(t("Digest"))),
        t("The news on what you follow in one message, grouped by topic, at an hour you choose."),
        digest_schedule(chat, t),
        t("For another hour write for example: /digest 06:30 or /digest weekdays 17:00"),
    ).with_buttons(
        _times(chat, t),
        [Button(t("Show now"), action="digest now"), Button(t("Yesterday"), action="digest yesterday")],
        [Button(t("Switch the digest off"), action="digest off")] if chat.digest_at else [],
    )
    return Reply.of(shown, replace=request.pressed and bool(note), note=note)


def _times(chat: Chat, t: Translator) -> list[Button]:
    chosen = (chat.digest_at, chat.digest_days)
    choices = (
        (("07:00", EVERY_DAY), "07:00", "digest 07:00"),
        (("17:00", EVERY_DAY), "17:00", "digest 17:00"),
        (("07:00", WEEKDAYS), t("Mon–Fri 07:00"), "digest weekdays 07:00"),
    )
    return [
        Button(f"✓ {label}" if chosen == choice else label, action=action)
        for choice, label, action in choices
    ]


async def _review(request: Request, context: CommandContext, since: datetime, until: datetime) -> Reply:
    t = request.t
    async with reading(context.engine) as conn:
        if not await targets_of_chat(conn, request.chat.id):
            return Reply.of(_nothing_followed(t))
        articles = await gather_digest(conn, request.chat, since, until)
        topics = await list_topics(conn)
    return Reply.of(render_digest(articles, topics, request.chat, since, until, t))


async def _switch_off(request: Request, context: CommandContext) -> Reply:
    chat, t = request.chat, request.t
    if chat.digest_at is None:
        return _overview(request, chat, t("No digest is set up."))
    async with writing(context.engine) as conn:
        chat = await set_digest(conn, chat.id, at=None, days=EVERY_DAY, next_at=None)
    note = t("The digest is off.")
    if request.pressed:
        return _overview(request, chat, note)
    if not chat.instant:
        return Reply.of(
            message(note, t("You get nothing by itself now. /settings sends articles at once again."))
        )
    return Reply.of(message(note))


async def _schedule(request: Request, context: CommandContext, at: str, days: str) -> Reply:
    t = request.t
    wished = replace(request.chat, digest_at=at, digest_days=days)
    first = next_digest_at(wished, request.now)
    async with writing(context.engine) as conn:
        chat = await set_digest(conn, request.chat.id, at=at, days=days, next_at=first)
        follows = await targets_of_chat(conn, chat.id)
    if request.pressed:
        return _overview(request, chat, digest_schedule(chat, t))
    lines = [digest_schedule(chat, t)]
    if first:
        lines.append(t("The first one: {moment}.", moment=t.moment(first, chat.time_zone)))
    shown = message(*lines)
    return Reply.of(shown) if follows else Reply.of(shown, _nothing_followed(t))


def _nothing_followed(t: Translator) -> Message:
    return message(
        t("You follow nothing yet, so a digest would be empty. Pick topics or sources first.")
    ).with_buttons((Button(t("Topics"), action="topics"), Button(t("Sources"), action="sources")))


def _read_time(wish: str) -> tuple[str, str]:
    """`7h30`, `07:30`, `weekdays 17:00` → `HH:MM` and days. Raises UserError."""
    match = _TIME.fullmatch(wish)
    if match is None or int(match["hour"]) > 23 or int(match["minute"] or 0) > 59:
        raise UserError(
            N_(
                "I do not understand that time. Write for example: /digest 07:00, /digest weekdays "
                "17:00 or /digest off"
            )
        )
    at = f"{int(match['hour']):02}:{int(match['minute'] or 0):02}"
    return at, WEEKDAYS if match["days"] else EVERY_DAY


COMMAND = Command(
    name="digest",
    aliases=("diembao",),
    role=Role.CITIZEN,
    summary=N_("A review of the news, now or every day at an hour"),
    usage=N_("[off | HH:MM | weekdays HH:MM | now | yesterday]"),
    run=run,
    changes_chat=True,
)
