"""A newsroom with some news in it, and people who talk to the bot. On SQLite: storage is tested on both."""

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.types import FullText
from storage.engine import writing
from storage.outbox import owe_article
from storage.topics import sync_topics
from storage.types import ChatKind, Topic
from tests.bot.talk import OWNER, Talk
from tests.make import make_article, make_feed

LEAD = "Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến tổng kết công tác dân vận năm 2019."
BODY = "Đồng chí Trương Thị Mai chủ trì hội nghị.\n\nNăm qua, phong trào lan rộng ở các xã vùng cao."


@pytest.fixture
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    path = tmp_path / "loa.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@dataclass(frozen=True)
class News:
    """Ids of what is stored."""

    paper: int
    """Báo Điện Biên Phủ: whole texts."""
    site: int
    """VnExpress: links only."""
    magazine: int
    """Tạp chí Văn hóa: excerpts."""
    campaign: int
    """The article on dân vận, two hours old."""
    rice: tuple[int, ...]
    """Seven articles on rice, three to nine hours old."""
    festival: int
    """The link-only article, one hour old."""
    essay: int
    """The excerpt, ten days old."""


@pytest.fixture
async def news(engine: AsyncEngine, now: datetime) -> News:
    async with writing(engine) as conn:
        await sync_topics(
            conn,
            [
                Topic("dan-van", {"vi": "Dân vận", "en": "Mass mobilisation"}, '"dân vận"'),
                Topic("nong-nghiep", {"vi": "Nông nghiệp", "en": "Agriculture"}, "lúa"),
            ],
        )
        paper = await make_feed(conn, now)
        site = await make_feed(
            conn, now, url="https://vne.example/rss", title="VnExpress", full_text=FullText.LINK
        )
        magazine = await make_feed(
            conn, now, url="https://tc.example/rss", title="Tạp chí Văn hóa", full_text=FullText.EXCERPT
        )
        found = News(
            paper,
            site,
            magazine,
            campaign=await make_article(
                conn,
                paper,
                now - timedelta(hours=2),
                "Năm 2020 đẩy mạnh công tác dân vận khéo",
                lead=LEAD,
                summary=LEAD,
                body=BODY,
                author="Tin, ảnh: Sầm Phúc",
                topics=("dan-van",),
            ),
            rice=tuple(
                [
                    await make_article(
                        conn,
                        paper,
                        now - timedelta(hours=3 + number),
                        f"Lúa Mường Thanh được mùa, vụ thứ {number + 1}",
                        summary="Bà con phấn khởi vì năng suất cao. Giá bán ổn định.",
                        body="Bà con phấn khởi.",
                        topics=("nong-nghiep",),
                    )
                    for number in range(7)
                ]
            ),
            festival=await make_article(
                conn,
                site,
                now - timedelta(hours=1),
                "Lễ hội Hoa Ban khai mạc",
                summary="Hàng nghìn du khách dự lễ khai mạc.",
                body="Toàn văn không được hiện.",
            ),
            essay=await make_article(
                conn,
                magazine,
                now - timedelta(days=10),
                "Tản mạn xòe Thái",
                lead="Điệu xòe đã thành di sản.",
                body="\n\n".join(["Câu chuyện dài về điệu xòe của người Thái ở Mường Lò."] * 30),
            ),
        )
        for article_id in (found.campaign, *found.rice, found.festival):
            await owe_article(conn, article_id, [], now - timedelta(minutes=30))
    return found


@pytest.fixture
def talk(engine: AsyncEngine, now: datetime) -> Talk:
    """A citizen in a private chat."""
    return Talk(engine, now)


@pytest.fixture
def owner(engine: AsyncEngine, now: datetime) -> Talk:
    """The owner in a private chat."""
    return Talk(engine, now, chat=OWNER, user=OWNER, name="Chủ hệ thống")


@pytest.fixture
def group(engine: AsyncEngine, now: datetime) -> Talk:
    """Someone in a group whose administrator is `telegram:7`."""
    return Talk(engine, now, chat="telegram:-5", kind=ChatKind.GROUP, admins=frozenset({"telegram:7"}))


@pytest.fixture
def group_admin(group: Talk) -> Talk:
    """The group's administrator."""
    return replace(group, user="telegram:7", name="Trưởng nhóm")
