"""The database refuses by itself: each of these statements comes from outside and must change nothing."""

import asyncio
import sqlite3
from contextlib import closing

import psycopg
import pytest

from domain import escrow, kill_switches
from domain.action import Switch
from storage import guards
from tests import story
from tests.conftest import ADMIN, House, owners, superusers
from tests.domain.test_books import broken
from tests.faults.worlds import opened
from tests.processes import until

__all__ = ["broken"]  # a fixture

INSERTS = {
    "{wallet}": "INSERT INTO wallets (id, kind, owner_id, currency, balance, created_at)",
    "{transfer}": "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)",
    "{entry}": "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason)",
    "{flip}": "INSERT INTO kill_switch_flips (epoch, key, enabled, reason, actor, act_id, at)",
}
FORBIDDEN = {
    "a balance from nothing": ("born with money", "{wallet} VALUES ('user:5:XTR', 'user', 5, 'XTR', 100, :now)"),
    "an address that is not its owner's": (
        "ck_wallets_address",
        "{wallet} VALUES ('user:6:XTR', 'user', 5, 'XTR', 0, :now)",
    ),
    "a wallet below zero": ("ck_wallets_not_negative", "UPDATE wallets SET balance = -1 WHERE kind = 'user'"),
    "a changed transfer": ("append-only", "UPDATE transfers SET amount = amount + 1"),
    "a deleted transfer": ("append-only", "DELETE FROM transfers"),
    "a changed entry": ("append-only", "UPDATE ledger_entries SET amount = amount + 1"),
    "a deleted entry": ("append-only", "DELETE FROM ledger_entries"),
    "an entry too many": ("not of its transfer", "{entry} VALUES ('deposit:c1', 'fees:XTR', 5, 'deposit')"),
    "an entry twice": ("(?i)unique|append-only", "{entry} VALUES ('deposit:c1', 'external:XTR', -1000, 'deposit')"),
    "a transfer of nothing": (
        "ck_transfers_amount",
        "{transfer} VALUES ('x', 'external:XTR', 'fees:XTR', 0, 'adjustment', 1, 'a', 'b', :now)",
    ),
    "a transfer to itself": (
        "ck_transfers_two_wallets",
        "{transfer} VALUES ('x', 'fees:XTR', 'fees:XTR', 5, 'adjustment', 1, 'a', 'b', :now)",
    ),
    "a transfer from one currency to another": (
        "two currencies",
        "{transfer} SELECT 'x', 'external:XTR', id, 5, 'adjustment', 1, 'a', 'b', :now FROM wallets WHERE currency = 'TON'",
    ),
    "a transfer with an unknown reason": (
        "ck_transfers_reason|not between such wallets",
        "{transfer} VALUES ('x', 'external:XTR', 'fees:XTR', 5, 'gift', 1, 'a', 'b', :now)",
    ),
    "the same transfer again": (
        "(?i)unique|append-only",
        "{transfer} VALUES ('deposit:c1', 'external:XTR', 'user:101:XTR', 5, 'deposit', 1, 'a', 'b', :now)",
    ),
    "a halted transfer": (
        "halted: fee",
        "{transfer} VALUES ('x', 'escrow:1', 'fees:XTR', 5, 'fee', 1, 'a', 'b', :now)",
    ),
    "a deposit from another person's wallet": (
        "not between such wallets",
        "{transfer} VALUES ('x', 'user:101:XTR', 'user:202:XTR', 5, 'deposit', 1, 'a', 'b', :now)",
    ),
    "a hold that goes to a person": (
        "not between such wallets",
        "{transfer} VALUES ('x', 'user:101:XTR', 'user:202:XTR', 5, 'escrow_hold', 1, 'a', 'b', :now)",
    ),
    "an adjustment of what is set aside": (
        "not between such wallets",
        "{transfer} VALUES ('x', 'escrow:1', 'user:101:XTR', 5, 'adjustment', 1, 'a', 'b', :now)",
    ),
    "changed audit": ("append-only", "UPDATE audit_events SET actor = 'somebody'"),
    "deleted audit": ("append-only", "DELETE FROM audit_events"),
    "a changed flip": ("append-only", "UPDATE kill_switch_flips SET reason = 'other'"),
    "a deleted flip": ("append-only", "DELETE FROM kill_switch_flips"),
    "an old epoch": ("not the next epoch|append-only", "{flip} VALUES (1, 'payouts', {true}, 'r', 'a', 'b', :now)"),
    "an epoch before the first": ("not the next epoch", "{flip} VALUES (0, 'payouts', {true}, 'r', 'a', 'b', :now)"),
    "an epoch left out": (
        "not the next epoch",
        "{flip} SELECT MAX(epoch) + 2, 'payouts', {true}, 'r', 'a', 'b', :now FROM kill_switch_flips",
    ),
    "the last epoch there is, after which nothing can be halted": (
        "not the next epoch",
        "{flip} VALUES (9223372036854775807, 'payouts', {true}, 'r', 'a', 'b', :now)",
    ),
    "a switch without its flip": ("not of its flip", "UPDATE kill_switches SET enabled = {true} WHERE key = 'payouts'"),
    "a switch set back to an older flip": (
        "not of its flip",
        "UPDATE kill_switches SET enabled = {true}, epoch = (SELECT MAX(epoch) FROM kill_switch_flips "
        "WHERE key = 'payouts' AND enabled) WHERE key = 'payouts'",
    ),
    "a switch with another limit": (
        "not of its flip",
        "UPDATE kill_switches SET max_amount = 5 WHERE key = 'new_escrows'",
    ),
    "a switch with a limit of nothing, which no halt could carry on": (
        "not of its flip",
        "UPDATE kill_switches SET max_amount = 0 WHERE key = 'new_escrows'",
    ),
    "a switch that lets nothing be open": (
        "not of its flip",
        "UPDATE kill_switches SET max_open = 0 WHERE key = 'new_escrows'",
    ),
    "an unknown switch": (
        "ck_kill_switch_flips_key",
        "{flip} SELECT MAX(epoch) + 1, 'everything', {true}, 'r', 'a', 'b', :now FROM kill_switch_flips",
    ),
    "a job that skips its states": ("flow", "UPDATE post_jobs SET status = 'success'"),
    "an escrow born released": (
        "born",
        "INSERT INTO escrows (id, campaign_target_id, status, amount, currency, created_at, resolved_at) "
        "SELECT id + 1, id + 1, 'released', 5, 'XTR', :now, :now FROM escrows",
    ),
    "an escrow released with its money still in it": (
        "still set aside",
        "UPDATE escrows SET status = 'released', resolved_at = :now",
    ),
    "an escrow refunded with its money still in it": (
        "still set aside",
        "UPDATE escrows SET status = 'refunded', resolved_at = :now",
    ),
    "an escrow released and taken back": ("flow", "UPDATE escrows SET status = 'elsewhere'"),
    "a placement posted without its escrow's leave": (
        "ck_campaign_targets_decided",
        "UPDATE campaign_targets SET approval = 'declined', decided_at = NULL",
    ),
    "a price of nothing": ("ck_offers_price", "UPDATE offers SET price = 0"),
    "a second job": (
        "(?i)unique",
        "INSERT INTO post_jobs (id, campaign_target_id, status, due_at, deadline, attempts, lost_leases, "
        "lost_alone, created_at) SELECT id, campaign_target_id, 'queued', :now, :now, 0, 0, 0, :now FROM "
        "post_jobs",
    ),
    "a deleted escrow": ("never deleted", "DELETE FROM escrows"),
    "a deleted job": ("never deleted", "DELETE FROM post_jobs"),
    "a deleted wallet": ("never deleted", "DELETE FROM wallets WHERE id = 'user:101:XTR'"),
    "a deposit credited before it was received": ("flow", "UPDATE deposits SET status = 'invoiced'"),
    "another text than the one that was approved": ("never changed", "UPDATE creatives SET content = '{}'"),
    "an amount that is a word": ("(?i)cannot store TEXT|invalid input syntax", "UPDATE offers SET price = 'cheap'"),
}
"""What is tried, and the word by which the database refuses it."""


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_the_database_refuses(house: House, what: str) -> None:
    await story.booked(house)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
    house.sql(f"{INSERTS['{wallet}']} VALUES ('fees:TON', 'fees', NULL, 'TON', 0, '2026-03-02T12:00:00.000000Z')")
    sqlite = house.address.startswith("sqlite")
    word, statement = FORBIDDEN[what]
    for short, long in (INSERTS | {"{true}": "1" if sqlite else "true"}).items():
        statement = statement.replace(short, long)
    before = house.sql.picture() | {"audit": house.sql("SELECT * FROM audit_events")}
    with pytest.raises((sqlite3.Error, psycopg.Error), match=word):
        house.sql(statement, now="2026-03-02T12:00:00.000000Z")
    assert house.sql.picture() | {"audit": house.sql("SELECT * FROM audit_events")} == before


