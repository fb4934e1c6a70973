"""One database, two ways in: `writes` for acts, `reads` for questions that may not change anything.

SQLite: a write takes the write lock at its beginning (BEGIN IMMEDIATE) and callers queue for one connection; while another
process has it, it is asked for every few milliseconds. (SQLite's own waiting asks the less often the longer it lasts, so that a
halt starves among busy processes.) Reads are snapshots beside it (WAL). A commit is on the disk before it answers
(synchronous=FULL). PostgreSQL: writes are READ COMMITTED, said in each BEGIN, since what decides is read after the locks; reads
are REPEATABLE READ and read-only. Nothing is kept in a session but prepared statements, and with `?pooler=transaction` in the
address (PgBouncer, which gives each transaction another session) not even these.
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, event, inspect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
BUSY_SECONDS = 30
ASK_AGAIN = 0.0005, 0.003
"""Seconds between two tries for SQLite's write lock."""
POOL = 8
"""Connections to PostgreSQL, all of them kept: one that is opened for one act costs more than the act."""
UNIQUE, DEADLOCK, SERIALIZATION, LOCK_TIMEOUT, NOT_PERMITTED = "23505", "40P01", "40001", "55P03", "42501"
"""PostgreSQL's codes for what may go wrong."""
RANKS = {"kill_switches": 0, "notices": 2, "audit_events": 3}
"""Where acts do not touch a table with the others (1): before them, or after them."""
PATIENCE_MS = 300
"""How long a migration waits for one table; less than the second after which PostgreSQL looks for circles."""
POOLER = "pooler"
"""The option of an address that says what stands before PostgreSQL: `?pooler=transaction`."""
UNNAMED: dict[str, Any] = {"statement_cache_size": 0}
"""For asyncpg: statements have no name, and are sent whole each time they run. What they were found to answer is remembered by
SQLAlchemy, so each is still one journey."""


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's code; SQLite has none."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    return code


def parsed(address: str) -> tuple[URL, bool]:
    """The address as SQLAlchemy wants it, and whether a pooler in transaction mode stands before the database."""
    url = make_url(address)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    mode = url.query.get(POOLER)
    if mode not in (None, "transaction") or (mode and url.get_backend_name() == "sqlite"):
        raise ValueError("only ?pooler=transaction, and only with PostgreSQL")
    return url.difference_update_query([POOLER]), mode is not None


class Database:
    """The engines of one address, `sqlite:///file.db` or `postgresql://user@host/name[?pooler=transaction]`."""

    def __init__(self, address: str) -> None:
        url, pooled = parsed(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if not url.database or url.database == ":memory:":
                raise ValueError("SQLite needs a file: sqlite:///holdfast.db")
            waiting: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
            self.writes = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, **waiting)
            self.reads = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=4)
            _sqlite(self.writes.sync_engine, _begin_write, busy_seconds=0, query_only=False)
            _sqlite(self.reads.sync_engine, _begin_read, busy_seconds=BUSY_SECONDS, query_only=True)
        else:
            kept: dict[str, Any] = {"pool_size": POOL, "max_overflow": 0, "pool_pre_ping": True}
            how = UNNAMED if pooled else {}
            self.writes = create_async_engine(url, isolation_level="READ COMMITTED", connect_args=how, **kept)
            self.reads = self.writes.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def kind(self) -> str:
        """As people call it."""
        return "SQLite" if self.is_sqlite else "PostgreSQL"

    async def close(self) -> None:
        await self.writes.dispose()
        if self.is_sqlite:
            await self.reads.dispose()

    async def migrate(self, revision: str = "head", *, app: str | None = None) -> None:
        """Brings the schema to `revision`, and installs the guards again. Down to `base` removes everything.

        On PostgreSQL the roles are granted again what they need: the login `app`, and those who only read. It takes every table
        for itself first, and steps back where that takes too long, so that no caller waits in a circle with it.
        """
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                async with self.writes.begin() as conn:
                    if not self.is_sqlite:
                        await conn.run_sync(_alone)
                    return await conn.run_sync(_migrate, revision, app)
            except DBAPIError as busy:
                if sqlstate(busy) not in (LOCK_TIMEOUT, DEADLOCK) or time.monotonic() > until:
                    raise
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def at_head(self) -> bool:
        """Is the schema the one this code was written for?"""
        async with self.reads.connect() as conn:
            current = await conn.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
        return current == ScriptDirectory.from_config(_config()).get_current_head()


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


def _begin_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_write(connection: Connection) -> None:
    """Takes the write lock, waiting for those of other processes; the event loop goes on meanwhile."""
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
            await_only(asyncio.sleep(random.uniform(*ASK_AGAIN)))
    finally:
        cursor.close()


def _config(connection: Connection | None = None, app: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes |= {"connection": connection, "app": app}
    return config


def _alone(connection: Connection) -> None:
    """Locks all tables there are, until the end of the transaction; in the order of the acts: switches first, the audit last."""
    if tables := sorted(inspect(connection).get_table_names(), key=lambda name: (RANKS.get(name, 1), name)):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")


def _migrate(connection: Connection, revision: str, app: str | None) -> None:
    if revision == "head":
        command.upgrade(_config(connection, app), revision)
    else:
        command.downgrade(_config(connection, app), revision)
