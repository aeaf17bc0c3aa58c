"""What the Bot API refuses, with its exact words."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.botapi.html import MAX_ENTITIES, ParseError, is_blank, parse_html, plain, wrong_url
from tests.botapi.world import Person, Room, World

MAX_TEXT_CODE_POINTS = 4096
MAX_RAW_BYTES = 32_768
MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
MAX_CALLBACK_BYTES = 64
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256


class Refused(Exception):  # an answer, not a fault of ours
    """The method fails: HTTP status, description, parameters."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> Refused:
    """400 with the usual prefix."""
    return Refused(400, f"Bad Request: {description}")


def forbidden(description: str) -> Refused:
    return Refused(403, f"Forbidden: {description}")


def number(parameters: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    """An integer parameter; the server reads anything else as absent."""
    try:
        return int(parameters[name])
    except (KeyError, TypeError, ValueError):
        return default


def flag(parameters: Mapping[str, Any], name: str) -> bool:
    return str(parameters.get(name, "")).lower() in ("true", "yes", "1")


def nested(parameters: Mapping[str, Any], name: str, what: str) -> Any:
    """A parameter that is JSON, given as text or as it is."""
    value = parameters.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise bad(f"can't parse {what} JSON object") from None


def text_of(parameters: Mapping[str, Any], world: World) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities of a message to send. Raises Refused."""
    raw = parameters.get("text")
    if not isinstance(raw, str) or not raw:
        raise bad("message text is empty")
    if len(raw.encode()) > MAX_RAW_BYTES:
        raise bad("text is too long")
    mode = str(parameters.get("parse_mode") or "").lower()
    if mode not in ("", "none", "html"):
        raise bad("unsupported parse_mode")
    try:
        text, entities = parse_html(raw) if mode == "html" else plain(raw)
    except ParseError as error:
        raise bad(f"can't parse entities: {error}") from None
    if len(entities) > MAX_ENTITIES:
        world.ledger.warnings.append(f"{len(entities)} entities, the rest is dropped")
        entities = entities[:MAX_ENTITIES]
    return text, entities


def check_text(text: str) -> None:
    """Content checks that come after the chat's. Raises Refused."""
    if is_blank(text):
        raise bad("text must be non-empty")
    if len(text) > MAX_TEXT_CODE_POINTS:
        raise bad("message is too long")


def keyboard_of(parameters: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Rows of an inline keyboard; empty rows are dropped as the server does. Raises Refused."""
    markup = nested(parameters, "reply_markup", "reply keyboard markup")
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in kept) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_IN_ROW for row in kept):
        raise bad("reply markup is too long")
    return kept


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    label = button.get("text")
    if not isinstance(label, str) or is_blank(label):
        raise bad("inline keyboard button text must be non-empty")
    actions = [key for key in ("callback_data", "url", "copy_text", "web_app", "login_url") if key in button]
    if not actions:
        told = "Text buttons are unallowed in the inline keyboard"
        raise bad(f"can't parse inline keyboard button: {told}")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and wrong_url(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return dict(button)


def room_of(parameters: Mapping[str, Any], world: World) -> Person | Room:
    """The chat named, whether or not the bot may write there. Raises Refused."""
    wanted = str(parameters.get("chat_id", "")).strip()
    if not wanted:
        raise bad("chat_id is empty")
    if wanted.startswith("@"):
        for room in world.rooms.values():
            if room.username.lower() == wanted[1:].lower():
                return room
        raise bad("chat not found")
    if not re.fullmatch(r"-?\d+", wanted):
        raise bad("chat not found")
    found = world.rooms.get(int(wanted)) or world.people.get(int(wanted))
    if found is None:
        raise bad("chat not found")
    return found


def writable(parameters: Mapping[str, Any], world: World) -> tuple[Person | Room, int | None]:
    """The chat and thread to write to. Raises Refused when the bot may not."""
    chat = room_of(parameters, world)
    if isinstance(chat, Person):
        _check_person(chat)
        return chat, None
    _check_room(chat)
    thread = number(parameters, "message_thread_id")
    if thread is not None and thread not in chat.topics:
        raise bad("message thread not found")
    if thread is not None and chat.topics[thread] == "closed":
        raise bad("TOPIC_CLOSED")
    return chat, thread


def _check_person(person: Person) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked:
        raise forbidden("bot was blocked by the user")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user")


def _check_room(room: Room) -> None:
    name = {"group": "group", "supergroup": "supergroup", "channel": "channel"}[room.type]
    if room.migrated_to is not None:
        parameters = {"migrate_to_chat_id": room.migrated_to}
        raise Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
    if room.deleted:
        raise forbidden("the group chat was deleted")
    if room.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {name} chat")
    if room.bot_status == "left":
        raise forbidden(f"bot is not a member of the {name} chat")
    if room.can_write:
        return
    if room.type == "channel":
        raise bad("need administrator rights in the channel chat")
    raise bad("not enough rights to send text messages to the chat")


def menu_of(parameters: Mapping[str, Any]) -> list[dict[str, str]]:
    """The list of setMyCommands. Raises Refused."""
    commands = nested(parameters, "commands", "commands")
    if not isinstance(commands, list):
        raise bad("can't parse commands JSON object")
    if len(commands) > MAX_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", "")).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= MAX_DESCRIPTION:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return commands


def scope_of(parameters: Mapping[str, Any]) -> str:
    """A command scope as one word: `default`, `chat:7`. Raises Refused."""
    scope = nested(parameters, "scope", "BotCommandScope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return str(kind)
    if kind in ("chat", "chat_administrators"):
        return f"{kind}:{scope.get('chat_id')}"
    if kind == "chat_member":
        return f"chat_member:{scope.get('chat_id')}:{scope.get('user_id')}"
    raise bad("can't parse BotCommandScope: Unsupported type specified")
