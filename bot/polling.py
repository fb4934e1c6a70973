"""Long polling that loses nothing: an update is confirmed only when it and all before it have been handled.

Telegram takes the next request as the confirmation of all updates before its offset, and tells of the others again. So whoever is
slow to be answered (one message a second to a chat) holds up only himself: updates of one person are handled in their order,
those of different people side by side, and while some are in hand it is asked from the first of them on for what has come since.
After a crash they come again, and every handler bears that. A payment or an edit of a post that could not be recorded is tried
again, and not confirmed before.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import Update

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
"""How long Telegram may hold a request open while there is nothing to tell."""
LOOK_AGAIN = 0.5
"""So many seconds after the last request it is asked what has come since, while updates are in hand."""
MOST = 100
"""So many updates are in hand at most: Telegram tells of no more before the first is confirmed."""
GREETING = 10
"""So many seconds Telegram may take to answer how updates are to be had."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


def poll(bot: Bot, dispatcher: Dispatcher, allowed: list[str]) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A receiver that polls until its event is set."""

    async def receive(stop: asyncio.Event) -> None:
        await insisted(lambda: bot.delete_webhook(request_timeout=GREETING), stop)
        hand, pause = Hand(bot, dispatcher, stop), SHORTEST_PAUSE
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop.wait())
            while not stop.is_set():
                wait = 0 if hand.updates else WAIT_SECONDS
                asking = group.create_task(_ask(bot, hand.confirm(), allowed, wait))
                await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not asking.done():
                    asking.cancel()
                    break
                updates = asking.result()
                if updates is None:
                    pause = await _paused(stop, pause)
                    continue
                pause = SHORTEST_PAUSE
                hand.take(updates, group)
                await hand.empty(LOOK_AGAIN)
            stopping.cancel()
        if hand.offset:
            await _ask(bot, hand.offset, allowed, wait=0)

    return receive


async def insisted(call: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
    """Calls until it is answered, or it is to stop: a bot that starts in the middle of an outage works when that is over."""
    pause = SHORTEST_PAUSE
    while not stop.is_set():
        try:
            await call()
        except (TelegramUnauthorizedError, TelegramBadRequest):
            raise
        except Exception as error:
            log.warning("Telegram does not answer, and is asked again in %s s: %s", pause, type(error).__name__)
        else:
            return
        pause = await _paused(stop, pause)


async def _paused(stop: asyncio.Event, seconds: float) -> float:
    """Waits, but not when it is to stop; answers how long to wait the next time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return min(LONGEST_PAUSE, seconds * 2)


@dataclass
class Hand:
    """The updates that are being handled."""

    bot: Bot
    dispatcher: Dispatcher
    stop: asyncio.Event
    offset: int = 0
    """All before it were handled."""
    updates: set[int] = field(default_factory=set)
    handled: set[int] = field(default_factory=set)
    """Of those that Telegram may tell of again."""
    people: dict[int, deque[Update]] = field(default_factory=lambda: defaultdict(deque))
    _emptied: asyncio.Event = field(default_factory=asyncio.Event)
    _next: int = 0

    def take(self, updates: list[Update], group: asyncio.TaskGroup) -> None:
        """Hands over those that are new."""
        for update in updates:
            if update.update_id in self.updates | self.handled:
                continue
            self._next = update.update_id + 1
            self.updates.add(update.update_id)
            who = _whose(update)
            if who not in self.people:
                group.create_task(self._in_order(who))
            self.people[who].append(update)

    def confirm(self) -> int:
        """The offset to ask from: Telegram tells of nothing before it any more."""
        self.handled = {one for one in self.handled if one >= self.offset}
        return self.offset

    async def empty(self, seconds: float) -> None:
        """Waits until nothing is in hand, but no longer than so many seconds, nor when it is to stop."""
        self._emptied.clear()
        if self.updates:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), seconds)

    async def _in_order(self, who: int) -> None:
        """One person's updates; when it is to stop, those that were not begun come again."""
        mine = self.people[who]
        while mine and not self.stop.is_set():
            if await self._handle(mine[0]):
                self._done(mine.popleft().update_id)
        del self.people[who]

    async def _handle(self, update: Update) -> bool:
        """Again and again while it raises: the error handler answers everything that may be forgotten."""
        pause = SHORTEST_PAUSE
        while not self.stop.is_set():
            try:
                await self.dispatcher.feed_update(self.bot, update)
            except Exception:
                log.exception("update %s is to be handled again", update.update_id)
            else:
                return True
            pause = await _paused(self.stop, pause)
        return False

    def _done(self, number: int) -> None:
        self.updates.discard(number)
        self.handled.add(number)
        self.offset = min(self.updates, default=self._next)
        if not self.updates:
            self._emptied.set()


async def _ask(bot: Bot, offset: int, allowed: list[str], wait: int) -> list[Update] | None:
    """The next updates; None where Telegram could not be asked."""
    try:
        return await bot.get_updates(
            offset=offset, limit=MOST, timeout=wait, allowed_updates=allowed, request_timeout=wait + 10
        )
    except TelegramUnauthorizedError:
        raise
    except TelegramRetryAfter as error:
        await asyncio.sleep(error.retry_after)
    except TelegramAPIError as error:
        log.warning("Telegram could not be asked for updates: %s", error)
    except Exception as error:
        log.warning("Telegram answered what nobody can read: %s", type(error).__name__)
    return None


def _whose(update: Update) -> int:
    event = update.event
    sender = getattr(event, "from_user", None)
    chat = getattr(event, "chat", None)
    return sender.id if sender else chat.id if chat else 0
