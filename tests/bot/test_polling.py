"""Long polling: nobody is held up by another's haste, everybody is answered in order, and nothing is confirmed too early."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

import bot.polling
from bot.polling import poll
from bot.rate import Pace
from bot.sandbox import Client, Fault, Sandbox
from tests.processes import TOKEN, until


@dataclass
class Desk:
    """A bot that answers each message, and remembers by whom it was asked what."""

    telegram: Client
    bot: Bot
    heard: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    broken: set[str] = field(default_factory=set)
    """Words that cannot be recorded."""
    shuffles: bool = False
    at_once: int = 0
    most: int = 0

    async def handle(self, message: Message) -> None:
        assert message.from_user
        words = message.text or ""
        if words in self.broken:
            raise OSError(words)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.shuffles:
            await asyncio.sleep(random.uniform(0, 0.02))
        else:
            await message.answer(f"You said {words}")
        self.at_once -= 1
        self.heard[message.from_user.first_name].append(words)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        dispatcher, stop = Dispatcher(), asyncio.Event()
        dispatcher.message.register(self.handle)
        async with asyncio.TaskGroup() as group:
            group.create_task(_awaited(poll(self.bot, dispatcher, ["message"]), stop))
            yield
            stop.set()

    async def unconfirmed(self) -> int:
        return (await self.bot.get_webhook_info()).pending_update_count


async def _awaited(receive: object, stop: asyncio.Event) -> None:
    await receive(stop)  # type: ignore[operator]


@pytest_asyncio.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    for name in ("SHORTEST_PAUSE", "LOOK_AGAIN"):
        monkeypatch.setattr(bot.polling, name, 0.1)
    async with Sandbox(limits=True) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api))
        async with Bot(TOKEN, session=session) as mine:
            session.middleware(Pace(mine.id))
            yield Desk(telegram, mine)


async def test_whoever_writes_fast_holds_up_only_himself(desk: Desk) -> None:
    """Thirty messages take half a minute to answer, at one a second to a chat; another is answered at once meanwhile."""
    fast, ann = await desk.telegram.person("Fast"), await desk.telegram.person("Ann")
    async with desk.open():
        for number in range(30):
            await fast.say(str(number))
        await until(lambda: len(desk.heard["Fast"]) >= 3, "he is being answered")
        began = time.monotonic()
        await ann.say("/start")
        await until(lambda: desk.heard["Ann"] == ["/start"], "she is answered", 5)
        assert time.monotonic() - began < 3
        assert await desk.unconfirmed() >= 30 - len(desk.heard["Fast"])
    answered = len(desk.heard["Fast"])
    assert answered < 20
    assert await desk.unconfirmed() >= 30 - answered  # what was not begun comes again


async def test_updates_of_one_person_keep_their_order_and_those_of_others_run_beside_them(desk: Desk) -> None:
    desk.shuffles = True
    names = ("Ann", "Bob", "Cleo", "Dan")
    people = [await desk.telegram.person(name) for name in names]
    async with desk.open():
        for number in range(15):
            for person in people:
                await person.say(str(number))
        await until(lambda: sum(map(len, desk.heard.values())) == 60, "all are handled")
        await desk.telegram.idle()
    assert {name: desk.heard[name] for name in names} == {name: [str(n) for n in range(15)] for name in names}
    assert desk.most > 1
    assert await desk.unconfirmed() == 0


async def test_what_cannot_be_recorded_is_not_confirmed_and_keeps_nobody_but_its_sender(desk: Desk) -> None:
    desk.shuffles, desk.broken = True, {"a payment"}
    ann, bob = await desk.telegram.person("Ann"), await desk.telegram.person("Bob")
    async with desk.open():
        for words in ("hello", "a payment", "thanks"):
            await ann.say(words)
        await bob.say("one")
        await until(lambda: desk.heard["Bob"] == ["one"], "he is handled")
        await bob.say("two")
        await until(lambda: desk.heard["Bob"] == ["one", "two"], "what came later is handled too")
        assert desk.heard["Ann"] == ["hello"]
    assert await desk.unconfirmed() == 4  # the payment and what came after it, for whoever comes next
    desk.broken = set()
    async with desk.open():
        await until(lambda: len(desk.heard["Ann"]) == 3, "it comes again")
        await desk.telegram.idle()
    assert desk.heard["Ann"] == ["hello", "a payment", "thanks"]
    assert await desk.unconfirmed() == 0


async def test_what_fails_for_a_moment_is_tried_again_before_what_came_after_it(desk: Desk) -> None:
    desk.shuffles, desk.broken = True, {"a payment"}
    ann = await desk.telegram.person("Ann")
    async with desk.open():
        await ann.say("a payment")
        await ann.say("thanks")
        await asyncio.sleep(0.3)
        assert desk.heard["Ann"] == []
        desk.broken = set()
        await until(lambda: desk.heard["Ann"] == ["a payment", "thanks"], "it was tried again")
        await desk.telegram.idle()
    assert await desk.unconfirmed() == 0


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.RESET, Fault.SERVER_ERROR])
async def test_a_bot_that_starts_in_an_outage_works_when_it_is_over(desk: Desk, fault: Fault) -> None:
    ann = await desk.telegram.person("Ann")
    await desk.telegram.fault("deleteWebhook", fault, times=2)
    async with desk.open():
        await ann.say("/start")
        await until(lambda: desk.heard["Ann"] == ["/start"], "she is answered")
        await desk.telegram.idle()
    assert await desk.telegram.calls("deleteWebhook") >= 2
