"""What the bot holds at Telegram against what it owes. By itself: the other commands about the books need nothing of Telegram."""

import argparse

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError

from bot.cli.acts import door
from bot.cli.console import complain, say
from bot.session import Session
from bot.settings import BadSettings, Settings
from domain import books


async def reserves(settings: Settings, given: argparse.Namespace) -> int:
    if settings.bot_token is None:
        raise BadSettings("HOLDFAST_BOT_TOKEN: is needed to ask Telegram what the bot holds")
    try:
        async with Bot(settings.bot_token.get_secret_value(), session=Session(settings)) as bot:
            held = (await bot.get_my_star_balance()).amount
    except (TelegramUnauthorizedError, TelegramNotFound):
        raise BadSettings(f"HOLDFAST_BOT_TOKEN: {settings.bot_api} knows no bot with this token") from None
    except AiogramError as error:
        complain(
            f"{settings.bot_api} did not say what the bot holds ({type(error).__name__}): try again, see `holdfast doctor`"
        )
        return 1
    async with door(settings, given) as do:
        found = await do.ask(books.reserves, held, given.outside)
    say(
        f"owed to people {found.users}, received and not credited {found.received}, in suspense {found.suspense},"
        f" set aside {found.escrows}, for withdrawals {found.withdrawals}: {found.owed}"
    )
    say(f"held: {held} at Telegram and {given.outside} outside: {found.held}")
    say(f"cover: {found.cover}")
    return 0 if found.cover >= 0 else 1
