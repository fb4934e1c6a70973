"""Old code beside a newer schema: a migration that only adds is made while money moves, and nobody fails."""

import asyncio
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.errors import QueryCanceled

from domain import payments
from domain.action import Switch
from storage.database import PATIENCE_MS, Database
from tests import story
from tests.conftest import Clock, House, Sql, gate_of, offences_in
from tests.deploy.conftest import Founded
from tests.processes import run, until
from tests.story import ANN

ADDS = """
LOCK TABLE transfers, users IN ACCESS EXCLUSIVE MODE;
ALTER TABLE users ADD COLUMN nickname text;
ALTER TABLE transfers ADD COLUMN note text;
CREATE TABLE gifts (id int)
"""


async def test_a_migration_that_only_adds_is_made_while_money_moves(founded: Founded, tmp_path: Path) -> None:
    """The columns come first, then `migrate --roles` puts the guards and the rights on anew, under callers who never stop."""
    database, clock = Database(founded.app), Clock()
    house = House(gate_of(database, clock), clock, Sql(founded.owner), founded.app)
    await story.people(house)
    await story.switches(house, *Switch)
    stop, paid = asyncio.Event(), 0

    async def deposits(name: int) -> None:
        nonlocal paid
        number = 0
        while not stop.is_set():
            number += 1
            deposit = await house.system(payments.receive, ANN, 1, "XTR", f"{name}-{number}")
            await house.system(payments.credit, deposit.id)
            paid += 1

    def migrate() -> int | str:
        added = False
        while not added:
            with suppress(QueryCanceled), psycopg.connect(founded.owner) as conn:
                conn.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}".encode())
                conn.execute(ADDS.encode())
                added = True
        addresses = {"database_url": founded.app, "owner_database_url": founded.owner}
        ended = run("migrate", "--roles", folder=tmp_path, **addresses)
        return ended.returncode or ended.stderr

    async with asyncio.TaskGroup() as group:
        for name in range(4):
            group.create_task(deposits(name))
        await until(lambda: paid > 8, "money moves")
        assert not await asyncio.to_thread(migrate)
        after = paid
        await until(lambda: paid > after + 8, "money moves on")
        stop.set()
    assert story.balance(house, f"user:{ANN}:XTR") == paid
    assert await offences_in(database, clock()) == []
    await database.close()
