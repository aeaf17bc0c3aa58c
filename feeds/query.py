"""The search language of topics, /follow and /search.

    dân vận                words: all of them, in any order; typed without accents they find every accent
    "vận động quần chúng"  a phrase; “curly” quotes do as well
    -bóng                  without this word; also -"a phrase" and -(a group)
    khéo OR giỏi           either; OR binds tighter than standing side by side, as in Google's search:
                           `a b OR c` is `a (b OR c)`
    (a b) OR c             groups
    dân*                   words that begin so
    source:vnexpress  source:"điện biên"  topic:dan-van  since:7d  since:2020-01-09  before:09/01/2020

Filters hold for the whole query wherever they stand; several sources, or topics, are alternatives, and a
minus excludes one. Anything odd (a lone quote or bracket, an OR with nothing beside it, punctuation) is
forgiven; what is too long or excludes without searching raises QueryError.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feeds.document import Document, topic_key
from feeds.expression import (
    And,
    Node,
    Not,
    Or,
    Phrase,
    Term,
    all_of,
    any_of,
    canonical,
    depth,
    holds,
    is_searchable,
    none_of,
    wanted,
)
from feeds.filters import Bound, Filters, read_bound
from feeds.text import accented_tokens, clip, fold, nfc

__all__ = [
    "And",
    "Document",
    "Filters",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "Query",
    "QueryError",
    "Term",
    "parse_query",
]

MAX_CHARACTERS = 4096
"""A Telegram message; nobody types more, and the canonical text is stored."""
MAX_WORDS = 64
"""Words of all terms and phrases together; bounds the full-text query made of it."""
MAX_DEPTH = 8
"""Of groups in groups: more than people follow, far less than Python's or FTS5's own limits."""
MIN_PREFIX_CHARACTERS = 2
"""A shorter prefix finds half the archive."""

_QUOTED_CHARACTERS = 40
"""Of what was typed, repeated in an error."""

_STRAIGHT = str.maketrans(
    {**dict.fromkeys("“”„‟«»＂", '"'), "（": "(", "）": ")", "：": ":", "－": "-", "＊": "*"}
)
"""Quotes as phones and Asian keyboards type them, and full-width signs."""

_LEXEME = re.compile(
    r"""
      (?P<bracket>[()])
    | (?P<minus>-+)(?=[^\s)])
    | (?P<filter>source|topic|since|before):(?P<value>"[^"]*"?|[^\s"()]+)
    | "(?P<phrase>[^"]*)"?
    | (?P<word>[^\s"()]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_Sign = Literal["(", ")", "-", "OR"]
_Item = Node | _Sign | None
"""What the reader of expressions sees; None stands for something without any word in it."""


class QueryError(Exception):
    """A query that cannot be run.

    `key` is one of `query_empty`, `query_too_long` (limit), `query_too_many_words` (limit), `query_too_deep`
    (limit), `query_only_excludes`, `query_bad_date` (text); `values` are what its sentence needs.
    """

    def __init__(self, key: str, values: Mapping[str, str | int] | None = None) -> None:
        super().__init__(key, values or {})
        self.key = key
        self.values: Mapping[str, str | int] = values or {}

    def __str__(self) -> str:
        return " ".join([self.key, *(f"{name}={value!r}" for name, value in self.values.items())])


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    expression: Node | None
    """None when there are only filters."""
    filters: Filters
    text: str
    """Canonical: the same for every way of typing the same query, and reads back as this one."""

    def matches(self, document: Document, now: datetime | None = None) -> bool:
        """Whether an article is what was asked for, at `now` or else at the moment it was published."""
        found = self.expression is None or holds(self.expression, document)
        return found and self.filters.hold(document, now)

    @property
    def wanted(self) -> tuple[Term | Phrase, ...]:
        """The words and phrases searched for, without the excluded ones: what to mark in a result."""
        return tuple(wanted(self.expression)) if self.expression else ()


def parse_query(text: str) -> Query:
    """Read a query. Raises QueryError, and nothing else, whatever the text is."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError("query_too_long", {"limit": MAX_CHARACTERS})
    items, filters = _read_items(nfc(text).translate(_STRAIGHT))
    if sum(_words_in(item) for item in items) > MAX_WORDS:
        raise QueryError("query_too_many_words", {"limit": MAX_WORDS})
    expression = _read_expression(items)
    _check(expression, filters)
    body = [canonical(expression)] if expression else []
    query = Query(expression, filters, " ".join(body + filters.canonical()))
    if len(query.text) > MAX_CHARACTERS:
        raise QueryError("query_too_long", {"limit": MAX_CHARACTERS})
    return query


def _check(expression: Node | None, filters: Filters) -> None:
    if expression is None:
        if filters == Filters():
            raise QueryError("query_empty")
    elif not is_searchable(expression):
        raise QueryError("query_only_excludes")
    elif depth(expression) > MAX_DEPTH:
        raise QueryError("query_too_deep", {"limit": MAX_DEPTH})


def _read_items(text: str) -> tuple[deque[_Item], Filters]:
    items: deque[_Item] = deque()
    filters: list[tuple[str, str]] = []
    for found in _LEXEME.finditer(text):
        if found["filter"]:
            sign = items.pop() if items and items[-1] == "-" else ""
            filters.append((f"{sign}{found['filter'].lower()}", found["value"].strip('"')))
            items.append(None)
        else:
            items.append(_item(found))
    return items, _filters(filters)


def _item(found: re.Match[str]) -> _Item:
    match found.lastgroup, found[0]:
        case "bracket", "(":
            return "("
        case "bracket", _:
            return ")"
        case "minus", _:
            return "-"
        case "word", "OR" | "|":
            return "OR"
        case "word", "AND":
            return None
        case "word", word:
            return _leaf(word, prefix=word.endswith("*"))
        case _:
            return _leaf(found["phrase"])


def _leaf(text: str, *, prefix: bool = False) -> Term | Phrase | None:
    """A term of one word, a phrase of several (`covid-19` is one), None of none."""
    accented = tuple(accented_tokens(text))
    folded = tuple(map(fold, accented))
    if len(folded) == 1:
        return Term(folded[0], accented[0], prefix and len(folded[0]) >= MIN_PREFIX_CHARACTERS)
    return Phrase(folded, accented) if folded else None


def _filters(given: Sequence[tuple[str, str]]) -> Filters:
    def values(name: str, read: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, (read(value) for key, value in given if key == name))))

    def bound(name: str) -> Bound | None:
        texts = [value for key, value in given if key.lstrip("-") == name]
        return _bound(texts[-1]) if texts else None

    return Filters(
        sources=values("source", _source_text),
        not_sources=values("-source", _source_text),
        topics=values("topic", topic_key),
        not_topics=values("-topic", topic_key),
        since=bound("since"),
        before=bound("before"),
    )


def _source_text(text: str) -> str:
    return " ".join(accented_tokens(text))


def _bound(text: str) -> Bound:
    try:
        return read_bound(text)
    except ValueError as error:
        raise QueryError("query_bad_date", {"text": clip(text, _QUOTED_CHARACTERS)}) from error


def _words_in(item: _Item) -> int:
    match item:
        case Term():
            return 1
        case Phrase(tokens):
            return len(tokens)
        case _:
            return 0


def _read_expression(items: deque[_Item]) -> Node | None:
    parts: list[Node | None] = []
    while items:
        parts.append(_conjunction(items, 0))
        if items:
            items.popleft()  # a bracket closed that was never opened
    return all_of(part for part in parts if part)


def _conjunction(items: deque[_Item], level: int) -> Node | None:
    """Read up to the closing bracket or the end."""
    if level > MAX_DEPTH:
        raise QueryError("query_too_deep", {"limit": MAX_DEPTH})
    parts = []
    while items and items[0] != ")":
        parts.append(_disjunction(items, level))
    return all_of(part for part in parts if part)


def _disjunction(items: deque[_Item], level: int) -> Node | None:
    alternatives = [_operand(items, level)]
    while items and items[0] == "OR":
        items.popleft()
        if items and items[0] not in (")", "OR"):
            alternatives.append(_operand(items, level))
    return any_of(part for part in alternatives if part)


def _operand(items: deque[_Item], level: int) -> Node | None:
    match items.popleft():
        case "(":
            group = _conjunction(items, level + 1)
            if items:
                items.popleft()
            return group
        case "-":
            part = _operand(items, level) if items and items[0] not in (")", "OR") else None
            return none_of(part) if part else None
        case Term() | Phrase() as leaf:
            return leaf
        case _:
            return None
