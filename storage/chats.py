"""Chats: where messages go, and how each wants to be served."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NoSuchChat
from storage.tables import chats, deliveries, subscriptions
from storage.types import Chat, ChatKind, ChatState, DeliveryState, Page
from storage.upsert import insert_new

_CHANGEABLE = frozenset(
    ["title", "kind", "language", "time_zone", "state", "state_reason", "paused_until", "instant", "pictures"]
)
"""What `update_chat` may set; digests have rules of their own (`set_digest`)."""


def chat_of(row: Row[Any]) -> Chat:
    """Read a row of `chats`."""
    return Chat(
        id=row.id,
        messenger=row.messenger,
        address=row.address,
        kind=ChatKind(row.kind),
        title=row.title,
        language=row.language,
        time_zone=row.time_zone,
        state=ChatState(row.state),
        state_reason=row.state_reason,
        paused_until=row.paused_until,
        instant=row.instant,
        pictures=row.pictures,
        digest_at=row.digest_at,
        digest_days=row.digest_days,
        next_digest_at=row.next_digest_at,
        created_at=row.created_at,
    )


async def ensure_chat(
    conn: AsyncConnection,
    *,
    messenger: str,
    address: str,
    kind: ChatKind,
    title: str,
    language: str,
    time_zone: str,
    now: datetime,
) -> tuple[Chat, bool]:
    """The chat with this address, made active if it is new (True); title and kind are kept up to date."""
    values = {
        "messenger": messenger,
        "address": address,
        "kind": kind,
        "title": title,
        "language": language,
        "time_zone": time_zone,
        "state": ChatState.ACTIVE,
        "instant": True,
        "pictures": True,
        "created_at": now,
    }
    known = await find_chat(conn, address)
    if known is None:
        added = await conn.execute(insert_new(conn, chats).returning(chats), values)
        row = added.one_or_none()
        if row is not None:
            return chat_of(row), True
        known = await find_chat(conn, address)  # another process was quicker
        assert known is not None  # noqa: S101
    if title and (known.title, known.kind) != (title, kind):
        known = await update_chat(conn, known.id, title=title, kind=kind)
    return known, False


async def get_chat(conn: AsyncConnection, chat_id: int) -> Chat | None:
    """One chat, or None."""
    return await _find(conn, chats.c.id == chat_id)


async def find_chat(conn: AsyncConnection, address: str) -> Chat | None:
    """The chat with this address, or None."""
    return await _find(conn, chats.c.address == address)


async def list_chats(conn: AsyncConnection, *, offset: int = 0, limit: int = 20) -> Page[Chat]:
    """All chats, the newest first."""
    total = (await conn.execute(select(func.count()).select_from(chats))).scalar_one()
    rows = await conn.execute(select(chats).order_by(chats.c.id.desc()).limit(limit).offset(offset))
    return Page([chat_of(row) for row in rows], total, offset, limit)


async def update_chat(conn: AsyncConnection, chat_id: int, **values: Any) -> Chat:
    """Set what a chat wants. Raises `NoSuchChat`, and TypeError for something that cannot be set."""
    if unknown := values.keys() - _CHANGEABLE:
        raise TypeError(f"update_chat cannot set {', '.join(sorted(unknown))}")
    return await _update(conn, chat_id, values)


async def set_digest(
    conn: AsyncConnection, chat_id: int, *, at: str | None, days: str, next_at: datetime | None
) -> Chat:
    """Schedule a chat's digest at `HH:MM` on ISO weekdays, or end it with `at` None. Raises `NoSuchChat`."""
    return await _update(conn, chat_id, {"digest_at": at, "digest_days": days, "next_digest_at": next_at})


async def pause_chat(conn: AsyncConnection, chat_id: int, until: datetime | None) -> Chat:
    """Hold everything back until a time, or until it resumes. Raises `NoSuchChat`."""
    return await _update(
        conn, chat_id, {"state": ChatState.PAUSED, "paused_until": until, "state_reason": ""}
    )


async def resume_chat(conn: AsyncConnection, chat_id: int) -> Chat:
    """Make a chat active again, whatever it was. Raises `NoSuchChat`."""
    return await _update(conn, chat_id, {"state": ChatState.ACTIVE, "paused_until": None, "state_reason": ""})


async def revive_chat(conn: AsyncConnection, chat_id: int) -> Chat:
    """Make a chat active again that had stopped us or was gone. Raises `NoSuchChat`."""
    return await resume_chat(conn, chat_id)


