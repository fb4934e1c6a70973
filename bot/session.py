"""The way to Telegram: one HTTP session a process. The types that answers are read into are made once and kept.

aiogram asks pydantic for `Response[...]` at every call, and pydantic keeps such a type only for as long as somebody holds it:
made anew, it costs the event loop some milliseconds.
"""

from functools import cache

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.settings import Settings


class Session(AiohttpSession):
    """The session with the Bot API of these settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(api=TelegramAPIServer.from_base(settings.bot_api))

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        kept(type(method))
        return super().check_response(bot, method, status_code, content)

    async def close(self) -> None:
        """Closes; aiogram waits a quarter of a second for TLS to end, of which plain HTTP has none."""
        if self._session is not None and self.api.base.startswith("http:"):
            await self._session.close()
        else:
            await super().close()


@cache
def kept(method: type[TelegramMethod[TelegramType]]) -> type[Response[TelegramType]]:
    """What Telegram's answer to this method is read into, from now on to the end of the process."""
    return Response[method.__returning__]  # type: ignore[name-defined]
