"""How Telegram answers, counted around every call of this process, for the rollback criteria. See `domain.calls`."""

from collections import defaultdict
from datetime import datetime

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from domain.calls import minute_of
from domain.ports import Clock

WAITING = "getUpdates"
"""A long poll ends in a time-out as a matter of course."""


def is_trouble(error: Exception) -> bool:
    """A 401, a 5xx, a broken connection or what nobody can read; a 429 and other refusals are answers."""
    if isinstance(error, TelegramEntityTooLarge):
        return False
    named = isinstance(error, TelegramUnauthorizedError | TelegramServerError | TelegramNetworkError)
    return named or not isinstance(error, TelegramAPIError)


class Counts(BaseRequestMiddleware):
    """(calls, errors) of each minute, until somebody takes them."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._minutes: dict[datetime, list[int]] = defaultdict(lambda: [0, 0])

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        if method.__api_method__ == WAITING:
            return await make_request(bot, method)
        minute, failed = minute_of(self._now()), False
        try:
            return await make_request(bot, method)
        except Exception as error:
            failed = is_trouble(error)
            raise
        finally:
            counted = self._minutes[minute]
            counted[0] += 1
            counted[1] += failed

    def take(self) -> dict[datetime, tuple[int, int]]:
        """What was counted since it was last taken. A call counts when it has ended, for the minute in which it began."""
        taken, self._minutes = self._minutes, defaultdict(lambda: [0, 0])
        return {minute: (calls, errors) for minute, (calls, errors) in taken.items()}
