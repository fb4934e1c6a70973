"""The pace of a bot: Telegram's limits are kept, whoever waits for a reply goes first, and a 429 pauses what it was about."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter

import bot.rate.pace
from bot.rate import TELEGRAM, Everyones, Pace, Rates, Rule, unhurried
from bot.rate.buckets import Own, Wait
from bot.rate.pace import TICK
from bot.sandbox import Client, Fault, Sandbox
from bot.shared import Shared
from bot.telegram import Adapter
from domain.notices import Notice
from tests.processes import TOKEN

CHAT, CHANNEL = 7, -1007


@dataclass
class Own1:
    """The process' own buckets, asked as the shared ones are."""

    own: Own

    async def take(self, buckets: Any, ids: list[str], *, urgent: bool, ahead: float = 0.0) -> Wait:
        wait = self.own.room(buckets, len(ids), urgent=urgent, ahead=ahead)
        if wait.seconds <= ahead:
            self.own.take(buckets, ids, self.own.now() + wait.seconds)
        return wait

    async def arrived(self, buckets: Any, one: str, late: float) -> None:
        self.own.arrived(buckets, one, late)

    async def pause(self, name: str, seconds: float) -> None:
        self.own.pause(name, seconds)


@dataclass
class Counter:
    """Asks for calls of one bot, and says how long they would wait."""

    buckets: Any
    bot: int
    rates: Rates = TELEGRAM

    async def wait(
        self, chat: int | None = CHANNEL, many: int = 1, *, urgent: bool = False, bot: int = 0, ahead: float = 0.0
    ) -> float:
        ids = [uuid4().hex for _ in range(many)]
        buckets = self.rates.buckets(bot or self.bot, chat)
        wait: Wait = await self.buckets.take(buckets, ids, urgent=urgent, ahead=ahead)
        if wait.seconds <= ahead:
            for one in ids:
                await self.buckets.arrived(buckets, one, 0.0)
        return wait.seconds


@pytest_asyncio.fixture(params=["own", "everyone's"])
async def counter(request: pytest.FixtureRequest, servers: dict[str, Any]) -> AsyncIterator[Counter]:
    """A bot nobody has heard of, in the buckets of one process and in those of all."""
    bot = uuid4().int % 10**9
    if request.param == "own":
        yield Counter(Own1(Own()), bot)
        return
    shared = Shared.at(f"redis://127.0.0.1:{servers['valkey']}/0")
    yield Counter(Everyones(shared), bot)
    assert shared.failures == 0
    await shared.close()


async def test_thirty_calls_a_second_and_the_next_waits_until_the_first_is_a_second_old(counter: Counter) -> None:
    began = time.monotonic()
    assert [await counter.wait(chat) for chat in range(30)] == [0.0] * 30
    wait = await counter.wait(99)
    assert wait + time.monotonic() - began >= 1
    assert 0 < wait <= 1
    assert await counter.wait(99, bot=counter.bot + 1) == 0.0  # each bot has its own thirty


async def test_a_chat_has_three_calls_in_three_seconds_and_others_do_not_feel_it(counter: Counter) -> None:
    assert [await counter.wait(CHAT) for _ in range(3)] == [0.0] * 3
    assert 2 < round(await counter.wait(CHAT), 2) <= 3
    assert await counter.wait(CHAT + 1) == 0.0


async def test_a_channel_has_twenty_a_minute_and_a_private_chat_has_not(counter: Counter) -> None:
    counter.rates = Rates(bot=Rule(100, 1.0), chat=Rule(100, 3.0))
    assert [await counter.wait(CHANNEL) for _ in range(20)] == [0.0] * 20
    assert 55 < await counter.wait(CHANNEL) <= 60.01
    assert [await counter.wait(CHAT) for _ in range(25)] == [0.0] * 25


async def test_two_calls_taken_together_are_taken_whole_or_not_at_all(counter: Counter) -> None:
    assert await counter.wait(CHAT, 2) == 0.0
    assert await counter.wait(CHAT, 2) > 2
    assert await counter.wait(CHAT, 1) == 0.0


async def test_while_somebody_waits_for_a_reply_nobody_else_takes_what_becomes_free(counter: Counter) -> None:
    counter.rates = Rates(bot=Rule(1, 0.2))
    assert await counter.wait(1) == 0.0
    waits = await counter.wait(2, urgent=True)
    assert 0 < waits <= 0.21
    assert await counter.wait(3) > waits
    await asyncio.sleep(waits + 0.005)
    assert await counter.wait(3) > 0
    assert await counter.wait(2, urgent=True) == 0.0


