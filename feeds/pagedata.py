"""What a page says about its article in its head: Open Graph, `<meta>`, JSON-LD (schema.org NewsArticle).

All of it is a claim: templates fill it with the site's own name and slogan. `feeds.extract` decides what to
believe.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from feeds.text import one_line

_MAX_SCRIPTS = 20
_MAX_SCRIPT_CHARACTERS = 300_000
"""JSON-LD of a page with all its comments; larger ones are not about one article."""
_MAX_DEPTH = 8
_MAX_VALUES = 20
"""Of one property: authors, pictures."""
_MAX_TEXT_CHARACTERS = 2_000
_MAX_AUTHOR_CHARACTERS = 80

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report|Review)$")
_NAME_KEYS = ("@value", "name")
_ADDRESS_KEYS = ("contentUrl", "url")
_META_TITLES = ("og:title", "twitter:title", "headline", "dc.title")
_META_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description")
_META_DATES = (
    *(
        "article:published_time",
        "og:published_time",
        "datepublished",
        "pubdate",
        "publishdate",
        "publish-date",
    ),
    *(
        "publish_date",
        "date",
        "dc.date",
        "dc.date.issued",
        "dcterms.created",
        "parsely-pub-date",
        "sailthru.date",
    ),
)
_META_IMAGES = (
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "twitter:image",
    "twitter:image:src",
    "thumbnail",
)
_META_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")


@dataclass(frozen=True, slots=True)
class PageData:
    """Claims of a page, most trustworthy first; every text on one line."""

    titles: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    site_name: str = ""


def read_page_data(tree: HtmlElement) -> PageData:
    """Collect the claims of a parsed page."""
    articles = list(_articles(tree))
    metas = _metas(tree)
    site_name = next(iter(metas.get("og:site_name", ())), "")

    def claims(
        fields: tuple[str, ...], names: tuple[str, ...], keys: tuple[str, ...] = _NAME_KEYS
    ) -> tuple[str, ...]:
        given = [text for each in articles for field in fields for text in _texts(each.get(field), *keys)]
        given += [text for name in names for text in metas.get(name, ())]
        return tuple(dict.fromkeys(filter(None, map(one_line, given))))

    return PageData(
        titles=(*claims(("headline", "name"), _META_TITLES), *_page_title(tree)),
        descriptions=claims(("description",), _META_DESCRIPTIONS),
        dates=claims(("datePublished", "dateCreated"), _META_DATES) + _marked_dates(tree),
        images=claims(("image", "thumbnailUrl"), _META_IMAGES, _ADDRESS_KEYS),
        authors=tuple(name for name in claims(("author",), _META_AUTHORS) if _is_person(name, site_name)),
        languages=(*_languages(tree), *claims(("inLanguage",), ("og:locale", "content-language"))),
        site_name=site_name,
    )


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (
            meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        )
        content = one_line((meta.get("content") or "")[:_MAX_TEXT_CHARACTERS])
        if content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _page_title(tree: HtmlElement) -> Iterator[str]:
    for title in tree.iterfind(".//head/title"):
        if text := one_line(title.text_content()[:_MAX_TEXT_CHARACTERS]):
            yield text


def _marked_dates(tree: HtmlElement) -> tuple[str, ...]:
    """Dates marked in the text itself: `<time datetime>` and `itemprop="datePublished"`."""
    marked = tree.xpath("//*[@itemprop='datePublished']") + tree.xpath("//time[@datetime and @pubdate]")
    texts = (each.get("datetime") or each.get("content") or each.text_content() for each in marked)
    return tuple(filter(None, (one_line(text[:_MAX_TEXT_CHARACTERS]) for text in texts)))


def _languages(tree: HtmlElement) -> Iterator[str]:
    for attribute in ("lang", "{http://www.w3.org/XML/1998/namespace}lang", "xml:lang"):
        if label := tree.get(attribute):
            yield label


def _articles(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.xpath("//script[contains(@type, 'ld+json')]")[:_MAX_SCRIPTS]:
        text = script.text or ""
        if len(text) > _MAX_SCRIPT_CHARACTERS:
            continue
        try:
            yield from _articles_in(json.loads(text.strip().rstrip(";"), strict=False), _MAX_DEPTH)
        except (ValueError, RecursionError):
            continue  # templates write broken JSON; the rest of the page still speaks


def _articles_in(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if any(_ARTICLE_TYPE.search(kind) for kind in _texts(value.get("@type"))):
            yield value
        value = [value.get("@graph"), value.get("mainEntity"), value.get("mainEntityOfPage")]
    if isinstance(value, list) and depth:
        for each in value:
            yield from _articles_in(each, depth - 1)


def _texts(value: Any, *keys: str) -> Iterator[str]:
    """The texts of a schema.org property: a string, a thing with it under one of `keys`, a list of these."""
    for each in value[:_MAX_VALUES] if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            each = next((each[key] for key in keys if isinstance(each.get(key), str)), None)
        if isinstance(each, str):
            yield html.unescape(each[:_MAX_TEXT_CHARACTERS])


def _is_person(name: str, site_name: str) -> bool:
    return (
        len(name) <= _MAX_AUTHOR_CHARACTERS
        and "://" not in name
        and "@" not in name
        and name.casefold() != site_name.casefold()
    )
