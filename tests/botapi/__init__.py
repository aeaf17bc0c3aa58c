"""A local Telegram: a strict Bot API server with people, chats, faults and a ledger behind it."""

from tests.botapi.ledger import Call, Ledger, Sent
from tests.botapi.limits import RateModel
from tests.botapi.server import TOKEN, BotApiServer
from tests.botapi.world import Person, Room, World

__all__ = ["TOKEN", "BotApiServer", "Call", "Ledger", "Person", "RateModel", "Room", "Sent", "World"]
