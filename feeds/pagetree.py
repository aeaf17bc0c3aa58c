"""An article's page as a tree: decoded, parsed, its heading found, what surrounds the article cut away."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from feeds.encoding import decode_body, remove_controls
from feeds.language import is_vietnamese
from feeds.text import nfc, one_line, tokens

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?\bcharset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE
)
_META_BYTES = 8_192
"""Where the declaration is looked for; the standard allows 1,024, pages are careless."""
_MARKUP = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.IGNORECASE | re.DOTALL)

_NEVER_TEXT = ("script", "style", "noscript", "template", "iframe", "svg", "form", "button", "nav", "footer")
_AROUND_TAGS = ("header", "aside")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:header|nav|navbar|menu|topbar|footer|breadcrumbs?|sidebar|banner|ads?|advert\w*|quang-?cao|"
    r"comments?|binh-?luan|related|lien-?quan|tin-?khac|other-?news|cung-?chuyen-?muc|most-?read|doc-?nhieu|"
    r"shares?|sharing|social|tags?|tu-?khoa|keywords?|pagination|pager|paging|newsletter|cookies?|popup|modal|"
    r"back-?to-?top|scroll-?top|go-?top|print|view-?count\w*|luot-?xem|rating|toolbar)(?:[\s_-]|$)",
    re.IGNORECASE,
)
"""Classes and ids of what surrounds an article, as whole words."""

_PLACE_STAMP = "//span[contains(@class, 'location-stamp')]"
"""The place in front of a lead at VnExpress, the country's most read site; no space parts them."""

_CAPTION = re.compile(r"caption|chu-?thich", re.IGNORECASE)
_CAPTION_WORDS = 60
"""A picture's table with no more words than this holds its caption, not an article."""

_HEADING_CLASS = re.compile(r"title|tieu-?de|headline|heading", re.IGNORECASE)
_HEADING_WORDS = range(2, 60)
_HEADING_SHARE = 0.6
"""Of common words, from which a heading says what the head claims the title is."""
_TITLE_BREAK = re.compile(r"\s+[|\-–—»:]\s+")

_MIN_PARAGRAPH_CHARACTERS = 60
_MAX_LINKED_SHARE = 0.5
"""Of a paragraph's characters inside links; above it, it is a list of other articles."""


def parse_page(body: bytes, content_type: str | None) -> HtmlElement | None:
    """Parse a page's bytes, in whatever encoding they really are; None when there is nothing to parse."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(decode_page(body, content_type).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def find_heading(tree: HtmlElement, titles: Sequence[str]) -> HtmlElement | None:
    """The element showing the article's title: the one most like what the head claims, else the only `<h1>`.

    Sites put their own name into `<h1>` too, and articles' titles into `<div class="title">`.
    """
    claims = [tokens(part) for title in titles for part in _title_parts(title)]
    likeness = ((_likeness(tokens(each.text_content()), claims), each) for each in _headings(tree))
    common, heading = max(likeness, key=lambda pair: pair[0], default=(0, None))
    if common:
        return heading
    alone = [each for each in tree.iter("h1") if _word_count(each) in _HEADING_WORDS]
    return alone[0] if len(alone) == 1 else None


def find_holder(tree: HtmlElement) -> HtmlElement | None:
    """The element whose children hold most of the running text; None when there is hardly any."""
    weights: Counter[HtmlElement] = Counter()
    for element in tree.iter("p", "div", "td", "section", "article"):
        own = len(one_line(" ".join(_own_texts(element))))
        if own < _MIN_PARAGRAPH_CHARACTERS or _is_linked(element):
            continue
        holder = element.getparent() if element.tag == "p" else element
        if not _AROUND.search(_names(holder)):
            weights[holder] += own
    return max(weights, key=lambda each: weights[each], default=None)


def cut_around(tree: HtmlElement, kept: Iterable[HtmlElement | None]) -> None:
    """Remove what surrounds an article, by tag, class and id; never what is kept nor what that stands in."""
    keep = {ancestor for each in kept for ancestor in _with_ancestors(each)}
    _remove(each for each in tree.iter(*_NEVER_TEXT, *_AROUND_TAGS) if each not in keep)
    _remove(tree.xpath(_PLACE_STAMP))
    _remove(each for each in tree.iter(etree.Element) if each not in keep and _AROUND.search(_names(each)))


def cut_above(heading: HtmlElement, holder: HtmlElement | None) -> None:
    """Remove all that comes before the heading: a clock there would be read as the date."""
    keep = set(_with_ancestors(holder))
    for ancestor in _with_ancestors(heading):
        above = ancestor.itersiblings(preceding=True)
        _remove(each for each in above if each not in keep and each.tag != "head")


def cut_captions(tree: HtmlElement) -> list[str]:
    """Remove pictures' captions and return them: in figures, by class, in the small tables of old editors."""
    captions = list(tree.iter("figcaption"))
    small = [each for each in tree.iter("table", "p", "div", "span") if _word_count(each) <= _CAPTION_WORDS]
    captions += [each for each in small if _CAPTION.search(_names(each)) or _is_picture_table(each)]
    texts = [shown_text(each) for each in captions]
    _remove(captions)
    return list(dict.fromkeys(filter(None, texts)))


