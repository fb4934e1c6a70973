"""The session with Telegram: what answers are read into is made once."""

import gc
import weakref

from aiogram import Bot
from aiogram.methods import GetMe, Response
from aiogram.types import User

from bot.sandbox import Sandbox
from bot.session import Session
from bot.settings import Settings
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
