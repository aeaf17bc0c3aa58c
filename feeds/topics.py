"""Which topics an article belongs to, by the operator's rules.

A rule is a query (`feeds.query`). Rules come first because people can read and correct them; a learned model
may later stand behind the same `Topics.of_document`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from feeds.query import Document, Query, QueryError, parse_query
from feeds.types import TopicRule


class TopicRuleError(ValueError):
    """A topic's query cannot be read; `cause` says why."""

    def __init__(self, topic: str, cause: QueryError) -> None:
        super().__init__(f"topic {topic}: {cause}")
        self.topic = topic
        self.cause = cause

    def __reduce__(self) -> tuple[type["TopicRuleError"], tuple[str, QueryError]]:
        return type(self), (self.topic, self.cause)


@dataclass(frozen=True, slots=True)
class Topics:
    """Rules made ready once, to be asked of many articles."""

    rules: tuple[tuple[str, Query], ...]

    @classmethod
    def of(cls, rules: Iterable[TopicRule]) -> Self:
        """Read every rule. Raises TopicRuleError for the first that is broken."""
        return cls(tuple((rule.id, _query(rule)) for rule in rules))

    def of_document(self, document: Document) -> tuple[str, ...]:
        """Ids of the topics a document belongs to, in the rules' order."""
        return tuple(topic for topic, query in self.rules if query.matches(document))


def topics_of(document: Document, rules: Sequence[TopicRule]) -> tuple[str, ...]:
    """Ids of the topics a document belongs to; for many documents make `Topics.of(rules)` once."""
    return Topics.of(rules).of_document(document)


def broken_rules(rules: Iterable[TopicRule]) -> list[TopicRuleError]:
    """Every rule that cannot be read, for a check that names all mistakes at once."""
    broken = []
    for rule in rules:
        try:
            _query(rule)
        except TopicRuleError as error:
            broken.append(error)
    return broken


def _query(rule: TopicRule) -> Query:
    try:
        return parse_query(rule.query)
    except QueryError as error:
        raise TopicRuleError(rule.id, error) from error
