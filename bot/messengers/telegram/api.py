"""The Bot API as this program calls it: python-telegram-bot's `Bot`, raw answers, errors of the library."""

from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.messengers.telegram.request import READ_TIMEOUT_SECONDS, AiohttpRequest

POLL_POOL_SIZE = 4
"""One waiting call and room for those that hang: a pool of one is poisoned by a single broken call."""


class Api(Bot):
    """A bot whose calls can be made by name and give the raw answer.

    A send that needs only the message's id need not become a `Message`: that is a third of the library's time
    (docs/decisions/001-http-below-ptb.md). Calls for which that does not matter use `Bot`'s own methods.
    """

    __slots__ = ()

    async def open_pools(self) -> None:
        """Open the pools without calling; unlike `initialize`, which puts the token into its error."""
        for request in self._request:
            await request.initialize()

    async def close_pools(self) -> None:
        """Close every connection."""
        for request in self._request:
            await request.shutdown()

    async def call(
        self, method: str, parameters: dict[str, Any], *, read_timeout: float = READ_TIMEOUT_SECONDS
    ) -> Any:
        """Call a method by its Bot API name; None values are left out. Raises TelegramError."""
        try:
            return await self._post(method, parameters, read_timeout=read_timeout)
        except (KeyError, TypeError, AttributeError):
            raise TelegramError("the answer is no Bot API answer") from None


def open_api(token: str, api_url: str, proxy: str | None) -> Api:
    """Make the bot of a token at a Bot API server. Raises ValueError for a proxy that cannot be used."""
    return Api(
        token,
        base_url=f"{api_url.rstrip('/')}/bot",
        request=AiohttpRequest(proxy=proxy),
        get_updates_request=AiohttpRequest(proxy=proxy, pool_size=POLL_POOL_SIZE),
    )
