"""An update of the Bot API as the thing that happened, or None when it is none of our business."""

import re

from telegram import Chat, ChatMember, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.messengers.base import Incoming, IncomingKind
from storage.types import ChatKind

MAX_TEXT_CHARACTERS = 4_096

ALLOWED_UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")
"""What is asked for; the server remembers it. Edited messages are not commands."""

_KINDS = {
    ChatType.PRIVATE: ChatKind.PRIVATE,
    ChatType.GROUP: ChatKind.GROUP,
    ChatType.SUPERGROUP: ChatKind.GROUP,
    ChatType.CHANNEL: ChatKind.CHANNEL,
}
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?P<rest>.*)", re.DOTALL)


def read_update(update: Update, username: str) -> Incoming | None:
    """Read an update for the bot of this user name.

    In groups and channels only commands count, and only ours (`/latest`, `/latest@us`, never `/latest@them`).
    """
    if update.callback_query is not None:
        return _pressed(update)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    message = update.message or update.channel_post
    if message is None:
        return None
    if message.migrate_to_chat_id is not None:
        return _incoming(IncomingKind.MOVED, message.chat, None, text=address(message.migrate_to_chat_id))
    return _typed(message, username)


def address(chat_id: int, thread: int | None = None) -> str:
    """`telegram:-1005` or `telegram:-1005/17`."""
    return f"telegram:{chat_id}" if thread is None else f"telegram:{chat_id}/{thread}"


def order_of(update: Update) -> int:
    """What an update must keep its order with: the chat it comes from."""
    return update.effective_chat.id if update.effective_chat is not None else 0


def _typed(message: Message, username: str) -> Incoming | None:
    if not message.text or message.is_automatic_forward:
        return None
    by_bot = message.from_user is not None and message.from_user.is_bot
    if by_bot and message.sender_chat is None:
        return None  # two bots answering each other never stop
    text = _addressed_to_us(message.text[:MAX_TEXT_CHARACTERS], username, message.chat.type)
    if text is None:
        return None
    return _incoming(
        IncomingKind.TEXT,
        message.chat,
        message.from_user,
        thread=_thread(message),
        speaker=message.sender_chat,
        text=text,
    )


def _addressed_to_us(text: str, username: str, chat_type: str) -> str | None:
    """The text without our name in the command; None when it is meant for someone else."""
    command = _COMMAND.fullmatch(text.strip())
    if command is None:
        return text if chat_type == ChatType.PRIVATE else None
    if command["bot"] and command["bot"].lower() != username.lower():
        return None
    return f"/{command['name']}{command['rest']}"


def _pressed(update: Update) -> Incoming | None:
    query = update.callback_query
    if query is None or query.message is None or query.data is None:
        return None
    thread = _thread(query.message) if isinstance(query.message, Message) else None
    return _incoming(
        IncomingKind.BUTTON,
        query.message.chat,
        query.from_user,
        thread=thread,
        text=query.data,
        message_id=str(query.message.message_id),
        callback_id=query.id,
    )


def _membership(change: ChatMemberUpdated) -> Incoming | None:
    before, after = change.old_chat_member, change.new_chat_member
    if _can_write(after) and not _can_write(before):
        return _incoming(IncomingKind.JOINED, change.chat, change.from_user)
    if _is_inside(before) and not _is_inside(after):
        return _incoming(IncomingKind.LEFT, change.chat, change.from_user)
    return None  # a right we do not need changed, or one was lost: the next send tells


def _is_inside(member: ChatMember) -> bool:
    if member.status == ChatMemberStatus.RESTRICTED:
        return bool(getattr(member, "is_member", False))
    return member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def _can_write(member: ChatMember) -> bool:
    if member.status == ChatMemberStatus.RESTRICTED:
        return _is_inside(member) and bool(getattr(member, "can_send_messages", False))
    # Only channels have the right to post; elsewhere it is absent and everyone inside may write.
    return _is_inside(member) and getattr(member, "can_post_messages", None) is not False


def _thread(message: Message) -> int | None:
    # Outside forums a thread is only a chain of replies.
    return message.message_thread_id if message.is_topic_message else None


def _incoming(
    kind: IncomingKind,
    chat: Chat,
    user: User | None,
    *,
    thread: int | None = None,
    speaker: Chat | None = None,
    text: str = "",
    message_id: str = "",
    callback_id: str = "",
) -> Incoming:
    if speaker is not None:
        # An administrator hiding behind the group, or a channel's own post: the chat is who speaks.
        user_address = "" if chat.type == ChatType.CHANNEL else address(speaker.id)
        name, language = speaker.title or "", ""
    else:
        user_address = address(user.id) if user is not None else ""
        name, language = (user.full_name, user.language_code or "") if user is not None else ("", "")
    return Incoming(
        kind=kind,
        chat=address(chat.id, thread),
        chat_kind=_KINDS.get(ChatType(chat.type), ChatKind.GROUP),
        chat_title=chat.title or chat.full_name or "",
        user=user_address,
        user_name=name,
        language=language,
        text=text,
        message_id=message_id,
        callback_id=callback_id,
    )
