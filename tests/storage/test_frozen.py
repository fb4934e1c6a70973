"""What was agreed, paid or signed stays what it was: each column of `storage.frozen` refuses another value, on both databases."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from domain.base import Base, Json, Moment, Whole
from storage import frozen, guards
from tests.conftest import House, engine_to, superusers
from tests.domain.test_books import broken
from tests.domain.test_rows import everything
from tests.story import ANN

__all__ = ["broken"]  # a fixture

LATER = "'2026-03-09T12:00:00.000000Z'"
SIGNED = (
    f"UPDATE countersigns SET status = 'signed', signed_by = {ANN}, signed_at = {LATER}",
    f"UPDATE countersigns SET status = 'used', used_at = {LATER}",
    f"UPDATE deposits SET seen_at = {LATER}",
)
"""What is set once may be set."""


STAYS = {
    "campaign_targets": (
        "campaign_id channel_id created_at creative_id currency fee_bps hours"
        " id pin price proportional publisher_id retry_of silent"
    ),
    "campaigns": "advertiser_id created_at id",
    "channels": "created_at id",
    "countersigns": "action arguments asked_at asked_by expires_at fingerprint id signed_at signed_by used_at",
    "creatives": "campaign_id content created_at fingerprint id version",
    "deposits": (
        "amount charge_id created_at credited_at currency id payload received_at seen_at taken_back_at user_id"
    ),
    "disputes": "campaign_target_id created_at id opened_by side words",
    "escrows": "amount campaign_target_id created_at currency id",
    "launch_runs": "build database id launch phase setup started_at started_by",
    "notices": "about args created_at id kind user_id",
    "offers": "channel_id id",
    "post_attempts": "id post_job_id prepared_at token",
    "post_jobs": "campaign_target_id created_at id",
    "proposals": "answer_by asked_by campaign_target_id created_at id kind made_by price round slot",
    "reports": "about created_at id reason reported_by thing words",
    "tickets": "created_at id opened_by user_id words",
    "wallets": "created_at currency id owner_id",
    "withdrawals": "amount approved_at approved_by created_at currency destination id not_before reference user_id",
}
"""By table, the columns that no act writes a second time: said once more, apart from the code."""


def other(table: str, name: str) -> str:
    """A value of its type that the column has nowhere."""
    kind = Base.metadata.tables[table].columns[name].type
    if isinstance(kind, Whole):
        return "1234567"
    if isinstance(kind, Moment):
        return "'2026-03-08T12:00:00.000000Z'"
    if isinstance(kind, Json):
        return """'{"another": 1}'"""
    return f"NOT {name}" if name in ("pin", "proportional", "silent") else "'another'"


def is_refused(conn: Connection, statement: str) -> bool:
    conn.exec_driver_sql("SAVEPOINT before")
    try:
        conn.execute(text(statement.replace(":", "\\:")))
    except DBAPIError as error:
        return "never changed" in str(error.orig)
    finally:
        conn.exec_driver_sql("ROLLBACK TO before")
    return False


async def test_what_was_agreed_paid_or_signed_stays_what_it_was(broken: House) -> None:
    await everything(broken)
    with engine_to(superusers(broken.address)).connect() as conn:
        conn.exec_driver_sql("BEGIN")
        for statement in SIGNED:
            conn.execute(text(statement.replace(":", "\\:")))
        changed, emptied, tried = [], [], 0
        for table in guards.FIXED:
            columns, _ = frozen.changes(table, str)
            for name in columns:
                where = f"{name} IS NOT NULL" if name in frozen.ONCE.get(table, ()) else "1 = 1"
                if name in frozen.PAID.get(table, ("", ()))[1]:
                    where = "status <> 'invoiced'"
                assert conn.execute(text(f"SELECT COUNT(*) FROM {table} WHERE {where}")).scalar_one(), (table, name)
                tried += 1
                if not is_refused(conn, f"UPDATE {table} SET {name} = {other(table, name)} WHERE {where}"):
                    changed.append((table, name))
                if name in frozen.ONCE.get(table, ()) and not is_refused(
                    conn, f"UPDATE {table} SET {name} = NULL WHERE {where}"
                ):
                    emptied.append((table, name))
        conn.exec_driver_sql("ROLLBACK")
    assert (changed, emptied) == ([], [])
    assert tried > 60


@pytest.mark.parametrize("name", sorted(frozen.PAID["deposits"][1]))
async def test_an_invoice_may_be_paid_by_another_or_otherwise_until_it_is_paid(broken: House, name: str) -> None:
    await everything(broken)
    with engine_to(superusers(broken.address)).connect() as conn:
        conn.exec_driver_sql("BEGIN")
        columns = "user_id, amount, currency, payload, created_at"
        conn.execute(
            text(
                f"INSERT INTO deposits (status, {columns}) "
                "SELECT 'invoiced', user_id, amount, currency, 'an invoice', created_at FROM deposits WHERE id = 1"
            )
        )
        where = "WHERE payload = 'an invoice'"
        conn.execute(text(f"UPDATE deposits SET {name} = (SELECT {name} FROM deposits WHERE id = 3) {where}"))
        paid = f"status = 'received', charge_id = 'paid', received_at = {LATER}"
        conn.execute(text(f"UPDATE deposits SET {paid} {where}".replace(":", "\\:")))
        assert is_refused(conn, f"UPDATE deposits SET {name} = {other('deposits', name)} {where}")
        conn.exec_driver_sql("ROLLBACK")


def test_what_stays_as_it_was_is_what_is_written_down() -> None:
    """The test above tries what the code says; a column that it no longer says would be tried no more."""
    assert {table: set(frozen.changes(table, str)[0]) for table in guards.FIXED} == {
        table: set(names.split()) for table, names in STAYS.items()
    }


def test_the_columns_that_never_change_are_there() -> None:
    """A name that no column has would guard nothing."""
    for said in (frozen.FROZEN, frozen.ONCE, {table: names for table, (_, names) in frozen.PAID.items()}):
        for table, names in said.items():
            assert names <= set(Base.metadata.tables[table].columns.keys()), table
            assert table in guards.FIXED, table
