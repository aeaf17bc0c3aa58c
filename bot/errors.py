"""Mistakes a person can put right, and feed failures, as sentences in their language."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.i18n import N_, Translator
from feeds.query import QueryError

MAX_DETAIL_CHARACTERS = 120
"""Of a foreign error's own words beside our sentence: enough for "HTTP 503", too little to flood a list."""


class UserError(Exception):
    """Something the person asked for cannot be done; `sentence` (an `N_` text) says why and what to do."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def text(self, t: Translator) -> str:
        """The sentence in the reader's language."""
        return t(self.sentence, **self.values)


FEED_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "feed_error": N_("This feed could not be read."),
        "fetch_error": N_("The address could not be fetched."),
        "bad_address": N_(
            "This is not an address I can follow. It should begin with http:// or https:// "
            "and carry no password."
        ),
        "private_address": N_(
            "The address leads into a private network, where I may not go. "
            "The operator can allow it in the configuration (allow_networks)."
        ),
        "unreachable": N_(
            "The server could not be reached. Check the address, or try again when the site is back."
        ),
        "timed_out": N_("The server took too long to answer. It may be overloaded; try again later."),
        "too_large": N_("The document is larger than I read. Look for a smaller feed of the same site."),
        "too_many_redirects": N_(
            "The address is redirected again and again. Open it in a browser and use the address you "
            "end up at."
        ),
        "disallowed": N_(
            "The site's robots.txt does not let programs read this page. Ask the newspaper for a feed, or "
            "for leave to read the page."
        ),
        "bad_status": N_("The server answered with an error. Open the address in a browser to check it."),
        "parse_error": N_("The document could not be read. It may be damaged; tell the site's owner."),
        "not_a_feed": N_(
            "There is a page at this address, but it is not a news feed. "
            "Look for a link named RSS or Atom on the site."
        ),
        "empty_body": N_("The server sent an empty document. Try again later."),
        "rule_broken": N_(
            "The rule for this page no longer fits it; the page has probably been redesigned. Look at the "
            "page and change the rule in the configuration."
        ),
        "parser_timed_out": N_("The document took too long to read and was put aside."),
        "parser_crashed": N_("The document could not be read: it used up too much memory."),
    }
)
"""A sentence for each key of `feeds.errors`."""


def feed_sentence(key: str, t: Translator, detail: str = "") -> str:
    """Say what is wrong with a feed; `detail`, the foreign words, is added in brackets when short."""
    sentence = t(FEED_SENTENCES.get(key, FEED_SENTENCES["feed_error"]))
    detail = " ".join(detail.split())
    return f"{sentence} ({detail})" if 0 < len(detail) <= MAX_DETAIL_CHARACTERS else sentence


QUERY_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "query_empty": N_("Please write at least one word to search for, for example: /search dan van"),
        "query_too_long": N_(
            "That is too long for a search: at most {limit} characters. A few words are enough."
        ),
        "query_too_many_words": N_("That is too long for a search: at most {limit} words. A few are enough."),
        "query_too_deep": N_(
            "There are too many brackets within brackets: at most {limit}. Please simplify it."
        ),
        "query_only_excludes": N_(
            "A search needs at least one word to look for besides those it leaves out, for example: dan "
            "van -bong"
        ),
        "query_bad_date": N_(
            "I do not understand the time “{text}”. Write since:7d, or a date such as since:09/01/2020."
        ),
    }
)
"""A sentence for each key of `feeds.query.QueryError`."""


def query_problem(error: QueryError) -> UserError:
    """The sentence for a query that cannot be run."""
    return UserError(QUERY_SENTENCES.get(error.key, QUERY_SENTENCES["query_empty"]), **error.values)
