"""An article's page → its title, lead, text, author, time and picture.

    parse → what the head claims → find the heading → cut what surrounds → date beside the heading
          → trafilatura → clean the paragraphs → put the lead back, once

Extractors drop the lead (*sapo*) of Vietnamese newspapers and let counters and lists of other news through,
so both are mended here. Runs in a child process: pages are hostile and some take long.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from lxml.etree import _Element
from lxml.html import HtmlElement, tostring

from feeds.bylines import is_bare_name, labelled_byline
from feeds.cleaning import clean, without_lead
from feeds.errors import BadAddress
from feeds.html import is_picture_address, to_paragraphs
from feeds.language import language_of
from feeds.pagedata import PageData, read_page_data
from feeds.pagedate import published_at
from feeds.pagelead import choose_lead, marked_lead, without_site_code
from feeds.pagetree import (
    cut_above,
    cut_around,
    cut_captions,
    find_heading,
    find_holder,
    has_class,
    parse_page,
    shown_text,
)
from feeds.text import fold, one_line
from feeds.types import PageText
from feeds.urls import checked_url

MAX_BODY_CHARACTERS = 400_000
"""A novel; more is no article."""
MAX_TITLE_CHARACTERS = 1_000

_SHORT_BODY_CHARACTERS = 200
"""Below this a page with several pictures is a photo story, whose text stands in the captions."""
_MIN_EXTRACTED_CHARACTERS = 100
"""What trafilatura must find before it tries harder; 250 by default, and short news are shorter."""

_STOP = re.compile(r"[.!?…:”\"]$")
_SENTENCE = re.compile(r"[.!?…。！？][”’»\"')\]]*(?:\s|$)")
_AUTHOR = re.compile(r"(?:^|[\s_-])(?:author|byline|tac-?gia)(?:-?name)?(?:[\s_-]|$)", re.IGNORECASE)
_NO_PHOTO = re.compile(r"logo|default|no-?image|placeholder|blank", re.IGNORECASE)


def extract_page(
    body: bytes, *, url: str, content_type: str | None, time_zone: str, now: datetime
) -> PageText:
    """Read an article's page. A page without article text gives a `PageText` with an empty body.

    `url` is its checked address, `time_zone` (IANA) where its dates are written, `now` bounds them.
    """
    tree = parse_page(body, content_type)
    if tree is None:
        return PageText()
    data = read_page_data(tree)
    heading, holder = find_heading(tree, data.titles), find_holder(tree)
    title = _title(heading, data)
    cut_around(tree, (heading, holder))
    published = published_at(tree, heading, data, url=url, time_zone=time_zone, now=now)
    if heading is not None:
        cut_above(heading, holder)
    image_url, author = _image(tree, data, url), _author(tree, data)
    marked = marked_lead(tree, holder, title)
    cleaned = clean(_paragraphs(tree, holder, url), title)
    lead = choose_lead(marked, cleaned.paragraphs, data)
    paragraphs = without_lead([without_site_code(each, data) for each in cleaned.paragraphs], lead)
    text = "\n\n".join(paragraphs)[:MAX_BODY_CHARACTERS]
    return PageText(
        title=title or None,
        lead=lead or None,
        body=text,
        author=cleaned.byline or author,
        published_at=published,
        image_url=image_url,
        language=language_of(f"{title}\n{lead}\n{text}", *data.languages),
    )


def _title(heading: HtmlElement | None, data: PageData) -> str:
    if heading is not None:
        return shown_text(heading)[:MAX_TITLE_CHARACTERS]
    claimed = next(iter(data.titles), "")
    for mark in (" | ", " - ", " – "):
        name, _, site = claimed.rpartition(mark)
        if name and (mark == " | " or fold(site) == fold(data.site_name)):
            return name[:MAX_TITLE_CHARACTERS]
    return claimed[:MAX_TITLE_CHARACTERS]


def _author(tree: HtmlElement, data: PageData) -> str | None:
    """The author the head names, else the one marked near the heading."""
    for element in () if data.authors else tree.iter("a", "span", "p", "div", "strong", "b"):
        if element.get("rel") == "author" or has_class(element, _AUTHOR):
            text = shown_text(element)
            if name := labelled_byline(text) or (text if is_bare_name(text) else None):
                return name
    return next(iter(data.authors), None)


def _image(tree: HtmlElement, data: PageData, url: str) -> str | None:
    """The picture the head names, else the first of the article; an absolute address."""
    pictures = tree.iter("img", "amp-img")
    shown = (each.get("data-src") or each.get("data-original") or each.get("src") for each in pictures)
    for address in (*data.images, *filter(None, shown)):
        if not is_picture_address(address) or _NO_PHOTO.search(address.rpartition("/")[2]):
            continue
        try:
            return checked_url(address, url)
        except BadAddress:
            continue
    return None


def _paragraphs(tree: HtmlElement, holder: HtmlElement | None, url: str) -> list[str]:
    """The running text, with the captions where there is hardly more; empty when nothing is a sentence."""
    captions = cut_captions(tree)
    paragraphs = _extracted(tree, holder, url)
    length = sum(map(len, paragraphs))
    if len(captions) > 1 and length < min(_SHORT_BODY_CHARACTERS, sum(map(len, captions))):
        paragraphs += captions
    return paragraphs if any(map(_SENTENCE.search, paragraphs)) else []


def _extracted(tree: HtmlElement, holder: HtmlElement | None, url: str) -> list[str]:
    """Paragraphs as trafilatura finds them, or the holder's own where it finds none or cannot part them."""
    from trafilatura import bare_extraction
    from trafilatura.settings import use_config

    own = [] if holder is None else to_paragraphs(tostring(holder, encoding="unicode")).split("\n\n")
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(_MIN_EXTRACTED_CHARACTERS))
    document = bare_extraction(tree, url=url, include_comments=False, config=config)
    if document is None or isinstance(document, dict) or document.body is None:
        return own
    found = list(_blocks(document.body))
    return own if len(found) <= 1 < len(own) else found


def _blocks(element: _Element) -> Iterator[str]:
    """Paragraphs of trafilatura's tree: headings, list items and quotations each one, a table row by row."""
    for child in element:
        match child.tag:
            case "row":
                yield " | ".join(filter(None, (one_line(" ".join(cell.itertext())) for cell in child)))
            case "item":
                yield f"– {one_line(' '.join(child.itertext()))}"
            case "list" | "table" | "quote" | "div" if len(child):
                yield from _blocks(child)
            case _:
                yield from _lines(child)


def _lines(element: _Element) -> Iterator[str]:
    """The lines of a paragraph: `<br>` begins a new one where the text before it ends as a sentence does."""
    pieces = [element.text or ""]
    for child in element:
        if child.tag == "lb":
            pieces.append("")
        else:
            pieces[-1] += "".join(child.itertext())
        pieces[-1] += child.tail or ""
    line = ""
    for piece in filter(None, map(one_line, pieces)):
        line = f"{line} {piece}".strip()
        if _STOP.search(line):
            yield line
            line = ""
    if line:
        yield line
