"""A feed's bytes and what is remembered of it → what is new in it: only what was not read before is parsed.

    bytes ─▶ text ─▶ cut (slices) ─▶ fingerprint of each entry ─┬─ remembered ─▶ Unchanged
                                                                └─ not ─▶ parsed alone ─▶ Entry

Every entry is parsed as a small document of its own, so that what it says cannot depend on which others are
read with it: feedparser carries some state from one entry to the next. What does depend on the others is
settled from what is remembered of them: the order of day and month, which 300 of many are read, and, in
`feeds.identify`, which names are shared. A document that cannot be cut is parsed in one piece, and nothing is
remembered of it. Once a day all entries are parsed again, so that no mistake lasts longer.

This runs in the child process: the bytes are hostile whoever looks at them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from feeds.dates import guess_day_first, open_date
from feeds.entries import MAX_ENTRIES, RawEntry, kept_of, make_entry, remark_on_cap, remarks_on
from feeds.errors import ParseError
from feeds.fields import raw_entry
from feeds.identify import leading
from feeds.jsonfeed import open_json_feed
from feeds.memory import FeedMemory, Remembered, fingerprint
from feeds.names import names_of
from feeds.parse import feed_facts, is_json, open_document, parse_document, parse_text, parse_xml
from feeds.repair import repaired, root_element
from feeds.slices import Cut, cut_xml
from feeds.types import Entry, ParsedFeed, Unchanged

COMPLETE_EVERY: Final = timedelta(days=1)
"""All is parsed again this often: as often as the store notes that an entry is still there."""

READING: Final = "1"
"""Another number makes every feed be parsed anew: to be raised when entries come to be read differently."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a document brought."""

    parsed: ParsedFeed
    """`entries` holds what was not read before; what was is in `unchanged`."""
    memory: bytes | None
    """To be stored in place of the former one, in one transaction with all the entries; None forgets it."""


def read_feed(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    time_zone: str,
    now: datetime,
    memory: bytes | None = None,
) -> Reading:
    """Read what is new in a feed document; without `memory`, everything.

    `memory` is what was stored with the feed's last `Reading`; what no longer applies is not used, and any
    bytes are allowed. The other arguments, the errors, and all of the result but `entries`, `unchanged` and
    the remarks on single entries are as in `feeds.parse.parse_document`.
    """
    opened = open_document(body, url=url, content_type=content_type)
    if opened is None:
        whole = parse_document(body, url=url, content_type=content_type, time_zone=time_zone, now=now)
        return Reading(whole, None)
    text, remarks = opened
    pieces = _json_pieces(text, url) if is_json(text) else _xml_pieces(text, url)
    found = None if pieces is None else _read(pieces, url, time_zone, now, FeedMemory.decode(memory))
    if found is None:
        return Reading(parse_text(text, url=url, time_zone=time_zone, now=now, remarks=remarks), None)
    return replace(found, parsed=replace(found.parsed, warnings=(*remarks, *found.parsed.warnings)))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A document of any format, cut into what it says of itself and its entries."""

    facts: ParsedFeed
    surroundings: str
    """What entries inherit from the document."""
    fingerprints: tuple[bytes, ...]
    read: Callable[[int], RawEntry]
    """Parse one entry; raises `_Odd`."""


class _Odd(Exception):
    """An entry does not stand on its own."""


def _json_pieces(text: str, url: str) -> _Pieces:
    facts, raw = open_json_feed(text, url=url)
    # What is read of an item is hashed, not its text: reading JSON costs little, cleaning what it says does.
    return _Pieces(facts, "", tuple(fingerprint(repr(item)) for item in raw), raw.__getitem__)


def _xml_pieces(text: str, url: str) -> _Pieces | None:
    root = root_element(text)
    cut = None if root is None or root.truncated else cut_xml(root.text)
    if cut is None:
        return None
    try:
        head = parse_xml(repaired(cut.head), url)
    except ParseError:
        return None
    if head["bozo"] or head["entries"] or not head["version"]:
        return None
    marks = tuple(fingerprint(cut.steady(index)) for index in range(len(cut.slices)))
    return _Pieces(
        feed_facts(head, url),
        "".join(cut.frame),
        marks,
        lambda index: _alone(cut, index, head["version"], url),
    )


def _alone(cut: Cut, index: int, version: str, url: str) -> RawEntry:
    try:
        document = parse_xml(repaired(cut.alone(index)), url)
    except ParseError as error:
        raise _Odd from error
    if document["bozo"] or document["version"] != version or len(document["entries"]) != 1:
        raise _Odd
    return raw_entry(document["entries"][0], version)


def _read(
    pieces: _Pieces, url: str, time_zone: str, now: datetime, memory: FeedMemory | None
) -> Reading | None:
    base = pieces.facts.site_url or url
    surroundings = fingerprint(READING, pieces.facts.format, time_zone, base, pieces.surroundings)
    if memory is None or not memory.fits(surroundings, now, COMPLETE_EVERY):
        memory = FeedMemory(surroundings, now, {})
    try:
        kept = _kept(pieces, time_zone, now)
        raw = {at: pieces.read(at) for at in kept if pieces.fingerprints[at] not in memory.entries}
    except _Odd:
        return None
    known = {at: memory.entries[pieces.fingerprints[at]] for at in kept if at not in raw}
    dates = [item.published for item in raw.values()]
    dates += [one.open_date for one in known.values() if one.open_date]
    day_first = guess_day_first(dates, time_zone, now)
    made = {
        at: make_entry(item, base=base, time_zone=time_zone, now=now, day_first=day_first)
        for at, item in raw.items()
    }
    read = {at: _remembered(made[at], item) for at, item in raw.items()}
    all_of_it = {at: read.get(at) or known[at] for at in kept}
    remembered = {pieces.fingerprints[at]: all_of_it[at] for at in _worth_keeping(all_of_it)}
    remarks = (*remark_on_cap(len(pieces.fingerprints)), *remarks_on(list(made.values()), day_first))
    parsed = replace(
        pieces.facts,
        entries=tuple(filter(None, made.values())),
        unchanged=_unchanged(pieces, all_of_it, known),
        warnings=(*pieces.facts.warnings, *remarks),
    )
    return Reading(parsed, FeedMemory(surroundings, memory.complete_at, remembered).encode())


def _kept(pieces: _Pieces, time_zone: str, now: datetime) -> range:
    """Which entries are looked at; of long documents the first and the last one are parsed to tell."""
    count = len(pieces.fingerprints)
    if count <= MAX_ENTRIES:
        return range(count)
    return kept_of(count, pieces.read(0).published, pieces.read(count - 1).published, time_zone, now)


def _remembered(entry: Entry | None, item: RawEntry) -> Remembered:
    return Remembered(None if entry is None else names_of(entry), open_date(item.published))


def _worth_keeping(read: Mapping[int, Remembered]) -> list[int]:
    """All but the entries that repeat another one: should that one go, they are an edit of it."""
    named = [(at, one.names) for at, one in read.items() if one.names]
    leaders = leading([names for _, names in named])
    repeats = {at for place, (at, _) in enumerate(named) if place not in leaders}
    return [at for at in read if at not in repeats]


def _unchanged(
    pieces: _Pieces, read: Mapping[int, Remembered], known: Collection[int]
) -> tuple[Unchanged, ...]:
    """The entries remembered from before, each with its place among all that show something."""
    shown = ((at, one.names) for at, one in read.items() if one.names)
    return tuple(
        Unchanged(position, pieces.fingerprints[at], names)
        for position, (at, names) in enumerate(shown)
        if at in known
    )
