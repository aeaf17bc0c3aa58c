"""The timetable: which articles are out at a given time, and in which version.

Pure: every function is one of values and times (aware UTC).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.demo.articles import Archive, Manuscript

ALREADY_OUT = (
    ("le-hoi-com-moi", 47.2),
    ("thu-hoach-lua-mua-som", 44.6),
    ("commune-online-forms", 40.1),
    ("quet-ma-o-cho-phien", 36.4),
    ("ca-long-ho-pa-lau", 32.8),
    ("ngay-hoi-doc-sach", 29.3),
    ("dan-van-kheo-na-khoang", 26.5),
    ("school-garden", 21.9),
    ("dien-luoi-ve-huoi-may", 18.2),
    ("trong-hai-nghin-cay-ban", 12.7),
    ("ma-so-vung-trong-mac-ca", 6.3),
    ("trail-run", 1.8),
)
"""Articles out when the site opens, and for how many hours: two ordinary days."""

TO_COME = (
    "cau-nam-sen-thong-xe",
    "gia-ca-phe-tang",
    "chong-ret-cho-trau-bo",
    "nam-sen-bridge-opens",
    "doi-bong-ban-huoi-sen-vo-dich",
    "thanh-nien-ngay-thong-cau",
    "hoc-sinh-nghi-ret",
    "tiem-vac-xin-soi",
    "lua-mua-duoc-mua",
    "cold-spell",
    "hien-dat-mo-truong",
    "coffee-prices",
    "lop-hoc-dien-thoai",
    "chung-ket-bong-da",
    "measles-vaccination",
    "lich-lay-nuoc",
    "embroidery-cooperative",
    "mo-noi-soi",
)
"""Articles still to be published, in order; those that tell the same story lie a few apart, as in life."""

FIRST_AFTER = timedelta(seconds=3)
"""From the start to the first article: late enough that the poller has stored what was there before, early
enough that a push is seen within fifteen seconds."""

CORRECTED_AFTER_INTERVALS = 3.5
"""A correction comes this many intervals after its article, between two others."""

PATIENCE = timedelta(seconds=20)
"""How long publishing waits for feeds that nobody reads, once one was read."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An article as it stands on the site."""

    manuscript: Manuscript
    published_at: datetime
    updated_at: datetime
    """When this version came out."""


def start_of_publishing(
    first_reads: Mapping[str, datetime], publishers: Collection[str], now: datetime
) -> datetime | None:
    """When the timetable began: as soon as every feed was read once, so that none misses an article.

    `first_reads` maps a publisher to the time its feed was first asked for. Feeds that are left out of the
    configuration hold up the others only for `PATIENCE`.
    """
    if not first_reads:
        return None
    if first_reads.keys() >= set(publishers):
        return max(first_reads.values())
    deadline = min(first_reads.values()) + PATIENCE
    return deadline if now >= deadline else None


def editions(
    archive: Archive, *, opened_at: datetime, started_at: datetime | None, interval: timedelta, now: datetime
) -> tuple[Edition, ...]:
    """What is out at `now`, newest first; `started_at` is None until publishing begins."""
    times = {slug: opened_at - timedelta(hours=hours) for slug, hours in ALREADY_OUT}
    if started_at is not None:
        times |= {slug: started_at + FIRST_AFTER + n * interval for n, slug in enumerate(TO_COME)}
    out = [_edition(archive[slug], at, interval, now) for slug, at in times.items() if at <= now]
    return tuple(sorted(out, key=lambda edition: edition.published_at, reverse=True))


def end_of_publishing(started_at: datetime, interval: timedelta) -> datetime:
    """When the last article comes out."""
    return started_at + FIRST_AFTER + (len(TO_COME) - 1) * interval


def _edition(
    versions: tuple[Manuscript, ...], published_at: datetime, interval: timedelta, now: datetime
) -> Edition:
    corrected_at = published_at + CORRECTED_AFTER_INTERVALS * interval
    if len(versions) > 1 and corrected_at <= now:
        return Edition(versions[1], published_at, corrected_at)
    return Edition(versions[0], published_at, published_at)
