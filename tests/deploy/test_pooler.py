"""A real PgBouncer in transaction mode before PostgreSQL, as deploy/pgbouncer says: nothing of ours is left in a session."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from domain import escrow, kill_switches, payments
from domain.action import Switch
from domain.errors import Halted, Refused
from domain.post_jobs import AttemptStatus
from scheduler import settlement
from storage.address import parsed
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, NO_TEMPORARY, OWNER, Clock, House, Sql, gate_of, offences_in
from tests.deploy.conftest import PASSWORD, Founded
from tests.processes import holdfast, until
from tests.servers import WITH_PASSWORD, PgBouncer, free_port, installed
from tests.story import ANN, BOB

pytestmark = pytest.mark.skipif(installed("pgbouncer") is None, reason="no PgBouncer is installed")

LEFT = """SELECT COUNT(*) FROM pg_prepared_statements
  UNION ALL SELECT COUNT(*) FROM pg_settings WHERE source = 'session'
    AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')
  UNION ALL SELECT COUNT(*) FROM pg_listening_channels()
  UNION ALL SELECT COUNT(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
  UNION ALL SELECT COUNT(*) FROM pg_cursors WHERE name <> ''"""
"""What a session can keep after a transaction. The names left out are what PgBouncer itself sets for each client."""


@pytest.fixture(scope="module")
def pooler(founded: Founded) -> Iterator[PgBouncer]:
    server = PgBouncer(upstream=founded.server.port, login=WITH_PASSWORD, password=PASSWORD).start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def house(founded: Founded, pooler: PgBouncer) -> AsyncIterator[House]:
    """A house whose acts all go through the pooler; what is asserted is asked of PostgreSQL itself, by its owner."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    founded.server.execute(f"CREATE DATABASE {name} TEMPLATE holdfast OWNER {OWNER} STRATEGY wal_log")
    founded.server.execute(NO_TEMPORARY.format(name))
    address = f"{pooler.address(name)}?pooler=transaction"
    database, clock = Database(address), Clock()
    yield House(gate_of(database, clock), clock, Sql(founded.owner.replace("/holdfast", f"/{name}")), address)
    await database.close()
    founded.server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def plain(house: House) -> str:
    """The pooler's address without the word that it is one."""
    return house.address.removesuffix("?pooler=transaction")


async def the_main_job(house: House, others: Database, each: int) -> None:
    """Money comes in, is held, paid and given back, by two processes at once, on fewer sessions than connections."""
    second = gate_of(others, house.clock)
    await story.people(house)
    await story.switches(house, *Switch)
    gates = [house.gate, second] * each
    await asyncio.gather(
        *(g.system("test")(payments.receive, ANN, 400, "XTR", f"c{n}") for n, g in enumerate(gates)),
    )
    ids = [row["id"] for row in house.sql("SELECT id FROM deposits ORDER BY id")]
    await asyncio.gather(*(g.system("test")(payments.credit, n) for n, g in zip(ids, gates, strict=True)))
    channel = await story.channel(house)
    placements = [await story.draft(house, channel) for _ in gates]
    await asyncio.gather(
        *(g.user(ANN)(escrow.hold, (p.id,)) for p, g in zip(placements, gates, strict=True)),
    )
    for placement in placements[: len(gates) // 2]:
        await story.approve(house, placement)
    while duties := await story.started(house):
        for number, duty in enumerate(duties):
            sent = story.Sent(AttemptStatus.accepted, message_ids=(100 * duty.id + number,))
            await house.system(story.post_jobs.record, duty.id, duty.token, {duty.id: sent})
    for placement in placements[len(gates) // 2 :]:
        await story.decline(house, placement)
    telegram = None
    await asyncio.gather(
        *(settlement.release_served(g.system("settlement"), telegram) for g in gates[:2]),  # type: ignore[arg-type]
        *(settlement.refund_failed(g.system("settlement"), telegram) for g in gates[:2]),  # type: ignore[arg-type]
    )


async def clean(house: House) -> None:
    assert await offences_in(house.gate.database, house.clock()) == []


async def test_money_moves_through_pgbouncer_and_nothing_stays_in_a_session(house: House, pooler: PgBouncer) -> None:
    others = Database(house.address)
    await the_main_job(house, others, each=4)
    await others.close()
    assert house.sql("SELECT status, COUNT(*) AS n FROM escrows GROUP BY status ORDER BY status") == [
        {"status": "refunded", "n": 4},
        {"status": "released", "n": 4},
    ]
    assert story.balance(house, f"user:{BOB}:XTR") == 4 * 360
    assert story.balance(house, f"user:{ANN}:XTR") == 4 * 400
    await clean(house)
    sessions = "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = :login AND datname = current_database()"
    assert 1 <= house.sql.one(sessions, login=WITH_PASSWORD) <= pooler.sessions
    with ExitStack() as stack:
        for _ in range(pooler.sessions):  # every session there is, one transaction in each
            conn = stack.enter_context(psycopg.connect(plain(house), prepare_threshold=None))
            assert [row[0] for row in conn.execute(LEFT)] == [0, 0, 0, 0, 0]


async def test_without_the_word_in_the_address_the_sessions_get_mixed_up(house: House) -> None:
    """The control: named statements of one session are asked of another, and acts fail (whole; the books stay clean)."""
    await story.people(house)
    direct, others = Database(plain(house)), Database(plain(house))
    gates = [gate_of(database, house.clock) for database in (direct, others)] * 36
    came = await asyncio.gather(
        *(g.system("test")(payments.receive, ANN, 400, "XTR", f"c{n}") for n, g in enumerate(gates)),
        return_exceptions=True,
    )
    assert any(isinstance(one, DBAPIError) and "prepared statement" in str(one) for one in came)
    await direct.close()
    await others.close()
    await clean(house)


async def test_a_flip_through_pgbouncer_is_final(house: House) -> None:
    """The table's lock and the rows' locks last as long as a transaction, so they need no session."""
    await story.people(house)
    await story.switches(house, *Switch)
    others = [Database(house.address) for _ in range(2)]

    async def deposits(database: Database, name: str) -> None:
        do = gate_of(database, house.clock).system("test")
        for number in range(500):
            deposit = await do(payments.receive, ANN, 1, "XTR", f"{name}-{number}")
            await do(payments.credit, deposit.id)

    busy = [asyncio.ensure_future(deposits(database, str(n))) for n, database in enumerate(others * 2)]  # noqa: TID251
    moved = "SELECT COUNT(*) FROM transfers"
    await until(lambda: house.sql.one(moved) > 20, "money moves")
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.money_movement], "test")
    at_halt = house.sql.one(moved)
    for ended in await asyncio.gather(*busy, return_exceptions=True):
        assert isinstance(ended, Refused)
        assert isinstance(ended.refusal, Halted)
    assert house.sql.one(moved) == at_halt
    for database in others:
        await database.close()
    await clean(house)


async def test_a_production_process_starts_through_pgbouncer(house: House, founded: Founded) -> None:
    """Its login is checked there too; ticks beat. (Telegram is not there: the scheduler does not mind.)"""
    settings = founded.settings | {"database_url": house.address, "bot_api": f"http://127.0.0.1:{free_port()}"}
    await story.people(house)
    with holdfast("run", "--only", "scheduler", **settings) as process:
        beats = "SELECT COUNT(*) FROM heartbeats"
        await until(lambda: house.sql.one(beats) > 0 or process.poll() is not None, "its ticks beat")
        assert process.poll() is None, process.log.read_text()


def test_an_address_says_what_stands_before_the_database(tmp_path: Path) -> None:
    url, pooled = parsed("postgresql://a:b@host:6432/c?pooler=transaction&ssl=require")
    assert (pooled, url.query) == (True, {"ssl": "require"})
    assert parsed("postgresql://a@host/c")[1] is False
    for wrong in ("postgresql://a@host/c?pooler=session", f"sqlite:///{tmp_path}/x.db?pooler=transaction"):
        with pytest.raises(ValueError, match="only"):
            parsed(wrong)
