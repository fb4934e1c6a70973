"""Rows that the database numbers: whoever writes as the application chooses no number, and the acts go on whatever he tries."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest

from domain import books, kill_switches, payments
from domain.action import Switch
from scheduler.sealing import seal
from storage import guards
from tests import story
from tests.conftest import ADMIN, House
from tests.faults.worlds import opened
from tests.story import ANN

AT = "2026-03-02T12:00:00.000000Z"
ROWS = {
    "audit_events": ("act_id, at, actor, action, noun, subject, details", f"'x', '{AT}', 'a', 'x', 'x', '1', '{{}}'"),
    "deposits": ("user_id, amount, currency, status, payload, created_at", f"{ANN}, 5, 'XTR', 'invoiced', 'q', '{AT}'"),
}
PLANTED = {
    "before the first": "-1",
    "nought": "0",
    "ahead of the next": "(SELECT MAX(id) + 2 FROM {table})",
    "the last there is": "9223372036854775807",
}


def as_app(house: House) -> Callable[[str], Any]:
    """Statements of whoever has the application's login; whoever has the file, on SQLite."""
    if house.address.startswith("sqlite"):
        return house.sql

    def execute(statement: str) -> None:
        with psycopg.connect(house.address, autocommit=True) as conn:
            conn.execute(statement.encode())

    return execute


async def goes_on(house: House) -> None:
    """A payment, a halt and a seal, and nothing wrong with the books."""
    await house.system(payments.receive, ANN, 7, "XTR", "later")
    assert await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test") == [Switch.payouts]
    await seal(house.system)
    assert await house.system.ask(books.check) == []


@pytest.mark.parametrize("number", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize("table", ROWS)
async def test_a_number_cannot_be_planted(house: House, table: str, number: str) -> None:
    await story.booked(house)
    columns, values = ROWS[table]
    with pytest.raises((sqlite3.Error, psycopg.Error), match=r"not the next number|permission denied"):
        as_app(house)(f"INSERT INTO {table} (id, {columns}) SELECT {number.format(table=table)}, {values}")
    await goes_on(house)


async def test_a_row_without_a_number_takes_the_next_one_and_the_acts_go_on(house: House) -> None:
    await story.booked(house)
    for table, (columns, values) in ROWS.items():
        before = house.sql.one(f"SELECT MAX(id) FROM {table}")
        as_app(house)(f"INSERT INTO {table} ({columns}) VALUES ({values})")
        assert house.sql.one(f"SELECT MAX(id) FROM {table}") > before
    await goes_on(house)


async def test_a_row_keeps_its_number(sqlite_address: str) -> None:
    """PostgreSQL refuses it by the app's rights."""
    async with opened(sqlite_address) as house:
        await story.booked(house)
        for number in ("-1", "9223372036854775807"):
            with pytest.raises(sqlite3.Error, match="never changed"):
                house.sql(f"UPDATE deposits SET id = {number}")
        await goes_on(house)


@pytest.mark.parametrize("table", guards.COUNTED)
def test_sqlite_numbers_every_row_of_a_table_that_counts(table: str) -> None:
    (guard,) = (g for g in guards.generated("sqlite").values() if g.name == f"number_{table}")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        conn.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)")
        conn.execute(guard.sql)
        for policy in ("ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK"):
            conn.execute(f"INSERT INTO {table} DEFAULT VALUES")
            there = conn.execute(f"SELECT id FROM {table}").fetchall()
            for number in (-(2**63), -1, 0, len(there) + 2, 2**63 - 1):
                with pytest.raises(sqlite3.Error, match="not the next number"):
                    conn.execute(f"INSERT OR {policy} INTO {table} VALUES ({number})")
            assert conn.execute(f"SELECT id FROM {table}").fetchall() == there
        assert there == [(1,), (2,), (3,), (4,), (5,)]
