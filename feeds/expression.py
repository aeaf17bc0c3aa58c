"""What a query asks for, as a tree of frozen values.

    Node = Term | Phrase | And | Or | Not

`feeds.query.parse_query` keeps these promises, so that a full-text index can always run its trees:

- And and Or have at least two parts, no two alike, and none of its own kind; Not never holds a Not.
- Every And has a part that is not a Not, no alternative of an Or is a Not, and nor is the whole tree:
  something is always searched for, and excluding only narrows it.
- No branch has more than `feeds.query.MAX_DEPTH` And, Or and Not above its word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feeds.document import Document


@dataclass(frozen=True, slots=True)
class Term:
    """One word. Typed without accents it finds every accented form; with accents only its own."""

    token: str
    """Folded."""
    accented: str
    """As typed, in lower case and one tone style; equal to `token` when typed without accents."""
    prefix: bool = False
    """Whether words that only begin so are found too."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more words in this order with nothing between them."""

    tokens: tuple[str, ...]
    accented: tuple[str, ...]
    """As many as `tokens`; equal to them when the phrase was typed without accents."""


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """None of what it holds."""

    part: "Node"


Node = Term | Phrase | And | Or | Not


def holds(node: Node, document: Document) -> bool:
    """Whether a document is what the tree asks for."""
    match node:
        case Term(token, accented, prefix):
            return document.has((token,), (accented,), prefix)
        case Phrase(words, accented_words):
            return document.has(words, accented_words)
        case And(parts):
            return all(holds(part, document) for part in parts)
        case Or(parts):
            return any(holds(part, document) for part in parts)
        case Not(part):
            return not holds(part, document)


def wanted(node: Node) -> Iterator[Term | Phrase]:
    """The words and phrases a tree searches for, not those it excludes, in their order."""
    match node:
        case Term() | Phrase():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from wanted(part)
        case Not():
            return


def canonical(node: Node, *, inside: bool = False) -> str:
    """The tree as the search language writes it; reading it again gives the same tree."""
    match node:
        case Term(_, accented, prefix):
            return accented + ("*" if prefix else "")
        case Phrase(_, accented_words):
            return f'"{" ".join(accented_words)}"'
        case Not(part):
            return "-" + canonical(part, inside=True)
        case And(parts):
            text = " ".join(canonical(part, inside=True) for part in parts)
        case Or(parts):
            text = " OR ".join(canonical(part, inside=True) for part in parts)
    return f"({text})" if inside else text


def all_of(parts: Iterable[Node]) -> Node | None:
    """And of the parts, in the promised form; None when there are none."""
    return _combined(And, parts)


def any_of(parts: Iterable[Node]) -> Node | None:
    """Or of the parts, in the promised form; None when there are none."""
    return _combined(Or, parts)


def none_of(part: Node) -> Node:
    """The opposite of a tree."""
    return part.part if isinstance(part, Not) else Not(part)


def is_searchable(node: Node) -> bool:
    """Whether the tree searches for something wherever it excludes something."""
    match node:
        case Term() | Phrase():
            return True
        case Not():
            return False
        case And(parts):
            return any(map(is_searchable, parts)) and all(_is_sound(part) for part in parts)
        case Or(parts):
            return all(map(is_searchable, parts))


def depth(node: Node) -> int:
    """How many And, Or and Not stand above the deepest word."""
    match node:
        case Term() | Phrase():
            return 0
        case Not(part):
            return 1 + depth(part)
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts))


def _is_sound(part: Node) -> bool:
    return is_searchable(part.part if isinstance(part, Not) else part)


def _combined(kind: type[And] | type[Or], parts: Iterable[Node]) -> Node | None:
    flat: dict[Node, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if len(flat) <= 1:
        return next(iter(flat), None)
    return kind(tuple(flat))
