"""The people and chats around the bot: what they do becomes updates, what the bot sends reaches them."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.botapi.ledger import Ledger, Sent
from tests.botapi.members import member

T = TypeVar("T")

UPDATE_LIFE_SECONDS = 86_400
"""The server forgets updates after a day (telegram-bot-api, add_update timeouts)."""

CALLBACK_UPDATE_LIFE_SECONDS = 150
"""Pressed buttons are forgotten sooner."""


@dataclass(eq=False)
class Person:
    """A user of Telegram."""

    id: int
    first_name: str
    username: str = ""
    language: str = "vi"
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    def as_api(self) -> dict[str, Any]:
        user: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language:
            user["language_code"] = self.language
        return user


@dataclass(eq=False)
class Room:
    """A group, supergroup or channel."""

    id: int
    type: str
    title: str
    username: str = ""
    is_forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    """User id → creator, administrator, member, restricted, left or kicked."""
    bot_status: str = "left"
    can_write: bool = True
    deleted: bool = False
    migrated_to: int | None = None
    topics: dict[int, str] = field(default_factory=dict)
    """Thread id → open or closed."""

    def as_api(self) -> dict[str, Any]:
        chat: dict[str, Any] = {"id": self.id, "type": self.type, "title": self.title}
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat


@dataclass(eq=False)
class Press:
    """A button pressed, and what the bot answered."""

    id: str
    at: float
    person: Person
    data: str
    answer: str | None = None
    """The note shown; None until it is answered."""


@dataclass
class PendingUpdate:
    """One update waiting to be fetched."""

    id: int
    kind: str
    body: dict[str, Any]
    expires_at: float

    def as_api(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.body}


@dataclass
class World:
    """Everything on Telegram's side. All methods are plain calls of the server's own event loop."""

    bot_id: int = 4_242
    bot_username: str = "loa_news_bot"
    now: Callable[[], float] = time.time
    ledger: Ledger = field(default_factory=Ledger)
    people: dict[int, Person] = field(default_factory=dict)
    rooms: dict[int, Room] = field(default_factory=dict)
    updates: list[PendingUpdate] = field(default_factory=list)
    presses: dict[str, Press] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    """(scope as text, language) → menu."""
    actions: list[tuple[int, str]] = field(default_factory=list)
    _next: dict[str, int] = field(default_factory=dict)
    _changed: set[asyncio.Event] = field(default_factory=set)

    # -- people ------------------------------------------------------------------------------------

    def person(
        self, id: int, name: str = "Hoa", *, language: str = "vi", username: str = "", started: bool = False
    ) -> Person:
        """A user; the same one when the id is known."""
        if id not in self.people:
            self.people[id] = Person(id, name, username, language, started)
        return self.people[id]

    def start(self, person: Person, payload: str = "") -> None:
        """Press Start (and Restart after a block)."""
        if person.blocked:
            self.unblock(person)
        person.started = True
        self.say(person, f"/start {payload}".strip())

    def say(
        self,
        person: Person,
        text: str,
        room: Room | None = None,
        *,
        thread: int | None = None,
        anonymous: bool = False,
    ) -> None:
        """Send text to the bot, or in a room where the bot is."""
        if room is None:
            person.started = True
        message = self._message(self.chat_of(person, room), text, thread)
        message["from"] = person.as_api()
        if anonymous and room is not None:
            name = {"first_name": "Group", "username": "GroupAnonymousBot"}
            message["from"] = {"id": 1_087_968_824, "is_bot": True} | name
            message["sender_chat"] = room.as_api()
        self.emit("message", message)

    def press(self, person: Person, message: Sent, button: str) -> Press:
        """Press the button with this callback data or label under a message. Raises LookupError."""
        data = message.button(button).get("callback_data")
        if data is None:
            raise LookupError(f"{button!r} opens an address")
        press = Press(f"cb{self.number('callback')}", self.now(), person, data)
        self.presses[press.id] = press
        room = self.rooms.get(message.chat_id)
        shown = message.as_api() | {"chat": self.chat_of(person, room), "from": self.bot_as_api()}
        body = {"id": press.id, "from": person.as_api(), "message": shown, "chat_instance": "1"}
        self.emit("callback_query", body | {"data": data}, life=CALLBACK_UPDATE_LIFE_SECONDS)
        return press

    def block(self, person: Person) -> None:
        """Block the bot."""
        person.blocked = True
        self._my_member(self.chat_of(person), person, "member", "kicked")

    def unblock(self, person: Person) -> None:
        person.blocked = False
        self._my_member(self.chat_of(person), person, "kicked", "member")

    # -- rooms -------------------------------------------------------------------------------------

    def group(
        self, id: int, title: str, owner: Person, *, type: str = "supergroup", forum: bool = False
    ) -> Room:
        """A group with one creator, without the bot."""
        room = Room(id, type, title, is_forum=forum, members={owner.id: "creator"})
        self.rooms[id] = room
        return room

    def channel(self, id: int, title: str, owner: Person, *, username: str = "") -> Room:
        """A channel, without the bot."""
        room = self.group(id, title, owner, type="channel")
        room.username = username
        return room

    def join(self, room: Room, person: Person, status: str = "member") -> None:
        """Let a person into a room; nobody tells the bot."""
        room.members[person.id] = status

    def add_bot(self, room: Room, by: Person) -> None:
        """Add the bot; in channels a bot can only be an administrator."""
        before, room.bot_status = room.bot_status, "administrator" if room.type == "channel" else "member"
        room.can_write = True
        self._my_member(room.as_api(), by, before, room.bot_status, room)

    def remove_bot(self, room: Room, by: Person) -> None:
        before, room.bot_status = room.bot_status, "kicked"
        self._my_member(room.as_api(), by, before, "kicked", room)

    def forbid_writing(self, room: Room, by: Person) -> None:
        """Take the bot's right to write, leave it inside."""
        room.can_write = False
        status = "administrator" if room.type == "channel" else "restricted"
        before, room.bot_status = room.bot_status, status
        self._my_member(room.as_api(), by, before, status, room, could_write=True)

    def allow_writing(self, room: Room, by: Person) -> None:
        room.can_write = True
        before = room.bot_status
        room.bot_status = "administrator" if room.type == "channel" else "member"
        self._my_member(room.as_api(), by, before, room.bot_status, room, could_write=False)

    def topic(self, room: Room, thread: int, state: str = "open") -> None:
        """Open or close a forum topic."""
        room.topics[thread] = state

    def post(self, room: Room, text: str) -> None:
        """A channel speaks for itself."""
        message = self._message(room.as_api(), text, None)
        self.emit("channel_post", message | {"sender_chat": room.as_api()})

    def migrate(self, room: Room, new_id: int) -> Room:
        """Make a group a supergroup, with the two service messages."""
        moved = Room(new_id, "supergroup", room.title, members=dict(room.members), bot_status=room.bot_status)
        self.rooms[new_id] = moved
        room.migrated_to = new_id
        owner = self.people[next(iter(room.members))].as_api()
        old = self._message(room.as_api(), "", None) | {"from": owner, "migrate_to_chat_id": new_id}
        new = self._message(moved.as_api(), "", None) | {"from": owner, "migrate_from_chat_id": room.id}
        self.emit("message", {key: value for key, value in old.items() if key != "text"})
        self.emit("message", {key: value for key, value in new.items() if key != "text"})
        return moved

    # -- asking ------------------------------------------------------------------------------------

    def messages(self, chat: Person | Room | int, *, thread: int | None = None) -> list[Sent]:
        """What the bot wrote there, oldest first, without what it deleted."""
        return self.ledger.messages(chat if isinstance(chat, int) else chat.id, thread=thread)

    def menu(self, *, language: str = "", chat: int | None = None) -> list[dict[str, str]]:
        """The commands shown for a scope and language."""
        return self.commands.get((f"chat:{chat}" if chat is not None else "default", language), [])

    async def wait_for(self, condition: Callable[[], T | None], seconds: float = 10.0) -> T:
        """Give the first true value of `condition`. Raises AssertionError after `seconds`."""
        changed = asyncio.Event()
        self._changed.add(changed)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        try:
            while True:
                value = condition()
                if value:
                    return value
                if loop.time() >= deadline:
                    raise AssertionError(f"not within {seconds} s; {self.summary()}")
                changed.clear()
                await self._nap(changed)
        finally:
            self._changed.discard(changed)

    async def _nap(self, changed: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):  # a condition may also look at something outside this world
                await changed.wait()

    def summary(self) -> str:
        """A few lines for a failed wait."""
        sent = [f"{each.chat_id}: {each.text[:120]!r} {each.labels}" for each in self.ledger.sent[-10:]]
        failed = [f"{each.method} {each.status} {each.description}" for each in self.ledger.failures()[-5:]]
        return f"last messages: {sent}; last errors: {failed}; updates waiting: {len(self.updates)}"

    # -- the server's side ---------------------------------------------------------------------------

    def changed(self) -> None:
        """Wake whoever waits for the world to change."""
        for event in self._changed:
            event.set()

    def number(self, what: str) -> int:
        """The next number of a sequence, from 1."""
        self._next[what] = self._next.get(what, 0) + 1
        return self._next[what]

    def chat_of(self, person: Person, room: Room | None = None) -> dict[str, Any]:
        if room is not None:
            return room.as_api()
        chat: dict[str, Any] = {"id": person.id, "type": "private", "first_name": person.first_name}
        return chat | ({"username": person.username} if person.username else {})

    def bot_as_api(self) -> dict[str, Any]:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Loa", "username": self.bot_username}

    def emit(self, kind: str, body: dict[str, Any], *, life: float = UPDATE_LIFE_SECONDS) -> int:
        """Put an update into the queue and give its id."""
        update = PendingUpdate(1_000 + self.number("update"), kind, body, self.now() + life)
        self.updates.append(update)
        self.changed()
        return update.id

    def _message(self, chat: dict[str, Any], text: str, thread: int | None) -> dict[str, Any]:
        message_id = self.number(f"message:{chat['id']}")
        message: dict[str, Any] = {
            "message_id": message_id,
            "date": int(self.now()),
            "chat": chat,
            "text": text,
        }
        if text.startswith("/"):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        return message

    def _my_member(
        self,
        chat: dict[str, Any],
        by: Person,
        before: str,
        after: str,
        room: Room | None = None,
        *,
        could_write: bool | None = None,
    ) -> None:
        can_write = room.can_write if room is not None else True
        earlier = can_write if could_write is None else could_write
        body: dict[str, Any] = {"chat": chat, "from": by.as_api(), "date": int(self.now())}
        body["old_chat_member"] = member(self.bot_as_api(), before, earlier, chat["type"])
        body["new_chat_member"] = member(self.bot_as_api(), after, can_write, chat["type"])
        self.emit("my_chat_member", body)
