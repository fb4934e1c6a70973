"""Updates brought by Telegram: only with the secret, only of a bearable size, answered when they were handled.

What is not answered with success is delivered again, so an update is never lost; every handler bears a repetition.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bot.listening import listen
from bot.polling import GREETING, insisted
from bot.settings import Settings

MOST_BYTES = 1 << 20
LAST_ANSWERS = 30.0
"""Seconds that a shutdown gives to the updates in hand. What is cut off was not answered, and comes again."""


class Deliveries(SimpleRequestHandler):
    """Compares the secret in constant time, whatever bytes it is given: of text, `compare_digest` takes ASCII alone. Leaves the
    bot's session alone when it ends: while the last updates are answered and the last posts go out, it is in use."""

    def verify_secret(self, telegram_secret_token: str, bot: Bot) -> bool:
        given = telegram_secret_token.encode(errors="surrogateescape")
        return secrets.compare_digest(given, (self.secret_token or "").encode())

    async def close(self) -> None:
        return None


def receiver(
    bot: Bot, dispatcher: Dispatcher, settings: Settings, allowed: list[str]
) -> Callable[[asyncio.Event], Awaitable[None]]:
    """A receiver that serves the webhook until its event is set."""

    async def receive(stop: asyncio.Event) -> None:
        assert settings.webhook_url
        assert settings.webhook_secret
        secret = settings.webhook_secret.get_secret_value()
        application = web.Application(client_max_size=MOST_BYTES)
        handler = Deliveries(dispatcher, bot, handle_in_background=False, secret_token=secret)
        handler.register(application, path=urlsplit(settings.webhook_url).path or "/")
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=LAST_ANSWERS)
        await listen(runner, settings.webhook_host, settings.webhook_port, "HOLDFAST_WEBHOOK_PORT")
        url = settings.webhook_url
        await insisted(
            lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=allowed, request_timeout=GREETING), stop
        )
        await stop.wait()
        await runner.cleanup()

    return receive
