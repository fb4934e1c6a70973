"""A database of PostgreSQL's that several tests have one after another is to each as if it were new."""

import asyncio
from typing import Any

import asyncpg
import psycopg
import pytest

from storage.database import Database
from tests import kept, story
from tests.conftest import APP, Clock, House, Sql, gate_of, new_database, superusers


async def booked(address: str) -> tuple[Any, ...]:
    """All there is after the same story, as far as it does not depend on chance; it leaves its connections in peace."""
    database, clock = Database(address), Clock()
    house = House(gate_of(database, clock), clock, Sql(address), address)
    await story.booked(house)
    await database.close()
    counted = "SELECT (SELECT COUNT(*) FROM {0}) AS {0}"
    rows = tuple(
        house.sql.one(counted.format(table)) for table in ("users", "transfers", "ledger_entries", "audit_events")
    )
    return (
        *rows,
        house.sql("SELECT id, balance FROM wallets ORDER BY id"),
        house.sql("SELECT MAX(id) FROM audit_events"),
    )


async def test_what_a_test_wrote_is_gone_and_its_connections_serve_the_next(servers: dict[str, Any]) -> None:
    with new_database("postgresql", servers) as first:
        before = await booked(first)
        name = first.rpartition("/")[2]
        connected = sorted(kept.pids(name))
        assert connected
    with new_database("postgresql", servers) as second:
        assert second == first
        assert await booked(second) == before
        assert sorted(kept.pids(name)) == connected


@pytest.mark.parametrize(
    "changed",
    [
        "ALTER TABLE users ADD COLUMN x int",
        "ALTER TABLE transfers DISABLE TRIGGER double_entry",
        f"GRANT DELETE ON transfers TO {APP}",
        "COMMENT ON TRIGGER keep_transfers ON transfers IS 'fine'",
        "CREATE TABLE mine (x int)",
        "TRUNCATE call_minutes",
        "ALTER ROLE {0} IN DATABASE {1} SET work_mem = '1MB'",
    ],
)
async def test_a_changed_database_is_dropped(servers: dict[str, Any], changed: str) -> None:
    with new_database("postgresql", servers) as first, psycopg.connect(superusers(first), autocommit=True) as conn:
        conn.execute(changed.format(APP, conn.info.dbname).encode())
        conn.close()
    with new_database("postgresql", servers) as second:
        assert second != first
        assert (
            Sql(second).one("SELECT COUNT(*) FROM pg_database WHERE datname = :name", name=first.rpartition("/")[2])
            == 0
        )


async def test_a_database_is_dropped_to_which_somebody_is_still_connected(servers: dict[str, Any]) -> None:
    with new_database("postgresql", servers) as first:
        left = psycopg.connect(first)
    with new_database("postgresql", servers) as second:
        assert second != first
    with pytest.raises(psycopg.OperationalError):
        left.execute(b"SELECT 1")


async def test_a_transaction_that_was_left_open_is_not_kept(servers: dict[str, Any]) -> None:
    with new_database("postgresql", servers) as address:
        name = address.rpartition("/")[2]
        for left_open, others in ((False, 1), (True, 0)):
            conn = await asyncpg.connect(host="127.0.0.1", port=servers["postgres"], user=APP, database=name)
            if left_open:
                await conn.execute("BEGIN")
            await conn.close()
            assert len(kept.pids(name)) == others


async def test_a_connection_that_was_given_up_in_its_begin_is_not_kept(servers: dict[str, Any]) -> None:
    with new_database("postgresql", servers) as address:
        name = address.rpartition("/")[2]
        conn = await asyncpg.connect(host="127.0.0.1", port=servers["postgres"], user=APP, database=name)
        async with asyncio.TaskGroup() as group:
            begun = group.create_task(conn.transaction(isolation="read_committed").start())
            await asyncio.sleep(0)
            begun.cancel()
        assert begun.cancelled()
        await conn.close()
        assert conn.is_closed()
        assert kept.pids(name) == []


async def test_a_connection_that_cannot_be_used_is_not_given_to_the_next(servers: dict[str, Any]) -> None:
    """As one is that the server has cut, before its end is heard of."""
    with new_database("postgresql", servers) as address:
        how = {"host": "127.0.0.1", "port": servers["postgres"], "user": APP, "database": address.rpartition("/")[2]}
        conn = await asyncpg.connect(**how)

        async def cut() -> None:
            with pytest.raises(asyncpg.ConnectionDoesNotExistError):
                await conn.execute("SELECT pg_sleep(60)")

        async with asyncio.TaskGroup() as group:
            group.create_task(cut())
            await asyncio.sleep(0)
            await conn.close()
            after = await asyncpg.connect(**how)
            assert await after.fetchval("SELECT 1") == 1
        await after.close()
