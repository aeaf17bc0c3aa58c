"""Telegram, over the Bot API.

The way out: a `Message` → `markup` (HTML in parts) → `messenger` → `api` (python-telegram-bot) → `request`
(aiohttp); a refusal → `errors` (outcome). The way in: `updates` (received, kept, handed out) → `incoming`.
"""

from bot.messengers.telegram.messenger import TelegramMessenger

__all__ = ["TelegramMessenger"]
