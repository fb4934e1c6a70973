"""A process that stands still in the middle of a transaction keeps its locks only for as long as its login's patience.

To PostgreSQL such a process is a connection that says nothing, or not the rest of what it says; so are those of these tests.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from domain import books, escrow, heartbeats, kill_switches
from domain.action import Switch
from scheduler.sealing import seal
from storage import guards, roles
from storage.database import Database
from tests import kept, story
from tests.conftest import ADMIN, APP, House, apps, founded, migrated, owners, superusers
from tests.servers import Postgres, scratch

WANTED = roles.PATIENCE | roles.COSTS
LOCKING = "SELECT 1 FROM kill_switches, escrows FOR SHARE OF kill_switches FOR UPDATE OF escrows"


@pytest.fixture
def address(postgresql_address: str) -> str:
    return postgresql_address


@contextmanager
def stopped(address: str, statement: str, *, within_a_message: bool) -> Iterator[None]:
    """A session of the application's that has done this in a transaction."""
    conn = psycopg.connect(address)
    conn.execute(b"SELECT 1")
    if within_a_message:
        conn.pgconn.enter_pipeline_mode()
        conn.pgconn.send_query_params(statement.encode(), None)
        conn.pgconn.send_flush_request()
        conn.pgconn.flush()
    else:
        conn.execute(statement.encode())
    try:
        yield
        if not within_a_message:
            with suppress(psycopg.Error):  # its locks are gone when the server has answered; it may have been cut off
                conn.rollback()
    finally:
        conn.close()


def patience(house: House, **settings: str) -> None:
    """Another one, in this database alone, for the sessions to come."""
    with psycopg.connect(superusers(house.address), autocommit=True) as conn:
        kept.let_go(conn.info.dbname)
        for name, value in settings.items():
            conn.execute(f"ALTER ROLE {APP} IN DATABASE {conn.info.dbname} SET {name} = '{value}'".encode())


def found(house: House) -> dict[str, Any]:
    asked = " UNION ALL ".join(f"SELECT '{name}', current_setting('{name}')" for name in WANTED)
    with psycopg.connect(house.address) as conn:
        return dict(conn.execute(asked.encode()).fetchall())


async def test_the_migration_gives_the_application_its_patience_and_leaves_what_an_operator_chose(house: House) -> None:
    assert found(house) == WANTED
    chosen = {"transaction_timeout": "5min", "random_page_cost": "2"}
    patience(house, **chosen)
    await migrated(house.sql.address)
    assert found(house) == WANTED | chosen


def test_what_things_cost_may_be_said_for_the_whole_server(house: House) -> None:
    given = {"names": list(WANTED), "costs": list(roles.COSTS), "app": APP}

    def missing(conn: Connection) -> list[str]:
        return list(conn.scalars(roles.IMPATIENT, given))

    engine = create_engine(superusers(house.address).replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as conn:
        conn.exec_driver_sql(f"ALTER ROLE {APP} RESET ALL")
        assert missing(conn) == sorted(WANTED)
        conn.exec_driver_sql("SET LOCAL random_page_cost = 1.5")
        conn.exec_driver_sql("SET LOCAL transaction_timeout = '5min'")
        assert missing(conn) == sorted(roles.PATIENCE)
        conn.rollback()
    engine.dispose()


def test_a_flip_waits_longer_than_for_one_who_stands_still() -> None:
    assert roles.PATIENCE["idle_in_transaction_session_timeout"] == "10s"
    assert kill_switches.LOCK_SECONDS > 10


async def test_a_flip_that_nobody_lets_through_gives_up_loudly_and_can_be_made_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    monkeypatch.setattr(kill_switches, "LOCK_SECONDS", 0.05)
    halt = (kill_switches.halt, [Switch.payouts], "incident")
    with psycopg.connect(superusers(house.address)) as other:
        other.execute("LOCK TABLE kill_switches IN EXCLUSIVE MODE")
        async with asyncio.timeout(5):
            with pytest.raises(DBAPIError, match="lock timeout"):
                await house.gate.user(ADMIN)(*halt)
    assert await house.gate.user(ADMIN)(*halt) == [Switch.payouts]


@pytest.mark.parametrize("within_a_message", [False, True])
async def test_who_stands_still_holds_up_neither_a_halt_nor_money(house: House, within_a_message: bool) -> None:
    short = "transaction_timeout" if within_a_message else "idle_in_transaction_session_timeout"
    placement = await story.booked(house)
    patience(house, **{short: "1s"})
    with stopped(house.address, LOCKING, within_a_message=within_a_message):
        patience(house, **{short: roles.PATIENCE[short]})  # who waits for it has more
        await story.decline(house, placement)  # which waits for it
        await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "one of us stands still")
        await house.system.each(escrow.refund, [placement.id])
    assert not house.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'")
    assert house.sql.one("SELECT status FROM escrows") == "refunded"


async def test_a_beat_waits_for_nobody(house: House) -> None:
    await house.system(heartbeats.beat, "posting", "ok")
    beaten = "SELECT said FROM heartbeats WHERE name = 'posting'"
    with stopped(house.address, "UPDATE heartbeats SET said = 'still'", within_a_message=False):
        async with asyncio.timeout(5):
            await house.system(heartbeats.beat, "posting", "skipped")
        assert house.sql.one(beaten) == "ok"
    await house.system(heartbeats.beat, "posting", "skipped")
    assert house.sql.one(beaten) == "skipped"


async def test_the_books_are_read_to_the_end_and_nothing_else_takes_so_long(house: House) -> None:
    await story.booked(house)
    patience(house, transaction_timeout="300ms")
    event.listen(house.gate.database.engine, "after_cursor_execute", lambda *_: time.sleep(0.06))
    await house.gate.database.close()  # sessions to come have it
    assert await house.system.ask(books.check) == []
    await seal(house.system)
    with pytest.raises(DBAPIError):
        await story.booked(house)


async def test_readiness_names_a_transaction_that_keeps_its_locks_without_a_session() -> None:
    """No login's patience ends it, nor does a restart; only a server that allows such has any."""
    server = Postgres(base=scratch(in_memory=True), tuned={"max_prepared_transactions": "1"}).start()
    try:
        address = apps(founded(server, "prepared"))
        await migrated(owners(address))
        with psycopg.connect(address) as conn:
            conn.execute(b"LOCK TABLE kill_switches IN EXCLUSIVE MODE")
            conn.execute(b"PREPARE TRANSACTION 'mine'")
        database = Database(address)
        assert await guards.examined(database) == ["prepared, and keeps its locks: mine"]
        with psycopg.connect(address, autocommit=True) as conn:
            conn.execute(b"ROLLBACK PREPARED 'mine'")
        assert await guards.examined(database) == []
        await database.close()
    finally:
        server.stop()
