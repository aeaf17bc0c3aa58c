"""What stands among an article's paragraphs and is none: counters, buttons, other news, bylines.

Every extractor lets some of it through. A line is judged by how it begins *and* by being short or followed
by a colon or a count, since “Chia sẻ với phóng viên, ông An cho biết…” is text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from feeds.bylines import is_bare_name, labelled_byline
from feeds.text import fold, one_line, tokens

# Beginnings of lines, folded; Vietnamese first, then English.
_LABELS = (
    "luot xem|luot doc|so lan xem|tu khoa|tags?|chia se(?: bai viet)?|doc them|xem them|xem tiep|doc tiep|"
    "ban quyen|quang cao|views?|keywords?|share|read more|see also|also read|copyright"
)
"""Furniture when nothing, a colon or a count follows."""
_BUTTONS = (
    "in bai(?: viet)?|in trang|ban in|luu bai|gui email|back to top|len dau trang|ve dau trang|tro ve|"
    "quay lai|tro lai|trang truoc|trang sau|gui binh luan|viet binh luan|danh gia|xep hang|theo doi|thich|"
    "co chu|bao loi|dang nhap|tweet|print|email|advertisement|sponsored|subscribe|log in|loading|next page|"
    "previous page|skip to content|listen|save"
)
"""Furniture when they stand alone or before a count."""
_PHRASES = (
    "in bai viet|(?:chia se|gui|luu) (?:bai viet|bai nay|qua|len|facebook|zalo|twitter|email)|moi ban doc|"
    "nghe doc bai|nghe bai|theo doi (?:chung toi|bao|tren)|sao chep lien ket|ban quyen thuoc|"
    "share (?:this|on|via|to|article|page)|print (?:this|article|page)|email this|save this|"
    "listen to this|sign up|follow us|subscribe to|read more|skip to|click here|\\d+ min(?:ute)?s? read"
)
"""Furniture when the line is short and no sentence."""
_NOTICES = (
    "(?:hien )?chua co (?:y kien|binh luan)|(?:ban )?hay la nguoi dau tien|vui long dang nhap|"
    "no comments yet|leave a comment|be the first to comment|write a comment|post a comment|"
    "all rights reserved|this site uses cookies"
)
"""Furniture also as a sentence, when it is short."""
_OTHER_NEWS = (
    "tin khac|tin lien quan|(?:tin |bai )?cung chuyen muc|bai (?:viet )?lien quan|(?:tin )?moi nhat|"
    "(?:tin )?doc nhieu|xem nhieu|tin noi bat|cac (?:tin|bai) (?:khac|da dua)|co the ban quan tam|"
    "(?:su kien|chu de) lien quan|(?:other|more|related|latest) (?:news|articles|stories)|"
    "more on this story|related|most (?:read|popular)|you may also like|recommended(?: for you)?|"
    "trending|top stories"
)
_READERS = r"binh luan|y kien ban doc|y kien|thao luan|comments?|\d+ comments?|\d+ binh luan"

_COUNT = r"\s*\(?\d[\d.,]*k?\)?$"
_LABEL_END = rf"\s*(?:$|[:|»>…])|{_COUNT}"

_LABELLED = re.compile(rf"(?:{_LABELS})(?:{_LABEL_END})|(?:{_BUTTONS})(?:$|\s*[|»>]|{_COUNT})")
_PHRASED = re.compile(rf"(?:{_PHRASES})\b")
_NOTICE = re.compile(rf"(?:{_NOTICES})\b")
_OTHER_NEWS_LABEL = re.compile(rf"(?:{_OTHER_NEWS})(?:{_LABEL_END})")
_READERS_LABEL = re.compile(rf"(?:{_READERS})(?:{_LABEL_END})")
_LABEL_WORDS = 8
"""A line that only begins like furniture is some up to this length, unless it ends as a sentence does."""
_NOTICE_WORDS = 20

_SENTENCE_END = re.compile(r"[.!?…:;][”’»\"')\]]*$")
_BULLET = re.compile(r"^[-–—•*▪►»>|+\s]+")
_WORD = re.compile(r"[^\W_]+")
_AFTER_BEGINNING = " .,…!?:;”\"'’)–-"
_NO_WORDS = re.compile(r"[\W_\d]*")
"""Pagers, bullets, lone numbers."""

_MOMENT = re.compile(r"\d{1,2}[:hg]\d{2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d")
_DATE_LINE_WORDS = 14
_FIRST_LINES = 3
"""Where dates and bylines stand above an article."""
_LAST_LINES = 3
"""Where bylines stand below it, once the furniture is gone."""

_SAME_SHARE = 0.9
"""Of common words: a comma or a newspaper's name more, and two paragraphs still say the same."""
_SIMILAR_LENGTH = 0.5
"""Two texts that say the same are not one twice as long as the other; spares most comparisons."""
_MIN_LEAD_WORDS = 5