def text_after(heading: HtmlElement, characters: int) -> str:
    """The text that follows a heading in the document, about so many characters of it."""
    texts: list[str] = []
    missing = characters
    for text in _texts_after(heading):
        texts.append(text)
        missing -= len(text)
        if missing < 0:
            break
    return one_line(" ".join(texts))[:characters]


def text_before(heading: HtmlElement, characters: int) -> str:
    """The text before a heading in the element it stands in, the nearest so many characters of it."""
    parent = heading.getparent()
    if parent is None or parent.tag == "body":
        return ""
    above = [" ".join(each.itertext()) for each in heading.itersiblings(preceding=True)]
    return one_line(" ".join([parent.text or "", *reversed(above)]))[-characters:]


def shown_text(element: HtmlElement) -> str:
    """The text of an element on one line."""
    return one_line(" ".join(element.itertext()))


def has_class(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    """Whether an element's classes or id match."""
    return bool(pattern.search(_names(element)))


def decode_page(body: bytes, content_type: str | None) -> str:
    """A page's text, decoded by what the bytes are, then by what the page says, then by what the server says.

    Servers add their default to pages they do not know. Old Vietnamese pages are windows-1258 and declare
    nothing, or `iso-8859-1`; read as what they are they consist of Vietnamese.
    """
    try:
        return nfc(remove_controls(body.decode("utf-8-sig")))
    except UnicodeDecodeError:
        pass
    found = _META_CHARSET.search(body[:_META_BYTES])
    label = found[1].decode("ascii") if found else "utf-8"
    named = content_type if label.lower() in ("utf-8", "utf8") else f"text/html; charset={label}"
    declared = nfc(decode_body(body, named)[0])
    vietnamese = nfc(remove_controls(body.decode("cp1258", "replace")))
    mistaken = not is_vietnamese(_MARKUP.sub(" ", declared)) and is_vietnamese(_MARKUP.sub(" ", vietnamese))
    return vietnamese if mistaken else declared


def _headings(tree: HtmlElement) -> Iterator[HtmlElement]:
    yield from tree.iter("h1", "h2", "h3")
    for element in tree.iter("div", "span", "p", "td", "strong", "b", "font"):
        if _HEADING_CLASS.search(_names(element)) and _word_count(element) in _HEADING_WORDS:
            yield element


def _texts_after(element: HtmlElement) -> Iterator[str]:
    yield element.tail or ""
    for ancestor in _with_ancestors(element):
        for sibling in ancestor.itersiblings():
            yield from sibling.itertext()
            yield sibling.tail or ""


def _title_parts(title: str) -> Iterator[str]:
    """A title as claimed, and without what a site adds behind it or before it (` | Báo An`)."""
    yield title
    breaks = list(_TITLE_BREAK.finditer(title))
    if breaks:
        yield title[: breaks[-1].start()]
        yield title[: breaks[0].start()]
        yield title[breaks[0].end() :]


def _likeness(words: list[str], claims: list[list[str]]) -> int:
    """The number of words in common with the claim most like them; 0 when none is alike enough.

    The number and not the share decides between headings: a site's name is all of one claim, but short.
    """
    counted = Counter(words)
    common = ((counted & Counter(claim)).total() for claim in claims)
    alike = (
        number
        for number, claim in zip(common, claims, strict=True)
        if number > 1 and number >= _HEADING_SHARE * max(len(claim), len(words))
    )
    return max(alike, default=0)


def _own_texts(element: HtmlElement) -> Iterator[str]:
    """The text that stands directly in an element or in its inline children."""
    yield element.text or ""
    for child in element:
        if child.tag in ("b", "strong", "i", "em", "a", "span", "font", "u"):
            yield child.text_content()
        yield child.tail or ""


def _is_linked(element: HtmlElement) -> bool:
    linked = sum(len(link.text_content()) for link in element.iter("a"))
    return linked > _MAX_LINKED_SHARE * max(len(element.text_content()), 1)


def _is_picture_table(element: HtmlElement) -> bool:
    return element.tag == "table" and next(element.iter("img", "amp-img"), None) is not None


def _word_count(element: HtmlElement) -> int:
    return len(element.text_content().split())


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _with_ancestors(element: HtmlElement | None) -> list[HtmlElement]:
    return [] if element is None else [element, *element.iterancestors()]


def _remove(elements: Iterable[HtmlElement]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()
