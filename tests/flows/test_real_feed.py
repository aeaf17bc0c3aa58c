"""Five captures of one real feed over nine months, replayed in order through the whole product."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.config import Config
from storage.engine import reading
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.newssite import NewsSite

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "data" / "feeds" / "vnexpress"
IN_ORDER = ("javascript1102b3", "javascript0704b6", "string1407", "string1808", "vnexpress2810")
SECONDS = 30.0


def links_of(capture: bytes) -> set[str]:
    """The articles of a capture by their publisher's number, read without any feed parser."""
    return set(
        re.findall(rb"-(\d{6,})\.html\s*</link>", capture)
        and re.findall(r"-(\d{6,})\.html\s*</link>", capture.decode())
    )


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of the real feed are not on this machine")
async def test_replayed_captures_store_every_article_once_and_push_none_of_the_first(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    captures = [(CAPTURES / f"{name}.rss").read_bytes() for name in IN_ORDER]
    site.feed("/rss", captures[0])
    hoa = api.world.person(1001, "Hoa")
    seen: set[str] = set()
    async with loa(
        config.model_copy(update={"delivery": config.delivery.model_copy(update={"rate_per_second": 1000.0})})
    ) as engine:

        async def stored() -> int:
            async with reading(engine) as conn:
                return int((await conn.execute(text("SELECT count(*) FROM articles"))).scalar_one())

        api.world.start(hoa, "all")
        for number, capture in enumerate(captures):
            site.feed("/rss", capture)
            polls = len(site.requests_to("/rss"))
            await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 2, SECONDS)  # noqa: B023
            seen |= links_of(capture)
            assert await stored() == len(seen)
            if number == 0:
                assert api.world.ledger.texts(1001)[1:] == []
    assert len(seen) > 100
