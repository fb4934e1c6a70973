"""What the guards look up costs the same however many rows there are, also where SQLite believes that there are few.

It believes what it was told last (`ANALYZE`), perhaps on the first day; then it would rather read a small table whole.
"""

import sqlite3
from typing import Any

from sqlalchemy import event

from domain import escrow
from storage import guards
from tests import story
from tests.conftest import House
from tests.faults.worlds import opened

MANY = 5000
PAST = {
    "audit_events": "",
    "notices": "",
    "transfers": "key = key || n",
    "ledger_entries": "transfer_key = transfer_key || n",
    "wallets": "id = 'escrow:' || n, kind = 'escrow', owner_id = n",
    "escrows": "id = id + n, campaign_target_id = campaign_target_id + n",
    "post_jobs": "id = id + n, campaign_target_id = campaign_target_id + n",
}
"""Tables, and what is another in each of the many copies of their rows."""


def filled(path: str) -> None:
    with sqlite3.connect(path) as conn:
        for table, others in PAST.items():
            changed = dict(part.split(" = ") for part in others.split(", ")) if others else {}
            kept = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
            named = [name for name in kept if name != "id" or name in changed]
            values = ", ".join(changed.get(name, name) for name in named)
            conn.execute(
                f"WITH RECURSIVE n(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY + 100})"
                f" INSERT INTO {table} ({', '.join(named)}) SELECT {values} FROM n, (SELECT * FROM {table} LIMIT 1)"
            )
    conn.close()


async def test_a_hold_costs_no_more_where_sqlite_believes_its_tables_to_be_small(sqlite_address: str) -> None:
    async with opened(sqlite_address) as house:
        first = await story.booked(house, money=5000)
        await house.gate.database.write(lambda conn: conn.exec_driver_sql("ANALYZE"))
        few = await steps_of_a_hold(house, first.channel)
        async with house.owner() as gate:
            await gate.database.write(guards.remove)
            filled(sqlite_address.removeprefix("sqlite:///"))
            await gate.database.write(guards.install)
        assert house.sql.one("SELECT COUNT(*) FROM audit_events") > MANY
        assert await steps_of_a_hold(house, first.channel) < 2 * few


async def steps_of_a_hold(house: House, channel: int) -> int:
    """Hundreds of steps of SQLite's machine."""
    placement = await story.draft(house, channel)
    taken: list[int] = []

    def count(driver: Any, *_: Any) -> None:
        driver.set_progress_handler(lambda: taken.append(1), 100)

    event.listen(house.gate.database.engine, "checkout", count)
    try:
        await house.gate.user(story.ANN)(escrow.hold, (placement.id,))
    finally:
        event.remove(house.gate.database.engine, "checkout", count)
    return len(taken)
