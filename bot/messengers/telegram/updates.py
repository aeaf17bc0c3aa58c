"""Receiving updates so that none is lost and none handled twice while the program lives.

    getUpdates ─▶ keep ─▶ (confirmed by the next getUpdates)
                   │
                   └─▶ unhandled ─▶ a lane per chat ─▶ listener ─▶ handled

The library's own `Updater` confirms an update when it is in memory; here it is confirmed once it is stored.
What is handled always comes from the store: after a restart the open ones first, and an update that is
delivered twice is stored once. An update whose handling a crash interrupts is handled again.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.messengers.base import BotDown, DeliveryError, Listener, RetryLater
from bot.messengers.telegram.api import Api
from bot.messengers.telegram.errors import outcome, says
from bot.messengers.telegram.incoming import ALLOWED_UPDATES, order_of, read_update
from bot.messengers.telegram.lanes import Lanes