class Cleaned(NamedTuple):
    """The paragraphs of the article alone, and who is named above or below them."""

    paragraphs: list[str]
    byline: str | None


def clean(paragraphs: Sequence[str], title: str = "") -> Cleaned:
    """Leave only the article: no repeated title, dates, counters, buttons, other news, comments, bylines."""
    kept = [
        each for each in _before_readers(paragraphs) if not (is_furniture(each) or same_text(each, title))
    ]
    below_title = [each for each in kept[:_FIRST_LINES] if not is_date_line(each)]
    return _without_bylines(below_title + kept[_FIRST_LINES:])


def is_furniture(line: str) -> bool:
    """Whether a line belongs to the page and not to the article: `Lượt xem: 4234`, `In bài viết`, `Share`."""
    label = fold(_BULLET.sub("", line)).strip()
    if _NO_WORDS.fullmatch(label) or _LABELLED.match(label):
        return True
    words = len(label.split())
    if words <= _NOTICE_WORDS and _NOTICE.match(label):
        return True
    return words <= _LABEL_WORDS and not ends_as_sentence(line) and bool(_PHRASED.match(label))


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same but for a word or two."""
    if _SIMILAR_LENGTH * max(len(one), len(other)) > min(len(one), len(other)):
        return False
    words, others = tokens(one), tokens(other)
    common = (Counter(words) & Counter(others)).total()
    return common > 0 and common >= _SAME_SHARE * max(len(words), len(others))


def without_lead(paragraphs: Sequence[str], lead: str) -> list[str]:
    """The paragraphs without the lead, which may be one of the first or begin the first."""
    for index, paragraph in enumerate(paragraphs[:_FIRST_LINES]):
        rest = "" if same_text(paragraph, lead) else _rest_after(paragraph, lead)
        if rest is not None:
            return [*paragraphs[:index], *filter(None, [rest]), *paragraphs[index + 1 :]]
    return list(paragraphs)


def without_beginning(paragraph: str, beginning: str) -> str:
    """The paragraph without this text in front, as feeds repeat the title; empty when it says only that."""
    if same_text(paragraph, beginning):
        return ""
    rest = _rest_after(paragraph, beginning)
    return paragraph if rest is None else rest


def _before_readers(paragraphs: Sequence[str]) -> Iterator[str]:
    """The paragraphs up to the readers' comments, without lists of other news."""
    listing = begun = False
    for paragraph in filter(None, map(one_line, paragraphs)):
        label = fold(_BULLET.sub("", paragraph))
        short = len(label.split()) <= _LABEL_WORDS
        if begun and short and _READERS_LABEL.match(label):
            return
        if short and (_READERS_LABEL.match(label) or _OTHER_NEWS_LABEL.match(label)):
            listing = True
        elif not listing or ends_as_sentence(paragraph):
            listing = False  # what followed `Tin khác` were headlines; this is a sentence again
            begun = begun or not is_furniture(paragraph)
            yield paragraph


def ends_as_sentence(line: str) -> bool:
    """Whether a line ends with a stop, quotes and brackets after it aside."""
    return bool(_SENTENCE_END.search(line))


def is_date_line(line: str) -> bool:
    """Whether a line only says when: a date or time among a few words, and no sentence."""
    short = len(line.split()) <= _DATE_LINE_WORDS and not ends_as_sentence(line)
    return short and bool(_MOMENT.search(line))


def _without_bylines(paragraphs: list[str]) -> Cleaned:
    """Take the names off both ends; those below the text are believed first, the last one last of all."""
    names: list[str] = []
    for _ in range(_LAST_LINES):
        name = _byline(paragraphs[-1]) if len(paragraphs) > 1 else None
        if name is None:
            break
        names.insert(0, name)
        paragraphs = paragraphs[:-1]
    above = [labelled_byline(each) for each in paragraphs[:_FIRST_LINES]]
    names += [name for name in above if name]
    first = [each for each, name in zip(paragraphs, above, strict=False) if not name]
    return Cleaned(first + paragraphs[_FIRST_LINES:], names[0] if names else None)


def _byline(line: str) -> str | None:
    return labelled_byline(line) or (one_line(line) if is_bare_name(line) else None)


def _rest_after(paragraph: str, beginning: str) -> str | None:
    """What follows when a paragraph begins with this text word for word; None when it does not."""
    words = tokens(beginning)
    if len(words) < _MIN_LEAD_WORDS or tokens(paragraph)[: len(words)] != words:
        return None
    ends = (found.end() for found in _WORD.finditer(paragraph))
    position = next(islice(ends, len(words) - 1, None), len(paragraph))
    return paragraph[position:].lstrip(_AFTER_BEGINNING)
