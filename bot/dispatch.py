"""From what happened in a chat to the answer it gets.

    incoming → chat, person, role → text as a command → may they? → its handler → reply
                                                          │              │
                                               a sentence ◀── UserError, or an apology with a number

Roles and the rights of a group's administrators are asked here and nowhere else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

import structlog

from bot.commands.base import Command, CommandContext
from bot.commands.help import shown_name
from bot.commands.start import greeting
from bot.errors import UserError
from bot.i18n import N_, Translator, pick_language, translator
from bot.messages import Reply, Request, message
from bot.messengers.addresses import split_address
from bot.messengers.base import DeliveryError, Incoming, IncomingKind
from bot.parsing import Asked, read_text
from bot.render.parts import short_line
from bot.render.roles import role_name
from storage.audit import record_action
from storage.chats import ensure_chat, find_chat, mark_gone, move_chat, revive_chat
from storage.engine import writing
from storage.people import get_person
from storage.types import Chat, ChatKind, ChatState, Person

log = structlog.get_logger(__name__)

Administers = Callable[[str, str], Awaitable[bool]]
"""Whether a person (second) is an administrator of a chat (first); both are addresses."""

MAX_NOTE_CHARACTERS = 200
"""What Telegram shows over a pressed button (answerCallbackQuery.text)."""

MAX_LOGGED_FRAMES = 12
"""Of an unexpected error: where it happened is enough, and values may be what someone wrote."""


async def answer(
    incoming: Incoming, context: CommandContext, *, now: datetime, administers: Administers
) -> tuple[Chat, Reply] | None:
    """The chat to answer and what to say there; None when nothing is to be said.

    Every mistake becomes a sentence. Only a database that cannot be reached at all raises.
    """
    match incoming.kind:
        case IncomingKind.LEFT:
            await _left(incoming, context, now)
            return None
        case IncomingKind.MOVED:
            await _moved(incoming, context, now)
            return None
        case IncomingKind.JOINED:
            return await _joined(incoming, context, now)
        case IncomingKind.TEXT | IncomingKind.BUTTON:
            return await _asked(incoming, context, now, administers)


async def _left(incoming: Incoming, context: CommandContext, now: datetime) -> None:
    async with writing(context.engine) as conn:
        chat = await find_chat(conn, incoming.chat)
        if chat and chat.state is not ChatState.GONE:
            await mark_gone(conn, chat.id, "left", now)


async def _moved(incoming: Incoming, context: CommandContext, now: datetime) -> None:
    async with writing(context.engine) as conn:
        await move_chat(conn, incoming.chat, incoming.text, now)


async def _joined(incoming: Incoming, context: CommandContext, now: datetime) -> tuple[Chat, Reply] | None:
    """Bring the chat back; greet a group. A private chat says /start itself; a channel has only readers."""
    chat, person = await _meet(incoming, context, now)
    if chat.state is ChatState.GONE:
        async with writing(context.engine) as conn:
            chat = await revive_chat(conn, chat.id)
    if chat.kind is not ChatKind.GROUP:
        return None
    request = Request(chat, person, "start", "", now, translator(chat.language))
    async with writing(context.engine) as conn:
        return chat, Reply.of(await greeting(conn, request))


async def _asked(
    incoming: Incoming, context: CommandContext, now: datetime, administers: Administers
) -> tuple[Chat, Reply] | None:
    pressed = incoming.kind is IncomingKind.BUTTON
    asked = read_text(incoming.text, pressed=pressed, alone=incoming.chat_kind is ChatKind.PRIVATE)
    if asked is None:
        return None
    chat, person = await _meet(incoming, context, now)
    t = translator(chat.language)
    try:
        if asked.command is None:
            return chat, _reply_to_unknown(asked, person, t, pressed)
        request = Request(chat, person, asked.command.name, asked.argument, now, t, pressed)
        await _check_role(asked.command, request, context)
        await _check_rights(asked.command, incoming, chat, administers)
        reply = await asked.command.run(request, context)
    except UserError as error:
        reply = _said(error.text(t), pressed)
    except Exception as error:
        reply = _said(_apology(error, asked, t), pressed)
    return chat, _fitting(reply, pressed)


async def _meet(incoming: Incoming, context: CommandContext, now: datetime) -> tuple[Chat, Person]:
    """The chat and the person as stored; a chat that had gone and speaks again is back."""
    messenger, _, _ = split_address(incoming.chat)
    async with writing(context.engine) as conn:
        chat, _ = await ensure_chat(
            conn,
            messenger=messenger,
            address=incoming.chat,
            kind=incoming.chat_kind,
            title=short_line(incoming.chat_title),
            language=pick_language(incoming.language, context.language),
            time_zone=context.time_zone,
            now=now,
        )
        if chat.state is ChatState.GONE and incoming.kind is IncomingKind.TEXT:
            chat = await revive_chat(conn, chat.id)
        speaker = incoming.user or incoming.chat
        person = await get_person(conn, speaker, short_line(incoming.user_name), context.owners)
    return chat, person


async def _check_role(command: Command, request: Request, context: CommandContext) -> None:
    """Raise UserError, and write it down, when the person's role is not enough."""
    if request.person.role.includes(command.role):
        return
    detail = {"command": command.name, "role": request.person.role.value}
    async with writing(context.engine) as conn:
        await record_action(conn, request.person.address, "refused", detail, request.now)
    raise UserError(
        N_(
            "The command /{command} is for the role “{role}”. Ask an administrator for it; /help shows "
            "what you can use."
        ),
        command=shown_name(command, request.t.language),
        role=role_name(command.role, request.t),
    )


