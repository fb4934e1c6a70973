"""check_books finds what is wrong, names the offender and the difference; and the document's own questions run.

Each test breaks one thing as only the owner of the database could: with the guards taken away.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine, event, text

from domain import books, escrow, kill_switches, payments, wallets, withdrawals
from domain.action import Switch
from domain.books import Offence
from domain.books.checking import answers
from domain.books.question import TOUCHED, touched
from domain.wallets import Kind
from scheduler import rollback, watchdogs
from storage import guards
from storage.database import Database
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, Clock, House, house_of
from tests.story import ANN, BOB


@pytest_asyncio.fixture
async def broken(address: str) -> AsyncIterator[House]:
    """A house whose books may end up wrong."""
    database, clock = Database(address), Clock()
    yield house_of(database, clock, address)
    await database.close()


@asynccontextmanager
async def unguarded(house: House) -> AsyncIterator[None]:
    async with house.owner() as gate:
        await gate.database.write(guards.remove)
    yield


async def offences(house: House) -> set[tuple[str, str]]:
    """What a full check finds. One that looks only at what was touched, where that is everything, must find the same.

    (The balances of the house, and what is sealed, it compares in another way.)
    """
    full = {(found.invariant, found.subject) for found in await house.system.ask(books.check)}

    def narrowed(conn: Connection) -> set[tuple[str, str]]:
        return {(question.invariant, row.subject) for question, row in answers(conn, since=0)}

    apart = {("I1", wallets.house(kind)) for kind in (Kind.fees, Kind.external, Kind.suspense, Kind.losses)}
    asked = {one for one in full if one not in apart and one[0] != "I12"}
    assert await house.gate.database.read(narrowed) == asked
    return full


@begun
async def released(house: House) -> story.Placement:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    assert await offences(house) == set()
    return placement


async def test_i1_a_balance_that_is_not_its_entries_is_named_with_the_difference(broken: House) -> None:
    await released(broken)
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=f"user:{BOB}:XTR")
    found = await broken.system.ask(books.check)
    assert Offence("I1", f"user:{BOB}:XTR", "balance differs from the entries by 1") in found
    assert ("I3", "XTR") in await offences(broken)


async def test_a_check_sees_one_moment_whatever_is_committed_while_it_asks(broken: House) -> None:
    await released(broken)
    wallet, asked = f"user:{BOB}:XTR", 0

    def meanwhile(_conn: Any, _cursor: Any, statement: str, *_given: Any) -> None:
        nonlocal asked
        if "AS question" in statement:
            asked += 1
            if asked == 1:
                broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=wallet)

    event.listen(Engine, "after_cursor_execute", meanwhile)
    try:
        assert await broken.system.ask(books.check) == []
    finally:
        event.remove(Engine, "after_cursor_execute", meanwhile)
    assert asked > 10
    assert {("I1", wallet), ("I3", "XTR")} <= await offences(broken)


async def test_i2_an_entry_too_many_is_found(broken: House) -> None:
    await released(broken)
    async with unguarded(broken):
        broken.sql(
            "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES ('deposit:c1', 'fees:XTR', 5, 'deposit')"
        )
    assert {("I2", "deposit:c1"), ("I1", "fees:XTR")} <= await offences(broken)


async def test_i4_and_i5_a_forged_release_is_found(broken: House) -> None:
    placement = await story.booked(broken)
    async with unguarded(broken):
        broken.sql("UPDATE escrows SET status = 'released', resolved_at = created_at WHERE id = :id", id=placement.id)
    assert {("I4", str(placement.id)), ("I5", str(placement.id)), ("I6", str(placement.id))} <= await offences(broken)


async def test_i5_a_wrong_payout_is_found_and_not_only_a_missing_one(broken: House) -> None:
    placement = await released(broken)
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET amount = amount - 1 WHERE key = :key", key=f"escrow:{placement.id}:payout")
    assert ("I5", str(placement.id)) in await offences(broken)


async def test_i6_money_and_outcome_must_agree(broken: House) -> None:
    placement = await released(broken)
    async with unguarded(broken):
        broken.sql("UPDATE campaign_targets SET status = 'pending' WHERE id = :id", id=placement.id)
    assert ("I6", str(placement.id)) in await offences(broken)


async def test_i7_an_escrow_needs_its_job(broken: House) -> None:
    placement = await story.booked(broken)
    async with unguarded(broken):
        broken.sql("DELETE FROM post_jobs WHERE id = :id", id=placement.id)
    assert {("I6", str(placement.id)), ("I7", str(placement.id))} <= await offences(broken)


async def test_i10_two_attempts_that_may_have_been_sent_are_found(broken: House) -> None:
    await released(broken)
    async with unguarded(broken):
        broken.sql(
            """INSERT INTO post_attempts (post_job_id, token, alone, status, prepared_at)
               SELECT post_job_id, 'again', alone, 'unknown', prepared_at FROM post_attempts"""
        )
    assert ("I10", "1") in await offences(broken)


async def test_i11_a_transfer_under_a_halted_switch_is_found(broken: House) -> None:
    placement = await released(broken)
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET epoch = 1 WHERE key = :key", key=f"escrow:{placement.id}:payout")
    assert ("I11", f"escrow:{placement.id}:payout") in await offences(broken)


async def test_i13_a_deposit_credited_without_its_transfer_is_found(broken: House) -> None:
    await story.people(broken)
    await story.switches(broken, *Switch)
    await broken.system(payments.receive, ANN, 700, "XTR", "c9")
    async with unguarded(broken):
        broken.sql("UPDATE deposits SET status = 'credited', credited_at = received_at")
    assert ("I13", "c9") in await offences(broken)


async def test_i14_a_transfer_belongs_to_an_audited_act(broken: House) -> None:
    placement = await released(broken)
    async with unguarded(broken):
        broken.sql("UPDATE transfers SET act_id = 'nobody' WHERE key = :key", key=f"escrow:{placement.id}:payout")
    assert ("I14", f"escrow:{placement.id}:payout") in await offences(broken)


async def test_an_incremental_check_looks_at_every_row_that_is_new_and_at_none_that_is_settled(house: House) -> None:
    await story.earned(house)
    await story.withdrawal(house, approved=True)
    await house.gate.user(ADMIN)(withdrawals.pay, 1, "tx-1")

    def looked_at(conn: Connection, since: int) -> dict[str, int]:
        counts = {table: text(f"{touched()} SELECT COUNT(*) FROM touched_{table}") for table in TOUCHED}
        given = {"since": since}
        return {table: conn.execute(count, given).scalar_one() for table, count in counts.items()}

    there = {table: house.sql.one(f"SELECT COUNT(*) FROM {table}") for table in TOUCHED}
    there["wallets"] = house.sql.one("SELECT COUNT(DISTINCT wallet_id) FROM ledger_entries")
    assert min(there[table] for table in ("escrows", "post_jobs", "post_attempts", "campaigns", "withdrawals")) > 0
    assert await house.gate.database.read(lambda conn: looked_at(conn, 0)) == there
    newest = house.sql.one("SELECT MAX(id) FROM ledger_entries")
    settled = await house.gate.database.read(lambda conn: looked_at(conn, newest))
    assert {table for table, many in settled.items() if many} == {
        "deposits",
        "kill_switch_flips",
        "withdrawals",
        "notices",
    }


async def test_the_ledger_check_logs_the_words_that_people_grep_for(
    broken: House, caplog: pytest.LogCaptureFixture
) -> None:
    await released(broken)
    with caplog.at_level(logging.INFO):
        await rollback.check_ledger(broken.system, None)  # type: ignore[arg-type]
    assert "[INVARIANT] Ledger check started" in caplog.text
    assert "Ledger invariant violated" not in caplog.text
    broken.sql("UPDATE wallets SET balance = balance + 1 WHERE id = :id", id=f"user:{BOB}:XTR")
    with caplog.at_level(logging.INFO):
        await rollback.check_ledger(broken.system, None)  # type: ignore[arg-type]
    assert f"Ledger invariant violated: I1 user:{BOB}:XTR: balance differs from the entries by 1" in caplog.text


async def test_the_stuck_escrow_watchdog_logs_its_words_and_its_count(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await story.approve(house, await story.booked(house))
    house.clock.forward(hours=3)
    assert await watchdogs.count_stuck(house.system, None) == 1  # type: ignore[arg-type]
    assert "[CRON] Escrow watchdog triggered: 1 stuck escrows" in caplog.text


async def test_halting_money_movement_freezes_every_transfer_but_loses_no_payment(house: House) -> None:
    await story.booked(house)
    admin = house.gate.user(ADMIN)
    await admin(kill_switches.halt, [Switch.money_movement], "incident")
    before = house.sql.one("SELECT COUNT(*) FROM transfers")
    deposit = await house.system(payments.receive, ANN, 50, "XTR", "c2")
    came = await house.system.ask(payments.to_credit)
    assert came == [deposit.id]
    assert house.sql.one("SELECT COUNT(*) FROM transfers") == before
    await admin(kill_switches.resume, [Switch.money_movement], "over")
    await house.system(payments.credit, deposit.id)
    assert story.balance(house, f"user:{ANN}:XTR") == 650


QUESTIONS = (
    """SELECT w.id, w.balance, COALESCE(SUM(l.amount),0) AS ledger_sum FROM wallets w
       LEFT JOIN ledger_entries l ON l.wallet_id = w.id GROUP BY w.id HAVING w.balance <> COALESCE(SUM(l.amount),0)""",
    "SELECT id, campaign_target_id, status, created_at FROM escrows WHERE status = 'held' ORDER BY created_at ASC",
    "SELECT status, COUNT(*) FROM post_jobs GROUP BY status",
    "SELECT status, COUNT(*) FROM escrows GROUP BY status",
    "SELECT id, status, last_error FROM post_jobs WHERE status = 'failed'",
    """SELECT e.id, e.campaign_target_id FROM escrows e LEFT JOIN ledger_entries l
       ON l.reference_id = e.campaign_target_id AND l.reason = 'payout' WHERE e.status = 'released' AND l.id IS NULL""",
)


@pytest.mark.parametrize("question", QUESTIONS)
async def test_the_documents_questions_run(house: House, question: str) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    rows = house.sql(question)
    assert rows == [] or "HAVING" not in question
