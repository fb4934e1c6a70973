"""Running things: the bot and its scheduler, the database, the demo, the sandbox."""

import argparse
import asyncio
import logging
import tempfile
from pathlib import Path

from bot.app import Part, build
from bot.cli.console import complain, say
from bot.settings import BadSettings, Settings
from bot.texts import Texts
from domain.errors import Refusal
from storage.database import Database


def words(refusal: Refusal) -> str:
    """A refusal in English, as the chat says it."""
    return Texts().refusal("en", refusal)


async def run(settings: Settings, given: argparse.Namespace) -> int:
    app = build(settings)
    try:
        ready = await app.database.at_head()
    except Exception as error:
        await app.close()
        raise BadSettings(f"HOLDFAST_DATABASE_URL: the database cannot be reached ({type(error).__name__})") from None
    if not ready:
        await app.close()
        raise BadSettings("the database is empty or of another version: run `holdfast migrate`")
    parts: tuple[Part, ...] = (given.only,) if given.only else ("bot", "scheduler")
    await app.run(*parts)
    return 0


async def migrate(settings: Settings, given: argparse.Namespace) -> int:
    database = Database(settings.owner_address)
    try:
        await database.migrate()
    finally:
        await database.close()
    say("the database is up to date")
    return 0


async def demo(settings: Settings, given: argparse.Namespace) -> int:
    from bot.demo import play

    logging.getLogger().setLevel(logging.ERROR)

    with tempfile.TemporaryDirectory(prefix="holdfast-demo-") as folder:
        return await play(Path(folder))


async def sandbox(settings: Settings, given: argparse.Namespace) -> int:
    from bot.sandbox import Sandbox

    async with Sandbox(port=given.port) as local:
        say(f"a local Telegram is at {local.api}: open it in a browser to be several people")
        token = settings.bot_token.get_secret_value() if settings.bot_token else "100000001:" + "S" * 35
        database = Database(settings.database_url)
        await database.migrate()
        await database.close()
        app = build(settings.model_copy(update={"bot_api": local.api, "bot_token": token}))
        async with app.running("bot", "scheduler"):
            await asyncio.Event().wait()
    return 0


__all__ = ["complain", "demo", "migrate", "run", "sandbox", "words"]