async def test_a_slot_is_kept_for_as_long_as_its_call_was_under_way(counter: Counter) -> None:
    counter.rates = Rates(chat=Rule(3, 0.3))
    buckets = counter.rates.buckets(counter.bot, CHAT)
    assert await counter.buckets.take(buckets, ["a", "b", "c"], urgent=False) == Wait()
    await asyncio.sleep(0.4)
    assert 0.3 <= await counter.wait(CHAT) < 0.31  # nobody knows when they arrive; asked again after a window
    for one in "abc":
        await counter.buckets.arrived(buckets, one, 0.5)
    assert 0 < await counter.wait(CHAT) < 0.31
    await asyncio.sleep(0.45)
    assert await counter.wait(CHAT) == 0.0


async def test_a_slot_may_be_taken_a_moment_before_it_is_free_and_is_then_nobody_elses(counter: Counter) -> None:
    counter.rates = Rates(bot=Rule(2, 0.5))
    assert [await counter.wait(1), await counter.wait(2)] == [0.0, 0.0]
    assert await counter.wait(3, ahead=0.2) > 0.2  # too early: nothing is taken
    await asyncio.sleep(0.35)
    first, second = await counter.wait(3, ahead=0.2), await counter.wait(4, ahead=0.2)
    assert 0 < min(first, second) <= max(first, second) < 0.2
    assert await counter.wait(5, ahead=0.2) > 0.2
    await asyncio.sleep(second + 0.01)
    assert await counter.wait(5) > 0.2


async def test_a_pause_holds_its_bucket_and_no_other(counter: Counter) -> None:
    await counter.buckets.pause(f"{counter.bot}:{CHAT}", 40)
    assert 39 < await counter.wait(CHAT) <= 40
    assert await counter.wait(CHAT + 1) == 0.0
    await counter.buckets.pause(f"{counter.bot}", 20)
    assert 19 < await counter.wait(CHAT + 1) <= 20


@dataclass
class Wire:
    """A local Telegram that keeps its limits, and a bot with a pace in it."""

    telegram: Client
    bot: Bot
    pace: Pace

    async def chats(self, many: int) -> list[int]:
        people = [await self.telegram.person(f"Person {i}", id=5000 + i) for i in range(many)]
        for person in people:
            await person.say("/start")
        return [person.id for person in people]


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Sandbox(limits=True) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api)))
        pace = Pace(bot.id)
        bot.session.middleware(pace)
        yield Wire(telegram, bot, pace)
        await bot.session.close()


async def test_a_herd_of_calls_is_never_told_to_wait(wire: Wire) -> None:
    chats = await wire.chats(25)
    async with asyncio.TaskGroup() as group:
        for chat in chats * 3:
            group.create_task(wire.bot.send_message(chat, "hello"))
    assert wire.pace.paused == 0
    assert wire.pace.waited > 0
    assert sum((await wire.telegram.counts()).values()) == 75


async def test_a_reply_goes_ahead_of_all_that_nobody_waits_for(wire: Wire) -> None:
    *chats, person = await wire.chats(41)
    wire.pace.rates = Rates(bot=Rule(10, 1.0))
    sent: list[int] = []

    async def tell(chat: int) -> None:
        with unhurried():
            await wire.bot.send_message(chat, "news")
        sent.append(chat)

    async def reply() -> None:
        await asyncio.sleep(0.1)
        await wire.bot.send_message(person, "a reply")
        sent.append(person)

    async with asyncio.TaskGroup() as group:
        for chat in chats[:25]:
            group.create_task(tell(chat))
        group.create_task(reply())
    assert sent.index(person) <= 13
    told = [chat for chat in sent if chat != person]
    assert (
        max(abs(told.index(chat) - place) for place, chat in enumerate(chats[:25])) < 10
    )  # and the others in their order


async def test_publications_go_ahead_of_notices_which_are_not_forgotten(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.rate.pace, "SPARED", 0.7)
    chats = await wire.chats(34)
    wire.pace.rates = Rates(bot=Rule(6, 0.5))
    told: list[float] = []

    async def post(chat: int) -> None:
        while len(told) < 4:
            await publish(wire, chat)

    async def tell(chat: int) -> None:
        with unhurried():
            await wire.bot.send_message(chat, "news")
        told.append(time.monotonic() - began)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for chat in chats[:30]:  # they never leave the line empty: six of them write at once at most
            group.create_task(post(chat))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        for chat in chats[30:]:
            group.create_task(tell(chat))
    assert all(place * 0.7 <= at for place, at in enumerate(told))
    assert len(told) == 4


async def test_a_notice_that_would_wait_too_long_for_publications_comes_again(wire: Wire) -> None:
    wire.pace._spared = time.monotonic()
    wire.pace.own.pause(f"{wire.bot.id}", 50)
    async with asyncio.TaskGroup() as group:
        group.create_task(wire.pace.permit(CHANNEL))
        await asyncio.sleep(0.01)
        assert isinstance(await wire.pace._enter(CHAT, 1, replace(TICK, bot=0.2)), Wait)
        wire.pace.close()


