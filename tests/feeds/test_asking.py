"""How often a document wants to be read (POLLING B3, B4)."""

from datetime import datetime

import pytest

from feeds.parse import parse_document

SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


def floor_of(said: str, now: datetime) -> float:
    items = "<item><title>a</title></item>"
    body = f'<rss version="2.0" {SY}><channel><title>Báo</title>{said}{items}</channel></rss>'
    parsed = parse_document(
        body.encode(), url="https://bao.vn/rss", content_type=None, time_zone="Asia/Ho_Chi_Minh", now=now
    )
    return parsed.asks.floor_seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 0),
        ("<ttl>60</ttl>", 3600),
        ("<ttl> 5\n</ttl>", 300),
        ("<ttl>soon</ttl>", 0),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>0</ttl>", 0),
        ("<ttl>999999999</ttl>", 365 * 86400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        ("<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21600),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 86400),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>now and then</sy:updatePeriod>", 0),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
    ],
)
def test_longest_wait_a_document_asks_for_is_read(said: str, seconds: float, now: datetime) -> None:
    assert floor_of(said, now) == seconds
