"""Chats as administrators see them."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.i18n import N_, Translator
from bot.messages import BLANK, Line, Message, bold, italic, line
from bot.render.parts import joined, page_buttons, page_mark, short_line
from storage.types import Chat, ChatKind, ChatState, Page

STATE_NAMES: Mapping[ChatState, str] = MappingProxyType(
    {
        ChatState.ACTIVE: N_("active"),
        ChatState.PAUSED: N_("paused"),
        ChatState.STOPPED: N_("stopped"),
        ChatState.GONE: N_("gone"),
        ChatState.RESTRICTED: N_("restricted"),
    }
)

KIND_NAMES: Mapping[ChatKind, str] = MappingProxyType(
    {
        ChatKind.PRIVATE: N_("private chat"),
        ChatKind.GROUP: N_("group"),
        ChatKind.CHANNEL: N_("channel"),
    }
)


def render_chats(page: Page[Chat], t: Translator) -> Message:
    """A page of chats: number, title, address, kind, state, digest."""
    lines: list[Line] = [line(bold(t.plural("{n} chat", "{n} chats", page.total)))]
    for chat in page.items:
        lines += [BLANK, line(bold(f"#{chat.id} {chat_name(chat)}")), line(_facts(chat, t))]
    if mark := page_mark(page, t):
        lines += [BLANK, line(italic(mark))]
    return Message(tuple(lines)).with_buttons(page_buttons(page, "chats {}".format))


def chat_name(chat: Chat) -> str:
    """Its title, or its address when it has none."""
    return short_line(chat.title, 80) or chat.address


def _facts(chat: Chat, t: Translator) -> str:
    digest = t("digest {time}", time=chat.digest_at) if chat.digest_at else ""
    return joined(chat.address, t(KIND_NAMES[chat.kind]), t(STATE_NAMES[chat.state]), chat.language, digest)
