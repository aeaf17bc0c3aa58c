"""Column types: what goes in comes out, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import writing
from storage.tables import Moment, audit, text_key, topics
from tests.make import make_chat

aware = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-9, minutes=-30))]
    ),
)


@given(aware)
def test_moment_is_exact_to_the_microsecond(moment: datetime) -> None:
    kept = Moment().process_bind_param(moment, None)  # type: ignore[arg-type]
    given_back = Moment().process_result_value(kept, None)  # type: ignore[arg-type]
    assert given_back == moment
    assert given_back is not None
    assert given_back.tzinfo is UTC


async def test_naive_datetime_is_refused(engine: AsyncEngine) -> None:
    values = {"at": datetime(2026, 1, 1), "actor": "a", "action": "b", "detail": {}}  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive"):
        async with writing(engine) as conn:
            await conn.execute(audit.insert(), values)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters()))
async def test_any_text_can_be_kept(engine: AsyncEngine, text: str) -> None:
    """NUL and half surrogate pairs are left out; nothing else is."""
    async with writing(engine) as conn:
        await conn.execute(topics.delete())
        await conn.execute(
            topics.insert(), {"id": "t", "titles": {"vi": text}, "query": text, "position": 1, "active": True}
        )
        kept = (await conn.execute(select(topics.c.query))).scalar_one()
    assert kept == "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


async def test_chat_title_with_a_nul_is_kept_without_it(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now, title="Phòng\0 tin \ud83d")
    assert chat.title == "Phòng tin "


def test_text_key_is_16_bytes_and_tells_texts_apart() -> None:
    assert len(text_key("x" * 5_000)) == 16
    assert text_key("a") != text_key("b")
    assert text_key("a\ud800") == text_key("a\ud800")
