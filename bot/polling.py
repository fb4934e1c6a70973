"""Long polling that loses nothing: a batch of updates is confirmed only when every one of them has been handled.

Telegram takes the next request as the confirmation of all updates before its offset. So the next request waits for the handlers;
after a crash Telegram delivers the batch again, and every handler bears that. Updates of one person are handled in their order,
those of different people side by side. A payment or an edit of a post that could not be recorded is not confirmed either: it
comes again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import Update

log = logging.getLogger(__name__)

WAIT_SECONDS = 25
"""How long Telegram may hold a request open while there is nothing to tell."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


def poll(bot: Bot, dispatcher: Dispatcher, allowed: list[str]) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A receiver that polls until its event is set."""

    async def receive(stop: asyncio.Event) -> None:
        await bot.delete_webhook()
        offset, pause = 0, SHORTEST_PAUSE
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop.wait())
            while not stop.is_set():
                asking = group.create_task(_ask(bot, offset, allowed))
                await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not asking.done():
                    asking.cancel()
                    break
                updates = asking.result()
                if updates is None:
                    await asyncio.wait({stopping}, timeout=pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    continue
                failed = await _handle(bot, dispatcher, updates)
                if failed:
                    offset = min(failed)
                    await asyncio.wait({stopping}, timeout=pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                    continue
                pause = SHORTEST_PAUSE
                if updates:
                    offset = updates[-1].update_id + 1
            stopping.cancel()
        if offset:
            await _ask(bot, offset, allowed, wait=0)

    return receive


async def _ask(bot: Bot, offset: int, allowed: list[str], wait: int = WAIT_SECONDS) -> list[Update] | None:
    """The next updates; None where Telegram could not be asked."""
    try:
        return await bot.get_updates(offset=offset, timeout=wait, allowed_updates=allowed, request_timeout=wait + 10)
    except TelegramUnauthorizedError:
        raise
    except TelegramRetryAfter as error:
        await asyncio.sleep(error.retry_after)
    except TelegramAPIError as error:
        log.warning("Telegram could not be asked for updates: %s", error)
    except Exception as error:
        log.warning("Telegram answered what nobody can read: %s", type(error).__name__)
    return None


async def _handle(bot: Bot, dispatcher: Dispatcher, updates: list[Update]) -> list[int]:
    """Answers which updates must come again: what raises; the error handler answers everything that may be forgotten."""
    people: dict[int, list[Update]] = defaultdict(list)
    for update in updates:
        people[_whose(update)].append(update)
    failed: list[int] = []

    async def in_order(mine: list[Update]) -> None:
        for update in mine:
            try:
                await dispatcher.feed_update(bot, update)
            except Exception:
                log.exception("update %s must come again", update.update_id)
                failed.append(update.update_id)
                return

    async with asyncio.TaskGroup() as group:
        for mine in people.values():
            group.create_task(in_order(mine))
    return failed


def _whose(update: Update) -> int:
    event = update.event
    sender = getattr(event, "from_user", None)
    chat = getattr(event, "chat", None)
    return sender.id if sender else chat.id if chat else 0
