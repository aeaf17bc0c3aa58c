"""Who goes first, who waits, and that nobody is forgotten."""

import asyncio

from bot.pacing import Pacer, Priority
from bot.turnstile import Turnstile


def turnstile(rate: float) -> Turnstile:
    return Turnstile(Pacer(rate), asyncio.get_running_loop().time)


async def test_answer_overtakes_waiting_pushes() -> None:
    # Given twenty pushes waiting at a slow gate
    gate, left = turnstile(100.0), list[str]()

    async def go(name: str, priority: Priority) -> None:
        await gate.turn(name, priority, shared=False)
        left.append(name)

    pushes = [asyncio.create_task(go(f"push {n}", Priority.PUSH)) for n in range(20)]
    await asyncio.sleep(0)
    # When someone asks something
    answer = asyncio.create_task(go("answer", Priority.ANSWER))
    await asyncio.gather(answer, *pushes)
    # Then the answer leaves before all pushes that had not left yet
    assert left.index("answer") <= 3
    assert [name for name in left if name != "answer"] == [f"push {n}" for n in range(20)]


async def test_waiting_chat_lets_others_past() -> None:
    gate, left = turnstile(0), list[str]()

    async def go(chat: str) -> None:
        await gate.turn(chat, Priority.PUSH, shared=False)
        left.append(chat)

    gate.hold_chat("slow", 0.05, shared=False)
    await asyncio.gather(go("slow"), go("quick"), go("another"))
    assert left == ["quick", "another", "slow"]


async def test_cancelled_waiter_takes_no_turn() -> None:
    gate = turnstile(0)
    gate.hold_all(0.05)
    tasks = [asyncio.create_task(gate.turn("c", Priority.PUSH, shared=False)) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.wait(tasks)
    # Then the second one had its turn at once, not a second after the first
    assert tasks[0].cancelled()
    assert tasks[1].done()
    assert gate.pacer.chat_at("c", False, 0.0) > 0.0


async def test_hold_on_everything_stops_answers_too() -> None:
    gate = turnstile(0)
    gate.hold_all(30.0)
    waiting = asyncio.create_task(gate.turn("c", Priority.ANSWER, shared=False))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    waiting.cancel()
