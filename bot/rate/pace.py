"""The middleware around every call of the Bot API, and the permits that publications take ahead.

Within a process callers of one kind stand in one line, so that the oldest slot goes first; whoever waits for his own chat alone
steps out of the line and holds nobody up. While publications stand in line, of notices and looks only one goes out in a while: a
slot that was paid for comes before them, and they are not forgotten. A wait that is too long is answered as Telegram would answer
it: nothing was sent, come again then.
"""

import asyncio
import logging
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import TelegramMethod
from aiogram.methods.base import Response, TelegramType

from bot.rate.buckets import LEAD, NO_WAIT, TELEGRAM, Bucket, Own, Rates, Wait
from bot.rate.everyones import Everyones

log = logging.getLogger(__name__)

WRITES = ("send", "copy", "forward", "edit", "pin", "unpin", "delete", "stop")
EXEMPT = frozenset({"sendChatAction", "deleteWebhook", "deleteMyCommands"})
"""They write nothing that anybody reads."""


@dataclass(frozen=True)
class Caller:
    """Who wants to call: how urgent it is, for how many seconds it waits in all, and for a chat that is full, seen from now."""

    urgent: bool
    bot: float
    chat: float
    gives_way: bool = False
    """Does it go home when the house closes?"""
    is_last: bool = False
    """Do publications go ahead of it?"""


PERSON = Caller(urgent=True, bot=10, chat=10)
"""Somebody waits for the reply."""
TICK = Caller(urgent=False, bot=30, chat=30, is_last=True)
"""A notice or a look; it waits less than a shutdown does."""
POST = Caller(urgent=False, bot=60, chat=1, gives_way=True)
"""A publication: half a lease while nobody may write, but where only its chat is full it makes room and comes again."""
SPARED = 15.0
"""As often, in seconds, a process lets a notice or a look go ahead of the publications that stand in line."""
STEP = 0.003
"""Seconds between two calls for which nobody waits: in a herd each would be held up by the others, and its slot with it."""
ONE_STORM = 1.0
"""Seconds within which two chats that are told to wait mean that the bot is."""
DRIFT = 0.00002
"""Seconds by which the quickest call is forgotten with each further call, so that a long way is learnt, slowly."""


@dataclass(frozen=True)
class Slot:
    """What a call has taken: it may be made from `begins`, and its windows are counted from `at`, which is no later."""

    id: str
    buckets: tuple[Bucket, ...]
    at: float
    begins: float


@dataclass
class Turn:
    """How the calls of a task are paced: who makes them, and which slots were taken ahead."""

    caller: Caller
    held: list[Slot] = field(default_factory=list)


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def unhurried() -> Iterator[None]:
    """Nobody waits for the calls of the block."""
    token = _turn.set(Turn(TICK))
    try:
        yield
    finally:
        _turn.reset(token)


