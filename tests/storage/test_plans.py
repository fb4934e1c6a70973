"""What is open is found without looking at all that is over: how much a question touches does not grow with the past.

What the database looks at is counted: on PostgreSQL the rows that its scans give and throw away, under the application's own
login and so with its settings; in SQLite the steps of its machine.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, func, select

from domain import approvals, channels, earnings, escrow, figures, ledger, rollback, users, visits
from domain.action import SYSTEM, Actor, Look, Terms
from domain.books.checking import IN_MEMORY, statements
from storage.database import Database
from tests.conftest import ADMIN, NOON, leave_alone, superusers

OVER, OPEN = 6000, 8
"""Placements that are over, and those held; each has its channel, its people, and an entry of Ann's."""
MOST_ROWS, MOST_STEPS = OVER // 20, OVER // 2
"""Whoever walks over the past looks at each row of it, and takes some steps for each."""
HELD, WAITS = f"n > {OVER}", f"n > {OVER + OPEN - 2}"
JOB = (
    f"CASE WHEN {HELD} THEN CASE n % 4 WHEN 0 THEN 'queued' WHEN 1 THEN 'failed' ELSE 'success' END"
    " ELSE CASE n % 8 WHEN 0 THEN 'failed' ELSE 'success' END END"
)
PAST = {
    "users (id, name, language, is_operator, created_at)": "n, 'P', 'en', {n7}, {then}",
    "channels (id, chat_id, title, status, owner_id, subscribers, inspected_at, visited_at, created_at)": (
        f"n, -n, 'C', 'listed', n, n % 977, {{then}}, CASE WHEN {HELD} THEN {{now}} ELSE {{then}} END, {{then}}"
    ),
    "campaigns (id, advertiser_id, status, created_at)": "n, n, 'active', {then}",
    "campaign_targets (id, campaign_id, creative_id, channel_id, publisher_id, price, currency, fee_bps, hours, pin, silent,"
    " version, status, approval, answer_by, decided_at, created_at)": (
        f"n, n, n, n, n, 400, 'XTR', 1000, 0, {{no}}, {{no}}, 1, CASE WHEN {HELD} THEN 'pending' ELSE 'posted' END,"
        f" CASE WHEN {WAITS} THEN 'waiting' ELSE 'approved' END, {{now}}, CASE WHEN {WAITS} THEN NULL ELSE {{then}} END, {{then}}"
    ),
    "escrows (id, campaign_target_id, amount, currency, status, created_at, resolved_at, tallied_at)": (
        f"n, n, 400, 'XTR', CASE WHEN {HELD} THEN 'held' ELSE 'released' END, CASE WHEN {HELD} THEN {{now}} ELSE {{then}} END,"
        f" CASE WHEN {HELD} THEN NULL ELSE {{then}} END, CASE WHEN {HELD} THEN NULL ELSE {{then}} END"
    ),
    "post_jobs (id, campaign_target_id, due_at, deadline, attempts, retries, lost_leases, lost_alone, created_at, status,"
    " failure, ended_at, published_at, served_at, chat_id, message_id, covered_at)": (
        f"n, n, {{then}}, {{then}}, 0, 0, 0, 0, {{then}}, {JOB}, CASE WHEN ({JOB}) = 'failed' THEN 'declined' END,"
        f" CASE WHEN ({JOB}) = 'failed' THEN {{then}} END, CASE WHEN ({JOB}) = 'success' THEN {{then}} END,"
        f" CASE WHEN ({JOB}) = 'success' THEN {{then}} END, CASE WHEN ({JOB}) = 'success' THEN -(n % 7) END,"
        f" CASE WHEN ({JOB}) = 'success' THEN n END, CASE WHEN ({JOB}) = 'success' THEN {{now}} END"
    ),
    "wallets (id, kind, owner_id, currency, balance, created_at)": "'user:' || n || ':XTR', 'user', n, 'XTR', {all}, {then}",
    "transfers (key, source_id, destination_id, amount, reason, epoch, actor, act_id, at)": (
        "'t' || n, 'external:XTR', 'user:1:XTR', 1, 'deposit', 1, 'x', 'x', {then}"
    ),
    "ledger_entries (id, transfer_key, wallet_id, amount, reason)": "n, 't' || n, 'user:1:XTR', 1, 'deposit'",
}
"""For each table what is written of row n."""


