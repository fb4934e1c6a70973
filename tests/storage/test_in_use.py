"""A migration needs every table for itself: it asks for them briefly, again and again, and holds nobody up while it waits."""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from bot.cli import database as command
from bot.settings import Settings
from storage import database
from storage.database import Database
from tests.conftest import owners, superusers
from tests.processes import until

FIRST, LAST = "kill_switches", "audit_events"
BETWEEN = "campaigns", "channels", "escrows", "ledger_entries", "transfers", "users"
LONGER_MS = 1000
"""After so long PostgreSQL looks for circles."""
A_WHILE = LONGER_MS / 1000 / (len(BETWEEN) - 2)
"""For one table, in seconds; for all of them it is longer than anybody may wait."""
WAITED_FOR = "SELECT 1 FROM pg_locks WHERE relation = '{}'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"


@contextmanager
def used(address: str, table: str) -> Iterator[None]:
    """Somebody reads it, in a transaction that lasts."""
    with psycopg.connect(address) as conn:
        conn.execute(f"SELECT FROM {table} LIMIT 1".encode())
        yield


def wanted(watch: psycopg.Connection[Any], table: str) -> bool:
    return watch.execute(WAITED_FOR.format(table).encode()).fetchone() is not None


async def test_it_holds_up_nobody_for_long_though_table_after_table_is_in_use(postgresql_address: str) -> None:
    opened, is_over = Database(owners(postgresql_address)), asyncio.Event()

    def ask_on() -> None:
        with psycopg.connect(postgresql_address, autocommit=True) as conn:
            conn.execute(f"SET lock_timeout = {LONGER_MS}".encode())
            while not is_over.is_set():
                conn.execute(f"SELECT FROM {FIRST}".encode())
                time.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        with psycopg.connect(superusers(postgresql_address), autocommit=True) as watch, used(postgresql_address, LAST):
            held = {table: ExitStack() for table in BETWEEN}
            for table, stack in held.items():
                stack.enter_context(used(postgresql_address, table))
            migrating = group.create_task(opened.migrate())
            async with asyncio.TaskGroup() as asking:
                asking.create_task(asyncio.to_thread(ask_on))
                try:
                    for table, stack in held.items():
                        await until(lambda table=table: wanted(watch, table), f"{table} is waited for")  # type: ignore[misc]
                        await asyncio.sleep(A_WHILE)
                        stack.close()
                finally:
                    is_over.set()
            assert not migrating.done()
    await opened.close()


async def test_once_it_has_the_tables_it_may_take_its_time(postgresql_address: str) -> None:
    opened, patience = Database(owners(postgresql_address)), list[Any]()
    asked = "SHOW statement_timeout"
    event.listen(opened.engine, "commit", lambda conn: patience.append(conn.exec_driver_sql(asked).scalar()))
    usual = await opened.write(lambda conn: conn.exec_driver_sql(asked).scalar())
    await opened.migrate()
    assert patience == [usual, usual]
    await opened.close()


def test_who_migrates_is_told_that_the_tables_are_in_use(
    postgresql_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    settings = Settings(database_url=postgresql_address, owner_database_url=owners(postgresql_address))
    with used(postgresql_address, "wallets"):
        assert asyncio.run(command.migrate(settings, argparse.Namespace(roles=False))) == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert asyncio.run(command.migrate(settings, argparse.Namespace(roles=False))) == 0
