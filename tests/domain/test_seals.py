"""I12: whatever is appended is sealed whole, and so is the seal itself; what a writer in flight may still add waits."""

import asyncio
import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, insert

from domain import books, escrow, kill_switches
from domain.action import SYSTEM, Act, Actor, Look, Switch, Terms
from domain.books import checkpoints
from domain.errors import Refused
from scheduler import rollback
from scheduler.sealing import Unsound, seal
from storage import guards
from storage.database import Database
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, Clock, House, Sql, gate_of, owners
from tests.domain.test_books import broken, offences, unguarded
from tests.story import ANN

__all__ = ["broken"]  # a fixture


@begun
async def adjusted(house: House) -> None:
    await story.booked(house)
    await house.gate.user(ADMIN)(books.adjust, "k1", "losses:XTR", f"user:{ANN}:XTR", 5, "the ticket's evidence")


@begun
async def sealed(house: House) -> None:
    await adjusted(house)
    await seal(house.system)
    assert await offences(house) == set()


async def seen(house: House, *, quickly: bool) -> set[tuple[str, str]]:
    return {
        (o.subject, o.detail) for o in await house.system.ask(books.check, incremental=quickly) if o.invariant == "I12"
    }


CHANGES = {
    "the evidence of an act": """UPDATE audit_events SET details = '{"amount": 1}' WHERE action = 'campaigns.draft'""",
    "when it was": "UPDATE audit_events SET at = '2026-01-01T12:00:00.000000Z' WHERE action = 'campaigns.draft'",
    "what a transfer was about": "UPDATE transfers SET reference_id = 77 WHERE reason = 'adjustment'",
    "why it was": "UPDATE transfers SET reason = 'loss' WHERE reason = 'adjustment'",
    "who did what moves no money": "UPDATE audit_events SET actor = 'user:1' WHERE action = 'kill_switches.resume'",
    "an event is gone": "DELETE FROM audit_events WHERE action = 'campaigns.draft'",
    "who did what moves money": "UPDATE audit_events SET actor = 'user:1' WHERE action = 'escrow.hold'",
}


@pytest.mark.parametrize("what", CHANGES)
async def test_every_column_and_every_event_is_sealed(broken: House, what: str) -> None:
    await sealed(broken)
    async with unguarded(broken):
        broken.sql(CHANGES[what])
    assert ("checkpoint 1", checkpoints.CHANGED) in await seen(broken, quickly=False)
    assert ("checkpoint 1", checkpoints.CHANGED) in await seen(broken, quickly=True)


OWN = {
    "house": """house = '{"external:XTR": -900, "losses:XTR": -5}'""",
    "actor": "actor = 'user:1'",
    "entries": "entries = 1",
    "entry_id": "entry_id = 1000000",
    "event_id": "event_id = event_id - 1",
    "epoch": "epoch = epoch + 1000000",
    "at": "at = '2026-01-01T12:00:00.000000Z'",
    "previous": "previous = 'x'",
    "as it was sealed before": "event_id = NULL",
}


@pytest.mark.parametrize("column", OWN)
async def test_a_checkpoint_seals_itself(broken: House, column: str) -> None:
    await sealed(broken)
    async with unguarded(broken):
        broken.sql(f"UPDATE checkpoints SET {OWN[column]}")
    assert await seen(broken, quickly=False) == {("checkpoint 1", checkpoints.CHANGED)}
    assert await seen(broken, quickly=True) == {("checkpoint 1", checkpoints.CHANGED)}


@pytest.mark.parametrize("quickly", [False, True])
async def test_the_end_of_the_chain_cannot_be_cut_off(broken: House, *, quickly: bool) -> None:
    await sealed(broken)
    await story.fund(broken, ANN, 5, "c2")
    assert await seal(broken.system) == 2
    async with unguarded(broken):
        broken.sql("DELETE FROM checkpoints WHERE id = 2")
    assert ("checkpoint 2", checkpoints.GONE) in await seen(broken, quickly=quickly)
    async with unguarded(broken):
        broken.sql("DELETE FROM checkpoints")
    assert ("checkpoint 2", checkpoints.GONE) in await seen(broken, quickly=quickly)