def past(*, is_sqlite: bool) -> Iterator[str]:
    moments = {"then": NOON - timedelta(days=9), "now": NOON}
    written = {name: f"'{at:%Y-%m-%dT%H:%M:%S.%fZ}'" for name, at in moments.items()}
    given = {"n7": "n = 7", "no": "0" if is_sqlite else "false", "all": str(OVER + OPEN)}
    given |= written if is_sqlite else {name: f"TIMESTAMPTZ {at}" for name, at in written.items()}
    numbers = f"WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {OVER + OPEN})"
    for where, row in PAST.items():
        yield f"INSERT INTO {where} {numbers} SELECT {row.format(**given)} FROM g"


def forge(address: str) -> None:
    """The past, past all guards."""
    if address.startswith("sqlite"):
        with sqlite3.connect(address.removeprefix("sqlite:///")) as lite:
            for (name,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                lite.execute(f"DROP TRIGGER {name}")
            for statement in past(is_sqlite=True):
                lite.execute(statement)
        return
    with psycopg.connect(superusers(address), autocommit=True) as conn:
        conn.execute(b"SET session_replication_role = replica")
        for statement in past(is_sqlite=False):
            conn.execute(statement.encode())
        conn.execute(b"VACUUM ANALYZE")


def visited(look: Look) -> list[int]:
    return [row.chat_id for row in look.conn.execute(visits.OPEN, {"before": NOON - timedelta(days=1), "most": 20})]


def waiting(look: Look) -> list[int]:
    return list(look.conn.scalars(approvals.WAITING, {"now": look.now}))


def unrefunded(look: Look) -> list[int]:
    return list(look.conn.scalars(rollback.UNREFUNDED, {"before": look.now}))


def held(look: Look) -> int:
    ages = {f"than_{age}": look.now - length for age, length in figures.AGES.items()}
    return sum(row.many for row in look.conn.execute(figures.HELD, ages))


BLOCKED = select(func.count()).where(users.u.c.blocked_at.is_not(None))
"""Whose channels the catalogue leaves out."""
SINCE = {"since": OVER + OPEN}
MATURING = {"wallet": "user:1:XTR", "since": NOON - timedelta(days=21)}
QUESTIONS: dict[str, tuple[Callable[[Look], Any], Any]] = {
    "what is held and not visited lately": (visited, []),
    "what is to be released": (escrow.to_release, [6002, 6003, 6006, 6007]),
    "what is to be refunded": (escrow.to_refund, [6001, 6005]),
    "what is stuck": (escrow.stuck, [6004, 6008]),
    "what lies unmoved": (escrow.unmoved, 6),
    "what is overdue": (escrow.overdue_count, OPEN),
    "what is held for somebody": (lambda look: escrow.held_for(look, 6001), 400),
    "what nobody answered in time": (waiting, [6007, 6008]),
    "what R3 counts": (unrefunded, [6001, 6005]),
    "since when it does": (lambda look: look.conn.scalar(figures.UNREFUNDED), NOON - timedelta(days=9)),
    "what the metrics count": (held, OPEN),
    "a statement": (lambda look: [r.balance_after for r in ledger.statement(look, "user:1:XTR", 2)], [6008, 6007]),
    "what matures": (lambda look: look.conn.execute(earnings.YOUNG, MATURING).one().amount, 0),
    "who is blocked": (lambda look: look.conn.scalar(BLOCKED), 0),
    "the staff": (lambda look: [user.id for user in users.staff(look)], [7]),
}


def scanned(plan: dict[str, Any]) -> float:
    """The rows that the scans of a plan gave or threw away."""
    own = 0.0
    if "Relation Name" in plan or "Index Name" in plan:
        seen = plan["Actual Rows"] + sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        own = seen * plan["Actual Loops"]
    return float(own + sum(map(scanned, plan.get("Plans", ()))))


def cost(conn: Connection, ask: Callable[[Look], Any]) -> tuple[Any, float]:
    """What a question answers, and the rows or steps that took."""
    look = Look(conn, NOON + timedelta(hours=2), Actor("system:test", SYSTEM), Terms(), frozenset({ADMIN}))
    if conn.dialect.name == "sqlite":
        driver: Any = conn.connection.driver_connection
        steps = 0

        def tick() -> int:
            nonlocal steps
            steps += 100
            return 0

        driver.set_progress_handler(tick, 100)
        try:
            return ask(look), steps
        finally:
            driver.set_progress_handler(None, 0)
    asked: list[tuple[str, Any]] = []

    def heard(_conn: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    event.listen(conn, "before_cursor_execute", heard)
    answer = ask(look)
    event.remove(conn, "before_cursor_execute", heard)
    touched = 0.0
    for statement, given in asked:
        said = conn.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given).scalar_one()
        touched += scanned((json.loads(said) if isinstance(said, str) else said)[0]["Plan"])
    return answer, touched


async def test_what_is_open_is_found_without_looking_at_all_that_is_over(address: str) -> None:
    leave_alone(address)
    forge(address)
    database = Database(address)
    most = MOST_STEPS if database.is_sqlite else MOST_ROWS

    def all_of(conn: Connection) -> tuple[dict[str, Any], dict[str, float]]:
        found = {name: cost(conn, ask) for name, (ask, _) in QUESTIONS.items()}
        return {name: answer for name, (answer, _) in found.items()}, {name: took for name, (_, took) in found.items()}

    try:
        answers, took = await database.write(all_of)
    finally:
        await database.close()
    assert answers == {name: answer for name, (_, answer) in QUESTIONS.items()}
    assert {name: much for name, much in took.items() if much > most} == {}


WHOLE = {"I3"}
"""What the books ask of all wallets each time: their sum."""


async def test_what_the_books_ask_since_an_entry_looks_at_nothing_before_it(address: str) -> None:
    """Many questions together, so that they take more steps where they find nothing; a walk takes as many for each alone."""
    leave_alone(address)
    forge(address)
    database = Database(address)
    most = OVER if database.is_sqlite else MOST_ROWS

    def costs(conn: Connection) -> dict[str, float]:
        if not database.is_sqlite:
            conn.execute(IN_MEMORY)
        return {
            group[0].invariant: cost(conn, lambda look, asked=asked: look.conn.execute(asked, SINCE).all())[1]
            for group, asked in statements(conn.dialect.name, narrowed=True)
        }

    try:
        took = await database.write(costs)
    finally:
        await database.close()
    assert {invariant for invariant, much in took.items() if much > most} == WHOLE


FOUND: dict[str, Callable[[Look], Any]] = {
    "ix_channels_catalogue": channels.catalogue,
    "ix_campaign_targets_asked": approvals.requests,
    "ix_users_operators": users.staff,
}


@pytest.mark.parametrize("index", FOUND)
async def test_a_list_is_read_from_its_index(sqlite_address: str, index: str) -> None:
    """PostgreSQL reads a table of no rows whole, as it should."""
    database, plans = Database(sqlite_address), []

    def plan(conn: Connection) -> None:
        asked: list[tuple[str, Any]] = []

        def heard(_conn: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
            asked.append((statement, given))

        event.listen(conn, "before_cursor_execute", heard)
        FOUND[index](Look(conn, NOON, Actor.user(7), Terms(), frozenset({ADMIN})))
        event.remove(conn, "before_cursor_execute", heard)
        for statement, given in asked:
            if statement.startswith("SELECT"):
                plans.extend(row.detail for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given))

    await database.read(plan)
    await database.close()
    assert any(index in said for said in plans), plans
