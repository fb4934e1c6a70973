"""The database itself: made, brought up to date, copied."""

import argparse
import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.cli.console import complain, say
from bot.cli.reaching import OURS, OWNERS, first_line, missing, owners, strange, told
from bot.settings import BadSettings, Settings
from storage import roles
from storage.backup import Empty, copy
from storage.database import BUSY_SECONDS, NOT_PERMITTED, Database, InUse, Schema, sqlstate


async def migrate(settings: Settings, given: argparse.Namespace) -> int:
    address, setting = settings.owner_address, owners(settings)
    database = Database(address)
    login = make_url(settings.database_url)
    app = login.username if login.username != make_url(address).username else None
    try:
        with told(setting, address):
            if await database.schema() == Schema.unknown:
                raise BadSettings(f"{setting}: {strange(Schema.unknown, address)}")
            if given.roles and database.is_sqlite:
                say("roles exist only on PostgreSQL; whoever can write a SQLite file can write all of it")
            elif given.roles:
                await _create_roles(database, app, login.password)
            await _bring_up_to_date(database, app)
    except InUse:
        complain(
            f"others kept the tables for {BUSY_SECONDS} s, and nothing was changed: end what runs for so long, or stop the bots, "
            "and say this again"
        )
        return 1
    finally:
        await database.close()
    say("the database is up to date")
    return 0


async def _bring_up_to_date(database: Database, app: str | None) -> None:
    try:
        await database.migrate(app=app)
    except DBAPIError as error:
        if sqlstate(error) != NOT_PERMITTED:
            raise
        raise BadSettings(
            f"{OWNERS}: this login may not change the schema ({first_line(error)}): migrate by the owner's address"
        ) from None


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
    if words := missing(settings.database_url):
        raise BadSettings(f"{OURS}: {words}")
    if given.file.is_dir():
        complain(f"{given.file} is a folder: name a new file in it")
        return 1
    try:
        size = await asyncio.to_thread(copy, Path(url.database or ""), given.file)
    except FileExistsError:
        complain(f"{given.file} is there already: a backup overwrites nothing")
        return 1
    except Empty:
        complain(f"{OURS}: {strange(Schema.empty, settings.database_url)}")
        return 1
    except (OSError, sqlite3.Error) as error:
        complain(str(error))
        return 1
    say(f"{given.file}: {size} bytes, whole")
    return 0
