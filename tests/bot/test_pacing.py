"""The pacer keeps the platform's limits in any order of events."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import GROUP_MESSAGES_PER_WINDOW, GROUP_WINDOW_SECONDS, Pacer

RATE = 25.0


def send_all(pacer: Pacer, chats: list[tuple[str, bool]], start: float = 1_000.0) -> list[tuple[float, str]]:
    """Send one message to each in turn, each as early as the pacer allows, in simulated time."""
    now, sent = start, []
    for chat, shared in chats:
        now = max(pacer.slot_at(now), pacer.chat_at(chat, shared, now))
        now = max(now, pacer.slot_at(now))
        pacer.book(chat, shared, now)
        sent.append((now, chat))
    return sent


def test_rate_has_no_opening_burst() -> None:
    # Given a pacer that has been idle for ever
    # When a hundred chats are sent to
    sent = send_all(Pacer(RATE), [(f"t:{n}", False) for n in range(100)])
    # Then no second, the first included, holds more than the rate and the slot that may be made good
    for begin, _ in sent:
        assert sum(begin <= at < begin + 1.0 for at, _ in sent) <= RATE + 2


def test_rate_is_used_up() -> None:
    sent = send_all(Pacer(RATE), [(f"t:{n}", False) for n in range(2_500)])
    assert sent[-1][0] - sent[0][0] == pytest.approx(100.0, rel=0.01)


def test_late_wakeups_do_not_cost_throughput() -> None:
    # Given a sender that always comes 20 ms late, half a slot
    pacer, now = Pacer(RATE), 50.0
    for number in range(1_000):
        now = pacer.slot_at(now) + 0.02
        pacer.book(f"t:{number}", False, now)
    # Then a thousand messages still take forty seconds, not sixty
    assert now - 50.0 == pytest.approx(40.0, rel=0.01)


def test_private_chat_gets_one_message_a_second() -> None:
    sent = send_all(Pacer(RATE), [("t:1", False)] * 5)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(sent)]
    assert min(gaps) >= 1.0


def test_group_gets_eighteen_messages_a_minute() -> None:
    sent = [at for at, _ in send_all(Pacer(RATE), [("t:-5", True)] * 60)]
    for begin in sent:
        in_window = sum(begin <= at < begin + GROUP_WINDOW_SECONDS for at in sent)
        assert in_window <= GROUP_MESSAGES_PER_WINDOW


def test_held_chat_waits_and_others_do_not() -> None:
    pacer = Pacer(RATE)
    pacer.hold_chat("t:1", False, 1_030.0)
    assert pacer.chat_at("t:1", False, 1_000.0) == 1_030.0
    assert pacer.chat_at("t:2", False, 1_000.0) == 1_000.0
    assert pacer.slot_at(1_000.0) == 1_000.0


def test_hold_on_everything_is_never_shortened() -> None:
    pacer = Pacer(RATE)
    pacer.hold_all(1_060.0)
    pacer.hold_all(1_010.0)
    assert pacer.slot_at(1_000.0) == 1_060.0


def test_zero_rate_lifts_the_common_limit_only() -> None:
    pacer = Pacer(0)
    sent = send_all(pacer, [(f"t:{n}", False) for n in range(1_000)])
    assert sent[0][0] == sent[-1][0]
    assert pacer.chat_at("t:1", False, sent[-1][0]) == sent[-1][0] + 1.0


def test_pace_is_forgotten_for_chats_long_silent_and_kept_for_held_ones() -> None:
    pacer = Pacer(RATE)
    pacer.book("t:1", False, 1_000.0)
    pacer.hold_chat("t:2", False, 9_000.0)
    pacer.book("t:3", False, 2_000.0)  # sweeps
    assert pacer.chat_at("t:2", False, 2_000.0) == 9_000.0
    assert pacer.chat_at("t:1", False, 2_000.0) == 2_000.0


@given(
    st.lists(
        st.tuples(st.sampled_from(["t:1", "t:2", "t:-1", "t:-2"]), st.floats(0, 5), st.booleans()),
        max_size=120,
    )
)
def test_limits_hold_whatever_happens(events: list[tuple[str, float, bool]]) -> None:
    """Any mix of chats, pauses between attempts, and holds: nothing leaves early."""
    pacer, now = Pacer(RATE), 10_000.0
    sent: dict[str, list[float]] = defaultdict(list)
    held: dict[str, float] = {}
    for chat, pause, hold in events:
        shared = chat.startswith("t:-")
        if hold:
            held[chat] = max(held.get(chat, 0), now + pause)
            pacer.hold_chat(chat, shared, now + pause)
            continue
        now += pause / 10
        at = max(pacer.slot_at(now), pacer.chat_at(chat, shared, now))
        pacer.book(chat, shared, at)
        assert at >= held.get(chat, 0)
        sent[chat].append(at)
        now = at
    for chat, times in sent.items():
        if chat.startswith("t:-"):
            for begin in times:
                window = [at for at in times if begin <= at < begin + GROUP_WINDOW_SECONDS]
                assert len(window) <= GROUP_MESSAGES_PER_WINDOW
        else:
            assert all(b - a >= 1.0 - 1e-6 for a, b in pairwise(times))