async def stop_chat(conn: AsyncConnection, chat_id: int, now: datetime) -> Chat:
    """End everything at once: no subscriptions, no digest, nothing still to come. Raises `NoSuchChat`."""
    await conn.execute(delete(subscriptions).where(subscriptions.c.chat_id == chat_id))
    await _expire_open(conn, chat_id, "stopped", now)
    values = {"state": ChatState.STOPPED, "paused_until": None, "state_reason": ""}
    return await _update(conn, chat_id, values | {"digest_at": None, "next_digest_at": None})


async def mark_gone(conn: AsyncConnection, chat_id: int, reason: str, now: datetime) -> Chat:
    """Remember that a chat cannot be reached any more; what it asked for is kept. Raises `NoSuchChat`."""
    await _expire_open(conn, chat_id, "gone", now)
    return await _update(
        conn, chat_id, {"state": ChatState.GONE, "state_reason": reason, "paused_until": None}
    )


async def restrict_chat(conn: AsyncConnection, chat_id: int, reason: str, until: datetime | None) -> Chat:
    """Remember that we may not write to a chat for now; tried again at `until`. Raises `NoSuchChat`."""
    return await _update(
        conn, chat_id, {"state": ChatState.RESTRICTED, "state_reason": reason, "paused_until": until}
    )


async def resume_due(conn: AsyncConnection, now: datetime) -> list[Chat]:
    """Make chats active again whose pause or restriction is over, and give them."""
    rows = await conn.execute(
        update(chats)
        .where(chats.c.paused_until <= now, chats.c.state.in_((ChatState.PAUSED, ChatState.RESTRICTED)))
        .values(state=ChatState.ACTIVE, paused_until=None, state_reason="")
        .returning(chats)
    )
    return [chat_of(row) for row in rows]


async def move_chat(conn: AsyncConnection, old: str, new: str, now: datetime) -> Chat | None:
    """A chat's address changed, as when a group becomes a supergroup; gives the chat it is now.

    When the new address is known already, subscriptions and what is still to come go over to that chat, and
    the old one is gone. Doing it twice changes nothing. None when neither address is known.
    """
    moved, present = await find_chat(conn, old), await find_chat(conn, new)
    if moved is None or old == new:
        return present
    if present is None:
        return await _update(conn, moved.id, {"address": new})
    await _hand_over(conn, moved, present)
    await mark_gone(conn, moved.id, f"moved to {new}", now)
    return await get_chat(conn, present.id)


async def _hand_over(conn: AsyncConnection, old: Chat, new: Chat) -> None:
    kept = select(subscriptions.c.target).where(subscriptions.c.chat_id == new.id)
    await conn.execute(
        update(subscriptions)
        .where(subscriptions.c.chat_id == old.id, subscriptions.c.target.not_in(kept))
        .values(chat_id=new.id)
    )
    await conn.execute(delete(subscriptions).where(subscriptions.c.chat_id == old.id))
    owed = select(deliveries.c.article_id).where(
        deliveries.c.chat_id == new.id, deliveries.c.article_id.is_not(None)
    )
    await conn.execute(
        update(deliveries)
        .where(
            deliveries.c.chat_id == old.id,
            deliveries.c.finished_at.is_(None),
            deliveries.c.article_id.not_in(owed),
        )
        .values(chat_id=new.id)
    )
    if new.digest_at is None and old.digest_at is not None:
        await set_digest(conn, new.id, at=old.digest_at, days=old.digest_days, next_at=old.next_digest_at)
        await set_digest(conn, old.id, at=None, days=old.digest_days, next_at=None)


async def _expire_open(conn: AsyncConnection, chat_id: int, reason: str, now: datetime) -> None:
    """End what is owed to a chat; what is being sent right now reports its own end."""
    await conn.execute(
        update(deliveries)
        .where(
            deliveries.c.chat_id == chat_id,
            deliveries.c.finished_at.is_(None),
            deliveries.c.state != DeliveryState.SENDING,
        )
        .values(state=DeliveryState.EXPIRED, error_key=reason, finished_at=now)
    )


async def _find(conn: AsyncConnection, which: ColumnElement[bool]) -> Chat | None:
    row = (await conn.execute(select(chats).where(which))).one_or_none()
    return chat_of(row) if row else None


async def _update(conn: AsyncConnection, chat_id: int, values: dict[str, Any]) -> Chat:
    changed = update(chats).where(chats.c.id == chat_id).values(values or {"id": chat_id})
    row = (await conn.execute(changed.returning(chats))).one_or_none()
    if row is None:
        raise NoSuchChat(chat_id)
    return chat_of(row)
