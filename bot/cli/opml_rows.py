"""What became of each entry of an imported list: as a table, as JSON Lines, in sentences."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.i18n import N_, Translator
from feeds.opml import LeftOut, Reason
from feeds.outlines import MAX_OUTLINES

MAX_NAMED_CATEGORIES = 20
"""Of those without a topic: enough to see what the configuration lacks."""


class Outcome(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    KNOWN = "known"
    """The feed is polled already, and left as it is."""
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list."""

    outcome: Outcome
    title: str
    url: str
    topics: tuple[str, ...] = ()
    left_out: LeftOut | None = None
    """Where and why; only of what was left out."""

    @property
    def failed(self) -> bool:
        """Whether a feed was meant and is not there now."""
        return self.left_out is not None and self.left_out.reason not in (Reason.REPEATED, Reason.LINK)


def record(row: Row) -> dict[str, Any]:
    """A row as a JSON line; `reason`, `line` and `column` only say something where an entry was left out."""
    left_out = row.left_out
    return {
        "outcome": row.outcome,
        "title": row.title,
        "url": row.url,
        "topics": list(row.topics),
        "reason": str(left_out.reason) if left_out else None,
        "detail": left_out.detail if left_out else "",
        "line": left_out.line if left_out else None,
        "column": left_out.column if left_out else None,
    }


def columns(t: Translator) -> Mapping[str, Callable[[Row], str]]:
    """Heading → what to show of a row."""
    outcomes = {
        Outcome.ADDED: t(N_("added")),
        Outcome.KNOWN: t(N_("polled already")),
        Outcome.LEFT_OUT: t(N_("left out")),
    }
    return {
        t(N_("Outcome")): lambda row: outcomes[row.outcome],
        t(N_("Title")): lambda row: row.title or "–",
        t(N_("Link")): lambda row: row.url or "–",
        t(N_("Topics")): lambda row: ", ".join(row.topics),
        t(N_("Why")): lambda row: _why(row.left_out, t) if row.left_out else "",
    }


def summary(rows: Collection[Row], without_topic: Sequence[str], t: Translator) -> Iterator[str]:
    """What happened, in sentences; `without_topic` are the categories that no topic has the name of."""
    added, known, left_out = (sum(row.outcome is outcome for row in rows) for outcome in Outcome)
    yield t.plural("{n} feed added.", "{n} feeds added.", added)
    if known:
        yield t.plural("{n} was polled already.", "{n} were polled already.", known)
    if left_out:
        yield t.plural("{n} entry was left out.", "{n} entries were left out.", left_out)
    if without_topic:
        names = ", ".join(without_topic[:MAX_NAMED_CATEGORIES])
        more = ", …" if len(without_topic) > MAX_NAMED_CATEGORIES else ""
        yield t(
            N_("No topic has the name of these categories, so they are not kept: {names}"), names=names + more
        )


def _why(left_out: LeftOut, t: Translator) -> str:
    reasons = {
        Reason.REPEATED: t(N_("named before; its categories were added there")),
        Reason.LINK: t(N_("a link to a page or to another list")),
        Reason.NO_ADDRESS: t(N_("it names no address")),
        Reason.BAD_ADDRESS: t(N_("not an address I can follow")),
        Reason.BROKEN_OFF: t(N_("the file ends in the middle of it")),
        Reason.TOO_MANY: t(N_("the list has more than {n} entries; split it"), n=MAX_OUTLINES),
    }
    place = t(N_("line {line}, column {column}"), line=left_out.line, column=left_out.column)
    detail = f" ({left_out.detail})" if left_out.detail else ""
    return f"{place}: {reasons[left_out.reason]}{detail}"
