"""What is remembered of a feed between two polls, as bytes in the store."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.memory import FINGERPRINT_BYTES, MAX_BYTES, FeedMemory, Remembered, fingerprint
from feeds.names import NAME_BYTES, names_of
from feeds.types import Entry, EntryNames

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def names(number: int) -> EntryNames:
    address = f"https://bao.example/tin/bai-{number}.html"
    return names_of(Entry(guid=address, url=address, title=f"Bài {number}"))


def memory(count: int, date: str = "") -> FeedMemory:
    entries = {fingerprint(str(n)): Remembered(names(n), date.format(n % 28 + 1)) for n in range(count)}
    return FeedMemory(fingerprint("around"), NOON, entries)


def test_what_is_stored_comes_back() -> None:
    entries = {
        fingerprint("an article"): Remembered(names(1), "10/2/2026 9:25:00 AM"),
        fingerprint("nothing to show"): Remembered(None),
        fingerprint("no guid, no link"): Remembered(names_of(Entry(guid=None, url=None, title="a"))),
    }
    kept = FeedMemory(fingerprint("around"), NOON, entries)
    assert FeedMemory.decode(kept.encode()) == kept


NAMES = st.builds(
    EntryNames, *[st.binary(min_size=NAME_BYTES, max_size=NAME_BYTES).filter(any) | st.just(b"")] * 7
).filter(any)
ENTRIES = st.dictionaries(
    st.binary(min_size=FINGERPRINT_BYTES, max_size=FINGERPRINT_BYTES),
    st.builds(Remembered, st.none() | NAMES, st.sampled_from(["", "1/2/2026", "09/01/2020 14:15"])),
    max_size=20,
)
MOMENTS = st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(ENTRIES, MOMENTS)
def test_whatever_is_stored_comes_back(entries: dict[bytes, Remembered], at: datetime) -> None:
    kept = FeedMemory(fingerprint("x"), at, entries)
    assert FeedMemory.decode(kept.encode()) == kept


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda noise: memory(2).encode()[:9] + noise))
def test_other_bytes_are_nothing(noise: bytes) -> None:
    assert FeedMemory.decode(noise) is None


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    stored = bytearray(memory(3, "{}/2/2026").encode())
    at = data.draw(st.integers(0, len(stored) - 1))
    stored[at] ^= data.draw(st.integers(1, 255))
    assert FeedMemory.decode(bytes(stored)) is None


@pytest.mark.parametrize("stored", [None, b"", b"\0" * (MAX_BYTES + 1)])
def test_nothing_and_too_much_is_nothing(stored: bytes | None) -> None:
    assert FeedMemory.decode(stored) is None


def test_size_for_the_usual_and_the_longest_feed() -> None:
    # given 47 bytes an entry by hand: 12 of its text, 7 names of 5; and 27 around them, 1 + 8 + 18
    assert len(memory(50).encode()) == pytest.approx(27 + 50 * 47, abs=20)
    assert len(memory(300, "{}/2/2026 9:25:00 AM").encode()) <= MAX_BYTES


def test_of_more_than_fits_the_first_entries_are_kept() -> None:
    much = memory(400)
    kept = FeedMemory.decode(much.encode())
    assert kept is not None
    assert 300 <= len(kept.entries) < 350
    assert list(kept.entries) == list(much.entries)[: len(kept.entries)]


@pytest.mark.parametrize(
    ("around", "later", "fits"),
    [
        ("around", timedelta(), True),
        ("around", DAY - timedelta(seconds=1), True),
        ("around", DAY, False),
        ("around", -timedelta(seconds=1), False),
        ("elsewhere", timedelta(), False),
    ],
)
def test_memory_applies_to_the_same_surroundings_for_a_while(
    around: str, later: timedelta, fits: bool
) -> None:
    assert memory(1).fits(fingerprint(around), NOON + later, DAY) is fits


def test_fingerprint_tells_where_one_text_ends() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert len(fingerprint("ab")) == 12
