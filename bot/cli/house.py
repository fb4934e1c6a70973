"""Running things: the bot and its scheduler, the database, the demo, the sandbox."""

import argparse
import asyncio
import logging
import sqlite3
import tempfile
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.app import Part, build
from bot.cli.acts import check_schema
from bot.cli.console import complain, say
from bot.settings import BadSettings, Environment, Settings
from bot.texts import Texts
from domain.errors import Refusal
from storage import roles
from storage.backup import copy
from storage.database import NOT_PERMITTED, Database, sqlstate

SANDBOX_TOKEN = "100000001:" + "S" * 35
SANDBOX_ADMIN = 1001
FAULTS_TOLD = 3


def words(refusal: Refusal) -> str:
    """A refusal in English, as the chat says it."""
    return Texts().refusal("en", refusal)


async def run(settings: Settings, given: argparse.Namespace) -> int:
    app = build(settings)
    try:
        await _check_database(app.database, settings)
    except BaseException:
        await app.close()
        raise
    parts: tuple[Part, ...] = (given.only,) if given.only else ("bot", "scheduler")
    await app.run(*parts)
    return 0


async def _check_database(database: Database, settings: Settings) -> None:
    try:
        await check_schema(database)
    except BadSettings:
        raise
    except Exception as error:
        raise BadSettings(f"HOLDFAST_DATABASE_URL: the database cannot be reached ({type(error).__name__})") from None
    faults = await roles.examined(database) if settings.environment == Environment.production else []
    if faults:
        more = f" and {len(faults) - FAULTS_TOLD} more" if len(faults) > FAULTS_TOLD else ""
        raise BadSettings(
            f"HOLDFAST_DATABASE_URL: its login {', '.join(faults[:FAULTS_TOLD])}{more}; "
            "production needs one that `holdfast migrate --roles` made"
        )


async def migrate(settings: Settings, given: argparse.Namespace) -> int:
    database = Database(settings.owner_address)
    login = make_url(settings.database_url)
    app = login.username if login.username != make_url(settings.owner_address).username else None
    try:
        if given.roles and database.is_sqlite:
            say("roles exist only on PostgreSQL; whoever can write a SQLite file can write all of it")
        elif given.roles:
            await _create_roles(database, app, login.password)
        await database.migrate(app=app)
    finally:
        await database.close()
    say("the database is up to date")
    return 0


async def _create_roles(database: Database, app: str | None, password: str | None) -> None:
    """The roles of PostgreSQL. They are made here once; what they may do is granted with every migration."""
    if app is None:
        raise BadSettings(
            "HOLDFAST_OWNER_DATABASE_URL: --roles needs the owner's address here, "
            "and another login, the application's, in HOLDFAST_DATABASE_URL"
        )
    try:
        made = await roles.create(database, app, password)
    except ValueError as wrong:
        raise BadSettings(f"HOLDFAST_DATABASE_URL: the password: {wrong}") from None
    except DBAPIError as error:
        if sqlstate(error) != NOT_PERMITTED:
            raise
        raise BadSettings(
            f"HOLDFAST_OWNER_DATABASE_URL: this login may not create roles; let a superuser create "
            f"the login {app} and the role {roles.READONLY}, and say this again"
        ) from None
    say(f"made the roles {', '.join(made)}" if made else "the roles exist; their rights are granted again")


async def backup(settings: Settings, given: argparse.Namespace) -> int:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise BadSettings("HOLDFAST_DATABASE_URL: PostgreSQL is backed up by its own tools, see deploy/backup/")
    try:
        size = await asyncio.to_thread(copy, Path(url.database or ""), given.file)
    except FileExistsError:
        complain(f"{given.file} is there already: a backup overwrites nothing")
        return 1
    except (OSError, sqlite3.Error) as error:
        complain(str(error))
        return 1
    say(f"{given.file}: {size} bytes, whole")
    return 0


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
