"""What stands among an article's paragraphs and is none: counters, buttons, lists of other news, bylines.

Measured on provincial newspapers: every extractor lets some of it through. Lines are judged by
their beginning *and* by being short or followed by a colon, since “Chia sẻ với phóng viên, ông An cho biết…” is text.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from feeds.html import strip_source_prefix
from feeds.text import fold, one_line, tokens

_FURNITURE = (
    # Vietnamese
    "luot xem|luot doc|so lan xem|in bai viet|in bai|in trang|ban in|tu khoa|tags?|chia se|chia se bai viet|gui bai viet|"
    "gui email|luu bai|back to top|len dau trang|ve dau trang|tro ve|quay lai|tro lai|trang truoc|trang sau|"
    "hien chua co binh luan|chua co binh luan|gui binh luan|viet binh luan|y kien ban doc|y kien cua ban|"
    "binh luan cua ban|hay la nguoi dau tien binh luan|danh gia|xep hang|theo doi|theo doi chung toi|thich|"
    "doc them|xem them|xem tiep|doc tiep|moi ban doc|nghe doc bai|nghe bai viet|co chu|quang cao|copy link|"
    "sao chep lien ket|bao loi|toi muon|moi nguoi cung xem|ban quyen|dang nhap|"
    # English
    "share|share this|share this article|share on|tweet|print|print this|print this article|email this|views?|"
    "read more|see also|also read|advertisement|advertise|sponsored|sign up|subscribe|follow us|log in|copyright|"
    "all rights reserved|skip to|listen to this article|save this|reading time|min read|no comments yet|leave a comment|"
    "be the first to comment|write a comment|post a comment|next page|previous page|loading|tap to|click here"
)
_BEGINS_LIST = (
    "tin khac|tin lien quan|tin cung chuyen muc|cung chuyen muc|bai lien quan|bai viet lien quan|tin moi|tin moi nhat|"
    "tin doc nhieu|doc nhieu|doc nhieu nhat|xem nhieu|tin noi bat|cac tin khac|cac bai khac|cac tin da dua|tin da dua|"
    "co the ban quan tam|bai cung chuyen muc|su kien lien quan|chu de lien quan|"
    "other news|more news|related|related articles|related stories|related news|more stories|more on this story|"
    "most read|most popular|you may also like|recommended|recommended for you|trending|latest news|top stories"
)
_ENDS_ARTICLE = "binh luan|comments?|y kien|y kien ban doc|gui y kien|thao luan|\\d+ comments?|\\d+ binh luan"

_AFTER_LABEL = r"\s*(?:$|[:(|»>…]|[-–—]\s|\d)"
"""What follows a label when it is one whatever the length of the line: nothing, a colon, a count."""

_LABELLED = re.compile(rf"(?:{_FURNITURE}){_AFTER_LABEL}")
_BEGUN = re.compile(rf"(?:{_FURNITURE})\b")
_LIST = re.compile(rf"(?:{_BEGINS_LIST}|{_ENDS_ARTICLE}){_AFTER_LABEL}")
_ENDS = re.compile(rf"(?:{_ENDS_ARTICLE}){_AFTER_LABEL}")
_FURNITURE_WORDS = 8
"""A line that only begins like a label is one up to this length, unless it ends as a sentence does."""

_SENTENCE_END = re.compile(r"[.!?…:;][”’»\"')\]]*$")
_BARE = re.compile(r"[\W_]*(?:\d{1,3}[\W_]*)*")
"""Pagers, bullets, lone numbers."""
_BULLET = re.compile(r"^[-–—•*▪►»>|+\s]+")

_WORKS = r"(?:tin|bài|ảnh|hình|video|clip|thơ|tranh|đồ họa|thiết kế|biên tập|lược dịch|bài viết|thực hiện|tổng hợp)"
_BYLINE = re.compile(
    rf"(?:{_WORKS}(?:\s*(?:,|và|&|-|–|/|\+)\s*{_WORKS})*\s*:|(?:nguồn|theo)\s*:|theo(?=\s+[A-ZĐ(])"
    r"|(?:text|words|story|photos?|pictures?|story and photos?|reporting|source|written)(?:\s+by)?\s*:"
    r"|(?-i:By)(?=\s+[A-Z]))\s*(?P<names>.{2,80}?)[.\s]*",
    re.IGNORECASE,
)
_BYLINE_WORDS = 14
_NAME = re.compile(r"(?:[^\W\d_][\w.’'+]*|[-–,&/]|và|and|\((?:[^()]{2,24})\))(?:\s+|$)")
_NAME_WORDS = 6
_LAST_LINES = 4
"""Where bylines are looked for at the end, after furniture went."""

_CLOCK = re.compile(r"\d{1,2}[:hg]\d{2}|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
_DATE_LINE_WORDS = 12

_SAME_TEXT = 0.9
"""Share of common words from which two paragraphs say the same: a comma or a source's name differs."""


class Cleaned(NamedTuple):
    """Paragraphs of the article alone, and who is named below or above them."""

    paragraphs: list[str]
    byline: str | None


def clean(paragraphs: Sequence[str], title: str = "") -> Cleaned:
    """Drop what is not the article: its title again, dates, counters, buttons, other news, comments."""
    kept: list[str] = []
    in_list = False
    for paragraph in map(one_line, paragraphs):
        label = fold(_BULLET.sub("", paragraph))
        if kept and _ENDS.match(label) and len(label.split()) <= _FURNITURE_WORDS:
            break
        if _LIST.match(label):
            in_list = True
        elif in_list and not _SENTENCE_END.search(paragraph):
            continue  # headlines below `Tin khác`
        elif not (is_furniture(paragraph) or (len(kept) < 2 and is_date_line(paragraph)) or same(paragraph, title)):
            in_list = False
            kept.append(paragraph)
    return _without_byline(kept)