@pytest.mark.parametrize("quickly", [False, True])
async def test_a_checkpoint_is_the_one_that_was_audited(broken: House, *, quickly: bool) -> None:
    await sealed(broken)
    async with unguarded(broken):
        broken.sql("""UPDATE audit_events SET details = '{"hash": "other"}' WHERE action = 'books.checkpoint'""")
    assert await seen(broken, quickly=quickly) == {("checkpoint 1", checkpoints.UNTOLD)}


POINT = "INSERT INTO checkpoints (entry_id, epoch, event_id, entries, house, hash, previous, actor, at) VALUES (0, 0, 0, 0, "
TOLD = """INSERT INTO audit_events (act_id, at, actor, action, noun, subject, details)
    SELECT act_id, at, actor, 'books.checkpoint', 'checkpoints', '9', '{}' FROM audit_events WHERE id = 1"""
NOW = "'2026-03-02T12:00:00.000000Z'"
BLINDING = {
    "a list in place of sums": POINT + f"'[1]', 'x', '', 'a', {NOW})",
    "sums that are words": POINT + f"""'{{"fees:XTR": "x"}}', 'x', '', 'a', {NOW})""",
    "an event that tells a list": TOLD.format("[]"),
    "an event that tells nothing": TOLD.format("null"),
}
"""What an act never writes, and whoever has the application's rights can."""
UNREADABLE = {
    "a moment beyond Python's": POINT + "'{}', 'x', '', 'a', '20000-01-01T00:00:00.000000Z')",
    "a moment without end": POINT + "'{}', 'x', '', 'a', 'infinity')",
}
"""What the guards refuse, and is found where they were off."""
NO_JSON = """INSERT INTO audit_events (act_id, at, actor, action, noun, subject, details)
    SELECT act_id, at, actor, action, noun, subject, '{' FROM audit_events WHERE action = 'books.adjust'"""


async def guarded(house: House) -> None:
    async with house.owner() as gate:
        await gate.database.write(guards.install)


async def blinded(house: House, statement: str) -> None:
    """And then something is stolen."""
    house.sql(statement)
    async with unguarded(house):
        house.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    await guarded(house)
    assert ("I1", "fees:XTR") in {(o.invariant, o.subject) for o in await house.system.ask(books.check)}
    for quickly in (False, True):
        assert await seen(house, quickly=quickly)


@pytest.mark.parametrize("what", BLINDING)
@pytest.mark.parametrize("tick", [rollback.evaluate, rollback.check_ledger])
async def test_nothing_that_can_be_written_blinds_the_books(broken: House, what: str, tick: Any) -> None:
    await sealed(broken)
    await blinded(broken, BLINDING[what])
    assert await tick(broken.system, telegram=None) > 0
    assert broken.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "worker_watchdogs"}]
    await broken.system(checkpoints.checkpoint)
    assert await seen(broken, quickly=False)


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("tick", [rollback.evaluate, rollback.check_ledger])
async def test_what_cannot_be_read_is_refused_and_where_it_is_it_halts(broken: House, what: str, tick: Any) -> None:
    await adjusted(broken)
    with pytest.raises((sqlite3.Error, psycopg.Error), match="could not be read again"):
        broken.sql(UNREADABLE[what])
    async with unguarded(broken):
        broken.sql(UNREADABLE[what])
    await halts(broken, tick)


@pytest.mark.parametrize("tick", [rollback.evaluate, rollback.check_ledger])
async def test_broken_json_is_refused_and_where_it_is_it_halts(broken: House, tick: Any) -> None:
    """PostgreSQL stores none, guards or not."""
    await adjusted(broken)
    with pytest.raises((sqlite3.Error, psycopg.Error), match=r"could not be read again|invalid input syntax"):
        broken.sql(NO_JSON)
    if broken.address.startswith("sqlite"):
        async with unguarded(broken):
            broken.sql("UPDATE audit_events SET details = '{' WHERE action = 'books.adjust'")
        await halts(broken, tick)


