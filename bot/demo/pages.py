"""The HTML pages, shaped as a provincial newspaper's are: much stands around the text that is not the text.

The templates are in `templates/`, one for each kind of page and language.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

from bot.demo.formats import TIME_ZONE, article_url, picture_url
from bot.demo.plan import Edition
from bot.demo.publishers import FEED_FILES, PUBLISHERS, Publisher

OTHER_NEWS = 5
"""Links under an article."""

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def article_page(
    publisher: Publisher, edition: Edition, out: Sequence[Edition], *, site: str, views: int, now: datetime
) -> str:
    """The page of an article; `out` is what the publisher has published, `views` what its counter shows."""
    text, picture = edition.manuscript, picture_url(edition, site)
    others = [each for each in out if each.manuscript.slug != text.slug][:OTHER_NEWS]
    return _fill(
        f"article.{publisher.language}.html",
        **_frame(publisher, site, now),
        page_title=escape(text.title),
        url=article_url(edition, site),
        section=escape(text.section),
        published=_long_time(edition.published_at, publisher.language),
        views=str(views),
        dateline=escape(publisher.dateline),
        lead=escape(text.lead),
        figure=f'<figure><img src="{picture}" alt="{escape(text.title)}"></figure>' if picture else "",
        image_meta=f'<meta property="og:image" content="{picture}">' if picture else "",
        body="\n".join(f"<p>{escape(each)}</p>" for each in text.paragraphs),
        byline=escape(f"{text.byline}: {text.author}" if text.byline else text.author),
        others=_links(others, site),
    )


def home_page(publisher: Publisher, out: Sequence[Edition], *, site: str, now: datetime) -> str:
    """The front page of a newsroom: everything it has published, newest first."""
    teasers = (
        f'<article><h2><a href="{article_url(each, site)}">{escape(each.manuscript.title)}</a></h2>'
        f"<time>{_short_time(each.published_at)}</time><p>{escape(each.manuscript.lead)}</p></article>"
        for each in out
    )
    return _fill(
        f"home.{publisher.language}.html",
        **_frame(publisher, site, now),
        page_title=escape(publisher.title),
        teasers="\n".join(teasers),
    )


def index_page(*, site: str) -> str:
    """The page that leads to the four newsrooms."""
    rows = (
        f'<li><a href="{site}/{each.id}/">{escape(each.title)}</a> — {escape(each.motto)} '
        f'(<a href="{site}{each.feed_path}">{each.format}</a>)</li>'
        for each in PUBLISHERS
    )
    return _fill("index.html", newsrooms="\n".join(rows))


def stylesheet() -> str:
    """The style of all pages."""
    return _read("style.css")


def _frame(publisher: Publisher, site: str, now: datetime) -> dict[str, str]:
    return {
        "site": site,
        "publisher": publisher.id,
        "newsroom": escape(publisher.title),
        "motto": escape(publisher.motto),
        "clock": _clock(now, publisher.language),
        "feed_url": site + publisher.feed_path,
        "feed_type": FEED_FILES[publisher.format][1],
    }


def _links(out: Sequence[Edition], site: str) -> str:
    return "\n".join(
        f'<li><a href="{article_url(each, site)}">{escape(each.manuscript.title)}</a> '
        f"({_short_time(each.published_at)})</li>"
        for each in out
    )


def _clock(now: datetime, language: str) -> str:
    local = now.astimezone(TIME_ZONE)
    if language == "vi":
        return f"{WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y %H:%M}"
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M}"


def _long_time(at: datetime, language: str) -> str:
    local = at.astimezone(TIME_ZONE)
    if language == "vi":
        return f"{local:%H:%M} - {WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M}"


def _short_time(at: datetime) -> str:
    return f"{at.astimezone(TIME_ZONE):%H:%M %d/%m}"


def _fill(template: str, **values: str) -> str:
    return Template(_read(template)).substitute(values)


def _read(name: str) -> str:
    return resources.files("bot.demo").joinpath("templates", name).read_text(encoding="utf-8")