async def test_an_alert_waits_for_no_publication_and_a_notice_does(wire: Wire) -> None:
    (chat,) = await wire.chats(1)

    async def send(notice: Notice) -> int:
        return (await wire.bot.send_message(notice.user_id, notice.kind)).message_id

    adapter = Adapter(wire.bot, send, pace=wire.pace)
    wire.pace.own.pause(f"{wire.bot.id}", 3)
    async with asyncio.TaskGroup() as group:
        group.create_task(wire.pace.permit(CHANNEL))
        await asyncio.sleep(0)
        wire.pace.own.paused.clear()  # it stands in line, though there is room
        wire.pace._spared = time.monotonic()
        async with asyncio.timeout(1):
            told = await adapter.tell(Notice(id=1, user_id=chat, kind="rollback", about=None, args={}))
        assert told.message_id
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await adapter.tell(Notice(id=2, user_id=chat, kind="published", about=None, args={}))
        wire.pace.close()


async def test_a_429_pauses_its_chat_and_lets_the_others_go_on(wire: Wire) -> None:
    first, second, third = await wire.chats(3)
    await wire.telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS, chat=first, retry_after=30)
    with pytest.raises(TelegramRetryAfter):
        await wire.bot.send_message(first, "hello")
    began = time.monotonic()
    await wire.bot.send_message(second, "hello")
    with pytest.raises(TelegramRetryAfter, match="the bot's own limit"):
        await wire.bot.send_message(first, "hello")
    assert time.monotonic() - began < 5
    assert await wire.telegram.calls("sendMessage") == 2  # the third never left

    await wire.telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS, chat=second, retry_after=30)
    await wire.telegram.fault("sendMessage", Fault.TOO_MANY_REQUESTS, chat=third, retry_after=30)
    for chat in (second, third):  # two chats within a moment: it is the bot that is too fast
        with pytest.raises(TelegramRetryAfter):
            await wire.bot.send_message(chat, "hello")
    assert wire.pace.own.room(wire.pace.rates.buckets(wire.bot.id, 1), 1, urgent=False).bot > 20


async def test_what_writes_nothing_never_waits(wire: Wire) -> None:
    wire.pace.own.pause(f"{wire.bot.id}", 60)
    async with asyncio.timeout(2):
        await wire.bot.get_me()
        await wire.bot.get_updates(timeout=0)


async def test_a_call_with_a_permit_does_not_wait_and_one_without_does(wire: Wire) -> None:
    (chat,) = await wire.chats(1)
    assert await wire.pace.permit(chat, calls=2) is None
    wire.pace.own.pause(f"{wire.bot.id}", 90)
    async with asyncio.timeout(10):
        await wire.bot.send_message(chat, "a post")
        await wire.bot.send_message(chat, "its pin")
    with pytest.raises(TelegramRetryAfter):
        await wire.bot.send_message(chat, "another")


async def test_a_permit_that_would_outlast_the_lease_says_when_to_come_again(wire: Wire) -> None:
    wire.pace.own.pause(f"{wire.bot.id}:{CHANNEL}", 50)
    wait = await wire.pace.permit(CHANNEL)
    assert wait is not None
    assert timedelta(seconds=49) < wait <= timedelta(seconds=50)
    wire.pace.own.pause(f"{wire.bot.id}", 90)
    assert await wire.pace.permit(CHANNEL - 1) == timedelta(0)


async def publish(wire: Wire, chat: int) -> float:
    """With a permit; answers when it was sent."""
    assert await wire.pace.permit(chat) is None
    await wire.bot.send_message(chat, "a post")
    return time.monotonic()


async def test_however_long_the_line_is_everybody_in_it_gets_a_permit(wire: Wire) -> None:
    chats = await wire.chats(26)
    wire.pace.rates = Rates(bot=Rule(6, 0.4))
    began = time.monotonic()
    sent = await asyncio.gather(*(publish(wire, chat) for chat in chats))
    assert max(sent) - began > 1.5  # longer than one waits for a chat that is full


async def test_a_call_with_a_permit_goes_out_no_earlier_than_its_slot_begins(wire: Wire) -> None:
    chats = await wire.chats(12)
    wire.pace.rates = Rates(bot=Rule(6, 0.5))
    began = time.monotonic()
    sent = await asyncio.gather(*(publish(wire, chat) for chat in chats))
    assert [at - began >= 0.5 for at in sorted(sent)] == [False] * 6 + [True] * 6


async def test_when_the_house_closes_whoever_waits_for_a_permit_goes_home(wire: Wire) -> None:
    wire.pace.own.pause(f"{wire.bot.id}", 50)
    async with asyncio.TaskGroup() as group, asyncio.timeout(5):
        waiting = [group.create_task(wire.pace.permit(CHANNEL - i)) for i in range(20)]
        await asyncio.sleep(0.05)
        wire.pace.close()
    assert [task.result() for task in waiting] == [timedelta(0)] * 20
    wire.pace.own.paused.clear()
    assert await wire.pace.permit(CHANNEL) == timedelta(0)  # not even where there is room
