"""SQLite's one write lock, held by another process: a write waits for it, nobody else waits with it, and it gives up loudly."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from domain import users
from storage import database, gate
from storage.database import Database
from tests.conftest import Clock, Sql, gate_of


@contextmanager
def another_process_writes(address: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        yield conn


async def test_a_write_waits_for_another_process_and_the_loop_goes_on(sqlite_address: str) -> None:
    opened = Database(sqlite_address)
    house = gate_of(opened, Clock()).system("test")
    with another_process_writes(sqlite_address) as other:
        waiting = asyncio.ensure_future(house(users.meet, 7, "Ann", None, "en"))  # noqa: TID251
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert await house.ask(users.get, 7) is None  # reads go on
        assert not waiting.done()
        other.execute("COMMIT")
        assert (await waiting).id == 7
    assert Sql(sqlite_address).one("SELECT COUNT(*) FROM users") == 1
    await opened.close()


async def test_a_write_that_waits_too_long_gives_up_and_the_next_one_is_well(
    sqlite_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(gate, "TRIES", 1)
    opened, told = Database(sqlite_address), list[gate.Ended]()
    house = replace(gate_of(opened, Clock()), watch=told.append).system("test")
    with another_process_writes(sqlite_address), pytest.raises(OperationalError, match="database is locked") as failed:
        await house(users.meet, 7, "Ann", None, "en")
    assert (await house(users.meet, 7, "Ann", None, "en")).id == 7
    assert [(one.name, one.act is None, one.error) for one in told] == [
        ("users.meet", True, failed.value),
        ("users.meet", False, None),
    ]
    await opened.close()


async def test_a_write_cancelled_while_it_waits_leaves_the_connection_whole(sqlite_address: str) -> None:
    opened = Database(sqlite_address)
    house = gate_of(opened, Clock()).system("test")
    with another_process_writes(sqlite_address), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await house(users.meet, 7, "Ann", None, "en")
    for user in (7, 8):
        assert (await house(users.meet, user, "Ann", None, "en")).id == user
    await opened.close()


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (IntegrityError("", None, sqlite3.IntegrityError("UNIQUE constraint failed: transfers.key")), True),
        (IntegrityError("", None, sqlite3.IntegrityError("CHECK constraint failed: amount")), False),
        (OperationalError("", None, sqlite3.OperationalError("database is locked")), True),
        (OperationalError("", None, sqlite3.OperationalError("no such table: transfers")), False),
        (IntegrityError("", None, psycopg.errors.UniqueViolation()), True),
        (IntegrityError("", None, psycopg.errors.CheckViolation()), False),
        (OperationalError("", None, psycopg.errors.DeadlockDetected()), True),
        (OperationalError("", None, psycopg.errors.SerializationFailure()), True),
        (OperationalError("", None, psycopg.errors.QueryCanceled()), False),
    ],
)
def test_what_another_act_did_first_is_tried_again_and_what_is_wrong_is_not(
    error: DBAPIError, *, is_passing: bool
) -> None:
    assert gate.is_passing(error) == is_passing
