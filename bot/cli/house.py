"""Running things: the bot and its scheduler, the demo, the sandbox."""

import argparse
import logging
import tempfile
from pathlib import Path

from pydantic import SecretStr

from bot.app import Part, build
from bot.cli.console import say
from bot.cli.reaching import OURS, check_schema, told
from bot.settings import BadSettings, Environment, Settings
from storage import roles
from storage.database import Database

SANDBOX_TOKEN = "100000001:" + "S" * 35
SANDBOX_ADMIN = 1001
FAULTS_TOLD = 3


async def run(settings: Settings, given: argparse.Namespace) -> int:
    app = build(settings)
    try:
        await _check_database(app.database, settings)
    except BaseException:
        await app.close()
        raise
    parts: tuple[Part, ...] = (given.only,) if given.only else ("bot", "scheduler")
    try:
        await app.run(*parts)
    except ExceptionGroup as group:
        raise _wrong_setting(group) or group from None
    return 0


def _wrong_setting(group: BaseExceptionGroup[Exception]) -> BadSettings | None:
    """What a part of it refused to start with, if that ended it."""
    for error in group.exceptions:
        found = _wrong_setting(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, BadSettings):
            return found
    return None


async def _check_database(database: Database, settings: Settings) -> None:
    with told(OURS, settings.database_url):
        await check_schema(database, settings.database_url)
        faults = await roles.examined(database) if settings.environment == Environment.production else []
    if faults:
        more = f" and {len(faults) - FAULTS_TOLD} more" if len(faults) > FAULTS_TOLD else ""
        raise BadSettings(
            f"HOLDFAST_DATABASE_URL: its login {', '.join(faults[:FAULTS_TOLD])}{more}; "
            "production needs one that `holdfast migrate --roles` made"
        )


async def demo(settings: Settings, given: argparse.Namespace) -> int:
    from bot.demo import play

    logging.getLogger().setLevel(logging.ERROR)

    with tempfile.TemporaryDirectory(prefix="holdfast-demo-") as folder:
        return await play(Path(folder))


async def sandbox(settings: Settings, given: argparse.Namespace) -> int:
    from bot.sandbox import Client, Sandbox

    async with Sandbox(port=given.port, host=given.host) as local, Client(local.api) as telegram:
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
