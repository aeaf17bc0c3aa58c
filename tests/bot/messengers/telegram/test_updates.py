"""Receiving: kept before confirmed, handled in order, never lost, never silently dead."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import pytest
from structlog.testing import capture_logs
from telegram.error import Conflict

from bot.messengers.base import Incoming, Listener
from bot.messengers.telegram.api import Api, open_api
from bot.messengers.telegram.lanes import Lanes
from bot.messengers.telegram.updates import Pauses, Receiver, UpdateStore
from bot.updates import KeptUpdates
from tests.botapi import TOKEN, BotApiServer
from tests.botapi import faults as fault

QUICK = Pauses(first_retry=0.02, last_retry=0.05, token_refused=0.05, conflict=0.05, empty_poll=0.02)
Heard = list[tuple[str, str]]


def hears(into: Heard) -> Listener:
    async def listener(incoming: Incoming) -> None:
        into.append((incoming.chat, incoming.text))

    return listener


@asynccontextmanager
async def receiving(api: Api, store: UpdateStore, listener: Listener) -> AsyncIterator[Receiver]:
    receiver = Receiver(api, store, listener, partial(datetime.now, UTC), QUICK)
    receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


async def test_what_is_said_is_heard_and_marked(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    heard: Heard = []
    async with receiving(api, updates, hears(heard)) as receiver:
        telegram.world.start(telegram.world.person(1001), "all")
        await telegram.world.wait_for(lambda: heard)
        assert heard == [("telegram:1001", "/start all")]
        assert receiver.last_contact is not None
    assert await updates.unhandled(10) == []


async def test_update_is_confirmed_only_after_it_was_kept(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    # given a store that cannot write for a while
    class Failing:
        failures = 0

        async def keep(self, received: Sequence[tuple[int, str]]) -> None:
            assert telegram.polling.confirmed <= received[0][0]
            if self.failures < 3:
                self.failures += 1
                raise OSError("disk full")
            await updates.keep(received)

        unhandled = staticmethod(updates.unhandled)
        handled = staticmethod(updates.handled)

    heard: Heard = []
    store = Failing()
    async with receiving(api, store, hears(heard)):
        telegram.world.say(telegram.world.person(1001), "tin")
        # then Telegram keeps the update until it is stored
        await telegram.world.wait_for(lambda: heard)
    assert store.failures == 3
    assert heard == [("telegram:1001", "tin")]


async def test_open_updates_of_an_earlier_life_come_first(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    # given an update kept by a process that died before handling it, and a new one at Telegram
    hoa = telegram.world.person(1001)
    telegram.world.say(hoa, "cũ")
    old = telegram.world.updates.pop()
    await updates.keep([(old.id, json.dumps(old.as_api()))])
    telegram.world.say(hoa, "mới")
    heard: Heard = []
    async with receiving(api, updates, hears(heard)):
        await telegram.world.wait_for(lambda: len(heard) == 2)
    assert [text for _, text in heard] == ["cũ", "mới"]


async def test_update_delivered_again_after_a_restart_is_handled_once(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    # given an update that was handled but never confirmed
    hoa = telegram.world.person(1001)
    telegram.world.say(hoa, "một")
    waiting = telegram.world.updates[0]
    await updates.keep([(waiting.id, json.dumps(waiting.as_api()))])
    await updates.handled([waiting.id])
    # when Telegram gives it once more
    heard: Heard = []
    async with receiving(api, updates, hears(heard)):
        telegram.world.say(hoa, "hai")
        await telegram.world.wait_for(lambda: heard)
    assert [text for _, text in heard] == ["hai"]


async def test_update_whose_handling_was_interrupted_is_handled_again(
    telegram: BotApiServer, updates: KeptUpdates
) -> None:
    started = asyncio.Event()

    async def hangs(incoming: Incoming) -> None:
        started.set()
        await asyncio.Event().wait()

    telegram.world.say(telegram.world.person(1001), "tin")
    heard: Heard = []
    for listener in (hangs, hears(heard)):
        bot = open_api(TOKEN, telegram.url, None)
        await bot.open_pools()
        async with receiving(bot, updates, listener):
            await (started.wait() if listener is hangs else telegram.world.wait_for(lambda: heard))
        await bot.close_pools()
    assert heard == [("telegram:1001", "tin")]


async def test_one_chat_keeps_its_order_while_others_go_on(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    # given a chat whose first command takes long
    slow_may_end = asyncio.Event()
    heard: dict[str, list[str]] = defaultdict(list)

    async def listener(incoming: Incoming) -> None:
        if incoming.text == "chậm":
            await slow_may_end.wait()
        heard[incoming.chat].append(incoming.text)

    world = telegram.world
    async with receiving(api, updates, listener):
        hoa, lan = world.person(1), world.person(2)
        world.say(hoa, "chậm")
        for n in range(20):
            world.say(hoa, f"h{n}")
            world.say(lan, f"l{n}")
        # then the other chat is served meanwhile, and this one in its order
        await world.wait_for(lambda: len(heard["telegram:2"]) == 20)
        assert heard["telegram:1"] == []
        slow_may_end.set()
        await world.wait_for(lambda: len(heard["telegram:1"]) == 21)
    assert heard["telegram:1"] == ["chậm"] + [f"h{n}" for n in range(20)]
    assert heard["telegram:2"] == [f"l{n}" for n in range(20)]


async def test_only_so_many_chats_are_answered_at_once() -> None:
    running = most = 0
    lanes = Lanes(at_once=3)
    done = asyncio.Event()

    async def work(lane: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if lane == 19:
            done.set()

    for lane in range(20):
        lanes.put(lane, partial(work, lane))
    await done.wait()
    await lanes.close(1.0)
    assert most == 3


async def test_more_updates_than_are_taken_at_once_are_all_handled(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    heard: Heard = []
    for n in range(700):
        telegram.world.say(telegram.world.person(1 + n % 9), str(n))
    async with receiving(api, updates, hears(heard)):
        await telegram.world.wait_for(lambda: len(heard) == 700, seconds=30)
    assert sorted(int(text) for _, text in heard) == list(range(700))
    assert await updates.unhandled(1) == []


async def test_listener_that_raises_stops_nothing(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    heard: Heard = []

    async def breaks(incoming: Incoming) -> None:
        if incoming.text == "hỏng":
            raise RuntimeError(incoming.text)
        heard.append((incoming.chat, incoming.text))

    with capture_logs() as logs:
        async with receiving(api, updates, breaks):
            hoa = telegram.world.person(1001)
            telegram.world.say(hoa, "hỏng")
            telegram.world.say(hoa, "lành")
            await telegram.world.wait_for(lambda: heard)
    assert await updates.unhandled(10) == []
    assert [each["event"] for each in logs] == ["telegram.update_failed"]
    assert "hỏng" not in str(logs)


@pytest.mark.parametrize(
    "payload",
    ["not json", "[]", '{"update_id": 1, "message": 5}', '{"update_id": 1, "message": {"text": "x"}}'],
)
async def test_unreadable_update_is_logged_and_passed(
    telegram: BotApiServer, api: Api, updates: KeptUpdates, payload: str
) -> None:
    await updates.keep([(1, payload)])
    heard: Heard = []
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)):
            telegram.world.say(telegram.world.person(1001), "tin")
            await telegram.world.wait_for(lambda: heard)
    assert [each["event"] for each in logs] == ["telegram.update_unreadable"]
    assert await updates.unhandled(10) == []


TROUBLES: dict[str, Callable[[], fault.Fault]] = {
    "too many requests": lambda: fault.too_many(1, method="getupdates"),
    "bad gateway": lambda: fault.bad_gateway(method="getupdates", times=3),
    "server error": lambda: fault.error(500, "Internal Server Error", method="getupdates", times=3),
    "connection reset": lambda: fault.reset(method="getupdates", times=3),
    "answer lost": lambda: fault.deliver_then_reset(method="getupdates", times=2),
    "answer truncated": lambda: fault.truncated(method="getupdates", times=2),
    "nothing at the start": lambda: fault.reset(method="getme", times=2),
    "answer is no list": lambda: fault.Fault(
        fault.Effect.ANSWER, method="getupdates", status=200, body=b'{"ok": true, "result": {"x": 1}}'
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_on_the_way_loses_nothing(
    telegram: BotApiServer, api: Api, updates: KeptUpdates, trouble: str
) -> None:
    telegram.faults.add(TROUBLES[trouble]())
    heard: Heard = []
    telegram.world.say(telegram.world.person(1001), "một")
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)):
            await telegram.world.wait_for(lambda: heard)
            telegram.world.say(telegram.world.person(1001), "hai")
            await telegram.world.wait_for(lambda: len(heard) == 2)
    assert [text for _, text in heard] == ["một", "hai"]
    assert "telegram.unreachable" in [each["event"] for each in logs]


async def test_telegram_down_at_the_start_is_waited_for(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    await telegram.down()
    heard: Heard = []
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)) as receiver:
            await telegram.world.wait_for(lambda: len(logs) >= 3)
            assert receiver.last_contact is None
            await telegram.up()
            telegram.world.say(telegram.world.person(1001), "tin")
            await telegram.world.wait_for(lambda: heard)
    assert {each["event"] for each in logs} == {"telegram.unreachable"}


async def test_revoked_token_is_said_and_tried_again(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    heard: Heard = []
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)):
            await telegram.world.wait_for(lambda: telegram.polling.polls)
            telegram.revoked = True
            telegram.polling.terminate()
            await telegram.world.wait_for(
                lambda: [each for each in logs if each["event"] == "telegram.token_refused"]
            )
            telegram.revoked = False
            telegram.world.say(telegram.world.person(1001), "tin")
            await telegram.world.wait_for(lambda: heard)
    assert TOKEN not in str(logs)


async def test_second_program_on_the_same_bot_is_said_clearly(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    heard: Heard = []
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)):
            await telegram.world.wait_for(lambda: telegram.polling.polls)
            other = open_api(TOKEN, telegram.url, None)
            await other.open_pools()
            with suppress(Conflict):  # ours may be back before it has its answer
                await other.call("getUpdates", {"timeout": 0})
            await other.close_pools()
            await telegram.world.wait_for(lambda: logs)
            telegram.world.say(telegram.world.person(1001), "tin")
            await telegram.world.wait_for(lambda: heard)
    assert logs[0]["event"] == "telegram.another_program_polls"


async def test_webhook_left_behind_is_removed(telegram: BotApiServer, api: Api, updates: KeptUpdates) -> None:
    telegram.polling.webhook = "https://old.example/hook"
    heard: Heard = []
    telegram.world.say(telegram.world.person(1001), "tin")
    with capture_logs() as logs:
        async with receiving(api, updates, hears(heard)):
            await telegram.world.wait_for(lambda: heard)
    assert telegram.polling.webhook == ""
    assert [each["event"] for each in logs] == ["telegram.webhook_removed"]
    # and what waited is not thrown away
    assert [text for _, text in heard] == ["tin"]


async def test_stopping_lets_a_running_answer_finish(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    started, heard = asyncio.Event(), []

    async def listener(incoming: Incoming) -> None:
        started.set()
        await asyncio.sleep(0.1)
        heard.append(incoming.text)

    async with receiving(api, updates, listener):
        telegram.world.say(telegram.world.person(1001), "tin")
        await started.wait()
    assert heard == ["tin"]
    assert await updates.unhandled(10) == []


async def test_only_the_kinds_we_read_are_asked_for(
    telegram: BotApiServer, api: Api, updates: KeptUpdates
) -> None:
    async with receiving(api, updates, hears([])):
        await telegram.world.wait_for(lambda: telegram.polling.polls)
    wanted = frozenset({"message", "channel_post", "callback_query", "my_chat_member"})
    assert telegram.polling.allowed == wanted
    assert telegram.world.ledger.warnings == []
