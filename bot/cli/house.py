"""Running things: the bot and its scheduler, the database, the demo, the sandbox."""

import argparse
import logging
import tempfile
from pathlib import Path

from pydantic import SecretStr

from bot.app import Part, build
from bot.cli.console import say
from bot.settings import BadSettings, Settings
from bot.texts import Texts
from domain.errors import Refusal
from storage.database import Database

SANDBOX_TOKEN = "100000001:" + "S" * 35
SANDBOX_ADMIN = 1001


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
    from bot.sandbox import Client, Sandbox

    async with Sandbox(port=given.port) as local, Client(local.api) as telegram:
        admins = settings.admins or frozenset({SANDBOX_ADMIN})
        for admin in sorted(admins):
            await telegram.person("Admin", id=admin)
        token = settings.bot_token or SecretStr(SANDBOX_TOKEN)
        app = build(settings.model_copy(update={"bot_api": local.api, "bot_token": token, "admins": admins}))
        await app.database.migrate()
        say(f"a local Telegram is at {local.api}: open it in a browser to be several people")
        say("begin as Admin: /start, then /killswitch to make the switches and resume them")
        await app.run()
    return 0