async def halts(house: House, tick: Any) -> None:
    await guarded(house)
    for quickly in (False, True):
        assert await house.system.ask(books.check, incremental=quickly)
    assert await tick(house.system, telegram=None) > 0
    assert house.sql("SELECT key FROM kill_switches WHERE enabled") == [{"key": "worker_watchdogs"}]


async def test_only_what_is_new_is_sealed_and_a_seal_alone_is_nothing_new(house: House) -> None:
    await story.booked(house)
    assert await seal(house.system) == 1
    assert await seal(house.system) is None
    await story.draft(house, 1)  # moves no money
    assert await seal(house.system) == 2
    entries = house.sql("SELECT entries, entry_id FROM checkpoints ORDER BY id")
    assert [row["entries"] for row in entries] == [4, 0]
    assert await seal(house.system) is None


async def test_what_does_not_hold_is_not_sealed_whoever_asks(broken: House) -> None:
    await story.booked(broken)
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = 'fees:XTR'")
    for do in (broken.system, broken.gate.user(ADMIN)):
        with pytest.raises(Unsound) as unsound:
            await seal(do)
        assert {(one.invariant, one.subject) for one in unsound.value.offences} == {("I1", "fees:XTR"), ("I3", "XTR")}
    assert broken.sql.one("SELECT COUNT(*) FROM checkpoints") == 0
    broken.sql("UPDATE wallets SET balance = balance - 1 WHERE id = 'fees:XTR'")
    assert await seal(broken.system) == 1


TELL = """INSERT INTO audit_events (act_id, at, actor, action, noun, subject, details)
    SELECT 'old', at, 'system:test', 'books.checkpoint', 'checkpoints', id || '', ('{"hash": "' || hash || '"}')JSON
    FROM checkpoints"""


async def before(house: House) -> None:
    """A checkpoint as it was drawn before there was `event_id`, with its audit event."""

    def draw(conn: object) -> None:
        act = Act(conn, NOON, Actor("system:test", SYSTEM), Terms(), frozenset(), id="old", name="books.checkpoint")  # type: ignore[arg-type]
        upto, epoch = (
            act.conn.execute(checkpoints.NEWEST).scalar_one(),
            house.sql.one("SELECT MAX(epoch) FROM kill_switch_flips"),
        )
        bounds = checkpoints.Bounds(0, upto, 0, epoch, 0, None)
        row = {
            "entry_id": upto,
            "epoch": epoch,
            "entries": 4,
            "house": checkpoints._house(act, {}, bounds),
            "previous": "",
        }
        row |= {"actor": "system:test", "at": NOON, "hash": checkpoints._seal(act, row, bounds)}
        act.conn.execute(insert(checkpoints.k).values(row))

    await house.gate.database.write(draw)
    house.sql(TELL.replace("JSON", "" if house.address.startswith("sqlite") else "::jsonb"))


async def test_what_was_sealed_before_is_checked_as_it_was_and_the_chain_goes_on(broken: House) -> None:
    placement = await story.booked(broken)
    await before(broken)
    assert await offences(broken) == set()
    await story.succeed(broken, placement)
    await broken.system(escrow.release, placement.id)
    assert await seal(broken.system) == 2
    assert await seen(broken, quickly=False) == await seen(broken, quickly=True) == set()
    async with unguarded(broken):
        broken.sql("UPDATE checkpoints SET house = '{}' WHERE id = 1")  # its own hash tells nothing of it
    assert await seen(broken, quickly=False) == {("checkpoint 1", checkpoints.SUMS), ("checkpoint 2", checkpoints.SUMS)}
    async with unguarded(broken):
        broken.sql("UPDATE audit_events SET actor = 'user:1' WHERE action = 'campaigns.draft'")  # sealed by the second
    assert ("checkpoint 2", checkpoints.CHANGED) in await seen(broken, quickly=True)
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET actor = 'user:1' WHERE key = 'deposit:c1'")
    assert ("checkpoint 1", checkpoints.CHANGED) in await seen(broken, quickly=False)


