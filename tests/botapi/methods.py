"""The Bot API methods that act on the world; polling is in `polling`."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.botapi.checks import (
    Refused,
    bad,
    check_text,
    flag,
    keyboard_of,
    menu_of,
    nested,
    number,
    room_of,
    scope_of,
    text_of,
    writable,
)
from tests.botapi.ledger import Sent
from tests.botapi.limits import RateModel
from tests.botapi.members import member
from tests.botapi.world import Person, Room, World

DELETE_SECONDS = 2 * 86_400
"""A bot may delete its own messages this long."""

CALLBACK_SECONDS = 15.0
"""How long a pressed button can be answered; the real deadline is unpublished."""

MAX_NOTE = 200

Parameters = Mapping[str, Any]
Method = Callable[[World, Parameters, RateModel | None], Any]

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
_SEND_PARAMETERS = {
    "business_connection_id",
    "chat_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "text",
    "parse_mode",
    "entities",
    "link_preview_options",
    "disable_notification",
    "protect_content",
    "allow_paid_broadcast",
    "message_effect_id",
    "suggested_post_parameters",
    "reply_parameters",
    "reply_markup",
}
KNOWN_PARAMETERS: dict[str, set[str]] = {
    "getme": set(),
    "sendmessage": _SEND_PARAMETERS,
    "editmessagetext": {"chat_id", "message_id", "text", "parse_mode", "entities", "inline_message_id"}
    | {"link_preview_options", "reply_markup", "business_connection_id"},
    "editmessagereplymarkup": {"chat_id", "message_id", "inline_message_id", "reply_markup"}
    | {"business_connection_id"},
    "deletemessage": {"chat_id", "message_id"},
    "answercallbackquery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "setmycommands": {"commands", "scope", "language_code"},
    "deletemycommands": {"scope", "language_code"},
    "getmycommands": {"scope", "language_code"},
    "getchat": {"chat_id"},
    "getchatmember": {"chat_id", "user_id"},
    "getchatadministrators": {"chat_id"},
    "sendchataction": {"chat_id", "message_thread_id", "action", "business_connection_id"},
    "getupdates": {"offset", "limit", "timeout", "allowed_updates"},
    "deletewebhook": {"drop_pending_updates"},
    "setwebhook": {"url", "secret_token", "allowed_updates", "max_connections"},
}


def get_me(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    flags = ("can_join_groups", "supports_inline_queries", "can_read_all_group_messages")
    return world.bot_as_api() | dict.fromkeys(flags, False) | {"can_join_groups": True}


def send_message(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    text, entities = text_of(parameters, world)
    rows = keyboard_of(parameters)
    chat, thread = writable(parameters, world)
    check_text(text)
    reply = nested(parameters, "reply_parameters", "reply parameters") or {}
    now = world.now()
    if rate is not None and (seconds := rate.wait(chat.id, now)):
        described = f"Too Many Requests: retry after {seconds}"
        raise Refused(429, described, {"retry_after": seconds})
    sent = Sent(
        message_id=world.number(f"message:{chat.id}"),
        chat_id=chat.id,
        thread_id=thread,
        text=text,
        entities=entities,
        rows=rows,
        silent=flag(parameters, "disable_notification"),
        preview=nested(parameters, "link_preview_options", "link preview options") or {},
        at=now,
        reply_to=reply.get("message_id"),
    )
    world.ledger.sent.append(sent)
    return _shown(world, sent, chat)


def edit_message_text(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    text, entities = text_of(parameters, world)
    rows = keyboard_of(parameters)
    chat, sent = _editable(world, parameters)
    check_text(text)
    preview = nested(parameters, "link_preview_options", "link preview options") or {}
    if (sent.text, sent.entities, sent.rows, sent.preview) == (text, entities, rows, preview):
        raise bad(_NOT_MODIFIED)
    sent.text, sent.entities, sent.rows, sent.preview = text, entities, rows, preview
    sent.edits += 1
    return _shown(world, sent, chat)


def edit_message_reply_markup(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    rows = keyboard_of(parameters)
    chat, sent = _editable(world, parameters)
    if sent.rows == rows:
        raise bad(_NOT_MODIFIED)
    sent.rows = rows
    sent.edits += 1
    return _shown(world, sent, chat)


def delete_message(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    chat = room_of(parameters, world)
    sent = _found(world, chat, parameters)
    if sent is None:
        raise bad("message to delete not found")
    if world.now() - sent.at > DELETE_SECONDS:
        raise bad("message can't be deleted for everyone")
    sent.deleted = True
    return True


def answer_callback_query(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    press = world.presses.get(str(parameters.get("callback_query_id", "")))
    if press is None or press.answer is not None or world.now() - press.at > CALLBACK_SECONDS:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    note = str(parameters.get("text") or "")
    if len(note) > MAX_NOTE:
        raise bad("MESSAGE_TOO_LONG")
    press.answer = note
    return True


def set_my_commands(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    commands = menu_of(parameters)
    scope = scope_of(parameters)
    if scope.startswith("chat:"):
        room_of({"chat_id": scope.removeprefix("chat:")}, world)
    world.commands[(scope, str(parameters.get("language_code") or ""))] = commands
    return True


def delete_my_commands(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    world.commands.pop((scope_of(parameters), str(parameters.get("language_code") or "")), None)
    return True


def get_my_commands(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    return world.commands.get((scope_of(parameters), str(parameters.get("language_code") or "")), [])


def get_chat(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    chat = room_of(parameters, world)
    shown = world.chat_of(chat) if isinstance(chat, Person) else chat.as_api()
    return shown | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}


def get_chat_member(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    chat = room_of(parameters, world)
    person = world.people.get(number(parameters, "user_id", 0) or 0)
    if person is None:
        raise bad("PARTICIPANT_ID_INVALID")
    if isinstance(chat, Person):
        return member(person.as_api(), "member", True, "private")
    return member(person.as_api(), chat.members.get(person.id, "left"), True, chat.type)


def get_chat_administrators(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    chat = room_of(parameters, world)
    if isinstance(chat, Person):
        raise bad("there are no administrators in the private chat")
    admins = [
        member(world.people[id].as_api(), status, True, chat.type)
        for id, status in chat.members.items()
        if status in ("creator", "administrator")
    ]
    if chat.bot_status == "administrator":
        admins.append(member(world.bot_as_api(), "administrator", chat.can_write, chat.type))
    return admins


def send_chat_action(world: World, parameters: Parameters, rate: RateModel | None) -> Any:
    chat, _ = writable(parameters, world)
    world.actions.append((chat.id, str(parameters.get("action"))))
    return True


_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)

METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": send_message,
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
    "deletemycommands": delete_my_commands,
    "getmycommands": get_my_commands,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "sendchataction": send_chat_action,
}


def _editable(world: World, parameters: Parameters) -> tuple[Person | Room, Sent]:
    chat = room_of(parameters, world)
    writable(parameters, world)
    sent = _found(world, chat, parameters)
    if sent is None:
        raise bad("message to edit not found")
    return chat, sent


def _found(world: World, chat: Person | Room, parameters: Parameters) -> Sent | None:
    wanted = number(parameters, "message_id")
    for sent in reversed(world.ledger.sent):
        if sent.chat_id == chat.id and sent.message_id == wanted and not sent.deleted:
            return sent
    return None


def _shown(world: World, sent: Sent, chat: Person | Room) -> dict[str, Any]:
    room = chat if isinstance(chat, Room) else None
    person = chat if isinstance(chat, Person) else Person(0, "")
    shown = sent.as_api() | {"chat": world.chat_of(person, room)}
    if room is not None and room.type == "channel":
        return shown | {"sender_chat": room.as_api()}
    return shown | {"from": world.bot_as_api()}
