"""The way to Telegram: one HTTP session a process. The types that answers are read into are made once and kept. What we say in
HTML is kept within what Telegram takes, whoever says it; posts, which have entities of their own, go as they are.

aiogram asks pydantic for `Response[...]` at every call, and pydantic keeps such a type only for as long as somebody holds it:
made anew, it costs the event loop some milliseconds.
"""

from functools import cache
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import EditMessageText, Response, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.settings import Settings
from bot.texts import within


class Session(AiohttpSession):
    """The session with the Bot API of these settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(api=TelegramAPIServer.from_base(settings.bot_api))
        self.middleware(fitted)

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


async def fitted(
    make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
) -> Response[TelegramType]:
    """Of a message that is longer than Telegram takes, as much as it does."""
    if isinstance(method, SendMessage | EditMessageText) and method.parse_mode is not None and method.text is not None:
        said = within(method.text)
        fitting: Any = method if said is method.text else method.model_copy(update={"text": said})
        return await make_request(bot, fitting)
    return await make_request(bot, method)


@cache
def kept(method: type[TelegramMethod[TelegramType]]) -> type[Response[TelegramType]]:
    """What Telegram's answer to this method is read into, from now on to the end of the process."""
    return Response[method.__returning__]  # type: ignore[name-defined]