async def test_a_checkpoint_that_was_refused_is_not_missed(broken: House) -> None:
    await sealed(broken)
    with pytest.raises(Refused):
        await broken.gate.user(ANN)(books.checkpoint)
    assert (
        broken.sql.one("SELECT COUNT(*) FROM audit_events WHERE action = 'books.checkpoint' AND refusal IS NOT NULL")
        == 1
    )
    for quickly in (False, True):
        assert await seen(broken, quickly=quickly) == set()


async def test_after_a_whole_seal_none_is_as_they_were_before(broken: House) -> None:
    """Whoever made it so, and its audit event with it, would have unsealed all events but those of transfers."""
    await sealed(broken)
    await story.fund(broken, ANN, 5, "c2")
    assert await seal(broken.system) == 2

    def lesser(conn: Connection) -> str:
        first, last = (row._asdict() for row in conn.execute(checkpoints.ALL))
        ranges = first["entry_id"], last["entry_id"], first["epoch"], last["epoch"]
        look = Look(conn, NOON, Actor("system:test", SYSTEM), Terms(), frozenset())
        return checkpoints._seal(look, last, checkpoints.Bounds(*ranges, 0, None))

    mark = await broken.gate.database.read(lesser)
    async with unguarded(broken):
        broken.sql("UPDATE checkpoints SET event_id = NULL, hash = :mark WHERE id = 2", mark=mark)
        broken.sql(
            f"""UPDATE audit_events SET details = '{{"hash": "{mark}"}}' WHERE action = 'books.checkpoint' AND subject = '2'"""
        )
    for quickly in (False, True):
        assert await seen(broken, quickly=quickly) == {("checkpoint 2", checkpoints.CHANGED)}


EVENT = """INSERT INTO audit_events (act_id, at, actor, action, noun, subject, details)
    VALUES ('late', now(), 'user:1', 'campaigns.draft', 'campaigns', '9', '{}') RETURNING id"""


async def test_an_event_of_a_writer_in_flight_is_sealed_once_it_is_there(
    postgresql_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock = Database(postgresql_address), Clock()
    house = House(gate_of(database, clock), clock, Sql(postgresql_address), postgresql_address)
    monkeypatch.setattr(checkpoints, "MOMENTS", 2)
    placement = await story.booked(house)
    assert await seal(house.system) == 1
    bounds = "SELECT entry_id, event_id FROM checkpoints ORDER BY id DESC LIMIT 1"
    (first,) = house.sql(bounds)
    with psycopg.connect(owners(postgresql_address)) as writer:
        (late,) = writer.execute(EVENT).fetchone() or (0,)
        await story.succeed(house, placement)
        await house.system(escrow.release, placement.id)
        assert await seal(house.system) == 2
        (second,) = house.sql(bounds)
        assert second["entry_id"] > first["entry_id"]
        assert second["event_id"] == first["event_id"] < late
    assert await house.system.ask(books.check) == []
    assert await seal(house.system) == 3
    (third,) = house.sql(bounds)
    assert third["event_id"] > late
    assert await house.system.ask(books.check) == []
    async with unguarded(house):
        house.sql("UPDATE audit_events SET subject = '8' WHERE act_id = 'late'")
    assert ("checkpoint 3", checkpoints.CHANGED) in await seen(house, quickly=True)
    await database.close()


async def test_a_halt_waits_for_one_segment_and_not_for_all(broken: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await story.booked(broken)
    monkeypatch.setattr(checkpoints, "SEGMENT", 1)
    async with asyncio.TaskGroup() as group:
        sealing = group.create_task(seal(broken.system))
        while not broken.sql.one("SELECT COUNT(*) FROM checkpoints"):  # noqa: ASYNC110  (it looks at everything first)
            await asyncio.sleep(0)
        await broken.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
        assert not sealing.done()
