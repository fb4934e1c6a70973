"""The composition root: the only place where the objects meet. `build` makes them and touches no network."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.enums import ParseMode

from bot import logs, notices, webhook
from bot.clock import system_clock
from bot.counting import Counts
from bot.dispatcher import ALLOWED_UPDATES, build_dispatcher, set_commands
from bot.evidence import SearchingAdapter
from bot.launch import digest
from bot.polling import poll
from bot.rate import TELEGRAM, Everyones, Pace, Rates
from bot.seeing import Calls, Metrics, Watching, serving
from bot.session import Session
from bot.settings import BadSettings, Settings, number_of
from bot.shared import Shared
from bot.texts import Texts
from bot.wakes import Wakes
from domain import escrow, payments
from domain.notices import Notice
from domain.ports import Clock
from scheduler.loop import Bells, Loop
from storage.database import Database
from storage.fsm import DialogStates
from storage.gate import Ended, Gate
from storage.gather import Gather

Part = Literal["bot", "scheduler"]


@dataclass(frozen=True)
class App:
    """Holdfast, built."""

    settings: Settings
    database: Database
    gate: Gate
    bot: Bot
    texts: Texts
    dispatching: Callable[[], Dispatcher]
    """Makes the `dispatcher`."""
    loop: Loop
    wakes: Wakes
    paces: Mapping[int, Pace]
    """Each bot's, the main bot's first; none where nobody waits: the demo, and tests of other things."""
    couriers: Sequence[Bot]
    """The other bots, which only publish."""
    shared: Shared | None
    """Redis, if there is one."""
    metrics: Metrics

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Handles the updates. Where nobody receives any, it is never made."""
        return self.dispatching()

    async def tick(self) -> int:
        """Every tick of the scheduler once, for those who move the clock themselves; how many things they did."""
        return await self.loop.once()

    @asynccontextmanager
    async def running(self, *parts: Part) -> AsyncIterator[None]:
        """Receives updates (`bot`) and runs ticks by the clock (`scheduler`) for as long as the block lasts.

        Without parts only the bot runs and ticks are left to `tick`.
        """
        wanted = parts or ("bot",)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            await stack.enter_async_context(serving(self.metrics, self.gate, self.settings))
            await stack.enter_async_context(self.wakes.passed_on())
            if "scheduler" in wanted:
                await stack.enter_async_context(self.loop.ticking())
                for pace in self.paces.values():
                    stack.callback(pace.close)
            if "bot" in wanted:
                await stack.enter_async_context(self._receiving())
            yield

    @asynccontextmanager
    async def _receiving(self) -> AsyncIterator[None]:
        await set_commands(self.bot, self.texts, self.settings)
        async with asyncio.TaskGroup() as group:
            stop = asyncio.Event()
            receive: Callable[[asyncio.Event], Awaitable[None]]
            if self.settings.webhook_url:
                receive = webhook.receiver(self.bot, self.dispatcher, self.settings, ALLOWED_UPDATES)
            else:
                receive = poll(self.bot, self.dispatcher, ALLOWED_UPDATES)
            group.create_task(_until_stopped(receive, stop))
            try:
                yield
            finally:
                stop.set()

    async def run(self, *parts: Part) -> None:
        """Runs until SIGINT or SIGTERM, then finishes what is in hand."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        gc.collect()
        gc.freeze()  # what start-up made stays to the end: looking through it again and again costs pauses
        async with self.running(*(parts or ("bot", "scheduler"))):
            await stop.wait()

    async def close(self) -> None:
        for bot in (self.bot, *self.couriers):
            await bot.session.close()
        if self.shared is not None:
            await self.shared.close()
        await self.database.close()


async def _until_stopped(receive: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    await receive(stop)


def build(settings: Settings, now: Clock = system_clock, rates: Rates | None = TELEGRAM) -> App:
    """Puts Holdfast together. Refuses settings without a token. Without rates no call waits for its turn."""
    if settings.bot_token is None:
        raise BadSettings(
            "HOLDFAST_BOT_TOKEN: is needed to run; get one from @BotFather, or try `holdfast demo` without"
        )
    database = Database(settings.database_url)
    shared = Shared.at(settings.redis_url) if settings.redis_url else None
    bot_id = number_of(settings.bot_token)
    wakes = Wakes(Bells(), f"holdfast:{bot_id}:wakes", shared)
    gather = Gather(escrow.hold, payments.credit)
    tokens = {number_of(token): token.get_secret_value() for token in (settings.bot_token, *settings.courier_tokens)}
    paces = {bot: Pace(bot, Everyones(shared) if shared else None, rates) for bot in tokens} if rates else {}
    metrics = Metrics(shared, paces)

    def watch(ended: Ended) -> None:
        if ended.act is not None:
            wakes.after(ended.act)
        metrics.counted.act(ended)
        logs.tell(ended)

    gate = Gate(database, now, settings.terms, settings.admins, watch=watch, gather=gather)
    counts, texts = Counts(now), Texts()

    def connected(number: int) -> Bot:
        """A bot with a session, and so a pace, of its own; the calls of all are counted together."""
        session = Session(settings)
        if number in paces:
            session.middleware(paces[number])
        session.middleware(counts)
        session.middleware(Calls(metrics.counted))
        return Bot(tokens[number], session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))

    bot, *couriers = [connected(number) for number in tokens]

    async def send_notice(notice: Notice) -> int:
        return await notices.send(bot, texts, gate, notice)

    def adapter(one: Bot, others: Mapping[int, SearchingAdapter]) -> SearchingAdapter:
        return SearchingAdapter(one, send_notice, settings.evidence_chat, paces.get(one.id), counts, others)

    telegram = adapter(bot, {courier.id: adapter(courier, {}) for courier in couriers})
    return App(
        settings=settings,
        database=database,
        gate=gate,
        bot=bot,
        texts=texts,
        dispatching=partial(
            build_dispatcher, gate, settings, DialogStates(database, now), texts, telegram, Watching(metrics.counted)
        ),
        loop=Loop(gate.system, telegram, now, wakes.bells, metrics.counted.round, digest()),
        wakes=wakes,
        paces=paces,
        couriers=couriers,
        shared=shared,
        metrics=metrics,
    )