async def test_flips_at_once_are_all_taken_and_numbered_without_a_gap(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    before = house.sql.one("SELECT MAX(epoch) FROM kill_switch_flips")
    admin = house.gate.user(ADMIN)
    assert await asyncio.gather(*(admin(kill_switches.halt, [key], "test") for key in Switch)) == [[k] for k in Switch]
    later = house.sql("SELECT epoch FROM kill_switch_flips WHERE epoch > :before ORDER BY epoch", before=before)
    assert [row["epoch"] - before for row in later] == [*range(1, len(Switch) + 1)]


RAW = (
    "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)"
    " VALUES ('raw', 'external:XTR', 'suspense:XTR', 5, 'adjustment', 1, 'a', 'b', now())"
)
WAITS = "SELECT COUNT(*) AS n FROM pg_locks WHERE relation = 'kill_switches'::regclass AND NOT granted"


async def test_a_halt_waits_even_for_a_transfer_whose_act_asked_no_switch(house: House) -> None:
    await story.booked(house)
    if house.address.startswith("sqlite"):
        return  # one writer at a time: there is nothing in flight
    with psycopg.connect(house.address) as conn:
        conn.execute(RAW)
        async with asyncio.TaskGroup() as group:
            halting = group.create_task(house.gate.user(ADMIN)(kill_switches.halt, [Switch.money_movement], "test"))
            await until(lambda: halting.done() or house.sql.one(WAITS) > 0, "a halt that waits")
            assert not halting.done()
            conn.rollback()
        with pytest.raises(psycopg.Error, match="halted: adjustment"):
            conn.execute(RAW)


async def test_a_switch_that_was_made_and_resumed_meanwhile_is_not_halted_by_init(broken: House) -> None:
    await story.people(broken)
    if broken.address.startswith("sqlite"):
        return
    flip = "INSERT INTO kill_switch_flips VALUES ({}, 'payouts', {}, NULL, NULL, 'r', 'a', 'b', now())"
    with psycopg.connect(superusers(broken.address)) as conn:
        conn.execute("LOCK TABLE kill_switches IN EXCLUSIVE MODE")
        async with asyncio.TaskGroup() as group:
            init = group.create_task(broken.gate.user(ADMIN)(kill_switches.init))
            await until(lambda: broken.sql.one(WAITS) > 0, "an init that waits")
            conn.execute(flip.format(1, "false").encode())
            conn.execute(flip.format(2, "true").encode())
            conn.commit()
    assert Switch.payouts not in init.result()
    assert broken.sql.one("SELECT enabled FROM kill_switches WHERE key = 'payouts'")


async def test_a_transfer_in_an_old_snapshot_does_not_see_a_switch_that_was_halted_since(house: House) -> None:
    await story.booked(house)
    if house.address.startswith("sqlite"):
        return
    with psycopg.connect(house.address) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.execute("SELECT 1")
        await house.gate.user(ADMIN)(kill_switches.halt, [Switch.money_movement], "test")
        with pytest.raises(psycopg.errors.SerializationFailure):
            conn.execute(RAW)


async def test_an_entry_of_nobody_among_others_is_refused_with_them(postgresql_address: str) -> None:
    """PostgreSQL looks at the entries of a statement together. The right ones are missing here, as only a superuser can do it."""
    with psycopg.connect(superusers(postgresql_address), autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute(
            "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)"
            " VALUES ('t', 'external:XTR', 'fees:XTR', 5, 'adjustment', 1, 'a', 'b', now())"
        )
        conn.execute("SET session_replication_role = origin")
        right = "('t', 'external:XTR', -5, 'adjustment')", "('t', 'fees:XTR', 5, 'adjustment')"
        wrong = "('t', 'suspense:XTR', 5, 'adjustment')"
        entries = "INSERT INTO ledger_entries (transfer_key, wallet_id, amount, reason) VALUES "
        for rows in ((*right, wrong), (wrong, *right), (wrong,)):
            with pytest.raises(psycopg.Error, match="not of its transfer"):
                conn.execute((entries + ", ".join(rows)).encode())
        assert conn.execute("SELECT COUNT(*) FROM ledger_entries").fetchone() == (0,)
        conn.execute((entries + ", ".join(right)).encode())


async def test_the_pen_goes_by_keys_even_while_tables_are_small(postgresql_address: str) -> None:
    """A session's plans stay while they grow. PostgreSQL's own look at the two foreign keys of a transfer is not ours."""
    scans = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname IN ('transfers', 'wallets')"
    with psycopg.connect(superusers(postgresql_address)) as conn:
        conn.execute(
            "INSERT INTO kill_switch_flips VALUES (1, 'money_movement', true, NULL, NULL, 'r', 'a', 'b', now())"
        )
        conn.execute("ANALYZE wallets, transfers")
        before = dict(conn.execute(scans).fetchall())
        conn.execute(
            "INSERT INTO transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)"
            " VALUES ('t', 'external:XTR', 'suspense:XTR', 5, 'adjustment', 1, 'a', 'b', now())"
        )
        after = dict(conn.execute(scans).fetchall())
        assert after["transfers"] - before["transfers"] == 0
        assert after["wallets"] - before["wallets"] <= 2
        conn.rollback()


POLICIES = ["ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK"]
"""What SQLite may be told to do about conflicts; it goes for the statements of triggers too."""


async def test_a_payment_without_the_money_is_refused_whatever_is_to_be_done_about_conflicts(house: House) -> None:
    await story.booked(house)
    before = house.sql.picture()
    for policy in POLICIES if house.address.startswith("sqlite") else []:
        with pytest.raises(sqlite3.Error, match="ck_wallets_not_negative"):
            house.sql(
                f"INSERT OR {policy} INTO transfers"
                " (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)"
                " VALUES ('x', 'escrow:1', 'user:101:XTR', 401, 'refund', 1, 'a', 'b', '2026-03-02T12:00:00.000000Z')"
            )
        assert house.sql.picture() == before, policy


async def test_a_flip_sets_its_switch_whatever_is_to_be_done_about_conflicts(broken: House) -> None:
    await story.booked(broken)
    for number, policy in enumerate(POLICIES if broken.address.startswith("sqlite") else []):
        broken.sql(
            f"INSERT OR {policy} INTO kill_switch_flips (epoch, key, enabled, reason, actor, act_id, at)"
            f" SELECT MAX(epoch) + 1, 'payouts', {number % 2}, 'r', 'a', 'b', at FROM kill_switch_flips"
        )
        (state,) = broken.sql("SELECT enabled, epoch FROM kill_switches WHERE key = 'payouts'")
        last = broken.sql.one("SELECT MAX(epoch) FROM kill_switch_flips")
        assert state == {"enabled": number % 2, "epoch": last}, policy


REPLACED = {
    "an escrow held once more": (
        "INSERT OR REPLACE INTO escrows (id, campaign_target_id, status, amount, currency, created_at)"
        " SELECT id, campaign_target_id, 'held', amount, currency, created_at FROM escrows"
    ),
    "an escrow in the place of its placement's": (
        "INSERT OR REPLACE INTO escrows (id, campaign_target_id, status, amount, currency, created_at)"
        " SELECT id + 100, campaign_target_id, 'held', amount, currency, created_at FROM escrows"
    ),
    "a job queued once more": (
        "INSERT OR REPLACE INTO post_jobs (id, campaign_target_id, status, due_at, deadline, attempts, retries, lost_leases,"
        " lost_alone, created_at) SELECT id, campaign_target_id, 'queued', due_at, deadline, 0, 0, 0, 0, created_at"
        " FROM post_jobs"
    ),
    "a deposit to be credited once more": (
        "INSERT OR REPLACE INTO deposits (id, user_id, amount, currency, status, payload, charge_id, created_at, received_at)"
        " SELECT 100, user_id, amount, currency, 'received', payload, charge_id, created_at, received_at FROM deposits"
    ),
    "a placement that takes another's number": "UPDATE OR REPLACE campaign_targets SET id = 1 WHERE id = 2",
    "an escrow that takes another's placement": "UPDATE OR REPLACE escrows SET campaign_target_id = 1 WHERE id = 2",
    "a withdrawal in the place of the one that runs": (
        "INSERT OR REPLACE INTO withdrawals (id, user_id, amount, currency, destination, status, not_before, created_at)"
        " SELECT 100, user_id, amount, currency, destination, 'requested', not_before, created_at FROM withdrawals"
    ),
    "a switch in the place of the one that its flip left": (
        "INSERT OR REPLACE INTO kill_switches (key, enabled, epoch) SELECT key, NOT enabled, epoch FROM kill_switches"
    ),
    "a wallet born again": (
        "INSERT OR REPLACE INTO wallets SELECT id, kind, owner_id, currency, 0, created_at FROM wallets"
        " WHERE id = 'user:101:XTR'"
    ),
}
"""What SQLite deletes to make room for, without a word and past the triggers of deleted rows."""
TRANSFER = "key, source_id, destination_id, amount, reason, epoch, actor, act_id, at"
WALLET = "id, kind, owner_id, currency, balance, created_at"
REPLACED_BY_ROWID = {
    "a transfer": (
        f"INSERT OR REPLACE INTO transfers (rowid, {TRANSFER}) SELECT rowid, 'new', 'external:XTR', 'user:101:XTR', 5,"
        " 'deposit', epoch, 'a', 'b', at FROM transfers WHERE key = 'deposit:c1'"
    ),
    "an entry by its pair": (
        "INSERT OR REPLACE INTO ledger_entries (transfer_key, wallet_id, amount, reason, reference_id)"
        " SELECT transfer_key, wallet_id, amount, reason, 77 FROM ledger_entries WHERE id = 1"
    ),
    "an audit event": "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE id = 1",
    "a digest": (
        "INSERT OR REPLACE INTO digests (rowid, day, told, at) SELECT rowid, '2026-03-03', told, at FROM digests"
    ),
    "a wallet": (
        f"INSERT OR REPLACE INTO wallets (rowid, {WALLET}) SELECT rowid, 'user:303:XTR', 'user', 303, 'XTR', 0, created_at"
        " FROM wallets WHERE id = 'user:101:XTR'"
    ),
    "a wallet by another's rowid": (
        "UPDATE OR REPLACE wallets SET rowid = (SELECT rowid FROM wallets WHERE id = 'user:101:XTR')"
        " WHERE id = 'fees:XTR'"
    ),
    "a wallet by another's address": (
        "UPDATE OR REPLACE wallets SET id = 'fees:XTR', kind = 'fees', owner_id = NULL WHERE id = 'user:101:XTR'"
    ),
}
"""In a connection without recursive triggers and foreign keys, as any tool opens one."""


async def test_replacing_a_row_is_no_way_around_a_flow(sqlite_address: str) -> None:
    async with opened(sqlite_address) as house:
        await story.earned(house)
        await story.withdrawal(house)
        other = await story.draft(house, 1)
        await house.gate.user(story.ANN)(escrow.hold, (other.id,))
        before = house.sql.picture()
        for what, statement in REPLACED.items():
            with pytest.raises(
                sqlite3.Error, match=r"UNIQUE constraint failed|born again|never changed|not of its flip"
            ):
                house.sql(statement)
            assert house.sql.picture() == before, what


def bare(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)


@pytest.mark.parametrize("what", REPLACED_BY_ROWID)
async def test_replacing_a_row_by_its_rowid_is_refused_whoever_asks(sqlite_address: str, what: str) -> None:
    async with opened(sqlite_address) as house:
        await story.booked(house)
        house.sql(
            f"INSERT INTO wallets ({WALLET}) VALUES ('fees:XTR', 'fees', NULL, 'XTR', 0, 'x') ON CONFLICT DO NOTHING"
        )
        house.sql("INSERT INTO digests (day, told, at) VALUES ('2026-03-02', '{}', '2026-03-02T12:00:00.000000Z')")
        before = house.sql.picture() | {"audit": house.sql("SELECT * FROM audit_events")}
        refused = pytest.raises(sqlite3.Error, match=r"UNIQUE constraint failed|append-only|never (moved|changed)")
        with closing(bare(sqlite_address)) as conn, refused:
            conn.execute(REPLACED_BY_ROWID[what])
        assert house.sql.picture() | {"audit": house.sql("SELECT * FROM audit_events")} == before


async def test_the_outcome_by_which_an_escrow_was_resolved_stays(house: House) -> None:
    """Whichever it was: the quick check of the books looks at what was resolved long ago no more."""
    await story.earned(house)
    failed = await story.draft(house, 1)
    await house.gate.user(story.ANN)(escrow.hold, (failed.id,))
    await story.refused_and_refunded(house, failed)
    before = house.sql.picture()
    for change in ("status = 'removed', ended_at = created_at", "share = 1", "served_at = NULL"):
        with pytest.raises((sqlite3.Error, psycopg.Error), match="settled already"):
            house.sql(f"UPDATE post_jobs SET {change} WHERE status = 'success'")
    with pytest.raises((sqlite3.Error, psycopg.Error), match="settled already"):
        house.sql("UPDATE post_jobs SET share = 1 WHERE status = 'failed'")
    assert house.sql.picture() == before


ANOTHER_NUMBER = (
    "UPDATE deposits SET {} = -1 WHERE id = 1",
    "UPDATE OR REPLACE deposits SET {} = 1 WHERE id = 2",
    "UPDATE notices SET {} = 9223372036854775807 WHERE id = 1",
    "UPDATE OR REPLACE campaign_targets SET (decline_reason, {}) = ('x', 77) WHERE id = 1",
    "UPDATE OR REPLACE wallets SET {} = (SELECT rowid FROM wallets WHERE id = 'user:101:XTR') WHERE id = 'external:XTR'",
)


@pytest.mark.parametrize("name", ["rowid", "_rowid_", "oid", "OID", '"rowid"'])
async def test_a_number_stays_by_whatever_name_sqlite_knows_it(sqlite_address: str, name: str) -> None:
    async with opened(sqlite_address) as house:
        await story.booked(house)
        await story.fund(house, 202, 5, "c2")
        before = house.sql.picture()
        with closing(bare(sqlite_address)) as conn:
            for statement in ANOTHER_NUMBER:
                with pytest.raises(sqlite3.Error, match=r"never (moved|changed)"):
                    conn.execute(statement.format(name))
        assert house.sql.picture() == before


def test_no_guard_of_wallets_is_asked_when_a_balance_changes(sqlite_address: str) -> None:
    """Each transfer changes two balances."""
    with closing(bare(sqlite_address)) as conn:
        told = conn.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'wallets'").fetchall()
    updates = [sql for (sql,) in told if " UPDATE" in sql.partition(" ON wallets")[0]]
    assert len(updates) == 2
    assert not any("UPDATE ON" in sql or "balance" in sql.partition(" ON wallets")[0] for sql in updates)


async def test_a_wallet_that_is_there_is_opened_again_without_a_word(sqlite_address: str) -> None:
    async with opened(sqlite_address) as house:
        await story.booked(house)
        before = house.sql.picture()
        with closing(bare(sqlite_address)) as conn:
            conn.execute(
                f"INSERT INTO wallets ({WALLET}) SELECT {WALLET.replace('balance', '0')} FROM wallets WHERE true"
                " ON CONFLICT DO NOTHING"
            )
        assert house.sql.picture() == before


@pytest.mark.parametrize("table", guards.STAYING)
def test_what_stays_is_not_emptied_by_its_owner_either(postgresql_address: str, table: str) -> None:
    refused = pytest.raises(psycopg.Error, match=f"never deleted: {table}")
    with psycopg.connect(owners(postgresql_address)) as conn, refused:
        conn.execute(f"TRUNCATE {table} CASCADE".encode())


async def test_replacing_a_row_is_no_way_around_append_only(house: House) -> None:
    await story.booked(house)
    if house.address.startswith("sqlite"):
        with pytest.raises(sqlite3.Error, match="append-only"):
            house.sql("INSERT OR REPLACE INTO transfers SELECT * FROM transfers")
    else:
        with pytest.raises(psycopg.Error, match="append-only"):
            house.sql("TRUNCATE transfers CASCADE")
