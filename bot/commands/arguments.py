"""Reading what follows a command: page marks, numbers, durations."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from feeds.text import fold
from storage.types import Page

T = TypeVar("T")

MAX_PAGES = 99
"""Pages that can be turned: two digits keep a button's action within 64 bytes; further back, search."""

MAX_PAUSE = timedelta(days=365)
"""The longest pause; whoever wants a longer one wants /stop."""

_PAGE = re.compile(r"@(\d{1,2})(?=[\s/]|$)\s*", re.ASCII)
_DURATION = re.compile(r"(\d{1,4})\s*(h|gio|hours?|d|ngay|days?|w|tuan|weeks?|m|thang|months?)", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "m": timedelta(days=30)}
_VIETNAMESE = {"gio": "h", "ngay": "d", "tuan": "w", "thang": "m"}


def split_page(argument: str) -> tuple[int, str]:
    """The page that a button asks for with `@2 …`, and the rest; page 1 without a mark."""
    match = _PAGE.match(argument)
    if match is None:
        return 1, argument
    return max(1, int(match[1])), argument[match.end() :]


def read_page(argument: str) -> int:
    """The page number a list command is given; 1 when it is none."""
    number = argument.removeprefix("@")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) <= 2 else 1


class Finder(Protocol[T]):
    """A storage function that gives a page of a list."""

    async def __call__(self, *, offset: int, limit: int) -> Page[T]:
        """Find `limit` items from `offset` on."""


async def page_or_last(find: Finder[T], number: int, limit: int) -> Page[T]:
    """Page `number`, or the last one when the list has become shorter since the button was made."""
    page = await find(offset=(number - 1) * limit, limit=limit)
    if page.items or not page.total:
        return page
    return await find(offset=(page.total - 1) // limit * limit, limit=limit)


def slice_page(items: Sequence[T], number: int, limit: int) -> Page[T]:
    """Page `number` of a list that is all in memory; the last one when there are fewer."""
    last = max(1, -(-len(items) // limit))
    offset = (min(number, last) - 1) * limit
    return Page(items[offset : offset + limit], len(items), offset, limit)


def read_duration(text: str) -> timedelta | None:
    """`3d`, `12h`, `2 tuần`: a duration up to `MAX_PAUSE`, or None when it is none."""
    match = _DURATION.fullmatch(fold(text).strip())
    if match is None:
        return None
    unit = _VIETNAMESE.get(match[2], match[2][0])
    length = int(match[1]) * _UNITS[unit]
    return length if timedelta() < length <= MAX_PAUSE else None
