"""A query's tree in the databases' own full-text languages.

What people type never reaches FTS5 or a tsquery: only words `feeds.query` made of it do, which consist of
letters and digits, and each is quoted. Both translations mean the same, so both databases find the same.
"""

from enum import Enum
from typing import Protocol

from feeds.expression import And, Node, Not, Or, Phrase, Term, all_of, any_of
from storage.indexing import ACCENTED_MARK, MAX_WORD_CHARACTERS


class Scope(Enum):
    """Which parts of an article are looked at: FTS5 columns, those with accents, and tsvector weights."""

    TITLE = ("title", "title_accented", "A")
    LEAD = ("lead", "lead_accented", "B")
    HEAD = ("title lead", "title_accented lead_accented", "AB")
    ANYWHERE = ("", "title_accented lead_accented", "")


class Language(Protocol):
    """How a database writes a full-text query."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """Words standing side by side."""

    def both(self, parts: list[str]) -> str:
        """All of them."""

    def either(self, parts: list[str]) -> str:
        """Any of them."""

    def without(self, wanted: str, excluded: list[str]) -> str:
        """`wanted`, and none of the others."""


class Fts5:
    """SQLite's full-text query syntax (https://sqlite.org/fts5.html#full_text_query_syntax)."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """A quoted string with a column filter."""
        folded_columns, accented_columns, _ = scope.value
        columns = accented_columns if accented else folded_columns
        quoted = f'"{" ".join(words)}"' + (" *" if prefix else "")
        return f"({{{columns}}} : {quoted})" if columns else f"({quoted})"

    def both(self, parts: list[str]) -> str:
        """AND."""
        return f"({' AND '.join(parts)})"

    def either(self, parts: list[str]) -> str:
        """OR."""
        return f"({' OR '.join(parts)})"

    def without(self, wanted: str, excluded: list[str]) -> str:
        """NOT, which has two sides in FTS5."""
        return f"({wanted} NOT {self.either(excluded)})"


class Tsquery:
    """PostgreSQL's text form of a tsquery (https://www.postgresql.org/docs/current/datatype-textsearch.html)."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """Quoted lexemes one position apart, each with its weights."""
        mark = ACCENTED_MARK if accented else ""
        weights = scope.value[2]
        flags = [weights] * (len(words) - 1) + [weights + ("*" if prefix else "")]
        lexemes = [f"'{mark}{word}':{flag}" for word, flag in zip(words, flags, strict=True)]
        return f"({' <-> '.join(lexeme.rstrip(':') for lexeme in lexemes)})"

    def both(self, parts: list[str]) -> str:
        """AND."""
        return f"({' & '.join(parts)})"

    def either(self, parts: list[str]) -> str:
        """OR."""
        return f"({' | '.join(parts)})"

    def without(self, wanted: str, excluded: list[str]) -> str:
        """AND NOT."""
        return f"({wanted} & !{self.either(excluded)})"


def written(node: Node, language: Language, scope: Scope, *, accented: bool = False) -> str:
    """The tree in a database's language, its wanted words looked for in `scope`.

    With `accented` words are taken as typed, else without accents. Excluded words count wherever they stand.
    """

    def write(part: Node) -> str:
        match part:
            case Term(token, typed, prefix):
                word = typed if accented else token
                return language.leaf(_cut((word,)), scope, accented=accented, prefix=prefix)
            case Phrase(tokens, typed_words):
                words = typed_words if accented else tokens
                return language.leaf(_cut(words), scope, accented=accented, prefix=False)
            case Or(parts):
                return language.either([write(each) for each in parts])
            case And(parts):
                return conjunction(parts)
            case Not():
                raise ValueError("nothing is searched for")

    def conjunction(parts: tuple[Node, ...]) -> str:
        found = language.both([write(each) for each in parts if not isinstance(each, Not)])
        excluded = [_excluded(each.part, language) for each in parts if isinstance(each, Not)]
        return language.without(found, excluded) if excluded else found

    return write(node)


def _excluded(node: Node, language: Language) -> str:
    accented = typed_with_accents(node)
    return written(node, language, Scope.ANYWHERE, accented=accented)


def typed_with_accents(node: Node) -> bool:
    """Whether any word of the tree was typed with accents."""
    match node:
        case Term(token, typed):
            return token != typed
        case Phrase(tokens, typed_words):
            return tokens != typed_words
        case And(parts) | Or(parts):
            return any(map(typed_with_accents, parts))
        case Not(part):
            return typed_with_accents(part)


def parted(node: Node) -> tuple[Node, Node | None]:
    """What a tree searches for, and what its outermost level excludes."""
    if not isinstance(node, And):
        return node, None
    wanted = all_of(part for part in node.parts if not isinstance(part, Not))
    excluded = any_of(part.part for part in node.parts if isinstance(part, Not))
    return wanted or node, excluded


def loosened(node: Node) -> Node:
    """A tree that finds at least as much and asks for no phrase and no exclusion."""
    match node:
        case Phrase(tokens, typed_words):
            return all_of(map(Term, tokens, typed_words)) or node
        case And(parts):
            return all_of(loosened(part) for part in parts if not isinstance(part, Not)) or node
        case Or(parts):
            return any_of(map(loosened, parts)) or node
        case _:
            return node


def must_be_read(node: Node) -> bool:
    """Whether an index cannot tell all the exclusions: of words typed with accents, and of inner levels."""
    outermost = node.parts if isinstance(node, And) else (node,)
    return any(
        typed_with_accents(part.part) if isinstance(part, Not) else _excludes(part) for part in outermost
    )


def _excludes(node: Node) -> bool:
    match node:
        case Not():
            return True
        case And(parts) | Or(parts):
            return any(map(_excludes, parts))
        case _:
            return False


def as_folded(node: Node) -> Node:
    """The tree with its wanted words typed without accents, and the excluded ones as they were."""
    match node:
        case Term(token, _, prefix):
            return Term(token, token, prefix)
        case Phrase(tokens, _):
            return Phrase(tokens, tokens)
        case And(parts):
            return And(tuple(map(as_folded, parts)))
        case Or(parts):
            return Or(tuple(map(as_folded, parts)))
        case Not():
            return node


def _cut(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word[:MAX_WORD_CHARACTERS] for word in words)
