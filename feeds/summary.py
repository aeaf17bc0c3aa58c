"""What a push shows of an article: the publisher's own lead, or else its first sentences."""

from collections.abc import Iterator

from feeds.bylines import is_bare_name, labelled_byline
from feeds.cleaning import ends_as_sentence, is_date_line, is_furniture, same_text, without_beginning
from feeds.html import strip_source_prefix
from feeds.text import clip, fold, one_line, sentences

SUMMARY_CHARACTERS = 300
"""Three lines on a phone."""

_LEAD_SYLLABLES = 15
"""A shorter lead is a heading or a teaser (`Mời xem ảnh.`); measured on Vietnamese newspapers."""
_READ_PARAGRAPHS = 20
"""A summary that has not begun by then never will."""
_NO_LEADS = frozenset(("no description", "khong co mo ta", "description"))
"""What feeds put where they have nothing to say."""


def summarise(title: str, lead: str, body: str, limit: int = SUMMARY_CHARACTERS) -> str:
    """A summary of at most `limit` characters, cut after a sentence; empty when only the title is there.

    `body` is paragraphs separated by blank lines. The title is not repeated; bylines, dates and the like are
    passed over.
    """
    own_lead = _cleaned(lead, title)
    if len(own_lead.split()) >= _LEAD_SYLLABLES:
        return clip(own_lead, limit)
    chosen = ""
    for sentence in _sentences(own_lead, title, body):
        longer = f"{chosen} {sentence}".lstrip()
        if len(longer) > limit:
            return chosen or clip(sentence, limit)
        chosen = longer
    return chosen


def _sentences(lead: str, title: str, body: str) -> Iterator[str]:
    """The lead's sentences, then the text's that do not say the same again."""
    yield from sentences(lead)
    for paragraph in body.split("\n\n", _READ_PARAGRAPHS)[:_READ_PARAGRAPHS]:
        text = _cleaned(paragraph, title)
        if text and not same_text(text, lead) and not _is_subheading(text):
            yield from sentences(text)


def _is_subheading(text: str) -> bool:
    return len(text.split()) < _LEAD_SYLLABLES and not ends_as_sentence(text)


def _cleaned(paragraph: str, title: str) -> str:
    text = without_beginning(strip_source_prefix(one_line(paragraph)), title)
    idle = is_furniture(text) or is_date_line(text) or is_bare_name(text) or labelled_byline(text)
    return "" if idle or fold(text) in _NO_LEADS else text
