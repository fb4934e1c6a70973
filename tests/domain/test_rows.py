"""Every row of every table can be told to be wrong: what it has in which status, what it refers to, and no status but its flow's.

The tables below say it once more, apart from the code; each row is tried in each status with each thing missing or too much.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, literal_column, select, text, update

from domain import books, countersigns, disputes, escrow, launch, payments, proposals, reports, tickets, withdrawals
from domain.base import Base, Json, Moment, Whole
from domain.books.invariants import questions
from domain.books.rows import LARGEST
from domain.flow import FLOWS
from storage import guards
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, House, engine_to, superusers
from tests.domain.test_books import broken
from tests.story import ANN, BOB, CLEO

__all__ = ["broken"]  # a fixture

ALL = "*"
HAS: dict[str, dict[str, tuple[str, str]]] = {
    "post_jobs": {
        "lease_token": ("sending", "sending"),
        "failure": ("failed", "failed"),
        "published_at": ("success removed", "success removed"),
        "ended_at": ("failed removed", "failed removed"),
        "served_at": ("", "success"),
        "disputed_at": ("", "success"),
    },
    "escrows": {"resolved_at": ("released refunded", "released refunded")},
    "campaign_targets": {
        "decided_at": ("approved declined expired cancelled", "approved declined expired cancelled"),
    },
    "disputes": {
        "ended_at": ("settled final withdrawn moot", "settled final withdrawn moot"),
        "until": ("talks decided", "talks decided"),
        "share": ("settled decided appealed final", ALL),
    },
    "tickets": {"closed_at": ("closed", "closed"), "statement": ("closed", "closed")},
    "proposals": {"ended_at": ("accepted declined expired withdrawn", "accepted declined expired withdrawn")},
    "reports": {"ended_at": ("upheld dismissed", "upheld dismissed")},
    "withdrawals": {
        "ended_at": ("paid rejected cancelled returned", "paid rejected cancelled returned"),
        "reference": ("paid", "paid"),
        "approved_at": (
            "approved sending uncertain paid returned",
            "approved sending uncertain paid returned rejected",
        ),
        "sending_at": ("sending uncertain returned", ALL),
        "note": ("rejected uncertain returned", ALL),
    },
    "deposits": {
        "received_at": ("received credited reversed", "received credited reversed"),
        "credited_at": ("credited", "credited reversed"),
        "taken_back_at": ("reversed", ALL),
    },
    "post_attempts": {
        "ended_at": ("dropped accepted refused not_sent unknown", "dropped accepted refused not_sent unknown"),
        "started_at": ("started", ALL),
    },
    "countersigns": {
        "signed_at": ("signed used", "signed used expired"),
        "signed_by": ("signed used", "signed used expired"),
        "used_at": ("used", "used"),
    },
    "notices": {"ended_at": ("sent dropped", "sent dropped"), "message_id": ("", "sent")},
    "launch_runs": {
        "ended_at": ("passed failed rolled_back", "passed failed rolled_back"),
        "lease_until": ("", "running"),
    },
}
"""By table, and what a row has: in which statuses it must have it, and in which it may."""


@begun
async def everything(house: House) -> None:
    """A row in every table that refers to another, or has a status.

    Placements: 1 is paid, 2 is held, 3 in dispute, 4 refunded, 5 drafted. Withdrawals of Bob's: 1 is paid, 2 rejected, 3 open.
    Of Cleo's deposit c5 the house lost 200, and 300 were taken back.
    """
    ann, bob, admin = (house.gate.user(who) for who in (ANN, BOB, ADMIN))
    await story.earned(house)
    await story.withdrawal(house, 100, approved=True)
    await admin(withdrawals.pay, 1, "tx-1")
    await story.withdrawal(house, 101)
    await admin(withdrawals.reject, 2, "nobody knows this address")
    await story.withdrawal(house, 102)
    await story.fund(house, ANN, 1000, "c2")
    held, disputed, refunded, _ = [await story.draft(house, 1) for _ in range(4)]
    await ann.each(escrow.hold, [(placement.id,) for placement in (held, disputed, refunded)])
    await bob(proposals.make, held.id, 1, price=350)
    await story.decline(house, refunded)
    await house.system(escrow.refund, refunded.id)
    await story.succeed(house, disputed, message_id=8)
    await ann(disputes.open_, disputed.id, "it is not there")
    await story.fund(house, CLEO, 500, "c5")
    await admin(books.adjust, "t-1", f"user:{CLEO}:XTR", "suspense:XTR", 200, "a letter")
    await house.system(payments.take_back, "c5")
    await house.system(payments.reverse, 3)
    await ann(tickets.report, "what is this?")
    await house.gate.user(CLEO)(reports.file, reports.Thing.channel, 1, reports.Reason.spam)
    await admin(countersigns.ask, "kill_switches.resume", {"keys": ["payouts"]})
    run = await admin(launch.begin, launch.Phase.P0, "build", "token")
    await admin(launch.record, run, "token", launch.PHASES[launch.Phase.P0][0].name, launch.Outcome.passed, {})


MONEY = {
    "campaign_targets": ("price",),
    "deposits": ("amount",),
    "dispute_steps": ("share",),
    "disputes": ("advertiser_share", "publisher_share", "share"),
    "escrows": ("amount",),
    "kill_switch_flips": ("max_amount", "max_open"),
    "kill_switches": ("max_amount", "max_open"),
    "ledger_entries": ("amount",),
    "offers": ("price",),
    "post_jobs": ("share",),
    "proposals": ("price",),
    "transfers": ("amount",),
    "wallets": ("balance",),
    "withdrawals": ("amount",),
}
"""By table, the columns that hold an amount."""


LOOKED = (
    "INSERT INTO post_searches (id, post_job_id, at, actor, completed, examined) VALUES (1, 1, NULL, 'x', false, 0)",
    "INSERT INTO post_checks (id, post_job_id, at, actor, verdict, evidence) VALUES (1, 1, NULL, 'x', 'up', 'x')",
)


@contextmanager
def forging(house: House) -> Iterator[Connection]:
    """A connection on which every table is a mere copy of itself, held to no rule; after it everything is as it was."""
    with engine_to(superusers(house.address)).connect() as conn:
        is_sqlite = conn.dialect.name == "sqlite"
        if is_sqlite:
            conn.exec_driver_sql("PRAGMA legacy_alter_table = ON")
        conn.exec_driver_sql("BEGIN")
        guards.remove(conn)
        for table in Base.metadata.tables:
            conn.exec_driver_sql(f"CREATE TABLE loose AS SELECT * FROM {table}")
            conn.exec_driver_sql(f"DROP TABLE {table} {'' if is_sqlite else 'CASCADE'}")
            conn.exec_driver_sql(f"ALTER TABLE loose RENAME TO {table}")
        try:
            yield conn
        finally:
            conn.exec_driver_sql("ROLLBACK")


@contextmanager
def undone(conn: Connection) -> Iterator[None]:
    """What is forged within is taken back."""
    conn.exec_driver_sql("SAVEPOINT before")
    yield
    conn.exec_driver_sql("ROLLBACK TO before")


def named(conn: Connection, **which: str) -> set[str]:
    """Whom the questions with these facts name, asked alone."""
    false = "0" if conn.dialect.name == "sqlite" else "false"
    asked = [one for one in questions(conn.dialect.name) if which.items() <= vars(one).items()]
    assert asked, which
    texts = [one.text(narrowed=False).replace("{false}", false) for one in asked]
    return {str(row.subject) for sql in texts for row in conn.execute(text(sql))}


def put(conn: Connection, table: str, column: str, value: str, *, last: bool = False) -> str:
    """In its first row, or its last; answers how the books name that."""
    rows = Base.metadata.tables[table]
    keys = list(rows.primary_key.columns)
    key = conn.execute(select(*keys).order_by(*(key.desc() if last else key for key in keys)).limit(1)).one()
    own = [part == value for part, value in zip(keys, key, strict=True)]
    conn.execute(update(rows).where(*own).values({column: literal_column(value)}))
    now = [value.strip("'") if part.name == column else str(was) for part, was in zip(keys, key, strict=True)]
    return " ".join((table, *now))


def put_in_two(conn: Connection, table: str, column: str, value: str) -> set[str]:
    """In its first row and its last, if it has more than one."""
    return {put(conn, table, column, value), put(conn, table, column, value, last=True)}


def something(table: str, column: str) -> str:
    kind = Base.metadata.tables[table].c[column].type
    return {Moment: "'2026-01-02T03:04:05.000000Z'", Whole: "1", Json: "'{}'"}.get(type(kind), "'x'")


@pytest.mark.parametrize("table", HAS)
async def test_what_a_row_has_fits_its_status(broken: House, table: str) -> None:
    await everything(broken)
    (flow,) = (
        flow for flow in FLOWS if flow.table == table and (flow.column == "approval" or table != "campaign_targets")
    )
    with forging(broken) as conn:

        def is_wrong(column: str, *, present: bool) -> bool:
            put(conn, table, column, something(table, column) if present else "NULL")
            return named(conn, invariant="I9", about=table) != set()

        for status in flow.steps:
            put(conn, table, flow.column, f"'{status}'")
            must = {column: status in musts.split() for column, (musts, _) in HAS[table].items()}
            may = {column: mays == ALL or status in mays.split() for column, (_, mays) in HAS[table].items()}
            fits = [not is_wrong(column, present=has) for column, has in must.items()]
            assert fits[-1], status
            for column, has in must.items():
                assert is_wrong(column, present=not has) == (has or not may[column]), (status, column)
                assert not is_wrong(column, present=has), (status, column)


async def test_no_status_is_outside_its_flow(broken: House) -> None:
    await everything(broken)
    with forging(broken) as conn:
        for flow in FLOWS:
            assert named(conn, invariant="I9", about=flow.table) == set()
            with undone(conn):
                lost = put_in_two(conn, flow.table, flow.column, "'lost in thought'")
                words = f"{flow.table}.{flow.column} is no status of its flow"
                assert named(conn, words=words) == lost, flow


async def test_a_price_is_not_haggled_over_once_it_is_decided(broken: House) -> None:
    await everything(broken)
    with forging(broken) as conn:
        assert named(conn, invariant="I9", about="proposals") == set()
        conn.exec_driver_sql(
            "UPDATE campaign_targets SET approval = 'approved' WHERE id IN (SELECT campaign_target_id FROM proposals)"
        )
        assert named(conn, invariant="I9", about="proposals") == {"proposals 1"}


async def test_nothing_refers_to_what_is_not_there(broken: House) -> None:
    await everything(broken)
    with forging(broken) as conn:
        for statement in LOOKED:
            conn.exec_driver_sql(statement)
        keys = {(table.name, key.parent.name) for table in Base.metadata.tables.values() for key in table.foreign_keys}
        for table, column in sorted(keys | {("campaign_targets", "retry_of")}):
            assert named(conn, invariant="I16", about=table) == set()
            nobody = "1000000000" if isinstance(Base.metadata.tables[table].c[column].type, Whole) else "'nobody'"
            with undone(conn):
                wrong = put_in_two(conn, table, column, nobody)
                assert named(conn, words=f"{table}.{column} refers to nothing:") == wrong
                assert named(conn, invariant="I16", about=table) >= wrong, column


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
async def test_every_amount_is_a_whole_number_that_can_be_added_up(broken: House) -> None:
    """SQLite alone needs to be asked; what may be missing is missing in some rows."""
    told = ("amount", "price", "share", "balance", "max_")
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Whole) and any(word in column.name for word in told)
    }
    assert there == {(table, column) for table, columns in MONEY.items() for column in columns}
    await everything(broken)
    with forging(broken) as conn:
        assert named(conn, invariant="I15") == set()
        for table, column in sorted(there):
            for wrong in ("0.5", "'x'", str(LARGEST + 1), str(-LARGEST - 1)):
                with undone(conn):
                    both = put_in_two(conn, table, column, wrong)
                    assert named(conn, invariant="I15") == both, (column, wrong)
