"""Lists of feeds for other readers, as OPML 2.0 (opml.org/spec2.opml)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from feeds.opml import MAX_CATEGORIES, MAX_TITLE_CHARACTERS, Category, OpmlFeed, clean_name, clean_path


def write_opml(feeds: Iterable[OpmlFeed], title: str, now: datetime) -> bytes:
    """Write a list of feeds as OPML 2.0 in UTF-8; `read_opml` reads the same feeds back.

    Each stands in the groups of its first category, and its attribute `category` names all of them; there a
    comma and a slash inside a name would part it, and become a semicolon and a hyphen. `now`, in UTC, is when
    the list was made.
    """
    top = _Group()
    for feed in feeds:
        categories = [path for each in feed.categories if (path := clean_path(each))][:MAX_CATEGORIES]
        group = top
        for name in categories[0] if categories else ():
            group = group.groups.setdefault(name, _Group())
        group.lines.append(_feed_line(feed, categories))
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{escape(clean_name(title, MAX_TITLE_CHARACTERS))}</title>",
        f"    <dateCreated>{format_datetime(now, usegmt=True)}</dateCreated>",
        "  </head>",
        "  <body>",
        *_group_lines(top, "    "),
        "  </body>",
        "</opml>\n",
    )
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of the document being written."""

    lines: list[str] = field(default_factory=list)
    groups: dict[str, "_Group"] = field(default_factory=dict)


def _group_lines(group: _Group, indent: str) -> Iterator[str]:
    yield from (indent + line for line in group.lines)
    for name, inner in group.groups.items():
        yield f"{indent}<outline text={quoteattr(name)}>"
        yield from _group_lines(inner, indent + "  ")
        yield f"{indent}</outline>"


def _feed_line(feed: OpmlFeed, categories: Sequence[Category]) -> str:
    title = clean_name(feed.title, MAX_TITLE_CHARACTERS)
    attributes = {
        "text": title or feed.url,
        "title": title,
        "type": "rss",  # whatever the feed's format is (OPML 2.0, subscription lists)
        "xmlUrl": feed.url,
        "htmlUrl": feed.html_url,
        "language": feed.language,
        "category": ",".join(_attributed(categories)),
    }
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
    return f"<outline {written}/>"


def _attributed(categories: Sequence[Category]) -> Iterator[str]:
    """`/Asia/Việt Nam` for each category; the first stands in its groups already, in its exact words."""
    for place, path in enumerate(categories):
        written = [name.replace("/", "-").replace(",", ";") for name in path]
        if place > 0 or written == list(path):
            yield "/" + "/".join(written)