@dataclass
class Pace(BaseRequestMiddleware):
    """One bot's pace. `waited` and `paused` count calls that had to wait and 429s, for whoever watches."""

    bot_id: int
    everyones: Everyones | None = None
    rates: Rates = TELEGRAM
    own: Own = field(default_factory=Own)
    waited: int = 0
    paused: int = 0
    quickest: float = 0.0
    """The shortest time between a call and its answer, in seconds. Half of it is the way back; all else may be the way there."""
    _lines: dict[Caller, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _posts: int = 0
    """How many publications stand in line."""
    _no_posts: asyncio.Event = field(default_factory=asyncio.Event)
    _spared: float = -SPARED
    _begins: float = 0.0
    """When the last call begins for which nobody waits."""
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _told: tuple[int | str, float] | None = None

    def close(self) -> None:
        """No publication gets a permit any more; those who wait for one are told to come again."""
        self._closing.set()

    async def permit(self, chat: int, *, calls: int = 1) -> timedelta | None:
        """Waits until `calls` calls may be made to a chat in a moment (LEAD); this task's next calls then go out in that moment.

        Where that takes too long it answers when to come again: at once, if it is not the chat that is full.
        """
        self._posts += 1
        self._no_posts.clear()
        try:
            came = await self._enter(chat, calls, POST)
        finally:
            self._posts -= 1
            if not self._posts:
                self._no_posts.set()
        if isinstance(came, Wait):
            return timedelta(seconds=came.chat)
        _turn.set(Turn(POST, came))
        return None

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        name, chat = method.__api_method__, getattr(method, "chat_id", None)
        counts = name.startswith(WRITES) and name not in EXEMPT
        slot = await self._slot(method, chat) if counts else None
        if slot is not None and (early := slot.begins - monotonic()) > 0:
            await asyncio.sleep(early)
        began = monotonic()
        try:
            came = await make_request(bot, method)
        except Exception as error:
            if isinstance(error, TelegramRetryAfter) and name != "getUpdates":
                await self._pause(chat, error.retry_after)
            await self._arrived(slot, began)
            raise
        await self._arrived(slot, began)
        return came

    async def _slot(self, method: TelegramMethod[Any], chat: int | str | None) -> Slot:
        turn = _turn.get() or Turn(PERSON)
        if turn.held:
            return turn.held.pop(0)
        came = await self._enter(chat, 1, turn.caller)
        if isinstance(came, Wait):
            raise TelegramRetryAfter(method, "the bot's own limit; not sent", max(1, round(came.seconds)))
        return came[0]

    async def _enter(self, chat: int | str | None, many: int, caller: Caller) -> list[Slot] | Wait:
        """Stands in line for `many` slots; a Wait where it would be too long, or where the house closes."""
        buckets, act = self.rates.buckets(self.bot_id, chat), uuid.uuid4().hex
        ids = [f"{act}:{number}" for number in range(many)]
        began = monotonic()
        while True:
            async with self._lines[caller]:
                if caller.is_last and not await self._after_posts(caller.bot - (monotonic() - began)):
                    return Wait(SPARED)
                while isinstance(came := await self._take(buckets, ids, caller), Wait) and came.bot >= came.chat:
                    if not await self._sleep(came, began, caller):
                        return came
            if not isinstance(came, Wait):
                return came
            if not await self._sleep(came, began, caller):
                return came

    async def _after_posts(self, seconds: float) -> bool:
        """Waits until no publication stands in line, or it is time that something else goes out; False if that takes longer."""
        left = self._spared + SPARED - monotonic()
        if self._posts and left > 0:
            try:
                async with asyncio.timeout(min(left, seconds)):
                    await self._no_posts.wait()
            except TimeoutError:
                if seconds < left:
                    return False
        self._spared = monotonic()
        return True

    async def _take(self, buckets: tuple[Bucket, ...], ids: list[str], caller: Caller) -> list[Slot] | Wait:
        """The slots, or how long to wait. The process' own buckets are asked first: they know what a flushed Redis forgot."""
        if caller.gives_way and self._closing.is_set():
            return NO_WAIT
        asked = monotonic()
        wait = self.own.room(buckets, len(ids), urgent=caller.urgent, ahead=LEAD)
        if wait.seconds <= LEAD and self.everyones is not None:
            wait = await self.everyones.take(buckets, ids, urgent=caller.urgent, ahead=LEAD, least=wait)
        if wait.seconds > 0:
            self.waited += 1
        if wait.seconds > LEAD:
            return wait
        at = asked + wait.seconds
        self.own.take(buckets, ids, at)
        begins = monotonic() + wait.seconds if self.everyones else at
        if not caller.urgent:
            self._begins = begins = max(begins, self._begins + STEP)
        return [Slot(one, buckets, at, begins) for one in ids]

    async def _sleep(self, wait: Wait, began: float, caller: Caller) -> bool:
        """False where the wait would be too long, or the house closes."""
        gone = monotonic() - began
        if gone + wait.seconds > caller.bot or wait.chat > caller.chat:
            return False
        if not caller.gives_way:
            await asyncio.sleep(wait.seconds - LEAD)
            return True
        try:
            async with asyncio.timeout(wait.seconds - LEAD):
                await self._closing.wait()
        except TimeoutError:
            return True
        return False

    async def _arrived(self, slot: Slot | None, began: float) -> None:
        """Telegram counted the call at some moment before its answer, whose way back was at least as long as the quickest's."""
        if slot is None:
            return
        ended = monotonic()
        self.quickest = min(ended - began, self.quickest + DRIFT)
        late = ended - slot.at - self.quickest / 2
        self.own.arrived(slot.buckets, slot.id, late)
        if self.everyones is not None:
            await self.everyones.arrived(slot.buckets, slot.id, late)

    async def _pause(self, chat: int | str | None, seconds: float) -> None:
        """Telegram told a chat to wait, or the bot: where it tells two chats within a moment, it means the bot."""
        self.paused += 1
        now = monotonic()
        names = [f"{self.bot_id}:{chat}"] if chat is not None else [f"{self.bot_id}"]
        if chat is not None:
            if self._told and self._told[0] != chat and now - self._told[1] < ONE_STORM:
                names.append(f"{self.bot_id}")
            self._told = chat, now
        log.warning("Telegram says to wait for %s s: %s", seconds, ", ".join(names))
        seconds *= random.uniform(1, 1.1)
        for name in names:
            self.own.pause(name, seconds)
            if self.everyones is not None:
                await self.everyones.pause(name, seconds)
