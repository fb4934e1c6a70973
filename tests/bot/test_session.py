"""The session with Telegram: what answers are read into is made once."""

import gc
import weakref

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetMe, Response
from aiogram.types import User

from bot.sandbox import Client, Sandbox
from bot.session import Session
from bot.settings import Settings
from bot.texts import MOST_MESSAGE, Text
from tests.processes import TOKEN


async def test_what_an_answer_is_read_into_is_kept_for_the_next_and_the_session_ends() -> None:
    """aiogram alone lets go of it after each answer."""
    async with Sandbox() as sandbox:
        session = Session(Settings(_env_file=None, bot_api=sandbox.api))
        async with Bot(TOKEN, session=session) as bot:
            name = (await bot(GetMe())).first_name
            kept = weakref.ref(Response[User])
            gc.collect()
            assert kept() is not None
            assert (await bot.get_me()).first_name == name
    assert session._session is not None
    assert session._session.closed


async def test_what_we_say_is_kept_within_what_telegram_takes_and_a_post_goes_as_it_is() -> None:
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        ann = await telegram.person("Ann")
        session = Session(Settings(_env_file=None, bot_api=sandbox.api))
        async with Bot(TOKEN, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML)) as bot:
            await bot.get_me()
            await ann.say("/start")
            long = "<b>" + Text.whole('"') * 5000 + "</b>"
            sent = await bot.send_message(ann.id, long)
            assert sent.text == '"' * (MOST_MESSAGE - 1) + "…"
            edited = await bot.edit_message_text(f"x{long}", chat_id=ann.id, message_id=sent.message_id)
            assert not isinstance(edited, bool)
            assert edited.text == "x" + '"' * (MOST_MESSAGE - 2) + "…"
            with pytest.raises(TelegramBadRequest):
                await bot.send_message(ann.id, "x" * 5000, parse_mode=None)
