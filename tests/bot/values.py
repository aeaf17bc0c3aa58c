"""Stored values as tests of rendering need them, with what does not matter filled in."""

from datetime import UTC, datetime
from typing import Any

from feeds.types import FullText, TextState
from storage.types import Article, Chat, ChatKind, ChatState

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 14:00 in Vietnam."""


def an_article(**values: Any) -> Article:
    return Article(
        **{
            "id": 12,
            "feed_id": 1,
            "source": "Báo Điện Biên Phủ",
            "full_text": FullText.FULL,
            "url": "https://bao.example/12.html",
            "title": "Năm 2020 đẩy mạnh công tác dân vận khéo",
            "lead": "",
            "summary": "Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến toàn quốc.",
            "body": "",
            "text_state": TextState.FEED,
            "author": None,
            "image_url": None,
            "published_at": datetime(2020, 1, 9, 7, 15, tzinfo=UTC),
            "language": "vi",
            "topics": (),
            "version": 1,
            "created_at": NOW,
            **values,
        }
    )


def a_chat(**values: Any) -> Chat:
    return Chat(
        **{
            "id": 1,
            "messenger": "telegram",
            "address": "telegram:1001",
            "kind": ChatKind.PRIVATE,
            "title": "Lò Văn Ánh",
            "language": "vi",
            "time_zone": "Asia/Ho_Chi_Minh",
            "state": ChatState.ACTIVE,
            "state_reason": "",
            "paused_until": None,
            "instant": True,
            "pictures": True,
            "digest_at": None,
            "digest_days": "1234567",
            "next_digest_at": None,
            "created_at": NOW,
            **values,
        }
    )
