"""The introduction of an article (*sapo*), which extractors drop or leave among the paragraphs."""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from feeds.cleaning import same_text
from feeds.html import strip_source_prefix
from feeds.language import is_vietnamese
from feeds.pagedata import PageData
from feeds.pagetree import has_class, shown_text
from feeds.text import fold, tokens

_CLASSES = (
    re.compile(r"(?:^|[\s_-])sapo(?:[\s_-]|$)|chapeau|standfirst|(?:^|[\s_-])dek(?:[\s_-]|$)", re.IGNORECASE),
    re.compile(r"(?:^|[\s_-])(?:lead|summary|description|intro|subtitle|excerpt)(?:[\s_-]|$)", re.IGNORECASE),
)
"""Surest first; names of the second kind are also given to other articles' introductions."""
_WORDS = range(5, 151)
_BOLD = ("b", "strong")
_BOLD_SHARE = 0.9
_FIRST_PARAGRAPHS = 3

_CUT_OFF = re.compile(r"\s*(?:\.{2,}|…)\s*$")
_CODE = re.compile(r"\(?([^\W\d_]{2,8}?)[Oo]?\)?\s*[-–—]\s+(?=\S)")
"""A newspaper's initials, often with O for *online*."""

_BREAK = re.compile(r"\s[|\-–—»]\s")
"""Between a title and its site's name."""

_ABOUT_SHARE = {1: 0.4, 2: 0.25}
"""Of a description's words, or pairs of words, that stand in the article when it is about it.

Pairs for Vietnamese, whose few thousand syllables occur in every text; slogans of sites have hardly any."""


def marked_lead(tree: HtmlElement, holder: HtmlElement | None, title: str) -> str:
    """The lead as a page marks it: by class, or by setting the first paragraph in bold; else empty."""
    for pattern in _CLASSES:
        for element in tree.iter("p", "h2", "h3", "div", "span", "strong", "b", "td"):
            if has_class(element, pattern) and _may_be_lead(shown_text(element), title):
                return shown_text(element)
    first = [] if holder is None else list(holder.iter("p", "h2", *_BOLD))[:_FIRST_PARAGRAPHS]
    bold = (shown_text(each) for each in first if _is_bold(each))
    return next((text for text in bold if _may_be_lead(text, title)), "")


def choose_lead(marked: str, paragraphs: Sequence[str], data: PageData) -> str:
    """The lead as marked, else as the head describes the article, without the newspaper's name."""
    if marked:
        return without_site_code(marked, data)
    first = [without_site_code(each, data) for each in paragraphs[:_FIRST_PARAGRAPHS]]
    for claimed in data.descriptions:
        description = without_site_code(claimed, data)
        if completed := _completed(description, first):
            return completed
        if not _CUT_OFF.search(description) and _is_about(description, paragraphs, data):
            return description
    return ""


def without_site_code(text: str, data: PageData) -> str:
    """A text without the newspaper in front of it: a name known everywhere, or this site's own initials."""
    code = _CODE.match(text)
    if code and code[1].isupper() and any(fold(code[1]) in initials for initials in _initials(data)):
        return text[code.end() :]
    return strip_source_prefix(text)


def _initials(data: PageData) -> Iterator[str]:
    behind_titles = (title[found.end() :] for title in data.titles for found in _BREAK.finditer(title))
    for name in (data.site_name, *behind_titles):
        yield "".join(word[0] for word in tokens(name))


def _may_be_lead(text: str, title: str) -> bool:
    return len(text.split()) in _WORDS and not same_text(text, title)


def _is_bold(element: HtmlElement) -> bool:
    bold = [element] if element.tag in _BOLD else list(element.iter(*_BOLD))
    return sum(len(shown_text(each)) for each in bold) >= _BOLD_SHARE * len(shown_text(element))


def _completed(description: str, paragraphs: Sequence[str]) -> str:
    """The description in full when it begins a paragraph: heads cut it off after 160 characters."""
    beginning = fold(_CUT_OFF.sub("", description))
    for paragraph in paragraphs:
        if beginning and fold(paragraph).startswith(beginning):
            whole = len(fold(paragraph)) == len(beginning) or beginning[-1] in ".!?"
            return description if whole and not _CUT_OFF.search(description) else paragraph
    return ""


def _is_about(description: str, paragraphs: Sequence[str], data: PageData) -> bool:
    """Whether a description speaks of this article, and not of the site."""
    words = tokens(description)
    if len(words) not in _WORDS or (data.site_name and fold(data.site_name) in fold(description)):
        return False
    size = 2 if is_vietnamese(description) else 1
    described = _runs(words, size)
    known = set(_runs(tokens("\n".join((*data.titles[:1], *paragraphs))), size))
    return sum(run in known for run in described) >= _ABOUT_SHARE[size] * len(described)


def _runs(words: list[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(size)), strict=False))
