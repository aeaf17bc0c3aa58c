"""Subscribing, the same way from every command."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Request
from storage.chats import revive_chat
from storage.subscriptions import subscribe, targets_of_chat
from storage.types import ChatState, Target

MAX_SUBSCRIPTIONS = 200
"""Of one chat: nobody reads more, and every saved search is asked of every article."""


async def follow(conn: AsyncConnection, request: Request, target: Target) -> bool:
    """Subscribe the chat; one that had stopped starts again. False when it was subscribed already.

    Raises UserError over `MAX_SUBSCRIPTIONS`.
    """
    targets = await targets_of_chat(conn, request.chat.id)
    if target.key not in targets and len(targets) >= MAX_SUBSCRIPTIONS:
        raise UserError(
            N_("You already follow {limit} things, the most there can be. Switch some off in /mine first."),
            limit=MAX_SUBSCRIPTIONS,
        )
    if request.chat.state in (ChatState.STOPPED, ChatState.GONE):
        await revive_chat(conn, request.chat.id)
    return await subscribe(conn, request.chat.id, target, request.now)