async def _check_rights(command: Command, incoming: Incoming, chat: Chat, administers: Administers) -> None:
    """Raise UserError when it would change a group or channel that is not theirs to change."""
    if not command.changes_chat or chat.kind is ChatKind.PRIVATE or _speaks_as_chat(incoming):
        return
    try:
        allowed = bool(incoming.user) and await administers(incoming.chat, incoming.user)
    except DeliveryError:
        raise UserError(
            N_("I could not check just now who administers this chat. Please try again in a minute.")
        ) from None
    if not allowed:
        raise UserError(
            N_(
                "Only the administrators of this chat can change what it gets. In a private chat with "
                "me you can choose for yourself."
            )
        )


def _speaks_as_chat(incoming: Incoming) -> bool:
    """Whether the chat itself speaks: a post in a channel, or an anonymous administrator of a group."""
    if not incoming.user:
        return incoming.chat_kind is ChatKind.CHANNEL
    return incoming.user == incoming.chat.partition("/")[0]


def _reply_to_unknown(asked: Asked, person: Person, t: Translator, pressed: bool) -> Reply:
    if pressed:
        return _said(t("This button no longer works. /help shows what I can do."), pressed)
    if not asked.name:
        return Reply.of(message(t("I can only read text. Write any words to search, or /help.")))
    near = asked.nearest(person.role, t.language)
    if near:
        return Reply.of(
            message(
                t(
                    "I do not know /{name}. Did you mean /{near}? /help shows everything.",
                    name=asked.name,
                    near=near,
                )
            )
        )
    return Reply.of(message(t("I do not know /{name}. /help shows what I can do.", name=asked.name)))


def _said(text: str, pressed: bool) -> Reply:
    """A sentence: over the pressed button when it fits there, otherwise as a message."""
    if pressed and len(text) <= MAX_NOTE_CHARACTERS:
        return Reply(note=text)
    return Reply.of(message(text))


def _apology(error: Exception, asked: Asked, t: Translator) -> str:
    """Log what happened, without a word of what was written, under a number the person can pass on."""
    number = token_hex(4)
    log.error(
        "command.broke",
        error_id=number,
        command=asked.command.name if asked.command else "",
        error=type(error).__name__,
        where=_frames(error),
    )
    return t(
        "Sorry, something went wrong on my side (error {number}). Please try again; if it stays so, "
        "tell the operator that number.",
        number=number,
    )


def _frames(error: Exception) -> list[str]:
    frames = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-MAX_LOGGED_FRAMES:]


def _fitting(reply: Reply, pressed: bool) -> Reply:
    """Only a pressed button can have its message replaced and a note shown."""
    if not pressed:
        return replace(reply, replace=False, note="")
    return replace(reply, note=short_line(reply.note, MAX_NOTE_CHARACTERS))
