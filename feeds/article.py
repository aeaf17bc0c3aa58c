"""What an entry becomes: an article, first by itself, then with what its page adds. Pure."""

from dataclasses import replace

from feeds.cleaning import without_lead
from feeds.document import Document
from feeds.html import strip_source_prefix, to_paragraphs, to_text
from feeds.identify import Identified
from feeds.summary import summarise
from feeds.topics import Topics
from feeds.types import Entry, Feed, FullText, NewArticle, PageText, TextState

WHOLE_TEXT_CHARACTERS = 800
"""A feed that gives at least so much gives the article; less is a teaser and the page is read."""
LEAD_CHARACTERS = 1_000
"""A description longer than this is no introduction but the article itself."""


def article_of(identified: Identified, feed: Feed, language: str | None) -> NewArticle:
    """The article an entry makes by itself, without its page."""
    entry = identified.entry
    lead, body = _lead_and_body(entry)
    return NewArticle(
        keys=identified.keys,
        content_hash=identified.content_hash,
        url=entry.url,
        title=entry.title,
        lead=lead,
        summary=summarise(entry.title, lead, body),
        body=body,
        text_state=_text_state(entry, feed, body),
        author=entry.author,
        image_url=entry.image_url,
        published_at=entry.published_at,
        language=language,
    )


def _lead_and_body(entry: Entry) -> tuple[str, str]:
    """Tell the introduction from the text: feeds put either into either field."""
    summary = strip_source_prefix(to_text(entry.summary_html))
    body = to_paragraphs(entry.content_html)
    if len(summary) > LEAD_CHARACTERS and len(body) <= len(summary):
        return "", to_paragraphs(entry.summary_html)
    if summary and body.startswith(summary):
        body = body[len(summary) :].lstrip()
    return summary, body


def _text_state(entry: Entry, feed: Feed, body: str) -> TextState:
    if len(body) >= WHOLE_TEXT_CHARACTERS or feed.full_text is FullText.LINK or entry.url is None:
        return TextState.FEED
    return TextState.WANTED


def with_page(article: NewArticle, page: PageText) -> NewArticle:
    """The article with what its page adds; what the feed said goes before what the page says."""
    if not page.body and not page.lead:
        return replace(article, text_state=TextState.FAILED)
    lead = _better_lead(article.lead, page.lead or "")
    body = page.body if len(page.body) >= len(article.body) else article.body
    body = "\n\n".join(without_lead(body.split("\n\n"), lead))
    return replace(
        article,
        lead=lead,
        body=body,
        summary=summarise(article.title, lead, body),
        text_state=TextState.PAGE,
        author=article.author or page.author,
        image_url=article.image_url or page.image_url,
        published_at=article.published_at or page.published_at,
        language=article.language or page.language,
    )


def _better_lead(given: str, on_page: str) -> str:
    """The feed's introduction, or the page's where the feed cut it off or has none."""
    cut = given.rstrip(" .…")
    if not on_page or (given and not on_page.startswith(cut)):
        return given
    return on_page


def classified(article: NewArticle, feed: Feed, topics: Topics) -> NewArticle:
    """The article with the topics of its feed and those its words belong to."""
    document = Document.of(
        article.title,
        article.lead,
        article.body,
        source=feed.title,
        topics=feed.topics,
        at=article.published_at,
    )
    found = dict.fromkeys((*feed.topics, *topics.of_document(document)))
    return replace(article, topics=tuple(found))
