"""The database, as a command reaches it: one that cannot be used is told in one line, which names the setting and what is wrong.

Nothing but `migrate`, the demo and the sandboxes makes a file. No line has a password in it; `-v` shows where it happened.
"""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import gaierror

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot import logs
from bot.settings import BadSettings, Settings
from storage.address import parsed
from storage.database import NOT_PERMITTED, Database, Schema, sqlstate
from storage.gate import Ended

CAUSES = (SQLAlchemyError, OSError, TimeoutError, CommandError)
OURS, OWNERS = "HOLDFAST_DATABASE_URL", "HOLDFAST_OWNER_DATABASE_URL"
CLOSED = "cannot be opened: this login has to read and write it, and its folder"
MIGRATE = "run `holdfast migrate`"
log = logging.getLogger(__name__)


def owners(settings: Settings) -> str:
    """The setting that says where the owner's database is."""
    return OURS if settings.owner_database_url is None else OWNERS


def file_of(address: str) -> Path | None:
    """The SQLite file, from the root on: whoever types in another folder than usual reads it here. None for PostgreSQL."""
    url, _ = parsed(address)
    return Path(url.database or "").absolute() if url.get_backend_name() == "sqlite" else None


def place(address: str) -> str:
    """The file, or the host with the name of the database there."""
    url, _ = parsed(address)
    return str(file_of(address) or f"{_host(url)}/{url.database or ''}")


def _host(url: URL) -> str:
    return f"{url.host or url.query.get('host') or 'localhost'}:{url.port or 5432}"


def missing(address: str) -> str | None:
    """What is said of a SQLite file that is not there: connecting would make it."""
    file = file_of(address)
    try:
        if file is None or file.exists():
            return None
        return f"there is no file {file}: {MIGRATE}" if file.parent.is_dir() else f"there is no folder {file.parent}"
    except PermissionError:
        return f"{file} {CLOSED}"


async def check_schema(database: Database, address: str, setting: str = OURS) -> None:
    """Refuses a database that is not there, or that this code was not written for."""
    words = missing(address) or strange(await database.schema(), address)
    if words:
        raise BadSettings(f"{setting}: {words}")


def strange(schema: Schema, address: str) -> str | None:
    """What is said of a schema that is not this code's."""
    where = place(address)
    return {
        Schema.head: None,
        Schema.empty: f"{where} holds nothing of Holdfast: {MIGRATE}",
        Schema.older: f"{where} is of an older version: {MIGRATE}",
        Schema.unknown: f"{where} is of a newer version than this, or another program's: use the one that migrated it",
    }[schema]


def is_databases(error: Exception, address: str) -> bool:
    """Is it the database's? Of the system's errors are only PostgreSQL's connections, which name no file."""
    return not isinstance(error, OSError) or (file_of(address) is None and error.filename is None)


def wrong(error: Exception, address: str) -> str:
    """What is wrong, in words for whoever has to mend it."""
    said = first_line(error)
    file = file_of(address)
    if file is None:
        return _answered(error, said, parsed(address)[0])
    if not os.path.isdir(file.parent):
        return f"there is no folder {file.parent}"
    if os.path.isdir(file):
        return f"{file} is a folder"
    for part, words in (
        ("not a database", "is no SQLite database"),
        ("readonly", "may only be read by this login"),
        ("unable to open", CLOSED),
        ("locked", "is kept by another process: end that, or try again"),
    ):
        if part in said:
            return f"{file} {words}"
    return f"{file}: {said}"


def _answered(error: Exception, said: str, url: URL) -> str:
    host = _host(url)
    if isinstance(error, gaierror):
        return f"the host {url.host} is not known"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing answers at {host}"
    if isinstance(error, DBAPIError) and sqlstate(error) == NOT_PERMITTED:
        return f"its login {url.username} may not do this at {host} ({said})"
    return f"{host}: {said}"


def first_line(error: BaseException) -> str:
    """The first line of what the driver said, without the names of its classes."""
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return logs.redact(re.sub(r"^<class '[\w.]+'>: ", "", said)) or type(error).__name__


@contextmanager
def told(setting: str, address: str, acts: Sequence[Ended] | None = None) -> Iterator[None]:
    """Tells an error of the database in here as a `BadSettings`; where `acts` are counted, also whether anything was done."""
    try:
        yield
    except CAUSES as error:
        if not is_databases(error, address):
            raise
        log.debug("the database cannot be used", exc_info=error)
        end = "" if acts is None else f"; {_left(acts)}"
        raise BadSettings(f"{setting}: {wrong(error, address)}{end}") from error


def _left(acts: Sequence[Ended]) -> str:
    return "look what was done before you repeat it" if any(map(_may_be_done, acts)) else "nothing was done"


def _may_be_done(ended: Ended) -> bool:
    """An act whose connection broke may have been committed; one that was answered with an error was not."""
    if ended.error is None:
        return ended.act is not None
    return not isinstance(ended.error, DBAPIError) or ended.error.connection_invalidated
