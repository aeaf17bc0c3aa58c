"""One line of an article archive, read and written; lines are as hostile as anything from outside."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.i18n import N_
from feeds.errors import BadAddress
from feeds.text import nfc
from feeds.urls import checked_url
from storage.articles import ArchivedArticle

MAX_LINE_BYTES = 4 * 1024 * 1024
"""An article of 4 MiB is a book; more is no archive of articles."""
MAX_TITLE_CHARACTERS = 1000
"""As of a feed's entries (see `feeds.types.Entry`)."""
OLDEST_YEAR = 1000
"""Earlier dates are mistakes, and some have no place on a calendar of another zone."""
CLOCK_SKEW = timedelta(days=1)
"""A date further ahead would stay the newest article for ever."""


class BadLine(UserError):
    """A line that cannot be used; its text says why."""


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Every line that is not blank with its number from 1; None in place of one over `MAX_LINE_BYTES`."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_rest(file)
            yield number, None
        elif line.strip():
            yield number, line


def _skip_rest(file: BinaryIO) -> None:
    while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass


def read_line(line: bytes | None, time_zone: str, now: datetime) -> ArchivedArticle:
    """Read one line; dates without a zone are read in `time_zone`. Raises BadLine."""
    if line is None:
        raise BadLine(N_("the line is longer than 4 MiB"))
    try:
        item = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadLine(N_("the line is not UTF-8")) from None
    except (ValueError, RecursionError):
        raise BadLine(N_("the line is not JSON")) from None
    if not isinstance(item, Mapping):
        raise BadLine(N_("the line is not a JSON object"))
    return ArchivedArticle(
        url=_url(item),
        title=_required(item, "title")[:MAX_TITLE_CHARACTERS],
        lead=_text(item, "lead"),
        body=_text(item, "body"),
        published_at=_moment(item, time_zone, now),
        source=_required(item, "source")[:MAX_TITLE_CHARACTERS],
    )


def write_line(article: ArchivedArticle) -> str:
    """The line `read_line` reads back, without the line break."""
    item = {
        "url": article.url,
        "title": article.title,
        "lead": article.lead,
        "body": article.body,
        "published_at": article.published_at.isoformat(),
        "source": article.source,
    }
    return json.dumps(item, ensure_ascii=False)


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLine(N_("“{key}” is not a text"), key=key)
    # PostgreSQL cannot store NUL, and lone surrogates cannot be encoded at all.
    return nfc(value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")).strip()


def _required(item: Mapping[str, Any], key: str) -> str:
    value = " ".join(_text(item, key).split())
    if not value:
        raise BadLine(N_("“{key}” is missing"), key=key)
    return value


def _url(item: Mapping[str, Any]) -> str | None:
    url = _text(item, "url")
    if not url:
        return None
    try:
        return checked_url(url)
    except BadAddress:
        raise BadLine(N_("“url” is not a web address")) from None


def _moment(item: Mapping[str, Any], time_zone: str, now: datetime) -> datetime:
    moment = _date(_required(item, "published_at"), time_zone, now)
    if moment is None or moment.year < OLDEST_YEAR:
        raise BadLine(N_("“published_at” is not a date; write it as 2020-01-09T14:15:00+07:00"))
    if moment > now + CLOCK_SKEW:
        raise BadLine(N_("“published_at” lies in the future"))
    return moment


def _date(text: str, time_zone: str, now: datetime) -> datetime | None:
    """ISO 8601, or a date as sites write it; in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        from feeds.dates import read_date

        return read_date(text, time_zone, now)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
