"""A conversation in a test: what someone writes or presses goes through dispatch and a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.commands.base import CommandContext
from bot.dispatch import answer
from bot.messages import Button, Message, Reply
from bot.messengers.base import Incoming, IncomingKind
from feeds.errors import FeedError
from feeds.found import Found, How
from feeds.types import ParsedFeed
from storage.chats import find_chat
from storage.engine import reading, writing
from storage.subscriptions import targets_of_chat
from storage.types import Article, Chat, ChatKind

OWNER = "telegram:1"


@dataclass
class Web:
    """What stands at which address, for `/addfeed`; anything else is not there."""

    feeds: dict[str, ParsedFeed | FeedError] = field(default_factory=dict)

    async def read(self, url: str, time_zone: str) -> ParsedFeed:
        found = self.feeds.get(url, FeedError(url))
        if isinstance(found, FeedError):
            raise found
        return found

    async def find(self, address: str) -> list[Found]:
        """The feeds of the same host that can be read."""
        host = address.split("/")[2]
        return [
            Found.of(url, feed, How.DECLARED)
            for url, feed in self.feeds.items()
            if isinstance(feed, ParsedFeed) and url.split("/")[2] == host
        ]


@dataclass
class Talk:
    """One person in one chat."""

    engine: AsyncEngine
    now: datetime
    chat: str = "telegram:1001"
    user: str = "telegram:1001"
    kind: ChatKind = ChatKind.PRIVATE
    language: str = "vi"
    name: str = "Lò Văn Ánh"
    admins: frozenset[str] = frozenset()
    web: Web = field(default_factory=Web)

    @property
    def context(self) -> CommandContext:
        return CommandContext(
            engine=self.engine,
            read_feed=self.web.read,
            find_feeds=self.web.find,
            read_text=self._no_page,
            topic_rules=(),
            owners=frozenset({OWNER}),
            language="vi",
            time_zone="Asia/Ho_Chi_Minh",
        )

    async def _no_page(self, article: Article) -> None:
        """The pages of these articles cannot be read just now."""

    async def happens(self, kind: IncomingKind, text: str = "") -> tuple[Chat, Reply] | None:
        incoming = Incoming(
            kind, self.chat, self.kind, "Xã Thanh Nưa", self.user, self.name, self.language, text
        )
        return await answer(incoming, self.context, now=self.now, administers=self._administers)

    async def say(self, text: str) -> Reply:
        """Write something that is answered."""
        return _reply(await self.happens(IncomingKind.TEXT, text))

    async def press(self, what: Button | str) -> Reply:
        """Press a button, or send a button's action."""
        return _reply(await self.happens(IncomingKind.BUTTON, what if isinstance(what, str) else what.action))

    async def _administers(self, chat: str, user: str) -> bool:
        return chat == self.chat and user in self.admins

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncConnection]:
        async with writing(self.engine) as conn:
            yield conn

    async def stored(self) -> Chat:
        async with reading(self.engine) as conn:
            chat = await find_chat(conn, self.chat)
        assert chat is not None
        return chat

    async def follows(self) -> set[str]:
        async with reading(self.engine) as conn:
            chat = await find_chat(conn, self.chat)
            return await targets_of_chat(conn, chat.id) if chat else set()


def _reply(answered: tuple[Chat, Reply] | None) -> Reply:
    assert answered is not None, "there was no answer"
    return answered[1]


def text_of(reply: Reply) -> str:
    """All the words of an answer, the note included."""
    return "\n".join([reply.note, *(message.text for message in reply.messages)]).strip()


def buttons_of(reply: Reply | Message) -> list[Button]:
    messages = (reply,) if isinstance(reply, Message) else reply.messages
    return [button for message in messages for row in message.buttons for button in row]


def labels_of(reply: Reply | Message) -> list[str]:
    return [button.label for button in buttons_of(reply)]


def button(reply: Reply | Message, label: str) -> Button:
    """The button whose label is, or begins with, these words."""
    found = [each for each in buttons_of(reply) if each.label == label or each.label.startswith(label)]
    assert found, f"no button {label!r} among {labels_of(reply)}"
    return found[0]
