"""When an article was published, as its page says: head, beside the heading, marked times, htmldate."""

import re
from collections.abc import Iterator
from datetime import datetime

from lxml.html import HtmlElement

from feeds.dates import read_date
from feeds.pagedata import PageData
from feeds.pagetree import shown_text, text_after, text_before

_AFTER_CHARACTERS = 500
_BEFORE_CHARACTERS = 120
"""How far from the heading a date still belongs to the article."""

_CLOCK = r"\d{1,2}\s?[:hg]\s?\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_DAY = (
    r"(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\s+tháng\s+\d{1,2}(?:\s+năm|,)?\s+\d{4}"
    r"|(?:\d{1,2}\s+)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?\s+(?:\d{1,2},?\s+)?\d{4})"
)
_BETWEEN = r"[^\d\n]{0,30}?"
_ZONE = r"(?:\s*\(?(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d{2})?\)?|Z|[+-]\d{2}:?\d{2}|\s+(?:GMT|UTC)\b)?"
_MOMENT = re.compile(
    rf"(?<!\d)(?:{_CLOCK}{_BETWEEN}{_DAY}|{_DAY}(?:T|{_BETWEEN}){_CLOCK}{_ZONE}|{_DAY})(?!\d)", re.IGNORECASE
)
"""A moment as pages print it: `14:15 - Thứ Năm, 09/01/2020`, `9 January 2020, 14:15 GMT`."""


def published_at(
    tree: HtmlElement, heading: HtmlElement | None, data: PageData, *, url: str, time_zone: str, now: datetime
) -> datetime | None:
    """The article's time in UTC, or None; `time_zone` (IANA) is where times without a zone are read.

    The tree must be without the site's header, whose clock shows today.
    """
    for text in _texts(tree, heading, data, url, now):
        if moment := read_date(text, time_zone, now):
            return moment
    return None


def _texts(
    tree: HtmlElement, heading: HtmlElement | None, data: PageData, url: str, now: datetime
) -> Iterator[str]:
    """Texts that may be the date, the most trustworthy first; the last costs most."""
    yield from data.dates
    if heading is not None:
        for near in (text_after(heading, _AFTER_CHARACTERS), text_before(heading, _BEFORE_CHARACTERS)):
            yield from (found[0] for found in _MOMENT.finditer(near))
    for element in tree.iter("time"):
        yield element.get("datetime") or shown_text(element)
    from htmldate import find_date  # loads dateparser and more: only where nothing else was found

    # Without the extensive search, which takes any day of the past the text speaks of.
    if found := find_date(tree, extensive_search=False, original_date=True, url=url, max_date=now):
        yield found
