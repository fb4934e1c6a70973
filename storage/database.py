"""One database, two ways in: `write` for acts, `read` for questions that may not change anything.

SQLite: a write takes the write lock at its beginning (BEGIN IMMEDIATE) and callers queue for one connection; while another
process has it, it is asked for every few milliseconds. (SQLite's own waiting asks the less often the longer it lasts, so that a
halt starves among busy processes.) Reads are snapshots beside it (WAL). A commit is on the disk before it answers
(synchronous=FULL). PostgreSQL: writes are READ COMMITTED, said in each BEGIN, since what decides is read after the locks; reads
are REPEATABLE READ and read-only. Nothing is kept in a session but prepared statements, and with `?pooler=transaction` in the
address (PgBouncer, which gives each transaction another session) not even these.

A transaction on SQLite runs in a thread from BEGIN to its end: the event loop goes on, and no statement changes threads.
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage.address import parsed

R = TypeVar("R")
BUSY_SECONDS = 30
ASK_AGAIN = 0.0005, 0.003
"""Seconds between two tries for SQLite's write lock."""
READERS = 4
"""Questions to SQLite that are answered at once."""
POOL = 8
"""Connections to PostgreSQL, all of them kept: one that is opened for one act costs more than the act."""
IDLE_SECONDS = 1
"""After which a connection to PostgreSQL is tried before it is used again."""
UNIQUE, DEADLOCK, SERIALIZATION, NOT_PERMITTED = "23505", "40P01", "40001", "42501"
LOCK_TIMEOUT, CANCELED = "55P03", "57014"
"""PostgreSQL's codes for what may go wrong."""
RANKS = {"kill_switches": 0, "notices": 2, "audit_events": 3}
"""Where acts do not touch a table with the others (1): before them, or after them."""
PATIENCE_MS = 300
"""How long a migration waits for all tables together; less than the second after which PostgreSQL looks for circles."""
UNNAMED: dict[str, Any] = {"statement_cache_size": 0}
"""For asyncpg: statements have no name, and are sent whole each time they run. What they were found to answer is remembered by
SQLAlchemy, so each is still one journey."""


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's code; SQLite has none."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    return code


class Schema(StrEnum):
    head = "head"
    empty = "empty"
    """Nothing of ours, whatever else there may be."""
    older = "older"
    unknown = "unknown"
    """Migrated by what came after this code, or by another program."""


class InUse(Exception):
    """Others had the tables for all the time that a migration waits for them; nothing has changed."""


class Driven(Protocol):
    """What runs transactions, on either database."""

    engine: Engine
    """Of the writes, for whoever listens to its events."""

    async def write(self, work: Callable[[Connection], R]) -> R: ...
    async def read(self, work: Callable[[Connection], R]) -> R: ...
    async def close(self) -> None: ...


class Threads:
    """SQLite: writers stand in line for one thread, with one connection; readers have some of each."""

    def __init__(self, url: URL) -> None:
        patient: dict[str, Any] = {
            "max_overflow": 0,
            "connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False},
        }
        self.engine = create_engine(url, pool_size=1, **patient)
        self._reads = create_engine(url, pool_size=READERS, **patient)
        _sqlite(self.engine, _begin_write, busy_seconds=0, query_only=False)
        _sqlite(self._reads, _begin_read, busy_seconds=BUSY_SECONDS, query_only=True)
        self._writers = ThreadPoolExecutor(1, "writes")
        self._readers = ThreadPoolExecutor(READERS, "reads")

    async def write(self, work: Callable[[Connection], R]) -> R:
        return await _within(self._writers, self.engine.begin, work)

    async def read(self, work: Callable[[Connection], R]) -> R:
        return await _within(self._readers, self._reads.connect, work)

    async def close(self) -> None:
        for threads, engine in ((self._writers, self.engine), (self._readers, self._reads)):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()


async def _within(
    threads: ThreadPoolExecutor,
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], R],
) -> R:
    def run() -> R:
        with transaction() as conn:
            return work(conn)

    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, run)


class Sessions:
    """PostgreSQL."""

    def __init__(self, url: URL, *, pooled: bool) -> None:
        kept: dict[str, Any] = {"pool_size": POOL, "max_overflow": 0}
        how = UNNAMED if pooled else {}
        self._writes = create_async_engine(url, isolation_level="READ COMMITTED", connect_args=how, **kept)
        self._reads = self._writes.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.engine = self._writes.sync_engine
        _tried_when_idle(self.engine)

    async def write(self, work: Callable[[Connection], R]) -> R:
        async with self._writes.begin() as conn:
            return await conn.run_sync(work)

    async def read(self, work: Callable[[Connection], R]) -> R:
        async with self._reads.connect() as conn:
            return await conn.run_sync(work)

    async def close(self) -> None:
        await self._writes.dispose()


