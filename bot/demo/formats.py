"""The four feed documents, each a function of what is out.

RSS 2.0 (rssboard.org/rss-specification), RSS 1.0 (web.resource.org/rss/1.0/spec), Atom (RFC 4287) and JSON
Feed 1.1 (jsonfeed.org/version/1.1). A document depends on nothing but its arguments, so an unchanged site
gives the same bytes and an ETag made of them holds.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from bot.demo.plan import Edition
from bot.demo.publishers import FeedFormat, Publisher

TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The province's."""

TAG_AUTHORITY = "loa.example,2026"
"""Of the identifiers (RFC 4151): they must outlive the port of this run."""


def feed_document(publisher: Publisher, out: Sequence[Edition], site: str) -> bytes:
    """Write a publisher's feed in its format. `site` is the address before the path, without a slash."""
    writers = {
        FeedFormat.RSS20: _rss20,
        FeedFormat.RDF: _rdf,
        FeedFormat.ATOM: _atom,
        FeedFormat.JSON: _json,
    }
    return writers[publisher.format](publisher, out, site)


def article_url(edition: Edition, site: str) -> str:
    """Address of an article's page."""
    return f"{site}/{edition.manuscript.publisher}/{edition.manuscript.slug}.html"


def picture_url(edition: Edition, site: str) -> str | None:
    """Address of an article's picture, if it has one."""
    if not edition.manuscript.picture:
        return None
    return f"{site}/{edition.manuscript.publisher}/{edition.manuscript.slug}.png"


def body_html(edition: Edition) -> str:
    """The paragraphs, lead first, as HTML."""
    paragraphs = (edition.manuscript.lead, *edition.manuscript.paragraphs)
    return "".join(f"<p>{escape(each, quote=False)}</p>" for each in paragraphs)


def _identifier(edition: Edition) -> str:
    return f"tag:{TAG_AUTHORITY}:{edition.manuscript.publisher}/{edition.manuscript.slug}"


def _local(at: datetime) -> datetime:
    return at.astimezone(TIME_ZONE).replace(microsecond=0)


def _rss20(publisher: Publisher, out: Sequence[Edition], site: str) -> bytes:
    rss = Element(
        "rss",
        {
            "version": "2.0",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:media": "http://search.yahoo.com/mrss/",
        },
    )
    channel = SubElement(rss, "channel")
    _texts(
        channel,
        title=publisher.title,
        link=f"{site}/{publisher.id}/",
        description=publisher.motto,
        language=publisher.language,
    )
    for edition in out:
        item = SubElement(channel, "item")
        text, picture = edition.manuscript, picture_url(edition, site)
        image = f'<img src="{picture}" width="130" /><br />' if picture else ""
        _texts(
            item,
            title=text.title,
            link=article_url(edition, site),
            description=image + escape(text.lead, quote=False),
            category=text.section,
            pubDate=format_datetime(_local(edition.published_at)),
        )
        SubElement(item, "guid", isPermaLink="false").text = _identifier(edition)
        SubElement(item, "dc:creator").text = text.author
        if picture:
            SubElement(item, "media:content", url=picture, type="image/png", medium="image")
    return _document(rss)


def _rdf(publisher: Publisher, out: Sequence[Edition], site: str) -> bytes:
    rdf = Element(
        "rdf:RDF",
        {
            "xmlns": "http://purl.org/rss/1.0/",
            "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = SubElement(rdf, "channel", {"rdf:about": f"{site}{publisher.feed_path}"})
    _texts(channel, title=publisher.title, link=f"{site}/{publisher.id}/", description=publisher.motto)
    SubElement(channel, "dc:language").text = publisher.language
    listed = SubElement(SubElement(channel, "items"), "rdf:Seq")
    for edition in out:
        url, text = article_url(edition, site), edition.manuscript
        SubElement(listed, "rdf:li", {"rdf:resource": url})
        item = SubElement(rdf, "item", {"rdf:about": url})
        _texts(item, title=text.title, link=url, description=text.lead)
        SubElement(item, "dc:date").text = _local(edition.published_at).isoformat()
        SubElement(item, "dc:creator").text = text.author
        SubElement(item, "dc:subject").text = text.section
    return _document(rdf)


def _atom(publisher: Publisher, out: Sequence[Edition], site: str) -> bytes:
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": publisher.language})
    _texts(
        feed,
        id=f"tag:{TAG_AUTHORITY}:{publisher.id}",
        title=publisher.title,
        subtitle=publisher.motto,
        updated=_local(max(edition.updated_at for edition in out)).isoformat(),
    )
    SubElement(feed, "link", rel="self", href=f"{site}{publisher.feed_path}", type="application/atom+xml")
    SubElement(feed, "link", rel="alternate", href=f"{site}/{publisher.id}/", type="text/html")
    for edition in out:
        entry, text = SubElement(feed, "entry"), edition.manuscript
        _texts(
            entry,
            id=_identifier(edition),
            title=text.title,
            published=_local(edition.published_at).isoformat(),
            updated=_local(edition.updated_at).isoformat(),
            summary=text.lead,
        )
        SubElement(entry, "link", rel="alternate", href=article_url(edition, site), type="text/html")
        if picture := picture_url(edition, site):
            SubElement(entry, "link", rel="enclosure", href=picture, type="image/png")
        SubElement(SubElement(entry, "author"), "name").text = text.author
        SubElement(entry, "category", term=text.section)
        SubElement(entry, "content", type="html").text = body_html(edition)
    return _document(feed)


def _json(publisher: Publisher, out: Sequence[Edition], site: str) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.title,
        "description": publisher.motto,
        "home_page_url": f"{site}/{publisher.id}/",
        "feed_url": f"{site}{publisher.feed_path}",
        "language": publisher.language,
        "items": [_json_item(edition, site) for edition in out],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _json_item(edition: Edition, site: str) -> dict[str, object]:
    text = edition.manuscript
    item: dict[str, object] = {
        "id": _identifier(edition),
        "url": article_url(edition, site),
        "title": text.title,
        "summary": text.lead,
        "content_html": body_html(edition),
        "date_published": _local(edition.published_at).isoformat(),
        "date_modified": _local(edition.updated_at).isoformat(),
        "authors": [{"name": text.author}],
        "tags": [text.section],
    }
    if picture := picture_url(edition, site):
        item["image"] = picture
    return item


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