class Database:
    """The database at one address, `sqlite:///file.db` or `postgresql://user@host/name[?pooler=transaction]`."""

    def __init__(self, address: str) -> None:
        url, pooled = parsed(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._driven: Driven = Threads(url) if self.is_sqlite else Sessions(url, pooled=pooled)

    @property
    def engine(self) -> Engine:
        """Of the writes, for whoever listens to its events."""
        return self._driven.engine

    async def write(self, work: Callable[[Connection], R]) -> R:
        """Does the work in one transaction, which is committed before this answers; an error undoes it."""
        return await self._driven.write(work)

    async def read(self, work: Callable[[Connection], R]) -> R:
        """Asks in one transaction, which sees one moment and can change nothing."""
        return await self._driven.read(work)

    @property
    def kind(self) -> str:
        """As people call it."""
        return "SQLite" if self.is_sqlite else "PostgreSQL"

    async def close(self) -> None:
        await self._driven.close()

    async def migrate(self, revision: str = "head", *, app: str | None = None) -> None:
        """Brings the schema to `revision`, and installs the guards again. Down to `base` removes everything.

        On PostgreSQL the roles are granted again what they need: the login `app`, and those who only read. It takes every table
        for itself first, and steps back where that takes too long, so that no caller waits in a circle with it. Raises `InUse`
        if it did not get them for half a minute.
        """

        def work(conn: Connection) -> None:
            if not self.is_sqlite:
                _alone(conn)
            _migrate(conn, revision, app)

        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return await self.write(work)
            except InUse:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def schema(self) -> Schema:
        """How the schema stands to the one this code was written for."""
        found = await self.read(lambda conn: MigrationContext.configure(conn).get_current_heads())
        if found == (_head(),):
            return Schema.head
        return Schema.empty if not found else Schema.older if _revisions().issuperset(found) else Schema.unknown

    async def at_head(self) -> bool:
        """Is the schema the one this code was written for?"""
        return await self.schema() == Schema.head


def _sqlite(engine: Engine, begin: Callable[[Connection], None], *, busy_seconds: int, query_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"busy_timeout={busy_seconds * 1000}",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "begin", begin)


def _tried_when_idle(engine: Engine) -> None:
    """A connection that lay idle may be gone with its server, so it is tried before it is used; the pool's own way tries always,
    which costs each act a journey. One that is known to be gone is not used in any case."""

    @event.listens_for(engine, "checkin")
    def _laid_by(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken_up(connection: Any, record: ConnectionPoolEntry, _given: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        since = record.info.get("since")
        if since is not None and time.monotonic() - since > IDLE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as gone:
                raise DisconnectionError from gone


def _begin_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_write(connection: Connection) -> None:
    """Takes the write lock, waiting for those of other processes."""
    until = time.monotonic() + BUSY_SECONDS
    cursor = connection.connection.cursor()
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise OperationalError("BEGIN IMMEDIATE", None, error) from error
            time.sleep(random.uniform(*ASK_AGAIN))
    finally:
        cursor.close()


def _config(connection: Connection | None = None, app: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes |= {"connection": connection, "app": app}
    return config


@cache
def _head() -> str | None:
    """The schema that this code was written for; every migration is loaded to find the last."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _revisions() -> frozenset[str]:
    """Every schema that this code can bring up to date."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def _alone(connection: Connection) -> None:
    """Locks all tables there are, until the end of the transaction; in the order of the acts: switches first, the audit last."""
    tables = sorted(inspect(connection).get_table_names(), key=lambda name: (RANKS.get(name, 1), name))
    if not tables:
        return
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
    try:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    except DBAPIError as busy:
        if sqlstate(busy) not in (CANCELED, LOCK_TIMEOUT, DEADLOCK):
            raise
        raise InUse from busy
    connection.exec_driver_sql("SET LOCAL statement_timeout TO DEFAULT")


def _migrate(connection: Connection, revision: str, app: str | None) -> None:
    if revision == "head":
        command.upgrade(_config(connection, app), revision)
    else:
        command.downgrade(_config(connection, app), revision)
